//! The same project and seed draw the same maps, byte for byte: again, on one thread, from the
//! resolved project, and by the saved model.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use paydirt::cli::Common;
use paydirt::command::Session;
use paydirt::console::Console;
use paydirt::{demo, project, run};
use paydirt_core::district;

use self::support::{assert_same, files};

fn session() -> Session {
    Session { console: Console::silent(), common: Common::default() }
}

/// A small district on disk, and its project file with few trees.
fn district(folder: &Path) -> PathBuf {
    let settings = district::Settings { rows: 50, cols: 60, ..district::Settings::default() };
    demo::write(folder, &settings).unwrap();
    let file = folder.join("project.toml");
    let text = fs_err::read_to_string(&file).unwrap().replace("trees = 200", "trees = 20");
    fs_err::write(&file, text.replace("repeats = 3", "repeats = 1")).unwrap();
    file
}

fn run_into(project: &Path, out: &Path) -> BTreeMap<String, Vec<u8>> {
    run::run(&project::open(project, &[]).unwrap(), out, &session()).unwrap();
    files(out)
}

#[test]
fn a_run_is_the_same_again_on_one_thread_and_from_its_resolved_project() {
    let place = tempfile::tempdir().unwrap();
    let project = district(place.path());
    let first = run_into(&project, &place.path().join("first.run"));
    assert!(first.contains_key("maps/prospectivity.tif") && first.contains_key("targets.gpkg"));
    assert_same(&first, &run_into(&project, &place.path().join("second.run")));

    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let alone = one_thread.install(|| run_into(&project, &place.path().join("third.run")));
    assert_same(&first, &alone);

    let resolved = place.path().join("first.run/project.toml");
    let again = run_into(&resolved, &place.path().join("fourth.run"));
    assert_same(&first, &again);
}

#[test]
fn the_saved_model_draws_the_map_of_its_run() {
    let place = tempfile::tempdir().unwrap();
    let project = district(place.path());
    let out = place.path().join("first.run");
    let drawn = run_into(&project, &out);
    let opened = project::open(&project, &[]).unwrap();
    let predicted = place.path().join("predicted");
    run::predict(&out, &opened, &predicted, &session()).unwrap();
    let cells = |folder: &Path| {
        let path = folder.join("maps/prospectivity.tif");
        let grid = paydirt_io::raster::inspect(&path).unwrap().grid(&path).unwrap();
        let values = paydirt_io::raster::read(&path, &grid, &Default::default()).unwrap().0;
        values.into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    assert_eq!(cells(&out), cells(&predicted));
    assert!(drawn.contains_key("model/members.msgpack"));
}
