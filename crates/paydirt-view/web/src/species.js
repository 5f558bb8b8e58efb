// The species of an infilling: which is looked at, and what of the run belongs to it.
import { $, h } from './dom.js';

/** What a band tells: the same word for every species. */
const kind = (layer) => layer.id.slice(layer.id.lastIndexOf('.') + 1);

/** The layers of the species that is looked at; all of them in any other run. */
export const ofSpecies = ({ run, species }) => run.layers.filter((layer) => !layer.species || layer.species === species);

/** The same layer of another species, else that species' first. */
export function sameOf(run, layer, species) {
  const its = run.layers.filter((other) => other.species === species);
  return its.find((other) => layer?.species && kind(other) === kind(layer)) ?? its[0];
}

/** A layer of the species by what it tells: `mean`, `count` and so on. */
export const bandOf = (run, species, word) => run.layers.find((layer) => layer.species === species && kind(layer) === word);

/** What a layer is called where those of several species stand together. */
export const fullTitle = (layer) => (layer.species ? `${layer.species}: ${layer.title}` : layer.title);

/** What the run flagged of the species. */
export const flaggedOf = ({ report, species }) => (Array.isArray(report?.flagged) ? report.flagged.find((line) => line.species === species) : null) ?? null;

/** The choice of a species in the head of the page; nothing where the run has none. */
export function startSpecies(state, actions) {
  const { species: names } = state.run;
  if (names.length === 0) return;
  const select = h('select', { id: 'species', onchange: () => actions.species(select.value) },
    names.map((name) => h('option', { value: name }, name)));
  $('species-choice').replaceChildren(h('label', { for: 'species' }, 'Species'), select);
  $('species-choice').hidden = false;
}

export const showSpecies = (name) => { if ($('species')) $('species').value = name; };
