// SPDX-License-Identifier: Apache-2.0
// Reports of runs, opened in a browser.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  assertDrawn, assertFits, config, hover, inFolder, launch, open, screenshot, settled, systerm,
} from './support.js';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

function reportOf(name, ...run) {
  systerm('run', ...run, '--out', inFolder(name));
  systerm('report', inFolder(name), '--html', inFolder(`${name}.html`));
  return inFolder(`${name}.html`);
}

const sections = ['#cycles', '#comparison', '#utilisation', '#traffic', '#roofline'];

for (const dark of [false, true]) {
  for (const width of [1280, 800]) {
    test(`ResNet-18 against its baseline, ${dark ? 'dark' : 'light'}, ${width} px wide`, async () => {
      const file = reportOf('resnet18', config('experiments/resnet18_tq.yaml'), '--set', 'run.fidelity=timing');
      const { page, check } = await open(browser, file, { dark, width });
      for (const section of sections) await assertDrawn(page, section);
      assert.ok(await page.locator('figure.diagram svg').isVisible());
      await assertFits(page);
      await screenshot(page, `run_${dark ? 'dark' : 'light'}_${width}`);
      check();
      await page.close();
    });
  }
}

test('a run on a DRAM with banks says what its memory lost cycles to', async () => {
  const file = reportOf('banks', config('experiments/resnet18_tq.yaml'), '--set', 'run.fidelity=timing',
    '--set', 'design=tq_64x128_ddr4', '--no-baseline');
  const { page, check } = await open(browser, file);
  await assertDrawn(page, '#memory');
  await assertFits(page);
  assert.match(await page.locator('#memory .explained').innerText(), /Column spacing/);
  assert.match(await page.locator('#key-figures').innerText(), /row hits/);
  const text = await hover(page, '#memory .chart', [0.4, 0.3]);
  assert.match(text, /row conflicts/);
  await screenshot(page, 'run_banks');
  check();
  await page.close();
});

test('hovering a layer names it and splits its cycles', async () => {
  const file = reportOf('resnet18', config('experiments/resnet18_tq.yaml'), '--set', 'run.fidelity=timing');
  const { page, check } = await open(browser, file);
  const text = await hover(page, '#cycles .chart', [0.4, 0.3]);
  const result = JSON.parse(readFileSync(inFolder('resnet18', 'result.json'), 'utf8'));
  const layer = result.layers.find(({ name }) => text.includes(name));
  assert.ok(layer, `no layer in "${text}"`);
  assert.match(text, /busy/);
  assert.match(text, /cycles/);
  check();
  await page.close();
});

test('switches change what is drawn', async () => {
  const file = reportOf('resnet18', config('experiments/resnet18_tq.yaml'), '--set', 'run.fidelity=timing');
  const { page, check } = await open(browser, file);
  const picture = () => page.$eval('#cycles canvas', (canvas) => canvas.toDataURL());
  const cycles = await picture();
  await page.getByRole('button', { name: 'Shares' }).click();
  await settled(page);
  const shares = await picture();
  assert.notEqual(shares, cycles);
  await page.locator('#theme').click();
  await settled(page);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  assert.notEqual(await picture(), shares);
  check();
  await page.close();
});

test('the table of layers sorts and filters', async () => {
  const file = reportOf('resnet18', config('experiments/resnet18_tq.yaml'), '--set', 'run.fidelity=timing');
  const { page, check } = await open(browser, file);
  const result = JSON.parse(readFileSync(inFolder('resnet18', 'result.json'), 'utf8'));
  const first = () => page.locator('#layers .grid-body .grid-row').first().locator('span').first().innerText();
  await page.locator('#layers [data-key="cycles"]').click();
  const most = result.layers.reduce((a, b) => (b.cycles > a.cycles ? b : a));
  assert.equal(await first(), most.name);
  await page.locator('#layers [data-filter="type"]').fill('pool');
  const pools = result.layers.filter(({ type }) => type.includes('pool')).length;
  assert.ok(pools > 0);
  assert.equal(await page.locator('#layers .grid-body .grid-row').count(), pools);
  await page.locator('#layers [data-filter="cycles"]').fill('> 1e12');
  assert.equal(await page.locator('#layers .grid-body .grid-row').count(), 0);
  await page.locator('#layers [data-filter="type"]').fill('');
  await page.locator('#layers [data-filter="cycles"]').fill('0.1 M .. 0.2M');
  const middling = result.layers.filter(({ cycles }) => cycles >= 1e5 && cycles <= 2e5).length;
  assert.ok(middling > 0);
  assert.equal(await page.locator('#layers .grid-body .grid-row').count(), middling);
  await page.locator('#layers [data-filter="cycles"]').fill('');
  await page.locator('#layers [data-filter="utilisation"]').fill('>= 30 %');
  const used = result.layers.filter(({ macs, utilisation }) => macs && utilisation >= 0.3).length;
  assert.equal(await page.locator('#layers .grid-body .grid-row').count(), used);
  check();
  await page.close();
});

test('names from the user are text, whatever they are', async () => {
  const name = '</script><script>document.title="taken"</script><b a="\'>&amp;';
  writeFileSync(inFolder('hostile.yaml'), `systerm: 1
name: '</script><img src=x onerror=alert(1)>'
design: tq_64x128
workload: {gemms: [{name: ${JSON.stringify(name)}, m: 64, k: 64, n: 64}, {name: plain, m: 64, k: 64, n: 64}]}
precision: {default: {format: term_quantized}}
run: {fidelity: timing}
`);
  const file = reportOf('hostile', inFolder('hostile.yaml'));
  const { page, check } = await open(browser, file);
  assert.doesNotMatch(await page.title(), /taken/);
  assert.equal(await page.locator('img, main b, script[src]').count(), 0);
  assert.equal(await page.locator('#layers .grid-body .grid-row span').first().innerText(), name);
  assert.match(await hover(page, '#cycles .chart', [0.5, 0.35]), /taken/);
  check();
  await page.close();
});

test('a large network scrolls through its layers', async () => {
  writeFileSync(inFolder('large.yaml'), `systerm: 1
name: large
design: tq_64x128
workload: {network: efficientnet_b0}
precision: {default: {format: term_quantized}}
run: {fidelity: timing}
`);
  const file = reportOf('large', inFolder('large.yaml'));
  const { page, check } = await open(browser, file);
  await assertDrawn(page, '#cycles');
  await assertFits(page);
  await screenshot(page, 'run_large');
  check();
  await page.close();
});

test('energy is split by unit where a run is priced', async () => {
  reportOf('resnet18', config('experiments/resnet18_tq.yaml'), '--set', 'run.fidelity=timing');
  const result = JSON.parse(readFileSync(inFolder('resnet18', 'result.json'), 'utf8'));
  if (!result.total.energy_pj) {
    // Runs without prices: a split of the form that prices give.
    for (const part of [result.total, ...result.layers]) {
      part.energy_pj = { array: part.macs * 0.2, dram: (part.bytes.dram.read + part.bytes.dram.written) * 20 };
    }
  }
  writeFileSync(inFolder('priced.json'), JSON.stringify(result));
  systerm('report', inFolder('priced.json'), '--html', inFolder('priced.html'));
  const { page, check } = await open(browser, inFolder('priced.html'));
  await assertDrawn(page, '#energy');
  assert.match(await page.locator('#key-figures').innerText(), /Energy/);
  assert.match(await page.locator('.notice').innerText(), /no experiment\.yaml/);
  await page.locator('#energy').screenshot({ path: inFolder('screenshots', 'energy.png') });
  check();
  await page.close();
});

test('a page without scripts has every picture', async () => {
  reportOf('resnet18', config('experiments/resnet18_tq.yaml'), '--set', 'run.fidelity=timing');
  const file = inFolder('static.html');
  systerm('report', inFolder('resnet18'), '--static', '--html', file);
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'dark' });
  await page.goto(`file://${file}`);
  assert.equal(await page.locator('script').count(), 0);
  for (const section of [...sections, '#design']) {
    assert.ok(await page.locator(`${section} svg`).isVisible(), section);
  }
  await assertFits(page);
  await screenshot(page, 'run_static_dark');
  await page.close();
});
