// The map: tiles in the grid's own coordinates, scaled to metres; nothing is reprojected.
import OlMap from 'ol/Map.js';
import View from 'ol/View.js';
import Feature from 'ol/Feature.js';
import Projection from 'ol/proj/Projection.js';
import TileGrid from 'ol/tilegrid/TileGrid.js';
import TileLayer from 'ol/layer/Tile.js';
import VectorLayer from 'ol/layer/Vector.js';
import VectorSource from 'ol/source/Vector.js';
import XYZ from 'ol/source/XYZ.js';
import ScaleLine from 'ol/control/ScaleLine.js';
import { defaults as controls } from 'ol/control/defaults.js';
import { MultiPolygon, Point, Polygon } from 'ol/geom.js';
import { getRenderPixel } from 'ol/render.js';
import { $, ask, trouble } from './dom.js';
import { coordinates } from './format.js';
import { Graticule } from './graticule.js';
import { depositStyle, graticuleStyle, groundStyle, placeStyle, targetStyle } from './styles.js';

export class MapView {
  constructor(run) {
    this.run = run;
    const [west, south, east, north] = run.region;
    const [east_m, north_m] = run.metres;
    this.extent = [west * east_m, south * north_m, east * east_m, north * north_m];
    // On a map in degrees, east-west distances are true in its middle row alone.
    const narrowing = (northing) => Math.cos((northing / north_m) * (Math.PI / 180));
    const middle = narrowing((this.extent[1] + this.extent[3]) / 2);
    this.projection = new Projection({
      code: 'grid', units: 'm', extent: this.extent, metersPerUnit: 1,
      getPointResolution: (resolution, [, northing]) =>
        run.geographic ? (resolution * narrowing(northing)) / middle : resolution,
    });
    this.tileGrid = new TileGrid({
      origin: [this.extent[0], this.extent[3]],
      resolutions: run.resolutions,
      sizes: run.tiles,
      tileSize: run.tile_pixels,
    });
    this.sources = new Map();
    this.part = 0.5;
    this.left = this.tileLayer('left');
    this.right = this.tileLayer('right');
    this.records = this.tileLayer('records');
    this.right.setVisible(false);
    this.records.setVisible(false);
    this.graticule = new VectorLayer({ source: new VectorSource(), style: graticuleStyle, visible: false, declutter: 'degrees' });
    this.ground = new VectorLayer({ source: new VectorSource(), style: groundStyle });
    this.targets = new VectorLayer({ source: new VectorSource(), style: targetStyle, declutter: true });
    this.deposits = new VectorLayer({ source: new VectorSource(), style: depositStyle, declutter: 'names' });
    this.place = new VectorLayer({ source: new VectorSource(), style: placeStyle });
    const finest = run.resolutions.at(-1);
    this.view = new View({
      projection: this.projection,
      center: [(this.extent[0] + this.extent[2]) / 2, (this.extent[1] + this.extent[3]) / 2],
      minResolution: finest / 24,
      maxResolution: run.resolutions[0] * 2,
      extent: this.extent, constrainOnlyCenter: true,
      enableRotation: false,
    });
    this.map = new OlMap({
      target: 'map',
      view: this.view,
      layers: [this.left, this.right, this.records, this.graticule, this.ground, this.targets, this.deposits, this.place],
      controls: controls({ attribution: false, rotate: false, zoomOptions: {
        zoomInTipLabel: 'Zoom in', zoomOutTipLabel: 'Zoom out' } }).extend([new ScaleLine({ minWidth: 90 })]),
      keyboardEventTarget: $('map'),
    });
    this.fit();
    this.map.on('pointermove', ({ coordinate }) => {
      $('where').textContent = coordinates(this.toGrid(coordinate), run.geographic);
    });
    $('map').addEventListener('pointerleave', () => { $('where').textContent = ''; });
    this.map.on('moveend', () => this.drawGraticule());
  }

  toMap([easting, northing]) { return [easting * this.run.metres[0], northing * this.run.metres[1]]; }

  toGrid([right, up]) { return [right / this.run.metres[0], up / this.run.metres[1]]; }

  /** A layer of tiles; the left and the right one are cut at the swipe. */
  tileLayer(side) {
    const layer = new TileLayer({ preload: 1, className: `tiles-${side}` });
    if (side === 'records') return layer;
    layer.on('prerender', (event) => {
      const context = event.context;
      context.save();
      if (!this.right.getVisible()) return;
      const [width, height] = this.map.getSize();
      const at = width * this.part;
      const [from, to] = side === 'left' ? [0, at] : [at, width];
      context.beginPath();
      for (const corner of [[from, 0], [to, 0], [to, height], [from, height]]) {
        context.lineTo(...getRenderPixel(event, corner));
      }
      context.clip();
    });
    layer.on('postrender', (event) => event.context.restore());
    return layer;
  }

  source(id) {
    if (!this.sources.has(id)) {
      const source = new XYZ({
        projection: this.projection, tileGrid: this.tileGrid, interpolate: false, transition: 0,
        url: `/tiles/${encodeURIComponent(id)}/{z}/{x}/{y}.png?v=${this.run.version}`,
      });
      source.on('tileloaderror', async ({ tile }) => {
        const answer = await fetch(tile.src_).then((response) => response.json()).catch(() => null);
        trouble(answer?.error ?? 'The viewer no longer answers: is `paydirt view` still running?');
      });
      this.sources.set(id, source);
    }
    return this.sources.get(id);
  }

  show(layer) { this.left.setSource(this.source(layer.id)); }

  compare(layer) {
    if (layer) this.right.setSource(this.source(layer.id));
    this.right.setVisible(Boolean(layer));
    this.map.render();
  }

  /** What is recorded of a species, over the map; null takes it away. */
  showRecords(layer) {
    if (layer) this.records.setSource(this.source(layer.id));
    this.records.setVisible(Boolean(layer));
  }

  /** Shows meridians and parallels, which are asked for once. */
  async showGraticule(on) {
    this.graticule.setVisible(on);
    if (on && !this.lattice) this.lattice = new Graticule(await ask('/api/graticule'), this.extent);
    this.drawGraticule();
  }

  drawGraticule() {
    if (!this.lattice || !this.graticule.getVisible()) return;
    const source = this.graticule.getSource();
    source.clear(true);
    source.addFeatures(this.lattice.features(this.view.calculateExtent(this.map.getSize())));
  }

  swipeTo(part) {
    this.part = Math.min(Math.max(part, 0), 1);
    this.map.render();
  }

  opacity(value) {
    this.left.setOpacity(value);
    this.right.setOpacity(value);
  }

  polygons(parts) {
    return new MultiPolygon(parts.map((rings) => rings.map((ring) => ring.map((place) => this.toMap(place)))));
  }

  /** Draws ranked ground: that of a species, or all of it. */
  setTargets(vectors, species) {
    const source = this.targets.getSource();
    source.clear();
    source.addFeatures(vectors.targets.filter((target) => species === null || target.species === species)
      .map(({ rank, polygons }) => new Feature({ geometry: this.polygons(polygons), rank })));
  }

  /** The rank of the ground in which a place lies; null where there is none. */
  rankAt(place) {
    if (!this.targets.getVisible()) return null;
    return this.targets.getSource().getFeaturesAtCoordinate(this.toMap(place))[0]?.get('rank') ?? null;
  }

  setDeposits(vectors) {
    this.deposits.getSource().addFeatures(vectors.deposits.map(({ name, easting, northing }) =>
      new Feature({ geometry: new Point(this.toMap([easting, northing])), name, key: `${easting} ${northing}` })));
  }

  /** Draws what a fold of a repeat holds out; all its folds where none is chosen. */
  holdOut(choice, vectors) {
    const source = this.ground.getSource();
    source.clear();
    const same = (part) => choice && part.repeat === choice.repeat && (!choice.fold || part.fold === choice.fold);
    source.addFeatures(vectors.held_out_ground.filter(same).map(({ polygons, fold }) =>
      new Feature({ geometry: this.polygons(polygons), fold: choice.fold ? null : fold })));
    const held = new Set(choice?.fold
      ? vectors.held_out_deposits.filter(same).map(({ easting, northing }) => `${easting} ${northing}`) : []);
    for (const deposit of this.deposits.getSource().getFeatures()) {
      deposit.set('hollow', held.has(deposit.get('key')));
    }
  }

  /** Marks the cell of a place. */
  mark({ easting, northing }) {
    const [width, height] = [(this.run.region[2] - this.run.region[0]) / this.run.cols,
      (this.run.region[3] - this.run.region[1]) / this.run.rows];
    const corners = [[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]].map(([right, up]) =>
      this.toMap([easting + (right * width) / 2, northing + (up * height) / 2]));
    const source = this.place.getSource();
    source.clear();
    source.addFeatures([new Feature(new Polygon([corners])), new Feature(new Point(this.toMap([easting, northing])))]);
  }

  zoomTo(extent) {
    this.view.fit(extent, { padding: [60, 60, 60, 60], duration: reduced() ? 0 : 350, minResolution: this.run.resolutions.at(-1) / 6 });
  }

  zoomToTarget(rank) {
    const feature = this.targets.getSource().getFeatures().find((target) => target.get('rank') === rank);
    if (feature) this.zoomTo(feature.getGeometry().getExtent());
  }

  fit() { this.view.fit(this.extent, { padding: [16, 16, 16, 16] }); }
}

const reduced = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
