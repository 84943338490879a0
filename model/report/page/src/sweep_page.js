// SPDX-License-Identifier: Apache-2.0
// The report of a sweep: its parts, and how a selection in one reaches the others.
import { axisEffectChart } from './charts/axis_effect.js';
import { ParallelChart } from './charts/parallel.js';
import { ParetoChart } from './charts/pareto.js';
import { choice, element, figureList, section, toggle } from './dom.js';
import { FrontPart, limitsOf } from './front_part.js';
import { PointDialog } from './point_dialog.js';
import { Selection } from './selection.js';
import { limitColumn, pointColumn, stallColumn, valueColumn } from './sweep_columns.js';
import { distinct, paretoFront, SweepData } from './sweep_data.js';
import { DataTable } from './table.js';

/** An axis of more values has no legible picture of its effect. */
const mostAxisValues = 100;

const count = (number) => number.toLocaleString('en');

function keyFigures(sweep, front) {
  const failed = sweep.failures.length;
  const missing = sweep.count - sweep.done.length - failed;
  return figureList([
    ['Points', count(sweep.count), `${sweep.axes().length} axes`],
    ['Done', count(sweep.done.length), missing ? `${count(missing)} not run yet` : null],
    ['Failed', count(failed), failed ? 'reasons below' : null],
    ['On the front', count(front.length), limitsOf(sweep, front)],
  ]);
}

class SweepPage {
  constructor(sweep, [y, x], palette) {
    this.sweep = sweep;
    this.palette = palette;
    this.state = { x, y, colour: 'limit', logX: sweep.spansDecades(x), logY: sweep.spansDecades(y) };
    this.selection = new Selection();
    this.dialog = new PointDialog(sweep, palette);
    this.opens = (row) => this.dialog.open(row);
    this.figures = sweep.figures().map((column) => [column.name, column.title]);
    this.axes = sweep.axes().map((column) => [column.name, column.title]);
    this.frontRows = new Set();
    this.frontPart = new FrontPart(sweep, this.state, this.opens);
  }

  /** Of the points in view; what is selected among the dots shows its own place in the front. */
  front() {
    const { sweep, state } = this;
    const accepts = this.selection.accepts('scatter');
    return paretoFront(accepts ? sweep.done.filter(accepts) : sweep.done, sweep.column(state.x),
      sweep.column(state.y));
  }

  show(place) {
    place.replaceChildren(this.frontPart.element, this.#scatter(), this.#parallel(), this.#effects(),
      this.#points());
    this.#showFront();
    // Charts draw once they are in the page; the dialog covers them.
    window.requestAnimationFrame(() => window.setTimeout(() => this.dialog.follow(), 0));
  }

  #showFront() {
    const front = this.front();
    this.frontRows = new Set(front);
    document.getElementById('key-figures').replaceChildren(keyFigures(this.sweep, front));
    this.frontPart.show(front);
  }

  #selectAll() {
    this.pareto.clear();
    this.parallel.clear();
  }

  #scatter() {
    const { state, selection } = this;
    this.pareto = new ParetoChart(this.sweep, state, () => this.front(), selection, this.palette, this.opens);
    const { chart } = this.pareto;
    const objective = (key) => (name) => {
      state[key] = name;
      this.#selectAll();
      this.#showFront();
    };
    const redraws = (key) => (value) => {
      state[key] = value;
      chart.redraw();
    };
    const selected = element('span', { id: 'selected' });
    selection.onChange('count', () => {
      const accepts = selection.accepts();
      selected.textContent = accepts ? `${count(this.sweep.done.filter(accepts).length)} points selected` : '';
    });
    const controls = element('div', { class: 'controls' },
      choice('Across', this.figures, state.x, objective('x')),
      choice('Up', this.figures, state.y, objective('y')),
      choice('Colour', [['limit', 'what limits'], ...this.axes, ...this.figures], state.colour, redraws('colour')),
      toggle('log across', state.logX, redraws('logX')),
      toggle('log up', state.logY, redraws('logY')),
      element('button', { id: 'clear', click: () => this.#selectAll() }, 'Select all'), selected);
    return section('pareto', 'All designs',
      'A dot a design. Drag a rectangle to select: the other charts and the table follow. A click on a dot opens the design.',
      controls, chart.element);
  }

  #parallel() {
    const { sweep, state } = this;
    const columns = () => [...new Set([...sweep.axes(), sweep.column(state.x), sweep.column(state.y)])];
    this.parallel = new ParallelChart(sweep, columns, () => this.front(), this.selection, this.palette);
    return section('parallel', 'Parallel coordinates',
      `A line a design, those on the front in orange. Drag along an axis to select, click beside it to let go. ${this.parallel.note()}`,
      this.parallel.chart.element);
  }

  #effects() {
    const { sweep, state, selection } = this;
    const effect = { figure: state.y, log: state.logY };
    const charts = sweep.axes().filter((axis) => distinct(axis.values) <= mostAxisValues).map((axis) =>
      axisEffectChart(sweep, axis, () => effect.figure, () => effect.log, selection, this.palette));
    const redraw = () => charts.forEach((chart) => chart.redraw());
    selection.onChange('effects', redraw);
    const controls = element('div', { class: 'controls' },
      choice('Figure', this.figures, effect.figure, (figure) => { effect.figure = figure; redraw(); }),
      toggle('log', effect.log, (on) => { effect.log = on; redraw(); }));
    return section('effects', 'Effect of each axis',
      'For every value of an axis: lowest, quartiles and highest of the figure over all designs that have it; the line joins the best.',
      controls, element('div', { class: 'multiples' }, charts.map((chart) => chart.element)));
  }

  #points() {
    const { sweep, state, selection } = this;
    const figures = sweep.figures();
    const settings = sweep.columns.filter((column) => column.kind !== 'figure' && distinct(column.values) > 1);
    const objectives = [sweep.column(state.y), sweep.column(state.x)];
    const values = (columns) => columns.map((column) => valueColumn(sweep, column));
    const first = [...new Set([...settings, ...objectives])];
    const table = new DataTable([pointColumn, ...values(first), limitColumn(sweep), stallColumn(sweep),
      ...values(figures.filter((column) => !first.includes(column)))], sweep.count, {
      opens: this.opens,
      height: 560,
      filtered: (accepts) => selection.set('table', accepts),
      marked: (row) => this.frontRows.has(row),
    });
    selection.onChange('front', () => this.#showFront());
    selection.onChange('table', () => table.restrict(selection.accepts('table')));
    return section('points', 'Points',
      'Those on the front are marked at the left. Numbers are filtered by 12, >= 3, < 1.5 M or 2..8.', table.element);
  }
}

export function showSweep(data, palette) {
  const sweep = new SweepData(data);
  const place = document.getElementById('charts');
  if (sweep.done.length === 0 || data.objectives.length < 2) {
    place.replaceChildren(section('empty', 'Nothing to compare',
      'Fewer than two figures differ between the points that are done.'));
    return;
  }
  new SweepPage(sweep, data.objectives, palette).show(place);
}
