//! Deposits: drawn from the truth, named by camp, found or not.

use super::Deposit;
use super::frame::Frame;
use super::noise::White;
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
/// found with its chance of discovery.
pub(super) fn draw(
    frame: &Frame,
    seed: Seed,
    probability: &[f32],
    discovery: &[f32],
) -> Vec<Deposit> {
    let stream = |index| White(seed.derive("deposits", index));
    let [holds, found, east, south] = [0, 1, 2, 3].map(stream);
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
            Deposit { unit, place, name, district, found: happens(found, discovery, unit) }
        })
        .collect();
    name(frame, seed, &mut deposits);
    deposits
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
