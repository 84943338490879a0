// SPDX-License-Identifier: Apache-2.0
// Every point by two figures, the front among them. A rectangle drawn with the mouse selects.
import { Chart, legend, valueAxis } from '../chart.js';
import { escapeHtml, tick, words } from '../format.js';
import { limitName } from '../sweep_data.js';

const largeFrom = 3000;
const scale = ['#46327e', '#365c8d', '#277f8e', '#1fa187', '#65b83f', '#d8b71f'];

export class ParetoChart {
  /**
   * @param state {x, y, colour: column names, 'limit' for what limits; logX, logY}
   * @param front () => rows
   */
  constructor(sweep, state, front, selection, palette, opens) {
    this.sweep = sweep;
    this.state = state;
    this.front = front;
    this.selection = selection;
    this.palette = palette;
    this.chart = new Chart((width) => Math.min(560, Math.max(380, width * 0.5)),
      (theme, width) => this.#option(theme, width));
    this.chart.onDrawn = (drawn) => drawn.dispatchAction({ type: 'takeGlobalCursor', key: 'brush',
      brushOption: { brushType: 'rect', brushMode: 'single' } });
    this.chart.ready((drawn) => {
      drawn.on('brushEnd', ({ areas }) => this.#brushed(areas));
      drawn.on('click', ({ data }) => { if (data) opens(data[2]); });
    });
    selection.onChange('scatter', () => this.chart.redraw());
  }

  clear() {
    this.selection.set('scatter', null);
    this.chart.redraw();
  }

  #brushed(areas) {
    if (areas.length === 0) {
      this.selection.set('scatter', null);
      return;
    }
    const [[left, right], [bottom, top]] = areas[0].coordRange;
    const { values: x } = this.sweep.column(this.state.x);
    const { values: y } = this.sweep.column(this.state.y);
    this.selection.set('scatter', (row) => x[row] !== null && y[row] !== null &&
      x[row] >= left && x[row] <= right && y[row] >= bottom && y[row] <= top);
  }

  #tooltip({ data, marker }) {
    if (!data) return '';
    const row = data[2];
    const { x, y } = this.state;
    const line = (name) => `${escapeHtml(name)}: <b>${escapeHtml(this.sweep.text(this.sweep.column(name), row))}</b>`;
    return `${marker}<b>point ${row}</b>${this.frontSet.has(row) ? ', on the front' : ''}<br>` +
      `${this.sweep.axes().map((axis) => line(axis.name)).join('<br>')}<br>${line(x)}<br>${line(y)}<br>` +
      `limited by ${escapeHtml(this.sweep.limitText(row))}`;
  }

  /** Series of the points, by what the colour means. */
  #groups(rows) {
    const { colour } = this.state;
    const column = this.sweep.column(colour);
    if (column?.isNumber) return [{ name: column.title, rows, scaled: column }];
    const key = column ? (row) => String(column.values[row]) : (row) => this.sweep.limit(row);
    const groups = new Map();
    for (const row of rows) {
      const name = key(row);
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(row);
    }
    return [...groups].map(([name, members], i) => ({ name: column ? words(name) : limitName(name),
      rows: members, colour: column ? this.palette.series(i) : this.palette.cause(name) }));
  }

  #option(theme) {
    const { sweep, state } = this;
    const x = sweep.column(state.x);
    const y = sweep.column(state.y);
    const front = this.front();
    this.frontSet = new Set(front);
    const accepts = this.selection.accepts('scatter');
    const rows = sweep.done.filter((row) => x.values[row] !== null && y.values[row] !== null &&
      (!state.logX || x.values[row] > 0) && (!state.logY || y.values[row] > 0));
    const drawn = new Set(rows);
    const shown = accepts ? rows.filter(accepts) : rows;
    const hidden = accepts ? rows.filter((row) => !accepts(row)) : [];
    const point = (row) => [x.values[row], y.values[row], row];
    const groups = this.#groups(shown);
    const scaled = groups.find((group) => group.scaled)?.scaled;
    const dots = (members, more) => ({
      type: 'scatter', data: members.map(point), symbolSize: rows.length > largeFrom ? 4 : 7,
      large: rows.length > largeFrom && !scaled, largeThreshold: largeFrom, progressive: 0, ...more,
    });
    const axis = (column, log, gap) => valueAxis(theme, column.title, (value) => tick(value, column.unit),
      { type: log ? 'log' : 'value', scale: true, nameGap: gap });
    const valuesOf = scaled ? shown.map((row) => scaled.values[row]).filter(Number.isFinite) : [];
    return {
      grid: { left: 78, right: scaled ? 96 : 26, top: 36, bottom: 56 },
      legend: legend(theme, { type: 'scroll', right: 10, pageTextStyle: { color: theme.muted } }),
      tooltip: { trigger: 'item', formatter: (parameters) => this.#tooltip(parameters) },
      brush: { xAxisIndex: 0, yAxisIndex: 0, toolbox: [], outOfBrush: { colorAlpha: 1 },
        brushStyle: { color: `${theme.accent}22`, borderColor: theme.accent } },
      visualMap: scaled ? { type: 'continuous', dimension: 3, seriesIndex: 1, min: Math.min(...valuesOf),
        max: Math.max(...valuesOf), calculable: true, right: 4, top: 'middle', itemHeight: 180,
        inRange: { color: scale }, textStyle: { color: theme.ink },
        formatter: (value) => tick(value, scaled.unit) } : undefined,
      xAxis: axis(x, state.logX, 32),
      yAxis: axis(y, state.logY, 54),
      series: [
        dots(hidden, { silent: true, itemStyle: { color: theme.line, opacity: 0.5 } }),
        ...groups.map((group) => dots(group.rows, {
          name: group.name,
          itemStyle: { color: group.colour, opacity: 0.75 },
          ...(group.scaled ? { data: group.rows.map((row) => [...point(row), group.scaled.values[row]]) } : {}),
        })),
        { type: 'line', name: 'front', data: front.filter((row) => drawn.has(row)).map(point),
          step: x.better === 'high' ? 'start' : 'end', symbol: 'circle', symbolSize: 9, showAllSymbol: true, z: 5,
          lineStyle: { color: theme.ink, width: 1.5 },
          itemStyle: { color: theme.card, borderColor: theme.ink, borderWidth: 2 } },
      ],
    };
  }
}

