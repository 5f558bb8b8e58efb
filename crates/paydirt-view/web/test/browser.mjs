// Drives the viewer as a person would, in headless Chromium: `node test/browser.mjs PAYDIRT RUN [SHOTS]`.
// Loads, pans, switches and swipes layers, clicks a target, reads its drivers, prints its card, downloads the
// GeoPackage, at 1440 and 390 pixels, in light and dark; asks axe for serious faults; measures the first map pixels.
import { spawn } from 'node:child_process';
import { readFileSync, existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { strict as assert } from 'node:assert';
import { chromium } from 'playwright-core';

const [paydirt, run, shots] = process.argv.slice(2);
const browserPath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => path && existsSync(path));
if (!browserPath) {
  console.log('no Chromium here: the viewer was not driven (apt-get install chromium)');
  process.exit(0);
}
if (shots) mkdirSync(shots, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Starts the viewer and returns its address. */
async function serve() {
  const viewer = spawn(paydirt, ['view', run, '--no-open', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const part of viewer.stdout) {
    text += part;
    if (text.includes('}')) break;
  }
  return { viewer, address: JSON.parse(text).address };
}

const { viewer, address } = await serve();
const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
const report = JSON.parse(readFileSync(join(run, 'report.json'), 'utf8'));

/** A page that counts as failed whatever it, or its policy, complains of. */
async function open(options) {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  const page = await context.newPage();
  const faults = [];
  // Reading the map's pixels, as is done here, is slower than it could be: no fault of the page.
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type()) && !message.text().includes('willReadFrequently')) faults.push(message.text()); });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(address) && !/^(data|blob):/.test(request.url())) faults.push(`asks for ${request.url()}`);
  });
  await page.goto(address);
  await page.waitForSelector('body[data-ready="yes"]');
  await page.waitForTimeout(600);
  return { context, page, faults };
}

/** How many different colours a part of the map has: tiles are there. */
const colours = (page) => page.evaluate(() => {
  const seen = new Set();
  for (const canvas of document.querySelectorAll('#map canvas')) {
    const { width, height } = canvas;
    if (!width || !height) continue;
    const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    for (let index = 0; index < pixels.length; index += 4 * 97) {
      if (pixels[index + 3] > 0) seen.add((pixels[index] << 16) | (pixels[index + 1] << 8) | pixels[index + 2]);
    }
  }
  return seen.size;
});

async function accessible(page, where) {
  // Over the page's own policy, which forbids added scripts: evaluated, not inserted.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const told = violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
  const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
  assert.deepEqual(serious.map(({ id }) => id), [], `${where}: ${told.join('; ')}`);
  return told;
}

const shot = async (page, name) => { if (shots) await page.screenshot({ path: join(shots, `${name}.png`) }); };
const tab = async (page, name) => { if (await page.isVisible(`#tab-${name}`)) await page.click(`#tab-${name}`); };

async function choose(page, id) {
  await tab(page, 'layers');
  const radio = page.locator(`input[name="shown"][value="${id}"]`);
  if (!(await radio.isVisible())) await radio.locator('xpath=ancestor::details/summary').click();
  await radio.check();
  await page.waitForTimeout(500);
}

async function walk(name, options) {
  const { context, page, faults } = await open(options);
  assert.equal(await page.textContent('#name'), report.project);
  assert.ok(await colours(page) > 4, 'the map is drawn');
  await shot(page, `${name}-1-start`);

  // Pan with the keyboard, zoom with the wheel, and back.
  await page.focus('#map');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('+');
  await page.waitForTimeout(700);
  await tab(page, 'layers');
  await page.click('text=Whole map');
  await page.waitForTimeout(400);

  // Every layer is drawn, and says so in the legend.
  const layers = await page.evaluate(() => fetch('/api/run').then((answer) => answer.json()).then(({ layers }) => layers));
  const wanted = ['prospectivity_rank', 'uncertainty.total', 'dominant_cause', 'applicability.dissimilarity',
    layers.find(({ group }) => group === 'evidence')?.id, layers.find(({ group }) => group === 'attribution')?.id];
  for (const id of wanted.filter((id) => layers.some((layer) => layer.id === id))) {
    await choose(page, id);
    const title = layers.find((layer) => layer.id === id).title;
    assert.ok((await page.textContent('#legend')).includes(title), `legend of ${id}`);
    assert.ok(await colours(page) > 2, `${id} is drawn`);
    await shot(page, `${name}-2-${id.replaceAll(/[^a-z_]/gi, '-')}`);
  }
  await choose(page, 'prospectivity');

  // Swipe, moved with the keyboard.
  await tab(page, 'layers');
  await page.selectOption('#compare', 'uncertainty.total');
  await page.focus('#swipe');
  await page.keyboard.press('PageUp');
  assert.equal(await page.getAttribute('#swipe', 'aria-valuenow'), '60');
  await page.waitForTimeout(500);
  await shot(page, `${name}-3-swipe`);
  await page.selectOption('#compare', '');

  // Held-out ground, held-out deposits hollow.
  const fold = await page.locator('#held-out option').nth(2).getAttribute('value');
  await page.selectOption('#held-out', fold);
  await page.waitForTimeout(400);
  assert.ok((await page.textContent('#legend')).includes('held out in fold'));
  await shot(page, `${name}-4-fold`);
  await page.selectOption('#held-out', '');

  // A target: its card, its drivers, its analog, and the values at its best cell.
  await tab(page, 'targets');
  await page.waitForTimeout(300);
  await shot(page, `${name}-5-targets`);
  const first = report.targets[0];
  await page.click('tr[data-rank="1"] button.go');
  await page.waitForTimeout(900);
  const card = await page.textContent('#target-card');
  assert.ok(card.includes('Target 1') && card.includes('km²'), card);
  const drivers = await page.getAttribute('#target-card .bars svg', 'aria-label');
  assert.match(drivers, /(raises|lowers) the score by/);
  await page.waitForFunction(() => /cosine/.test(document.getElementById('target-card').textContent));
  await shot(page, `${name}-6-target`);
  await page.click('text=All values at its best cell');
  await page.waitForSelector('#panel-place .bars');
  const told = await page.textContent('#panel-place .headline');
  assert.match(told, /top [0-9.]+.% of the area/);
  const place = await page.evaluate(({ easting, northing }) =>
    fetch(`/api/place?easting=${easting}&northing=${northing}`).then((answer) => answer.json()), first);
  assert.ok(Math.abs(place.percentile - first.percentile) < 0.1, `${place.percentile} is ${first.percentile}`);
  await page.waitForTimeout(400);
  await shot(page, `${name}-7-place`);

  // A click on the map reads the place.
  const { x, y, width, height } = await page.locator('#map').boundingBox();
  await page.mouse.click(x + width * 0.5, y + height * 0.45);
  await page.waitForTimeout(900);
  assert.ok((await page.textContent('#panel-place')).length > 40);

  // Sort and filter.
  await tab(page, 'targets');
  await page.click('th[data-key="area"] button');
  assert.equal(await page.getAttribute('th[data-key="area"]', 'aria-sort'), 'descending');
  const largest = await page.getAttribute('table.targets tbody tr', 'data-rank');
  const area = (target) => target.area_km2;
  assert.equal(Number(largest), [...report.targets].sort((a, b) => area(b) - area(a) || a.rank - b.rank)[0].rank);
  await page.check('#target-fresh');
  const fresh = report.targets.filter((target) => target.known_deposits === 0).length;
  assert.equal(await page.locator('table.targets tbody tr').count(), fresh);

  // Figures.
  await tab(page, 'figures');
  await page.waitForTimeout(200);
  assert.ok(await page.locator('.chart').count() >= 5);
  await shot(page, `${name}-8-figures`);
  const told_by_axe = [];
  for (const where of ['layers', 'place', 'targets', 'figures']) {
    await tab(page, where);
    told_by_axe.push(...await accessible(page, `${name} ${where}`));
  }

  // The GeoPackage, as it lies in the folder.
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#targets-link')]);
  assert.deepEqual(readFileSync(await download.path()), readFileSync(join(run, 'targets.gpkg')));

  // Nothing reaches beyond the width of the page, nothing was complained of.
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `the page is ${over} pixels too wide`);
  assert.deepEqual(faults, []);
  await context.close();
  console.log(`${name}: all done${told_by_axe.length > 0 ? `; axe, less than serious: ${[...new Set(told_by_axe)].join('; ')}` : ''}`);
}

/** Milliseconds from asking for the page to the first coloured pixel of the map. */
async function first_pixels() {
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
  const found = await page.waitForFunction(() => globalThis.firstPixels, null, { timeout: 30000 });
  const milliseconds = await found.jsonValue();
  await context.close();
  return milliseconds;
}

async function paper() {
  const { context, page } = await open({ viewport: { width: 1440, height: 900 } });
  await page.evaluate(() => { window.print = () => {}; });
  await page.click('text=Print these as cards');
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('#print .card').count(), report.targets.length);
  assert.ok(!(await page.isVisible('#map')));
  if (shots) await page.pdf({ path: join(shots, 'cards.pdf') });
  await shot(page, 'cards');
  await context.close();
}

try {
  const times = [];
  for (let turn = 0; turn < 3; turn += 1) times.push(await first_pixels());
  console.log(`first map pixels after ${times.map((time) => Math.round(time)).join(', ')} ms`);
  await walk('1440-light', { viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  await walk('390-light', { viewport: { width: 390, height: 844 }, colorScheme: 'light', hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
  await walk('1440-dark', { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
  await paper();
} finally {
  await browser.close();
  viewer.kill('SIGINT');
}
