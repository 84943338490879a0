// SPDX-License-Identifier: Apache-2.0
// Elements without ever parsing text as HTML.

/** `attributes` with a function as value are listeners. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export function section(id, title, explained, ...children) {
  return element('section', { id }, element('h2', {}, title),
    explained ? element('p', { class: 'explained' }, explained) : null, ...children);
}

/** One of several; calls `changed(value)`. */
export function choice(label, options, value, changed) {
  const select = element('select', { change: () => changed(select.value) },
    options.map(([key, title]) => element('option', { value: key, selected: key === value }, title)));
  return element('label', {}, label, select);
}

/** A button that stays down. */
export function toggle(label, on, changed) {
  const button = element('button', {
    'aria-pressed': String(on),
    click: () => {
      const now = button.getAttribute('aria-pressed') !== 'true';
      button.setAttribute('aria-pressed', String(now));
      changed(now);
    },
  }, label);
  return button;
}

/** `figures`: [title, value, remark]. */
export function figureList(figures) {
  return element('dl', { class: 'figures' }, figures.map(([title, value, remark]) =>
    element('div', {}, element('dt', {}, title),
      element('dd', {}, value, remark ? element('small', {}, remark) : null))));
}

export function plainTable(header, rows) {
  return element('div', { class: 'scroll' }, element('table', {},
    element('thead', {}, element('tr', {}, header.map((title) => element('th', {}, title)))),
    element('tbody', {}, rows.map((row) =>
      element('tr', {}, row.map((cell) =>
        element('td', { class: String(cell).length > 60 ? 'wraps' : undefined }, cell)))))));
}
