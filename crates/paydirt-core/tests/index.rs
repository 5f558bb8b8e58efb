//! The catalogue of indices: every line can be used, and a few are worked by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use paydirt_core::index::{SENSORS, find};

#[test]
fn every_formula_reads_and_names_bands_of_its_sensor() {
    let mut keys = BTreeSet::new();
    for sensor in SENSORS {
        let bands: Vec<&str> = sensor.bands.iter().map(|band| band.name).collect();
        assert_eq!(bands.iter().collect::<BTreeSet<_>>().len(), bands.len());
        for index in sensor.indices {
            assert!(keys.insert(index.key), "{} stands twice", index.key);
            assert_eq!(index.key.split_once('.').unwrap().0, sensor.key);
            let formula = index.parsed().unwrap();
            formula.require_known(&bands).unwrap();
            assert!(!formula.is_condition(), "{}", index.key);
            assert_eq!(formula.to_string(), index.formula, "{}", index.key);
            assert_eq!(index.bands().unwrap().len(), formula.names().len());
            assert_eq!(index.sensor().unwrap().key, sensor.key);
            assert_eq!(find(index.key).unwrap(), index);
            for text in [index.unit, index.meaning, index.source] {
                assert!(!text.is_empty(), "{}", index.key);
            }
        }
    }
    assert!(keys.len() > 70);
}

/// The value of an index where its bands, in the order of the sensor, have these values.
fn value(key: &str, bands: &[f32]) -> f32 {
    let index = find(key).unwrap();
    let sensor = index.sensor().unwrap();
    let formula = index.parsed().unwrap();
    let blocks: Vec<[f32; 1]> = formula
        .names()
        .iter()
        .map(|name| [bands[sensor.bands.iter().position(|band| band.name == name).unwrap()]])
        .collect();
    let blocks: Vec<&[f32]> = blocks.iter().map(|block| &block[..]).collect();
    formula.evaluate(&blocks).unwrap().values[0]
}

#[test]
fn some_values_by_hand() {
    // b1 to b14 are 1 to 14
    let aster: Vec<f32> = (1..=14).map(|band| band as f32).collect();
    let answers = [
        ("aster.iron_oxide", 2.0),
        ("aster.ferrous_iron", 5.0 / 3.0 + 0.5),
        ("aster.aloh_group_content", 2.0),
        ("aster.mgoh_group_content", 1.0),
        ("aster.quartz_index", 0.5),
        ("aster.gypsum_index", 2.0),
        ("aster.clay", 35.0 / 36.0),
        ("aster.quartz", 121.0 / 120.0),
        ("aster.hydroxyl", 28.0 / 36.0),
        ("aster.calcite_index", 54.0 / 64.0),
        ("aster.ndvi", 0.2),
    ];
    for (key, expected) in answers {
        assert!((value(key, &aster) - expected as f32).abs() < 1e-6, "{key}");
    }
    // b1, ..., b8, b8a, b9, b10, b11, b12
    let sentinel: Vec<f32> = (1..=13).map(|band| band as f32).collect();
    assert_eq!(value("sentinel2.iron_oxide", &sentinel), 2.0);
    assert_eq!(value("sentinel2.ferrous_iron", &sentinel), 13.0 / 8.0 + 0.75);
    assert_eq!(value("sentinel2.iron_minerals", &sentinel), 13.0 / 9.0);
    assert_eq!(value("landsat.clay_sulphate_mica", &aster[..7]), (6.0 / 7.0) / 1.25);
}

#[test]
fn radiometric_values_by_hand() {
    // the mean upper crust of Rudnick & Gao (2003)
    let crust = [2.32, 10.5, 2.7];
    for key in ["radiometric.k_share", "radiometric.th_share", "radiometric.u_share"] {
        assert!((value(key, &crust) - 1.0 / 3.0).abs() < 1e-6);
    }
    assert!((value("radiometric.f_parameter", &crust) - 2.32 * 2.7 / 10.5).abs() < 1e-6);
    // they give 1.65 uW/m3 for it, with older constants
    assert!((value("radiometric.heat_production", &crust) - 1.65).abs() < 0.03);
    // UNSCEAR (2000): 0.0417, 0.462 and 0.604 nGy/h a Bq/kg; 313, 12.35 and 4.06 Bq/kg a unit
    let unscear = 313.0 * 0.0417 * 2.32 + 4.06 * 0.604 * 10.5 + 12.35 * 0.462 * 2.7;
    assert!((value("radiometric.dose_rate", &crust) / unscear - 1.0).abs() < 0.02);
    assert_eq!(value("radiometric.u2_th", &[1.0, 8.0, 4.0]), 2.0);
}

#[test]
fn an_unknown_index_says_what_was_meant() {
    let message = |key: &str| find(key).unwrap_err().to_string();
    let found = message("aster.kaolin_index");
    assert!(found.contains("(there are: aster.kaolin") && !found.contains("landsat"), "{found}");
    assert!(message("astre.ndvi").contains("(there are: aster.ndvi"));
    assert!(message("").contains("radiometric.th_k"));
}
