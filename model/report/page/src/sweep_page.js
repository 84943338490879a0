// SPDX-License-Identifier: Apache-2.0
// The report of a sweep.
import { axisEffectChart } from './charts/axis_effect.js';
import { ParallelChart } from './charts/parallel.js';
import { ParetoChart } from './charts/pareto.js';
import { choice, element, figureList, section, toggle } from './dom.js';
import { quantity, words } from './format.js';
import { PointDialog } from './point_dialog.js';
import { Selection } from './selection.js';
import { distinct, paretoFront, SweepData } from './sweep_data.js';
import { DataTable } from './table.js';

const pointColumn = { key: 'point', title: 'point', number: true, value: (row) => row, text: (row) => String(row) };

function tableColumn(sweep, column) {
  return {
    key: column.name,
    title: column.title,
    number: column.isNumber,
    value: (row) => column.values[row],
    // The title has the unit: numbers stay comparable down the column.
    text: (row) => (column.values[row] === null ? '–' : column.isNumber && column.unit !== 'share'
      ? plainNumber(column.values[row]) : sweep.text(column, row)),
  };
}

const grouping = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
const plainNumber = (value) => (Math.abs(value) >= 1 || value === 0 ? grouping.format(value)
  : String(Number(value.toPrecision(4))));

const limitColumn = (sweep) => ({ key: 'limit', title: 'limited by', number: false,
  value: (row) => (sweep.status[row] === 'done' ? sweep.limitText(row) : sweep.status[row]),
  text: (row) => (sweep.status[row] === 'done' ? sweep.limitText(row) : sweep.status[row]) });

/** "12 by skew, 3 by encoder" */
function limitsOf(sweep, rows) {
  const counts = new Map();
  for (const row of rows) {
    const limit = words(sweep.limits[row] || 'compute');
    counts.set(limit, (counts.get(limit) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([limit, count]) => `${count} by ${limit}`).join(', ');
}

class FrontPart {
  constructor(sweep, state, opens) {
    this.sweep = sweep;
    this.state = state;
    this.opens = opens;
    this.explained = element('p', { class: 'explained' });
    this.place = element('div');
    this.element = section('front', 'The front, and what limits it', null, this.explained, this.place);
  }

  show(front) {
    const { sweep, state } = this;
    const objectives = [state.x, state.y].map((name) => sweep.column(name));
    this.explained.textContent = `${front.length} of ${sweep.done.length} designs are on the front of ` +
      `${objectives.map((column) => `${column.name}, ${column.better === 'high' ? 'the higher' : 'the lower'} the better`).join('; ')}: ` +
      `no other design is as good in both and better in one. Limited: ${limitsOf(sweep, front)}. ` +
      'The limit is the stall that costs most cycles. A click on a row opens the design.';
    const busy = { key: 'busy', title: 'busy (%)', number: true,
      value: (row) => sweep.value('total.busy', row) / sweep.value('total.cycles', row),
      text: (row) => quantity(sweep.value('total.busy', row) / sweep.value('total.cycles', row), 'share') };
    const own = (column) => ({ ...column, value: (i) => column.value(front[i]), text: (i) => column.text(front[i]) });
    const columns = [pointColumn, ...sweep.axes().map((axis) => tableColumn(sweep, axis)),
      ...objectives.map((column) => tableColumn(sweep, column)), limitColumn(sweep), busy].map(own);
    const table = new DataTable(columns, front.length,
      { filters: false, height: 380, opens: (i) => this.opens(front[i]) });
    this.place.replaceChildren(table.element);
  }
}

function keyFigures(sweep, front) {
  const failed = sweep.failures.length;
  const missing = sweep.count - sweep.done.length - failed;
  return figureList([
    ['Points', sweep.count.toLocaleString('en'), `${sweep.axes().length} axes`],
    ['Done', sweep.done.length.toLocaleString('en'),
      missing ? `${missing.toLocaleString('en')} not run yet` : 'all that did not fail'],
    ['Failed', failed.toLocaleString('en'), failed ? 'reasons below' : null],
    ['On the front', front.length.toLocaleString('en'), limitsOf(sweep, front)],
  ]);
}

/** Draws what is not in view at first once the rest of the page is there. */
const later = (work) => window.requestAnimationFrame(() => window.setTimeout(work, 0));

export function showSweep(data, palette) {
  const sweep = new SweepData(data);
  const charts = document.getElementById('charts');
  if (sweep.done.length === 0 || !sweep.column(data.objectives[0])) {
    charts.replaceChildren(section('empty', 'No results yet', 'No point of the sweep is done.'));
    return;
  }
  const [y, x] = data.objectives;
  const state = { x, y, colour: 'limit', logX: false, logY: false };
  const selection = new Selection();
  const dialog = new PointDialog(sweep, palette);
  const opens = (row) => dialog.open(row);
  const currentFront = () => paretoFront(sweep.done, sweep.column(state.x), sweep.column(state.y));

  const frontPart = new FrontPart(sweep, state, opens);
  const pareto = new ParetoChart(sweep, state, selection, palette, opens);
  const parallelColumns = () => [...sweep.axes(), sweep.column(state.x), sweep.column(state.y)]
    .filter((column, i, all) => all.indexOf(column) === i);
  const parallel = new ParallelChart(sweep, parallelColumns, currentFront, selection, palette);
  const selected = element('span', { id: 'selected' });

  const figures = sweep.figures().map((column) => [column.name, column.title]);
  const axes = sweep.axes().map((column) => [column.name, column.title]);
  const refresh = () => {
    const front = currentFront();
    document.getElementById('key-figures').replaceChildren(keyFigures(sweep, front));
    frontPart.show(front);
    pareto.clear();
    parallel.clear();
  };
  const change = (key) => (value) => {
    state[key] = value;
    refresh();
  };
  const scatterControls = element('div', { class: 'controls' },
    choice('Across', figures, state.x, change('x')),
    choice('Up', figures, state.y, change('y')),
    choice('Colour', [['limit', 'what limits'], ...axes, ...figures], state.colour, (colour) => {
      state.colour = colour;
      pareto.chart.redraw();
    }),
    toggle('log across', false, (on) => { state.logX = on; pareto.chart.redraw(); }),
    toggle('log up', false, (on) => { state.logY = on; pareto.chart.redraw(); }),
    element('button', { id: 'clear', click: () => { pareto.clear(); parallel.clear(); } }, 'Select all'),
    selected);

  const effect = { figure: state.y, log: false };
  const effects = sweep.axes().filter((axis) => distinct(axis.values) <= 100).map((axis) =>
    axisEffectChart(sweep, axis, () => effect.figure, () => effect.log, selection, palette));
  const redrawEffects = () => effects.forEach((chart) => chart.redraw());
  selection.onChange('effects', redrawEffects);
  const effectControls = element('div', { class: 'controls' },
    choice('Figure', figures, effect.figure, (figure) => { effect.figure = figure; redrawEffects(); }),
    toggle('log', false, (on) => { effect.log = on; redrawEffects(); }));

  const shown = new Set([...axes, ...figures].map(([name]) => name));
  const columns = [pointColumn, ...sweep.columns.filter((column) => shown.has(column.name) && column.kind !== 'figure')
    .map((column) => tableColumn(sweep, column)), tableColumn(sweep, sweep.column(state.y)),
  tableColumn(sweep, sweep.column(state.x)), limitColumn(sweep),
  ...sweep.columns.filter((column) => shown.has(column.name) && column.kind === 'figure' &&
    column.name !== state.x && column.name !== state.y).map((column) => tableColumn(sweep, column))];
  const unique = columns.filter((column, i) => columns.findIndex((each) => each.key === column.key) === i);
  let frontSet = new Set();
  const table = new DataTable(unique, sweep.count, { opens, height: 560,
    filtered: (accepts) => selection.set('table', accepts), marked: (row) => frontSet.has(row) });
  const showSelected = () => {
    const accepts = selection.accepts();
    selected.textContent = accepts ? `${sweep.done.filter(accepts).length.toLocaleString('en')} points selected` : '';
  };
  selection.onChange('table', () => table.restrict(selection.accepts('table')));
  selection.onChange('count', showSelected);

  charts.replaceChildren(frontPart.element,
    section('pareto', 'All designs',
      'A dot a design. Drag a rectangle to select: the other charts and the table follow. A click on a dot opens the design.',
      scatterControls, pareto.chart.element),
    section('parallel', 'Parallel coordinates',
      `A line a design, those on the front in orange. Drag along an axis to select, click beside it to let go. ${parallel.note()}`,
      parallel.chart.element),
    section('effects', 'Effect of each axis',
      'For every value of an axis: lowest, quartiles and highest of the figure over all designs that have it; the line joins the best.',
      effectControls, element('div', { class: 'multiples' }, effects.map((chart) => chart.element))),
    section('points', 'Points', 'Those on the front are marked at the left. Numbers are filtered by 12, >= 3, < 1e6 or 2..8.',
      table.element));
  refresh();
  frontSet = new Set(currentFront());
  later(() => dialog.follow());
}
