// Meridians and parallels of WGS 84 on the grid's own coordinates: lines of equal longitude and latitude through a
// lattice of places that the server has transformed exactly. Between them they run straight.
import Feature from 'ol/Feature.js';
import { MultiLineString, Point } from 'ol/geom.js';

const STEPS = [30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
/** Fewest lines each way where there are steps fine enough. */
const LINES = 3;

/** A step at which a range of degrees holds enough lines. */
const stepOf = (range) => STEPS.find((step) => range / step >= LINES) ?? STEPS.at(-1);

export class Graticule {
  /** `places[row][col]` are longitude and latitude, rows from the north; null where there are none. */
  constructor({ places }, [west, south, east, north]) {
    this.places = places;
    this.rows = places.length - 1;
    this.cols = places[0].length - 1;
    this.origin = [west, north];
    this.cell = [(east - west) / this.cols, (north - south) / this.rows];
  }

  at(col, row) { return [this.origin[0] + col * this.cell[0], this.origin[1] - row * this.cell[1]]; }

  /** Corners of a lattice cell, clockwise from the north-west; none across the edge of the world or of the system. */
  corners(row, col) {
    const corners = [[0, 0], [0, 1], [1, 1], [1, 0]].map(([down, right]) => ({ at: this.at(col + right, row + down), place: this.places[row + down][col + right] }));
    if (corners.some(({ place }) => !place)) return null;
    const longitudes = corners.map(({ place }) => place[0]);
    return Math.max(...longitudes) - Math.min(...longitudes) > 180 ? null : corners;
  }

  /** Longitude and latitude between the places of the lattice. */
  value([right, up]) {
    const [across, down] = [(right - this.origin[0]) / this.cell[0], (this.origin[1] - up) / this.cell[1]];
    const [col, row] = [Math.floor(across), Math.floor(down)];
    if (col < 0 || row < 0 || col >= this.cols || row >= this.rows) return null;
    const corners = this.corners(row, col);
    if (!corners) return null;
    const [east, south] = [across - col, down - row];
    const weights = [(1 - east) * (1 - south), east * (1 - south), east * south, (1 - east) * south];
    return [0, 1].map((axis) => corners.reduce((sum, { place }, index) => sum + weights[index] * place[axis], 0));
  }

  /** Lines and their labels for what is seen. */
  features(view) {
    const [west, south] = [Math.max(view[0], this.at(0, 0)[0]), Math.max(view[1], this.at(0, this.rows)[1])];
    const [east, north] = [Math.min(view[2], this.at(this.cols, 0)[0]), Math.min(view[3], this.at(0, 0)[1])];
    if (west >= east || south >= north) return [];
    const clip = (number, most) => Math.min(Math.max(Math.floor(number), 0), most - 1);
    const columns = [west, east].map((right) => clip((right - this.origin[0]) / this.cell[0], this.cols));
    const rows = [north, south].map((up) => clip((this.origin[1] - up) / this.cell[1], this.rows));
    const seen = [];
    for (let row = rows[0]; row <= rows[1]; row += 1) {
      for (let col = columns[0]; col <= columns[1]; col += 1) {
        const corners = this.corners(row, col);
        if (corners) seen.push(corners);
      }
    }
    // Just inside what is seen of the grid: longitudes above, latitudes at the right.
    const [up, right] = [north - 0.02 * (north - south), east - 0.02 * (east - west)];
    const edges = [[[west, up], [east, up]], [[right, north], [right, south]]];
    return [0, 1].flatMap((axis) => {
      const ends = this.range(axis, [west, south, east, north]);
      if (!ends) return [];
      const step = stepOf(ends[1] - ends[0]);
      const lines = seen.flatMap((corners) => segments(corners, axis, step));
      return [new Feature({ geometry: new MultiLineString(lines) }), ...this.labels(axis, step, edges[axis])];
    });
  }

  /** Least and greatest longitude or latitude of what is seen. */
  range(axis, [west, south, east, north]) {
    const values = [];
    for (let right = 0; right <= 8; right += 1) {
      for (let up = 0; up <= 8; up += 1) {
        const place = this.value([west + (right / 8) * (east - west), south + (up / 8) * (north - south)]);
        if (place) values.push(place[axis]);
      }
    }
    return values.length > 1 ? [Math.min(...values), Math.max(...values)] : null;
  }

  /** Where lines cross an edge of what is seen. */
  labels(axis, step, [from, to]) {
    const found = [];
    let before = null;
    for (let index = 0; index <= 96; index += 1) {
      const at = [0, 1].map((k) => from[k] + (index / 96) * (to[k] - from[k]));
      const value = this.value(at)?.[axis] ?? null;
      if (value !== null && before !== null && Math.abs(value - before.value) < 180) {
        const line = Math.ceil(Math.min(value, before.value) / step) * step;
        if (line <= Math.max(value, before.value) && value !== before.value) {
          const part = (line - before.value) / (value - before.value);
          const place = [0, 1].map((k) => before.at[k] + part * (at[k] - before.at[k]));
          found.push(new Feature({ geometry: new Point(place), label: label(line, axis, step), axis }));
        }
      }
      before = value === null ? null : { value, at };
    }
    return found;
  }
}

/** The parts of lines in a lattice cell. */
function segments(corners, axis, step) {
  const values = corners.map(({ place }) => place[axis]);
  const lines = [];
  for (let line = Math.ceil(Math.min(...values) / step) * step; line <= Math.max(...values); line += step) {
    const ends = [];
    corners.forEach((corner, index) => {
      const [one, other] = [values[index], values[(index + 1) % 4]];
      if ((one < line) === (other < line)) return;
      const [to, part] = [corners[(index + 1) % 4].at, (line - one) / (other - one)];
      ends.push([0, 1].map((k) => corner.at[k] + part * (to[k] - corner.at[k])));
    });
    for (let index = 0; index + 1 < ends.length; index += 2) lines.push([ends[index], ends[index + 1]]);
  }
  return lines;
}

function label(line, axis, step) {
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const letter = axis === 0 ? (line < 0 ? 'W' : 'E') : (line < 0 ? 'S' : 'N');
  return `${Math.abs(line).toFixed(decimals)}°\u00a0${Math.abs(line) < step / 2 ? '' : letter}`.trim();
}
