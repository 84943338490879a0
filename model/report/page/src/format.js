// SPDX-License-Identifier: Apache-2.0
// Numbers and names as readers see them.

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Names come from the user's files. */
export const escapeHtml = (text) => String(text).replace(/[&<>"']/g, (c) => escapes[c]);

const prefixes = [
  [1e15, 'P'], [1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k'],
  [1, ''], [1e-3, 'm'], [1e-6, 'µ'], [1e-9, 'n'], [1e-12, 'p'],
];

const digits = (value) => {
  const size = Math.abs(value);
  if (size >= 99.95) return value.toFixed(0);
  return size >= 9.995 ? value.toFixed(1) : value.toFixed(2);
};

function scaled(value, unit) {
  if (value === 0) return unit ? `0 ${unit}` : '0';
  const size = Math.abs(value) * 1.0005;
  const [scale, prefix] = prefixes.find(([least]) => size >= least) ?? prefixes.at(-1);
  const text = digits(value / scale);
  return prefix || unit ? `${text} ${prefix}${unit}` : text;
}

const plainCount = new Intl.NumberFormat('en', { maximumFractionDigits: 3 });
const plain = (value) => {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e15)) return value.toPrecision(4);
  return size < 1e4 && !Number.isInteger(value) ? String(Number(value.toPrecision(4)))
    : plainCount.format(value);
};

/** @param unit as result documents name it: cycle, s, byte, pJ, share, mm2 ... */
export function quantity(value, unit = '') {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (typeof value !== 'number') return String(value);
  switch (unit) {
    case 'share': return `${digits(100 * value)} %`;
    case 's': return scaled(value, 's');
    case 'byte':
    case 'B': return scaled(value, 'B');
    case 'byte/s':
    case 'B/s': return scaled(value, 'B/s');
    case 'Hz': return scaled(value, 'Hz');
    case 'pJ': return scaled(value * 1e-12, 'J');
    case 'W': return scaled(value, 'W');
    case 'MAC/s': return scaled(value, 'MAC/s');
    case 'MAC': return scaled(value, 'MAC');
    case 'cycle': return value >= 1e5 ? `${scaled(value, '')} cycles` : `${plain(value)} cycles`;
    case 'x': return `${value.toFixed(2)} ×`;
    case '': return plain(value);
    default: return `${plain(value)} ${unitName(unit)}`;
  }
}

/** On an axis, whose name has the unit. */
export function tick(value, unit = '') {
  if (typeof value !== 'number') return String(value);
  if (unit === 'share') return `${Number((100 * value).toFixed(3))} %`;
  if (unit === 'pJ') return scaled(value * 1e-12, 'J').replace(/(\.\d*?)0+ /, '$1 ').replace('. ', ' ');
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size >= 1e4 || size < 1e-2) {
    return scaled(value, '').replace(/(\.\d*?)0+ /, '$1 ').replace('. ', ' ');
  }
  return String(Number(value.toPrecision(4)));
}

const unitNames = { cycle: 'cycles', byte: 'B', share: '%', 'byte/s': 'B/s', pJ: 'J', x: '×', mm2: 'mm²' };
export const unitName = (unit) => unitNames[unit] ?? unit;

/** "busy (cycles)", "total.cycles": a name with its unit, unless it ends with that. */
export function withUnit(name, unit) {
  const shown = unitName(unit);
  return !shown || name.endsWith(shown) ? name : `${name} (${shown})`.trim();
}

/** Keys of documents as words: data_memory as "data memory". */
export const words = (key) => String(key).replaceAll('_', ' ');

/** A name that would fill a chart's margin, cut in the middle. */
export function shorten(name, length) {
  if (name.length <= length) return name;
  const head = Math.ceil((length - 1) / 2);
  return `${name.slice(0, head)}…${name.slice(name.length - (length - 1 - head))}`;
}
