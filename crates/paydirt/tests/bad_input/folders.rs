//! Folders that are there already, belong to somebody else, are full or may not be written to.

use crate::support::disk::Disk;
use crate::support::{District, snapshot};
use crate::{Case, table};

const OUT_HINT: &str = "hint: say `--overwrite` to replace it, or `--out` to write elsewhere";
const OURS_HINT: &str =
    "hint: `--overwrite` replaces only Paydirt's own folders; give another `--out`";
const DISK_HINT: &str = "hint: look at the folder's permissions and at the space left on its disk";

const NOTHING_OF_ANYBODY_ELSE_IS_TOUCHED: &[Case] = &[
    Case::new(
        "there already",
        |p| p.write("district.run/thesis.txt", "years"),
        2,
        &["district.run` is there already", OUT_HINT],
    ),
    Case::new(
        "somebody else's",
        |p| p.write("district.run/thesis.txt", "years"),
        2,
        &["district.run` was not made by Paydirt", OURS_HINT],
    )
    .ask(&["run", "--overwrite"]),
    Case::new(
        "a file",
        |p| p.write("district.run", "years"),
        2,
        &["was not made by Paydirt", OURS_HINT],
    )
    .ask(&["run", "--overwrite"]),
    Case::new("here", |_| {}, 2, &["`.` was not made by Paydirt"]).ask(&[
        "run",
        "--out",
        ".",
        "--overwrite",
    ]),
    Case::new("everything", |_| {}, 2, &["`/` is there already"]).ask(&["run", "--out", "/"]),
    Case::new("below a file", |p| p.write("file", "years"), 1, &["Not a directory", DISK_HINT])
        .ask(&["run", "--out", "file/district.run"]),
    Case::new(
        "folders made for a run that fails",
        |p| p.remove("data/arsenic.tif"),
        3,
        &["arsenic.tif"],
    )
    .ask(&["run", "--out", "a/b/c.run"]),
    Case::new(
        "an older run, for one that fails",
        |p| {
            p.write("district.run/.paydirt", "");
            p.write("district.run/report.html", "old");
            p.remove("data/arsenic.tif");
        },
        3,
        &["arsenic.tif"],
    )
    .ask(&["run", "--overwrite"]),
    Case::new(
        "a demo over somebody else's",
        |p| p.write("demo/thesis.txt", "years"),
        2,
        &["not made by Paydirt"],
    )
    .ask(&["demo", "--out", "demo", "--size-cells", "30", "--overwrite"]),
    Case::new("no folder for a project", |_| {}, 1, &["`nowhere/project.", DISK_HINT]).ask(&[
        "init",
        "data",
        "--out",
        "nowhere/project.toml",
    ]),
];

#[test]
fn nothing_of_anybody_else_is_touched() {
    table(NOTHING_OF_ANYBODY_ELSE_IS_TOUCHED);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_there_already() {
    let project = District::new().project();
    std::os::unix::fs::symlink("nowhere", project.path("district.run")).unwrap();
    project.paydirt(&["run"]).expect(2, &["district.run` is there already", OUT_HINT]);
    project.paydirt(&["run", "--overwrite"]).expect(2, &["was not made by Paydirt", OURS_HINT]);
}

#[test]
fn a_good_run_is_whole_and_replaces_an_older_one() {
    let project = District::new().project();
    project.paydirt(&["run", "--quiet"]).expect(0, &[]);
    let first = snapshot(&project.path("district.run"));
    for name in
        ["report.html", "report.json", "receipt.json", "project.toml", "targets.gpkg", "split.gpkg"]
    {
        assert!(first.contains_key(name), "{name} in {:?}", first.keys());
    }
    assert!(!first.contains_key("spool"));
    let again = project.paydirt(&["run", "--overwrite", "--quiet"]).expect(0, &[]);
    assert!(
        again.changed.iter().all(|name| name.starts_with("district.run/")),
        "{:?}",
        again.changed
    );
    let maps = |files: &std::collections::BTreeMap<String, Vec<u8>>| {
        files.get("maps/prospectivity.tif").cloned()
    };
    assert_eq!(maps(&snapshot(&project.path("district.run"))), maps(&first));
    // The report that was asked for cannot be written to a full device.
    if let Ok(full) = fs_err::OpenOptions::new().write(true).open("/dev/full") {
        let told = project.command(&["check"]).stdout(full.into_file()).output().unwrap();
        assert_eq!(told.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&told.stderr).contains("error: No space left on device"));
    }
}

#[test]
fn a_disk_that_may_not_be_written_to() {
    let Some(disk) = Disk::new("ro") else { return };
    let project = District::new().project();
    let out = disk.join("a/district.run").to_string_lossy().into_owned();
    project.paydirt(&["run", "--out", &out]).expect(1, &["Read-only file system", DISK_HINT]);
    let demo = disk.join("demo").to_string_lossy().into_owned();
    project.paydirt(&["demo", "--out", &demo]).expect(1, &["Read-only file system", DISK_HINT]);
    assert!(snapshot(disk.path()).is_empty());
}

/// Each size stops the run at another file: the mark, a map, a GeoPackage, the report.
#[test]
fn a_full_disk() {
    let project = District::new().project();
    for size in ["size=4k", "size=32k", "size=150k", "size=400k"] {
        let Some(disk) = Disk::new(size) else { return };
        let out = disk.join("district.run").to_string_lossy().into_owned();
        let told = project.paydirt(&["run", "--out", &out, "--quiet"]).expect(1, &[DISK_HINT]);
        assert!(told.stderr.contains("space left") && told.stderr.contains(&out[..9]), "{told:?}");
        let left = snapshot(disk.path());
        assert!(left.is_empty(), "{size}: {:?}", left.keys());
    }
}

/// What may not be read, for a user who may not read everything.
#[cfg(unix)]
#[test]
fn files_and_folders_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let project = District::new().project();
    for name in ["data/arsenic.tif", "data/deposits.csv", "data"] {
        let path = project.path(name);
        let before = fs_err::metadata(&path).unwrap().permissions();
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o0)).unwrap();
        let all_powerful = fs_err::File::open(&path).is_ok();
        if all_powerful {
            println!("skipped: this user may read everything");
        } else {
            let told = project.command(&["run"]).output().unwrap();
            let stderr = String::from_utf8_lossy(&told.stderr);
            assert_eq!(told.status.code(), Some(3), "{stderr}");
            assert!(stderr.contains("permission denied") && stderr.contains("hint: "), "{stderr}");
        }
        fs_err::set_permissions(&path, before).unwrap();
        assert!(all_powerful || !project.path("district.run").exists());
    }
}
