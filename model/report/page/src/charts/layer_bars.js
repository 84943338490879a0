// SPDX-License-Identifier: Apache-2.0
// Horizontal bars, a row a layer, stacked where there are several series. What all charts over
// layers share.
import { categoryAxis, Chart, legend, legendLines, valueAxis } from '../chart.js';
import { escapeHtml, quantity, shorten, tick } from '../format.js';

const rowHeight = 20;
const mostRows = 45;
const frame = 52;

function tooltipText(parameters, unit, total) {
  const at = parameters[0].dataIndex;
  const rows = parameters.filter((each) => each.value !== 0).map((each) =>
    `${each.marker}${escapeHtml(each.seriesName)}: <b>${quantity(each.value, unit)}</b>`);
  return `<b>${escapeHtml(parameters[0].name)}</b><br>${total ? `${escapeHtml(total(at))}<br>` : ''}` +
    rows.join('<br>');
}

/**
 * @param model () => {names, series: [{name, colour, values, stack}], unit, title, maximum, total}
 *   `total(row)` is a line of the tooltip
 */
export function layerBars(model) {
  const rows = () => Math.min(model().names.length, mostRows);
  const names = () => model().series.map((each) => each.name);
  const top = (width) => (names().length > 1 ? 6 + 24 * legendLines(names(), width) : 6);
  return new Chart((width) => top(width) + rows() * rowHeight + frame, (theme, width) => {
    const { names: layers, series, unit, title, maximum, total } = model();
    const scrolls = layers.length > mostRows;
    const longest = Math.max(12, Math.floor(width * 0.3 / 7));
    return {
      grid: { left: 8, right: scrolls ? 44 : 28, top: top(width), bottom: 32, containLabel: false,
        outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
      legend: series.length > 1 ? legend(theme, { right: 0 }) : undefined,
      tooltip: {
        trigger: 'axis',
        axisPointer: { type: 'shadow' },
        formatter: (parameters) => tooltipText(parameters, unit, total),
      },
      xAxis: valueAxis(theme, title, (value) => tick(value, unit),
        { max: maximum }),
      yAxis: categoryAxis(theme, layers, {
        inverse: true,
        axisLabel: { interval: 0, fontSize: 12, formatter: (name) => shorten(name, longest) },
      }),
      dataZoom: scrolls
        ? [{ type: 'slider', yAxisIndex: 0, right: 6, width: 16, startValue: 0, endValue: mostRows - 1,
            zoomLock: true, showDetail: false, brushSelect: false, fillerColor: theme.line,
            borderColor: theme.line },
          { type: 'inside', yAxisIndex: 0, zoomOnMouseWheel: false, moveOnMouseWheel: true,
            moveOnMouseMove: false }]
        : undefined,
      series: series.map((each) => ({
        type: 'bar',
        name: each.name,
        stack: each.stack,
        data: each.values,
        itemStyle: { color: each.colour },
        barCategoryGap: '24%',
        barGap: '0%',
      })),
    };
  });
}
