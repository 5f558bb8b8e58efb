// Draws the pictures of the gallery and of the tutorial from runs: `node pictures.mjs PAYDIRT RUNS`.
// Parts of reports and of the viewer as Chromium shows them, and one chart of docs/benchmark.json; all as WebP.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const { chromium } = createRequire(join(here, '../../crates/paydirt-view/web/package.json'))('playwright-core');
const [paydirt, runs] = process.argv.slice(2);
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => path && existsSync(path));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const paper = await browser.newPage();

/** A picture as WebP: what Chromium's canvas makes of it. */
async function write(png, name, quality = 0.8) {
  const address = await paper.evaluate(async ([data, quality]) => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${data}`;
    await picture.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: picture.width, height: picture.height });
    canvas.getContext('2d').drawImage(picture, 0, 0);
    return canvas.toDataURL('image/webp', quality);
  }, [png.toString('base64'), quality]);
  const bytes = Buffer.from(address.split(',')[1], 'base64');
  writeFileSync(join(here, '..', `${name}.webp`), bytes);
  console.log(`${name}.webp ${Math.round(bytes.length / 1024)} KiB`);
}

/** The part of a report from the first to the last of some elements, `[selector, text within]`. */
async function report(run, name, parts, { width = 900, margin = 12 } = {}) {
  const file = join(runs, run, 'report.html');
  if (!existsSync(file)) return console.log(`${name}.webp left as it is: no ${file}`);
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  await page.goto(pathToFileURL(file).href);
  await page.waitForTimeout(300);
  const boxes = [];
  for (const [selector, hasText] of parts) {
    const found = page.locator(selector, hasText ? { hasText } : {}).first();
    boxes.push(await found.boundingBox());
  }
  const left = Math.min(...boxes.map(({ x }) => x)) - margin;
  const top = Math.min(...boxes.map(({ y }) => y)) - margin;
  const right = Math.max(...boxes.map(({ x, width }) => x + width)) + margin;
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height)) + margin;
  const clip = { x: Math.max(left, 0), y: Math.max(top, 0), width: Math.min(right, width) - Math.max(left, 0), height: bottom - Math.max(top, 0) };
  await write(await page.screenshot({ clip, fullPage: true }), name);
  return page.close();
}

/** The viewer on a folder, after `look` has done something there. */
async function viewer(run, name, look) {
  const folder = join(runs, run);
  if (!existsSync(folder)) return console.log(`${name}.webp left as it is: no ${folder}`);
  const served = spawn(paydirt, ['view', folder, '--no-open', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const part of served.stdout) {
    text += part;
    if (text.includes('}')) break;
  }
  const page = await browser.newPage({ viewport: { width: 1200, height: 760 } });
  await page.goto(JSON.parse(text).address);
  await page.waitForSelector('body[data-ready="yes"]');
  await page.waitForTimeout(800);
  await look(page);
  await page.waitForTimeout(1200);
  await page.waitForFunction(() => !document.body.textContent.includes('looking…'));
  await write(await page.screenshot(), name);
  await page.close();
  served.kill();
}

/** Held-out ROC AUC of every model on every ground, with its interval; hollow: what random splitting would claim. */
async function benchmark(name) {
  const grounds = JSON.parse(readFileSync(join(here, '../benchmark.json'), 'utf8'));
  const models = [...new Set(grounds.flatMap(({ models }) => models.map((line) => line.name)))]
    .filter((model) => grounds.filter(({ models }) => models.some((line) => line.name === model)).length > 2).sort();
  const [row, column, left, top] = [17, 118, 132, 44];
  const place = (index, value) => left + index * column + 8 + (column - 20) * Math.min(Math.max((value - 0.3) / 0.7, 0), 1);
  let svg = '';
  const put = (text) => { svg += text; };
  grounds.forEach(({ name: ground, models: lines }, index) => {
    const middle = left + index * column + column / 2;
    put(`<text x="${middle}" y="16" text-anchor="middle" font-weight="600">${ground}</text>`);
    for (const value of [0.5, 0.75, 1]) {
      put(`<line x1="${place(index, value)}" x2="${place(index, value)}" y1="${top - 8}" y2="${top + row * models.length}" stroke="#ccc"${value === 0.5 ? ' stroke-dasharray="3 3"' : ''}/>`);
      put(`<text x="${place(index, value)}" y="${top - 12}" text-anchor="middle" fill="#666" font-size="10">${value}</text>`);
    }
    const best = Math.max(...lines.filter(({ split }) => split === 'spatial').map(({ metrics }) => metrics.roc_auc.value));
    for (const { name: model, split, metrics: { roc_auc: { value, low, high } } } of lines) {
      const y = top + row * models.indexOf(model) + row / 2;
      if (!models.includes(model)) continue;
      if (split === 'random') {
        put(`<circle cx="${place(index, value)}" cy="${y}" r="4" fill="white" stroke="#b2182b" stroke-width="1.5"/>`);
        continue;
      }
      const colour = value === best ? '#b2182b' : model === 'coordinates only' ? '#888' : '#2166ac';
      put(`<line x1="${place(index, low)}" x2="${place(index, high)}" y1="${y}" y2="${y}" stroke="${colour}" stroke-opacity="0.45" stroke-width="3"/>`);
      put(`<circle cx="${place(index, value)}" cy="${y}" r="4" fill="${colour}"/>`);
    }
  });
  models.forEach((model, index) => put(`<text x="${left - 8}" y="${top + row * index + row / 2 + 4}" text-anchor="end">${model}</text>`));
  const [width, height] = [left + column * grounds.length + 10, top + row * models.length + 10];
  const page = await browser.newPage({ viewport: { width, height } });
  await page.setContent(`<body style="margin:0;background:white"><svg width="${width}" height="${height}" font-family="sans-serif" font-size="12">${svg}</svg>`);
  await write(await page.screenshot(), name);
  await page.close();
}

try {
  await report('carlin.run', 'gallery/carlin', [['#map']]);
  await report('carlin.run', 'gallery/carlin-layers', [['figure.chart', 'How the layers decide']]);
  await report('carlin.run', 'gallery/carlin-cause', [['#doubt h3', 'The cause that brings'], ['#doubt figure >> nth=1']]);
  await report('carlin-raw.run', 'gallery/carlin-raw', [['#data h2'], ['#data table']], { width: 1200 });
  await report('curnamona.run', 'gallery/curnamona', [['#verdict h2'], ['#map']]);
  await report('paydirt-demo/district.run', 'gallery/demo', [['#map']]);
  await report('paydirt-demo/district.run', 'gallery/demo-gap', [['#optimism']]);
  await report('discovery.run', 'gallery/discovery', [['#verdict']]);
  await benchmark('gallery/benchmark');
  await viewer('carlin.run', 'gallery/viewer', async (page) => {
    await page.click('#tab-targets').catch(() => {});
    await page.click('tr[data-rank="2"] button.go');
  });
  await report('california.run', 'gallery/california', [['#maps h2'], ['#maps figure', 'Gold'], ['#maps figure', 'Zinc']]);
  await report('ground/ground.run', 'tutorial/report', [['h1'], ['#map']], { margin: 4 });
  await report('ground/ground.run', 'tutorial/optimism', [['#optimism']]);
  await report('ground/ground.run', 'tutorial/area', [['figure.chart', 'Deposits captured by area']]);
  await report('ground/ground.run', 'tutorial/layers', [['#layers']]);
  await viewer('ground/ground.run', 'tutorial/view', async (page) => {
    await page.click('#tab-targets').catch(() => {});
    await page.click('tr[data-rank="5"] button.go');
  });
} finally {
  await browser.close();
}
