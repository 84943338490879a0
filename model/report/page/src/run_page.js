// SPDX-License-Identifier: Apache-2.0
// The report of one run.
import { comparisonChart } from './charts/comparison.js';
import { cyclesChart } from './charts/cycles.js';
import { energyChart, energyOf } from './charts/energy.js';
import { memoryChart, memoryText } from './charts/memory.js';
import { rooflineChart, rooflinePoints } from './charts/roofline.js';
import { trafficChart } from './charts/traffic.js';
import { utilisationChart } from './charts/utilisation.js';
import { element, figureList, section } from './dom.js';
import { quantity, words } from './format.js';
import { layerTable, limitText } from './run_table.js';

function keyFigures(result) {
  const { total, accuracy, speedup } = result;
  const energy = energyOf(total).reduce((sum, [, pj]) => sum + pj, 0);
  const bytes = total.bytes.dram;
  const perMac = total.pj_per_mac ? `, ${quantity(total.pj_per_mac)} pJ a MAC` : '';
  return figureList([
    ['Cycles', quantity(total.cycles, 'cycle').replace(' cycles', ''), quantity(total.seconds, 's')],
    ['Speed-up over the baseline', speedup ? quantity(speedup, 'x') : null],
    ['Utilisation of the cells', quantity(total.utilisation, 'share'),
      `array busy in ${quantity(total.busy / total.cycles, 'share')} of the cycles`],
    ['Largest stall', limitText(total), 'of all cycles'],
    ['Term pairs a MAC', quantity(total.term_pairs / Math.max(total.macs, 1)),
      `${quantity(total.term_pair_bound / Math.max(total.macs, 1))} allotted, ${quantity(total.macs, 'MAC')}`],
    ['DRAM traffic', quantity(bytes.read + bytes.written, 'byte'),
      `${quantity(bytes.read, 'byte')} read, ${quantity(bytes.written, 'byte')} written`],
    ['DRAM bus: data, lost to', total.dram ? memoryText(total) : null,
      total.dram ? `${quantity(total.dram.row_hit_rate, 'share')} row hits` : null],
    ['Energy', energy ? quantity(energy, 'pJ') : null,
      total.power_w ? `${quantity(total.power_w, 'W')}${perMac}` : null],
    ['Area', result.area_total_mm2 ? quantity(result.area_total_mm2, 'mm2') : null, 'of what is known'],
    ['Energy of the baseline', result.energy_gain ? quantity(result.energy_gain, 'x') : null, 'over that of the run'],
    ['Accuracy', accuracy ? quantity(accuracy.top1, 'share') : null,
      accuracy ? `${accuracy.correct} of ${accuracy.samples} samples` : null],
  ].filter(([, value]) => value !== null));
}

/** What the energies are made of. */
function technologyText({ technology }) {
  if (!technology) return '';
  return `Technology ${technology.name}, ${technology.node_nm} nm, ${technology.calibrated ? '' : 'not '}calibrated. `;
}

function runSections(result, palette) {
  const { layers, total } = result;
  const cycles = cyclesChart(layers, palette);
  const traffic = trafficChart(layers, palette);
  const priced = energyOf(total).length > 0;
  return {
    cycles: section('cycles', 'Where the cycles went',
      'Every cycle is busy or a stall of exactly one cause; the causes of a layer add up to its cycles.',
      cycles.controls, cycles.chart.element),
    comparison: result.baseline
      ? section('comparison', 'Against the baseline', 'The same layers at the precision of the baseline, on the same design.',
        comparisonChart(layers, result.baseline.layers, palette).element) : null,
    utilisation: section('utilisation', 'Utilisation',
      'Cell cycles with work over all cell cycles of the layer. Layers without a GEMM are left out.',
      utilisationChart(layers, palette).element),
    traffic: section('traffic', 'Traffic', 'Payload that a layer moved through a memory.', traffic.controls,
      traffic.chart.element),
    energy: priced ? section('energy', 'Energy',
      `${technologyText(result)}${energyOf(total).map(([unit, pj]) => `${words(unit)} ${quantity(pj, 'pJ')}`).join(', ')}.`,
      energyChart(total, layers, palette).element) : null,
    table: section('layers', 'Layers', null, layerTable(result).element),
  };
}

function memorySection({ result, memory }, palette) {
  if (!memory) return null;
  const { controls, chart } = memoryChart(result.layers, palette);
  return section('memory', 'Why the memory gave less than its peak', memory.explained, controls, chart.element);
}

function rooflineSection(data, palette) {
  const { result, machine } = data;
  if (!machine || rooflinePoints(result.layers).length === 0) return null;
  return section('roofline', 'Roofline', machine.roofline.explained,
    rooflineChart(result.layers, machine, palette).element);
}

/** Puts charts into the places that the page has for them. */
export function showRun(data, palette) {
  const { result } = data;
  const parts = runSections(result, palette);
  document.getElementById('key-figures').replaceChildren(keyFigures(result));
  const pair = (...sections) => element('div', { class: 'pair' }, sections);
  document.getElementById('charts').replaceChildren(...[
    parts.cycles, parts.comparison, pair(parts.utilisation, parts.traffic),
    memorySection(data, palette), rooflineSection(data, palette), parts.energy, parts.table,
  ].filter(Boolean));
}

