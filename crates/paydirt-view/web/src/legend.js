// The legend of the shown maps, over the map.
import { $, h } from './dom.js';
import { significant } from './format.js';

/** The words of an item: its own, else where it begins. */
function words(legend, item, index) {
  if (item.label) return item.label;
  if (item.value !== null) return `≥ ${significant(item.value)}`;
  const next = legend.items[index + 1];
  return next ? `< ${significant(next.value)}` : 'all';
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
  const unit = ['class', 'state'].includes(layer.unit) ? '' : layer.unit;
  const small = [groupWord(layer), unit].filter(Boolean).join(', ');
  return h('div', { class: 'legend-part' },
    h('h2', {}, side ? h('span', { class: 'side-word' }, side) : null, layer.title, small ? h('small', {}, small) : null),
    h('ul', {}, lines(layer).map((line) => h('li', {}, h('i', { colour: line.colour }), line.words))));
}

function groupWord(layer) {
  return { evidence: 'evidence', attribution: 'what it adds to the score' }[layer.group] ?? '';
}

const mark = (kind, text) => h('li', {}, h('i', { class: `mark ${kind}` }), text);

export function drawLegend(state) {
  const { shown, compared, overlays } = state;
  const marks = [];
  if (overlays.deposits && state.vectors.deposits.length > 0) {
    const fold = overlays.fold;
    marks.push(mark('deposit', fold ? `deposit, trained on in fold ${fold.fold}` : 'known deposit, trained on'));
    if (fold) marks.push(mark('deposit hollow', `deposit held out in fold ${fold.fold}`));
  }
  if (overlays.targets && state.vectors.targets.length > 0) marks.push(mark('target', 'target, with its rank'));
  if (overlays.ground) marks.push(mark('ground', 'held-out ground'));
  const open = $('legend').querySelector('details')?.open ?? !matchMedia('(max-width: 700px)').matches;
  $('legend').replaceChildren(h('details', { open },
    h('summary', {}, 'Legend'),
    list(shown, compared ? 'left' : ''), compared ? list(compared, 'right') : null,
    marks.length > 0 ? h('ul', { class: 'marks' }, marks) : null));
}
