// SPDX-License-Identifier: Apache-2.0
// Whole ONNX models in ONNX Runtime and in Systerm's float executor, on the same inputs:
//   node compare.js FLOAT_OUTPUTS MODEL_OR_FOLDER...
// Exit status 1 if an output differs by more than sums in another order explain.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import ort from 'onnxruntime-node';

const [program, ...sources] = process.argv.slice(2);

function modelsIn(source) {
  if (!fs.existsSync(source)) return [];
  if (!fs.statSync(source).isDirectory()) return source.endsWith('.onnx') ? [source] : [];
  return fs.readdirSync(source).sort().flatMap((name) => modelsIn(path.join(source, name)));
}

function typedArray(folder, file, type) {
  const bytes = fs.readFileSync(path.join(folder, file));
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return type === 'int64' ? new BigInt64Array(buffer) : new Float32Array(buffer);
}

/** The largest difference, over the largest magnitude of the output. */
function difference(expected, actual) {
  if (expected.length !== actual.length) return Infinity;
  let largest = 0;
  let scale = 1e-6;
  for (let i = 0; i < expected.length; ++i) {
    const value = Number(expected[i]);
    scale = Math.max(scale, Math.abs(value));
    largest = Math.max(largest, Math.abs(value - actual[i]));
  }
  return largest / scale;
}

async function compare(model, folder) {
  const ours = spawnSync(program, [model, folder], { encoding: 'utf8' });
  if (ours.status === 3) return { kind: 'not modelled', reason: ours.stdout };
  if (ours.status !== 0) return { kind: 'refused', reason: ours.stdout || ours.stderr };
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
  const feeds = {};
  for (const { name, shape, type, file } of manifest.inputs) {
    feeds[name] = new ort.Tensor(type, typedArray(folder, file, type), shape);
  }
  let results;
  let session;
  try {
    session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
    results = await session.run(feeds);
  } catch (error) {
    return { kind: 'not run by ONNX Runtime', reason: error.message.split('\n')[0] };
  }
  let largest = 0;
  manifest.outputs.forEach((file, i) => {
    const expected = results[session.outputNames[i]].data;
    largest = Math.max(largest, difference(expected, typedArray(folder, file, 'float32')));
  });
  return { kind: largest <= 1e-4 ? 'same' : 'WRONG', reason: largest.toExponential(1) };
}

const counts = {};
for (const model of sources.flatMap(modelsIn)) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'systerm-model-'));
  const { kind, reason } = await compare(model, folder);
  fs.rmSync(folder, { recursive: true });
  counts[kind] = (counts[kind] ?? 0) + 1;
  const name = path.basename(model) === 'model.onnx' ? path.basename(path.dirname(model)) : path.basename(model);
  console.log(`${kind.padEnd(24)}${name}: ${reason}`);
}
console.log(Object.entries(counts).map(([kind, count]) => `${count} ${kind}`).join(', '));
process.exitCode = counts.WRONG || !counts.same ? 1 : 0;
