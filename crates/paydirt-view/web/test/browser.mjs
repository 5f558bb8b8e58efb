// Drives the viewer as a person would, in headless Chromium: `node test/browser.mjs PAYDIRT RUN [SHOTS]`.
// Loads, pans, switches and swipes layers, clicks a target, reads its drivers, prints its card, downloads the
// GeoPackage, at 1440 and 390 pixels, in light and dark; asks axe for serious faults. Of an infilling, switches species.
// A damaged copy says what is damaged.
import { Drive, browserPath, launch, serve } from './drive.mjs';
import { walkDamaged } from './damage.mjs';
import { walkRun } from './mapping.mjs';
import { cardsOf, walkInfilling } from './infilling.mjs';

const [paydirt, run, shots] = process.argv.slice(2);
if (!browserPath()) {
  console.log('no Chromium here: the viewer was not driven (apt-get install chromium)');
  process.exit(0);
}

const WAYS = {
  '1440-light': { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  '390-light': { viewport: { width: 390, height: 844 }, colorScheme: 'light', hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  '1440-dark': { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  '390-dark': { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
};

const { viewer, address } = await serve(paydirt, run);
const browser = await launch();
try {
  const drive = new Drive({ browser, address, run, shots });
  const infilling = Boolean(drive.report.read?.species);
  const walk = infilling ? walkInfilling : walkRun;
  for (const [name, options] of Object.entries(WAYS)) await walk(drive, name, options);
  const cards = infilling ? cardsOf(drive) : drive.report.targets.length;
  if (cards > 0) await drive.paper(cards);
  await walkDamaged(browser, paydirt, run, shots);
} finally {
  await browser.close();
  viewer.kill('SIGINT');
}
