// SPDX-License-Identifier: Apache-2.0
// The layers of a run as a table.
import { energyOf } from './charts/energy.js';
import { memoryText } from './charts/memory.js';
import { quantity, words } from './format.js';
import { DataTable } from './table.js';

/** [cause, cycles] of the stall that costs most; null for none. */
export function largestStall(part) {
  return Object.entries(part.stalls ?? {})
    .filter(([, cycles]) => cycles > 0)
    .sort((a, b) => b[1] - a[1])[0] ?? null;
}

export function limitText(part) {
  const stall = largestStall(part);
  return stall && part.cycles ? `${words(stall[0])} ${quantity(stall[1] / part.cycles, 'share')}` : '–';
}

export function layerTable(result) {
  const { layers, total } = result;
  const baseline = result.baseline?.layers;
  const of = (value) => (row) => value(layers[row], row);
  const text = (key, title, value) => ({ key, title, value: of(value), text: of((l, row) => String(value(l, row) ?? '')) });
  const number = (key, title, value, unit) => ({
    key, title, number: true, value: of(unit === 'share' ? (layer, row) => 100 * value(layer, row) : value),
    text: of((layer, row) => quantity(value(layer, row), unit)),
  });
  const plain = (key, title, value) => ({ ...number(key, title, value, ''),
    text: of((layer, row) => (value(layer, row) === 0 ? '–' : value(layer, row).toLocaleString('en'))) });
  const energies = energyOf(total).length > 0;
  const columns = [
    text('name', 'layer', (layer) => layer.name),
    text('type', 'type', (layer) => layer.type),
    text('format', 'format', (layer) => layer.format),
    plain('m', 'M', (layer) => layer.m),
    plain('k', 'K', (layer) => layer.k),
    plain('n', 'N', (layer) => layer.n),
    plain('groups', 'groups', (layer) => layer.groups),
    plain('cycles', 'cycles', (layer) => layer.cycles),
    number('share', '% of all cycles', (layer) => layer.cycles / total.cycles, 'share'),
    number('utilisation', 'utilisation', (layer) => (layer.macs ? layer.utilisation : NaN), 'share'),
    number('pairs', 'term pairs a MAC', (layer) => (layer.macs ? layer.term_pairs / layer.macs : NaN)),
    text('stall', 'largest stall', (layer) => limitText(layer)),
    number('dram_read', 'DRAM read', (layer) => layer.bytes.dram.read, 'byte'),
    number('dram_written', 'DRAM written', (layer) => layer.bytes.dram.written, 'byte'),
    total.dram ? number('dram_peak', 'DRAM bus: data', (layer) => layer.dram.peak_share, 'share') : null,
    total.dram ? text('dram_use', 'DRAM bus: data, lost to', (layer) => memoryText(layer)) : null,
    total.dram ? number('row_hits', 'row hits', (layer) => layer.dram.row_hit_rate, 'share') : null,
    total.dram ? plain('row_conflicts', 'row conflicts', (layer) => layer.dram.row_conflicts) : null,
    energies ? number('energy', 'energy', (layer) => energyOf(layer).reduce((sum, [, pj]) => sum + pj, 0), 'pJ') : null,
    baseline ? plain('baseline', 'baseline cycles', (layer, row) => baseline[row].cycles) : null,
    baseline ? number('speedup', 'speed-up', (layer, row) => baseline[row].cycles / layer.cycles, 'x') : null,
  ].filter(Boolean);
  return new DataTable(columns, layers.length, { height: 560 });
}
