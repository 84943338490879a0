// SPDX-License-Identifier: Apache-2.0
// Payload bytes of one memory, read and written, layer by layer.
import { choice, element } from '../dom.js';
import { words } from '../format.js';
import { layerBars } from './layer_bars.js';

export function trafficChart(layers, palette) {
  const memories = Object.keys(layers[0]?.bytes ?? {});
  let memory = memories[0];
  const chart = layerBars(() => ({
    names: layers.map((layer) => layer.name),
    unit: 'byte',
    title: `${words(memory)} traffic (B)`,
    series: ['read', 'written'].map((direction, i) => ({
      name: direction,
      stack: 'bytes',
      colour: palette.series(i),
      values: layers.map((layer) => layer.bytes[memory][direction]),
    })),
  }));
  const controls = element('div', { class: 'controls' },
    choice('Memory', memories.map((name) => [name, words(name)]), memory, (name) => {
      memory = name;
      chart.redraw();
    }));
  return { controls, chart };
}
