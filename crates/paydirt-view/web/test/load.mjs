// Two clients ask the viewer for tiles, so many a second together: `node test/load.mjs PAYDIRT RUN [PER_SECOND] [SECONDS]`.
// Prints what was answered, how fast, and the viewer's memory; fails on any answer but a tile, or where memory grows from
// the middle to the end.
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { strict as assert } from 'node:assert';
import { serve } from './drive.mjs';

/** A sum over a process and those that it started. */
function over(pid, of) {
  const read = (name) => readFileSync(`/proc/${pid}/${name}`, 'utf8');
  const children = read(`task/${pid}/children`).trim().split(' ').filter(Boolean);
  return children.reduce((sum, child) => sum + over(child, of), of(read));
}

const memory_mib = (pid) => over(pid, (read) => Number(/VmRSS:\s+(\d+)/.exec(read('status'))?.[1] ?? 0) / 1024);

/** Processor seconds so far: the 12th and 13th number after the name, in hundredths. */
const cpu_s = (pid) => over(pid, (read) => {
  const numbers = read('stat').replace(/^.*\) /s, '').split(' ');
  return (Number(numbers[11]) + Number(numbers[12])) / 100;
});

/** Addresses of tiles of any layer, anywhere; the same ones each time. */
function tiles(address, told) {
  let number = 7;
  const random = (below) => {
    number = (number * 1103515245 + 12345) % 2147483648;
    return Math.floor((number / 2147483648) * below);
  };
  return () => {
    const layer = told.layers[random(told.layers.length)];
    const zoom = random(told.resolutions.length);
    const [cols, rows] = told.tiles[zoom];
    return `${address}tiles/${encodeURIComponent(layer.id)}/${zoom}/${random(cols)}/${random(rows)}.png`;
  };
}

const ask = (address, agent) => new Promise((done) => {
  const began = performance.now();
  get(address, { agent }, (response) => {
    let bytes = 0;
    response.on('data', (part) => { bytes += part.length; });
    response.on('end', () => done({ ok: response.statusCode === 200 && bytes > 0, ms: performance.now() - began }));
  }).on('error', (error) => done({ ok: false, error: error.code, ms: performance.now() - began }));
});

/** Asks for `rate` tiles a second; how that went, as numbers and in words. */
export async function load(address, pid, rate, seconds) {
  const told = await fetch(`${address}api/run`).then((answer) => answer.json());
  const next = tiles(address, told);
  const agents = [1, 2].map(() => new Agent({ keepAlive: true, maxSockets: 6 }));
  const [answers, memories, began, cpu] = [[], [memory_mib(pid)], performance.now(), cpu_s(pid)];
  for (let asked = 0; asked < rate * seconds; asked += 1) {
    const early = began + (asked * 1000) / rate - performance.now();
    if (early > 1) await new Promise((done) => { setTimeout(done, early); });
    answers.push(ask(next(), agents[asked % 2]));
    if (asked % (rate * 5) === 0) memories.push(memory_mib(pid));
  }
  const done = await Promise.all(answers);
  const took_s = (performance.now() - began) / 1000;
  memories.push(memory_mib(pid));
  agents.forEach((agent) => agent.destroy());
  const times = done.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share) => Number(times[Math.floor(share * (times.length - 1))].toFixed(1));
  const told_of = {
    clients: 2, asked: done.length, failed: done.filter(({ ok }) => !ok).length, per_second: Number((done.length / took_s).toFixed(1)),
    median_ms: at(0.5), within_95_percent_ms: at(0.95), last_ms: at(1),
    cpu_ms_each: Number(((1000 * (cpu_s(pid) - cpu)) / done.length).toFixed(2)), resident_mib: memories.map((mib) => Math.round(mib)),
  };
  return { ...told_of, words: `${done.length} tiles in ${took_s.toFixed(1)} s (${told_of.per_second} a second), ${told_of.failed} failed; median ${told_of.median_ms} ms, `
    + `95 % within ${told_of.within_95_percent_ms} ms, last ${told_of.last_ms} ms; ${told_of.cpu_ms_each} ms of processor time each; resident MiB: ${told_of.resident_mib.join(' ')}` };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [paydirt, run, rate = '200', seconds = '30'] = process.argv.slice(2);
  const { viewer, address } = await serve(paydirt, run);
  try {
    const found = await load(address, viewer.pid, Number(rate), Number(seconds));
    console.log(found.words);
    assert.equal(found.failed, 0);
    const memories = found.resident_mib;
    const middle = Math.max(...memories.slice(0, Math.ceil(memories.length / 2) + 1));
    assert.ok(memories.at(-1) < middle * 1.1 + 8, 'memory grew');
  } finally {
    viewer.kill('SIGINT');
  }
}
