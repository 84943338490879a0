// SPDX-License-Identifier: Apache-2.0
// Energy of each layer by unit, where the run was priced.
import { words } from '../format.js';
import { layerBars } from './layer_bars.js';

/** The sum of all numbers below a value: a unit may split its energy further. */
export function picojoules(value) {
  if (typeof value === 'number') return value;
  if (value === null || typeof value !== 'object') return 0;
  return Object.values(value).reduce((sum, part) => sum + picojoules(part), 0);
}

/** [unit, pJ], the largest first. */
export function energyOf(part) {
  return Object.entries(part.energy_pj ?? {})
    .map(([unit, value]) => [unit, picojoules(value)])
    .filter(([, value]) => value > 0)
    .sort((a, b) => b[1] - a[1]);
}

/** As many units as colours can be told apart; the small ones share one. */
const mostUnits = 10;

export function energyChart(total, layers, palette) {
  const units = energyOf(total).map(([unit]) => unit);
  const shown = units.length > mostUnits ? units.slice(0, mostUnits - 1) : units;
  const others = units.slice(shown.length);
  const of = (layer, names) => names.reduce((sum, unit) => sum + picojoules(layer.energy_pj?.[unit] ?? 0), 0);
  const groups = [...shown.map((unit) => [words(unit), [unit]]), ...(others.length ? [['others', others]] : [])];
  return layerBars(() => ({
    names: layers.map((layer) => layer.name),
    unit: 'pJ',
    title: 'energy (J)',
    series: groups.map(([name, members], i) => ({
      name,
      stack: 'energy',
      colour: palette.series(i),
      values: layers.map((layer) => of(layer, members)),
    })),
  }));
}
