// SPDX-License-Identifier: Apache-2.0
// Parallel coordinates: a line a point through its axes and figures. Dragging along an axis
// selects.
import { Chart } from '../chart.js';
import { tick, unitName } from '../format.js';
import { sortedDistinct } from '../sweep_data.js';

const mostLines = 3000;

/** A number that looks random, always the same for a row. */
function scattered(row) {
  let bits = Math.imul(row + 1, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca77);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae3d);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/**
 * At most `most` rows. Taking one of every n would favour some values of the axes: points repeat
 * them in a fixed rhythm.
 */
function sample(rows, most) {
  if (rows.length <= most) return rows;
  return [...rows].sort((a, b) => scattered(a) - scattered(b)).slice(0, most);
}

export class ParallelChart {
  /** @param columns () => columns of the sweep; `front` () => rows */
  constructor(sweep, columns, front, selection, palette) {
    this.sweep = sweep;
    this.columns = columns;
    this.front = front;
    this.selection = selection;
    this.palette = palette;
    this.chart = new Chart(400, (theme, width) => this.#option(theme, width));
    this.chart.ready((drawn) => drawn.on('axisareaselected', () => this.#selected(drawn)));
    selection.onChange('parallel', () => this.chart.redraw());
  }

  /** Says how many lines there are. */
  note() {
    const { done } = this.sweep;
    return done.length > mostLines
      ? `${mostLines} of ${done.length} points are drawn: the front and a random sample.` : '';
  }

  clear() {
    this.selection.set('parallel', null);
    this.chart.redraw();
  }

  #coordinate(column, values) {
    if (!values) return (row) => column.values[row];
    const positions = new Map(values.map((value, i) => [value, i]));
    return (row) => positions.get(column.values[row]);
  }

  /** Texts, and axes of few numbers, stand evenly. */
  #categories(column) {
    const values = sortedDistinct(column.values);
    return !column.isNumber || (column.kind === 'axis' && values.length <= 24) ? values : null;
  }

  #selected(drawn) {
    const axes = this.columns();
    const ranges = axes.map((column, i) => {
      const [model] = drawn.getModel().queryComponents({ mainType: 'parallelAxis', index: i });
      return { intervals: model?.activeIntervals ?? [],
        at: this.#coordinate(column, this.#categories(column)) };
    }).filter(({ intervals }) => intervals.length > 0);
    this.selection.set('parallel', ranges.length === 0 ? null : (row) =>
      ranges.every(({ intervals, at }) => intervals.some(([low, high]) => at(row) >= low && at(row) <= high)));
  }

  #option(theme, width) {
    const { sweep } = this;
    const axes = this.columns();
    const front = this.front();
    const frontSet = new Set(front);
    const accepts = this.selection.accepts('parallel');
    const categories = axes.map((column) => this.#categories(column));
    const coordinates = axes.map((column, i) => this.#coordinate(column, categories[i]));
    const line = (row) => coordinates.map((at) => at(row) ?? '-');
    const lines = (members, colour, opacity, thick, more = {}) => ({
      type: 'parallel', data: members.map(line), lineStyle: { color: colour, opacity, width: thick },
      progressive: 0, smooth: false, inactiveOpacity: 0.02, activeOpacity: opacity, ...more,
    });
    const inView = sample(accepts ? sweep.done.filter(accepts) : sweep.done, mostLines);
    const faint = Math.max(0.06, Math.min(0.5, 60 / Math.max(1, inView.length)));
    const space = width / Math.max(1, axes.length);
    const label = (column) => {
      const unit = unitName(column.unit);
      const name = column.name.replace(/^total\./, '');
      return unit && unit !== name ? `${name}\n(${unit})` : name;
    };
    return {
      parallel: { left: 50, right: 70, top: 64, bottom: 20 },
      parallelAxis: axes.map((column, i) => ({
        dim: i,
        name: label(column),
        nameLocation: 'end',
        nameGap: 14,
        nameTextStyle: { color: theme.ink, fontSize: 12, lineHeight: 14, width: space - 8, overflow: 'break' },
        type: categories[i] ? 'category' : sweep.spansDecades(column.name) ? 'log' : 'value',
        data: categories[i]?.map((value) => tick(value, column.unit)),
        scale: true,
        axisLine: { lineStyle: { color: theme.muted } },
        axisTick: { lineStyle: { color: theme.muted } },
        axisLabel: { color: theme.ink, fontSize: 11, backgroundColor: theme.card, padding: [1, 3],
          borderRadius: 3, formatter: categories[i] ? undefined
          : (value) => tick(value, column.unit) },
        areaSelectStyle: { color: theme.accent, borderColor: theme.accent, opacity: 0.25, width: 18 },
      })),
      tooltip: { show: false },
      series: [
        lines(inView.filter((row) => !frontSet.has(row)), this.palette.series(0), faint, 1, { silent: true }),
        lines(front.filter((row) => !accepts || accepts(row)), this.palette.series(1), 0.95, 2, { silent: true }),
      ],
    };
  }
}
