// The panel of layers: which map is shown, with what it is compared, and what is drawn over it.
import { $, h } from './dom.js';

/** Titles of groups with their layers. */
function grouped({ groups, layers }) {
  return groups.map(([group, title]) => [title, layers.filter((layer) => layer.group === group)])
    .filter(([, members]) => members.length > 0);
}

function choices(state, actions) {
  return grouped(state.run).map(([title, members], index) =>
    h('details', { open: index === 0 || members.includes(state.shown) },
      h('summary', {}, title, h('span', { class: 'count' }, String(members.length))),
      h('div', { role: 'radiogroup', 'aria-label': title }, members.map((layer) =>
        h('label', { class: 'choice' },
          h('input', { type: 'radio', name: 'shown', value: layer.id, checked: layer === state.shown,
            onchange: () => actions.show(layer) }),
          layer.title)))));
}

function comparison(state, actions) {
  const select = h('select', { id: 'compare', onchange: () =>
    actions.compare(state.run.layers.find((layer) => layer.id === select.value) ?? null) },
  h('option', { value: '' }, 'nothing'),
  grouped(state.run).map(([title, members]) => h('optgroup', { label: title },
    members.map((layer) => h('option', { value: layer.id }, layer.title)))));
  return h('p', { class: 'row' }, h('label', { for: 'compare' }, 'Swipe against'), select);
}

function heldOut(state, actions) {
  const { held_out_deposits: deposits, held_out_ground: ground } = state.vectors;
  const folds = [...new Set([...deposits, ...ground].map(({ repeat, fold }) => `${repeat} ${fold}`))]
    .map((text) => text.split(' ').map(Number)).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  if (folds.length === 0) return null;
  const repeats = [...new Set(folds.map(([repeat]) => repeat))];
  const select = h('select', { id: 'held-out', onchange: () => {
    const [repeat, fold] = select.value.split(' ').map(Number);
    actions.holdOut(select.value ? { repeat, fold: fold || null } : null);
  } },
  h('option', { value: '' }, 'none'),
  repeats.map((repeat) => h('optgroup', { label: `Repeat ${repeat}` },
    ground.length > 0 ? h('option', { value: `${repeat} 0` }, `Repeat ${repeat}: all folds`) : null,
    folds.filter(([of]) => of === repeat).map(([, fold]) =>
      h('option', { value: `${repeat} ${fold}` }, `Repeat ${repeat}: fold ${fold}`)))));
  return h('p', { class: 'row' }, h('label', { for: 'held-out' }, 'Held-out ground'), select);
}

const FILES = [
  ['report.html', 'Report, to read and print'], ['targets.gpkg', 'Targets and deposits, GeoPackage with styles'],
  ['split.gpkg', 'Held-out ground, GeoPackage'], ['maps/prospectivity.tif', 'Prospectivity, GeoTIFF'],
  ['maps/uncertainty.tif', 'Uncertainty by cause, GeoTIFF'], ['report.json', 'Everything as data'],
  ['project.toml', 'Project file, every default written out'],
];

function files(run) {
  const there = FILES.filter(([name]) => run.files.includes(name));
  if (there.length === 0) return null;
  return h('details', {}, h('summary', {}, 'Files'), h('ul', { class: 'files' }, there.map(([name, words]) =>
    h('li', {}, h('a', { href: `/files/${name}`, download: name !== 'report.html', target: name === 'report.html' ? '_blank' : null }, name.split('/').at(-1)), h('small', {}, words)))));
}

export function drawLayers(state, actions) {
  const toggle = (key, text) => h('label', { class: 'choice' },
    h('input', { type: 'checkbox', checked: state.overlays[key], id: `over-${key}`,
      onchange: (event) => actions.overlay(key, event.target.checked) }), text);
  const opacity = h('input', { type: 'range', id: 'opacity', min: 0, max: 100, value: 100,
    oninput: () => actions.opacity(Number(opacity.value) / 100) });
  $('panel-layers').replaceChildren(
    h('h2', { class: 'panel-title' }, 'Layers'),
    ...choices(state, actions),
    h('div', { class: 'controls' },
      comparison(state, actions),
      h('p', { class: 'row' }, h('label', { for: 'opacity' }, 'Opacity'), opacity),
      heldOut(state, actions) ?? '',
      h('fieldset', {}, h('legend', {}, 'Drawn over the map'),
        toggle('deposits', 'Known deposits'), toggle('targets', 'Targets')),
      h('p', {}, h('button', { type: 'button', onclick: actions.fit }, 'Whole map'))),
    files(state.run) ?? '',
    h('p', { class: 'note' }, `Drawn on the grid's own coordinates (${state.run.crs}), ${state.run.cell}. Nothing is reprojected.`
      + (state.run.geographic ? ' Longitude and latitude as an equirectangular map, true in its middle row.' : ''),
    ' ', h('a', { href: '/licences.txt', target: '_blank' }, 'Licences')));
}
