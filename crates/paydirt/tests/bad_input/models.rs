//! Saved models on other ground, and runs side by side.

use crate::support::{District, Project};

/// A project with a run of its own, and beside it other ground to which the model is applied.
fn run() -> Project {
    let project = District::new().project();
    project.paydirt(&["run", "--quiet"]).expect(0, &[]);
    project
}

const PREDICT: [&str; 4] = ["predict", "district.run", "--project", "other.toml"];
const CONTRACT_HINT: &str = "hint: give the project the layers of the model's contract";

#[test]
fn a_model_is_refused_other_evidence_by_name() {
    let project = run();
    let good = String::from_utf8(project.read("project.toml")).unwrap();
    let arsenic = &good[good.find("[[evidence]]\nname = \"arsenic\"").unwrap()..];
    let arsenic = &arsenic[..arsenic[2..].find("[[").unwrap() + 2];
    for (text, says) in [
        (
            good.replace(arsenic, ""),
            "the model was fitted on a layer `arsenic`, which the project lacks",
        ),
        (
            good.replace("unit = \"ppm\"", "unit = \"ppb\""),
            "layer `arsenic` is continuous in `ppb`, but the model was fitted on continuous in `ppm`",
        ),
        (
            good.replace("\"categorical\"", "\"ordinal\""),
            "layer `lithology` is ordinal in `class`, but the model was fitted on categorical in `class`",
        ),
    ] {
        project.write("other.toml", text);
        project.paydirt(&PREDICT).expect(3, &[says, CONTRACT_HINT]);
    }
    project.write("other.toml", good.replace("\"district\"", "\"other\""));
    let memory = [&PREDICT[..], &["--max-memory", "1MiB"]].concat();
    project.paydirt(&memory).expect(1, &["`--max-memory` allows 1 MiB"]);
    // Its labels are not used, so they need not be there.
    project.remove("data/deposits.csv");
    let drawn = project.paydirt(&PREDICT).expect(0, &[]);
    assert!(drawn.changed.contains(&"other.predicted/maps/prospectivity.tif".to_string()));
    project.paydirt(&PREDICT).expect(2, &["`./other.predicted` is there already"]);
}

#[test]
fn damaged_models_and_folders_that_are_none() {
    let project = run();
    project.write("other.toml", project.read("project.toml"));
    for (name, says) in [
        ("district.run/model/model.json", "EOF while parsing"),
        ("district.run/model/members.msgpack", "it is not what `model.json` was written with"),
    ] {
        let whole = project.read(name);
        project.write(name, &whole[..whole.len() / 2]);
        project
            .paydirt(&PREDICT)
            .expect(1, &[name, says, "hint: it is damaged, or of another version"]);
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        project.write(name, &flipped);
        if name.ends_with("msgpack") {
            project.paydirt(&PREDICT).expect(1, &[name, says]);
        }
        project.write(name, whole);
    }
    let nowhere = ["predict", "data", "--project", "project.toml"];
    let none = "`data` is no run folder: it has no `data/model/model.json`";
    project.paydirt(&nowhere).expect(2, &[none, "hint: name the folder that `paydirt run` made"]);
}

#[test]
fn runs_on_other_splits_are_not_compared() {
    let project = run();
    project.paydirt(&["run", "--quiet", "--seed", "99", "--out", "b.run"]).expect(0, &[]);
    project.paydirt(&["compare", "district.run", "b.run"]).expect(
        3,
        &[
            "`district.run` and `b.run` were not judged on one split",
            "hint: run both with the same labels",
        ],
    );
    project
        .paydirt(&["run", "--quiet", "--set", "model={logistic={}}", "--out", "c.run"])
        .expect(0, &[]);
    let table = project.paydirt(&["compare", "district.run", "c.run"]).expect(0, &[]).stdout;
    assert!(
        table.contains("forest (district.run)") && table.contains("logistic (c.run)"),
        "{table}"
    );
    project.paydirt(&["compare", "district.run", "data"]).expect(2, &["`data` is no run folder"]);
    project.write("b.run/report.json", "{");
    project.paydirt(&["compare", "b.run"]).expect(1, &["cannot use `b.run/report.json`", "hint: "]);
}

/// A seed that no signed number holds is written to the resolved project, and read from it again.
#[test]
fn a_run_of_the_largest_seed_can_be_repeated() {
    let project = District::new().project();
    let seed = u64::MAX.to_string();
    project.paydirt(&["run", "--quiet", "--seed", &seed]).expect(0, &[]);
    project
        .paydirt(&["run", "district.run/project.toml", "--quiet", "--out", "again.run"])
        .expect(0, &[]);
    let map = "maps/prospectivity.tif";
    let [one, other] =
        ["district.run", "again.run"].map(|run| project.read(&format!("{run}/{map}")));
    // They name the project files that they were drawn by, and nothing else differs.
    assert_eq!(one.len(), other.len());
}
