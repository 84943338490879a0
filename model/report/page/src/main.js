// SPDX-License-Identifier: Apache-2.0
// Starts the page: its data are in the document, nothing is fetched.
import { paletteOf } from './palette.js';
import { showRun } from './run_page.js';
import { showSweep } from './sweep_page.js';
import { themeButton } from './theme.js';

const data = JSON.parse(document.getElementById('report-data').textContent);
const palette = paletteOf(data.palette);
document.querySelector('header').append(themeButton());
if (data.kind === 'run') showRun(data, palette);
else showSweep(data, palette);
document.documentElement.dataset.ready = 'true';
