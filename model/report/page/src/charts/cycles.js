// SPDX-License-Identifier: Apache-2.0
// Where the cycles of each layer went: busy, or stalled by one cause.
import { choice, element, toggle } from '../dom.js';
import { quantity, words } from '../format.js';
import { layerBars } from './layer_bars.js';

export function causesOf(parts) {
  const causes = ['busy', ...Object.keys(parts[0]?.stalls ?? {})];
  const cycles = (part, cause) => (cause === 'busy' ? part.busy : part.stalls[cause]);
  return causes
    .map((cause) => ({ cause, values: parts.map((part) => cycles(part, cause)) }))
    .filter(({ values }) => values.some((value) => value > 0));
}

export function cyclesChart(layers, palette) {
  const state = { shares: false, order: 'network' };
  const sorted = () => (state.order === 'network' ? layers
    : [...layers].sort((a, b) => b.cycles - a.cycles));
  const chart = layerBars(() => {
    const shown = sorted();
    return {
      names: shown.map((layer) => layer.name),
      unit: state.shares ? 'share' : 'cycle',
      title: state.shares ? 'share of the layer\'s cycles' : 'cycles',
      maximum: state.shares ? 1 : undefined,
      total: (row) => `${quantity(shown[row].cycles, 'cycle')}, ${quantity(shown[row].seconds, 's')}`,
      series: causesOf(shown).map(({ cause, values }) => ({
        name: words(cause),
        stack: 'cycles',
        colour: palette.cause(cause),
        values: state.shares
          ? values.map((value, i) => (shown[i].cycles ? value / shown[i].cycles : 0)) : values,
      })),
    };
  });
  const controls = element('div', { class: 'controls' },
    toggle('Shares', false, (on) => { state.shares = on; chart.redraw(); }),
    choice('Order', [['network', 'of the network'], ['cycles', 'most cycles first']], 'network',
      (order) => { state.order = order; chart.redraw(); }));
  return { controls, chart };
}
