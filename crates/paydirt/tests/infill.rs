//! `paydirt infill` from a table to a run folder, and what it refuses.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use std::fmt::Write;

use paydirt_core::seed::Seed;
use paydirt_io::raster;
use rand::RngExt;
use serde_json::Value;
use support::{District, Project, assert_same, files};

const PROJECT: &str = r#"name = "metals"
seed = 3
species = ["Lead", "Zinc", "Gold"]
tile_cells = 8
seeds = 2

[records]
path = "records.csv"
crs = "EPSG:32635"

[grid]
crs = "EPSG:32635"
cell_m = 1000
region = [400000, 7000000, 448000, 7048000]

[split]
block_m = 16000
test_blocks = [[0, 1], [2, 2]]

[judge]
dependency = true

[local_trees]
min_leaf = 3

[[networks]]
name = "small"

[networks.network]
body = { unet = { depth = 10, width = 4, stages = 2 } }
tiles_per_epoch = 32

[networks.network.training]
epochs = 4
batch = 8
learning_rate = 5e-3
early_stopping = { patience = 4, share = 0.2 }

[map]
draws = 2
step_cells = 4

[flag]
away_m = 1000
"#;

/// Zinc lies where lead does, gold anywhere; clay pits besides.
fn records() -> String {
    let mut rng = Seed(5).rng();
    let mut text = String::from("name,easting,northing,commodities\n");
    for number in 0..170 {
        let mut place =
            || [400_000.0, 7_000_000.0].map(|corner| corner + rng.random_range(0.0..48_000.0_f64));
        for list in ["Lead|Zinc", "Gold", "Clay"] {
            let [east, north] = place();
            writeln!(text, "site {number} {list},{east},{north},{list}").unwrap();
        }
    }
    text
}

fn project() -> Project {
    let project = District::new().project();
    project.write("project.toml", PROJECT);
    project.write("records.csv", records());
    project
}

#[test]
fn a_run_judges_all_models_on_the_same_masks_and_flags_ground() {
    let project = project();
    let said = project.paydirt(&["infill", "project.toml"]).expect(0, &[]);
    assert!(said.stdout.contains("one layer hidden") && said.stdout.contains("open "));
    let report: Value = serde_json::from_slice(&project.read("metals.infill/report.json")).unwrap();
    let figures = report["figures"].as_array().unwrap();
    let models = ["co-occurrence counts", "indicator kriging", "local trees", "small"];
    assert_eq!(figures.len(), models.len() * 3);
    let of = |model: &str, mode: &str| {
        let found = figures.iter().find(|line| line["model"] == model && line["mode"] == mode);
        found.unwrap().clone()
    };
    for model in ["co-occurrence counts", "local trees"] {
        let line = of(model, "one_layer");
        for species in 0..2 {
            let auc = line["species"][species]["pr_auc"].as_f64().unwrap();
            assert!(auc > 0.8, "{model}: {auc}");
        }
        assert!(line["species"][2]["pr_auc"].as_f64().unwrap() < 0.4);
    }
    // A layer that is hidden whole is nowhere near: kriging knows nothing of it.
    assert!(of("indicator kriging", "one_layer")["micro_pr_auc"].as_f64().unwrap() < 0.4);
    assert_eq!(of("small", "layers")["seeds"]["micro"].as_array().unwrap().len(), 2);
    assert!(report["random_control"]["seen"].as_f64().unwrap() > 0.2);
    assert_eq!(report["flagged"].as_array().unwrap().len(), 3);
    assert_eq!(report["dependency"].as_array().unwrap().len(), 3);
    assert!(report["dependency"][0]["loss"][0].is_null());
    for band in ["lead", "zinc", "gold"] {
        let info =
            raster::inspect(&project.path(&format!("metals.infill/maps/{band}.tif"))).unwrap();
        assert_eq!((info.rows, info.cols, info.bands.len()), (48, 48, 3));
        for folder in ["maps", "layers"] {
            let style = project.path(&format!("metals.infill/{folder}/{band}.qml"));
            assert!(style.is_file(), "{folder} {band}");
        }
    }
    let masks: Value = serde_json::from_slice(&project.read("metals.infill/masks.json")).unwrap();
    let tiles = report["split"]["test_tiles"].as_u64().unwrap() as usize;
    assert_eq!(masks["one_layer"].as_array().unwrap().len(), 3 * tiles);
    for file in [
        "report.html",
        "report.pdf",
        "clusters.gpkg",
        "models/small-0.safetensors",
        "models/small-1.csv",
    ] {
        assert!(project.path("metals.infill").join(file).is_file(), "{file}");
    }
    // The resolved project fills in the same cells.
    project
        .paydirt(&["infill", "metals.infill/project.toml", "--out", "again", "--threads", "1"])
        .expect(0, &[]);
    let again: Value = serde_json::from_slice(&project.read("again/report.json")).unwrap();
    assert_eq!(again["figures"], report["figures"]);
    assert_eq!(
        project.read("again/models/small-0.safetensors"),
        project.read("metals.infill/models/small-0.safetensors")
    );
}

const BESIDE: &str = r#"
[[auxiliary]]
name = "faults"
path = "faults.geojson"
unit = "m"
steps = [{ distance = {} }, { log = { offset = 1.0 } }]

[[auxiliary]]
name = "slip rate"
path = "faults.geojson"
attribute = "rate"
legend = "rates.csv"
steps = [{ rasterise = { background = 0.0 } }]

[spectra]
path = "scans.csv"
crs = "EPSG:32635"
bin_nm = 100

[recording]
access = ["faults"]
neighbour_cells = [3.0]
cells = 500
"#;

#[test]
fn shares_give_what_an_infilling_gives_alone() {
    let project = project();
    project.paydirt(&["infill", "project.toml", "--out", "alone"]).expect(0, &[]);
    for _ in 0..2 {
        for share in ["1/2", "2/2"] {
            let said = ["infill", "project.toml", "--states", "states", "--shard", share];
            project.paydirt(&said).expect(0, &[]);
        }
    }
    let ends = ["infill", "project.toml", "--states", "states", "--out", "together"];
    project.paydirt(&ends).expect(0, &[]);
    assert_same(&files(&project.path("alone")), &files(&project.path("together")));
}

#[test]
fn shapes_spectra_and_models_of_recording_stand_beside_the_records() {
    let project = project();
    project.write("project.toml", format!("{PROJECT}{BESIDE}"));
    let fault = |from: f64, rate: &str| {
        format!(
            r#"{{"type":"Feature","properties":{{"rate":"{rate}"}},"geometry":{{"type":"LineString","coordinates":[[{from},7001000],[{},7047000]]}}}}"#,
            from + 9000.0
        )
    };
    let crs = r#""crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::32635"}}"#;
    let faults = [fault(405_000.0, "1-5"), fault(425_000.0, "<0.2")].join(",");
    let text = format!(r#"{{"type":"FeatureCollection",{crs},"features":[{faults}]}}"#);
    project.write("faults.geojson", text);
    project.write("rates.csv", "value,score\n1-5,3.0\n<0.2,0.1\n");
    let mut rng = Seed(8).rng();
    let mut scans = String::from("easting,northing,X400,X430,X900\n");
    for _ in 0..60 {
        let mut at = |from: f64| from + rng.random_range(0.0..48_000.0);
        let (east, north) = (at(400_000.0), at(7_000_000.0));
        writeln!(scans, "{east},{north},{},0.3,0.5", rng.random::<f64>()).unwrap();
    }
    scans.push_str("9000000,7000000,0.1,0.2,0.3\n,,0.1,0.2,0.3\n");
    project.write("scans.csv", scans);
    let short = ["seeds=1", "networks.0.network.training.epochs=1", "judge.dependency=false"];
    let sets: Vec<&str> = short.iter().flat_map(|set| ["--set", set]).collect();
    project.paydirt(&[&["infill", "project.toml"], &sets[..]].concat()).expect(0, &[]);
    let report: Value = serde_json::from_slice(&project.read("metals.infill/report.json")).unwrap();
    let read = &report["read"];
    assert_eq!(read["auxiliary"], serde_json::json!(["faults", "slip rate"]));
    assert_eq!(read["layers"][0]["steps"], serde_json::json!(["distance", "log"]));
    let spectra = &read["spectra"];
    let counts = ["scans", "outside", "skipped", "bands"].map(|key| spectra[key].as_u64().unwrap());
    assert_eq!(counts, [60, 1, 1, 2]);
    let page = String::from_utf8(project.read("metals.infill/report.html")).unwrap();
    assert!(page.contains("60 scans of 2 bands") && page.contains("steps distance, log"));
    let lines = report["recording"].as_array().unwrap();
    assert_eq!(lines.len(), 3);
    for line in lines {
        assert!(line["doubts"][0].as_str().unwrap().contains("anchored"));
        assert!(line["expected"].as_f64().unwrap() >= line["recorded"].as_f64().unwrap());
    }
    assert!(page.contains("Recorded, unrecorded, absent") && page.contains("Lead, unrecorded"));
    let info = raster::inspect(&project.path("metals.infill/recording/lead.tif")).unwrap();
    assert_eq!((info.rows, info.cols, info.bands.len()), (48, 48, 3));
    project.edit("access = [\"faults\"]", "access = [\"roads\"]");
    project
        .paydirt(&["infill", "project.toml", "--overwrite"])
        .expect(2, &["`roads`", "`faults`, `slip rate`"]);
    project.edit("access = [\"roads\"]", "access = [\"faults\"]");
    project.write("scans.csv", "easting,northing,clay\n400500,7000500,0.2\n");
    project.paydirt(&["infill", "project.toml", "--overwrite"]).expect(3, &["wavelengths", "clay"]);
    project.edit("bin_nm = 100", "bin_nm = 0");
    project.paydirt(&["infill", "project.toml"]).expect(2, &["`spectra.bin_nm`"]);
}

#[test]
fn a_study_varies_one_key_and_draws_the_curve() {
    let project = project();
    let depth = "networks.0.network.body.unet.depth";
    let said = project.paydirt(&[
        "study",
        "project.toml",
        "--set",
        "seeds=1",
        "--set",
        "networks.0.network.training.epochs=1",
        "--vary",
        depth,
        "--value",
        "10",
        "--value",
        "18",
        "--out",
        "depth.svg",
    ]);
    let said = said.expect(0, &[]);
    assert!(said.stdout.contains("one layer hidden: small"), "{}", said.stdout);
    let study: Value = serde_json::from_slice(&project.read("depth.json")).unwrap();
    let learned =
        |variant: usize| study["variants"][variant]["report"]["networks"][0]["learned"].as_u64();
    assert!(learned(0).unwrap() < learned(1).unwrap());
    // What is not varied is alike.
    let trees = |variant: usize| {
        let figures = study["variants"][variant]["report"]["figures"].as_array().unwrap().clone();
        figures.into_iter().filter(|line| line["model"] == "local trees").collect::<Vec<_>>()
    };
    assert_eq!(trees(0), trees(1));
    let svg = String::from_utf8(project.read("depth.svg")).unwrap();
    assert!(svg.contains(depth) && !svg.contains("NaN"));
    // A value that cannot be is told before anything is judged.
    project
        .paydirt(&["study", "project.toml", "--vary", depth, "--value", "10", "--value", "11"])
        .expect(2, &["network.body.unet.depth"]);
}

#[test]
fn what_cannot_be_filled_in_is_refused() {
    let cases: [(&str, &str, &str, i32, &[&str]); 7] = [
        ("misspelt", "\"Zinc\"", "\"Zink\"", 3, &["`Zink`", "nearest: Zinc"]),
        (
            "untrained",
            "[2, 2]]",
            "[2, 2], [0, 0], [0, 2], [1, 0], [1, 1], [1, 2], [2, 0], [2, 1]]",
            3,
            &["training side"],
        ),
        (
            "large",
            "tile_cells = 8",
            "tile_cells = 60",
            2,
            &["`tile_cells` is 60", "48 rows x 48 columns"],
        ),
        ("step", "step_cells = 4", "step_cells = 9", 2, &["`map.step_cells` is 9"]),
        ("depth", "depth = 10", "depth = 11", 2, &["network.body.unet.depth", "11", "18, 34"]),
        (
            "degrees",
            "\"EPSG:32635\"\ncell_m",
            "\"EPSG:4326\"\ncell_m",
            2,
            &["EPSG:4326", "degrees"],
        ),
        ("block", "[[0, 1]", "[[9, 1]", 2, &["[9, 1]", "rows 0 to 2"]),
    ];
    for (name, from, to, code, says) in cases {
        let project = project();
        project.edit(from, to);
        println!("{name}");
        project.paydirt(&["infill", "project.toml"]).expect(code, says);
    }
    let project = project();
    project.write("records.csv", "name,commodities\nBlue Jay,Gold\n");
    project
        .paydirt(&["infill", "project.toml"])
        .expect(3, &["no coordinates", "name, commodities"]);
}
