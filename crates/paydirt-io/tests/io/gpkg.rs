//! GeoPackages that others can read.

use paydirt_core::grid::Crs;
use paydirt_core::step::Geometry;
use paydirt_io::Error;
use paydirt_io::gpkg::{self, Feature, FieldType, Kind, Layer, Value};
use paydirt_io::vector::{self, PointOptions, ShapeOptions};

use crate::support::{listing, tool};

fn layers() -> Vec<Layer> {
    let square = |west: f64, side: f64| {
        vec![[west, 0.0], [west + side, 0.0], [west + side, side], [west, side], [west, 0.0]]
    };
    let target = |rank: i64, score: f64, name: Value| Feature {
        geometry: Geometry::Polygons(vec![
            vec![square(1000.0 * rank as f64, 100.0), square(1000.0 * rank as f64 + 20.0, 10.0)],
            vec![square(1000.0 * rank as f64 + 500.0, 50.0)],
        ]),
        values: vec![Value::Integer(rank), Value::Real(score), name],
    };
    let fields = vec![
        ("rank".into(), FieldType::Integer),
        ("score".into(), FieldType::Real),
        ("driver".into(), FieldType::Text),
    ];
    let place = |place| Feature { geometry: Geometry::Points(vec![place]), values: vec![] };
    let line = vec![vec![[0.0, 0.0], [5.0, 5.0]], vec![[9.0, 9.0], [8.0, 8.0], [7.0, 9.0]]];
    vec![
        Layer {
            name: "targets".into(),
            kind: Kind::Polygons,
            fields,
            features: vec![
                target(2, 0.5, Value::Text("faults 'north', gänzlich".into())),
                target(1, f64::NAN, Value::Missing),
            ],
            style: Some(
                "<qgis version=\"3.28\"><renderer-v2 type=\"singleSymbol\"/></qgis>".into(),
            ),
        },
        Layer {
            name: "deposits".into(),
            kind: Kind::Points,
            fields: vec![],
            features: vec![place([1.0, 2.0]), place([3.0, 4.0])],
            style: None,
        },
        Layer {
            name: "faults".into(),
            kind: Kind::Lines,
            fields: vec![],
            features: vec![Feature { geometry: Geometry::Lines(line), values: vec![] }],
            style: None,
        },
        Layer {
            name: "empty".into(),
            kind: Kind::Polygons,
            fields: vec![],
            features: vec![],
            style: None,
        },
    ]
}

#[test]
fn layers_fields_styles_and_order_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.gpkg");
    let crs = paydirt_io::crs::parse("EPSG:3067").unwrap();
    gpkg::write(&path, &crs, &layers()).unwrap();
    assert_eq!(listing(folder.path()), ["out.gpkg"]);
    assert_eq!(vector::layers(&path).unwrap(), ["targets", "deposits", "faults", "empty"]);
    let options = ShapeOptions {
        layer: Some("targets".into()),
        value_attribute: Some("score".into()),
        assume_crs: None,
        ..ShapeOptions::default()
    };
    let shapes = vector::read_shapes(&path, &crs, &options).unwrap();
    assert_eq!((shapes.crs.as_str(), shapes.crs_assumed), ("EPSG:3067", false));
    let values: Vec<_> = shapes.shapes.iter().map(|shape| shape.value).collect();
    assert_eq!((values, shapes.without_value), (vec![Some(0.5), None], 1));
    for (shape, feature) in shapes.shapes.iter().zip(&layers()[0].features) {
        assert_eq!(shape.geometry, feature.geometry);
    }
    let deposits = PointOptions { layer: Some("deposits".into()), ..PointOptions::default() };
    let points = vector::read_points(&path, &crs, &deposits).unwrap();
    assert_eq!((points.records[1].place.easting, points.records[1].place.northing), (3.0, 4.0));
    assert_eq!(listing(folder.path()), ["out.gpkg"], "reading leaves no journal");
}

#[test]
fn records_are_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.gpkg");
    let crs = paydirt_io::crs::parse("EPSG:3067").unwrap();
    gpkg::write(&path, &crs, &layers()).unwrap();
    for mut layer in layers() {
        layer.style = None;
        for value in layer.features.iter_mut().flat_map(|feature| &mut feature.values) {
            // A number that is not finite is written as missing.
            if matches!(value, Value::Real(number) if number.is_nan()) {
                *value = Value::Missing;
            }
        }
        assert_eq!(vector::read_records(&path, &layer.name).unwrap(), layer);
    }
    let error = vector::read_records(&path, "shafts").unwrap_err();
    assert!(matches!(error, Error::Unknown { .. }), "{error}");
}

#[test]
fn gdal_and_qgis_find_the_styles() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.gpkg");
    gpkg::write(&path, &paydirt_io::crs::parse("EPSG:3067").unwrap(), &layers()).unwrap();
    let query =
        "SELECT f_table_name, f_geometry_column, styleQML FROM layer_styles WHERE useAsDefault = 1";
    let path = path.to_string_lossy();
    let Some(said) = tool("ogrinfo", &["-ro", "-q", &path, "-sql", query]) else { return };
    assert!(said.contains("f_table_name (String) = targets"), "{said}");
    assert!(said.contains("f_geometry_column (String) = geom"), "{said}");
    assert!(said.contains("<renderer-v2 type=\"singleSymbol\"/>"), "{said}");
    let said = tool("ogrinfo", &["-ro", &path, "targets"]).unwrap();
    assert!(said.contains("driver (String) = faults 'north', gänzlich"), "{said}");
    assert!(said.contains("rank: Integer64") && said.contains("score: Real"), "{said}");
}

#[test]
fn equal_content_is_equal_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let crs = paydirt_io::crs::parse("ESRI:102008").unwrap();
    let bytes = ["a.gpkg", "b.gpkg"].map(|name| {
        let path = folder.path().join(name);
        gpkg::write(&path, &crs, &layers()).unwrap();
        fs_err::read(path).unwrap()
    });
    assert!(bytes[0] == bytes[1]);
}

#[test]
fn local_systems_and_wrong_shapes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.gpkg");
    gpkg::write(&path, &Crs::local_metres(), &layers()).unwrap();
    let options = PointOptions { layer: Some("deposits".into()), ..PointOptions::default() };
    let found = vector::read_points(&path, &Crs::local_metres(), &options);
    assert_eq!(found.unwrap().records.len(), 2);
    let mut wrong = layers();
    wrong[0].features[0].values.pop();
    let error = gpkg::write(&path, &Crs::local_metres(), &wrong).unwrap_err();
    assert!(matches!(error, Error::BadShape { found: 2, expected: 3, .. }), "{error}");
}
