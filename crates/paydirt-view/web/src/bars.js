// Signed drivers as bars: what raises a score to the right and red, what lowers it to the left and blue.
import { h, s } from './dom.js';
import { significant } from './format.js';

const WIDTH = 340;
const ROW = 26;
const MIDDLE = 220;
const REACH = 64;

/** Layer names and shares, greatest first; `what` they raise and lower. */
export function bars(drivers, { unit = '', what = 'the score' } = {}) {
  const most = Math.max(...drivers.map((driver) => Math.abs(driver.share)), Number.MIN_VALUE);
  const rows = drivers.map(({ layer, share }, index) => {
    const length = (Math.abs(share) / most) * REACH;
    const top = index * ROW;
    const raises = share >= 0;
    const value = `${raises ? '+' : '−'}${significant(Math.abs(share))}`;
    return [
      s('text', { x: MIDDLE - REACH - 52, y: top + 17, class: 'bar-name end' }, shorten(layer), s('title', {}, layer)),
      s('rect', { x: raises ? MIDDLE : MIDDLE - length, y: top + 5, width: Math.max(length, 1), height: 16,
        class: raises ? 'raises' : 'lowers' }),
      s('text', { x: raises ? MIDDLE + length + 5 : MIDDLE - length - 5, y: top + 17,
        class: raises ? 'bar-value' : 'bar-value end' }, value),
    ];
  });
  const told = drivers.map(({ layer, share }) => `${layer} ${share >= 0 ? 'raises' : 'lowers'} ${what} by ${significant(Math.abs(share))}`);
  return h('figure', { class: 'bars' },
    s('svg', { viewBox: `0 0 ${WIDTH} ${drivers.length * ROW + 4}`, role: 'img', 'aria-label': `${told.join('; ')}.` },
      s('line', { x1: MIDDLE, x2: MIDDLE, y1: 0, y2: drivers.length * ROW + 4, class: 'axis-line' }), rows),
    h('figcaption', {}, h('span', { class: 'key lowers' }), 'lowers', h('span', { class: 'key raises' }),
      `raises ${what}${unit && !what.endsWith(unit) ? ` (${unit})` : ''}`));
}

const shorten = (text) => (text.length > 17 ? `${text.slice(0, 16)}…` : text);
