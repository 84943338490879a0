// SPDX-License-Identifier: Apache-2.0
// The designs on the front, and what limits each.
import { element, section } from './dom.js';
import { limitColumn, pointColumn, stallColumn, valueColumn } from './sweep_columns.js';
import { limitName } from './sweep_data.js';
import { DataTable } from './table.js';

/** "12 by skew, 3 by encoder" */
export function limitsOf(sweep, rows) {
  const counts = new Map();
  for (const row of rows) {
    const limit = limitName(sweep.limit(row));
    counts.set(limit, (counts.get(limit) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([limit, count]) => `${count} by ${limit}`).join(', ');
}

export class FrontPart {
  /** @param state {x, y}: names of the objectives; `opens` (row) => void */
  constructor(sweep, state, opens) {
    this.sweep = sweep;
    this.state = state;
    this.opens = opens;
    this.explained = element('p', { class: 'explained' });
    this.place = element('div');
    this.element = section('front', 'The front, and what limits it', null, this.explained, this.place);
  }

  show(front) {
    const { sweep, state } = this;
    const objectives = [state.x, state.y].map((name) => sweep.column(name));
    const wanted = objectives.map((column) =>
      `${column.name} (the ${column.better === 'high' ? 'higher' : 'lower'} the better)`);
    this.explained.textContent = `${front.length} of ${sweep.done.length} designs are on the front of ` +
      `${wanted.join(' and ')}: no other is as good in both and better in one. Limited: ${limitsOf(sweep, front)}. ` +
      'What limits a design is what takes most of its cycles: the work itself, or a stall. A click on a row opens the design.';
    const ofFront = (column) => ({ ...column, value: (i) => column.value(front[i]), text: (i) => column.text(front[i]) });
    const columns = [pointColumn, ...[...sweep.axes(), ...objectives].map((column) => valueColumn(sweep, column)),
      limitColumn(sweep), stallColumn(sweep)].map(ofFront);
    const table = new DataTable(columns, front.length,
      { filters: false, height: 380, opens: (i) => this.opens(front[i]) });
    this.place.replaceChildren(table.element);
  }
}
