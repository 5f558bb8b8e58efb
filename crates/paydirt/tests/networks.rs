//! Networks that see the ground around cells, from the project file to the maps and the saved model.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use paydirt::judge::Standing;
use paydirt::report::Report;

use crate::support::{CELLS, District, Project};

const PRETRAINED: &str = r#"[pretrain.masked_autoencoder]
window_cells = 6
patch_cells = 2
width = 16
depth = 1
heads = 2
decoder_width = 8
decoder_depth = 1
decoder_heads = 2
windows_per_epoch = 128
training = { epochs = 2, batch = 32 }

[model.vit]
training = { epochs = 3 }

[model.vit.window]
cells = 6
"#;

const CONVOLUTIONS: &str = r#"[model.cnn]
widths = [4]
training = { epochs = 3 }

[model.cnn.window]
cells = 5
"#;

fn project(model: &str) -> Project {
    let project = District::new().project();
    project.edit("[model.forest]\ntrees = 20\n", model);
    project.edit("buffer_m = 0", "buffer_m = 300");
    project.edit(
        "shap = { rasters = false }",
        "network = { cells = 4, background = 1 }\nshap = { cells = 50, top_percent = 5 }",
    );
    project.edit("shuffles = 0", "shuffles = 1");
    project
}

fn report(project: &Project, run: &str) -> Report {
    serde_json::from_slice(&project.read(&format!("{run}/report.json"))).unwrap()
}

/// The values of a map.
fn map(project: &Project, folder: &str, name: &str) -> Vec<f32> {
    let path = project.path(folder).join("maps").join(name);
    let grid = paydirt_io::raster::inspect(&path).unwrap().grid(&path).unwrap();
    paydirt_io::raster::read(&path, &grid, &Default::default()).unwrap().0
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn a_pretrained_transformer_runs_whole_beside_itself_from_scratch() {
    let project = project(PRETRAINED);
    project.paydirt(&["run", "project.toml", "--out", "one.run"]).expect(0, &[]);
    let report = report(&project, "one.run");
    let standing = |name: &str| report.models.iter().find(|m| m.name == name).map(|m| m.role);
    assert_eq!(standing("vit"), Some(Standing::Chosen));
    assert_eq!(standing("vit, from scratch"), Some(Standing::Baseline));
    let pretraining = report.pretraining.as_ref().unwrap();
    assert!(pretraining.said.starts_with("Pretraining changed ROC AUC by"), "{}", pretraining.said);
    assert_eq!(pretraining.folds.len(), 2, "one a fold");
    assert!(pretraining.folds.iter().all(|fold| fold.quality.cells > 0));
    assert!(!pretraining.windows.is_empty());
    assert!(report.importance.iter().any(|line| line.auc_fall != 0.0), "windows are shuffled");
    let page = String::from_utf8(project.read("one.run/report.html")).unwrap();
    assert!(page.contains("id=\"pretraining\"") && page.contains("data:image/png"));
    // Only the best cells have shares.
    let prospectivity = map(&project, "one.run", "prospectivity.tif");
    let shares = map(&project, "one.run", "attribution_arsenic.tif");
    let known = |values: &[f32]| values.iter().filter(|value| value.is_finite()).count();
    let share = known(&shares) as f64 / known(&prospectivity) as f64;
    assert!((0.03..0.08).contains(&share), "{share}");
    // What was pretrained on all ground serves another project.
    let other = format!(
        "[model.vit]\ntraining = {{ epochs = 2 }}\nbackbone = {{ path = \"{}\", mode = \"frozen\" }}\n",
        "one.run/model/backbone.safetensors"
    );
    let text = String::from_utf8(project.read("project.toml")).unwrap().replace(PRETRAINED, &other);
    project.write("other.toml", text);
    project.paydirt(&["run", "other.toml", "--out", "two.run"]).expect(0, &[]);
}

#[test]
fn a_saved_network_draws_the_same_map_again_and_explains_a_place() {
    let project = project(CONVOLUTIONS);
    let run = ["run", "project.toml", "--out", "one.run", "--threads", "1"];
    project.paydirt(&run).expect(0, &[]);
    let first = map(&project, "one.run", "prospectivity.tif");
    assert!(first.iter().filter(|value| value.is_finite()).count() > CELLS * CELLS / 2);
    project.paydirt(&["run", "project.toml", "--out", "two.run", "--threads", "2"]).expect(0, &[]);
    assert_eq!(bits(&first), bits(&map(&project, "two.run", "prospectivity.tif")));
    project.write("other.toml", project.read("project.toml"));
    project
        .paydirt(&["predict", "one.run", "--project", "other.toml", "--out", "told"])
        .expect(0, &[]);
    assert_eq!(bits(&first), bits(&map(&project, "told", "prospectivity.tif")));
    let path = project.path("one.run").join("maps/prospectivity.tif");
    let grid = paydirt_io::raster::inspect(&path).unwrap().grid(&path).unwrap();
    let known: Vec<usize> = (0..first.len()).filter(|unit| first[*unit].is_finite()).collect();
    let place = grid.centre(known[known.len() / 2]);
    let (easting, northing) = (place.easting.to_string(), place.northing.to_string());
    let place = ["explain", "one.run", "--easting", &easting, "--northing", &northing, "--json"];
    let told = project.paydirt(&place);
    let told: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    let sum: f64 =
        told["parts"].as_array().unwrap().iter().map(|p| p["share"].as_f64().unwrap()).sum();
    let (base, score) = (told["base"].as_f64().unwrap(), told["score"].as_f64().unwrap());
    assert!((base + sum - score).abs() < 1e-6);
}

#[test]
fn states_let_an_interrupted_run_go_on_to_the_same_map() {
    let project = project(CONVOLUTIONS);
    project.paydirt(&["run", "project.toml", "--out", "whole.run"]).expect(0, &[]);
    let run = ["run", "project.toml", "--out", "again.run", "--states", "states"];
    project.paydirt(&run).expect(0, &[]);
    let states: Vec<_> = fs_err::read_dir(project.path("states"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "state"))
        .collect();
    assert!(states.len() >= 3, "folds, control and map: {}", states.len());
    // Without the folds, members and strips that were kept, networks go on from their own states.
    for entry in fs_err::read_dir(project.path("states")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            fs_err::remove_dir_all(path).unwrap();
        }
    }
    // A damaged state is refused by name; without it that fit is made again.
    let whole = fs_err::read(&states[0]).unwrap();
    fs_err::write(&states[0], &whole[..whole.len() / 2]).unwrap();
    let over = [&run[..], &["--overwrite"]].concat();
    let refused = project.command(&over).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains("hint: name weights of the same network, or remove the file"), "{said}");
    fs_err::remove_file(&states[0]).unwrap();
    project.paydirt(&over).expect(0, &[]);
    assert_eq!(
        bits(&map(&project, "whole.run", "prospectivity.tif")),
        bits(&map(&project, "again.run", "prospectivity.tif"))
    );
}

#[test]
fn what_cannot_be_is_refused_with_the_remedy() {
    let refuse = |model: &str, code: i32, says: &[&str]| {
        let project = project(model);
        project.paydirt(&["run", "project.toml"]).expect(code, says);
    };
    refuse(
        "[pretrain.masked_autoencoder]\n[model.cnn]\n",
        2,
        &["no model takes what [pretrain.masked_autoencoder] learns", "hint: name [model.vit]"],
    );
    refuse(
        "[model.vit]\nbackbone = { mode = \"frozen\" }\n",
        2,
        &["`backbone` of [model.vit] names no file", "hint: give it a `path`"],
    );
    refuse(
        "[model.vit]\nbackbone = { path = \"nowhere.safetensors\" }\n",
        1,
        &["nowhere.safetensors"],
    );
    refuse(
        "[balance.smote]\n[model.cnn]\n",
        2,
        &["[balance] looks at rows, but [model.cnn] sees the ground around cells"],
    );
    refuse(
        "[select.relevance]\n[model.resnet]\n",
        2,
        &["[select] looks at rows, but [model.resnet] sees the ground around cells"],
    );
    refuse(
        "[model.vit]\npatch_cells = 4\n",
        2,
        &["patch_cells", "a divisor of `window_cells`, 15"],
    );
    refuse("[model.cnn]\n[model.cnn.window]\ncells = 0\n", 2, &["cnn.window_cells"]);
    let project = project(CONVOLUTIONS);
    project
        .paydirt(&["run", "project.toml", "--device", "tpu"])
        .expect(3, &["there is no device `tpu` here", "hint: those here are `cpu`"]);
}

#[test]
fn odd_grounds_give_maps_and_warnings() {
    // A window larger than the area, one layer, and a layer that is constant.
    let wide = project(
        &CONVOLUTIONS.replace("cells = 5", "cells = 43").replace("epochs = 3", "epochs = 1"),
    );
    wide.edit("network = {", "stability = { repeats = false }\nnetwork = {");
    wide.edit("top_percent = 5", "rasters = false");
    wide.edit("shuffles = 1", "shuffles = 0");
    let text = String::from_utf8(wide.read("project.toml")).unwrap();
    let (from, to) =
        (text.find("[[evidence]]\nname = \"arsenic\"").unwrap(), text.find("[labels]").unwrap());
    wide.write("project.toml", format!("{}{}", &text[..from], &text[to..]));
    wide.paydirt(&["run", "project.toml"]).expect(0, &["windows reach", "more than the split's"]);
    let constant = project(CONVOLUTIONS);
    constant.edit("network = {", "stability = { repeats = false }\nnetwork = {");
    constant.edit("steps = [{ impute_median = {} }]", "steps = [{ clip = { min = 0, max = 0 } }]");
    constant.paydirt(&["run", "project.toml"]).expect(0, &[]);
}
