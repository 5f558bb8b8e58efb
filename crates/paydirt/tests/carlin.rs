//! Carlin-type gold in Nevada, as in `examples/`: the bar that the example must pass, and the same
//! map from the files as published. Says so and passes where the data are not there.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use std::path::{Path, PathBuf};

use paydirt::cli::Common;
use paydirt::command::Session;
use paydirt::console::Console;
use paydirt::report::Report;
use paydirt::{project, run};

/// Runs an example with its data where they are; `None` where they are not.
fn example(name: &str, data: &str, out: &Path, changes: &[&str]) -> Option<Report> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = root.join("../shared/data").join(data);
    if !data.exists() {
        eprintln!("left out: there is no {}", data.display());
        return None;
    }
    let data = data.canonicalize().unwrap();
    let text =
        fs_err::read_to_string(root.join("examples").join(name).join("project.toml")).unwrap();
    let file = out.join(format!("{name}.toml"));
    fs_err::write(&file, text.replace("data/", &format!("{}/", data.display()))).unwrap();
    let changes: Vec<String> = changes.iter().map(|change| (*change).to_string()).collect();
    let session = Session { console: Console::silent(), common: Common::default() };
    let opened = project::open(&file, &changes).unwrap();
    Some(run::run(&opened, &folder(out, name), &session).unwrap())
}

fn folder(out: &Path, name: &str) -> PathBuf {
    out.join(format!("{name}.run"))
}

/// The whole protocol of the example, with fewer trees for the time it takes, and no attribution.
const LIGHT: [&str; 3] =
    ["model.forest.trees=100", "explain.shap.rasters=false", "explain.permutation.shuffles=0"];

fn auc(report: &Report, name: &str) -> f64 {
    let spatial = |line: &&paydirt::report::ModelLine| {
        line.name == name && line.split == paydirt_core::split::SplitKind::Spatial
    };
    report.models.iter().find(spatial).unwrap().metrics["roc_auc"].value
}

#[test]
fn the_protocol_of_the_bar_is_passed() {
    let place = tempfile::tempdir().unwrap();
    let unbuffered = [&LIGHT[..], &["split.blocks.buffer_m=0"]].concat();
    let Some(report) = example("carlin", "carlin", place.path(), &unbuffered) else { return };
    assert!(auc(&report, "forest") >= 0.92, "{}", auc(&report, "forest"));
    assert!(auc(&report, "coordinates only") < 0.85);
    let labels = &report.receipt.labels;
    assert_eq!((labels.rows, labels.deposits, labels.excluded.len()), (32, 29, 3));
    let missing = "evidence is missing in its cell";
    assert!(labels.excluded.iter().all(|row| row.reason == missing), "{:?}", labels.excluded);
    let names: Vec<&str> = labels.excluded.iter().map(|row| row.row.as_str()).collect();
    assert_eq!(names, ["BOOTSTRAP MINE", "SOUTH BULLION DEPOSIT", "RATTO CANYON DEPOSIT"]);
    // Probabilities sum to the known deposits: the level says so.
    let sum = report.map.unwrap().probability_sum;
    assert!((sum - 29.0).abs() < 1.0, "{sum}");
}

#[test]
fn the_files_as_published_give_the_same_map() {
    let place = tempfile::tempdir().unwrap();
    let Some(aligned) = example("carlin", "carlin", place.path(), &LIGHT) else { return };
    let Some(raw) = example("carlin-raw", "carlin/raw", place.path(), &LIGHT) else { return };
    // The published grids have other origins and sizes, but cells of the same size that lie on each
    // other (arsenic's are twice as large): by the nearest cell they are the aligned ones.
    for map in ["prospectivity", "prospectivity_rank", "spread"] {
        let cells = |example: &str| -> Vec<u32> {
            let path = folder(place.path(), example).join("maps").join(format!("{map}.tif"));
            let grid = paydirt_io::raster::inspect(&path).unwrap().grid(&path).unwrap();
            let (values, _) = paydirt_io::raster::read(&path, &grid, &Default::default()).unwrap();
            values.into_iter().map(f32::to_bits).collect()
        };
        assert!(cells("carlin") == cells("carlin-raw"), "{map} differs");
    }
    assert_eq!(aligned.models, raw.models);
    for (one, other) in aligned.receipt.layers.iter().zip(&raw.receipt.layers) {
        assert_eq!((one.known_cells, one.mean), (other.known_cells, other.mean), "{}", one.name);
        assert_ne!((&one.grid, &one.sha256), (&other.grid, &other.sha256), "{}", one.name);
    }
}
