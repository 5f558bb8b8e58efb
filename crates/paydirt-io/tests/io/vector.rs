//! Features and labelled places, from the formats that people use.

use std::f64::consts::PI;
use std::path::{Path, PathBuf};

use paydirt_core::grid::Point;
use paydirt_core::step::Geometry;
use paydirt_io::crs::parse;
use paydirt_io::vector::{self, Only, PointOptions, ShapeOptions, SkipReason, Skipped};
use paydirt_io::{Error, digest};

use crate::support::{listing, tool};

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs_err::write(&path, text).unwrap();
    path
}

const JSON: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"kind":"fault","age":12,"note":"4.5"},"geometry":{"type":"LineString","coordinates":[[24,61],[25,61,7]]}},
{"type":"Feature","properties":{"kind":"none","age":null},"geometry":null},
{"type":"Feature","properties":{"kind":"mix","age":3,"note":""},"geometry":{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[27,61]},{"type":"Polygon","coordinates":[[[27,61],[28,61],[28,62],[27,61]]]}]}},
{"type":"Feature","properties":{"kind":"far","age":1},"geometry":{"type":"Point","coordinates":[27,95]}}]}"#;

#[test]
fn geojson_comes_into_the_project_system_easting_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.geojson", JSON);
    let options = ShapeOptions { value_attribute: Some("age".into()), ..ShapeOptions::default() };
    let shapes = vector::read_shapes(&path, &parse("EPSG:3067").unwrap(), &options).unwrap();
    assert_eq!(
        shapes.skipped,
        [
            Skipped { record: 2, reason: SkipReason::NoGeometry },
            Skipped { record: 4, reason: SkipReason::NoPlace },
        ]
    );
    let values: Vec<_> = shapes.shapes.iter().map(|shape| shape.value).collect();
    assert_eq!(values, [Some(12.0), Some(3.0), Some(3.0)]);
    // On the central meridian 27 E the easting is 500 km; the meridian arc to 61 N on GRS 1980, by
    // integration, is 6,765,493.55 m, times 0.9996.
    let Geometry::Points(points) = &shapes.shapes[1].geometry else { panic!("not points") };
    assert!((points[0][0] - 500_000.0).abs() < 1e-3, "{points:?}");
    assert!((points[0][1] - 6_762_787.35).abs() < 1.0, "{points:?}");
    assert!(
        matches!(&shapes.shapes[2].geometry, Geometry::Polygons(rings) if rings[0][0].len() == 4)
    );
    assert_eq!(shapes.warnings.len(), 2);
}

#[test]
fn attributes_must_be_there_and_be_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.geojson", JSON);
    let degrees = parse("EPSG:4326").unwrap();
    let read = |name: &str| {
        let options =
            ShapeOptions { value_attribute: Some(name.into()), ..ShapeOptions::default() };
        vector::read_shapes(&path, &degrees, &options)
    };
    let shapes = read("note").unwrap();
    assert_eq!((shapes.shapes[0].value, shapes.shapes[1].value), (Some(4.5), None));
    assert!(matches!(read("kind").unwrap_err(), Error::BadValues { .. }));
    let error = read("depth").unwrap_err().to_string();
    assert!(error.ends_with("has no attribute `depth` (it has: kind, age, note)"), "{error}");
}

#[test]
fn curves_become_lines_and_layers_must_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let csv = file(folder.path(), "w.csv", "id,WKT\n1,\"CIRCULARSTRING(0 0,1 1,2 0)\"\n");
    let path = folder.path().join("two.gpkg");
    let (from, to) = (csv.to_string_lossy(), path.to_string_lossy());
    for (layer, update) in [("arcs", &[][..]), ("more", &["-update"])] {
        let mut arguments = vec!["-f", "GPKG", "-a_srs", "EPSG:3067", "-nln", layer, &to, &from];
        arguments.extend(["-oo", "GEOM_POSSIBLE_NAMES=WKT"].iter().chain(update));
        if tool("ogr2ogr", &arguments).is_none() {
            return;
        }
    }
    let metres = parse("EPSG:3067").unwrap();
    let error = vector::read_shapes(&path, &metres, &ShapeOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), format!("`{to}` holds several layers: arcs, more"));
    let options = ShapeOptions { layer: Some("arcs".into()), ..ShapeOptions::default() };
    let shapes = vector::read_shapes(&path, &metres, &options).unwrap();
    let Geometry::Lines(lines) = &shapes.shapes[0].geometry else { panic!("not lines") };
    assert!(lines[0].len() > 10);
    assert!(
        lines[0].iter().all(|[e, n]| ((e - 1.0).hypot(*n) - 1.0).abs() < 1e-9),
        "on the circle"
    );
    assert_eq!(listing(folder.path()), ["two.gpkg", "w.csv"]);
}

#[test]
fn tables_of_places() {
    let folder = tempfile::tempdir().unwrap();
    let text = "name,Longitude,LAT,role\nA,27,61,deposit\nB,0,0,deposit\nC,,61,deposit\n\"D, east\",\"28\",62,NA\n";
    let path = file(folder.path(), "sites.csv", text);
    let metres = parse("EPSG:3067").unwrap();
    let points = vector::read_points(&path, &metres, &PointOptions::default()).unwrap();
    assert_eq!(points.crs, "EPSG:4326");
    assert_eq!(
        points.skipped,
        [
            Skipped { record: 2, reason: SkipReason::AtZero },
            Skipped { record: 3, reason: SkipReason::NotFinite },
        ]
    );
    assert_eq!(points.records.len(), 2);
    assert!((points.records[0].place.easting - 500_000.0).abs() < 1e-3);
    assert_eq!(points.records[1].record, 4);
    assert_eq!(points.records[1].attributes["name"], "D, east");
    assert!(!points.records[1].attributes.contains_key("role"), "missing is left out");

    let text = "id;easting;northing;lon;lat\n1;500000;6762787;27;61\n";
    let path = file(folder.path(), "both.csv", text);
    let given = PointOptions { crs: Some(metres.clone()), ..PointOptions::default() };
    for options in [given.clone(), PointOptions::default()] {
        let points = vector::read_points(&path, &metres, &options).unwrap();
        let Point { easting, northing } = points.records[0].place;
        assert!((easting - 500_000.0).abs() < 1e-3 && (northing - 6_762_787.35).abs() < 1.0);
    }
    let path = file(folder.path(), "own.csv", "E_ETRS,N_ETRS\n500000,6762787\n");
    let named = PointOptions {
        easting: Some("E_ETRS".into()),
        northing: Some("N_ETRS".into()),
        ..given.clone()
    };
    assert_eq!(vector::read_points(&path, &metres, &named).unwrap().records.len(), 1);
    let error = vector::read_points(&path, &metres, &given).unwrap_err();
    assert!(matches!(error, Error::NoCoordinates { .. }) && error.hint().is_some(), "{error}");
    let path = file(folder.path(), "metres.csv", "x,y\n500000,6762787\n");
    let error = vector::read_points(&path, &metres, &PointOptions::default()).unwrap_err();
    assert!(matches!(error, Error::NoCrs { .. }), "{error}");
    let path = file(folder.path(), "swapped.csv", "lon,lat\n500000,6762787\n");
    let error = vector::read_points(&path, &metres, &PointOptions::default()).unwrap_err();
    assert!(matches!(error, Error::Contradiction { .. }), "{error}");
}

#[test]
fn points_of_a_vector_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.geojson", JSON);
    let points = vector::read_points(&path, &parse("EPSG:4326").unwrap(), &PointOptions::default());
    // 95 N is no latitude.
    assert!(matches!(points.unwrap_err(), Error::Contradiction { .. }));
    let path = file(folder.path(), "b.geojson", &JSON.replace("95", "65"));
    let points = vector::read_points(&path, &parse("EPSG:4326").unwrap(), &PointOptions::default());
    let points = points.unwrap();
    assert_eq!(points.records[0].place, Point { easting: 27.0, northing: 65.0 });
    let reasons: Vec<_> = points.skipped.iter().map(|skipped| skipped.reason).collect();
    assert_eq!(reasons, [SkipReason::NotAPoint, SkipReason::NoGeometry, SkipReason::NotAPoint]);
}

/// FIPS 180-4: the digest of `abc`.
#[test]
fn digests_of_files_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "b.txt", "abc");
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(digest::sha256(&path).unwrap(), abc);
    let before = digest::sha256(folder.path()).unwrap();
    file(folder.path(), "a.txt", "abc");
    let after = digest::sha256(folder.path()).unwrap();
    assert!(before != after && after != abc && after == digest::sha256(folder.path()).unwrap());
    let shp = file(folder.path(), "c.shp", "geometry");
    let alone = digest::sha256(&shp).unwrap();
    file(folder.path(), "c.dbf", "attributes");
    assert_ne!(digest::sha256(&shp).unwrap(), alone, "attributes belong to a Shapefile");
    assert!(digest::sha256(&folder.path().join("none")).is_err());
}

#[test]
fn features_take_part_by_their_attributes() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.geojson", JSON);
    let degrees = parse("EPSG:4326").unwrap();
    let read = |only: Only| {
        let options = ShapeOptions {
            value_attribute: Some("kind".into()),
            as_text: true,
            only: Some(only),
            ..ShapeOptions::default()
        };
        vector::read_shapes(&path, &degrees, &options)
    };
    let of = |attribute: &str| Only { attribute: attribute.into(), ..Only::default() };
    let texts =
        |only: Only| -> Vec<String> { read(only).unwrap().texts.into_iter().flatten().collect() };
    // a collection of two kinds is two shapes
    let both = Only { is: vec!["mix".into(), "fault".into(), "fold".into()], ..of("kind") };
    assert_eq!(texts(both.clone()), ["fault", "mix", "mix"]);
    assert_eq!(read(both.clone()).unwrap().warnings, ["no feature has `kind` `fold`"]);
    assert!(read(Only { min: Some(12.0), ..both }).is_err(), "text is no number");
    assert_eq!(texts(Only { min: Some(3.0), max: Some(11.0), ..of("age") }), ["mix"; 2]);
    assert_eq!(texts(Only { is: vec!["12.0".into()], ..of("age") }), ["fault"]);
    assert_eq!(read(Only { max: Some(99.0), ..of("age") }).unwrap().features, 4);
    let none = read(Only { is: vec!["Fault".into()], max: Some(1.5), ..of("kind") }).unwrap_err();
    let expected = "has a `kind` that is Fault and is at most 1.5 (there are: far (1), fault (1), \
                    mix (1), none (1))";
    assert!(none.to_string().ends_with(expected) && none.hint().is_some(), "{none}");
}

#[test]
fn heights_measures_and_odd_rings_do_not_harm() {
    let folder = tempfile::tempdir().unwrap();
    let text = "id,WKT\n1,\"LINESTRING ZM (0 0 5 1,3 4 6 2)\"\n2,\"POLYGON M ((0 0 1,4 0 1,4 4 1,0 0 1))\"\n\
                3,\"CURVEPOLYGON(CIRCULARSTRING(0 0,2 0,2 2,0 2,0 0))\"\n\
                4,\"COMPOUNDCURVE(CIRCULARSTRING(0 0,1 1,2 0),(2 0,3 0))\"\n\
                5,\"POLYGON((0 0,4 4,4 0,0 4,0 0))\"\n6,\"LINESTRING EMPTY\"\n\
                7,\"LINESTRING(1 1,1 1)\"\n8,\"POLYHEDRALSURFACE Z (((0 0 0,1 0 0,1 1 0,0 0 0)))\"\n";
    let path = file(folder.path(), "w.csv", text);
    let to = folder.path().join("all.gpkg");
    let arguments = ["-f", "GPKG", "-a_srs", "EPSG:3067", "-oo", "GEOM_POSSIBLE_NAMES=WKT"];
    let paths = [to.to_string_lossy(), path.to_string_lossy()];
    let arguments: Vec<&str> = arguments.into_iter().chain(paths.iter().map(|p| &**p)).collect();
    if tool("ogr2ogr", &arguments).is_none() {
        return;
    }
    let metres = parse("EPSG:3067").unwrap();
    let shapes = vector::read_shapes(&to, &metres, &ShapeOptions::default()).unwrap();
    assert_eq!(shapes.skipped, [Skipped { record: 6, reason: SkipReason::NoGeometry }]);
    let unit = [1.0, 1.0];
    let sizes: Vec<[f64; 2]> = (shapes.shapes.iter())
        .map(|shape| [shape.geometry.length_m(unit), shape.geometry.area_m2(unit)])
        .collect();
    let expected = [
        [5.0, 0.0],
        [0.0, 8.0],
        // a circle of radius sqrt 2, and half a circle of radius 1 with a line; arcs are chords
        [0.0, 2.0 * PI],
        [PI + 1.0, 0.0],
        // a ring that crosses itself: one triangle turns against the other
        [0.0, 0.0],
        [0.0, 0.0],
        [0.0, 0.5],
    ];
    assert_eq!(sizes.len(), expected.len(), "{sizes:?}");
    for (found, expected) in sizes.iter().flatten().zip(expected.iter().flatten()) {
        assert!((found - expected).abs() < 0.01, "{sizes:?}");
    }
}
