//! `paydirt bench` on a made table: what the tables say, and that rows of the map are only ranked against.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use std::fmt::Write;

use support::District;

/// 12 deposits where `signal` is 2 or more, 60 others where it is less; every deposit stands twice.
fn samples() -> String {
    let mut csv = String::from("label,easting,northing,signal,noise\n");
    for row in 0..12 {
        for _ in 0..2 {
            writeln!(csv, "1,{},{},{}.5,{}", row * 900 + 10, row * 700 + 10, 2 + row % 4, row * 5)
                .unwrap();
        }
    }
    for row in 0..60 {
        let (easting, northing) = (row * 180 + 40, row * 140 + 30);
        writeln!(csv, "0,{easting},{northing},{},{}", row % 20 / 10, row).unwrap();
    }
    csv
}

/// 100 cells, of which those of 90 and more have a stronger signal than any deposit.
fn map() -> String {
    let mut csv = String::from("easting,northing,signal,noise\n");
    for row in 0..100 {
        let signal = if row >= 90 { 9 } else { row % 2 };
        writeln!(csv, "{},{},{signal},{}", row * 100, row * 80 + 10, row * 3 / 5).unwrap();
    }
    csv
}

const PROJECT: &str = r#"name = "made"

[table]
path = "samples.csv"
map = "map.csv"
easting = "easting"
northing = "northing"
role = "label"
roles = { "1" = "deposit", "0" = "unlabelled" }
drop_duplicates = true
columns = [{ name = "signal" }, { name = "noise" }]

[sample.all_unlabelled]

[split.leave_one_deposit_out]
buffer_m = 0
others_per_deposit = 3
repeats = 1

[model.logistic]

[[contestants]]
name = "weak logistic"
model.logistic = { c = 0.001 }

[[contestants]]
name = "logistic on made deposits"
model.logistic = { class_weight = "none" }
balance.smote = { neighbours = 3 }

[[contestants]]
name = "logistic as it is"
model.logistic = { class_weight = "none" }
"#;

#[test]
fn rows_of_a_map_are_what_deposits_are_ranked_among() {
    let project = District::new().project();
    project.write("samples.csv", samples());
    project.write("map.csv", map());
    project.write("made.toml", PROJECT);
    let arguments = ["bench", "made.toml", "--models", "logistic", "--out", "table.md"];
    project.paydirt(&arguments).expect(0, &["12 of 84 label rows do not count"]);
    let text = String::from_utf8(project.read("table.md")).unwrap();
    assert!(text.contains("12 deposits, 72 samples; 1 repeats. Held out: leave_one_deposit_out"));
    let json: serde_json::Value = serde_json::from_slice(&project.read("table.json")).unwrap();
    let lines = json[0]["models"].as_array().unwrap();
    let of =
        |name: &str| lines.iter().find(|line| line["name"] == name && line["split"] == "spatial");
    for name in ["logistic", "weak logistic"] {
        let figures = &of(name).unwrap()["metrics"];
        assert_eq!(figures["roc_auc"]["value"], 1.0, "{name}");
        // A tenth of the map lies above every deposit, nothing else does.
        let rate = figures["rate_auc"]["value"].as_f64().unwrap();
        assert!((rate - 0.9).abs() < 1e-9, "{name}: {rate}");
        assert_eq!(figures["capture_5"]["value"], 0.0, "{name}");
    }
    assert_eq!(text.matches("| weak logistic |").count(), 2);
}

#[test]
fn what_cannot_be_judged_is_named() {
    let project = District::new().project();
    project.write("samples.csv", samples());
    project.write("map.csv", "easting,northing,signal\n0,0,1\n");
    project.write("made.toml", PROJECT);
    project.paydirt(&["bench", "made.toml"]).expect(3, &["map.csv` has no column `noise`"]);
    project.write("map.csv", map().replace("100,90,", ",90,"));
    project.paydirt(&["bench", "made.toml"]).expect(3, &["map.csv` has no coordinates", "row 2"]);
    project.write("map.csv", map());
    project
        .paydirt(&["bench", "made.toml", "--models", "oracle"])
        .expect(2, &["no model `oracle`"]);
}

#[test]
fn ways_to_even_out_classes_stand_on_the_same_folds() {
    let project = District::new().project();
    project.write("project.toml", PROJECT);
    project.write("samples.csv", samples());
    project.write("map.csv", map());
    let told = project.paydirt(&["compare", "project.toml", "--models", "logistic", "--json"]);
    let lines: Vec<serde_json::Value> = serde_json::from_str(&told.stdout).unwrap();
    let brier = |name: &str| {
        let line = lines.iter().find(|line| line["name"] == name).unwrap();
        line["metrics"]["brier"]["value"].as_f64().unwrap()
    };
    assert_ne!(brier("logistic on made deposits"), brier("logistic as it is"));
}

#[test]
fn a_curve_over_deposits_ends_where_all_of_them_train() {
    let project = District::new().project();
    project.write("project.toml", PROJECT);
    project.write("samples.csv", samples());
    project.write("map.csv", map());
    let ask = ["curve", "project.toml", "--deposits", "99,2,4", "--out", "curve.svg", "--json"];
    let told = project.paydirt(&ask).expect(0, &["no fold of the first repeat has more than 11"]);
    let at: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    let counts: Vec<u64> =
        at.as_array().unwrap().iter().map(|at| at["deposits"].as_u64().unwrap()).collect();
    assert_eq!(counts, [2, 4, 99]);
    let compared = project.paydirt(&["compare", "project.toml", "--models", "logistic", "--json"]);
    let compared: serde_json::Value = serde_json::from_str(&compared.stdout).unwrap();
    assert_eq!(at[2]["models"], compared, "all deposits train, as without a curve");
    assert_ne!(at[0]["models"], compared);
    let svg = String::from_utf8(project.read("curve.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("weak logistic"));
    assert!(project.path("curve.json").exists());
    project
        .paydirt(&["curve", "project.toml", "--deposits", "0,3"])
        .expect(2, &["`--deposits` needs numbers of 1 or more"]);
    project
        .paydirt(&["curve", "project.toml", "--deposits", "3", "--metric", "accuracy"])
        .expect(2, &["there is no metric `accuracy`", "roc_auc"]);
}
