// SPDX-License-Identifier: Apache-2.0
// Share of the cells' cycles with work, layer by layer.
import { layerBars } from './layer_bars.js';

export function utilisationChart(layers, palette) {
  const gemms = layers.filter((layer) => layer.macs > 0);
  return layerBars(() => ({
    names: gemms.map((layer) => layer.name),
    unit: 'share',
    title: 'utilisation of the cells (%)',
    maximum: 1,
    series: [{ name: 'utilisation', colour: palette.series(0),
      values: gemms.map((layer) => layer.utilisation) }],
  }));
}
