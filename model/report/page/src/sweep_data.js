// SPDX-License-Identifier: Apache-2.0
// The table of a sweep: columns of values, a row a point.
import { quantity, withUnit, words } from './format.js';

/** A column of few texts comes as a dictionary and codes. */
const unpack = (packed) => (Array.isArray(packed) ? packed
  : packed.codes.map((code) => (code < 0 ? null : packed.dictionary[code])));

export class SweepData {
  constructor(data) {
    this.name = data.name;
    this.count = data.status.codes.length;
    this.status = unpack(data.status);
    this.limits = unpack(data.limited_by);
    this.results = unpack(data.results);
    this.failures = data.failures;
    this.details = data.details;
    this.store = data.store;
    this.columns = data.columns.map((column) => {
      const values = unpack(column.values);
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

  /** "skew 38 %", or what the array does if nothing stalls it. */
  limitText(row) {
    const [stall] = this.shares(row).filter(([cause]) => cause !== 'busy');
    return stall ? `${words(stall[0])} ${quantity(stall[1], 'share')}` : 'compute';
  }
}

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
