// The page of a run: asks what there is, and puts map and panels together.
import 'ol/ol.css';
import './style.css';
import { $, ask, trouble } from './dom.js';
import { MapView } from './map.js';
import { startTheme } from './theme.js';
import { openTab, startTabs } from './tabs.js';
import { drawLayers } from './layers.js';
import { drawLegend } from './legend.js';
import { drawFigures } from './figures.js';
import { emptyPlace, readPlace } from './place.js';
import { Targets } from './targets.js';

const NO_VECTORS = { deposits: [], targets: [], held_out_ground: [], held_out_deposits: [] };

async function start() {
  startTheme();
  startTabs();
  const run = await ask('/api/run');
  run.warnings.forEach(trouble);
  $('name').textContent = run.name;
  document.title = `${run.name}, Paydirt`;
  $('ground').textContent = `${run.crs}, ${run.cell}`;
  $('report-link').hidden = !run.files.includes('report.html');
  $('targets-link').hidden = !run.files.includes('targets.gpkg');
  const state = {
    run, vectors: NO_VECTORS, report: null, analogs: null, compared: null,
    shown: run.layers[0],
    overlays: { deposits: true, targets: true, ground: false, fold: null },
    map: new MapView(run),
  };
  const actions = wire(state);
  state.map.show(state.shown);
  drawLegend(state);
  drawLayers(state, actions);
  emptyPlace();
  // The map is drawn first; the rest follows.
  state.vectors = await ask('/api/vectors');
  state.map.setVectors(state.vectors);
  if (run.has_report) state.report = await ask('/files/report.json');
  drawLayers(state, actions);
  drawLegend(state);
  drawFigures(state);
  state.list = new Targets(state, actions);
  document.body.dataset.ready = 'yes';
  if (state.report?.targets?.length > 0) {
    state.analogs = await ask('/api/analogs');
    state.list.again();
  }
}

function wire(state) {
  const { map } = state;
  const actions = {
    show(layer) { state.shown = layer; map.show(layer); drawLegend(state); },
    compare(layer) {
      state.compared = layer;
      map.compare(layer);
      $('swipe').hidden = !layer;
      drawLegend(state);
    },
    opacity(value) { map.opacity(value); },
    overlay(key, on) {
      state.overlays[key] = on;
      map[key].setVisible(on);
      drawLegend(state);
    },
    holdOut(choice) {
      state.overlays.ground = Boolean(choice);
      state.overlays.fold = choice?.fold ? choice : null;
      map.holdOut(choice, state.vectors);
      drawLegend(state);
    },
    fit() { map.fit(); },
    zoomToTarget(rank) { map.zoomToTarget(rank); },
    read(place) { openTab('place'); return readPlace(state, place); },
  };
  map.map.on('singleclick', ({ coordinate }) => actions.read(map.toGrid(coordinate)));
  $('map').addEventListener('keydown', (event) => {
    if (event.key === 'Enter') actions.read(map.toGrid(map.view.getCenter()));
  });
  swipe(map);
  return actions;
}

/** The bar between two maps: dragged, or moved with the arrow keys. */
function swipe(map) {
  const bar = $('swipe');
  const to = (part) => {
    map.swipeTo(part);
    bar.style.left = `${map.part * 100}%`;
    bar.setAttribute('aria-valuenow', String(Math.round(map.part * 100)));
  };
  bar.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    bar.setPointerCapture(event.pointerId);
  });
  bar.addEventListener('pointermove', (event) => {
    if (!bar.hasPointerCapture(event.pointerId)) return;
    const { left, width } = $('map').getBoundingClientRect();
    to((event.clientX - left) / width);
  });
  bar.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 0.02, ArrowLeft: -0.02, PageUp: 0.1, PageDown: -0.1, Home: -1, End: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    to(map.part + step);
  });
  to(0.5);
}

start().catch((error) => trouble(error.message));
