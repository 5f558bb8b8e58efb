// A target on a card, for the screen and for paper.
import { $, h } from './dom.js';
import { coordinates, distance, percent, significant, spoken, top } from './format.js';
import { bars } from './bars.js';

const CAUSES = {
  negatives: 'draw of the unlabelled', model: 'seed and deposits of the model', evidence: 'missing evidence',
  workflow: 'choice of the model', extrapolation: 'extrapolation',
};

function doubt({ mean_spread: spread, doubt }) {
  const cause = doubt?.cause ? `, mostly by ${CAUSES[doubt.cause] ?? doubt.cause} (${percent(doubt.share)} of the variance)` : '';
  return `± ${significant(spread)}${cause}`;
}

function near(target) {
  if (target.known_deposits > 0) {
    const names = (target.deposit_names ?? []).filter(Boolean).join(', ');
    return `${target.known_deposits} inside${names ? `: ${names}` : ''}`;
  }
  return Number.isFinite(target.distance_to_deposit_m) ? `none inside; nearest ${distance(target.distance_to_deposit_m)} away` : 'none known';
}

function analog(state, target) {
  const found = state.analogs?.find(({ rank }) => rank === target.rank);
  if (!found) return state.analogs ? 'none' : 'looking…';
  return `${found.name || 'unnamed'}, whose drivers are most alike (cosine ${found.likeness.toFixed(2)})`;
}

/** Facts and drivers of a target. */
export function targetCard(state, target) {
  const outside = target.doubt?.outside;
  const drivers = (target.drivers ?? []).map(({ layer, share }) => ({ layer: spoken(layer), share }));
  const facts = [
    ['Score', `${significant(target.mean_score)} mean, ${significant(target.max_score)} best cell (${top(target.percentile)} of the area)`],
    ['Area', `${significant(target.area_km2)}\u00a0km²`],
    ['Uncertainty', doubt(target)],
    ['Outside the area of applicability', outside === null || outside === undefined ? 'not measured' : percent(outside)],
    ['Known deposits', near(target)],
    ['Analog', analog(state, target)],
    ['Best cell', coordinates([target.easting, target.northing], state.run.geographic)],
  ];
  return h('article', { class: 'card' },
    h('h3', {}, h('span', { class: 'rank' }, String(target.rank)), ` Target ${target.rank}`),
    h('dl', { class: 'lines' }, facts.map(([name, told]) => h('div', {}, h('dt', {}, name), h('dd', {}, told)))),
    drivers.length > 0 ? h('h4', {}, 'What drives the score') : null,
    drivers.length > 0 ? bars(drivers, { unit: state.report.map?.attribution_unit }) : null);
}

/** Prints cards, and nothing else of the page. */
export async function printCards(state, kind, items) {
  if (kind.learn) await kind.learn(state, items).catch(() => {});
  const one = kind.one.toLowerCase();
  const heading = h('header', {}, h('h1', {}, `${state.run.name}: ${items.length === 1 ? `a ${one}` : `${items.length} ${kind.many}`}`),
    h('p', {}, `${state.run.crs}, ${state.run.cell}. ${kind.head(state)}`));
  $('print').replaceChildren(heading, ...items.map((item) => kind.card(state, item)));
  window.print();
}
