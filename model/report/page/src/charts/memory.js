// SPDX-License-Identifier: Apache-2.0
// What the data buses of a DRAM with banks did, layer by layer.
import { element, toggle } from '../dom.js';
import { quantity, words } from '../format.js';
import { layerBars } from './layer_bars.js';

const busCycles = ({ dram }) => Object.values(dram.bus_cycles).reduce((sum, cycles) => sum + cycles, 0);

/** Share of the peak, and what most of the rest was lost to. */
export function memoryText(part) {
  const [use, cycles] = Object.entries(part.dram.bus_cycles)
    .filter(([name]) => name !== 'data')
    .sort((a, b) => b[1] - a[1])[0];
  const share = quantity(part.dram.peak_share, 'share');
  return cycles > 0 ? `${share}, ${words(use)} ${quantity(cycles / busCycles(part), 'share')}` : share;
}

export function memoryChart(layers, palette) {
  let shares = true;
  const uses = Object.keys(layers[0]?.dram.bus_cycles ?? {})
    .filter((use) => layers.some(({ dram }) => dram.bus_cycles[use] > 0));
  const chart = layerBars(() => ({
    names: layers.map((layer) => layer.name),
    unit: shares ? 'share' : 'cycle',
    title: shares ? 'share of the bus cycles' : 'cycles of the memory\'s clock',
    maximum: shares ? 1 : undefined,
    total: (row) => `${quantity(layers[row].dram.row_hit_rate, 'share')} row hits, `
      + `${layers[row].dram.row_conflicts} row conflicts, ${layers[row].dram.refreshes} refreshes`,
    series: uses.map((use) => ({
      name: words(use),
      stack: 'cycles',
      colour: palette.cause(use),
      values: layers.map((layer) => layer.dram.bus_cycles[use] / (shares ? Math.max(busCycles(layer), 1) : 1)),
    })),
  }));
  const controls = element('div', { class: 'controls' },
    toggle('Shares', true, (on) => { shares = on; chart.redraw(); }));
  return { controls, chart };
}
