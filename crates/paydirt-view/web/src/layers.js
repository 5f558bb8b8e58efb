// The panel of layers: which map is shown, with what it is compared, and what is drawn over it.
import { $, h } from './dom.js';
import { bandOf, fullTitle, ofSpecies } from './species.js';

/** Titles of groups with their layers. */
function grouped({ groups }, layers) {
  return groups.map(([group, title]) => [title, layers.filter((layer) => layer.group === group)])
    .filter(([, members]) => members.length > 0);
}

function choices(state, actions) {
  return grouped(state.run, ofSpecies(state)).map(([title, members], index) =>
    h('details', { open: index === 0 || state.species !== null || members.includes(state.shown) },
      h('summary', {}, title, h('span', { class: 'count' }, String(members.length))),
      h('div', { role: 'radiogroup', 'aria-label': title }, members.map((layer) =>
        h('label', { class: 'choice' },
          h('input', { type: 'radio', name: 'shown', value: layer.id, checked: layer === state.shown,
            onchange: () => actions.show(layer) }),
          layer.title)))));
}

/** All layers: those of a species under its name. */
function comparison(state, actions) {
  const { run } = state;
  const groups = [...grouped(run, run.layers.filter(({ species }) => !species)),
    ...run.species.map((name) => [name, run.layers.filter(({ species }) => species === name)])];
  const select = h('select', { id: 'compare', onchange: () =>
    actions.compare(run.layers.find((layer) => layer.id === select.value) ?? null) },
  h('option', { value: '' }, 'nothing'),
  groups.map(([title, members]) => h('optgroup', { label: title },
    members.map((layer) => h('option', { value: layer.id, selected: layer === state.compared }, fullTitle(layer))))));
  return h('p', { class: 'row' }, h('label', { for: 'compare' }, 'Swipe against'), select);
}

function heldOut(state, actions) {
  const { held_out_deposits: deposits, held_out_ground: ground } = state.vectors;
  if (state.species !== null) return null;
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

/** What can be drawn over the map, of what there is. */
function overlays(state, actions) {
  const { run, vectors, species } = state;
  const toggle = (key, text) => h('label', { class: 'choice' },
    h('input', { type: 'checkbox', checked: Boolean(state.overlays[key]), id: `over-${key}`,
      onchange: (event) => actions.overlay(key, event.target.checked) }), text);
  const blocks = () => h('label', { class: 'choice' },
    h('input', { type: 'checkbox', checked: state.overlays.ground, id: 'over-ground',
      onchange: (event) => actions.holdOut(event.target.checked ? { repeat: 1, fold: 1 } : null) }), 'Blocks that were held out');
  const all = [
    vectors.deposits.length > 0 ? toggle('deposits', 'Known deposits') : null,
    vectors.targets.length > 0 ? toggle('targets', species === null ? 'Targets' : 'Flagged ground') : null,
    species !== null && bandOf(run, species, 'count') ? toggle('records', 'Recorded sites') : null,
    species !== null && vectors.held_out_ground.length > 0 ? blocks() : null,
    run.on_earth ? toggle('graticule', 'Longitude and latitude') : null,
  ].filter(Boolean);
  return all.length > 0 ? h('fieldset', {}, h('legend', {}, 'Drawn over the map'), all) : '';
}

const FILES = [
  ['report.html', 'Report, to read and print'], ['targets.gpkg', 'Targets and deposits, GeoPackage with styles'],
  ['clusters.gpkg', 'Flagged ground of all species, GeoPackage'],
  ['split.gpkg', 'Held-out ground, GeoPackage'], ['maps/prospectivity.tif', 'Prospectivity, GeoTIFF'],
  ['maps/uncertainty.tif', 'Uncertainty by cause, GeoTIFF'], ['report.json', 'Everything as data'],
  ['project.toml', 'Project file, every default written out'],
];

function files({ run, species }) {
  // The rasters of the species that is looked at.
  const rasters = species === null ? [] : ['mean', 'count'].map((word) => [bandOf(run, species, word)?.file, word === 'mean' ? `Score and spreads of ${species}, GeoTIFF` : `Records of ${species}, GeoTIFF`]);
  const there = [...FILES, ...rasters].filter(([name]) => run.files.includes(name));
  if (there.length === 0) return null;
  return h('details', {}, h('summary', {}, 'Files'), h('ul', { class: 'files' }, there.map(([name, words]) =>
    h('li', {}, h('a', { href: `/files/${name.split('/').map(encodeURIComponent).join('/')}`, download: name !== 'report.html', target: name === 'report.html' ? '_blank' : null }, name.split('/').at(-1)), h('small', {}, words)))));
}

/** What the page does with the grid's coordinates. */
function projection({ run }) {
  const degrees = run.geographic ? ' Longitude and latitude are drawn as an equirectangular map, true in its middle row.' : '';
  const earth = run.on_earth ? '' : ' The system is not tied to the Earth: no longitude and latitude can be told.';
  return h('p', { class: 'note' }, `Drawn on the grid's own coordinates (${run.crs}), ${run.cell}: a cell is a cell, and nothing is resampled.${degrees}${earth} `,
    h('a', { href: '/licences.txt', target: '_blank' }, 'Licences'));
}

export function drawLayers(state, actions) {
  const opacity = h('input', { type: 'range', id: 'opacity', min: 0, max: 100, value: Math.round(state.opacity * 100),
    oninput: () => actions.opacity(Number(opacity.value) / 100) });
  $('panel-layers').replaceChildren(
    h('h2', { class: 'panel-title' }, 'Layers'),
    ...choices(state, actions),
    h('div', { class: 'controls' },
      comparison(state, actions),
      h('p', { class: 'row' }, h('label', { for: 'opacity' }, 'Opacity'), opacity),
      heldOut(state, actions) ?? '',
      overlays(state, actions),
      h('p', {}, h('button', { type: 'button', onclick: actions.fit }, 'Whole map'))),
    files(state) ?? '',
    projection(state));
}
