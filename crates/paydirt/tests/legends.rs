//! A model keeps the codes of the classes that it was fitted on: other ground is read by them.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};

use paydirt::cli::Common;
use paydirt::command::Session;
use paydirt::console::Console;
use paydirt::{demo, project, run, saved};
use paydirt_core::district;

/// Polygons from west to east over the district, 1 km wide, of these rocks (empty: none).
fn rocks(rocks: [&str; 4]) -> String {
    let feature = |(number, rock): (usize, &str)| {
        let (west, east) = (400_000 + number * 1000, 401_000 + number * 1000);
        let ring = [[west, 6_990_000], [east, 6_990_000], [east, 7_001_000], [west, 7_001_000]];
        serde_json::json!({
            "type": "Feature",
            "properties": { "rock": rock },
            "geometry": {
                "type": "Polygon",
                "coordinates": [[ring[0], ring[1], ring[2], ring[3], ring[0]]],
            },
        })
    };
    serde_json::json!({
        "type": "FeatureCollection",
        "crs": { "type": "name", "properties": { "name": "urn:ogc:def:crs:EPSG::32635" } },
        "features": rocks.into_iter().enumerate().map(feature).collect::<Vec<_>>(),
    })
    .to_string()
}

/// A project of faults and rocks.
fn project(folder: &Path, names: [&str; 4]) -> PathBuf {
    let settings = district::Settings { rows: 40, cols: 40, ..district::Settings::default() };
    demo::write(folder, &settings).unwrap();
    fs_err::write(folder.join("data/rocks.geojson"), rocks(names)).unwrap();
    let text = r#"name = "rocks"
[grid]
like = "data/study_area.tif"
[[evidence]]
name = "rock"
path = "data/rocks.geojson"
type = "categorical"
attribute = "rock"
steps = [{ rasterise = {} }, { one_hot = {} }]
[[evidence]]
name = "faults"
path = "data/faults.gpkg"
unit = "m"
steps = [{ distance = {} }]
[labels]
path = "data/deposits.csv"
crs = "EPSG:32635"
[sample.distant_unlabelled]
per_deposit = 5
at_least_m = 200
[split.blocks]
block_m = 1000
buffer_m = 0
folds = 2
repeats = 1
[model.logistic]
[uncertainty.ensemble]
members = 1
"#;
    let file = folder.join("project.toml");
    fs_err::write(&file, text).unwrap();
    file
}

#[test]
fn other_ground_is_read_by_the_codes_of_the_model() {
    let session = Session { console: Console::silent(), common: Common::default() };
    let place = tempfile::tempdir().unwrap();
    let (here, there) = (place.path().join("here"), place.path().join("there"));
    let home = project(&here, ["schist", "gabbro", "schist", "marble"]);
    let fitted = place.path().join("fitted.run");
    run::run(&project::open(&home, &[]).unwrap(), &fitted, &session).unwrap();
    let codes = &saved::load(&fitted).unwrap().contract.codes["rock"];
    let pairs: Vec<_> = codes.iter().map(|(text, code)| (text.as_str(), *code)).collect();
    assert_eq!(pairs, [("gabbro", 1), ("marble", 2), ("schist", 3)]);

    // by itself this ground would have the codes 1 to 3 for other rocks
    let other = project(&there, ["basalt", "schist", "marble", "amphibolite"]);
    let opened = project::open(&other, &[]).unwrap();
    let drawn = run::predict(&fitted, &opened, &place.path().join("drawn.run"), &session).unwrap();
    let layer = &drawn.receipt.layers[0];
    let legend = [(1, "gabbro"), (2, "marble"), (3, "schist")].map(|(c, t)| (c, t.to_owned()));
    assert_eq!(layer.legend, legend);
    assert_eq!((layer.min, layer.max), (Some(2.0), Some(3.0)));
    assert_eq!((layer.known_cells, layer.missing_cells), (800, 800));
    let told = "`amphibolite`, `basalt` not in the legend, so 50.0 % of the area is missing";
    assert!(layer.warnings.iter().any(|warning| warning == told), "{:?}", layer.warnings);

    // presence alone, or numbers, are not the classes of the model
    let mut bare = opened.clone();
    bare.project.evidence[0].attribute = None;
    let refused = run::predict(&fitted, &bare, &place.path().join("none.run"), &session);
    let message = refused.unwrap_err().to_string();
    assert!(message.contains("are numbers, but the model was fitted on text"), "{message}");

    // a model fitted on numbers knows no text
    let numbers = project(&here, ["3", "1", "3", "2"]);
    let bare = place.path().join("bare.run");
    run::run(&project::open(&numbers, &[]).unwrap(), &bare, &session).unwrap();
    let refused = run::predict(&bare, &opened, &place.path().join("no.run"), &session);
    let message = refused.unwrap_err().to_string();
    assert!(message.contains("the classes of `rock` are text"), "{message}");
}
