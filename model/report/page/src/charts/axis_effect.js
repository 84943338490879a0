// SPDX-License-Identifier: Apache-2.0
// How one axis bears on one figure: for every value of the axis the spread of the figure over all
// points that have it, and the best of them.
import { categoryAxis, Chart, valueAxis } from '../chart.js';
import { escapeHtml, quantity, tick } from '../format.js';
import { sortedDistinct } from '../sweep_data.js';

/** Minimum, quartiles and maximum of sorted numbers. */
export function fiveNumbers(sorted) {
  const at = (share) => {
    const position = share * (sorted.length - 1);
    const below = Math.floor(position);
    return sorted[below] + (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]) * (position - below);
  };
  return [0, 0.25, 0.5, 0.75, 1].map(at);
}

export function axisEffectChart(sweep, axis, figure, logarithmic, selection, palette) {
  const values = sortedDistinct(axis.values);
  return new Chart(250, (theme) => {
    const column = sweep.column(figure());
    const accepts = selection.accepts('effects');
    const groups = new Map(values.map((value) => [value, []]));
    for (const row of sweep.done) {
      if ((!accepts || accepts(row)) && Number.isFinite(column.values[row])) {
        groups.get(axis.values[row])?.push(column.values[row]);
      }
    }
    const boxes = values.map((value) => {
      const sorted = groups.get(value).sort((a, b) => a - b);
      return sorted.length ? fiveNumbers(sorted) : ['-', '-', '-', '-', '-'];
    });
    const best = boxes.map((box) => box[column.better === 'high' ? 4 : 0]);
    const text = (value) => escapeHtml(quantity(value, column.unit));
    return {
      grid: { left: 66, right: 14, top: 12, bottom: 44 },
      tooltip: {
        trigger: 'axis',
        axisPointer: { type: 'shadow' },
        formatter: ([{ dataIndex: i }]) => `<b>${escapeHtml(axis.name)} ${escapeHtml(values[i])}</b><br>` +
          `${groups.get(values[i]).length} points<br>` + (boxes[i][0] === '-' ? '' :
          `lowest <b>${text(boxes[i][0])}</b><br>median <b>${text(boxes[i][2])}</b><br>highest <b>${text(boxes[i][4])}</b>`),
      },
      xAxis: categoryAxis(theme, values.map((value) => tick(value, axis.unit)), {
        name: axis.title, nameLocation: 'middle', nameGap: 26, nameTextStyle: { color: theme.ink },
        axisLabel: { hideOverlap: true, color: theme.muted } }),
      yAxis: valueAxis(theme, '', (value) => tick(value, column.unit),
        { type: logarithmic() && boxes.every((box) => !(box[0] <= 0)) ? 'log' : 'value', scale: true }),
      series: [
        { type: 'boxplot', data: boxes, itemStyle: { color: `${palette.series(0)}33`, borderColor: palette.series(0) },
          boxWidth: [4, 26] },
        { type: 'line', name: 'best', data: best, symbolSize: 5, lineStyle: { color: palette.series(1) },
          itemStyle: { color: palette.series(1) }, z: 4 },
      ],
    };
  });
}
