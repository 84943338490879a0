// SPDX-License-Identifier: Apache-2.0
// A chart in an element: drawn once it is in the page, anew when size, theme or state change.
import { BarChart, BoxplotChart, LineChart, ParallelChart, ScatterChart } from 'echarts/charts';
import {
  BrushComponent, DataZoomComponent, GridComponent, LegendComponent, ParallelComponent,
  TooltipComponent, VisualMapComponent,
} from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { element } from './dom.js';
import { colours, onThemeChange } from './theme.js';

echarts.use([BarChart, BoxplotChart, LineChart, ParallelChart, ScatterChart, BrushComponent,
  DataZoomComponent, GridComponent, LegendComponent, ParallelComponent, TooltipComponent,
  VisualMapComponent, CanvasRenderer]);

const fontFamily = 'system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif';

/** What all charts have in common. */
function base(theme) {
  return {
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily, color: theme.ink },
    tooltip: {
      confine: true,
      backgroundColor: theme.card,
      borderColor: theme.line,
      textStyle: { color: theme.ink, fontSize: 13 },
      extraCssText: 'max-width: 420px; white-space: normal;',
    },
  };
}

export class Chart {
  /**
   * @param option (theme, width in pixels) => ECharts option
   * @param height pixels, or a function of the width
   */
  constructor(height, option) {
    this.element = element('div', { class: 'chart' });
    this.height = typeof height === 'function' ? height : () => height;
    this.option = option;
    this.drawn = null;
    this.onDrawn = null; // (drawn) after every drawing
    this.whenDrawn = [];
    new ResizeObserver(() => this.#resized()).observe(this.element);
    onThemeChange(() => this.redraw());
  }

  /** `listener(chart)` runs once the ECharts instance exists. */
  ready(listener) {
    if (this.drawn) listener(this.drawn);
    else this.whenDrawn.push(listener);
    return this;
  }

  redraw() {
    if (!this.drawn) return;
    const theme = colours();
    const option = this.option(theme, this.element.clientWidth);
    this.drawn.setOption({ ...base(theme), ...option, tooltip: { ...base(theme).tooltip, ...option.tooltip } }, true);
    this.onDrawn?.(this.drawn);
  }

  #resized() {
    const width = this.element.clientWidth;
    if (width === 0 || width === this.width) return;
    this.width = width;
    this.element.style.height = `${this.height(width)}px`;
    if (this.drawn) {
      this.drawn.resize();
      this.redraw();
      return;
    }
    this.drawn = echarts.init(this.element, null, { renderer: 'canvas' });
    this.redraw();
    this.whenDrawn.forEach((listener) => listener(this.drawn));
  }
}

/** An axis of numbers in the page's colours. */
export function valueAxis(theme, name, format, more = {}) {
  return {
    type: 'value',
    name,
    nameLocation: 'middle',
    nameGap: 30,
    nameTextStyle: { color: theme.muted },
    axisLabel: { color: theme.muted, formatter: format, hideOverlap: true },
    axisLine: { lineStyle: { color: theme.line } },
    splitLine: { lineStyle: { color: theme.line, opacity: 0.6 } },
    ...more,
  };
}

export function categoryAxis(theme, data, more = {}) {
  return {
    type: 'category',
    data,
    axisLabel: { color: theme.ink, ...more.axisLabel },
    axisLine: { lineStyle: { color: theme.line } },
    axisTick: { show: false },
    ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== 'axisLabel')),
  };
}

/** Lines of a legend that wraps: entries of estimated width. */
export function legendLines(names, width) {
  let lines = 1;
  let used = 0;
  for (const name of names) {
    const entry = 34 + 7.2 * name.length;
    if (used + entry > width && used > 0) {
      lines += 1;
      used = 0;
    }
    used += entry;
  }
  return lines;
}

export const legend = (theme, more = {}) => ({
  type: 'plain',
  textStyle: { color: theme.ink },
  inactiveColor: theme.line,
  itemWidth: 12,
  itemHeight: 12,
  top: 0,
  left: 0,
  ...more,
});
