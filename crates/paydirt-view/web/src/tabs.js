// The tabs beside the map. On wide screens the layers stand on their own, and their tab is not there.
import { $, h } from './dom.js';

const TABS = [['layers', 'Layers'], ['place', 'Place'], ['targets', 'Targets'], ['figures', 'Figures']];
const wide = matchMedia('(min-width: 1160px)');
let open = 'layers';

/** Tabs that are there. */
const names = () => TABS.map(([name]) => name).filter((name) => !(wide.matches && name === 'layers'));

export function openTab(name, focus = false) {
  open = names().includes(name) ? name : names()[0];
  for (const [tab] of TABS) {
    const button = $(`tab-${tab}`);
    button.setAttribute('aria-selected', String(tab === open));
    button.tabIndex = tab === open ? 0 : -1;
    button.hidden = !names().includes(tab);
    $(`panel-${tab}`).hidden = !(tab === open || (wide.matches && tab === 'layers'));
  }
  toTop();
  if (focus) $(`tab-${open}`).focus();
}

/** Where map and panels stand in one column, scrolls back to where the open panel begins. */
export function toTop() {
  const begins = document.querySelector('main').offsetTop;
  if (matchMedia('(max-width: 760px)').matches && scrollY > begins) scrollTo({ top: begins });
}

export function startTabs() {
  const turn = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = names();
    openTab(all[(all.indexOf(open) + step + all.length) % all.length], true);
  };
  $('tabs').append(...TABS.map(([name, title]) => h('button', {
    id: `tab-${name}`, type: 'button', role: 'tab', 'aria-controls': `panel-${name}`,
    onclick: () => openTab(name), onkeydown: turn,
  }, title)));
  wide.addEventListener('change', () => openTab(open));
  openTab(wide.matches ? 'targets' : 'layers');
}

/** Gives a tab another name. */
export const nameTab = (name, title) => { $(`tab-${name}`).textContent = title; };
