// Ground that an infilling flagged: a model is sure of the species there, and nobody recorded it.
import { ask, h } from './dom.js';
import { coordinates, distance, percent, significant } from './format.js';
import { flaggedOf } from './species.js';

const COLUMNS = [
  ['rank', '#', 'rank', (flag) => flag.rank, (flag) => String(flag.rank), 1],
  ['score', 'Score', 'mean score', (flag) => flag.mean_score, (flag) => significant(flag.mean_score), -1],
  ['area', 'km²', 'area in km²', (flag) => flag.area_km2, (flag) => significant(flag.area_km2), -1],
  ['far', 'Record', 'distance to the nearest record of these species', (flag) => flag.record_distance_m ?? Infinity,
    (flag) => distance(flag.record_distance_m ?? NaN), 1],
  ['match', 'Other', 'distance to the nearest other record, of none of these species', (flag) => flag.match_distance_m ?? Infinity,
    (flag) => (flag.match_distance_m === 0 ? 'inside' : distance(flag.match_distance_m ?? NaN)), 1],
];

/** What the clusters of the species are worth together. */
function worth(state) {
  const line = flaggedOf(state);
  if (!line || !(line.clusters?.length > 0)) return '';
  const matched = Number.isFinite(line.matched)
    ? `${percent(line.matched)} have a record of another commodity near by; laid down at random on explored ground, ${percent(line.null)} would (p ${significant(line.p_value)}).` : '';
  return h('p', { class: 'note' }, `Cells of a mean score of ${significant(line.threshold)} or more, away from every record of these species. ${matched} A score is what the model expects to be recorded; it is no chance of ore.`);
}

const known = (state, flag) => state.learned.get(`${flag.easting} ${flag.northing}`);

function spreads(state, flag) {
  const place = known(state, flag);
  if (!place) return 'looking…';
  const value = (word) => place.values.find(({ layer }) => state.run.layers.some((of) => of.id === layer && of.species === state.species)
    && layer.endsWith(`.${word}`))?.value;
  const told = [['spread_over_masks', 'over masks'], ['spread_over_seeds', 'over seeds']]
    .map(([word, name]) => [value(word), name]).filter(([spread]) => Number.isFinite(spread))
    .map(([spread, name]) => `± ${significant(spread)} ${name}`);
  return told.length > 0 ? `${told.join(', ')}, at its best cell` : 'not measured';
}

/** What the map says at the best cells. */
async function learn(state, flags) {
  for (const flag of flags.filter((flag) => !known(state, flag))) {
    const { easting, northing } = flag;
    state.learned.set(`${easting} ${northing}`, await ask(`/api/place?easting=${easting}&northing=${northing}`));
  }
}

function card(state, flag) {
  const far = (metres) => (Number.isFinite(metres) ? (metres > 0 ? `${distance(metres)} away` : 'inside') : 'none');
  const facts = [
    ['Score', `${significant(flag.mean_score)} mean, ${significant(flag.max_score)} best cell`],
    ['Area', `${significant(flag.area_km2)}\u00a0km², ${flag.cells.toLocaleString('en-US')} cells`],
    ['Uncertainty', spreads(state, flag)],
    ['Nearest record of these species', far(flag.record_distance_m)],
    ['Nearest record of another commodity', far(flag.match_distance_m)],
    ['Ground', flag.on_test_ground ? 'held out from the model' : 'trained on'],
    ['Best cell', coordinates([flag.easting, flag.northing], state.run.geographic)],
  ];
  return h('article', { class: 'card' },
    h('h3', {}, h('span', { class: 'rank' }, String(flag.rank)), ` ${state.species} ${flag.rank}`),
    h('dl', { class: 'lines' }, facts.map(([name, told]) => h('div', {}, h('dt', {}, name), h('dd', {}, told)))));
}

export const FLAGS = {
  title: 'Flagged', one: 'Cluster', many: 'clusters',
  columns: COLUMNS,
  all: (state) => (Array.isArray(flaggedOf(state)?.clusters) ? flaggedOf(state).clusters : []),
  none: ({ run, report, species }) => (!run.has_report || !report ? 'This folder holds no report that can be read, and so no flagged ground.'
    : report.flagged?.length > 0 ? `Nothing was flagged of ${species}.` : 'This run drew no map, and so flagged nothing.'),
  filters: [
    { id: 'flag-held', words: 'on ground that was held out', keep: (flag) => flag.on_test_ground },
  ],
  pale: () => false,
  before: worth,
  learn,
  card,
  head: ({ report, species }) => `Where the record of ${species} may be short. Scores are what the model expects to be recorded, no chance of ore; seed ${report.seed}, Paydirt ${report.paydirt_version}.`,
};
