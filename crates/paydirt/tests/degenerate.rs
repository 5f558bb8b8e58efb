//! Every model on tables in which there is little, nothing or a contradiction to learn: a right answer
//! with a warning, or an error that says what to do; never a panic, never a figure that is no number.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use std::fmt::Write;

use support::{District, Project};

const PROJECT: &str = r#"name = "odd"

[table]
path = "odd.csv"
easting = "easting"
northing = "northing"
role = "label"
roles = { "1" = "deposit", "0" = "negative" }
columns = [{ name = "a" }, { name = "b" }]

[sample.given_negatives]

[split.blocks]
block_m = 2500
buffer_m = 0
folds = 3
repeats = 1

[model.logistic]
"#;

/// 60 rows at their places, of which `deposit` says which are deposits, with the evidence of `values`.
fn table_at(
    place: fn(usize) -> [usize; 2],
    deposit: fn(usize) -> bool,
    values: fn(usize, bool) -> [f64; 2],
) -> String {
    let mut csv = String::from("label,easting,northing,a,b\n");
    for row in 0..60 {
        let ([a, b], [easting, northing]) = (values(row, deposit(row)), place(row));
        let label = u8::from(deposit(row));
        writeln!(csv, "{label},{easting},{northing},{a},{b}").unwrap();
    }
    csv
}

/// Those rows on a grid of 1 km.
fn table(deposit: fn(usize) -> bool, values: fn(usize, bool) -> [f64; 2]) -> String {
    table_at(|row| [row % 8 * 1000 + 500, row / 8 * 1000 + 500], deposit, values)
}

fn third(row: usize) -> bool {
    row.is_multiple_of(3)
}

/// What every model scores: name and a figure on held-out ground.
fn figures(project: &Project, csv: &str, metric: &str) -> Vec<(String, f64)> {
    project.write("odd.csv", csv);
    project.write("odd.toml", PROJECT);
    let outcome = project.paydirt(&["compare", "odd.toml", "--json"]).expect(0, &[]);
    assert!(!outcome.stdout.contains("NaN"), "{}", outcome.stdout);
    let lines: Vec<serde_json::Value> = serde_json::from_str(&outcome.stdout).unwrap();
    let held_out = lines.into_iter().filter(|line| line["split"] == "spatial");
    let figure = |line: &serde_json::Value| line["metrics"][metric]["value"].as_f64().unwrap();
    held_out.map(|line| (line["name"].as_str().unwrap().to_owned(), figure(&line))).collect()
}

/// The others see coordinates, so that what they say here is no matter of the evidence.
fn sees_evidence(name: &str) -> bool {
    !["coordinates only", "indicator_kriging"].contains(&name)
}

#[test]
fn constant_evidence_teaches_nothing_and_every_tie_is_half() {
    let project = District::new().project();
    // In each fold: pooled over folds, a model that knows only the share of deposits may be off either way.
    for (name, auc) in figures(&project, &table(third, |_, _| [1.0, 2.0]), "fold_auc") {
        assert!(!sees_evidence(&name) || (auc - 0.5).abs() < 1e-9, "{name}: {auc}");
    }
}

#[test]
fn perfectly_separable_evidence_is_separated() {
    let project = District::new().project();
    let parted =
        |row: usize, deposit: bool| [f64::from(u8::from(deposit)) * 10.0, row as f64 % 7.0];
    // One-class models learn where deposits are alike, not what parts them; one looks at no label.
    let else_taught = ["one_class", "self_organising_map", "fuzzy", "isolation_forest"];
    for (name, auc) in figures(&project, &table(third, parted), "roc_auc") {
        let parts = sees_evidence(&name) && !else_taught.contains(&name.as_str());
        assert!(!parts || auc > 0.95, "{name}: {auc}");
    }
}

#[test]
fn the_same_evidence_under_both_labels_is_a_coin() {
    let project = District::new().project();
    // Rows come in threes of the same evidence, one of them a deposit, and lie in one block together.
    let place = |row: usize| [row / 3 % 5 * 2000 + 700 + row % 3 * 10, row / 15 * 2000 + 700];
    let threes = |row: usize, _: bool| [(row / 3) as f64, ((row / 3) * 7 % 5) as f64];
    for (name, auc) in figures(&project, &table_at(place, third, threes), "roc_auc") {
        assert!(!sees_evidence(&name) || (auc - 0.5).abs() < 1e-9, "{name}: {auc}");
    }
}

#[test]
fn huge_and_tiny_values_are_numbers_all_the_same() {
    let project = District::new().project();
    let wild = |row: usize, deposit: bool| {
        [if deposit { 1e30 } else { 1e-30 } * (1 + row % 4) as f64, -1e20 * (row % 5) as f64]
    };
    let aucs = figures(&project, &table(third, wild), "roc_auc");
    assert!(aucs.iter().all(|(_, auc)| (0.0..=1.0).contains(auc)));
}

#[test]
fn too_little_is_refused_with_what_to_do() {
    let project = District::new().project();
    let near = |row: usize| row == 0 || row == 1;
    type Case = (&'static str, fn(usize) -> bool, &'static str);
    let cases: [Case; 3] = [
        ("one deposit", |row| row == 7, "at least 2 needed"),
        ("all in one block", near, "at least 2 needed"),
        ("no deposit", |_| false, "deposits"),
    ];
    project.write("odd.toml", PROJECT);
    for (what, deposit, says) in cases {
        project.write("odd.csv", table(deposit, |row, _| [row as f64, 0.5]));
        let outcome = project.paydirt(&["compare", "odd.toml", "--models", "logistic"]);
        let faults = outcome.faults(3, &[says]);
        assert!(faults.is_empty(), "{what}: {faults:?}\n{}", outcome.stderr);
    }
    project.write("odd.csv", table(third, |row, _| [row as f64, 0.5]));
    project.write("odd.toml", PROJECT.replace("folds = 3", "folds = 50"));
    project
        .paydirt(&["compare", "odd.toml", "--models", "logistic"])
        .expect(0, &["9 folds instead of 50"]);
}

/// Sixty rows in groups of a column.
fn grouped(project: &Project, group: fn(usize) -> usize, deposit: fn(usize) -> bool) {
    let mut csv = String::from("label,easting,northing,site,a,b\n");
    for row in 0..60 {
        let (label, easting, northing) =
            (u8::from(deposit(row)), row % 8 * 1000 + 500, row / 8 * 1000 + 500);
        let (site, a, b) = (group(row), row % 5 + 3 * usize::from(label), row % 7);
        writeln!(csv, "{label},{easting},{northing},s{site},{a},{b}").unwrap();
    }
    project.write("odd.csv", csv);
    // Without coordinates: groups are held out as they are named, not as the ground around them.
    let rows = PROJECT.replace("easting = \"easting\"\nnorthing = \"northing\"\n", "");
    let groups = rows.replace("role = \"label\"", "role = \"label\"\ngroup = \"site\"").replace(
        "[split.blocks]\nblock_m = 2500\nbuffer_m = 0\nfolds = 3\nrepeats = 1\n",
        "[split.leave_one_group_out]\nrepeats = 1\n",
    );
    assert!(groups.contains("leave_one_group_out"));
    project.write("odd.toml", groups);
}

#[test]
fn a_class_may_be_missing_from_held_out_ground_and_not_from_what_trains() {
    let project = District::new().project();
    // The first site holds deposits alone, the second none.
    grouped(&project, |row| if row < 10 { 0 } else { 1 + row % 5 }, |row| row < 10 || row % 5 > 1);
    let outcome = project.paydirt(&["compare", "odd.toml", "--json"]).expect(0, &[]);
    assert!(!outcome.stdout.contains("NaN"), "{}", outcome.stdout);
    // One site holds all deposits: while it is held out, nothing is left to learn from.
    grouped(&project, |row| row % 5, |row| row % 5 == 2);
    project
        .paydirt(&["compare", "odd.toml", "--models", "logistic"])
        .expect(3, &["deposits", "at least 2 needed"]);
}

/// A map of one value: no best ground, no targets, and figures that are numbers all the same.
#[test]
fn a_map_of_ties_is_drawn_and_says_that_nothing_is_best() {
    let project = District::new().project();
    let text = String::from_utf8(project.read("project.toml")).unwrap();
    let (before, rest) = text.split_once("[[evidence]]").unwrap();
    let labels = rest.split_once("[labels]").unwrap().1;
    let same = "[[evidence]]\nname = \"same\"\npath = \"data/study_area.tif\"\n\n[labels]";
    for model in ["[model.forest]\ntrees = 20", "[model.logistic]", "[model.weights_of_evidence]"] {
        let labels = labels.replace("[model.forest]\ntrees = 20", model);
        project.write("project.toml", format!("{before}{same}{labels}"));
        project.paydirt(&["run", "--quiet", "--overwrite"]).expect(0, &[]);
        let report: paydirt::report::Report =
            serde_json::from_slice(&project.read("district.run/report.json")).unwrap();
        assert!(report.doubt.unwrap().risk_return.bounds.mean_at_least.is_finite());
        let auc = report.models[0].metrics["fold_auc"].value;
        assert!((auc - 0.5).abs() < 1e-9, "{model}: {auc}");
    }
}
