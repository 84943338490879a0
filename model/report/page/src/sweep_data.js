// SPDX-License-Identifier: Apache-2.0
// The table of a sweep: columns of values, a row a point.
import { quantity, withUnit, words } from './format.js';
import { LayerBlocks } from './layer_blocks.js';

/** A column is a list, one value for all rows, or a dictionary and codes. */
function unpack(packed, count) {
  if (Array.isArray(packed)) return packed;
  if ('constant' in packed) return new Array(count).fill(packed.constant);
  return packed.codes.map((code) => (code < 0 ? null : packed.dictionary[code]));
}

export class SweepData {
  constructor(data) {
    this.name = data.name;
    this.count = data.status.codes.length;
    this.status = unpack(data.status);
    this.results = unpack(data.results);
    this.failures = data.failures;
    this.layers = new LayerBlocks(data.points_per_block);
    this.store = data.store;
    this.columns = data.columns.map((column) => {
      const values = unpack(column.values, this.count);
      return { ...column, values, title: withUnit(column.name, column.unit),
        isNumber: values.every((value) => value === null || typeof value === 'number') };
    });
    this.byName = new Map(this.columns.map((column) => [column.name, column]));
    this.done = [];
    for (let row = 0; row < this.count; row += 1) if (this.status[row] === 'done') this.done.push(row);
  }

  column(name) { return this.byName.get(name); }

  value(name, row) {
    const value = this.byName.get(name)?.values[row];
    return value === null || value === undefined ? NaN : value;
  }

  /** Axes that take more than one value. */
  axes() {
    return this.columns.filter((column) => column.kind === 'axis' && distinct(column.values) > 1);
  }

  /** Numbers that differ from point to point. */
  figures() {
    return this.columns.filter((column) => column.kind !== 'axis' && column.isNumber &&
      distinct(column.values) > 1);
  }

  text(column, row) { return quantity(column.values[row], column.unit); }

  /** "rows 64, columns 128" */
  label(row) {
    return this.axes().map((axis) => `${axis.name} ${axis.values[row] ?? '–'}`).join(', ');
  }

  /** [cause, share of the cycles], the largest first, busy among them. */
  shares(row) {
    const cycles = this.value('total.cycles', row);
    return this.columns
      .filter(({ name }) => name === 'total.busy' || name.startsWith('total.stalls.'))
      .map(({ name, values }) => [name.split('.').at(-1), values[row] / cycles])
      .filter(([, share]) => share > 0)
      .sort((a, b) => b[1] - a[1]);
  }

  /** Whether most points would stick to one side of a linear axis. */
  spansDecades(name) {
    let lowest = Infinity;
    let highest = -Infinity;
    for (const row of this.done) {
      const value = this.value(name, row);
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
    }
    return lowest > 0 && highest / lowest > 20;
  }

  /** What takes most cycles: work, or one cause of stalls. */
  limit(row) {
    return this.shares(row)[0]?.[0] ?? 'busy';
  }

  /** "compute 94 %" or "skew 38 %" */
  limitText(row) {
    return shareText(this.shares(row)[0]);
  }

  /** "skew 38 %" */
  stallText(row) {
    return shareText(this.shares(row).find(([cause]) => cause !== 'busy'));
  }
}

/** Causes as readers know them: a busy array is limited by its cells. */
export const limitName = (cause) => (cause === 'busy' ? 'compute' : words(cause));

const shareText = (share) => (share ? `${limitName(share[0])} ${quantity(share[1], 'share')}` : 'none');

export function distinct(values) {
  return new Set(values.filter((value) => value !== null)).size;
}

/** Values in order, numbers by size. */
export function sortedDistinct(values) {
  return [...new Set(values.filter((value) => value !== null))].sort((a, b) =>
    (typeof a === 'number' && typeof b === 'number' ? a - b
      : String(a).localeCompare(String(b), 'en', { numeric: true })));
}

/** Rows that no other row betters in both columns, in the order of `x`. */
export function paretoFront(rows, x, y) {
  const sign = (column) => (column.better === 'high' ? -1 : 1);
  const cost = (column, row) => sign(column) * column.values[row];
  const finite = rows.filter((row) => Number.isFinite(x.values[row]) && Number.isFinite(y.values[row]));
  finite.sort((a, b) => cost(x, a) - cost(x, b) || cost(y, a) - cost(y, b) || a - b);
  const front = [];
  let best = Infinity;
  let last = null;
  for (const row of finite) {
    const equal = last !== null && cost(y, row) === cost(y, last) && cost(x, row) === cost(x, last);
    if (cost(y, row) < best || equal) {
      front.push(row);
      best = cost(y, row);
      last = row;
    }
  }
  return front;
}
