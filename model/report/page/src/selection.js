// SPDX-License-Identifier: Apache-2.0
// Which points are in view: each part of the page may let some through, all of them must.
export class Selection {
  constructor() {
    this.tests = new Map();
    this.listeners = new Map();
  }

  /** `test` (row) => boolean, or null for all rows. The part `source` is not told of its own. */
  set(source, test) {
    if (test) this.tests.set(source, test);
    else if (!this.tests.delete(source)) return;
    this.listeners.forEach((listener, part) => { if (part !== source) listener(); });
  }

  onChange(part, listener) {
    this.listeners.set(part, listener);
  }

  /** A test of all parts but `except`; null if none of them restricts. */
  accepts(except) {
    const tests = [...this.tests].filter(([source]) => source !== except).map(([, test]) => test);
    return tests.length === 0 ? null : (row) => tests.every((test) => test(row));
  }
}
