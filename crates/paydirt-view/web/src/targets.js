// The list of targets: sorted, filtered, zoomed to, and printed as cards.
import { $, h } from './dom.js';
import { distance, significant } from './format.js';
import { card, printCards, spoken } from './cards.js';

const COLUMNS = [
  ['rank', '#', (target) => target.rank, (target) => String(target.rank), 1],
  ['score', 'Score', (target) => target.mean_score, (target) => significant(target.mean_score), -1],
  ['spread', '±', (target) => target.mean_spread, (target) => significant(target.mean_spread), 1],
  ['area', 'km²', (target) => target.area_km2, (target) => significant(target.area_km2), -1],
  ['far', 'Deposit', (target) => target.distance_to_deposit_m ?? Infinity,
    (target) => (target.known_deposits > 0 ? 'inside' : distance(target.distance_to_deposit_m ?? NaN)), 1],
];
const TITLES = { rank: 'Rank', score: 'Mean score', spread: 'Mean spread', area: 'Area in km²', far: 'Distance to the nearest known deposit' };

export class Targets {
  constructor(state, actions) {
    this.state = state;
    this.actions = actions;
    this.order = { key: 'rank', up: 1 };
    this.chosen = null;
    this.draw();
  }

  draw() {
    const all = this.state.report?.targets ?? [];
    const title = h('h2', { class: 'panel-title' }, 'Targets');
    if (all.length === 0) {
      const why = this.state.run.has_report ? 'This run found no target.' : 'This folder holds no report, and so no targets.';
      $('panel-targets').replaceChildren(title, h('p', { class: 'note' }, why));
      return;
    }
    this.words = h('input', { type: 'search', id: 'target-words', placeholder: 'driver or deposit', oninput: () => this.list() });
    this.fresh = h('input', { type: 'checkbox', id: 'target-fresh', onchange: () => this.list() });
    this.sure = h('input', { type: 'checkbox', id: 'target-sure', onchange: () => this.list() });
    this.head = h('tr', {}, COLUMNS.map(([key, name]) => h('th', { scope: 'col', 'data-key': key },
      h('button', { type: 'button', 'aria-label': `Sort by ${TITLES[key].toLowerCase()}`, onclick: () => this.sortBy(key) }, name))));
    this.body = h('tbody', {});
    this.count = h('p', { class: 'note', role: 'status' });
    this.card = h('div', { id: 'target-card', 'aria-live': 'polite' });
    $('panel-targets').replaceChildren(title, this.card,
      h('div', { class: 'controls' },
        h('p', { class: 'row' }, h('label', { for: 'target-words' }, 'Find'), this.words),
        h('label', { class: 'choice' }, this.fresh, 'without a known deposit'),
        h('label', { class: 'choice' }, this.sure, 'wholly where the model may speak'),
        h('p', {}, h('button', { type: 'button', onclick: () => printCards(this.state, this.filtered()) }, 'Print these as cards'))),
      this.count,
      h('table', { class: 'targets' }, h('thead', {}, this.head), this.body));
    this.list();
  }

  filtered() {
    const words = this.words.value.trim().toLowerCase();
    const [, , value] = COLUMNS.find(([key]) => key === this.order.key);
    return this.state.report.targets
      .filter((target) => !this.fresh.checked || target.known_deposits === 0)
      .filter((target) => !this.sure.checked || !(target.doubt?.outside > 0))
      .filter((target) => [...target.deposit_names, ...target.drivers.map(({ layer }) => spoken(layer))]
        .join(' ').toLowerCase().includes(words))
      .sort((a, b) => this.order.up * (value(a) - value(b)) || a.rank - b.rank);
  }

  sortBy(key) {
    const first = COLUMNS.find(([other]) => other === key)[4];
    this.order = { key, up: this.order.key === key ? -this.order.up : first };
    this.list();
  }

  list() {
    const targets = this.filtered();
    for (const cell of this.head.children) {
      const sorted = cell.dataset.key === this.order.key;
      cell.setAttribute('aria-sort', !sorted ? 'none' : this.order.up > 0 ? 'ascending' : 'descending');
    }
    this.count.textContent = `${targets.length} of ${this.state.report.targets.length} targets`;
    this.body.replaceChildren(...targets.map((target) => {
      const pale = target.doubt?.outside > 0.5 ? 'pale' : null;
      const cells = COLUMNS.map(([key, , , told]) => (key === 'rank'
        ? h('th', { scope: 'row' }, h('button', { type: 'button', class: 'go', 'aria-label': `Target ${target.rank}: zoom to it and open its card`,
          onclick: () => this.choose(target.rank) }, told(target)))
        : h('td', { class: 'number' }, told(target))));
      return h('tr', { 'data-rank': target.rank, class: pale, 'aria-current': target.rank === this.chosen ? 'true' : null,
        onclick: (event) => { if (!event.target.closest('button')) this.choose(target.rank); } }, cells);
    }));
  }

  /** Opens a target's card and goes there. */
  choose(rank, zoom = true) {
    const target = this.state.report?.targets?.find((target) => target.rank === rank);
    if (!target) return;
    this.chosen = rank;
    this.showCard(target);
    for (const row of this.body.children) {
      if (Number(row.dataset.rank) === rank) row.setAttribute('aria-current', 'true');
      else row.removeAttribute('aria-current');
    }
    if (zoom) this.actions.zoomToTarget(rank);
    $('panel-targets').scrollTop = 0;
  }

  showCard(target) {
    this.card.replaceChildren(card(this.state, target),
      h('p', { class: 'buttons' },
        h('button', { type: 'button', onclick: () => this.actions.read([target.easting, target.northing]) }, 'All values at its best cell'),
        h('button', { type: 'button', onclick: () => printCards(this.state, [target]) }, 'Print this card'),
        h('button', { type: 'button', onclick: () => { this.chosen = null; this.card.replaceChildren(); this.list(); } }, 'Close')));
  }

  /** Draws the open card again, once more is known. */
  again() {
    const target = this.state.report?.targets?.find(({ rank }) => rank === this.chosen);
    if (target) this.showCard(target);
  }
}

