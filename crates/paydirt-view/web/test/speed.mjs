// How fast the viewer is: `node test/speed.mjs PAYDIRT OUT.json NAME=RUN...`. Of each run: the time until it answers, the
// time from asking for the page to the first coloured pixel of the map in headless Chromium, and what two clients get who
// ask for 200 tiles a second together. Prints what it measures and keeps it.
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { strict as assert } from 'node:assert';
import { browserPath, launch, serve } from './drive.mjs';
import { load } from './load.mjs';

const TURNS = 7;
const RATE = 200;
const SECONDS = 60;

/** Milliseconds from asking for the page to the first coloured pixel of the map, and what was done by when. */
async function firstPixels(browser, address) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(() => {
    const look = () => {
      const canvas = document.querySelector('.tiles-left canvas, canvas.tiles-left');
      if (canvas?.width) {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        for (let index = 3; index < data.length; index += 4 * 31) {
          if (data[index] > 0) { globalThis.firstPixels = performance.now(); return; }
        }
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(address);
  await page.waitForFunction(() => globalThis.firstPixels, null, { timeout: 30000 });
  const told = await page.evaluate(() => {
    const ends = (part) => performance.getEntriesByType('resource').find(({ name }) => name.includes(part))?.responseEnd;
    return { page: performance.getEntriesByType('navigation')[0].responseEnd, script: ends('/app.js'), run: ends('/api/run'),
      first_tile: ends('/tiles/'), first_pixels: globalThis.firstPixels };
  });
  await context.close();
  return Object.fromEntries(Object.entries(told).map(([key, value]) => [`${key}_ms`, Math.round(value)]));
}

async function measure(paydirt, browser, [name, run]) {
  const began = performance.now();
  const { viewer, address } = await serve(paydirt, run);
  try {
    const opening_ms = Math.round(performance.now() - began);
    const { rows, cols, layers } = await fetch(`${address}api/run`).then((answer) => answer.json());
    const turns = [];
    for (let turn = 0; turn < TURNS; turn += 1) turns.push(await firstPixels(browser, address));
    const times = turns.map((turn) => turn.first_pixels_ms).sort((a, b) => a - b);
    const first_pixels = { median_ms: times[times.length >> 1], most_ms: times.at(-1), turns };
    console.log(`${name}, ${rows} x ${cols} cells, ${layers.length} layers: answers after ${opening_ms} ms; first map pixels after ${times.join(', ')} ms`);
    const requests = await load(address, viewer.pid, RATE, SECONDS);
    console.log(`${name}: ${requests.words}`);
    return { name, rows, cols, layers: layers.length, opening_ms, first_pixels, requests };
  } finally {
    viewer.kill('SIGINT');
  }
}

const [paydirt, out, ...runs] = process.argv.slice(2);
assert.ok(browserPath(), 'no Chromium here (apt-get install chromium)');
const results = { machine: `${cpus().length} x ${cpus()[0].model}`, load_average_before: loadavg()[0], runs: [] };
const browser = await launch();
try {
  for (const run of runs) results.runs.push(await measure(paydirt, browser, run.split('=')));
} finally {
  await browser.close();
}
results.load_average_after = loadavg()[0];
writeFileSync(out, `${JSON.stringify(results, null, 1)}\n`);
