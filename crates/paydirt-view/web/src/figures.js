// The figures of the run, as report.json holds them: what was measured on held-out ground, and the optimism gap.
import { $, h } from './dom.js';
import { percent, significant } from './format.js';
import { chart } from './chart.js';

/** A figure of the chosen model on held-out ground. */
function chosen(report, key) {
  const line = report.models?.find(({ role, split }) => role === 'chosen' && split === 'spatial');
  const figure = line?.metrics?.[key];
  return Number.isFinite(figure?.value) ? figure : null;
}

function tile(figure, words, told) {
  if (!figure) return null;
  return h('div', { class: 'tile' }, h('b', {}, told(figure.value)), h('span', {}, words),
    h('small', {}, `95\u00a0% interval ${told(figure.low)} to ${told(figure.high)}`));
}

function gap(report) {
  const found = report.optimism_gap?.find(({ name }) => name === report.model);
  if (!found || !Number.isFinite(found.gap)) return null;
  const bar = (words, value, look) => h('div', { class: 'gap-row' }, h('span', {}, words),
    h('span', { class: 'track' }, h('i', { class: look, share: value })), h('b', {}, value.toFixed(3)));
  return h('figure', { class: 'gap' }, h('figcaption', {}, h('b', {}, 'The optimism gap'), ' in ROC AUC'),
    bar('held-out ground', found.spatial_auc, 'held'), bar('random split', found.random_auc, 'random'),
    h('p', { class: 'note' }, found.gap > 0.005
      ? `A random split would have claimed ${found.gap.toFixed(3)} more than new ground confirms.`
      : 'A random split would have claimed no more than new ground confirms.'));
}

const DIAGONAL = [[0, 0], [1, 1]];

function roc(report) {
  const auc = chosen(report, 'roc_auc');
  return chart({ title: 'ROC, held-out', horizontal: 'false-positive rate', vertical: 'true-positive rate', curves: [
    { look: 'plain', points: DIAGONAL, words: 'a coin' },
    { look: 'strong', points: report.curves.roc, words: auc ? `this model, AUC ${auc.value.toFixed(3)}` : 'this model' }] });
}

function recall(report) {
  const found = chosen(report, 'pr_auc') ?? chosen(report, 'average_precision');
  return chart({ title: 'Precision and recall, held-out', horizontal: 'recall', vertical: 'precision', curves: [
    { look: 'strong', points: report.curves.precision_recall, course: 'jump', words: found ? `this model, ${found.value.toFixed(3)}` : 'this model' }],
  note: 'Precision is that of the samples, of which deposits are a larger share than of the map.' });
}

function rates(report) {
  return chart({ title: 'Share of area, share of deposits', horizontal: 'share of area, best first', vertical: 'deposits captured', curves: [
    { look: 'plain', points: DIAGONAL, words: 'chance' },
    { look: 'soft', points: report.curves.success_rate, course: 'hold', words: 'success rate: deposits it was trained on, promises nothing' },
    { look: 'strong', points: report.curves.prediction_rate, course: 'hold', words: 'prediction rate: held-out deposits' }] });
}

/** The prediction-area plot of Yousefi and Carranza (2015), doi:10.1016/j.cageo.2015.03.007: against the rank from which on ground is taken, the deposits in it, and the area, which falls from above. */
function predictionArea(report) {
  const meet = chosen(report, 'prediction_area');
  const captured = report.curves.prediction_rate.map(([area, found]) => [1 - area, found]).reverse();
  // Where captured + area = 1, on the drawn curve.
  const cross = captured.find(([rank, found]) => found <= rank);
  return chart({ title: 'Prediction and area (P-A)', horizontal: 'prospectivity rank from which ground is taken', vertical: 'held-out deposits captured', right: 'area, downwards',
    curves: [
      { look: 'strong', points: captured, words: 'held-out deposits captured' },
      { look: 'soft', points: DIAGONAL, words: 'area taken (0 % above, 100 % below)' }],
    mark: cross && meet ? { at: [cross[0], cross[0]], words: `${percent(meet.value)} in ${percent(1 - meet.value)}`, side: -9 } : null });
}

function reliability(report) {
  const bins = report.curves.reliability ?? [];
  const most = Math.max(...bins.map(({ predicted, observed, high }) => Math.max(predicted, observed, Math.min(high, 3 * Math.max(predicted, observed)))), 1e-6);
  return chart({ title: 'Reliability, held-out', most, horizontal: 'predicted probability', vertical: 'observed share', curves: [
    { look: 'plain', points: [[0, 0], [most, most]], words: 'what is said comes true' }],
  dots: bins, note: 'A dot is a tenth of the held-out samples, with its 95 % interval.' });
}

export function drawFigures(state) {
  const { report } = state;
  const title = h('h2', { class: 'panel-title' }, 'Figures');
  if (!report?.curves) {
    $('panel-figures').replaceChildren(title, h('p', { class: 'note' }, 'This folder holds no report, and so no figures.'));
    return;
  }
  const rate = (value) => value.toFixed(2);
  const tiles = [
    tile(chosen(report, 'roc_auc'), 'ROC AUC on held-out ground', rate),
    tile(chosen(report, 'capture_10'), 'of held-out deposits in the best 10 % of the area', percent),
  ].filter(Boolean);
  $('panel-figures').replaceChildren(title,
    h('p', { class: 'note' }, `Model ${report.model}; ${report.split?.deposits ?? '–'} deposits, ${report.split?.folds ?? '–'} folds, ${report.split?.repeats ?? '–'} repeats. ${report.map ? `${significant(report.map.area_km2)}\u00a0km² mapped.` : ''}`),
    h('div', { class: 'tiles' }, tiles), gap(report) ?? '',
    ...[roc, recall, rates, predictionArea, reliability].map((draw) => draw(report)));
}
