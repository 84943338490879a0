// SPDX-License-Identifier: Apache-2.0
// A table of any length: only the rows in view exist. Sorted by a click on a title, filtered below
// it: text is contained, numbers take "12", ">= 3", "< 1.5 M", "2..8".
import { element } from './dom.js';

const rowHeight = 28;
const spare = 8;

const multiples = { '': 1, '%': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** "1.5e6", "1.5 M" or "50 %" in lower case; NaN for anything else. */
function parseNumber(text) {
  const [, digits, suffix] = text.match(/^([-+.\de]+)\s*([%kmgt]?)$/) ?? [];
  return digits === undefined ? NaN : Number(digits) * multiples[suffix];
}

/** A test of numbers; null for text that is none. */
function numberTest(asked) {
  const [low, high] = asked.split('..').map((end) => parseNumber(end.trim()));
  if (high !== undefined) return (value) => value >= low && value <= high;
  const [, operator, number] = asked.match(/^(<=|>=|<|>|=|!=)?\s*(.*)$/);
  const limit = parseNumber(number);
  if (Number.isNaN(limit)) return null;
  switch (operator) {
    case '<': return (value) => value < limit;
    case '<=': return (value) => value <= limit;
    case '>': return (value) => value > limit;
    case '>=': return (value) => value >= limit;
    case '!=': return (value) => value !== limit;
    default: return (value) => value === limit;
  }
}

/** A test of one value, or null for no filter. What is no number passes no test of numbers. */
export function parseFilter(text, isNumber) {
  const asked = text.trim().toLowerCase();
  if (asked === '') return null;
  if (!isNumber) return (value) => String(value ?? '').toLowerCase().includes(asked);
  const test = numberTest(asked);
  return (value) => test !== null && Number.isFinite(value) && test(value);
}

function compare(a, b) {
  const missing = (value) => value === null || value === undefined || Number.isNaN(value);
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

export class DataTable {
  /**
   * @param columns [{key, title, number, value: (row) => number|string, text: (row) => string}]
   * @param count rows 0 .. count - 1
   * @param options {height, filters, opens: (row) => void, filtered: (accepts) => void,
   *   marked: (row) => boolean}
   */
  constructor(columns, count, options = {}) {
    this.columns = columns;
    this.count = count;
    this.options = options;
    this.tests = new Map();
    this.outer = null;
    this.sort = null;
    this.rows = Array.from({ length: count }, (_, row) => row);
    this.widths = columns.map((column) => this.#width(column));
    this.body = element('div', { class: 'grid-body', role: 'rowgroup' });
    this.head = this.#header();
    this.status = element('div', { class: 'controls', role: 'status' });
    this.grid = element('div', { class: 'grid', role: 'table', tabindex: '0', scroll: () => this.#draw() },
      this.head, this.body);
    const full = Math.min(options.height ?? 460, count * rowHeight + 80);
    this.grid.style.maxHeight = `${full}px`;
    this.element = element('div', {}, this.status, this.grid);
    new ResizeObserver(() => this.#draw()).observe(this.grid);
    this.#changed();
  }

  /** Rows that others let through; null for all. */
  restrict(accepts) {
    this.outer = accepts;
    this.#changed();
  }

  sortBy(key, descending = false) {
    this.sort = { key, descending };
    this.#changed();
  }

  #width(column) {
    let longest = column.title.length * 1.1 + 3;
    const step = Math.max(1, Math.floor(this.count / 200));
    for (let row = 0; row < this.count; row += step) {
      longest = Math.max(longest, column.text(row).length);
    }
    return Math.min(340, Math.round(24 + 8 * longest));
  }

  #header() {
    const titles = this.columns.map((column, i) => {
      const button = element('button', {
        role: 'columnheader',
        title: `${column.title}: sort`,
        class: column.number ? 'number' : undefined,
        'data-key': column.key,
        click: () => this.sortBy(column.key,
          this.sort?.key === column.key ? !this.sort.descending : Boolean(column.number)),
      }, column.title);
      button.style.width = `${this.widths[i]}px`;
      return button;
    });
    this.titles = titles;
    const filters = this.options.filters === false ? null : element('div',
      { class: 'grid-row filters', role: 'row' }, this.columns.map((column, i) => {
        const cell = element('span', {}, element('input', {
          placeholder: column.number ? 'e.g. >= 1' : 'contains',
          'aria-label': `Filter ${column.title}`,
          'data-filter': column.key,
          input: (event) => this.#filter(column, event.target.value),
        }));
        cell.style.width = `${this.widths[i]}px`;
        return cell;
      }));
    return element('div', { class: 'grid-head', role: 'rowgroup' },
      element('div', { class: 'grid-row', role: 'row' }, titles), filters);
  }

  #filter(column, text) {
    const test = parseFilter(text, column.number);
    if (test) this.tests.set(column, test);
    else this.tests.delete(column);
    this.options.filtered?.(this.tests.size ? (row) => this.#passes(row) : null);
    this.#changed();
  }

  #passes(row) {
    for (const [column, test] of this.tests) if (!test(column.value(row))) return false;
    return true;
  }

  #changed() {
    const rows = [];
    for (let row = 0; row < this.count; row += 1) {
      if ((!this.outer || this.outer(row)) && this.#passes(row)) rows.push(row);
    }
    if (this.sort) {
      const column = this.columns.find((each) => each.key === this.sort.key);
      const sign = this.sort.descending ? -1 : 1;
      rows.sort((a, b) => sign * compare(column.value(a), column.value(b)) || a - b);
    }
    this.rows = rows;
    this.titles.forEach((title, i) => {
      const sorted = this.sort?.key === this.columns[i].key;
      title.setAttribute('aria-sort', sorted ? (this.sort.descending ? 'descending' : 'ascending') : 'none');
      title.textContent = this.columns[i].title + (sorted ? (this.sort.descending ? ' ▾' : ' ▴') : '');
    });
    this.body.style.height = `${rows.length * rowHeight}px`;
    this.status.textContent = rows.length === this.count ? `${this.count} rows`
      : `${rows.length} of ${this.count} rows`;
    this.#draw();
  }

  #draw() {
    const above = Math.max(0, this.grid.scrollTop - this.head.offsetHeight);
    const first = Math.max(0, Math.floor(above / rowHeight) - spare);
    const last = Math.min(this.rows.length,
      Math.ceil((this.grid.scrollTop + (this.grid.clientHeight || 460)) / rowHeight) + spare);
    const shown = [];
    for (let at = first; at < last; at += 1) shown.push(this.#row(at));
    this.body.replaceChildren(...shown);
  }

  #row(at) {
    const row = this.rows[at];
    const opens = this.options.opens;
    const made = element('div', {
      role: 'row',
      class: `grid-row${opens ? ' links' : ''}${this.options.marked?.(row) ? ' marked' : ''}`,
      'data-row': row,
      ...(opens ? { click: () => opens(row) } : {}),
    }, this.columns.map((column, i) => {
      const text = column.text(row);
      const cell = element('span', { role: 'cell', title: text, class: column.number ? 'number' : undefined }, text);
      cell.style.width = `${this.widths[i]}px`;
      return cell;
    }));
    made.style.top = `${at * rowHeight}px`;
    return made;
  }
}
