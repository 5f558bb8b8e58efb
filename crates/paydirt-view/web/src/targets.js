// The targets of a run, for the list and its cards.
import { distance, significant, spoken } from './format.js';
import { targetCard } from './cards.js';

/** Key, head, words, what it is sorted by, what is told, and the first direction. */
const COLUMNS = [
  ['rank', '#', 'rank', (target) => target.rank, (target) => String(target.rank), 1],
  ['score', 'Score', 'mean score', (target) => target.mean_score, (target) => significant(target.mean_score), -1],
  ['spread', '±', 'mean spread', (target) => target.mean_spread, (target) => significant(target.mean_spread), 1],
  ['area', 'km²', 'area in km²', (target) => target.area_km2, (target) => significant(target.area_km2), -1],
  ['far', 'Deposit', 'distance to the nearest known deposit', (target) => target.distance_to_deposit_m ?? Infinity,
    (target) => (target.known_deposits > 0 ? 'inside' : distance(target.distance_to_deposit_m ?? NaN)), 1],
];

export const TARGETS = {
  title: 'Targets', one: 'Target', many: 'targets', placeholder: 'driver or deposit',
  columns: COLUMNS,
  all: ({ report }) => (Array.isArray(report?.targets) ? report.targets : []),
  none: ({ run }) => (run.has_report ? 'This run found no target.' : 'This folder holds no report, and so no targets.'),
  filters: [
    { id: 'target-fresh', words: 'without a known deposit', keep: (target) => target.known_deposits === 0 },
    { id: 'target-sure', words: 'wholly where the model may speak', keep: (target) => !(target.doubt?.outside > 0) },
  ],
  find: (target) => [...(target.deposit_names ?? []), ...(target.drivers ?? []).map(({ layer }) => spoken(layer))].join(' '),
  pale: (target) => target.doubt?.outside > 0.5,
  card: targetCard,
  head: ({ report }) => `Scores are probabilities of a unit cell; model ${report.model}, seed ${report.seed}, Paydirt ${report.paydirt_version}.`,
};
