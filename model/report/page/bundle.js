// SPDX-License-Identifier: Apache-2.0
// Bundles the page's scripts into one file, with the licences of what it contains on top.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const licence = (name, file) => {
  const about = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
  return `${name} ${about.version} (${about.license})\n` +
    readFileSync(`node_modules/${name}/${file}`, 'utf8').replaceAll('*/', '* /');
};

await build({
  entryPoints: ['src/main.js'],
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2020',
  charset: 'ascii',
  legalComments: 'none',
  // ECharts is under the Apache License 2.0, the licence of Systerm itself.
  banner: {
    js: `/*!\n${licence('echarts', 'NOTICE')}\n${licence('zrender', 'LICENSE')}\n` +
      `${licence('tslib', 'LICENSE.txt')}*/`,
  },
  outfile: process.argv[2] ?? 'dist/page.js',
});
