//! Cards of the best targets: a piece of the map, what is known of the target, and what speaks for it.

use serde::Serialize;

use super::TargetLine;
use super::bars::{Bars, bars};
use super::figures::round;
use super::html::TargetRow;
use super::number::{length, round_step, significant};
use super::picture::Pictures;
use crate::error::Result;
use crate::style::ColourClass;
use paydirt_core::grid::Point;

/// Targets that have a card.
const MOST_CARDS: usize = 8;
/// Side of the piece of map, in units of its view box.
const SIDE: f64 = 150.0;
/// Pixels of the map from the best cell to the edge of the piece.
const REACH: usize = 30;

/// A target on one card.
#[derive(Serialize)]
pub(super) struct Card<'a> {
    row: &'a TargetRow<'a>,
    place: Option<Locator>,
    drivers: Option<Bars>,
}

/// A piece of the map around a target's best cell.
#[derive(Serialize)]
struct Locator {
    image: String,
    left: f64,
    top: f64,
    deposits: Vec<[f64; 2]>,
    bar: f64,
    bar_text: String,
}

/// The cards of the best targets.
///
/// # Errors
/// Where a picture cannot be encoded.
pub(super) fn cards<'a>(
    rows: &'a [TargetRow<'a>],
    pictures: Option<&Pictures>,
    classes: &[ColourClass],
) -> Result<Vec<Card<'a>>> {
    let card = |row: &'a TargetRow<'a>| {
        let drivers = row.target.drivers.iter();
        let drivers = drivers.map(|driver| (driver.layer.clone(), driver.share, 0.0)).collect();
        let place = pictures.map(|pictures| locate(row.target, pictures, classes)).transpose()?;
        Ok(Card { row, place: place.flatten(), drivers: bars(drivers, significant) })
    };
    rows.iter().take(MOST_CARDS).map(card).collect()
}

fn locate(
    target: &TargetLine,
    pictures: &Pictures,
    classes: &[ColourClass],
) -> Result<Option<Locator>> {
    let map = &pictures.prospectivity;
    let grid = &pictures.grid;
    let block = map.block_cells as f64;
    // Pixels from the north-western corner, with fractions.
    let pixel = |place: Point| {
        let transform = &grid.transform;
        let col = (place.easting - transform.west) / transform.cell_width;
        let row = (transform.north - place.northing) / transform.cell_height;
        [col / block, row / block]
    };
    let [col, row] = pixel(Point { easting: target.easting, northing: target.northing });
    if !(0.0..map.cols as f64).contains(&col) || !(0.0..map.rows as f64).contains(&row) {
        return Ok(None);
    }
    let side = (2 * REACH).min(map.cols).min(map.rows);
    let from = |at: f64, most: usize| (at as usize).saturating_sub(side / 2).min(most - side);
    let [first_col, first_row] = [from(col, map.cols), from(row, map.rows)];
    let piece = map.piece(first_row..first_row + side, first_col..first_col + side);
    let scale = SIDE / side as f64;
    let spot = |[col, row]: [f64; 2]| {
        [round((col - first_col as f64) * scale), round((row - first_row as f64) * scale)]
    };
    let deposits = pictures.deposits.iter().map(|&place| spot(pixel(place)));
    let inside = |spot: &[f64; 2]| spot.iter().all(|at| (0.0..=SIDE).contains(at));
    let [left, top] = spot([col, row]);
    let wide_m = side as f64 * block * grid.transform.cell_width * grid.unit_m()[0];
    let bar_m = round_step(wide_m, 3.0);
    Ok(Some(Locator {
        image: piece.address(classes)?,
        left,
        top,
        deposits: deposits.filter(inside).collect(),
        bar: round(bar_m / wide_m * SIDE),
        bar_text: length(bar_m),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::html::target_rows;
    use crate::report::sample;
    use crate::style::prospectivity_classes;

    #[test]
    fn a_card_shows_the_ground_around_its_target() {
        let (report, pictures) = (sample::report(), sample::pictures());
        let rows = target_rows(&report, Some(&pictures));
        let classes = prospectivity_classes(&report.map.as_ref().unwrap().classes);
        let cards = cards(&rows, Some(&pictures), &classes).unwrap();
        assert_eq!(cards.len(), MOST_CARDS);
        let place = cards[0].place.as_ref().unwrap();
        assert!(place.bar > 10.0 && place.bar < SIDE, "{}", place.bar);
        for at in [place.left, place.top] {
            assert!((0.0..=SIDE).contains(&at), "{at}");
        }
        assert_eq!(cards[0].drivers.as_ref().map(|_| ()), Some(()));
    }

    #[test]
    fn a_target_that_is_not_on_the_map_has_no_place() {
        let (mut report, pictures) = (sample::report(), sample::pictures());
        report.targets[0].easting = 1e12;
        let rows = target_rows(&report, Some(&pictures));
        assert!(cards(&rows, Some(&pictures), &[]).unwrap()[0].place.is_none());
        assert!(cards(&rows, None, &[]).unwrap()[0].place.is_none());
    }
}
