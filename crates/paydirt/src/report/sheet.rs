//! The map sheet: what is drawn over and around a picture, in the units of its SVG view box.

use paydirt_core::grid::{Grid, Point};
use serde::Serialize;

use super::TargetLine;
use super::figures::round;
use super::number::round_step;
use super::picture::{Keep, Miniature, Pictures};
use crate::error::Result;
use crate::style::ColourClass;

/// Width of the map, in units of the view box; its height follows the ground.
const WIDTH: f64 = 720.0;
/// Highest map, so that it fits a screen and a printed page.
const MOST_HEIGHT: f64 = 820.0;

/// A place on the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spot {
    left: f64,
    top: f64,
}

/// A tick of the frame: where, and its coordinate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Tick {
    at: f64,
    text: String,
}

/// A target's best cell, and where its number stands, where there is room.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct TargetMark {
    rank: usize,
    spot: Spot,
    number: Option<Spot>,
    minor: bool,
}

/// The scale bar.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ScaleBar {
    length: f64,
    text: String,
}

/// A map with everything around it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sheet {
    width: f64,
    height: f64,
    image: String,
    classes: Vec<ColourClass>,
    has_missing: bool,
    has_faded: bool,
    eastings: Vec<Tick>,
    northings: Vec<Tick>,
    scale_bar: ScaleBar,
    geographic: bool,
    deposits: Vec<Spot>,
    targets: Vec<TargetMark>,
    without_number: usize,
    block_cells: usize,
    greatest_of_block: bool,
}

impl Sheet {
    /// A map with its deposits and the given targets.
    ///
    /// # Errors
    /// Where the picture cannot be encoded.
    pub(crate) fn new(
        pictures: &Pictures,
        picture: &Miniature,
        classes: Vec<ColourClass>,
        targets: &[TargetLine],
    ) -> Result<Self> {
        let frame = Frame::new(&pictures.grid);
        let deposits: Vec<Spot> =
            pictures.deposits.iter().filter_map(|&place| frame.spot(place)).collect();
        let targets = frame.marks(targets, &deposits);
        let [west, south, east, north] = pictures.grid.region();
        Ok(Self {
            width: frame.width,
            height: frame.height,
            image: picture.address(&classes)?,
            classes,
            has_missing: picture.has_missing(),
            has_faded: picture.has_faded(),
            eastings: ticks(west, east, |easting| frame.left(easting)),
            northings: ticks(south, north, |northing| frame.top(northing)),
            scale_bar: frame.scale_bar(),
            geographic: pictures.grid.crs.metres_per_unit.is_none(),
            without_number: targets.iter().filter(|mark| mark.number.is_none()).count(),
            deposits,
            targets,
            block_cells: picture.block_cells,
            greatest_of_block: picture.keep == Keep::Greatest,
        })
    }
}

/// Ticks at round numbers, none so near a corner that its text would run over the frame's end.
fn ticks(low: f64, high: f64, place: impl Fn(f64) -> f64) -> Vec<Tick> {
    let step = round_step(high - low, 4.0);
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let margin = (high - low) * 0.05;
    let first = ((low + margin) / step).ceil() as i64;
    let last = ((high - margin) / step).floor() as i64;
    (first..=last)
        .map(|number| number as f64 * step)
        .map(|value| Tick { at: round(place(value)), text: format!("{value:.decimals$}") })
        .collect()
}

/// Where the ground lies on the sheet.
struct Frame {
    region: [f64; 4],
    width: f64,
    height: f64,
    metres_wide: f64,
}

impl Frame {
    fn new(grid: &Grid) -> Self {
        let region = grid.region();
        let [west, south, east, north] = region;
        let [metres_east, metres_north] = grid.unit_m();
        let metres_wide = (east - west) * metres_east;
        let shape = (north - south) * metres_north / metres_wide;
        let width = WIDTH.min(MOST_HEIGHT / shape);
        Self { region, width: round(width), height: round(width * shape), metres_wide }
    }

    fn left(&self, easting: f64) -> f64 {
        let [west, _, east, _] = self.region;
        (easting - west) / (east - west) * self.width
    }

    fn top(&self, northing: f64) -> f64 {
        let [_, south, _, north] = self.region;
        (north - northing) / (north - south) * self.height
    }

    fn spot(&self, place: Point) -> Option<Spot> {
        let spot =
            Spot { left: round(self.left(place.easting)), top: round(self.top(place.northing)) };
        let inside =
            (0.0..=self.width).contains(&spot.left) && (0.0..=self.height).contains(&spot.top);
        inside.then_some(spot)
    }

    fn scale_bar(&self) -> ScaleBar {
        let metres = round_step(self.metres_wide, 7.0);
        let text =
            if metres < 1000.0 { format!("{metres} m") } else { format!("{} km", metres / 1000.0) };
        ScaleBar { length: round(metres / self.metres_wide * self.width), text }
    }

    /// Numbers are set in order of rank, each on the first free side of its cell; a number that
    /// would hide another, or a deposit, is left to the table.
    fn marks(&self, targets: &[TargetLine], deposits: &[Spot]) -> Vec<TargetMark> {
        let mut taken: Vec<Rectangle> =
            deposits.iter().map(|&spot| Rectangle::around(spot, 9.0, 9.0)).collect();
        let mut marks = Vec::new();
        for target in targets {
            let place = Point { easting: target.easting, northing: target.northing };
            let Some(spot) = self.spot(place) else { continue };
            let (wide, high) = (8.0 * target.rank.to_string().len() as f64 + 4.0, 15.0);
            let sides =
                [(1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0), (1.0, -1.0), (-1.0, 1.0)];
            let number = sides
                .iter()
                .map(|(across, down)| Spot {
                    left: round(spot.left + across * (wide / 2.0 + 6.0)),
                    top: round(spot.top + down * (high / 2.0 + 6.0)),
                })
                .find(|&centre| {
                    let wanted = Rectangle::around(centre, wide, high);
                    self.holds(wanted) && !taken.iter().any(|other| other.meets(wanted))
                });
            taken.extend(number.map(|centre| Rectangle::around(centre, wide, high)));
            marks.push(TargetMark { rank: target.rank, spot, number, minor: target.rank > 10 });
        }
        marks
    }

    fn holds(&self, box_: Rectangle) -> bool {
        box_.left >= 0.0
            && box_.top >= 0.0
            && box_.right <= self.width
            && box_.bottom <= self.height
    }
}

#[derive(Clone, Copy)]
struct Rectangle {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Rectangle {
    fn around(centre: Spot, wide: f64, high: f64) -> Self {
        Self {
            left: centre.left - wide / 2.0,
            top: centre.top - high / 2.0,
            right: centre.left + wide / 2.0,
            bottom: centre.top + high / 2.0,
        }
    }

    fn meets(self, other: Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

#[cfg(test)]
mod tests {
    use paydirt_core::grid::{Crs, GeoTransform};

    use super::*;

    fn frame(crs: Crs, cell: f64) -> Frame {
        let transform =
            GeoTransform { west: 0.0, north: 60.0 + cell, cell_width: cell, cell_height: cell };
        Frame::new(&Grid::new(crs, transform, 2, 4).unwrap())
    }

    #[test]
    fn a_scale_bar_is_round_and_true() {
        let frame = frame(Crs::local_metres(), 25_000.0);
        assert_eq!((frame.width, frame.height), (720.0, 360.0));
        assert_eq!(frame.scale_bar(), ScaleBar { length: 144.0, text: "20 km".into() });
    }

    #[test]
    fn a_degree_of_longitude_is_half_as_wide_at_sixty_north() {
        let degrees = Crs { wkt: String::new(), authority: None, metres_per_unit: None };
        let frame = frame(degrees, 0.5);
        assert!((frame.metres_wide / 111_194.9 - 1.0).abs() < 0.01, "{}", frame.metres_wide);
        assert!((frame.height / frame.width - 1.0).abs() < 0.01);
    }

    #[test]
    fn ticks_are_round_numbers_inside_the_frame() {
        let found = ticks(-164_174.0, 88_325.0, |easting| easting);
        let texts: Vec<_> = found.iter().map(|tick| tick.text.as_str()).collect();
        assert_eq!(texts, ["-100000", "0"]);
        assert_eq!(ticks(140.05, 140.6, |easting| easting)[0].text, "140.2");
        let corners: Vec<_> = ticks(400_000.0, 430_000.0, |easting| easting)
            .into_iter()
            .map(|tick| tick.text)
            .collect();
        assert_eq!(corners, ["410000", "420000"]);
    }

    #[test]
    fn numbers_never_hide_each_other() {
        let frame = frame(Crs::local_metres(), 100.0);
        let crowd: Vec<TargetLine> = (1..=30)
            .map(|rank| TargetLine { rank, easting: 200.0, northing: 60.0, ..Default::default() })
            .collect();
        let marks = frame.marks(&crowd, &[]);
        let numbers = marks.iter().filter_map(|mark| mark.number).collect::<Vec<_>>();
        assert_eq!((marks.len(), numbers.len()), (30, 4));
        for (index, &one) in numbers.iter().enumerate() {
            for &other in &numbers[..index] {
                let [one, other] = [one, other].map(|spot| Rectangle::around(spot, 11.0, 14.0));
                assert!(!one.meets(other));
            }
        }
    }
}
