mod contract;
mod designs;

use std::sync::Arc;

use rand::RngExt;

use super::*;
use crate::grid::{Crs, GeoTransform, Grid};
use crate::label::Role;
use crate::layer::{EvidenceType, Layer, LayerInfo};
use crate::mask::Mask;
use crate::stack::{GridStack, TableStack};
use crate::table::{Column, Table};

const ROWS: usize = 40;
const COLS: usize = 60;

/// 40 x 60 cells of 100 m, all in the study area but the first three rows.
fn stack() -> GridStack {
    let transform =
        GeoTransform { west: 5000.0, north: 9000.0, cell_width: 100.0, cell_height: 100.0 };
    let grid = Grid::new(Crs::local_metres(), transform, ROWS, COLS).unwrap();
    let area = Arc::new(Mask::from_fn(ROWS * COLS, |unit| unit >= 3 * COLS));
    let mut stack = GridStack::new(grid, Arc::clone(&area));
    let classes = (0..ROWS * COLS).map(province).collect();
    stack.push(&Layer::new(classified(), classes, area), None).unwrap();
    stack
}

/// Eight provinces of 15 x 20 cells.
fn province(unit: usize) -> f32 {
    (unit / COLS / 20 * 4 + unit % COLS / 15) as f32
}

fn classified() -> LayerInfo {
    let evidence_type = EvidenceType::Categorical;
    LayerInfo { name: "province".into(), evidence_type, unit: "class".into() }
}

fn table(rows: usize, places: Option<Vec<Point>>) -> TableStack {
    let classes = (0..rows).map(province).collect();
    let column = Column::new("province", "province", EvidenceType::Categorical, classes);
    TableStack::new(vec![classified()], Table::new(rows, vec![column]).unwrap(), places).unwrap()
}

fn sample(unit: usize, deposit: bool, group: Option<&str>) -> Sample {
    let role = if deposit { Role::Deposit } else { Role::Unlabelled };
    let year = 1950 + (unit % 60) as i32;
    Sample { unit, role, weight: 1.0, group: group.map(Into::into), year: deposit.then_some(year) }
}

fn deposits(seed: u64, count: usize) -> Vec<Sample> {
    let mut rng = Seed(seed).rng();
    (0..count).map(|_| sample(rng.random_range(3 * COLS..ROWS * COLS), true, None)).collect()
}

fn blocks(block_m: f64, buffer_m: f64) -> blocks::Settings {
    blocks::Settings { block_m, buffer_m, ..blocks::Settings::default() }
}

fn groups() -> leave_one_group_out::Settings {
    leave_one_group_out::Settings { buffer_m: 450.0, ..Default::default() }
}

/// The first fold that holds a unit out.
fn fold_of(territory: &dyn Territory, unit: usize) -> usize {
    (0..territory.folds()).find(|&fold| territory.holds_out(unit, fold)).unwrap()
}

fn square_distance(place: Point, ring: &[Point]) -> f64 {
    let east = place.easting - place.easting.clamp(ring[0].easting, ring[2].easting);
    let north = place.northing - place.northing.clamp(ring[2].northing, ring[0].northing);
    east.hypot(north)
}

#[test]
fn the_buffer_of_blocks_is_exact() {
    let stack = stack();
    for (block_m, buffer_m) in [(1000.0, 0.0), (1000.0, 350.0), (700.0, 700.0), (500.0, 1300.0)] {
        let settings = blocks(block_m, buffer_m);
        let territory = settings.part(&stack, &deposits(2, 30), Seed(3)).unwrap();
        let parts = territory.parts();
        let mut trained = 0;
        for unit in stack.area().iter() {
            let place = stack.place(unit).unwrap();
            for fold in 0..territory.folds() {
                let rings = parts.iter().filter(|part| part.fold == fold).map(|p| &p.outline);
                let near = rings.map(|ring| square_distance(place, ring)).fold(1e9, f64::min);
                let may = fold_of(&*territory, unit) != fold && near >= buffer_m;
                assert_eq!(territory.may_train(unit, fold), may, "{unit} {fold} {near}");
                trained += usize::from(may);
            }
            let own = parts.iter().find(|part| square_distance(place, &part.outline) == 0.0);
            assert!(own.is_some());
        }
        assert!(trained > 0);
    }
}

#[test]
fn nearest_deposits_and_their_buffer_are_those_of_brute_force() {
    let stack = stack();
    let samples = deposits(5, 60);
    let sites: Vec<Point> = samples.iter().map(|s| stack.place(s.unit).unwrap()).collect();
    for buffer_m in [0.0, 200.0, 1500.0] {
        let settings = leave_one_group_out::Settings { buffer_m, ..Default::default() };
        let territory = settings.part(&stack, &samples, Seed(1)).unwrap();
        let fold_of_site: Vec<usize> =
            samples.iter().map(|s| fold_of(&*territory, s.unit)).collect();
        for unit in 0..stack.units() {
            let place = stack.place(unit).unwrap();
            let near = sites.iter().map(|site| site.distance(place)).fold(1e9, f64::min);
            let fold = fold_of(&*territory, unit);
            let mut own = sites.iter().zip(&fold_of_site).filter(|(_, of)| **of == fold);
            let (nearest, _) = own.find(|(site, _)| site.distance(place) == near).unwrap();
            for other in (0..territory.folds()).filter(|&other| other != fold) {
                let mut held = sites.iter().zip(&fold_of_site).filter(|(_, of)| **of == other);
                let clear = held.all(|(site, _)| {
                    let far = site.distance(place);
                    (far - near) * (far + near) / (2.0 * nearest.distance(*site)) >= buffer_m
                });
                assert_eq!(territory.may_train(unit, other), clear, "{unit} {other}");
            }
        }
    }
}

fn ring_area(ring: &[Point]) -> f64 {
    let cross = |p: &[Point]| p[0].easting * p[1].northing - p[1].easting * p[0].northing;
    (ring.windows(2).map(cross).sum::<f64>() / 2.0).abs()
}

#[test]
fn the_outlines_of_districts_share_the_ground() {
    let territory = groups().part(&stack(), &deposits(5, 40), Seed(1)).unwrap();
    let area: f64 = territory.parts().iter().map(|part| ring_area(&part.outline)).sum();
    assert!((area - 6000.0 * 4000.0).abs() < 1.0, "{area}");
}

#[test]
fn deposits_are_spread_evenly_and_another_seed_deals_otherwise() {
    let stack = stack();
    let samples: Vec<Sample> =
        (0..17).map(|n| sample((5 + 10 * (n / 6)) * COLS + 5 + 10 * (n % 6), true, None)).collect();
    let count = |seed| {
        let territory = blocks(1000.0, 0.0).part(&stack, &samples, Seed(seed)).unwrap();
        assert!(territory.warnings().is_empty());
        let folds = folds(&*territory, &samples);
        let ground: Vec<usize> = (0..5)
            .map(|fold| stack.area().iter().filter(|&u| fold_of(&*territory, u) == fold).count())
            .collect();
        assert!(ground.iter().max().unwrap() - ground.iter().min().unwrap() <= 200, "{ground:?}");
        (folds.iter().map(|fold| fold.held_out.len()).collect::<Vec<_>>(), hash(&samples, &folds))
    };
    for seed in 0..10 {
        let (mut sizes, _) = count(seed);
        sizes.sort_unstable();
        assert_eq!(sizes, [3, 3, 3, 4, 4]);
    }
    assert_eq!(count(1), count(1));
    assert_ne!(count(1).1, count(2).1);
}

#[test]
fn rich_blocks_are_dealt_apart() {
    // Blocks of 9, 4, 4, 1, 1, 1, 1 and 1 deposits, and a corner of little ground.
    let corners = [(10, 0), (10, 10), (10, 20), (10, 30), (20, 0), (20, 10), (20, 20), (0, 50)];
    let samples: Vec<Sample> = corners
        .into_iter()
        .zip([9, 4, 4, 1, 1, 1, 1, 1])
        .flat_map(|((row, col), count)| {
            (0..count).map(move |n| sample((row + 5) * COLS + col + n, true, None))
        })
        .collect();
    for seed in 0..5 {
        let territory = blocks(1000.0, 0.0).part(&stack(), &samples, Seed(seed)).unwrap();
        let folds = folds(&*territory, &samples);
        let mut sizes: Vec<usize> = folds.iter().map(|fold| fold.held_out.len()).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [2, 3, 4, 4, 9]);
    }
}

#[test]
fn the_hash_changes_when_a_sample_moves() {
    let stack = stack();
    let mut samples = deposits(4, 10);
    samples.push(sample(700, false, None));
    let hashed = |samples: &[Sample]| {
        let territory = blocks(1000.0, 0.0).part(&stack, samples, Seed(1)).unwrap();
        hash(samples, &folds(&*territory, samples))
    };
    let before = hashed(&samples);
    assert_eq!(before, hashed(&samples));
    samples[10].unit = 701;
    assert_ne!(before, hashed(&samples));
}

#[test]
fn too_little_ground_is_said() {
    let stack = stack();
    let near = [sample(500, true, None), sample(501, true, None), sample(502, true, None)];
    let error = blocks(1000.0, 0.0).part(&stack, &near, Seed(1)).err().unwrap();
    assert!(error.to_string().starts_with("blocks of 1000 m with deposits"), "{error}");
    let far = [sample(500, true, None), sample(540, true, None), sample(2000, true, None)];
    let territory = blocks(1000.0, 0.0).part(&stack, &far, Seed(1)).unwrap();
    assert_eq!((territory.folds(), territory.warnings().len()), (3, 1));
    // Two of the three in one group leave two; all in one group leave none to compare.
    let grouped = |group: [Option<&str>; 3]| {
        let samples: Vec<Sample> = (0..3).map(|n| sample(far[n].unit, true, group[n])).collect();
        blocks(1000.0, 0.0).part(&stack, &samples, Seed(1)).map(|t| t.folds())
    };
    assert_eq!(grouped([Some("a"), Some("a"), None]).unwrap(), 2);
    assert!(grouped([Some("a"), Some("a"), Some("a")]).is_err());
    for settings in [
        blocks(0.0, 0.0),
        blocks(f64::NAN, 0.0),
        blocks(1.0, 0.0),
        blocks(1000.0, -1.0),
        blocks::Settings { folds: 1, ..Default::default() },
        blocks::Settings { repeats: 0, ..Default::default() },
    ] {
        let error = settings.part(&stack, &far, Seed(1)).err().unwrap();
        assert!(matches!(error, Error::BadSetting { .. }), "{error}");
    }
}

#[test]
fn a_table_is_parted_by_place_or_by_group() {
    let places: Vec<Point> = (0..30)
        .map(|row| Point { easting: f64::from(row % 6) * 1e3, northing: f64::from(row / 6) * 1e3 })
        .collect();
    let samples: Vec<Sample> = (0..30).map(|row| sample(row, row % 4 == 0, None)).collect();
    let placed = table(30, Some(places.clone()));
    for split in [Split::Blocks(blocks(1000.0, 450.0)), Split::LeaveOneGroupOut(groups())] {
        let territory = split.part(&placed, &samples, Seed(1)).unwrap();
        assert!(samples.iter().all(|sample| fold_of(&*territory, sample.unit) < territory.folds()));
    }
    let mut broken = places;
    broken[3].easting = f64::NAN;
    assert!(blocks(1000.0, 0.0).part(&table(30, Some(broken)), &samples, Seed(1)).is_err());

    let bare = table(30, None);
    assert!(blocks(1000.0, 0.0).part(&bare, &samples, Seed(1)).is_err());
    let mut grouped = samples;
    for (row, group) in [(0, "a"), (4, "a"), (1, "a"), (8, "b"), (2, "waste"), (3, "waste")] {
        grouped[row].group = Some(group.into());
    }
    let territory = groups().part(&bare, &grouped, Seed(1)).unwrap();
    // Eight deposits, two of them in one group.
    assert_eq!(territory.folds(), 7);
    assert_eq!(fold_of(&*territory, 0), fold_of(&*territory, 1));
    assert_eq!(fold_of(&*territory, 2), fold_of(&*territory, 3));
    let of_fold = |fold| (0..30).filter(|&row| fold_of(&*territory, row) == fold).count();
    assert!((0..7).all(|fold| of_fold(fold) >= 2));
    assert!(territory.parts().iter().all(|part| part.outline.is_empty()));
}

#[test]
fn blocks_on_a_geographic_grid_are_squares_on_the_ground() {
    let transform = GeoTransform { west: 20.0, north: 60.5, cell_width: 0.01, cell_height: 0.01 };
    let crs = Crs { metres_per_unit: None, ..Crs::local_metres() };
    let grid = Grid::new(crs, transform, 100, 200).unwrap();
    let stack = GridStack::new(grid, Arc::new(Mask::new(20_000, true)));
    let samples = [sample(0, true, None), sample(19_999, true, None)];
    let territory = blocks(20_000.0, 0.0).part(&stack, &samples, Seed(1)).unwrap();
    let ring = &territory.parts()[0].outline;
    // At 60 degrees north a degree of longitude is half as long as one of latitude.
    let width = ring[1].easting - ring[0].easting;
    let height = ring[0].northing - ring[2].northing;
    assert!((height - 20_000.0 / 111_194.9).abs() < 1e-6, "{height}");
    assert!((width / height - 2.0).abs() < 1e-9, "{width}");
}

#[test]
fn the_random_control_deals_deposits_and_others_apart() {
    let mut samples = deposits(1, 11);
    samples.extend((0..50).map(|unit| sample(unit, false, None)));
    let folds = random_control(&samples, 5, Seed(1));
    for fold in &folds {
        let found = fold.held_out.iter().filter(|&&row| samples[row].is_deposit()).count();
        assert!((2..=3).contains(&found) && fold.held_out.len() - found == 10);
        assert_eq!(fold.training.len() + fold.held_out.len(), 61);
    }
    assert!(check(&samples, &folds).is_ok());
    assert!(check(&samples[..11], &random_control(&samples[..11], 5, Seed(1))).is_err());
    assert!(check(&samples, &random_control(&samples, 1, Seed(1))).is_err());
    assert!(random_control(&samples, 0, Seed(1)).is_empty());
}
