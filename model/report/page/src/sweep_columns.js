// SPDX-License-Identifier: Apache-2.0
// Columns of a sweep's tables.
const grouping = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
const plainNumber = (value) => (Math.abs(value) >= 1 || value === 0 ? grouping.format(value)
  : String(Number(value.toPrecision(4))));

export const pointColumn = {
  key: 'point', title: 'point', number: true, value: (row) => row, text: (row) => String(row),
};

export function valueColumn(sweep, column) {
  const { values, isNumber, unit } = column;
  const isShare = unit === 'share';
  return {
    key: column.name,
    title: column.title,
    number: isNumber,
    // Filters of shares are in percent, as shown.
    value: isShare ? (row) => 100 * values[row] : (row) => values[row],
    // The title has the unit: numbers stay comparable down the column.
    text: (row) => (values[row] === null ? '–'
      : isNumber && !isShare ? plainNumber(values[row]) : sweep.text(column, row)),
  };
}

const textColumn = (key, title, text) => ({ key, title, number: false, value: text, text });

/** What limits a point; of one without a result, why there is none. */
export const limitColumn = (sweep) => textColumn('limit', 'limited by',
  (row) => (sweep.status[row] === 'done' ? sweep.limitText(row) : sweep.status[row]));

export const stallColumn = (sweep) => textColumn('stall', 'largest stall',
  (row) => (sweep.status[row] === 'done' ? sweep.stallText(row) : ''));
