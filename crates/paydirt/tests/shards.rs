//! A command whose pieces are kept goes on where it was, and shares of it made side by side give what it
//! gives alone, byte for byte.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use paydirt::cli::Common;
use paydirt::command::Session;
use paydirt::command::share::Sharable;
use paydirt::console::Console;
use paydirt::{project, run};

use self::support::{assert_same, run_into, three_strips};

/// A district of which the best fifth is explained, with a search inside each fold.
fn district(folder: &Path) -> PathBuf {
    let more = "[search.random]\ntrials = 2\nfolds = 2\n[uncertainty.ensemble]\nmembers = 3\n\
                [explain.shap]\ntop_percent = 20.0\n";
    three_strips(folder, 2, more)
}

fn session(states: Option<&Path>) -> Session {
    let states = states.map(Path::to_path_buf);
    Session { console: Console::silent(), common: Common { states, ..Common::default() } }
}

/// The pieces of a folder of states, and when each was made.
fn pieces(states: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let mut found = BTreeMap::new();
    for folder in fs_err::read_dir(states).unwrap() {
        for piece in fs_err::read_dir(folder.unwrap().path()).unwrap() {
            let path = piece.unwrap().path();
            let made = fs_err::metadata(&path).unwrap().modified().unwrap();
            found.insert(path, made);
        }
    }
    found
}

#[test]
fn shares_give_what_a_command_gives_alone() {
    let place = tempfile::tempdir().unwrap();
    let file = district(place.path());
    let alone = run_into(&file, &place.path().join("alone.run"), &session(None));

    let states = place.path().join("states");
    let shares = ["1/3", "2/3", "3/3"];
    let what = Sharable::Run { project: file.clone() };
    let mut told = Vec::new();
    // Each share comes back until it has made its part of the last phase.
    for _ in 0..5 {
        for share in shares {
            let session = session(Some(&states));
            let shared = what.read(&session).unwrap();
            told.push(shared.make(share.parse().unwrap(), &session).unwrap());
        }
    }
    let [first, .., end] = &told[..] else { panic!("fifteen shares") };
    assert_eq!((&*first.phase, &*end.phase), ("judge", "explain"));
    assert!(first.missing > 0 && !first.last && end.last && end.missing == 0);

    let made = pieces(&states);
    let together = session(Some(&states));
    let result = run_into(&file, &place.path().join("together.run"), &together);
    assert_same(&alone, &result);
    assert_eq!(made, pieces(&states), "nothing is made again");
}

#[test]
fn a_piece_that_is_damaged_is_made_again_and_other_settings_have_their_own() {
    let place = tempfile::tempdir().unwrap();
    let file = district(place.path());
    let states = place.path().join("states");
    let kept = || session(Some(&states));
    let first = run_into(&file, &place.path().join("first.run"), &kept());
    let made = pieces(&states);
    for (number, path) in made.keys().enumerate() {
        let bytes = fs_err::read(path).unwrap();
        match number % 3 {
            0 => fs_err::write(path, &bytes[..bytes.len() / 2]).unwrap(),
            1 => fs_err::remove_file(path).unwrap(),
            _ => {}
        }
    }
    let again = run_into(&file, &place.path().join("second.run"), &kept());
    assert_same(&first, &again);

    let changed = project::open(&file, &["model.forest.trees=6".into()]).unwrap();
    run::run(&changed, &place.path().join("third.run"), &kept()).unwrap();
    assert_eq!(pieces(&states).len(), 2 * made.len());
}
