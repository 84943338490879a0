// SPDX-License-Identifier: Apache-2.0
// A browser, reports made by the program, and what tests ask of a page.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

export const folder = process.env.SYSTERM_TEST_FOLDER;
const program = process.env.SYSTERM_PROGRAM;
const source = process.env.SYSTERM_SOURCE_DIR;
mkdirSync(join(folder, 'screenshots'), { recursive: true });

export const config = (name) => join(source, 'configs', name);
export const inFolder = (...names) => join(folder, ...names);

export function systerm(...args) {
  return execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28, cwd: folder });
}

export const launch = () => chromium.launch({
  executablePath: process.env.SYSTERM_CHROMIUM,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/**
 * Opens a file; `check()` at the end of a test fails for any console error and any request but the
 * one for the file itself.
 */
export async function open(browser, file, { dark = false, width = 1280, height = 900 } = {}) {
  const page = await browser.newPage({ viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light' });
  const problems = [];
  const address = pathToFileURL(file).href;
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error.stack ?? error)));
  page.on('request', (request) => {
    const asked = request.url().split('#')[0];
    if (asked !== address && !asked.startsWith('data:')) problems.push(`asks for ${asked}`);
  });
  const begin = Date.now();
  await page.goto(address);
  await page.waitForSelector('html[data-ready="true"]');
  await settled(page);
  return { page, loadedIn: Date.now() - begin, check: () => assert.deepEqual(problems, []) };
}

/** After two frames everything that was asked for is drawn. */
export const settled = (page) => page.evaluate(() => new Promise((resolve) => {
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 60)));
}));

/** Share of the pixels of an element's canvases that are painted, and how many colours they have. */
export const painted = (page, selector) => page.$eval(selector, (element) => {
  const colours = new Set();
  let inked = 0;
  let all = 0;
  for (const canvas of element.querySelectorAll('canvas')) {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) {
      all += 1;
      if (data[i + 3] > 40) {
        inked += 1;
        colours.add(((data[i] >> 4) << 8) | ((data[i + 1] >> 4) << 4) | (data[i + 2] >> 4));
      }
    }
  }
  return { share: all === 0 ? 0 : inked / all, colours: colours.size };
});

export async function assertDrawn(page, selector, { share = 0.01, colours = 5 } = {}) {
  await page.locator(selector).scrollIntoViewIfNeeded();
  await settled(page);
  const seen = await painted(page, selector);
  assert.ok(seen.share >= share && seen.colours >= colours, `${selector}: ${JSON.stringify(seen)}`);
}

/** Nothing sticks out of the page at its sides. */
export async function assertFits(page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth,
    document.documentElement.clientWidth]);
  assert.ok(content <= window, `${content} px of content in a window of ${window}`);
}

export async function screenshot(page, name) {
  await page.evaluate(() => window.scrollTo(0, 0));
  await settled(page);
  await page.screenshot({ path: inFolder('screenshots', `${name}.png`), fullPage: true });
}

/** Text of the tooltip in view; moves the mouse over an element's `at` (shares of its size). */
export async function hover(page, selector, at) {
  await page.locator(selector).scrollIntoViewIfNeeded();
  const box = await page.locator(selector).boundingBox();
  await page.mouse.move(box.x + box.width * at[0] - 4, box.y + box.height * at[1]);
  await page.mouse.move(box.x + box.width * at[0], box.y + box.height * at[1], { steps: 4 });
  await settled(page);
  return tooltip(page);
}

export const tooltip = (page) => page.evaluate(() => [...document.querySelectorAll('.chart > div')]
  .filter((each) => each.style.position === 'absolute' && each.style.visibility !== 'hidden' &&
    each.style.opacity !== '0' && each.textContent)
  .map((each) => each.innerText).join('\n'));
