// The panel of a place: where it stands, what drives it, what is near, and every value.
import { $, ask, h } from './dom.js';
import { coordinates, degrees, distance, inWords, significant, top } from './format.js';
import { bars } from './bars.js';

export function emptyPlace() {
  $('panel-place').replaceChildren(h('h2', { class: 'panel-title' }, 'Place'),
    h('p', { class: 'note' }, 'Click anywhere on the map, or focus it and press Enter, to read the values there, what raises and lowers the score, and the nearest deposits.'));
}

/** Asks about a place and shows the answer. */
export async function readPlace(state, [easting, northing]) {
  const panel = $('panel-place');
  const title = h('h2', { class: 'panel-title' }, 'Place');
  try {
    const place = await ask(`/api/place?easting=${easting}&northing=${northing}`);
    state.map.mark(place);
    panel.replaceChildren(title, ...parts(state, place));
  } catch (error) {
    panel.replaceChildren(title, h('p', { class: 'note', role: 'alert' }, error.message));
  }
}

function parts(state, place) {
  const { run } = state;
  const value = (id) => place.values.find((value) => value.layer === id)?.value ?? null;
  const probability = value('prospectivity');
  const inside = value('applicability.inside');
  const facts = [
    ['Probability', significant(probability ?? NaN)],
    ['Spread', significant(value('uncertainty.total') ?? value('spread') ?? NaN)],
    ['Model may speak', inside === null ? '–' : inside > 0 ? 'yes' : 'no: unlike training'],
  ];
  return [
    h('p', { class: 'headline' }, place.percentile === null
      ? 'No score here: outside the study area, or evidence is missing.'
      : h('span', {}, h('b', {}, top(place.percentile)), ' of the area')),
    h('p', { class: 'note' }, coordinates([place.easting, place.northing], run.geographic),
      place.longitude_latitude && !run.geographic ? h('br') : null,
      place.longitude_latitude && !run.geographic ? degrees(place.longitude_latitude) : null),
    probability === null ? null : h('dl', { class: 'facts' }, facts.map(([name, told]) => h('div', {}, h('dt', {}, name), h('dd', {}, told)))),
    place.drivers.length > 0 ? h('div', {}, h('h3', {}, 'What drives the score'), bars(place.drivers, place.unit)) : null,
    place.deposits.length > 0 ? h('div', {}, h('h3', {}, 'Nearest known deposits'),
      h('ol', { class: 'near' }, place.deposits.map(({ name, distance_m }) =>
        h('li', {}, h('span', {}, name || 'unnamed'), h('span', { class: 'number' }, distance(distance_m)))))) : null,
    ...values(run, place),
  ].filter(Boolean);
}

function values(run, place) {
  const told = new Map(place.values.map(({ layer, value }) => [layer, value]));
  return run.groups.map(([group, title]) => {
    // Attributions are the bars above.
    const layers = run.layers.filter((layer) => layer.group === group && group !== 'attribution');
    if (layers.length === 0) return null;
    return h('details', { open: group === 'evidence' }, h('summary', {}, title),
      h('table', { class: 'values' }, h('tbody', {}, layers.map((layer) => h('tr', {},
        h('th', { scope: 'row' }, layer.title),
        h('td', { class: 'number' }, inWords(layer, told.get(layer.id)),
          group === 'evidence' && layer.unit && told.get(layer.id) !== null ? h('small', {}, ` ${layer.unit}`) : null))))));
  }).filter(Boolean);
}
