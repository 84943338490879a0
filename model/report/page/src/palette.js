// SPDX-License-Identifier: Apache-2.0
// Colours by meaning; the program gives them, so that its own pictures have the same.
export function paletteOf({ causes, series }) {
  const others = new Map();
  return {
    series: (i) => series[i % series.length],
    cause(name) {
      if (causes[name]) return causes[name];
      if (!others.has(name)) others.set(name, series[others.size % series.length]);
      return others.get(name);
    },
  };
}
