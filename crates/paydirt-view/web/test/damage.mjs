// A damaged folder in the browser: what is damaged is said at the top of the page, and the rest can be looked at.
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strict as assert } from 'node:assert';
import { Drive, choose, drawn, serve, tab } from './drive.mjs';

/** Damages a copy of a run: a map, the report and the vectors; names what must be told of at once. */
function damage(run) {
  const place = mkdtempSync(join(tmpdir(), 'paydirt-damaged-'));
  const folder = join(place, 'damaged.run');
  cpSync(run, folder, { recursive: true });
  const last = readdirSync(join(folder, 'maps')).filter((name) => name.endsWith('.tif')).sort().at(-1);
  const vectors = readdirSync(folder).filter((name) => name.endsWith('.gpkg'));
  for (const name of [join('maps', last), ...vectors]) writeFileSync(join(folder, name), 'neither raster nor package');
  writeFileSync(join(folder, 'report.json'), '{ "project": ');
  return { place, folder, names: [last, 'report.json', ...vectors] };
}

/** Cuts a map short while it is looked at: its tiles fail, and the page says whose. A small one is in memory by then. */
async function cutShort(page, folder) {
  const size = (name) => statSync(join(folder, 'maps', name)).size;
  const name = readdirSync(join(folder, 'maps')).find((name) => /^attribution_.*\.tif$/.test(name) && size(name) > 1 << 20);
  if (!name) return;
  truncateSync(join(folder, 'maps', name), Math.floor(size(name) / 10));
  await choose(page, name.replace('.tif', ''));
  await page.waitForFunction((name) => document.getElementById('troubles').textContent.includes(name), name, { timeout: 20000 });
}

export async function walkDamaged(browser, paydirt, run, shots) {
  const { place, folder, names } = damage(run);
  const { viewer, address } = await serve(paydirt, folder);
  try {
    // What is left has no report to be compared with.
    const drive = new Drive({ browser, address, run: place, shots });
    const open = await drive.open({ viewport: { width: 390, height: 844 } });
    const told = await open.page.textContent('#troubles');
    for (const name of names) assert.ok(told.includes(name), `${name} is not told of: ${told}`);
    await drawn(open.page, 'the rest');
    for (const panel of ['place', 'targets', 'figures']) {
      await tab(open.page, panel);
      assert.ok((await open.page.textContent(`#panel-${panel}`)).length > 20, panel);
    }
    await tab(open.page, 'layers');
    await drive.shot(open.page, 'damaged');
    await cutShort(open.page, folder);
    await drive.shot(open.page, 'damaged-later');
    // That a tile failed is what was to be seen.
    open.faults = open.faults.filter((fault) => !fault.includes('status of 500'));
    await drive.close('damaged', open, []);
  } finally {
    viewer.kill('SIGINT');
    rmSync(place, { recursive: true });
  }
}
