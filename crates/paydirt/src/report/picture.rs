//! Maps as small pictures: the grid is read once, in strips, into at most some 1,400 x 1,400 pixels,
//! so that memory does not grow with the map.

use std::ops::Range;

use base64::Engine;
use paydirt_core::grid::{Grid, Point};
use paydirt_core::stack::Stack;

use crate::doubt::Cause;
use crate::draw::strips;
use crate::error::{Error, Result};
use crate::style::{ColourClass, MISSING, Rgb};

/// Most pixels along a side.
const MOST_PIXELS: usize = 1400;
/// Small maps are enlarged by whole pixels to about this width, so that hatching stays fine.
const LEAST_PIXELS: usize = 700;

/// The maps of a report.
#[derive(Clone, Debug)]
pub struct Pictures {
    /// The project grid.
    pub grid: Grid,
    /// Calibrated probabilities.
    pub prospectivity: Miniature,
    /// Their spread, by all causes.
    pub spread: Miniature,
    /// What else is said of how sure they are.
    pub doubt: DoubtPictures,
    /// All known deposits that count.
    pub deposits: Vec<Point>,
}

/// Maps of doubt.
#[derive(Clone, Debug, Default)]
pub struct DoubtPictures {
    /// The cause with the greatest share.
    pub dominant: Option<Miniature>,
    /// The share of each cause, small.
    pub shares: Vec<(Cause, Miniature)>,
    /// The dissimilarity index.
    pub dissimilarity: Option<Miniature>,
    /// Prediction sets.
    pub set: Option<Miniature>,
    /// Classes of mean and spread.
    pub risk: Option<Miniature>,
}

/// Gives what some units hold.
pub type Values<'a, T> = dyn Fn(Range<usize>) -> Result<Vec<T>> + 'a;

/// Which cell stands for a block of cells where the map is larger than the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The greatest known value, so that a target of one cell stays visible; the caption says so,
    /// for it makes hot ground look wider than it is.
    Greatest,
    /// The middle cell: shares of area stay right.
    Middle,
}

/// A map at the size of a picture: values and the three states of a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Miniature {
    /// Rows, from the north.
    pub rows: usize,
    /// Columns, from the west.
    pub cols: usize,
    /// Cells of the grid along one side of a pixel.
    pub block_cells: usize,
    /// How a block was reduced to one value.
    pub keep: Keep,
    values: Vec<f32>,
    inside: Vec<bool>,
    /// Where no cell of the block lies in the area of applicability.
    faded: Vec<bool>,
}

impl Miniature {
    /// Reads one layer of a stack.
    ///
    /// # Errors
    /// A stack without that layer, or a file that cannot be read.
    pub fn read(stack: &dyn Stack, layer: &str, keep: Keep) -> Result<Self> {
        Self::of(stack, keep, MOST_PIXELS, &|units| Ok(stack.read_stored(layer, units)?))
    }

    /// Reads what `values` gives for strips of units, into at most `most` pixels along a side.
    ///
    /// # Errors
    /// A stack without a grid, or as `values`.
    pub fn of(
        stack: &dyn Stack,
        keep: Keep,
        most: usize,
        values: &Values<'_, f32>,
    ) -> Result<Self> {
        let grid = stack.grid().ok_or_else(|| Error::Saved {
            path: "report.html".into(),
            reason: "there is no grid to draw".into(),
        })?;
        let mut picture = Self::new(grid, keep, most);
        for strip in strips(grid) {
            for (unit, value) in strip.clone().zip(values(strip)?) {
                if stack.area().get(unit) {
                    picture.take(grid, unit, Some(value).filter(|v| !v.is_nan()));
                }
            }
        }
        Ok(picture)
    }

    /// Fades the pixels of which all cells are `outside` the area of applicability.
    ///
    /// # Errors
    /// As `outside`.
    pub fn fade(mut self, stack: &dyn Stack, outside: &Values<'_, bool>) -> Result<Self> {
        let Some(grid) = stack.grid() else { return Ok(self) };
        self.faded.clone_from(&self.inside);
        for strip in strips(grid) {
            for (unit, outside) in strip.clone().zip(outside(strip)?) {
                if !outside && stack.area().get(unit) {
                    let pixel = self.pixel(grid, unit);
                    self.faded[pixel] = false;
                }
            }
        }
        Ok(self)
    }

    /// Whether any pixel is faded.
    #[must_use]
    pub fn has_faded(&self) -> bool {
        self.faded.contains(&true)
    }

    /// An empty picture of a grid.
    fn new(grid: &Grid, keep: Keep, most: usize) -> Self {
        let block_cells = grid.rows.max(grid.cols).div_ceil(most).max(1);
        let [rows, cols] = [grid.rows, grid.cols].map(|side| side.div_ceil(block_cells));
        let values = vec![f32::NAN; rows * cols];
        let nowhere = vec![false; rows * cols];
        Self { rows, cols, block_cells, keep, values, inside: nowhere.clone(), faded: nowhere }
    }

    fn pixel(&self, grid: &Grid, unit: usize) -> usize {
        let cell = grid.cell(unit);
        cell.row / self.block_cells * self.cols + cell.col / self.block_cells
    }

    /// Takes a cell of the study area in.
    fn take(&mut self, grid: &Grid, unit: usize, value: Option<f32>) {
        let cell = grid.cell(unit);
        let pixel = self.pixel(grid, unit);
        let middle = |at: usize, side: usize| {
            let from = at / self.block_cells * self.block_cells;
            at == from + (self.block_cells.min(side - from) - 1) / 2
        };
        let stands = match self.keep {
            Keep::Greatest => true,
            Keep::Middle => middle(cell.row, grid.rows) && middle(cell.col, grid.cols),
        };
        if stands {
            self.inside[pixel] = true;
            self.values[pixel] = self.values[pixel].max(value.unwrap_or(f32::NAN));
        }
    }

    /// Values below which lie the given shares (0 to 1) of the pixels with a value; zeros where there
    /// are none. For [`Keep::Middle`] an even sample of the map.
    #[must_use]
    pub fn quantiles<const N: usize>(&self, shares: [f64; N]) -> [f64; N] {
        let mut known: Vec<f32> = self.values.iter().copied().filter(|v| v.is_finite()).collect();
        known.sort_unstable_by(f32::total_cmp);
        shares.map(|share| {
            let place = (known.len().saturating_sub(1) as f64 * share).round() as usize;
            known.get(place).copied().map_or(0.0, f64::from)
        })
    }

    /// The pixels of some rows and columns, as a picture of their own.
    #[must_use]
    pub fn piece(&self, rows: Range<usize>, cols: Range<usize>) -> Self {
        let units = rows.clone().flat_map(|row| cols.clone().map(move |col| (row, col)));
        let units: Vec<usize> = units.map(|(row, col)| row * self.cols + col).collect();
        Self {
            rows: rows.len(),
            cols: cols.len(),
            block_cells: self.block_cells,
            keep: self.keep,
            values: units.iter().map(|&unit| self.values[unit]).collect(),
            inside: units.iter().map(|&unit| self.inside[unit]).collect(),
            faded: units.iter().map(|&unit| self.faded[unit]).collect(),
        }
    }

    /// Whether any pixel lies in the study area without a value.
    #[must_use]
    pub fn has_missing(&self) -> bool {
        self.values.iter().zip(&self.inside).any(|(value, inside)| *inside && value.is_nan())
    }

    /// The picture of [`Miniature::png`] as an address that holds it whole.
    ///
    /// # Errors
    /// Where the picture cannot be encoded.
    pub fn address(&self, classes: &[ColourClass]) -> Result<String> {
        Ok(address_of(&self.png(classes)?))
    }

    /// A classed PNG picture (the highest class first): outside the study area transparent, missing
    /// evidence hatched grey.
    ///
    /// # Errors
    /// Where the picture cannot be encoded.
    pub fn png(&self, classes: &[ColourClass]) -> Result<Vec<u8>> {
        let enlarge = (LEAST_PIXELS / self.cols.max(self.rows)).max(1);
        let (width, height) = (self.cols * enlarge, self.rows * enlarge);
        let mut pixels = Vec::with_capacity(width * height);
        for row in 0..height {
            for col in 0..width {
                let at = row / enlarge * self.cols + col / enlarge;
                pixels.push(match (self.inside[at], self.values[at]) {
                    (false, _) => OUTSIDE,
                    (true, value) if value.is_nan() => MISSING_PLAIN + hatched(row, col),
                    (true, value) => colour_of(f64::from(value), classes, self.faded[at]),
                });
            }
        }
        encode(width, height, &pixels, classes)
            .map_err(|error| Error::Saved { path: "picture.png".into(), reason: error.to_string() })
    }
}

/// A PNG file as an address that holds it whole, for pages that fetch nothing.
pub(crate) fn address_of(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", base64::engine::general_purpose::STANDARD.encode(png))
}

const OUTSIDE: u8 = 0;
const MISSING_PLAIN: u8 = 1;
const FIRST_CLASS: u8 = 3;
/// A palette holds 256 colours; each class has two.
const MOST_CLASSES: usize = 125;
/// What faded classes are blended with.
const PALE: Rgb = Rgb(225, 226, 228);
const HATCHING: Rgb = Rgb(160, 166, 174);

fn hatched(row: usize, col: usize) -> u8 {
    u8::from((row + col) % 8 < 2)
}

/// Palette number of the first class that a value reaches.
fn colour_of(value: f64, classes: &[ColourClass], faded: bool) -> u8 {
    let reached = classes.iter().take(MOST_CLASSES).position(|class| value >= class.at_least);
    let first = if faded { classes.len().min(MOST_CLASSES) } else { 0 };
    reached.map_or(OUTSIDE, |class| FIRST_CLASS + (first + class) as u8)
}

/// A quarter of a colour, three quarters of grey.
fn faded(Rgb(red, green, blue): Rgb) -> Rgb {
    let blend = |colour: u8, grey: u8| ((u16::from(colour) + 3 * u16::from(grey)) / 4) as u8;
    Rgb(blend(red, PALE.0), blend(green, PALE.1), blend(blue, PALE.2))
}

fn encode(
    width: usize,
    height: usize,
    pixels: &[u8],
    classes: &[ColourClass],
) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let of_classes = || classes.iter().take(MOST_CLASSES).map(|class| class.colour);
    let colours = [Rgb(255, 255, 255), MISSING, HATCHING]
        .into_iter()
        .chain(of_classes())
        .chain(of_classes().map(faded));
    let palette: Vec<u8> = colours.flat_map(|Rgb(red, green, blue)| [red, green, blue]).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette);
    encoder.set_trns(vec![0]);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use paydirt_core::grid::{Crs, GeoTransform};
    use paydirt_core::layer::{EvidenceType, LayerInfo};
    use paydirt_core::mask::Mask;

    use paydirt_core::stack::GridStack;

    use super::*;
    use crate::report::MapClass;
    use crate::style::prospectivity_classes;

    fn grid(rows: usize, cols: usize) -> Grid {
        let transform = GeoTransform { west: 0.0, north: 0.0, cell_width: 1.0, cell_height: 1.0 };
        Grid::new(Crs::local_metres(), transform, rows, cols).unwrap()
    }

    /// A map that holds everything but its first cell.
    fn of(grid: &Grid, keep: Keep, value: impl Fn(usize) -> f32) -> Miniature {
        let area = Arc::new(Mask::from_fn(grid.cells(), |unit| unit != 0));
        let mut stack = GridStack::new(grid.clone(), area);
        let info = LayerInfo {
            name: "map".into(),
            evidence_type: EvidenceType::Continuous,
            unit: String::new(),
        };
        let mut writer = stack.begin(info, None).unwrap();
        writer.write(&(0..grid.cells()).map(value).collect::<Vec<_>>()).unwrap();
        stack.finish(writer).unwrap();
        Miniature::read(&stack, "map", keep).unwrap()
    }

    /// The palette numbers of a picture.
    fn decode(bytes: &[u8]) -> (usize, Vec<u8>) {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::IDENTITY);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        (reader.info().width as usize, pixels)
    }

    #[test]
    fn one_hot_cell_of_a_huge_map_stays_visible_in_a_small_picture() {
        let grid = grid(2_900, 3_100);
        let hot = grid.unit(paydirt_core::grid::Cell { row: 1_717, col: 2_003 });
        let picture = of(&grid, Keep::Greatest, |unit| f32::from(u8::from(unit == hot)));
        assert_eq!((picture.block_cells, picture.rows, picture.cols), (3, 967, 1034));
        assert_eq!(picture.values.iter().filter(|value| **value == 1.0).count(), 1);
        assert_eq!(picture.values[1_717 / 3 * picture.cols + 2_003 / 3], 1.0);
    }

    #[test]
    fn the_middle_cell_stands_for_its_block_also_at_the_edges() {
        let grid = grid(2, 2_801);
        let picture = of(&grid, Keep::Middle, |unit| unit as f32);
        assert_eq!((picture.rows, picture.cols), (1, 934));
        assert_eq!(&picture.values[..2], &[1.0, 4.0]);
        assert_eq!(picture.values[933], 2_799.0);
        assert!(!picture.has_missing());
    }

    #[test]
    fn three_states_stay_three_and_a_bound_belongs_to_the_class_above() {
        let values = [0.9, f32::NAN, 0.5, 0.1];
        let picture = of(&grid(1, 4), Keep::Greatest, |unit| values[unit]);
        let class = MapClass { top_percent: 1.0, at_least: 0.5, known_deposits: Some(1.0) };
        let bytes = picture.png(&prospectivity_classes(&[class])).unwrap();
        let (width, pixels) = decode(&bytes);
        let of_cell = |cell: usize| {
            let row = &pixels[..width];
            let mut found = row[cell * width / 4..(cell + 1) * width / 4].to_vec();
            found.sort_unstable();
            found.dedup();
            found
        };
        assert_eq!(
            [of_cell(0), of_cell(1), of_cell(2), of_cell(3)],
            [
                vec![OUTSIDE],
                vec![MISSING_PLAIN, MISSING_PLAIN + 1],
                vec![FIRST_CLASS],
                vec![FIRST_CLASS + 1],
            ]
        );
        assert!(picture.has_missing());
    }

    #[test]
    fn maps_that_are_not_in_the_stack_are_named() {
        let stack = GridStack::new(grid(2, 2), Arc::new(Mask::new(4, true)));
        let error = Miniature::read(&stack, "prospectivity", Keep::Middle).unwrap_err();
        assert!(error.to_string().contains("`prospectivity`"), "{error}");
    }

    #[test]
    fn quantiles_of_a_ramp_and_of_nothing() {
        let ramp = of(&grid(1, 102), Keep::Middle, |unit| unit as f32);
        assert_eq!(ramp.quantiles([0.0, 0.5, 1.0]), [1.0, 51.0, 101.0]);
        assert_eq!(of(&grid(1, 3), Keep::Middle, |_| f32::NAN).quantiles([0.5]), [0.0]);
    }
}
