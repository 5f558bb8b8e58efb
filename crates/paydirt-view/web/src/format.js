// Numbers as people read them, as the report writes them.
const NOTHING = '–';
const NBSP = '\u00a0';

/** Three significant digits; very small numbers as a power of ten. */
export function significant(value) {
  if (!Number.isFinite(value)) return NOTHING;
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-4 || size >= 1e15) return value.toExponential(2).replace('e+', 'e');
  if (size >= 999.5) return Math.round(value).toLocaleString('en-US');
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(size)));
  return value.toFixed(decimals);
}

/** A share between 0 and 1 in per cent. */
export function percent(share, decimals = share > 0 && share < 0.01 ? 1 : 0) {
  return Number.isFinite(share) ? `${(share * 100).toFixed(decimals)}${NBSP}%` : NOTHING;
}

/** How far from the top of the area: `percentile` is the share scored lower, in per cent. */
export function top(percentile) {
  if (!Number.isFinite(percentile)) return NOTHING;
  const left = Math.max(100 - percentile, 0.01);
  const words = left < 0.1 ? left.toFixed(2) : left < 10 ? left.toFixed(1) : left.toFixed(0);
  return `top ${words}${NBSP}%`;
}

export function distance(metres) {
  if (!Number.isFinite(metres)) return NOTHING;
  if (metres < 1000) return `${Math.round(metres)}${NBSP}m`;
  const km = metres / 1000;
  return `${km < 10 ? km.toFixed(1) : Math.round(km).toLocaleString('en-US')}${NBSP}km`;
}

/** Easting and northing, or longitude and latitude. */
export function coordinates([easting, northing], geographic) {
  if (geographic) return degrees([easting, northing]);
  const whole = (number) => Math.round(number).toLocaleString('en-US').replaceAll(',', NBSP).replace('-', '−');
  return `E ${whole(easting)}, N ${whole(northing)}`;
}

export function degrees([longitude, latitude]) {
  const one = (value, positive, negative) => `${Math.abs(value).toFixed(4)}°${NBSP}${value < 0 ? negative : positive}`;
  return `${one(latitude, 'N', 'S')}, ${one(longitude, 'E', 'W')}`;
}

/** What a legend calls a value, where it has a word for it. */
export function inWords(layer, value) {
  if (value === null || value === undefined) return 'missing';
  if (layer.legend.kind === 'categories') {
    const item = layer.legend.items.find((item) => item.value === Math.round(value));
    if (item) return item.label;
  }
  return significant(value);
}

/** A name of the project file as people write it. */
export const spoken = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');

/** A text without decimals that nobody reads. */
export const brief = (text) => text.replaceAll(/\d+\.\d{7,}/g, (number) => String(Number(Number(number).toPrecision(6))));
