// SPDX-License-Identifier: Apache-2.0
// Cycles of each layer beside those of the baseline.
import { quantity } from '../format.js';
import { layerBars } from './layer_bars.js';

export function comparisonChart(layers, baseline, palette) {
  return layerBars(() => ({
    names: layers.map((layer) => layer.name),
    unit: 'cycle',
    title: 'cycles',
    total: (row) => (layers[row].cycles
      ? `speed-up ${quantity(baseline[row].cycles / layers[row].cycles, 'x')}` : ''),
    series: [
      { name: 'this run', colour: palette.series(0), values: layers.map((layer) => layer.cycles) },
      { name: 'baseline', colour: palette.series(8), values: baseline.map((layer) => layer.cycles) },
    ],
  }));
}
