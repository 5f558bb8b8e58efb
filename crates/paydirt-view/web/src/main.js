// The page of a run: asks what there is, and puts map and panels together.
import 'ol/ol.css';
import './style.css';
import { $, ask, trouble } from './dom.js';
import { brief } from './format.js';
import { MapView } from './map.js';
import { startTheme } from './theme.js';
import { nameTab, openTab, startTabs } from './tabs.js';
import { drawLayers } from './layers.js';
import { drawLegend } from './legend.js';
import { drawFigures } from './figures.js';
import { drawInfillingFigures } from './infilling.js';
import { emptyPlace, readPlace } from './place.js';
import { RankedList } from './list.js';
import { TARGETS } from './targets.js';
import { FLAGS } from './flags.js';
import { bandOf, sameOf, showSpecies, startSpecies } from './species.js';
import { startSwipe } from './swipe.js';

const NO_VECTORS = { deposits: [], targets: [], held_out_ground: [], held_out_deposits: [] };

async function start() {
  startTheme();
  startTabs();
  const run = await ask('/api/run');
  run.cell = brief(run.cell);
  const species = run.species[0] ?? null;
  const state = {
    run, species, vectors: NO_VECTORS, report: null, analogs: null, compared: null, place: null, opacity: 1,
    shown: species === null ? run.layers[0] : sameOf(run, null, species),
    overlays: { deposits: true, targets: true, records: false, graticule: false, ground: false, fold: null },
    learned: new Map(),
    map: new MapView(run),
  };
  const actions = wire(state);
  state.map.show(state.shown);
  // Tiles are asked for before the panels are made.
  state.map.map.renderSync();
  await new Promise((done) => { setTimeout(done); });
  head(state, actions);
  drawLegend(state);
  drawLayers(state, actions);
  emptyPlace();
  // The map is drawn first; the rest follows.
  state.vectors = await ask('/api/vectors');
  state.map.setDeposits(state.vectors);
  state.map.setTargets(state.vectors, species);
  if (run.has_report) state.report = await ask('/files/report.json');
  drawLayers(state, actions);
  drawLegend(state);
  draw(state);
  state.list = new RankedList(state, actions, species === null ? TARGETS : FLAGS);
  document.body.dataset.ready = 'yes';
  if (species === null && state.report?.targets?.length > 0) {
    state.analogs = await ask('/api/analogs');
    state.list.again();
  }
}

const draw = (state) => (state.species === null ? drawFigures(state) : drawInfillingFigures(state));

/** The head of the page. */
function head(state, actions) {
  const { run } = state;
  run.warnings.forEach(trouble);
  $('name').textContent = run.name;
  document.title = `${run.name}, Paydirt`;
  $('ground').textContent = `${run.crs}, ${run.cell}`;
  $('report-link').hidden = !run.files.includes('report.html');
  const ground = ['targets.gpkg', 'clusters.gpkg'].find((name) => run.files.includes(name));
  $('targets-link').hidden = !ground;
  if (ground) $('targets-link').href = `/files/${ground}`;
  startSpecies(state, actions);
  if (state.species !== null) {
    $('targets-link').textContent = 'Flagged (GeoPackage)';
    nameTab('targets', 'Flagged');
  }
}

/** Everything follows the species: map, legend, flagged ground, the place that was read, and figures. */
function switchSpecies(state, actions, species) {
  const { run, map } = state;
  const follows = state.compared?.species === state.species;
  const shown = sameOf(run, state.shown, species) ?? state.shown;
  const compared = follows && state.compared ? sameOf(run, state.compared, species) ?? null : state.compared;
  Object.assign(state, { species, shown, compared });
  showSpecies(species);
  map.show(shown);
  map.compare(compared);
  map.setTargets(state.vectors, species);
  actions.overlay('records', state.overlays.records);
  drawLayers(state, actions);
  draw(state);
  state.list?.draw();
  if (state.place) readPlace(state, actions, state.place);
}

function wire(state) {
  const { map, run } = state;
  const actions = {
    show(layer) { state.shown = layer; map.show(layer); drawLegend(state); },
    compare(layer) {
      state.compared = layer;
      map.compare(layer);
      $('swipe').hidden = !layer;
      drawLegend(state);
    },
    species(name) { switchSpecies(state, actions, name); },
    opacity(value) { state.opacity = value; map.opacity(value); },
    overlay(key, on) {
      state.overlays[key] = on;
      if (key === 'records') map.showRecords(on ? bandOf(run, state.species, 'count') ?? null : null);
      else if (key === 'graticule') map.showGraticule(on).catch((error) => trouble(error.message));
      else map[key].setVisible(on);
      drawLegend(state);
    },
    holdOut(choice) {
      state.overlays.ground = Boolean(choice);
      state.overlays.fold = choice?.fold && state.species === null ? choice : null;
      map.holdOut(choice, state.vectors);
      drawLegend(state);
    },
    fit() { map.fit(); },
    zoomToTarget(rank) { map.zoomToTarget(rank); },
    card(rank) { openTab('targets'); state.list.choose(rank); },
    read(place) { openTab('place'); return readPlace(state, actions, place); },
  };
  map.map.on('singleclick', ({ coordinate }) => actions.read(map.toGrid(coordinate)));
  $('map').addEventListener('keydown', (event) => {
    if (event.key === 'Enter') actions.read(map.toGrid(map.view.getCenter()));
  });
  startSwipe(map);
  return actions;
}

start().catch((error) => trouble(error.message));
