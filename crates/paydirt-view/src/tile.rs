//! Tiles in the grid's own coordinates, scaled to metres.

use paydirt_core::grid::Grid;
use paydirt_io::raster::{Level, Window};

use crate::error::{Error, Result};
use crate::layer::Layer;

/// Width and height of a tile in pixels.
pub const TILE_PIXELS: usize = 256;

/// Most cells that are read for a tile.
const MOST_CELLS: usize = 1 << 22;

/// Which tile: zoom 0 shows the whole map in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Zoom, each twice as near as the one before.
    pub zoom: usize,
    /// Column of tiles, counted from the west.
    pub col: usize,
    /// Row of tiles, counted from the north.
    pub row: usize,
}

/// The tiles of a grid. On the page, places are eastings and northings times `metres`: a projected grid as it
/// is, a geographic one as an equirectangular map that is true in its middle row.
#[derive(Clone, Debug, PartialEq)]
pub struct Scheme {
    /// Metres in a unit of easting and of northing.
    pub metres: [f64; 2],
    /// Metres in a pixel, by zoom.
    pub resolutions: Vec<f64>,
    /// Columns and rows of tiles, by zoom.
    pub tiles: Vec<[usize; 2]>,
    /// Width and height of a cell in metres.
    cell_m: [f64; 2],
}

impl Scheme {
    /// The tiles of a grid: at the greatest zoom a pixel is a cell (its shorter side).
    #[must_use]
    pub fn new(grid: &Grid) -> Self {
        let cell_m = grid.cell_size_m();
        let finest = cell_m[0].min(cell_m[1]);
        let size = [grid.cols as f64 * cell_m[0], grid.rows as f64 * cell_m[1]];
        let across = |resolution: f64| {
            let tile = resolution * TILE_PIXELS as f64;
            // A sliver that comes of rounding is no tile.
            size.map(|metres| ((metres / tile - 1e-9).ceil() as usize).max(1))
        };
        let mut resolutions = vec![finest];
        while across(resolutions[0]) != [1, 1] {
            resolutions.insert(0, resolutions[0] * 2.0);
        }
        let tiles = resolutions.iter().map(|resolution| across(*resolution)).collect();
        Self { metres: grid.unit_m(), resolutions, tiles, cell_m }
    }

    /// Refuses a tile that is not on the map.
    ///
    /// # Errors
    /// [`Error::NoTile`], which says how many there are.
    pub fn check(&self, address: Address) -> Result<()> {
        let Address { zoom, col, row } = address;
        let [cols, rows] = self.tiles.get(zoom).copied().unwrap_or([0, 0]);
        if col < cols && row < rows {
            return Ok(());
        }
        Err(Error::NoTile { address: format!("{zoom}/{col}/{row}"), zoom, cols, rows })
    }

    /// The cells of a level (by axis, 0 columns, 1 rows) in which the middles of the tile's pixels lie; none
    /// beyond the edge.
    fn cells(
        &self,
        address: Address,
        axis: usize,
        [all, at_level]: [usize; 2],
    ) -> Vec<Option<usize>> {
        let first = [address.col, address.row][axis] * TILE_PIXELS;
        let cells_per_pixel = self.resolutions[address.zoom] / self.cell_m[axis];
        let shrink = at_level as f64 / all as f64;
        let one = |pixel: usize| {
            let cell = ((first + pixel) as f64 + 0.5) * cells_per_pixel;
            (cell < all as f64).then(|| ((cell * shrink) as usize).min(at_level - 1))
        };
        (0..TILE_PIXELS).map(one).collect()
    }

    /// The coarsest level whose cells are no larger than a pixel.
    fn level(&self, zoom: usize, levels: &[Level]) -> usize {
        let whole = levels[0];
        let fits = |level: &Level| {
            let grown =
                [whole.cols as f64 / level.cols as f64, whole.rows as f64 / level.rows as f64];
            let pixel = self.resolutions[zoom] * (1.0 + 1e-9);
            (0..2).all(|axis| grown[axis] * self.cell_m[axis] <= pixel)
        };
        levels.iter().rposition(fits).unwrap_or(0)
    }

    /// The colours of a tile, four bytes a pixel.
    ///
    /// # Errors
    /// A tile that is not on the map, and cells that cannot be read.
    pub fn draw(&self, layer: &Layer, address: Address) -> Result<Vec<u8>> {
        self.check(address)?;
        let raster = &layer.raster;
        let (whole, number) = (raster.levels()[0], self.level(address.zoom, raster.levels()));
        let level = raster.levels()[number];
        let cols = self.cells(address, 0, [whole.cols, level.cols]);
        let rows = self.cells(address, 1, [whole.rows, level.rows]);
        let mut pixels = vec![0; TILE_PIXELS * TILE_PIXELS * 4];
        let (Some((west, east)), Some((north, south))) = (ends(&cols), ends(&rows)) else {
            return Ok(pixels);
        };
        let window =
            Window { col: west, row: north, cols: east - west + 1, rows: south - north + 1 };
        if window.cols * window.rows > MOST_CELLS {
            return Err(Error::NoOverviews { path: raster.path().into() });
        }
        let values = raster.read(layer.band, number, window)?;
        let opacity = layer.legend.opacity_band.filter(|band| *band < raster.bands().len());
        let opacity = opacity.map(|band| raster.read(band, number, window)).transpose()?;
        for (line, row) in pixels.chunks_exact_mut(TILE_PIXELS * 4).zip(&rows) {
            let Some(row) = row else { break };
            let start = (row - north) * window.cols;
            for (pixel, col) in line.chunks_exact_mut(4).zip(&cols) {
                let Some(col) = col else { break };
                let cell = start + (col - west);
                let mut colour = layer.legend.colour(values[cell]).0;
                if let Some(opacity) = opacity.as_ref().map(|opacity| opacity[cell]) {
                    colour[3] = (f32::from(colour[3]) * opacity.clamp(0.0, 255.0) / 255.0) as u8;
                }
                pixel.copy_from_slice(&colour);
            }
        }
        Ok(pixels)
    }

    /// A tile as a PNG.
    ///
    /// # Errors
    /// As [`Scheme::draw`].
    pub fn png(&self, layer: &Layer, address: Address) -> Result<Vec<u8>> {
        let pixels = self.draw(layer, address)?;
        let side = TILE_PIXELS as u32;
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side, side);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let pixels = match Indexed::new(&pixels) {
            Some(Indexed { numbers, colours, opacities }) => {
                encoder.set_color(png::ColorType::Indexed);
                encoder.set_palette(colours);
                encoder.set_trns(opacities);
                encoder.set_filter(png::Filter::NoFilter);
                numbers
            }
            None => {
                encoder.set_color(png::ColorType::Rgba);
                pixels
            }
        };
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&pixels)?;
        writer.finish()?;
        Ok(bytes)
    }
}

/// A picture of few colours, which is a quarter of the work to pack and to unpack.
struct Indexed {
    /// The number of each pixel's colour.
    numbers: Vec<u8>,
    /// Red, green and blue of each.
    colours: Vec<u8>,
    opacities: Vec<u8>,
}

impl Indexed {
    /// Most colours: they are looked for one by one.
    const MOST: usize = 48;

    /// Of pixels of four bytes each; `None` where they have too many colours.
    fn new(pixels: &[u8]) -> Option<Self> {
        let mut found: Vec<[u8; 4]> = Vec::new();
        let mut last = 0;
        let mut numbers = Vec::with_capacity(pixels.len() / 4);
        for pixel in pixels.as_chunks::<4>().0 {
            // Neighbours are mostly alike.
            if found.get(last) != Some(pixel) {
                last = found.iter().position(|colour| colour == pixel).unwrap_or(found.len());
                if last == found.len() {
                    found.push(*pixel);
                }
                if found.len() > Self::MOST {
                    return None;
                }
            }
            numbers.push(last as u8);
        }
        let colours = found.iter().flat_map(|[red, green, blue, _]| [*red, *green, *blue]);
        let opacities = found.iter().map(|colour| colour[3]).collect();
        Some(Self { numbers, colours: colours.collect(), opacities })
    }
}

/// The first and last that is there.
fn ends(cells: &[Option<usize>]) -> Option<(usize, usize)> {
    let there = || cells.iter().flatten().copied();
    Some((there().min()?, there().max()?))
}

#[cfg(test)]
mod tests {
    use super::Indexed;

    #[test]
    fn few_colours_are_numbered_and_many_are_not() {
        let red = [255, 0, 0, 255];
        let pixels = [[0; 4], red, red, [255, 0, 0, 128], [0; 4]].concat();
        let indexed = Indexed::new(&pixels).unwrap();
        assert_eq!(indexed.numbers, [0, 1, 1, 2, 0]);
        assert_eq!(indexed.colours, [0, 0, 0, 255, 0, 0, 255, 0, 0]);
        assert_eq!(indexed.opacities, [0, 255, 128]);
        let many: Vec<u8> =
            (0..=Indexed::MOST).flat_map(|colour| [colour as u8, 0, 0, 255]).collect();
        assert!(Indexed::new(&many).is_none() && Indexed::new(&many[4..]).is_some());
    }
}
