// SPDX-License-Identifier: Apache-2.0
// Layers in the roofline model (Williams, Waterman, Patterson, CACM 52(4), 2009): MACs a second
// over MACs a byte of memory traffic, below the memory's slope and the roof of each precision.
import { Chart, legend, legendLines, valueAxis } from '../chart.js';
import { escapeHtml, quantity, tick, words } from '../format.js';

export function rooflinePoints(layers) {
  return layers.filter((layer) => layer.macs > 0 && layer.cycles > 0).map((layer) => {
    const bytes = layer.bytes.dram.read + layer.bytes.dram.written;
    return { name: layer.name, format: layer.format, macs: layer.macs,
      intensity: layer.macs / Math.max(bytes, 1), rate: layer.macs / layer.seconds };
  });
}

const decade = (value, round) => 10 ** round(Math.log10(value));

export function rooflineChart(layers, machine, palette) {
  const points = rooflinePoints(layers);
  const formats = [...new Set(points.map((point) => point.format))];
  const largest = Math.max(...points.map((point) => point.macs));
  const { memory: memoryName, memory_bytes_per_second: slope, roofs } = machine.roofline;
  const peak = Math.max(...roofs.map((roof) => roof.macs_per_second));
  const ridge = peak / slope;
  const left = decade(Math.min(...points.map((point) => point.intensity), ridge / 4), Math.floor);
  const right = decade(Math.max(...points.map((point) => point.intensity), ridge * 2), Math.ceil);
  const lowest = decade(Math.min(...points.map((point) => point.rate), left * slope), Math.floor);

  const line = (name, data, colour, type, label) => ({
    type: 'line', name, data, showSymbol: false, silent: true, lineStyle: { color: colour, type, width: 2 },
    itemStyle: { color: colour }, endLabel: label, tooltip: { show: false },
  });
  const memory = `${memoryName}, ${quantity(slope, 'byte/s')}`;
  const roofName = (roof) => `${words(roof.name)}, ${quantity(roof.macs_per_second, 'MAC/s')}`;
  const layersName = (format) => `layers, ${words(format)}`;
  const names = [memory, ...roofs.map(roofName), ...formats.map(layersName)];
  return new Chart(430, (theme, width) => ({
    grid: { left: 76, right: 24, top: 14 + 24 * legendLines(names, width), bottom: 52 },
    legend: legend(theme, { right: 0 }),
    tooltip: {
      trigger: 'item',
      formatter: ({ data, marker }) => (data?.point
        ? `${marker}<b>${escapeHtml(data.point.name)}</b><br>${quantity(data.point.rate, 'MAC/s')}<br>` +
          `${quantity(data.point.intensity)} MAC a byte<br>${quantity(data.point.macs, 'MAC')}` : ''),
    },
    xAxis: valueAxis(theme, 'MACs a byte of memory traffic (MAC/B)', (value) => tick(value),
      { type: 'log', min: left, max: right }),
    yAxis: valueAxis(theme, 'MACs a second (MAC/s)', (value) => tick(value),
      { type: 'log', min: lowest, max: decade(peak * 1.2, Math.ceil), nameGap: 52 }),
    series: [
      line(memory, [[left, left * slope], [ridge, peak]], theme.ink, 'solid'),
      ...roofs.map((roof, i) => line(roofName(roof),
        [[roof.macs_per_second / slope, roof.macs_per_second], [right, roof.macs_per_second]],
        palette.series(i), i ? 'dashed' : 'solid')),
      ...formats.map((format, i) => ({
        type: 'scatter',
        name: layersName(format),
        symbolSize: (value, { data }) => 7 + 13 * Math.sqrt(data.point.macs / largest),
        itemStyle: { color: palette.series(roofs.findIndex((roof) => roof.format === format) >= 0
          ? roofs.findIndex((roof) => roof.format === format) : i), opacity: 0.75 },
        data: points.filter((point) => point.format === format)
          .map((point) => ({ value: [point.intensity, point.rate], point })),
      })),
    ],
  }));
}
