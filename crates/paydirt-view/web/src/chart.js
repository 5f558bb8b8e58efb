// Line charts of shares, as plain SVG that the style sheet colours.
import { h, s } from './dom.js';
import { percent } from './format.js';

const [LEFT, RIGHT, TOP, BOTTOM] = [60, 344, 10, 196];

const across = (share, most) => LEFT + (share / most) * (RIGHT - LEFT);
const up = (share, most) => BOTTOM - (share / most) * (BOTTOM - TOP);

function path(points, course, most) {
  let text = '';
  for (const [right, high] of points.filter((point) => point.every(Number.isFinite))) {
    const [left, top] = [across(right, most).toFixed(1), up(high, most).toFixed(1)];
    if (!text) text = `M${left} ${top}`;
    else text += { straight: `L${left} ${top}`, hold: `H${left}V${top}`, jump: `V${top}H${left}` }[course];
  }
  return text;
}

function axes({ horizontal, vertical, right }, most) {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * most);
  const end = (RIGHT + LEFT) / 2;
  return [
    ticks.map((tick) => [
      s('line', { class: 'grid', x1: LEFT, x2: RIGHT, y1: up(tick, most), y2: up(tick, most) }),
      s('text', { class: 'end', x: LEFT - 6, y: up(tick, most) + 4 }, percent(tick)),
      s('text', { class: 'middle', x: across(tick, most), y: BOTTOM + 15 }, percent(tick)),
    ]),
    s('text', { class: 'middle axis', x: end, y: BOTTOM + 32 }, horizontal),
    s('text', { class: 'middle axis', transform: `translate(10 ${(TOP + BOTTOM) / 2}) rotate(-90)` }, vertical),
    right ? s('text', { class: 'middle axis', transform: `translate(366 ${(TOP + BOTTOM) / 2}) rotate(90)` }, right) : null,
  ];
}

/** A chart: `curves` of {look, words, points, course}, `dots` with intervals, `mark` a place with a word. */
export function chart({ title, note, most = 1, curves, dots = [], mark = null, ...axis }) {
  const told = [title, ...curves.map(({ words }) => words), mark?.words, note].filter(Boolean).join('. ');
  return h('figure', { class: 'chart' },
    h('figcaption', {}, h('b', {}, title)),
    s('svg', { viewBox: '0 0 376 236', role: 'img', 'aria-label': told },
      axes(axis, most),
      curves.map(({ look, points, course = 'straight' }) => s('path', { class: `line ${look}`, d: path(points, course, most) })),
      dots.map(({ predicted, observed, low, high }) => [
        s('line', { class: 'whisker', x1: across(predicted, most), x2: across(predicted, most), y1: up(Math.max(low, 0), most), y2: up(Math.min(high, most), most) }),
        s('circle', { class: 'dot', cx: across(predicted, most), cy: up(Math.min(observed, most), most), r: 4 }),
      ]),
      mark ? [s('circle', { class: 'mark-dot', cx: across(mark.at[0], most), cy: up(mark.at[1], most), r: 5 }),
        s('text', { class: 'marked', x: across(mark.at[0], most) + (mark.side ?? 9), y: up(mark.at[1], most) + 4, 'text-anchor': (mark.side ?? 9) < 0 ? 'end' : 'start' }, mark.words)] : null),
    h('ul', { class: 'keys' }, curves.filter(({ words }) => words).map(({ look, words }) =>
      h('li', {}, s('svg', { viewBox: '0 0 26 10', 'aria-hidden': 'true' }, s('path', { class: `line ${look}`, d: 'M1 5H25' })), words))),
    note ? h('p', { class: 'note' }, note) : null);
}
