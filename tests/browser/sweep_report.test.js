// SPDX-License-Identifier: Apache-2.0
// Reports of sweeps, opened in a browser.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  assertDrawn, assertFits, hover, inFolder, launch, open, screenshot, settled, systerm, tooltip,
} from './support.js';

let browser;
let table;
let layers;

before(async () => {
  browser = await launch();
  // Weights of the last two column counts do not fit into the buffer: points that fail.
  writeFileSync(inFolder('shapes.yaml'), `systerm: 1
name: shapes
description: a network of two GEMMs on many arrays </script>
base:
  systerm: 1
  name: base
  design: {base: tq_64x128, weight_buffer: {size: 128 KiB}}
  workload: {gemms: [{name: 'first </script><b>', m: 300, k: 700, n: 200}, {name: second, m: 64, k: 512, n: 128}]}
  precision: {default: {format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}}
  run: {fidelity: timing, seed: 1}
axes:
  - {path: design.array.rows, values: [16, 32, 64, 128]}
  - {path: design.array.columns, values: [16, 32, 64, 128]}
  - {name: k, path: precision.default.group_budget, values: [8, 12, 16, 24]}
  - {path: design.array.skew, values: [beat, hop]}
`);
  try {
    systerm('sweep', 'run', inFolder('shapes.yaml'), '--store', inFolder('store'), '--jobs', '2');
  } catch (error) {
    // Points may fail: that is part of what is shown.
    assert.ok(error.status === 1, String(error));
  }
  systerm('report', inFolder('shapes.yaml'), '--store', inFolder('store'), '--html', inFolder('shapes.html'),
    '--objective', 'total.cycles', '--objective', 'cells');
  table = JSON.parse(systerm('sweep', 'export', 'shapes', '--store', inFolder('store'), '--json', '-'));
  layers = JSON.parse(systerm('sweep', 'export', 'shapes', '--store', inFolder('store'), '--layers', '--json', '-'));
});
after(async () => { await browser?.close(); });

const rowsOf = (page, section) => page.locator(`${section} .grid-body .grid-row`);
const statusOf = (page) => page.locator('#points [role="status"]').innerText();

for (const dark of [false, true]) {
  for (const width of [1280, 800]) {
    test(`a sweep, ${dark ? 'dark' : 'light'}, ${width} px wide`, async () => {
      const { page, check } = await open(browser, inFolder('shapes.html'), { dark, width });
      for (const section of ['#pareto', '#parallel', '#effects']) await assertDrawn(page, section);
      await assertFits(page);
      await screenshot(page, `sweep_${dark ? 'dark' : 'light'}_${width}`);
      check();
      await page.close();
    });
  }
}

test('the front is the one of the exported table, with what limits each design', async () => {
  const { page, check } = await open(browser, inFolder('shapes.html'));
  const at = (name) => table.columns.findIndex((column) => column.name === name);
  const done = table.rows.filter(({ status }) => status === 'done');
  assert.ok(done.length > 20);
  const cost = ({ values }) => [values[at('rows')] * values[at('columns')], values[at('total.cycles')]];
  const front = done.filter((row) => !done.some((other) => {
    const [a, b] = [cost(other), cost(row)];
    return a[0] <= b[0] && a[1] <= b[1] && (a[0] < b[0] || a[1] < b[1]);
  }));
  await page.locator('#front').scrollIntoViewIfNeeded();
  await settled(page);
  const shown = await rowsOf(page, '#front').evaluateAll((rows) => rows.map((row) =>
    [Number(row.children[0].innerText), row.innerText]));
  assert.deepEqual(shown.map(([point]) => point).sort((a, b) => a - b), front.map(({ point }) => point));
  for (const [point, text] of shown) {
    assert.ok(text.includes(table.rows[point].limited_by.replaceAll('_', ' ')), text);
  }
  check();
  await page.close();
});

test('hovering a design tells its axes and figures', async () => {
  const { page, check } = await open(browser, inFolder('shapes.html'));
  await page.locator('#pareto .chart').scrollIntoViewIfNeeded();
  const box = await page.locator('#pareto .chart').boundingBox();
  let text = '';
  for (let x = 0.1; x < 0.98 && !text; x += 0.01) {
    for (let y = 0.12; y < 0.86 && !text; y += 0.04) {
      await page.mouse.move(box.x + box.width * x, box.y + box.height * y);
      text = await tooltip(page);
    }
  }
  assert.match(text, /point \d+/);
  assert.match(text, /rows: /);
  assert.match(text, /total\.cycles: .*cycles/);
  assert.match(text, /limited by/);
  check();
  await page.close();
});

test('a rectangle selects points for the table, and lets go', async () => {
  const { page, check } = await open(browser, inFolder('shapes.html'));
  const all = await statusOf(page);
  await page.locator('#pareto .chart').scrollIntoViewIfNeeded();
  const box = await page.locator('#pareto .chart').boundingBox();
  await page.mouse.move(box.x + 90, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.35, box.y + box.height - 60, { steps: 8 });
  await page.mouse.up();
  await settled(page);
  const some = await statusOf(page);
  assert.match(some, /^\d+ of \d+ rows$/);
  assert.notEqual(some, all);
  assert.match(await page.locator('#selected').innerText(), /selected/);
  await page.locator('#clear').click();
  await settled(page);
  assert.equal(await statusOf(page), all);
  check();
  await page.close();
});

test('filters of the table reach the other charts', async () => {
  const { page, check } = await open(browser, inFolder('shapes.html'));
  await page.locator('#pareto').scrollIntoViewIfNeeded();
  await settled(page);
  const picture = () => page.$eval('#pareto canvas', (canvas) => canvas.toDataURL());
  const before = await picture();
  await page.locator('#points [data-filter="rows"]').fill('>= 64');
  await page.locator('#points [data-filter="skew"]').fill('hop');
  await settled(page);
  const expected = table.rows.filter(({ values }) => {
    const of = (name) => values[table.columns.findIndex((column) => column.name === name)];
    return of('rows') >= 64 && of('skew') === 'hop';
  }).length;
  assert.equal(await statusOf(page), `${expected} of ${table.rows.length} rows`);
  assert.notEqual(await picture(), before);
  check();
  await page.close();
});

test('the front can be that of a selection', async () => {
  const { page, check } = await open(browser, inFolder('shapes.html'));
  await page.locator('#points [data-filter="k"]').fill('>= 16');
  await settled(page);
  const at = table.columns.findIndex((column) => column.name === 'k');
  await page.locator('#front').scrollIntoViewIfNeeded();
  await settled(page);
  const points = await rowsOf(page, '#front').evaluateAll((rows) => rows.map((row) => Number(row.children[0].innerText)));
  assert.ok(points.length > 0);
  for (const point of points) assert.ok(table.rows[point].values[at] >= 16);
  check();
  await page.close();
});

test('every point has a page with its layers', async () => {
  const { page, check } = await open(browser, inFolder('shapes.html'));
  const front = await rowsOf(page, '#front').evaluateAll((rows) => rows.map((row) => Number(row.children[0].innerText)));
  const done = table.rows.filter(({ status }) => status === 'done').map(({ point }) => point);
  const dialog = page.locator('dialog#point');
  for (const point of [front[0], done.find((each) => !front.includes(each)), done.at(-1)]) {
    await page.evaluate((row) => { window.location.hash = `point=${row}`; }, point);
    await page.waitForSelector('dialog#point .layers canvas');
    await settled(page);
    assert.match(await dialog.innerText(), /Cycles of each layer/);
    assert.match(await dialog.innerText(), /systerm report/);
    await assertDrawn(page, 'dialog#point .layers', { colours: 4 });
    // What is drawn are the cycles of the export.
    const at = (name) => layers.layer_columns.findIndex((column) => column.name === name);
    const text = await hover(page, 'dialog#point .layers .chart', [0.4, 0.4]);
    const layer = layers.layers.find(({ point: of, values }) => of === point && text.startsWith(values[at('name')]));
    assert.ok(layer, text);
    for (const cause of ['skew', 'data_memory', 'drain']) {
      const cycles = layer.values[at(`stalls.${cause}`)];
      // Larger ones are shown with three digits.
      if (cycles > 0 && cycles < 10000) assert.ok(text.includes(`: ${cycles.toLocaleString('en')} cycles`), text);
    }
  }
  await page.screenshot({ path: inFolder('screenshots', 'point.png') });
  await dialog.getByRole('button', { name: 'Close' }).click();
  assert.equal(await dialog.isVisible(), false);
  check();
  await page.close();
});

test('a click on a row opens the page of its point', async () => {
  const { page, check } = await open(browser, inFolder('shapes.html'));
  await rowsOf(page, '#front').first().click();
  await settled(page);
  assert.ok(await page.locator('dialog#point').isVisible());
  assert.match(await page.evaluate(() => window.location.hash), /^#point=\d+$/);
  check();
  await page.close();
});

test('failed points are listed with their reasons', async () => {
  const failed = table.rows.filter(({ status }) => status === 'failed');
  const { page, check } = await open(browser, inFolder('shapes.html'));
  assert.ok(failed.length > 0, 'the sweep was made to have failing points');
  const text = await page.locator('#failures').innerText();
  assert.match(text, new RegExp(failed[0].reason));
  assert.ok(text.includes(failed[0].message.split('\n')[0].slice(0, 60)), text);
  check();
  await page.close();
});

test('a page of a point is its own report', async () => {
  const point = table.rows.find(({ status }) => status === 'done').point;
  systerm('report', inFolder('shapes.yaml'), '--store', inFolder('store'), '--point', String(point),
    '--html', inFolder('point.html'));
  const { page, check } = await open(browser, inFolder('point.html'));
  await assertDrawn(page, '#roofline');
  assert.ok(await page.locator('figure.diagram svg').isVisible());
  check();
  await page.close();
});

test('20,000 points open and stay usable', async (context) => {
  const html = readFileSync(inFolder('shapes.html'), 'utf8');
  const [, text] = html.match(/id="report-data">(.*?)<\/script>/s);
  const data = JSON.parse(text);
  const count = data.status.codes.length;
  const many = 20000;
  const repeat = (list, spread = (value) => value) => Array.from({ length: many },
    (_, i) => spread(list[i % count], i));
  // Copies are moved a little, so that no two points are the same.
  const moved = (value, i) => (value === null ? null : value * (1 + 0.9 * Math.abs(Math.sin(i))));
  for (const column of data.columns) {
    if (Array.isArray(column.values)) {
      column.values = repeat(column.values, column.kind === 'figure' ? moved : undefined);
    } else if (column.values.codes) {
      column.values.codes = repeat(column.values.codes);
    }
  }
  data.status.codes = repeat(data.status.codes);
  data.results = repeat(data.results);
  const blocks = [...html.matchAll(/id="block-\d+">(.*?)<\/script>/g)].map((match) => match[1]);
  assert.equal(blocks.length, Math.ceil(count / data.points_per_block));
  const copies = Array.from({ length: Math.ceil(many / data.points_per_block) }, (_, i) =>
    `<script type="text/plain" id="block-${i}">${blocks[i % blocks.length]}</script>\n`);
  writeFileSync(inFolder('many.html'), html
    .replace(/<script type="text\/plain".*?<\/script>\n/g, '')
    .replace(text, () => JSON.stringify(data).replaceAll('<', '\\u003c'))
    .replace('<script>', () => `${copies.join('')}<script>`));
  const { page, loadedIn, check } = await open(browser, inFolder('many.html'));
  context.diagnostic(`opened in ${loadedIn} ms`);
  for (const section of ['#pareto', '#parallel', '#effects']) await assertDrawn(page, section);
  assert.match(await statusOf(page), /^20000 rows$/);
  assert.ok(await rowsOf(page, '#points').count() < 100);
  const begin = Date.now();
  await page.locator('#points [data-filter="rows"]').fill('64');
  await settled(page);
  context.diagnostic(`filtered in ${Date.now() - begin} ms`);
  assert.match(await statusOf(page), /^\d+ of 20000 rows$/);
  await page.locator('#points .grid').evaluate((grid) => { grid.scrollTop = grid.scrollHeight; });
  await settled(page);
  assert.ok(await rowsOf(page, '#points').count() > 5);
  await screenshot(page, 'sweep_20000');
  await page.evaluate(() => { window.location.hash = 'point=12800'; });
  await page.waitForSelector('dialog#point .layers canvas');
  check();
  await page.close();
});

test('a page without scripts has every picture', async () => {
  systerm('report', inFolder('shapes.yaml'), '--store', inFolder('store'), '--static', '--html', inFolder('shapes_static.html'));
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`file://${inFolder('shapes_static.html')}`);
  for (const section of ['#pareto', '#effects']) {
    assert.ok(await page.locator(`${section} svg`).first().isVisible(), section);
  }
  await assertFits(page);
  await screenshot(page, 'sweep_static');
  await page.close();
});
