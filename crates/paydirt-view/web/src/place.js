// The panel of a place: where it stands, what drives it, what is near, and every value.
import { $, ask, h } from './dom.js';
import { coordinates, degrees, distance, inWords, significant, top } from './format.js';
import { bars } from './bars.js';
import { bandOf } from './species.js';

export function emptyPlace() {
  $('panel-place').replaceChildren(h('h2', { class: 'panel-title' }, 'Place'),
    h('p', { class: 'note' }, 'Click anywhere on the map, or focus it and press Enter, to read the values there and what is near.'));
}

/** Asks about a place and shows the answer. */
export async function readPlace(state, actions, [easting, northing]) {
  const panel = $('panel-place');
  const title = h('h2', { class: 'panel-title' }, 'Place');
  state.place = [easting, northing];
  const of = state.species ? `&species=${encodeURIComponent(state.species)}` : '';
  try {
    const place = await ask(`/api/place?easting=${easting}&northing=${northing}${of}`);
    state.map.mark(place);
    panel.replaceChildren(title, ...(state.species ? speciesParts : parts)(state, place, actions).filter(Boolean));
  } catch (error) {
    panel.replaceChildren(title, h('p', { class: 'note', role: 'alert' }, error.message));
  }
}

const where = ({ run }, place) => h('p', { class: 'note' }, coordinates([place.easting, place.northing], run.geographic),
  place.longitude_latitude && !run.geographic ? [h('br'), degrees(place.longitude_latitude)] : null);

const facts = (list) => h('dl', { class: 'facts' }, list.map(([name, told]) => h('div', {}, h('dt', {}, name), h('dd', {}, told))));

function headline(percentile, probability) {
  if (percentile !== null) return h('p', { class: 'headline' }, h('span', {}, h('b', {}, top(percentile)), ' of the area'));
  // A folder may hold probabilities and no ranks.
  return probability === null ? h('p', { class: 'headline' }, 'No score here: outside the study area, or evidence is missing.') : null;
}

/** The card of the ranked ground in which the place lies. */
function inside(state, place, actions) {
  const rank = state.map.rankAt([place.easting, place.northing]);
  if (rank === null) return null;
  const { one } = state.list.kind;
  return h('p', { class: 'buttons' }, h('button', { type: 'button', onclick: () => actions.card(rank) }, `In ${one.toLowerCase()} ${rank}: its card`));
}

function parts(state, place, actions) {
  const value = (id) => place.values.find((value) => value.layer === id)?.value ?? null;
  const probability = value('prospectivity');
  const applies = value('applicability.inside');
  const scored = state.run.layers.some(({ group }) => group === 'prospectivity');
  return [
    scored ? headline(place.percentile, probability) : null,
    where(state, place),
    probability === null ? null : facts([
      ['Probability', significant(probability)],
      ['Spread', significant(value('uncertainty.total') ?? value('spread') ?? NaN)],
      ['Model may speak', applies === null ? '–' : applies > 0 ? 'yes' : 'no: unlike training'],
    ]),
    inside(state, place, actions),
    place.drivers.length > 0 ? h('div', {}, h('h3', {}, 'What drives the score'), bars(place.drivers, { unit: place.unit })) : null,
    place.deposits.length > 0 ? h('div', {}, h('h3', {}, 'Nearest known deposits'),
      h('ol', { class: 'near' }, place.deposits.map(({ name, distance_m }) =>
        h('li', {}, h('span', {}, name || 'unnamed'), h('span', { class: 'number' }, distance(distance_m)))))) : null,
    ...values(state.run, place),
  ];
}

/** Values by group; attributions are bars above. */
function values(run, place) {
  const told = new Map(place.values.map(({ layer, value }) => [layer, value]));
  return run.groups.map(([group, title]) => {
    const layers = run.layers.filter((layer) => layer.group === group && group !== 'attribution');
    if (layers.length === 0) return null;
    return h('details', { open: group === 'evidence' }, h('summary', {}, title),
      h('table', { class: 'values' }, h('tbody', {}, layers.map((layer) => h('tr', {},
        h('th', { scope: 'row' }, layer.title),
        h('td', { class: 'number' }, inWords(layer, told.get(layer.id)),
          group === 'evidence' && layer.unit && told.get(layer.id) !== null ? h('small', {}, ` ${layer.unit}`) : null))))));
  });
}

/** What an infilling says of a place: of the species first, then of all of them. */
function speciesParts(state, place, actions) {
  const { run, species } = state;
  const told = new Map(place.values.map(({ layer, value }) => [layer, value]));
  const value = (name, word) => told.get(bandOf(run, name, word)?.id) ?? NaN;
  const { percentile, nearest_record_m: near } = place.species;
  const sites = value(species, 'count');
  const drawn = run.layers.some(({ group }) => group === 'infilling');
  const columns = [['mean', 'Score'], ['count', 'Sites'], ['quality', 'Quality']]
    .filter(([word]) => run.species.some((name) => bandOf(run, name, word)));
  return [
    drawn ? h('p', { class: 'headline' }, percentile === null
      ? `No score of ${species} here.`
      : h('span', {}, h('b', {}, top(percentile)), ` of the area for ${species}`)) : null,
    where(state, place),
    drawn ? facts([
      ['Score', significant(value(species, 'mean'))],
      ['± over masks', significant(value(species, 'spread_over_masks'))],
      ['± over seeds', significant(value(species, 'spread_over_seeds'))],
    ]) : null,
    inside(state, place, actions),
    h('p', {}, sites > 0 ? `Recorded here: ${sites} ${sites === 1 ? 'site' : 'sites'} of ${species}.`
      : `No ${species} is recorded here${Number.isFinite(near) ? `; the nearest cell with a record of it is ${distance(near)} away` : ''}.`),
    h('h3', {}, 'All species here'),
    h('table', { class: 'values of-species' }, h('thead', {}, h('tr', {},
      ['Species', ...columns.map(([, name]) => name)].map((name) => h('th', { scope: 'col' }, name)))),
    h('tbody', {}, run.species.map((name) => h('tr', { 'aria-current': name === species ? 'true' : null },
      h('th', { scope: 'row' }, name),
      columns.map(([word]) => h('td', { class: 'number' }, significant(value(name, word)))))))),
    h('p', { class: 'note' }, 'A score is what the model expects to be recorded in the cell, told from what is around it and from the other species; it is no chance of ore.'),
  ];
}
