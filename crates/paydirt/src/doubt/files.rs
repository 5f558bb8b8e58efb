//! The maps of doubt as files with their styles, and as pictures.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use paydirt_core::grid::Grid;
use paydirt_core::stack::Stack;
use paydirt_io::cog::{self, Band, Cell, Overviews, Spec};

use super::maps::{self, DENSITY, DISSIMILARITY, DROPOUT, SET};
use super::summary::DoubtLine;
use crate::draw::{Maps, PROSPECTIVITY, RANK, SPREAD};
use crate::error::Result;
use crate::report::{DoubtPictures, Keep, Miniature};
use crate::style;

/// Pixels along the longer side of a small picture.
pub(crate) const SMALL_PIXELS: usize = 420;
/// How opaque cells outside the area of applicability are, of 255.
const PALE: f32 = 70.0;

/// Maps of a run, on their way into files.
#[derive(Clone, Copy)]
pub struct Files<'a> {
    /// The folder.
    pub place: &'a Path,
    /// The grid.
    pub grid: &'a Grid,
    /// The maps.
    pub maps: &'a Maps,
    /// The same in figures.
    pub line: &'a DoubtLine,
    /// What every file says of itself.
    pub tags: &'a BTreeMap<String, String>,
}

/// Whether a map has a second band, in which cells outside the area of applicability are pale.
#[must_use]
pub fn fades(maps: &Maps, name: &str) -> bool {
    [PROSPECTIVITY, RANK].contains(&name) && maps::has(maps, DENSITY)
}

/// The second band of a map: how opaque its cells are.
///
/// # Errors
/// Where the map of densities cannot be read.
pub fn opacity(maps: &Maps, units: Range<usize>) -> paydirt_core::Result<Vec<f32>> {
    let outside = maps::outside(maps, units)?.into_iter();
    Ok(outside.map(|outside| if outside { PALE } else { 255.0 }).collect())
}

impl Files<'_> {
    /// Writes every file.
    ///
    /// # Errors
    /// Where one cannot be written.
    pub fn write(&self) -> Result<()> {
        let Self { maps, line, .. } = *self;
        self.uncertainty()?;
        let causes: Vec<_> = line.causes.iter().map(|line| line.cause).collect();
        self.classes(
            "dominant_cause",
            style::numbered(&style::cause_classes(&causes))?,
            |units| dominant(maps, units),
        )?;
        let bounds = line.risk_return.bounds;
        let risk = style::numbered(&style::risk_classes(&line.risk_return))?;
        self.classes("risk_return", risk, |units| Ok(numbers(bounds.classes(maps, units)?)))?;
        if let Some(line) = &line.conformal {
            self.classes(SET, style::numbered(&style::set_classes(line))?, |units| {
                maps.stack.read_stored(SET, units)
            })?;
        }
        if maps::has(maps, DROPOUT) {
            let spread = Miniature::read(&maps.stack, DROPOUT, Keep::Middle)?;
            let classes = style::spread_classes(spread.quantiles(style::SPREAD_SHARES));
            let bands = [(DROPOUT, "standard deviation of the score")];
            let style = style::discrete(&classes)?;
            self.file(DROPOUT, &bands, (style, Overviews::Average), |_, units| {
                maps.stack.read_stored(DROPOUT, units)
            })?;
        }
        let Some(line) = &line.applicability else { return Ok(()) };
        let bands =
            [(DISSIMILARITY, ""), ("inside", "1 inside, 0 outside"), (DENSITY, "training rows")];
        let style = style::discrete(&style::dissimilarity_classes(line))?;
        let inside = |density: f32| if density > 0.0 { 1.0 } else { density };
        self.file("applicability", &bands, (style, Overviews::Average), |band, units| match band {
            0 => maps.stack.read_stored(DISSIMILARITY, units),
            1 => Ok(maps.stack.read_stored(DENSITY, units)?.into_iter().map(inside).collect()),
            _ => maps.stack.read_stored(DENSITY, units),
        })
    }

    /// Total and parts, then the parts' shares in the variance.
    fn uncertainty(&self) -> Result<()> {
        let maps = self.maps;
        let keys = || self.line.causes.iter().map(|line| line.cause.key());
        let shares: Vec<String> = keys().map(|key| format!("share_{key}")).collect();
        let parts = std::iter::once("total").chain(keys());
        let bands: Vec<(&str, &str)> = parts
            .map(|name| (name, "standard deviation of the probability"))
            .chain(shares.iter().map(|name| (name.as_str(), "share of the variance")))
            .collect();
        let total = Miniature::read(&maps.stack, SPREAD, Keep::Middle)?;
        let style = style::discrete(&style::spread_classes(total.quantiles(style::SPREAD_SHARES)))?;
        let count = shares.len();
        self.file("uncertainty", &bands, (style, Overviews::Average), |band, units| match band {
            0 => maps.stack.read_stored(SPREAD, units),
            _ if band <= count => maps::part(maps, self.line.causes[band - 1].cause, units),
            _ => Ok(maps::shares(&maps::parts(maps, units)?).swap_remove(band - 1 - count)),
        })
    }

    /// A map of numbered classes, in bytes.
    fn classes(
        &self,
        name: &str,
        style: String,
        values: impl Fn(Range<usize>) -> paydirt_core::Result<Vec<f32>>,
    ) -> Result<()> {
        let byte = |class: f32| if class.is_nan() { u8::MISSING } else { class as u8 };
        self.file(name, &[(name, "class")], (style, Overviews::Nearest), |_, units| {
            Ok(values(units)?.into_iter().map(byte).collect())
        })
    }

    /// A file of bands with its style; `cells` gives those of some units of a band.
    pub(crate) fn file<C: Cell>(
        &self,
        name: &str,
        bands: &[(&str, &str)],
        (style, overviews): (String, Overviews),
        cells: impl Fn(usize, Range<usize>) -> paydirt_core::Result<Vec<C>>,
    ) -> Result<()> {
        let band =
            |(name, unit): &(&str, &str)| Band { name: (*name).into(), unit: (*unit).into() };
        let bands = bands.iter().map(band).collect();
        let spec = Spec { bands, tags: self.tags.clone(), overviews };
        let path = self.place.join(format!("{name}.tif"));
        let cols = self.grid.cols;
        cog::write_bands::<C>(&path, self.grid, &spec, &mut |band, rows| {
            Ok(cells(band, rows.start * cols..rows.end * cols)?)
        })?;
        Ok(fs_err::write(path.with_extension("qml"), style)?)
    }
}

fn numbers(classes: Vec<Option<usize>>) -> Vec<f32> {
    classes.into_iter().map(|class| class.map_or(f32::NAN, |class| class as f32)).collect()
}

/// One more than the place of the dominant cause in [`super::Cause::ALL`], 0 where nothing varies.
fn dominant(maps: &Maps, units: Range<usize>) -> paydirt_core::Result<Vec<f32>> {
    let spreads = maps.stack.read_stored(SPREAD, units.clone())?;
    let causes = maps::causes(maps);
    let places = maps::dominant(&maps::shares(&maps::parts(maps, units)?));
    let number = |place: Option<usize>| place.map_or(0, |place| causes[place].index() + 1);
    let places = places.into_iter().chain(std::iter::repeat(None));
    let known = spreads.iter().zip(places);
    Ok(known
        .map(|(spread, place)| if spread.is_nan() { f32::NAN } else { number(place) as f32 })
        .collect())
}

/// What the report draws.
///
/// # Errors
/// Where a map cannot be read.
pub fn pictures(maps: &Maps, line: &DoubtLine) -> Result<DoubtPictures> {
    let stack = &maps.stack;
    let middle = |values: &crate::report::Values<'_, f32>| {
        Miniature::of(stack, Keep::Middle, 2 * SMALL_PIXELS, values)
    };
    let stored = |name: &'static str| {
        let read = |units: Range<usize>| Ok(stack.read_stored(name, units)?);
        maps::has(maps, name).then(|| middle(&read)).transpose()
    };
    let mut shares = Vec::new();
    for (place, line) in line.causes.iter().enumerate() {
        let share =
            |units: Range<usize>| Ok(maps::shares(&maps::parts(maps, units)?).swap_remove(place));
        shares.push((line.cause, Miniature::of(stack, Keep::Middle, SMALL_PIXELS, &share)?));
    }
    let bounds = line.risk_return.bounds;
    let leading = middle(&|units| Ok(dominant(maps, units)?))?;
    let [median] = Miniature::read(stack, SPREAD, Keep::Middle)?.quantiles([0.5]);
    let median = median as f32;
    Ok(DoubtPictures {
        dominant: Some(leading.fade(stack, &|units| {
            Ok(stack
                .read_stored(SPREAD, units)?
                .into_iter()
                .map(|spread| spread < median)
                .collect())
        })?),
        shares,
        dissimilarity: stored(DISSIMILARITY)?,
        set: stored(SET)?,
        risk: Some(middle(&|units| Ok(numbers(bounds.classes(maps, units)?)))?),
    })
}
