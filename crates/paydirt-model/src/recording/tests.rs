use paydirt_core::district::{self, District};
use paydirt_core::layer::EvidenceType;
use paydirt_core::step::Geometry;
use paydirt_core::table::Column;

use super::*;

/// A district in which what was found is known beside what is there; its western third is surveyed densely.
struct World {
    district: District,
    cells: Vec<usize>,
    evidence: Table,
    access: Table,
    recorded: Vec<bool>,
    anchored: Vec<bool>,
}

fn world(seed: u64) -> World {
    let settings = district::Settings {
        rows: 100,
        cols: 140,
        deposits: 1400.0,
        survey_bias: 0.9,
        seed,
        ..district::Settings::default()
    };
    let district = district::generate(&settings).unwrap();
    // Layers that are known under cover, too.
    let drivers: Vec<_> = district
        .layers
        .iter()
        .filter(|layer| district.drivers.contains(&layer.info.name))
        .filter(|layer| district.area.iter().all(|unit| layer.value(unit).is_some()))
        .collect();
    let cells: Vec<usize> = district.area.iter().collect();
    let column = |name: &str, kind: EvidenceType, of: &dyn Fn(usize) -> f32| {
        Column::new(name, name, kind, cells.iter().map(|unit| of(*unit)).collect())
    };
    let evidence = drivers.iter().map(|layer| {
        column(&layer.info.name, layer.info.evidence_type, &|unit| layer.value(unit).unwrap_or(0.0))
    });
    let evidence = Table::new(cells.len(), evidence.collect()).unwrap();
    let road = roads(&district);
    let access = vec![
        column("road distance", EvidenceType::Continuous, &|unit| road[unit]),
        column("cover", EvidenceType::Continuous, &|unit| {
            f32::from(u8::from(district.cover.get(unit)))
        }),
    ];
    let access = Table::new(cells.len(), access).unwrap();
    let anchored: Vec<bool> = cells.iter().map(|unit| unit % 140 < 47).collect();
    let known = |unit: &usize| district.deposits.iter().find(|deposit| deposit.unit == *unit);
    let found = |unit: &usize| known(unit).map(|deposit| deposit.found);
    let recorded = cells
        .iter()
        .zip(&anchored)
        .map(|(unit, anchored)| found(unit).is_some_and(|found| found || *anchored))
        .collect();
    World { district, cells, evidence, access, recorded, anchored }
}

/// Distance of each cell to the nearest corner of a road.
fn roads(district: &District) -> Vec<f32> {
    let corners: Vec<[f64; 2]> = district
        .roads
        .iter()
        .flat_map(|shape| match &shape.geometry {
            Geometry::Lines(lines) => lines.concat(),
            _ => Vec::new(),
        })
        .collect();
    let away = |unit: usize| {
        let place = district.grid.centre(unit);
        let from =
            |corner: &[f64; 2]| (place.easting - corner[0]).hypot(place.northing - corner[1]);
        corners.iter().map(from).fold(f64::INFINITY, f64::min) as f32
    };
    (0..district.grid.cells()).map(away).collect()
}

impl World {
    fn fit(&self, anchored: &[bool]) -> Fitted {
        let weight = vec![1.0; self.cells.len()];
        let Self { evidence, access, recorded, .. } = self;
        let on = Samples { evidence, access, recorded, anchored, weight: &weight };
        Settings::default().fit(on, Seed(1)).unwrap()
    }

    /// Sum of a list over cells that are not anchored.
    fn loose(&self, of: impl Fn(usize) -> f64) -> f64 {
        (0..self.cells.len()).filter(|row| !self.anchored[*row]).map(of).sum()
    }
}

/// Pearson's correlation.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |list: &[f64]| list.iter().sum::<f64>() / list.len() as f64;
    let (centre_a, centre_b) = (mean(a), mean(b));
    let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        a.iter().zip(b).map(|(a, b)| of(a - centre_a, b - centre_b)).sum()
    };
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt()
}

/// The truth is known: how many there are, where, and how likely each was to be found.
#[test]
fn with_anchored_ground_unrecorded_and_absent_part() {
    let mut levels = Vec::new();
    for seed in [3, 4, 5] {
        let world = world(seed);
        let fitted = world.fit(&world.anchored);
        assert!(fitted.converged && fitted.doubts().is_empty(), "{:?}", fitted.doubts());
        let resource = fitted.resource(&world.evidence).unwrap();
        let rate = fitted.recording(&world.access).unwrap();
        let there = world.loose(|row| {
            let unit = world.cells[row];
            f64::from(u8::from(world.district.deposits.iter().any(|one| one.unit == unit)))
        });
        let records = world.loose(|row| f64::from(u8::from(world.recorded[row])));
        let told = world.loose(|row| f64::from(resource[row]));
        levels.push((told / there, records / there));
        // Where it is found is told, too: chance of discovery against the rate.
        let truth: Vec<f64> =
            world.cells.iter().map(|unit| f64::from(world.district.discovery[*unit])).collect();
        let rate: Vec<f64> = rate.into_iter().map(f64::from).collect();
        assert!(correlation(&rate, &truth) > 0.8, "{}", correlation(&rate, &truth));
    }
    // Records alone tell 27 to 42 % of it. Neither part is logistic in truth, so a gap is left; more than half of it
    // is closed.
    for (told, records) in &levels {
        assert!((1.0 - told).abs() < 0.5 * (1.0 - records) && *records < 0.5, "{levels:?}");
    }
}

/// Where nothing is anchored, and where one column tells both, that is said.
#[test]
fn what_cannot_be_told_apart_is_said() {
    let world = world(3);
    let loose = vec![false; world.cells.len()];
    assert!(world.fit(&loose).doubts()[0].contains("is anchored"));
    let weight = vec![1.0; world.cells.len()];
    let World { access, recorded, anchored, .. } = &world;
    let on = Samples { evidence: access, access, recorded, anchored, weight: &weight };
    let twice = Settings::default().fit(on, Seed(1)).unwrap();
    assert!(twice.doubts().iter().any(|doubt| doubt.contains("`road distance`, `cover`")));
    // The likelihood of a turn is never under that of the turn before, up to the penalty.
    let path = &twice.log_likelihood;
    assert!(path.windows(2).all(|pair| pair[1] > pair[0] - 1e-4), "{path:?}");
}

#[test]
fn samples_that_tell_nothing_are_refused() {
    let world = world(3);
    let rows = world.cells.len();
    let (none, all, weight) = (vec![false; rows], vec![true; rows], vec![1.0; rows]);
    let World { evidence, access, recorded, anchored, .. } = &world;
    let fit = |recorded: &[bool], anchored: &[bool]| {
        let on = Samples { evidence, access, recorded, anchored, weight: &weight };
        Settings::default().fit(on, Seed(1))
    };
    for (recorded, anchored) in
        [(&none, anchored), (&all, anchored), (recorded, &all), (recorded, &none[1..].to_vec())]
    {
        assert!(matches!(fit(recorded, anchored), Err(Error::Untrainable { .. })));
    }
    let beyond = Settings { anchor_recorded: 1.5, ..Settings::default() };
    assert!(beyond.check().unwrap_err().to_string().contains("anchor_recorded"));
}
