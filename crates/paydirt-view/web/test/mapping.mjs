// A person on a run: layers, folds, a target and its drivers, a place, the list, figures.
import { strict as assert } from 'node:assert';
import { choose, drawn, tab } from './drive.mjs';

/** One layer of each kind that the run has. */
function wanted({ layers }) {
  const ids = ['prospectivity_rank', 'uncertainty.total', 'dominant_cause', 'applicability.dissimilarity'];
  const first = (group) => layers.find((layer) => layer.group === group);
  return [...ids.map((id) => layers.find((layer) => layer.id === id)), first('evidence'), first('attribution')].filter(Boolean);
}

/** Held-out ground, held-out deposits hollow. */
async function fold(drive, page, name) {
  const fold = await page.locator('#held-out option').nth(2).getAttribute('value');
  await page.selectOption('#held-out', fold);
  await page.waitForTimeout(400);
  assert.ok((await page.textContent('#legend')).includes('held out in fold'));
  await drive.shot(page, `${name}-5-fold`);
  await page.selectOption('#held-out', '');
}

/** A target: its card, its drivers, its analog, and the values at its best cell. */
async function target(drive, page, name) {
  const first = drive.report.targets[0];
  await tab(page, 'targets');
  await page.waitForTimeout(300);
  await drive.shot(page, `${name}-6-targets`);
  await page.click('tr[data-rank="1"] button.go');
  await page.waitForTimeout(900);
  const card = await page.textContent('#target-card');
  assert.ok(card.includes('Target 1') && card.includes('km²'), card);
  assert.match(await page.getAttribute('#target-card .bars svg', 'aria-label'), /(raises|lowers) the score by/);
  await page.waitForFunction(() => /cosine/.test(document.getElementById('target-card').textContent));
  assert.ok((await page.locator('#target-card').boundingBox()).y > 0, 'the card is in sight');
  await drive.shot(page, `${name}-7-target`);
  await page.click('text=All values at its best cell');
  await page.waitForSelector('#panel-place .bars');
  assert.match(await page.textContent('#panel-place .headline'), /top [0-9.]+.% of the area/);
  const place = await page.evaluate(({ easting, northing }) =>
    fetch(`/api/place?easting=${easting}&northing=${northing}`).then((answer) => answer.json()), first);
  assert.ok(Math.abs(place.percentile - first.percentile) < 0.1, `${place.percentile} is ${first.percentile}`);
  await page.waitForTimeout(400);
  await drive.shot(page, `${name}-8-place`);
  // The place lies in the target, and leads back to its card.
  await page.click('text=In target 1: its card');
  assert.equal(await page.getAttribute('#tab-targets', 'aria-selected'), 'true');
}

/** A click on the map reads the place. */
async function click(page) {
  const { x, y, width, height } = await page.locator('#map').boundingBox();
  await page.mouse.click(x + width * 0.5, y + height * 0.45);
  await page.waitForTimeout(900);
  assert.equal(await page.getAttribute('#tab-place', 'aria-selected'), 'true');
  assert.ok((await page.textContent('#panel-place')).length > 40);
}

async function sortAndFilter(drive, page) {
  const { targets } = drive.report;
  await tab(page, 'targets');
  await page.click('th[data-key="area"] button');
  assert.equal(await page.getAttribute('th[data-key="area"]', 'aria-sort'), 'descending');
  const largest = await page.getAttribute('table.targets tbody tr', 'data-rank');
  assert.equal(Number(largest), [...targets].sort((a, b) => b.area_km2 - a.area_km2 || a.rank - b.rank)[0].rank);
  await page.check('#target-fresh');
  const fresh = targets.filter((target) => target.known_deposits === 0).length;
  assert.equal(await page.locator('table.targets tbody tr').count(), fresh);
}

export async function walkRun(drive, name, options) {
  const open = await drive.open(options);
  const { page } = open;
  assert.equal(await page.textContent('#name'), drive.report.project);
  assert.ok(!(await page.isVisible('#species')), 'there are no species to choose from');
  await drawn(page, 'the map', 4);
  await drive.shot(page, `${name}-1-start`);
  await drive.pan(page);
  const told = await drive.told(page);
  await drive.layers(page, name, wanted(told));
  await choose(page, 'prospectivity');
  await drive.swipe(page, name, 'uncertainty.total');
  await drive.graticule(page, name, told);
  await fold(drive, page, name);
  await target(drive, page, name);
  await click(page);
  await sortAndFilter(drive, page);
  await tab(page, 'figures');
  await page.waitForTimeout(200);
  assert.ok(await page.locator('.chart').count() >= 5);
  assert.ok((await page.textContent('#panel-figures')).includes('The optimism gap'));
  await drive.shot(page, `${name}-9-figures`);
  const axeSays = await drive.accessible(page, name);
  await drive.download(page, 'targets.gpkg');
  await drive.close(name, open, axeSays);
}
