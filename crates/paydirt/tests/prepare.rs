//! The clean stack as files.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use paydirt_io::vector::{self, PointOptions};
use paydirt_io::{crs, raster};
use support::District;

#[test]
fn every_layer_is_written_with_its_bands_its_edges_and_the_receipt() {
    let project = District::new().project();
    let more = "[[evidence]]\nname = \"contacts_at_depth\"\npath = \"data/magnetic_anomaly.tif\"\nsteps = [{ worms = {} }]\n\n\
                [[assays]]\nname = \"rock\"\npath = \"data/rocks.csv\"\ncrs = \"EPSG:32635\"\nsteps = [{ kriging = { max_distance_m = 1500 } }]\n\n[labels]";
    project.edit("[labels]", more);
    let rows = (0..40).map(|i| {
        let (east, north) = (400_200 + (i % 8) * 450, 6_999_700 - (i / 8) * 700);
        format!("{east},{north},{}\n", 10 + (i * 7) % 23)
    });
    let table: String =
        std::iter::once("easting,northing,Cu_ppm\n".to_string()).chain(rows).collect();
    project.write("data/rocks.csv", table);
    project.paydirt(&["prepare", "--quiet"]).expect(0, &[]);
    let folder = project.path("district.prepared");
    for name in ["lithology", "arsenic", "fault_distance", "contacts_at_depth", "rock_Cu"] {
        let info = raster::inspect(&folder.join(format!("evidence/{name}.tif"))).unwrap();
        assert_eq!((info.rows, info.cols, info.bands.len()), (40, 40, 1), "{name}");
    }
    for name in ["rock_Cu_uncertainty.tif", "rock_Cu.qml", "known_layers.tif"] {
        assert!(folder.join("evidence").join(name).is_file(), "{name}");
    }
    for entry in fs_err::read_dir(folder.join("evidence")).unwrap() {
        let path = entry.unwrap().path();
        let raster = path.extension().is_some_and(|end| end == "tif");
        assert!(!raster || path.with_extension("qml").is_file(), "{}", path.display());
    }
    let edges = folder.join("evidence/contacts_at_depth_edges.gpkg");
    let target = crs::parse("EPSG:32635").unwrap();
    let points = vector::read_points(&edges, &target, &PointOptions::default()).unwrap();
    assert!(!points.records.is_empty());
    let height =
        |record: &vector::PointRecord| record.attributes["height_m"].parse::<f64>().unwrap();
    assert!(points.records.iter().all(|record| height(record) >= 0.0));
    let receipt: serde_json::Value =
        serde_json::from_slice(&project.read("district.prepared/receipt.json")).unwrap();
    assert_eq!(receipt["assays"][0]["cleaned"]["elements"][0]["element"], "Cu");
    assert_eq!(receipt["layers"].as_array().unwrap().len(), 5);
}
