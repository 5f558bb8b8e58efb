// The legend of the shown maps, over the map.
import { $, h } from './dom.js';
import { percent, significant } from './format.js';
import { bandOf, fullTitle } from './species.js';

/** The words of an item: its own, else the share of the area from it upwards, and where it begins. */
function words(legend, item, index) {
  if (item.label) return item.label;
  const from = (share) => (Number.isFinite(share) ? `top ${percent(share, share < 0.0995 ? 1 : 0).replace('.0', '')} ` : '');
  if (item.value !== null) {
    const share = from(item.share);
    return share ? `${share}(≥ ${significant(item.value)})` : `≥ ${significant(item.value)}`;
  }
  const next = legend.items[index + 1];
  if (!next) return 'all';
  return Number.isFinite(next.share) ? `the rest (< ${significant(next.value)})` : `< ${significant(next.value)}`;
}

/** The lines of a legend, highest first. */
export function lines(layer) {
  const { legend } = layer;
  return legend.items
    .map((item, index) => ({ colour: item.colour, drawn: item.drawn, words: words(legend, item, index) }))
    .filter((item) => item.drawn)
    .reverse();
}

function list(layer, side) {
  const unit = ['class', 'state'].includes(layer.unit) || layer.group === 'infilling' ? '' : layer.unit;
  const small = [groupWord(layer), unit].filter(Boolean).join(', ');
  return h('div', { class: 'legend-part' },
    h('h2', {}, side ? h('span', { class: 'side-word' }, side) : null, fullTitle(layer), small ? h('small', {}, small) : null),
    h('ul', {}, lines(layer).map((line) => h('li', {}, h('i', { colour: line.colour }), line.words))));
}

function groupWord(layer) {
  return { evidence: 'evidence', attribution: 'what it adds to the score' }[layer.group] ?? '';
}

const mark = (kind, text) => h('li', {}, h('i', { class: `mark ${kind}` }), text);

/** What is drawn over the map. */
function marks({ run, vectors, overlays }) {
  const all = [];
  if (overlays.deposits && vectors.deposits.length > 0) {
    const fold = overlays.fold;
    all.push(mark('deposit', fold ? `deposit, trained on in fold ${fold.fold}` : 'known deposit, trained on'));
    if (fold) all.push(mark('deposit hollow', `deposit held out in fold ${fold.fold}`));
  }
  const flagged = run.species.length > 0;
  if (overlays.targets && vectors.targets.length > 0) all.push(mark('target', flagged ? 'flagged, with its rank' : 'target, with its rank'));
  if (overlays.ground) all.push(mark('ground', 'held-out ground'));
  if (overlays.graticule) all.push(mark('graticule', 'longitude and latitude, WGS 84'));
  return all.length > 0 ? h('ul', { class: 'marks' }, all) : null;
}

export function drawLegend(state) {
  const { shown, compared, overlays, run, species } = state;
  const records = overlays.records ? bandOf(run, species, 'count') : null;
  const over = records && records !== shown && records !== compared ? list(records, 'over it') : null;
  const open = $('legend').querySelector('details')?.open ?? !matchMedia('(max-width: 700px)').matches;
  $('legend').replaceChildren(h('details', { open },
    h('summary', {}, 'Legend'),
    list(shown, compared ? 'left' : ''), compared ? list(compared, 'right') : null, over, marks(state)));
}
