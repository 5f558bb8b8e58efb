// What the tests in the browser share: a viewer that is started, a page that counts its faults, and looks at it.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { strict as assert } from 'node:assert';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Chromium, if it is here. */
export const browserPath = () => [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => path && existsSync(path));

export const launch = () => chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox'] });

/** Starts the viewer on a folder; its process and its address. */
export async function serve(paydirt, run) {
  const viewer = spawn(paydirt, ['view', run, '--no-open', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const part of viewer.stdout) {
    text += part;
    if (text.includes('}')) break;
  }
  if (!text.includes('}')) throw new Error(`${paydirt} view ${run} ended before it told its address`);
  return { viewer, address: JSON.parse(text).address };
}

export class Drive {
  constructor({ browser, address, run, shots }) {
    Object.assign(this, { browser, address, run, shots });
    const path = join(run, 'report.json');
    this.report = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
    if (shots) mkdirSync(shots, { recursive: true });
  }

  /** A page that counts as a fault whatever it, or its policy, complains of. */
  async open(options) {
    const context = await this.browser.newContext({ acceptDownloads: true, ...options });
    const page = await context.newPage();
    const faults = [];
    // Reading the map's pixels, as is done here, is slower than it could be: no fault of the page.
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type()) && !message.text().includes('willReadFrequently')) faults.push(message.text()); });
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(this.address) && !/^(data|blob):/.test(request.url())) faults.push(`asks for ${request.url()}`);
    });
    await page.goto(this.address);
    await page.waitForSelector('body[data-ready="yes"]');
    await page.waitForTimeout(600);
    return { context, page, faults };
  }

  async shot(page, name) {
    if (this.shots) await page.screenshot({ path: join(this.shots, `${name}.png`) });
  }

  /** What the page is told of the run. */
  told(page) { return page.evaluate(() => fetch('/api/run').then((answer) => answer.json())); }

  /** Pans with the keyboard, zooms, and goes back to the whole map. */
  async pan(page) {
    await page.focus('#map');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('+');
    await page.waitForTimeout(700);
    await tab(page, 'layers');
    await page.click('text=Whole map');
    await page.waitForTimeout(400);
  }

  /** Shows each layer: it is drawn, and the legend says which it is. */
  async layers(page, name, layers) {
    for (const { id, title, group } of layers) {
      await choose(page, id);
      assert.ok((await page.textContent('#legend')).includes(title), `legend of ${id}`);
      // Records may be of one colour, and cover little.
      await drawn(page, id, group === 'records' ? 0 : 2);
      await this.shot(page, `${name}-2-${id.replaceAll(/[^a-z_]/gi, '-')}`);
    }
  }

  /** Swipes against a layer, with the keyboard. */
  async swipe(page, name, id) {
    await tab(page, 'layers');
    await page.selectOption('#compare', id);
    await page.focus('#swipe');
    await page.keyboard.press('PageUp');
    assert.equal(await page.getAttribute('#swipe', 'aria-valuenow'), '60');
    await page.waitForTimeout(500);
    await this.shot(page, `${name}-3-swipe`);
    await page.selectOption('#compare', '');
  }

  /** Meridians and parallels, where the grid is tied to the Earth. */
  async graticule(page, name, { on_earth: onEarth }) {
    await tab(page, 'layers');
    assert.equal(await page.isVisible('#over-graticule'), onEarth);
    if (!onEarth) {
      assert.ok((await page.textContent('#panel-layers')).includes('not tied to the Earth'));
      return;
    }
    const before = await colours(page, true);
    await page.check('#over-graticule');
    await drawn(page, 'the graticule', before, true);
    await page.waitForTimeout(300);
    await this.shot(page, `${name}-4-graticule`);
    await page.uncheck('#over-graticule');
  }

  /** No serious fault of accessibility in any panel; what is less than serious is returned. */
  async accessible(page, name) {
    const told = [];
    for (const panel of ['layers', 'place', 'targets', 'figures']) {
      await tab(page, panel);
      // Over the page's own policy, which forbids added scripts: evaluated, not inserted.
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
      const lines = violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
      const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
      assert.deepEqual(serious.map(({ id }) => id), [], `${name} ${panel}: ${lines.join('; ')}`);
      told.push(...lines);
    }
    return [...new Set(told)];
  }

  /** A file of the folder, downloaded as it lies there. */
  async download(page, file) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#targets-link')]);
    assert.deepEqual(readFileSync(await download.path()), readFileSync(join(this.run, file)));
  }

  /** Nothing reaches beyond the width of the page, and nothing was complained of. */
  async close(name, { context, page, faults }, axeSays) {
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(over <= 0, `the page is ${over} pixels too wide`);
    assert.deepEqual(faults, []);
    await context.close();
    console.log(`${name}: all done${axeSays.length > 0 ? `; axe, less than serious: ${axeSays.join('; ')}` : ''}`);
  }

  /** The cards on paper. */
  async paper(count) {
    const { context, page } = await this.open({ viewport: { width: 1440, height: 900 } });
    await page.evaluate(() => { globalThis.printed = false; window.print = () => { globalThis.printed = true; }; });
    await page.click('text=Print these as cards');
    await page.waitForFunction(() => globalThis.printed, null, { timeout: 90000 });
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.locator('#print .card').count(), count);
    assert.ok(!(await page.isVisible('#map')));
    if (this.shots) await page.pdf({ path: join(this.shots, 'cards.pdf') });
    await this.shot(page, 'cards');
    await context.close();
  }
}

/** How many different colours the map has: of its tiles, or (`over`) of what is drawn over them. */
export const colours = (page, over = false) => page.evaluate((wanted) => {
  const seen = new Set();
  for (const canvas of document.querySelectorAll('#map canvas')) {
    const { width, height } = canvas;
    const tiles = Boolean(canvas.closest('[class*="tiles-"]'));
    if (!width || !height || tiles === wanted) continue;
    const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    for (let index = 0; index < pixels.length; index += 4 * (wanted ? 1 : 97)) {
      if (pixels[index + 3] > 0) seen.add((pixels[index] << 16) | (pixels[index + 1] << 8) | pixels[index + 2]);
    }
  }
  return seen.size;
}, over);

/** Waits until the map has more colours than that. */
export async function drawn(page, what, than = 2, over = false) {
  let found = 0;
  for (let turn = 0; turn < 25; turn += 1) {
    found = await colours(page, over);
    if (found > than) return;
    await page.waitForTimeout(200);
  }
  assert.fail(`${what} is not drawn: ${found} colours`);
}

export const tab = async (page, name) => { if (await page.isVisible(`#tab-${name}`)) await page.click(`#tab-${name}`); };

export async function choose(page, id) {
  await tab(page, 'layers');
  const radio = page.locator(`input[name="shown"][value="${id}"]`);
  if (!(await radio.isVisible())) await radio.locator('xpath=ancestor::details/summary').click();
  await radio.check();
  await page.waitForTimeout(500);
}
