//! What the tests of the answers share: a small run, and ways to ask about it.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use paydirt_core::grid::{GeoTransform, Grid};
use paydirt_core::step::Geometry;
use paydirt_io::cog::{self, Band, Overviews, Spec};
use paydirt_io::gpkg::{self, Feature, FieldType, Kind, Layer, Value};
use paydirt_view::{View, server};
use serde_json::Value as Json;
use tower::ServiceExt;

pub(crate) const LOOPBACK: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const CLASSES: &str = r##"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis><pipe><rasterrenderer type="singlebandpseudocolor" alphaBand="-1"><rastershader>
<colorrampshader colorRampType="DISCRETE">
<item alpha="255" value="499.5" label="low" color="#000080"/>
<item alpha="255" value="inf" label="high" color="#ff0000"/>
</colorrampshader></rastershader></rasterrenderer></pipe></qgis>"##;

pub(crate) fn grid(system: &str, [rows, cols]: [usize; 2], [width, height]: [f64; 2]) -> Grid {
    let crs = paydirt_io::crs::parse(system).unwrap();
    let (west, north) = if crs.metres_per_unit.is_some() { (400e3, 5e6) } else { (20.0, 61.0) };
    let transform = GeoTransform { west, north, cell_width: width, cell_height: height };
    Grid::new(crs, transform, rows, cols).unwrap()
}

/// Writes a map of which each cell holds `value(row, col)`.
pub(crate) fn map(path: &Path, grid: &Grid, value: &dyn Fn(usize, usize) -> f32) {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let bands = vec![Band { name, unit: "probability".into() }];
    let spec = Spec { bands, overviews: Overviews::Nearest, ..Spec::default() };
    cog::write::<f32>(path, grid, &spec, &mut |rows| {
        let cells = rows.flat_map(|row| (0..grid.cols).map(move |col| value(row, col)));
        Ok(vec![cells.collect()])
    })
    .unwrap();
}

fn layer(name: &str, fields: &[(&str, FieldType)], features: Vec<Feature>) -> Layer {
    let fields = fields.iter().map(|(name, kind)| ((*name).into(), *kind)).collect();
    let kind =
        features.first().map_or(Kind::Points, |feature: &Feature| Kind::of(&feature.geometry));
    Layer { name: name.into(), kind, fields, features, style: None }
}

fn vectors(root: &Path, grid: &Grid) {
    let at = |row: usize, col: usize| {
        let place = grid.centre(row * grid.cols + col);
        [place.easting, place.northing]
    };
    let point = |place, values| Feature { geometry: Geometry::Points(vec![place]), values };
    let ring = vec![at(1, 1), at(1, 4), at(4, 4), at(4, 1), at(1, 1)];
    let square = || Geometry::Polygons(vec![vec![ring.clone()]]);
    let text = |text: &str| Value::Text(text.into());
    let targets = vec![Feature { geometry: square(), values: vec![Value::Integer(1)] }];
    let deposits = vec![
        point(at(2, 2), vec![text("Inside")]),
        point(at(30, 5), vec![text("Near")]),
        point(at(5, 30), vec![text("Far")]),
    ];
    let layers = [
        layer("targets", &[("rank", FieldType::Integer)], targets),
        layer("known_deposits", &[("name", FieldType::Text)], deposits),
    ];
    gpkg::write(&root.join("targets.gpkg"), &grid.crs, &layers).unwrap();
    let whole = [("repeat", FieldType::Integer), ("fold", FieldType::Integer)];
    let of = |last| vec![Value::Integer(1), Value::Integer(2), last];
    let samples =
        vec![point(at(2, 2), of(text("deposit"))), point(at(9, 9), of(text("unlabelled")))];
    let ground = vec![Feature { geometry: square(), values: of(text("block 1")) }];
    let layers = [
        layer("samples", &[&whole[..], &[("role", FieldType::Text)]].concat(), samples),
        layer("held_out_ground", &[&whole[..], &[("part", FieldType::Text)]].concat(), ground),
    ];
    gpkg::write(&root.join("split.gpkg"), &grid.crs, &layers).unwrap();
}

/// A run of 40 x 600 cells: `prospectivity` holds each cell's column; two attributions; deposits, one target.
pub(crate) struct Run(pub(crate) tempfile::TempDir);

impl Run {
    pub(crate) fn new() -> Self {
        Self::on(&grid("EPSG:32635", [40, 600], [100.0, 100.0]))
    }

    pub(crate) fn on(grid: &Grid) -> Self {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("district.run");
        fs_err::create_dir_all(root.join("maps")).unwrap();
        fs_err::create_dir_all(root.join("evidence")).unwrap();
        fs_err::write(place.path().join("secret.txt"), "nobody's business").unwrap();
        fs_err::write(root.join(".paydirt"), "mark").unwrap();
        let maps = root.join("maps");
        map(&maps.join("prospectivity.tif"), grid, &|row, col| {
            if row == 0 { f32::NAN } else { col as f32 }
        });
        fs_err::write(maps.join("prospectivity.qml"), CLASSES).unwrap();
        map(&maps.join("prospectivity_rank.tif"), grid, &|_, _| 0.75);
        map(&maps.join("attribution_arsenic.tif"), grid, &|row, _| row as f32 / 10.0);
        map(&maps.join("attribution_faults.tif"), grid, &|_, col| -(col as f32));
        map(&root.join("evidence/rock type.tif"), grid, &|row, _| (row % 3) as f32);
        vectors(&root, grid);
        let peak = grid.centre(3 * grid.cols + 2);
        let report = serde_json::json!({ "project": "district", "targets": [{
            "rank": 1, "easting": peak.easting, "northing": peak.northing, "deposit_names": ["Inside"],
        }] });
        fs_err::write(root.join("report.json"), report.to_string()).unwrap();
        fs_err::write(root.join("report.html"), "<style>p { color: red }</style><p>hi</p>")
            .unwrap();
        Self(place)
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.0.path().join("district.run")
    }

    /// The run, which must live as long, and its answers.
    pub(crate) fn router_kept(self) -> (Self, Router) {
        let router = self.router();
        (self, router)
    }

    pub(crate) fn router(&self) -> Router {
        server::router(Arc::new(View::open(&self.root()).unwrap()), LOOPBACK)
    }
}

pub(crate) async fn get(router: &Router, address: &str) -> Response<Body> {
    let request = Request::get(address).header("host", "127.0.0.1:1234");
    router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

pub(crate) async fn body(response: Response<Body>) -> Vec<u8> {
    response.into_body().collect().await.unwrap().to_bytes().to_vec()
}

pub(crate) async fn answer(router: &Router, address: &str) -> (StatusCode, Json) {
    let response = get(router, address).await;
    let status = response.status();
    let body = body(response).await;
    (status, serde_json::from_slice(&body).unwrap_or(Json::Null))
}

/// The pixels of a tile, four bytes each.
pub(crate) fn pixels(png: &[u8]) -> Vec<[u8; 4]> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut bytes).unwrap();
    bytes.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2], pixel[3]]).collect()
}
