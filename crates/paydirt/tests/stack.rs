//! Evidence kept as a Zarr stack, in a folder or a bucket, gives the maps that the files give.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use std::path::{Path, PathBuf};

use paydirt::cli::Common;
use paydirt::command::Session;
use paydirt::console::Console;
use paydirt::project::Opened;
use paydirt::read::{self, Read};
use paydirt::{prepared, project};

use self::support::bucket::Bucket;
use self::support::{District, assert_same, files, run_into, three_strips};

/// A district with an ensemble.
fn district(folder: &Path) -> PathBuf {
    three_strips(folder, 1, "[uncertainty.ensemble]\nmembers = 2\n")
}

fn session(stack: Option<&Path>, max_memory: Option<u64>) -> Session {
    let stack = stack.map(|stack| stack.to_string_lossy().into_owned());
    let common = Common { stack, max_memory, ..Common::default() };
    Session { console: Console::silent(), common }
}

/// Where memory is too short for the layers, they are read from the stack chunk by chunk, and are those of the
/// files.
fn assert_same_evidence(opened: &Opened, stack: &Path, spool: &Path) {
    let stored = (100..600).step_by(5).find_map(|mib| {
        let short = session(Some(stack), Some(mib << 20));
        read::read(opened, Some(spool), &short).ok().filter(|read| read.stored)
    });
    let (stored, plain) =
        (stored.unwrap(), read::read(opened, None, &session(None, None)).unwrap());
    assert_eq!(stored.receipt, plain.receipt);
    assert_eq!(stored.pipeline, plain.pipeline);
    assert!(stored.eligible == plain.eligible && stored.stack.area() == plain.stack.area());
    for layer in plain.stack.layers() {
        let values =
            |read: &Read| read.stack.read_stored(&layer.name, 0..read.stack.units()).unwrap();
        let bits = |read: &Read| values(read).into_iter().map(f32::to_bits).collect::<Vec<u32>>();
        assert!(bits(&stored) == bits(&plain), "{}", layer.name);
    }
}

#[test]
fn a_stack_gives_the_maps_that_the_files_give() {
    let place = tempfile::tempdir().unwrap();
    let file = district(place.path());
    let at = |name: &str| place.path().join(name);
    let alone = run_into(&file, &at("alone.run"), &session(None, None));

    // Made by a run, and read by the next one.
    let stack = at("one.zarr");
    for out in ["makes.run", "reads.run"] {
        let made = run_into(&file, &at(out), &session(Some(&stack), None));
        assert_same(&alone, &made);
    }
    // Made by itself, and read chunk by chunk where memory is short.
    let stack = at("two.zarr");
    let opened = project::open(&file, &[]).unwrap();
    let receipt = prepared::keep(&opened, &stack, &session(None, None)).unwrap();
    assert_eq!(receipt.layers.len(), opened.project.layer_count());
    assert_same_evidence(&opened, &stack, place.path());
    // An interrupted writing is gone on with.
    fs_err::remove_dir_all(stack.join("magnetic_anomaly")).unwrap();
    let made = run_into(&file, &at("mended.run"), &session(Some(&stack), None));
    assert_same(&alone, &made);
}

#[test]
fn a_stack_of_other_evidence_is_refused() {
    let district = District::new();
    let project = district.project();
    project.paydirt(&["prepare", "--out", "data.zarr"]).expect(0, &[]);
    project.paydirt(&["run", "--stack", "data.zarr"]).expect(0, &["evidence: from `data.zarr`"]);
    let other = ["run", "--overwrite", "--stack", "data.zarr"];
    let says = ["is evidence ", "but must be evidence ", "hint: write it anew under another name"];
    // Another step.
    project.edit("steps = [{ impute_median = {} }]", "");
    project.paydirt(&other).expect(3, &says);
    project.edit("unit = \"ppm\"\n", "unit = \"ppm\"\nsteps = [{ impute_median = {} }]\n");
    project.paydirt(&other).expect(0, &[]);
    // Another file under the same name.
    let bytes = project.read("data/lithology.tif");
    project.write("data/arsenic.tif", bytes);
    project.paydirt(&other).expect(3, &says);

    project.write("full/notes.txt", "no stack");
    let full = ["run", "--overwrite", "--stack", "full"];
    project.paydirt(&full).expect(3, &["notes.txt"]);
    let table = ["infill", "infill.toml", "--stack", "data.zarr"];
    project.paydirt(&table).expect(2, &["`infill` reads records"]);
}

#[test]
fn shares_meet_in_a_bucket() {
    let Some(bucket) = Bucket::start() else { return };
    let district = District::new();
    let project = district.project();
    project.edit(
        "[model.forest]\ntrees = 20\n",
        "[model.cnn]\nwindow = { cells = 5 }\ntraining = { epochs = 2 }\n",
    );
    project.paydirt(&["run", "--out", "alone.run"]).expect(0, &[]);

    let (stack, states) = (bucket.address("stack.zarr"), bucket.address("states"));
    let there = ["--stack", &stack, "--states", &states];
    let call = |arguments: &[&str]| {
        let mut command = project.command(&[arguments, &there].concat());
        let output = bucket.reach(&mut command).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), said)
    };
    for _ in 0..3 {
        for share in ["1/2", "2/2"] {
            let (good, said) = call(&["run", "--shard", share]);
            assert!(good, "{said}");
        }
    }
    let (good, said) = call(&["run", "--out", "together.run"]);
    assert!(good && said.contains("evidence: from `s3://"), "{said}");
    assert_same(&files(&project.path("alone.run")), &files(&project.path("together.run")));

    // Networks that were trained are not trained again on another machine: one that is damaged is told of.
    let networks = bucket.keys("states/networks/");
    assert!(!networks.is_empty());
    networks.iter().for_each(|key| bucket.put(key, b"damaged"));
    bucket.keys("states/pieces").iter().for_each(|key| bucket.delete(key));
    let (good, said) = call(&["run", "--out", "again.run"]);
    assert!(!good && said.contains(".state"), "{said}");
}
