// A list of ranked ground: sorted, filtered, zoomed to, and printed as cards. What is in it, and what its cards say, is
// told by a kind: targets of a run, or flagged ground of an infilling.
import { $, h } from './dom.js';
import { printCards } from './cards.js';
import { toTop } from './tabs.js';

export class RankedList {
  constructor(state, actions, kind) {
    Object.assign(this, { state, actions, kind });
    this.order = { key: 'rank', up: 1 };
    this.draw();
  }

  all() { return this.kind.all(this.state); }

  draw() {
    const { kind, state } = this;
    this.chosen = null;
    const title = h('h2', { class: 'panel-title' }, kind.title);
    const before = kind.before?.(state) ?? '';
    if (this.all().length === 0) {
      this.body = null;
      $('panel-targets').replaceChildren(title, before, h('p', { class: 'note' }, kind.none(state)));
      return;
    }
    this.words = h('input', { type: 'search', id: 'target-words', placeholder: kind.placeholder, oninput: () => this.list() });
    this.filters = kind.filters.map(({ id, words, keep }) => ({ words, keep, box: h('input', { type: 'checkbox', id, onchange: () => this.list() }) }));
    this.head = h('tr', {}, kind.columns.map(([key, name, words]) => h('th', { scope: 'col', 'data-key': key },
      h('button', { type: 'button', 'aria-label': `Sort by ${words}`, onclick: () => this.sortBy(key) }, name))));
    this.body = h('tbody', {});
    this.count = h('p', { class: 'note', role: 'status' });
    this.card = h('div', { id: 'target-card', 'aria-live': 'polite' });
    $('panel-targets').replaceChildren(title, this.card, before,
      h('div', { class: 'controls' },
        kind.find ? h('p', { class: 'row' }, h('label', { for: 'target-words' }, 'Find'), this.words) : null,
        this.filters.map(({ words, box }) => h('label', { class: 'choice' }, box, words)),
        h('p', {}, h('button', { type: 'button', onclick: () => printCards(state, kind, this.filtered()) }, 'Print these as cards'))),
      this.count,
      h('table', { class: 'targets' }, h('thead', {}, this.head), this.body));
    this.list();
  }

  filtered() {
    const words = this.words.value.trim().toLowerCase();
    const value = this.kind.columns.find(([key]) => key === this.order.key)[3];
    return this.all()
      .filter((item) => this.filters.every(({ box, keep }) => !box.checked || keep(item)))
      .filter((item) => !this.kind.find || this.kind.find(item).toLowerCase().includes(words))
      .sort((a, b) => this.order.up * (value(a) - value(b)) || a.rank - b.rank);
  }

  sortBy(key) {
    const first = this.kind.columns.find(([other]) => other === key)[5];
    this.order = { key, up: this.order.key === key ? -this.order.up : first };
    this.list();
  }

  list() {
    const items = this.filtered();
    const { one, many } = this.kind;
    for (const cell of this.head.children) {
      const sorted = cell.dataset.key === this.order.key;
      cell.setAttribute('aria-sort', !sorted ? 'none' : this.order.up > 0 ? 'ascending' : 'descending');
    }
    this.count.textContent = `${items.length} of ${this.all().length} ${many}`;
    this.body.replaceChildren(...items.map((item) => {
      const cells = this.kind.columns.map(([key, , , , told]) => (key === 'rank'
        ? h('th', { scope: 'row' }, h('button', { type: 'button', class: 'go', 'aria-label': `${one} ${item.rank}: zoom to it and open its card`,
          onclick: () => this.choose(item.rank) }, told(item)))
        : h('td', { class: 'number' }, told(item))));
      return h('tr', { 'data-rank': item.rank, class: this.kind.pale(item) ? 'pale' : null, 'aria-current': item.rank === this.chosen ? 'true' : null,
        onclick: (event) => { if (!event.target.closest('button')) this.choose(item.rank); } }, cells);
    }));
  }

  /** Opens the card of one and goes there. */
  choose(rank) {
    const item = this.all().find((item) => item.rank === rank);
    if (!item || !this.body) return;
    this.chosen = rank;
    this.showCard(item);
    for (const row of this.body.children) {
      if (Number(row.dataset.rank) === rank) row.setAttribute('aria-current', 'true');
      else row.removeAttribute('aria-current');
    }
    this.actions.zoomToTarget(rank);
    $('panel-targets').scrollTop = 0;
    toTop();
  }

  showCard(item) {
    this.card.replaceChildren(this.kind.card(this.state, item),
      h('p', { class: 'buttons' },
        h('button', { type: 'button', onclick: () => this.actions.read([item.easting, item.northing]) }, 'All values at its best cell'),
        h('button', { type: 'button', onclick: () => printCards(this.state, this.kind, [item]) }, 'Print this card'),
        h('button', { type: 'button', onclick: () => this.close() }, 'Close')));
    // What has to be asked for first.
    if (this.kind.learn) {
      this.kind.learn(this.state, [item]).then(() => this.again(), () => {});
    }
  }

  close() {
    this.chosen = null;
    this.card.replaceChildren();
    this.list();
  }

  /** Draws the open card again, once more is known. */
  again() {
    const item = this.all().find(({ rank }) => rank === this.chosen);
    if (item && this.body) this.card.firstElementChild.replaceWith(this.kind.card(this.state, item));
  }
}
