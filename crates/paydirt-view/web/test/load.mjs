// Two clients ask the viewer for tiles, so many a second: `node test/load.mjs PAYDIRT RUN [PER_SECOND] [SECONDS]`.
// Prints what was answered, how fast, and the viewer's memory before and after; fails on any answer but a tile, or
// where memory grows from the middle to the end.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { strict as assert } from 'node:assert';

const [paydirt, run, rate = '200', seconds = '30'] = process.argv.slice(2);
const viewer = spawn(paydirt, ['view', run, '--no-open', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
let text = '';
for await (const part of viewer.stdout) {
  text += part;
  if (text.includes('}')) break;
}
const { address } = JSON.parse(text);
const memory_mib = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${viewer.pid}/status`, 'utf8'))[1]) / 1024;

const told = await fetch(`${address}api/run`).then((answer) => answer.json());
let number = 7;
const random = (below) => {
  number = (number * 1103515245 + 12345) % 2147483648;
  return Math.floor((number / 2147483648) * below);
};
function tile() {
  const layer = told.layers[random(told.layers.length)];
  const zoom = random(told.resolutions.length);
  const [cols, rows] = told.tiles[zoom];
  return `${address}tiles/${encodeURIComponent(layer.id)}/${zoom}/${random(cols)}/${random(rows)}.png`;
}

const agents = [1, 2].map(() => new Agent({ keepAlive: true, maxSockets: 6 }));
const ask = (agent) => new Promise((done) => {
  const began = performance.now();
  get(tile(), { agent }, (response) => {
    let bytes = 0;
    response.on('data', (part) => { bytes += part.length; });
    response.on('end', () => done({ ok: response.statusCode === 200 && bytes > 0, bytes, ms: performance.now() - began }));
  }).on('error', (error) => done({ ok: false, error: error.code, bytes: 0, ms: performance.now() - began }));
});

try {
  const answers = [];
  const memories = [memory_mib()];
  const began = performance.now();
  const total = Number(rate) * Number(seconds);
  for (let asked = 0; asked < total; asked += 1) {
    const due = began + (asked * 1000) / Number(rate);
    const early = due - performance.now();
    if (early > 1) await new Promise((done) => { setTimeout(done, early); });
    answers.push(ask(agents[asked % 2]));
    if (asked % (Number(rate) * 5) === 0) memories.push(memory_mib());
  }
  const done = await Promise.all(answers);
  const took_s = (performance.now() - began) / 1000;
  memories.push(memory_mib());
  const failed = done.filter(({ ok }) => !ok);
  const times = done.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share) => times[Math.floor(share * (times.length - 1))].toFixed(1);
  console.log(`${done.length} tiles in ${took_s.toFixed(1)} s (${(done.length / took_s).toFixed(0)} a second), ${failed.length} failed; `
    + `median ${at(0.5)} ms, 95 % within ${at(0.95)} ms, last ${at(1)} ms; resident MiB: ${memories.map((mib) => mib.toFixed(0)).join(' ')}`);
  assert.equal(failed.length, 0);
  const middle = Math.max(...memories.slice(0, Math.ceil(memories.length / 2) + 1));
  assert.ok(memories.at(-1) < middle * 1.1 + 8, 'memory grew');
} finally {
  agents.forEach((agent) => agent.destroy());
  viewer.kill('SIGINT');
}
