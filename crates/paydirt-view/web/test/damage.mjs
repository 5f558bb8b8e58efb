// A damaged folder in the browser: what is damaged is said at the top of the page, and the rest can be looked at.
import { cpSync, mkdtempSync, readdirSync, rmSync, truncateSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strict as assert } from 'node:assert';
import { Drive, drawn, serve, tab } from './drive.mjs';

/** Damages a copy of a run: a map, the report and the vectors; names what must be told of. */
function damage(run) {
  const place = mkdtempSync(join(tmpdir(), 'paydirt-damaged-'));
  const folder = join(place, 'damaged.run');
  cpSync(run, folder, { recursive: true });
  const maps = readdirSync(join(folder, 'maps')).filter((name) => name.endsWith('.tif')).sort();
  // Never the first map that is shown.
  const cut = maps.filter((name) => name !== 'prospectivity.tif').at(-1);
  truncateSync(join(folder, 'maps', cut), Math.floor(statSync(join(folder, 'maps', cut)).size / 3));
  writeFileSync(join(folder, 'report.json'), '{ "project": ');
  const vectors = readdirSync(folder).filter((name) => name.endsWith('.gpkg'));
  for (const name of vectors) writeFileSync(join(folder, name), 'no package');
  return { place, folder, names: [cut, 'report.json', ...vectors] };
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
    await drive.close('damaged', open, []);
  } finally {
    viewer.kill('SIGINT');
    rmSync(place, { recursive: true });
  }
}
