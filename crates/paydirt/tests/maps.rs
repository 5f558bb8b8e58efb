//! Maps as files: of every model the saved one draws them again, and the three states of a cell stay
//! three.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};

use paydirt::cli::Common;
use paydirt::command::Session;
use paydirt::console::Console;
use paydirt::report::Report;
use paydirt_core::district::Settings;
use paydirt_core::layer::{CellState, EvidenceType};
use paydirt_io::raster::{self, Request};

const CHANGES: &[&str] = &["model.forest.trees=30", "split.blocks.repeats=2"];

fn session() -> Session {
    Session { console: Console::silent(), common: Common::default() }
}

/// Runs a project file with changes, into a folder.
fn run(project: &Path, changes: &[&str], out: &Path) -> Report {
    let changes: Vec<String> = changes.iter().map(|change| (*change).to_string()).collect();
    let opened = paydirt::project::open(project, &changes).unwrap();
    paydirt::run::run(&opened, out, &session()).unwrap()
}

/// The cells of a map of a run folder; NaN where there is no value.
fn map(run: &Path, name: &str) -> Vec<f32> {
    let path = run.join("maps").join(format!("{name}.tif"));
    let grid = raster::inspect(&path).unwrap().grid(&path).unwrap();
    let request = Request { evidence_type: EvidenceType::Categorical, ..Request::default() };
    raster::read(&path, &grid, &request).unwrap().0
}

/// Values as bits, so that NaN equals NaN.
fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// A small district as files; its project file.
fn small_demo(folder: &Path) -> PathBuf {
    let settings = Settings { rows: 90, cols: 110, deposits: 50.0, ..Settings::default() };
    paydirt::demo::write(folder, &settings).unwrap();
    folder.join("project.toml")
}

#[test]
fn a_saved_model_draws_the_map_of_its_run() {
    let folder = tempfile::tempdir().unwrap();
    let project = small_demo(&folder.path().join("demo"));
    for model in ["forest.trees=30", "logistic.c=1.0", "weights_of_evidence.classes=8"] {
        let text = fs_err::read_to_string(&project).unwrap();
        let (table, setting) = model.split_once('.').unwrap();
        let text =
            text.replace("[model.forest]\ntrees = 200", &format!("[model.{table}]\n{setting}"));
        let other = project.with_file_name(format!("{table}.toml"));
        fs_err::write(&other, text).unwrap();
        let out = folder.path().join(table);
        run(&other, &["split.blocks.repeats=1", "explain.permutation.shuffles=0"], &out);
        let opened = paydirt::project::open(&other, &["name=elsewhere".into()]).unwrap();
        let predicted = folder.path().join(format!("{table} predicted"));
        paydirt::run::predict(&out, &opened, &predicted, &session()).unwrap();
        let own = if table == "weights_of_evidence" { "posterior_deviation" } else { "coverage" };
        for name in [
            own,
            "prospectivity",
            "prospectivity_rank",
            "spread",
            "attribution_arsenic",
            "uncertainty",
            "dominant_cause",
            "applicability",
            "prediction_set",
            "risk_return",
        ] {
            assert_eq!(bits(&map(&out, name)), bits(&map(&predicted, name)), "{model} {name}");
        }
    }
}

#[test]
fn the_coverage_map_tells_the_three_states_apart() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let settings = Settings { rows: 90, cols: 110, deposits: 80.0, ..Settings::default() };
    let district = paydirt::demo::write(&data, &settings).unwrap();
    let project = data.join("project.toml");
    // Without what fills the gaps, evidence is missing under cover.
    let text = fs_err::read_to_string(&project).unwrap();
    let gaps = text.lines().filter(|line| !line.starts_with("steps = ")).collect::<Vec<_>>();
    let with_gaps = data.join("gaps.toml");
    fs_err::write(&with_gaps, gaps.join("\n")).unwrap();
    for (project, filled) in [(&project, true), (&with_gaps, false)] {
        let out = folder.path().join(format!("filled {filled}"));
        let report = run(project, CHANGES, &out);
        let (coverage, probability) = (map(&out, "coverage"), map(&out, "prospectivity"));
        let mut counts = [0; 3];
        for unit in 0..district.grid.cells() {
            let missing =
                !filled && district.layers.iter().any(|layer| layer.value(unit).is_none());
            let state = match (district.area.get(unit), missing) {
                (false, _) => CellState::Outside,
                (true, true) => CellState::Missing,
                (true, false) => CellState::Known,
            };
            counts[state as usize] += 1;
            assert_eq!(coverage[unit], f32::from(state as u8));
            assert_eq!(probability[unit].is_nan(), state != CellState::Known);
        }
        assert!(counts[0] > 500 && counts[2] > 500 && (counts[1] > 500) != filled, "{counts:?}");
        assert_eq!(report.receipt.grid.unwrap().complete_cells, counts[2]);
    }
}

/// A district explored from its roads: what was known before a year leads to what was found later.
#[test]
fn by_year_of_discovery_the_report_tells_how_much_ground_leads_to_the_next_find() {
    let folder = tempfile::tempdir().unwrap();
    let project = small_demo(&folder.path().join("demo")).with_file_name("discovery.toml");
    let out = folder.path().join("discovery");
    let changes = ["model.forest.trees=30", "split.discovery.repeats=2"];
    let report = run(&project, &changes, &out);
    let next = report.next_find.unwrap();
    let notes = &report.split.notes;
    assert!(notes.len() > 1 && notes.iter().all(|note| note.contains("known before")), "{notes:?}");
    let found = |note: &String| -> usize {
        let words: Vec<&str> = note.split_whitespace().collect();
        let at = words.iter().position(|word| *word == "found").unwrap();
        words[at - 1].parse().unwrap()
    };
    // Camps are told in the notes, deposits are found.
    let camps: usize = notes.iter().map(found).sum();
    assert!(next.finds >= camps && next.finds < report.split.deposits, "{next:?} {notes:?}");
    let median = report.models[0].metrics["area_to_find"].value;
    assert!((next.median_share - median).abs() < 0.1, "{next:?} {median}");
    let km2 = next.median_share * report.map.as_ref().unwrap().area_km2;
    assert!((next.median_km2 - km2).abs() < 1e-9);
    assert!(next.mean_share < 0.4, "better than a coin: {next:?}");
    let page = fs_err::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("leads to the next find") && page.contains("found later above"));
}
