// How deposits, targets and ground are drawn: on any colour of any ramp.
import { Circle, Fill, Stroke, Style, Text } from 'ol/style.js';

const DEPOSIT = '#084594';
const FONT = 'system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
const white = new Stroke({ color: '#ffffff', width: 3.5 });

/** Names appear when there is room: nearer than so many metres in a pixel. */
const NAMES_WITHIN = 250;

export function depositStyle(feature, resolution) {
  const hollow = feature.get('hollow');
  const halo = new Style({
    image: new Circle({ radius: 7.5, fill: new Fill({ color: '#ffffff' }), declutterMode: 'none' }),
    zIndex: 1,
  });
  const dot = new Style({
    image: new Circle({
      radius: hollow ? 4.8 : 6,
      fill: new Fill({ color: hollow ? '#ffffff' : DEPOSIT }),
      stroke: hollow ? new Stroke({ color: DEPOSIT, width: 2.4 }) : undefined,
      declutterMode: 'none',
    }),
    text: resolution < NAMES_WITHIN ? new Text({
      text: feature.get('name'), font: `12px ${FONT}`, offsetX: 11, textAlign: 'left',
      fill: new Fill({ color: DEPOSIT }), stroke: white,
    }) : undefined,
    zIndex: 2,
  });
  return [halo, dot];
}

export function targetStyle(feature) {
  const rank = feature.get('rank');
  const best = rank <= 10;
  return [
    new Style({ stroke: new Stroke({ color: '#ffffff', width: best ? 5 : 3.5 }) }),
    new Style({
      stroke: new Stroke({ color: '#111111', width: best ? 2.2 : 1.2 }),
      text: new Text({
        text: String(rank), font: `${best ? 'bold 14px' : '12px'} ${FONT}`, overflow: true,
        fill: new Fill({ color: '#111111' }), stroke: white,
      }),
      zIndex: 1000 - rank,
    }),
  ];
}

export function groundStyle(feature) {
  const fold = feature.get('fold');
  return [stroked('rgba(255, 255, 255, 0.8)', 2.6), new Style({
    stroke: new Stroke({ color: '#5b2a86', width: 1.6, lineDash: [6, 4] }),
    fill: new Fill({ color: fold ? 'rgba(91, 42, 134, 0.06)' : 'rgba(91, 42, 134, 0.24)' }),
    text: fold ? new Text({
      text: String(fold), font: `12px ${FONT}`, fill: new Fill({ color: '#5b2a86' }), stroke: white,
    }) : undefined,
  })];
}

export function placeStyle(feature) {
  if (feature.getGeometry().getType() === 'Polygon') {
    return new Style({ stroke: new Stroke({ color: '#00e5ff', width: 2 }) });
  }
  const ring = (color, width) => new Style({ image: new Circle({ radius: 11, stroke: new Stroke({ color, width }) }) });
  return [ring('#ffffff', 5), ring('#0b5d66', 2.5)];
}

export function graticuleStyle(feature) {
  const label = feature.get('label');
  if (!label) return [stroked('rgba(255, 255, 255, 0.75)', 2.6), stroked('rgba(20, 67, 77, 0.9)', 1, 1)];
  return new Style({ text: new Text({
    text: label, font: `12px ${FONT}`, textAlign: feature.get('axis') === 0 ? 'center' : 'right',
    fill: new Fill({ color: '#14434d' }), stroke: white,
  }), zIndex: 2 });
}

const stroked = (color, width, zIndex = 0) => new Style({ stroke: new Stroke({ color, width, lineCap: 'butt' }), zIndex });
