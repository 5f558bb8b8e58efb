//! Deposits: drawn from the truth, named by camp, found or not.

use super::frame::Frame;
use super::noise::White;
use super::{Deposit, FIRST_YEAR, YEARS};
use crate::grid::Point;
use crate::seed::Seed;

/// Deposits of one camp lie within this distance of its first, as a share of the longer side. No
/// more than 400 camps so far apart fit into a district.
const CAMP: f64 = 0.06;

/// First and second words of the names of camps: 20 x 20 names.
const FIRST: [&str; 20] = [
    "Copper", "Dry", "Eagle", "Flint", "Granite", "Heron", "Iron", "Juniper", "Kestrel", "Long",
    "Magpie", "North", "Old", "Pine", "Quail", "Raven", "Silver", "Three", "Upper", "Willow",
];
const SECOND: [&str; 20] = [
    "Basin", "Bend", "Bluff", "Butte", "Canyon", "Creek", "Dome", "Flat", "Gap", "Gulch", "Hill",
    "Knob", "Lake", "Mesa", "Pass", "Peak", "Ridge", "Rock", "Spring", "Valley",
];

/// Draws each cell of the study area by itself: it holds a deposit with its probability, which is
/// found with its chance of discovery, and the sooner the greater that is.
pub(super) fn draw(
    frame: &Frame,
    seed: Seed,
    probability: &[f32],
    discovery: &[f32],
) -> Vec<Deposit> {
    let stream = |index| White(seed.derive("deposits", index));
    let [holds, found, east, south, when] = [0, 1, 2, 3, 4].map(stream);
    let happens =
        |white: White, chance: &[f32], unit| white.uniform(unit) < f64::from(chance[unit]);
    let cell = &frame.grid.transform;
    let mut deposits: Vec<Deposit> = frame
        .area
        .iter()
        .filter(|&unit| happens(holds, probability, unit))
        .map(|unit| {
            let centre = frame.grid.centre(unit);
            let place = Point {
                easting: centre.easting + cell.cell_width * (0.9 * east.uniform(unit) - 0.45),
                northing: centre.northing + cell.cell_height * (0.9 * south.uniform(unit) - 0.45),
            };
            let (name, district) = (String::new(), String::new());
            let found = happens(found, discovery, unit);
            let year = found.then(|| year(f64::from(discovery[unit]), when.uniform(unit)));
            Deposit { unit, place, name, district, found, year }
        })
        .collect();
    name(frame, seed, &mut deposits);
    deposits
}

/// The year of a find whose chance was `chance` over all years, of equal hazard in each: given that it was
/// made at all, a share `part` of such finds was made earlier.
fn year(chance: f64, part: f64) -> i32 {
    // What is sure to be found is not all found at once.
    let chance = chance.min(0.99);
    let time = if chance > 0.0 { (-part * chance).ln_1p() / (-chance).ln_1p() } else { part };
    FIRST_YEAR + ((f64::from(YEARS) * time) as i32).min(YEARS - 1)
}

/// Gives each deposit to the nearest camp, or makes it the first of a new one.
fn name(frame: &Frame, seed: Seed, deposits: &mut [Deposit]) {
    let reach = CAMP * frame.side_m();
    let shuffle = seed.derive("names", 0).0 as usize % 400;
    let mut camps: Vec<(Point, usize)> = Vec::new();
    for deposit in deposits {
        let away = |camp: &(Point, usize)| camp.0.distance(deposit.place);
        let near = (0..camps.len())
            .filter(|&camp| away(&camps[camp]) <= reach)
            .min_by(|&one, &two| away(&camps[one]).total_cmp(&away(&camps[two])));
        let camp = near.unwrap_or_else(|| {
            camps.push((deposit.place, 0));
            camps.len() - 1
        });
        camps[camp].1 += 1;
        // 147 and 400 have no common factor: every camp has a name of its own.
        let words = (shuffle + 147 * camp) % 400;
        deposit.district = format!("{} {}", FIRST[words / 20], SECOND[words % 20]);
        deposit.name = format!("{} {}", deposit.district, camps[camp].1);
    }
}
