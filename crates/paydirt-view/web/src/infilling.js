// The figures of an infilling, of the species that is looked at: how well hidden cells of held-out ground were filled in.
import { $, h } from './dom.js';
import { significant } from './format.js';
import { bars } from './bars.js';

const MODES = {
  one_layer: 'one layer hidden', layers: '1 to n layers hidden', rectangle: 'a rectangle hidden through all layers',
  blob: 'a blob hidden through all layers', holes: 'holes hidden through all layers',
  both: 'layers hidden, and a rectangle through the others',
};
const CONTROL = ', random split';

const count = (number) => (Number.isFinite(number) ? number.toLocaleString('en-US') : '–');
const rate = (value) => (Number.isFinite(value) ? value.toFixed(3) : '–');
const of = (figures, name) => figures?.species?.find((line) => line.name === name) ?? null;

function row(words, value, look) {
  return h('div', { class: 'gap-row' }, h('span', {}, words),
    h('span', { class: 'track' }, h('i', { class: look, share: Math.min(Math.max(value ?? 0, 0), 1) })), h('b', {}, rate(value)));
}

/** Average precision of every model where cells were hidden in one way, and the rest in a table. */
function mode(report, species, key) {
  const lines = report.figures.filter((line) => line.mode === key).map((line) => ({ ...line, its: of(line, species) }));
  const best = Math.max(...lines.map(({ its }) => its?.pr_auc ?? -1));
  const present = lines.find(({ its }) => its)?.its.present;
  return h('figure', { class: 'gap models' },
    h('figcaption', {}, h('b', {}, `${species}: ${MODES[key] ?? key}`), ', average precision'),
    lines.map(({ model, its }) => row(model, its?.pr_auc, its?.pr_auc === best ? 'held' : 'random')),
    h('p', { class: 'note' }, `${count(present)} hidden cells hold it.`),
    h('details', {}, h('summary', {}, 'At the threshold chosen on training ground'),
      h('table', { class: 'values rates' }, h('thead', {}, h('tr', {}, ['Model', 'Dice', 'Recall', 'Precision', 'Dice, all species'].map((name) => h('th', { scope: 'col' }, name)))),
        h('tbody', {}, lines.map(({ model, its, tuned }) => h('tr', {}, h('th', { scope: 'row' }, model),
          [its?.dice, its?.recall, its?.precision, tuned?.micro?.dice].map((value) => h('td', { class: 'number' }, rate(value)))))))));
}

/** What a random split would have claimed on top. */
function gap(report, species) {
  const pairs = (report.random_control?.figures ?? []).map((control) => {
    const name = control.model.replace(CONTROL, '');
    const honest = report.figures.find((line) => line.model === name && line.mode === control.mode);
    return { name, mode: control.mode, held: of(honest, species)?.pr_auc, random: of(control, species)?.pr_auc };
  }).filter(({ held, random }) => Number.isFinite(held) && Number.isFinite(random));
  if (pairs.length === 0) return null;
  return h('figure', { class: 'gap' },
    h('figcaption', {}, h('b', {}, 'The optimism gap'), `, average precision of ${species} by ${pairs[0].name}`),
    pairs.map(({ mode, held, random }) => [h('p', { class: 'note' }, MODES[mode] ?? mode), row('held-out ground', held, 'held'), row('random split', random, 'random')]),
    h('p', { class: 'note' }, `The random split is a control: ${significant(report.random_control.seen * 100)} % of its test cells lay in a tile that it learned from.`));
}

/** Which of the others tell of the species. */
function dependency(report, species) {
  const column = report.read?.species?.findIndex(({ name }) => name === species) ?? -1;
  const losses = (report.dependency ?? []).filter(({ hidden }) => hidden !== species)
    .map(({ hidden, loss }) => ({ layer: hidden, share: loss[column] })).filter(({ share }) => Number.isFinite(share))
    .sort((a, b) => Math.abs(b.share) - Math.abs(a.share));
  if (losses.length === 0) return null;
  return h('div', { class: 'chart' }, h('h3', {}, `What tells of ${species}`),
    bars(losses, { what: `average precision of ${species} by being known` }),
    h('p', { class: 'note' }, 'What is lost when another species is hidden beside it, on test tiles. The noise of few records is in it.'));
}

export function drawInfillingFigures(state) {
  const { report, species } = state;
  const title = h('h2', { class: 'panel-title' }, 'Figures');
  if (!report?.figures) {
    $('panel-figures').replaceChildren(title, h('p', { class: 'note' }, 'This folder holds no report that can be read, and so no figures.'));
    return;
  }
  const line = report.read?.species?.find(({ name }) => name === species);
  const modes = [...new Set(report.figures.map(({ mode }) => mode))];
  $('panel-figures').replaceChildren(title,
    h('p', { class: 'note' }, `${species}: ${count(line?.cells)} cells with a record, ${count(line?.training_cells)} of them on training ground and ${count(line?.test_cells)} on ${report.split?.test_blocks?.length ?? '–'} blocks that were held out. ${count(report.split?.test_tiles)} test tiles. All species and conventions are in the report.`),
    ...modes.map((key) => mode(report, species, key)), gap(report, species) ?? '', dependency(report, species) ?? '');
}
