use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::layer::CellState;
use crate::step::Geometry;

fn small(seed: u64) -> Settings {
    Settings { rows: 60, cols: 80, deposits: 40.0, seed, ..Settings::default() }
}

/// What one layer says of a cell: hosts instead of rock units, which have no order.
fn reading(layer: &Layer, unit: usize) -> Option<f64> {
    let value = layer.value(unit)?;
    Some(if layer.info.name == "lithology" { bedrock::rock(value).host } else { value.into() })
}

/// How far an area under the ROC curve tells apart, whichever end of the layer is the good one.
fn skill(signed: f64) -> f64 {
    0.5 + (signed - 0.5).abs()
}

/// Area under the ROC curve: each known cell is a deposit with weight `chance` and none with the
/// rest. Ties count half.
fn auc(layer: &Layer, chance: impl Fn(usize) -> f64) -> f64 {
    let mut cells: Vec<(f64, f64)> = (layer.area().iter())
        .filter_map(|unit| Some((reading(layer, unit)?, chance(unit))))
        .collect();
    cells.sort_by(|one, two| one.0.total_cmp(&two.0));
    let (mut below, mut won, mut deposits) = (0.0, 0.0, 0.0);
    for tie in cells.chunk_by(|one, two| one.0 == two.0) {
        let here: f64 = tie.iter().map(|cell| cell.1).sum();
        let barren = tie.len() as f64 - here;
        won += here * (below + barren / 2.0);
        below += barren;
        deposits += here;
    }
    won / (below * deposits)
}

fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.into_iter().collect();
    values.iter().sum::<f64>() / values.len() as f64
}

fn bits(district: &District) -> Vec<u32> {
    let layers = district.layers.iter().flat_map(|layer| layer.stored());
    layers.chain(&district.truth).chain(&district.discovery).map(|value| value.to_bits()).collect()
}

#[test]
fn a_seed_makes_the_same_district_on_any_number_of_threads() {
    let on = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| generate(&small(seed)).unwrap())
    };
    let (one, many, other) = (on(1, 5), on(7, 5), on(1, 6));
    assert_eq!(bits(&one), bits(&many));
    assert_eq!((&one.deposits, &one.faults), (&many.deposits, &many.faults));
    assert_eq!((&one.area, &one.cover), (&many.area, &many.cover));
    assert_ne!(bits(&one), bits(&other));
}

#[test]
fn there_are_as_many_deposits_as_expected() {
    let districts: Vec<District> = (0..25).map(|seed| generate(&small(seed)).unwrap()).collect();
    for district in &districts {
        let sum: f64 = district.area.iter().map(|unit| f64::from(district.truth[unit])).sum();
        assert!((sum - 40.0).abs() < 1e-3, "{sum}");
    }
    let total: usize = districts.iter().map(|district| district.deposits.len()).sum();
    // 1000 expected, with a variance below that of a Poisson number: four standard deviations.
    assert!(total.abs_diff(1000) < 127, "{total}");
}

#[test]
fn deposits_lie_where_the_truth_is_high_and_in_their_own_cells() {
    for seed in 0..4 {
        let district = generate(&small(seed)).unwrap();
        let beaten = |unit: usize| {
            let lower = |&other: &usize| district.truth[other] < district.truth[unit];
            district.area.iter().filter(lower).count() as f64 / district.area.count() as f64
        };
        let percentile = mean(district.deposits.iter().map(|deposit| beaten(deposit.unit)));
        assert!(percentile > 0.8, "{percentile}");
        for deposit in &district.deposits {
            assert_eq!(district.grid.locate(deposit.place), Some(deposit.unit));
            assert!(district.area.get(deposit.unit));
        }
    }
}

#[test]
fn every_driver_says_more_of_the_truth_than_any_decoy() {
    let mut skills: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut roles = (Vec::new(), Vec::new());
    for seed in 0..8 {
        let district =
            generate(&Settings { rows: 150, cols: 200, seed, ..Settings::default() }).unwrap();
        for layer in &district.layers {
            let found = skill(auc(layer, |unit| f64::from(district.truth[unit])));
            skills.entry(layer.info.name.clone()).or_default().push(found);
        }
        roles = (district.drivers, district.decoys);
    }
    let (drivers, decoys) = roles;
    assert_eq!((drivers.len(), decoys.len()), (6, 4));
    let average = |name: &String| mean(skills[name].iter().copied());
    let weakest = drivers.iter().map(average).fold(1.0, f64::min);
    let strongest = decoys.iter().map(average).fold(0.0, f64::max);
    assert!(weakest > 0.65 && strongest < 0.6, "{weakest} {strongest} {skills:?}");
}

fn distance(shapes: &[Shape], place: Point) -> f64 {
    let lines = shapes.iter().flat_map(|shape| match &shape.geometry {
        Geometry::Lines(lines) => lines.clone(),
        _ => panic!("a line"),
    });
    lines
        .flatten()
        .map(|[easting, northing]| place.distance(Point { easting, northing }))
        .fold(f64::INFINITY, f64::min)
}

#[test]
fn found_deposits_lie_nearer_to_roads_and_less_under_cover() {
    let settings = Settings { deposits: 800.0, survey_bias: 0.9, ..small(3) };
    let district = generate(&settings).unwrap();
    let split = |found: bool| district.deposits.iter().filter(move |one| one.found == found);
    let away = |found| mean(split(found).map(|one| distance(&district.roads, one.place)));
    let covered =
        |found| mean(split(found).map(|one| f64::from(u8::from(district.cover.get(one.unit)))));
    assert!(away(true) < 0.7 * away(false), "{} {}", away(true), away(false));
    assert!(covered(true) < covered(false));
    let chance = mean(district.deposits.iter().map(|one| f64::from(district.discovery[one.unit])));
    let found = split(true).count() as f64 / district.deposits.len() as f64;
    assert!((found - chance).abs() < 0.06, "{found} {chance}");
    let unbiased = generate(&Settings { survey_bias: 0.0, ..settings }).unwrap();
    assert!(unbiased.deposits.iter().all(|deposit| deposit.found));
}

#[test]
fn what_lies_near_roads_is_found_first() {
    let settings = Settings { deposits: 1200.0, survey_bias: 0.9, ..small(3) };
    let district = generate(&settings).unwrap();
    for deposit in &district.deposits {
        assert_eq!(deposit.year.is_some(), deposit.found);
    }
    let mut found: Vec<&Deposit> = district.deposits.iter().filter(|one| one.found).collect();
    found.sort_by_key(|deposit| deposit.year);
    let within = FIRST_YEAR..FIRST_YEAR + YEARS;
    assert!(found.iter().all(|deposit| deposit.year.is_some_and(|year| within.contains(&year))));
    let away =
        |some: &[&Deposit]| mean(some.iter().map(|one| distance(&district.roads, one.place)));
    let third = found.len() / 3;
    let [early, late] = [&found[..third], &found[found.len() - third..]].map(away);
    assert!(early < 0.8 * late, "{early} {late}");
}

#[test]
fn cover_hides_geochemistry_and_nothing_lies_outside() {
    let district = generate(&Settings { cover_share: 0.3, ..small(2) }).unwrap();
    let share = district.cover.count() as f64 / district.area.count() as f64;
    assert!((share - 0.3).abs() < 0.01, "{share}");
    assert!(district.area.count() < district.grid.cells());
    for layer in &district.layers {
        let hidden = ["arsenic", "metamorphic_grade"].contains(&layer.info.name.as_str());
        for unit in 0..district.grid.cells() {
            let expected = match (district.area.get(unit), hidden && district.cover.get(unit)) {
                (false, _) => CellState::Outside,
                (true, true) => CellState::Missing,
                (true, false) => CellState::Known,
            };
            assert_eq!(layer.state(unit), expected, "{} {unit}", layer.info.name);
        }
    }
    let outside = (0..district.grid.cells()).filter(|&unit| !district.area.get(unit));
    assert!(outside.into_iter().all(|unit| district.truth[unit].is_nan()));
}

#[test]
fn fault_distance_is_measured_from_the_faults() {
    let district = generate(&small(4)).unwrap();
    let layer = &district.layers[1];
    assert_eq!(layer.info.name, "fault_distance");
    for unit in district.area.iter().step_by(37) {
        let metres = f64::from(layer.value(unit).unwrap());
        let vertex = distance(&district.faults, district.grid.centre(unit));
        // Vertices lie at most about 1 % of 8 km apart along the line.
        assert!(metres <= vertex + 0.1 && vertex < metres.hypot(60.0) + 0.1, "{metres} {vertex}");
    }
}

#[test]
fn every_size_and_extreme_setting_makes_a_district() {
    for (rows, cols) in [(20, 20), (20, 211), (173, 20), (33, 34)] {
        for labels in [Labels::Geology, Labels::ClusteredNoise] {
            for (share, noise_layers, deposits) in [(0.0, 0, 0.01), (1.0, 3, 100.0)] {
                let settings = Settings {
                    rows,
                    cols,
                    labels,
                    noise_layers,
                    deposits,
                    survey_bias: share,
                    cover_share: share,
                    ..Settings::default()
                };
                let district = generate(&settings).unwrap();
                assert_eq!(district.layers.len(), 8 + noise_layers);
                let sum: f64 =
                    district.area.iter().map(|unit| f64::from(district.truth[unit])).sum();
                assert!((sum / deposits - 1.0).abs() < 1e-4, "{sum}");
                let covered = district.cover.count() as f64 / district.area.count() as f64;
                assert_eq!(covered, share);
            }
        }
    }
}

#[test]
fn clustered_noise_is_clustered_and_knows_no_geology() {
    let mut scores: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut nearest = Vec::new();
    for seed in 0..30 {
        let settings = Settings { labels: Labels::ClusteredNoise, ..small(seed) };
        let district = generate(&settings).unwrap();
        assert!(district.drivers.is_empty());
        let same = 40.0 / district.area.count() as f64;
        assert!(
            district.area.iter().all(|unit| (f64::from(district.truth[unit]) - same).abs() < 1e-7)
        );
        let cells: BTreeSet<usize> = district.deposits.iter().map(|one| one.unit).collect();
        for layer in &district.layers {
            let score = auc(layer, |unit| f64::from(u8::from(cells.contains(&unit))));
            scores.entry(layer.info.name.clone()).or_default().push(score);
        }
        let places: Vec<Point> = district.deposits.iter().map(|one| one.place).collect();
        let spacing = (district.area.count() as f64 * district.grid.cell_area_km2() * 1e6
            / places.len() as f64)
            .sqrt();
        nearest.push(mean(places.iter().map(|one| {
            let others = places.iter().filter(|other| *other != one);
            others.map(|other| one.distance(*other) / spacing).fold(f64::INFINITY, f64::min)
        })));
    }
    for (name, scores) in scores {
        let (average, n) = (mean(scores.iter().copied()), scores.len() as f64);
        let error = (mean(scores.iter().map(|s| (s - average).powi(2))) / (n - 1.0)).sqrt();
        assert!((average - 0.5).abs() < 3.5 * error, "{name}: {average} +- {error}");
    }
    // Scattered at random, the nearest neighbour is half a spacing away (Clark and Evans 1954).
    assert!(mean(nearest.iter().copied()) < 0.38, "{}", mean(nearest));
}

#[test]
fn camps_are_compact_and_every_deposit_has_a_name_of_its_own() {
    let district = generate(&Settings { deposits: 900.0, ..small(1) }).unwrap();
    let names: BTreeSet<_> = district.deposits.iter().map(|one| &one.name).collect();
    assert_eq!(names.len(), district.deposits.len());
    let mut camps: BTreeMap<&str, Vec<Point>> = BTreeMap::new();
    for one in &district.deposits {
        camps.entry(&one.district).or_default().push(one.place);
    }
    assert!(camps.len() > 10 && camps.len() < 400);
    for places in camps.values() {
        assert!(places.iter().all(|place| place.distance(places[0]) <= 0.06 * 8000.0));
    }
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let ok = small(1);
    let bad: [(&str, Settings); 8] = [
        ("rows", Settings { rows: 19, ..ok.clone() }),
        ("cols", Settings { cols: usize::MAX, ..ok.clone() }),
        ("cell_m", Settings { cell_m: f64::NAN, ..ok.clone() }),
        ("deposits", Settings { deposits: 0.0, ..ok.clone() }),
        ("deposits", Settings { deposits: 4000.0, ..ok.clone() }),
        ("noise_layers", Settings { noise_layers: 1001, ..ok.clone() }),
        ("survey_bias", Settings { survey_bias: 1.1, ..ok.clone() }),
        ("cover_share", Settings { cover_share: f64::NAN, ..ok }),
    ];
    for (name, settings) in bad {
        match generate(&settings) {
            Err(Error::BadSetting { key, .. }) => assert_eq!(key, name),
            other => panic!("{name}: {other:?}"),
        }
    }
}
