//! What a client is given beside the maps: report on paper, catalogue, table of cells, styles; and that a map
//! alone is enough to draw it again.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

#[path = "support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use paydirt::cli::Common;
use paydirt::command::Session;
use paydirt::console::Console;
use paydirt::error::Error;
use paydirt::report::Report;
use paydirt::reproduce::reproduce;
use paydirt_io::raster::{self, Request};
use serde_json::Value;
use support::{District, Project};

fn session() -> Session {
    Session { console: Console::silent(), common: Common::default() }
}

/// Runs a project with changes; its report and folder.
fn run(project: &Project, changes: &[&str]) -> (Report, PathBuf) {
    let changes: Vec<String> = changes.iter().map(|change| (*change).to_string()).collect();
    let opened = paydirt::project::open(&project.path("project.toml"), &changes).unwrap();
    let out = project.path("district.run");
    (paydirt::run::run(&opened, &out, &session()).unwrap(), out)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs_err::read(path).unwrap()).unwrap()
}

#[test]
fn the_catalogue_names_every_file_with_its_size_and_checksum() {
    let project = District::new().project();
    let (_, out) = run(&project, &["output.cells=true", "output.cma_id=ni-2026"]);
    let collection = json(&out.join("stac/collection.json"));
    assert_eq!(
        (&collection["type"], &collection["stac_version"]),
        (&"Collection".into(), &"1.1.0".into())
    );
    let mut named = Vec::new();
    for link in collection["links"].as_array().unwrap() {
        assert!(out.join("stac").join(link["href"].as_str().unwrap()).is_file(), "{link}");
    }
    for item in ["maps.json", "model.json"].map(|name| json(&out.join("stac").join(name))) {
        assert_eq!((&item["type"], &item["collection"]), (&"Feature".into(), &collection["id"]));
        assert!(item["properties"]["datetime"].as_str().unwrap().ends_with('Z'));
        // The district lies in zone 35 of the northern hemisphere.
        let [west, south, east, north] = [0, 1, 2, 3].map(|at| item["bbox"][at].as_f64().unwrap());
        assert!(24.0 < west && west < east && east < 30.0 && south < north, "{}", item["bbox"]);
        for (key, asset) in item["assets"].as_object().unwrap() {
            let path = out.join("stac").join(asset["href"].as_str().unwrap());
            let bytes = fs_err::metadata(&path).unwrap().len();
            assert_eq!(asset["file:size"], bytes, "{key}");
            let hash = format!("1220{}", paydirt_io::digest::sha256(&path).unwrap());
            assert_eq!(asset["file:checksum"], hash, "{key}");
            named.push(path.canonicalize().unwrap());
        }
    }
    let model = json(&out.join("stac/model.json"));
    assert_eq!(model["properties"]["mlm:input"][0]["bands"].as_array().unwrap().len(), 3);
    assert_eq!(model["assets"]["members-msgpack"]["roles"][0], "mlm:model");
    let held_out = &model["properties"]["paydirt:held_out"]["figures"]["roc_auc"];
    assert!(held_out[0].as_f64().unwrap() > 0.0);
    let coverage = &json(&out.join("stac/maps.json"))["assets"]["coverage"];
    assert_eq!(coverage["bands"][0]["data_type"], "uint8");
    for folder in ["", "maps", "evidence", "model"] {
        for entry in fs_err::read_dir(out.join(folder)).unwrap() {
            let path = entry.unwrap().path().canonicalize().unwrap();
            let own = path.ends_with(".paydirt") || path.is_dir();
            assert!(own || named.contains(&path), "{}", path.display());
        }
    }
}

#[test]
fn the_table_of_cells_says_what_the_maps_say() {
    let project = District::new().project();
    let (report, out) = run(&project, &["output.cells=true", "output.cma_id=ni-2026"]);
    let mut table = csv::Reader::from_path(out.join("cells.csv")).unwrap();
    let columns = table.headers().unwrap().clone();
    assert_eq!(
        columns.iter().skip(7).collect::<Vec<_>>(),
        ["lithology", "arsenic", "fault_distance"]
    );
    let path = out.join("maps/prospectivity.tif");
    let grid = raster::inspect(&path).unwrap().grid(&path).unwrap();
    let map = raster::read(&path, &grid, &Request::default()).unwrap().0;
    let (mut cells, mut of_targets) = (0, 0);
    for row in table.records().map(Result::unwrap) {
        let number = |at: usize| row[at].parse::<f64>().unwrap();
        let place = paydirt_core::grid::Point { easting: number(0), northing: number(1) };
        let unit = grid.locate(place).unwrap();
        assert_eq!(row[2].parse::<f32>().unwrap().to_bits(), map[unit].to_bits());
        cells += 1;
        of_targets += usize::from(&row[6] == "1");
    }
    assert_eq!(cells, report.map.unwrap().cells);
    let cell_km2 = 0.01;
    assert_eq!(of_targets, (report.targets[0].area_km2 / cell_km2).round() as usize);

    let layer = json(&out.join("maps/prospectivity.cdr.json"));
    assert_eq!(
        (&layer["cma_id"], &layer["output_type"]),
        (&"ni-2026".into(), &"likelihood".into())
    );
    let spread = json(&out.join("maps/spread.cdr.json"));
    assert_eq!(spread["model_run_id"], layer["model_run_id"]);
}

#[test]
fn the_report_is_set_on_pages_unless_it_is_not_wanted() {
    let project = District::new().project();
    let (_, out) = run(&project, &[]);
    let pages = fs_err::read(out.join("report.pdf")).unwrap();
    assert!(pages.starts_with(b"%PDF-") && pages.len() > 50_000, "{}", pages.len());
    fs_err::remove_dir_all(&out).unwrap();
    let (_, out) = run(&project, &["output.pdf=false"]);
    assert!(!out.join("report.pdf").exists() && !out.join("cells.csv").exists());
}

#[test]
fn a_map_alone_is_drawn_again_bit_for_bit() {
    let project = District::new().project();
    let (_, out) = run(&project, &[]);
    let map = project.path("sent by mail.tif");
    fs_err::copy(out.join("maps/uncertainty.tif"), &map).unwrap();
    fs_err::remove_dir_all(&out).unwrap();
    let again = project.path("again.run");
    let found = reproduce(&map, None, &again, &session()).unwrap();
    assert!(found.same() && found.cells > 1_600, "{found:?}");
    // Three layers, labels, grid and study area.
    assert_eq!(found.inputs, 6);
    assert!(again.join("report.html").is_file());

    // Another seed stands for another map.
    let text = String::from_utf8(project.read("project.toml")).unwrap();
    project.write("other.toml", text.replace("seed = 7", "seed = 8"));
    let other =
        reproduce(&map, Some(&project.path("other.toml")), &project.path("o.run"), &session());
    assert!(other.unwrap().different > 0);

    // So do other data.
    let deposits = String::from_utf8(project.read("data/deposits.csv")).unwrap();
    project.write("data/deposits.csv", deposits.replacen('1', "2", 1));
    let refused = reproduce(&map, None, &project.path("r.run"), &session()).unwrap_err();
    assert!(refused.to_string().contains("`labels` is another file"), "{refused}");
    assert_eq!(refused.exit_code(), 3);
    assert!(!project.path("r.run").exists());
}

#[test]
fn a_raster_that_does_not_say_how_it_was_drawn_is_refused() {
    let project = District::new().project();
    let refused =
        reproduce(&project.path("data/arsenic.tif"), None, &project.path("r.run"), &session());
    assert!(
        matches!(refused.unwrap_err(), Error::Data { reason, .. } if reason.contains("PAYDIRT_MAP"))
    );
}
