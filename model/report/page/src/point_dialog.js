// SPDX-License-Identifier: Apache-2.0
// The page of one point of a sweep: what it is, what it costs and where its cycles went.
import { layerBars } from './charts/layer_bars.js';
import { element, plainTable } from './dom.js';
import { words } from './format.js';

function sharesChart(sweep, row, palette) {
  const shares = sweep.shares(row);
  return layerBars(() => ({
    names: ['all layers'],
    unit: 'share',
    title: 'share of all cycles',
    maximum: 1,
    series: shares.map(([cause, share]) => ({ name: words(cause), stack: 'shares',
      colour: palette.cause(cause), values: [share] })),
  }));
}

function layersChart(details, palette) {
  return layerBars(() => ({
    names: details.layers,
    unit: 'cycle',
    title: 'cycles',
    series: details.causes.map((cause, i) => ({ name: words(cause), stack: 'cycles',
      colour: palette.cause(cause), values: details.cycles[i] })),
  }));
}

export class PointDialog {
  constructor(sweep, palette) {
    this.sweep = sweep;
    this.palette = palette;
    this.dialog = element('dialog', { id: 'point', close: () => this.#closed() });
    document.body.append(this.dialog);
    window.addEventListener('hashchange', () => this.follow());
  }

  /** The address has the point, so that it can be linked and gone back to. */
  open(row) {
    window.location.hash = `point=${row}`;
  }

  #closed() {
    if (window.location.hash) window.history.replaceState(null, '', window.location.pathname + window.location.search);
  }

  /** Shows the point that the address names, if any. */
  follow() {
    const match = window.location.hash.match(/^#point=(\d+)$/);
    if (!match || Number(match[1]) >= this.sweep.count) {
      this.dialog.close();
      return;
    }
    this.dialog.replaceChildren(...this.#content(Number(match[1])));
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.scrollTop = 0;
  }

  #content(row) {
    const { sweep, palette } = this;
    const close = element('button', { class: 'close', click: () => this.dialog.close() }, 'Close');
    const values = (columns) => columns
      .filter((column) => column.values[row] !== null)
      .map((column) => [column.name, sweep.text(column, row), column.description ?? '']);
    const isAxis = (column) => column.kind !== 'figure';
    const parts = [close, element('h2', {}, `Point ${row} of ${sweep.name}`),
      plainTable(['axis', 'value', 'sets'], values(sweep.columns.filter(isAxis)))];
    if (sweep.status[row] === 'done') {
      parts.push(element('h3', {}, `Limited by ${sweep.limitText(row)}`), sharesChart(sweep, row, palette).element);
      parts.push(element('h3', {}, 'Cycles of each layer'), this.#layers(row));
      parts.push(...this.#resultFile(row), element('h3', {}, 'Figures'),
        plainTable(['figure', 'value', 'meaning'], values(sweep.columns.filter((column) => !isAxis(column)))));
    } else {
      const failure = sweep.failures.find((each) => each.point === row);
      parts.push(element('h3', {}, failure ? `Failed: ${failure.reason}` : 'Not run yet'),
        element('pre', { style: 'white-space: pre-wrap' }, failure ? `${failure.message}\n${failure.log}` : ''));
    }
    return parts;
  }

  /** Fills itself once the layers are unpacked. */
  #layers(row) {
    const place = element('div', { class: 'layers' });
    this.sweep.layers.of(row).then((details) => {
      place.replaceChildren(details ? layersChart(details, this.palette).element : 'This point has no layers.');
    }, () => {
      place.replaceChildren('This browser cannot unpack the layers; a newer one can.');
    });
    return place;
  }

  #resultFile(row) {
    const { results, store } = this.sweep;
    if (!results[row]) return [];
    const path = `${store.path}/${results[row]}`;
    return [element('p', {}, 'Result: ', element('a', { href: `${store.link}/${results[row]}` }, path),
      '. Its own report: ', element('code', {}, `systerm report '${path}' --html point_${row}.html`))];
  }
}

