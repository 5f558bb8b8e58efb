// A person on an infilling: the species is switched, and layer, legend, flagged ground, records and figures follow.
import { strict as assert } from 'node:assert';
import { choose, colours, drawn, tab } from './drive.mjs';

const species = (drive) => drive.report.read.species.map(({ name }) => name);
const flagged = (drive, name) => drive.report.flagged.find((line) => line.species === name)?.clusters ?? [];

/** Chooses a species and looks that everything is of it. */
async function switchTo(drive, page, name, shown) {
  await page.selectOption('#species', name);
  await page.waitForTimeout(600);
  assert.ok((await page.textContent('#legend')).includes(`${name}: ${shown}`), `legend of ${name}`);
  await drawn(page, name);
  await tab(page, 'targets');
  assert.equal(await page.locator('table.targets tbody tr').count(), flagged(drive, name).length, `flagged of ${name}`);
  await tab(page, 'figures');
  const told = await page.textContent('#panel-figures');
  const others = species(drive).filter((other) => other !== name);
  assert.ok(told.includes(`${name}: one layer hidden`) || told.includes(`${name}: `), `figures of ${name}`);
  assert.ok(others.every((other) => !told.includes(`${other}: `)), `figures of ${name} alone`);
}

/** What was recorded, over the score, and the blocks that were held out. */
async function overlays(drive, page, name) {
  await tab(page, 'layers');
  const before = await colours(page);
  await page.check('#over-records');
  await page.waitForTimeout(600);
  await drawn(page, 'what is recorded', before);
  assert.ok((await page.textContent('#legend')).includes('Recorded sites'));
  await page.check('#over-ground');
  await page.waitForTimeout(300);
  assert.ok((await page.textContent('#legend')).includes('held-out ground'));
  await drive.shot(page, `${name}-5-records`);
  await page.uncheck('#over-records');
  await page.uncheck('#over-ground');
}

/** The first cluster of a species that has some: its card, its spreads, and the values at its best cell. */
async function cluster(drive, page, name, of) {
  const [first] = flagged(drive, of);
  await tab(page, 'targets');
  await drive.shot(page, `${name}-6-flagged`);
  await page.click(`tr[data-rank="${first.rank}"] button.go`);
  await page.waitForFunction(() => /over masks/.test(document.getElementById('target-card').textContent));
  await page.waitForTimeout(700);
  assert.ok((await page.locator('#target-card').boundingBox()).y > 0, 'the card is in sight');
  await drive.shot(page, `${name}-7-cluster`);
  await page.click('text=All values at its best cell');
  await page.waitForSelector('#panel-place .of-species');
  assert.match(await page.textContent('#panel-place .headline'), new RegExp(`top [0-9.]+.% of the area for ${of}`));
  const place = await page.evaluate(({ easting, northing }) =>
    fetch(`/api/place?easting=${easting}&northing=${northing}`).then((answer) => answer.json()), first);
  const score = Math.max(...place.values.filter(({ layer }) => layer.endsWith('.mean')).map(({ value }) => value));
  assert.ok(score >= first.max_score - 1e-6, `${score} is ${first.max_score}`);
  await page.waitForTimeout(400);
  await drive.shot(page, `${name}-8-place`);
}

export async function walkInfilling(drive, name, options) {
  const open = await drive.open(options);
  const { page } = open;
  const names = species(drive);
  const told = await drive.told(page);
  assert.deepEqual(told.species, names);
  assert.deepEqual(told.warnings, []);
  assert.equal(await page.inputValue('#species'), names[0]);
  await drawn(page, 'the map');
  await drive.shot(page, `${name}-1-start`);
  await drive.pan(page);
  for (const of of names) await switchTo(drive, page, of, 'Score while hidden');
  const of = [...names].sort((a, b) => flagged(drive, b).length - flagged(drive, a).length)[0];
  await page.selectOption('#species', of);
  const its = told.layers.filter((layer) => layer.species === of);
  await drive.layers(page, name, its.map((layer) => ({ ...layer, title: `${of}: ${layer.title}` })));
  // The kind of layer stays when the species changes.
  await choose(page, its.find(({ id }) => id.endsWith('.spread_over_masks')).id);
  const other = names.find((name) => name !== of);
  if (other) await switchTo(drive, page, other, 'Spread over masks');
  await page.selectOption('#species', of);
  await choose(page, its.find(({ id }) => id.endsWith('.mean')).id);
  await drive.swipe(page, name, its.find(({ id }) => id.endsWith('.spread_over_masks')).id);
  await drive.graticule(page, name, told);
  await overlays(drive, page, name);
  if (flagged(drive, of).length > 0) await cluster(drive, page, name, of);
  await tab(page, 'figures');
  await drive.shot(page, `${name}-9-figures`);
  const axeSays = await drive.accessible(page, name);
  await drive.download(page, 'clusters.gpkg');
  await drive.close(name, open, axeSays);
}

/** How many cards the first species prints. */
export const cardsOf = (drive) => flagged(drive, species(drive)[0]).length;
