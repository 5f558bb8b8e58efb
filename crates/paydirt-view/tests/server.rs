//! The answers to a browser, without one: what is served, what is refused, and how.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use paydirt_core::grid::{Crs, GeoTransform, Grid};
use paydirt_core::step::Geometry;
use paydirt_io::cog::{self, Band, Overviews, Spec};
use paydirt_io::gpkg::{self, Feature, FieldType, Layer, Value};
use paydirt_view::{Address, Error, Scheme, TILE_PIXELS, View, server};
use serde_json::Value as Json;
use tower::ServiceExt;

const LOOPBACK: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const CLASSES: &str = r##"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis><pipe><rasterrenderer type="singlebandpseudocolor" alphaBand="-1"><rastershader>
<colorrampshader colorRampType="DISCRETE">
<item alpha="255" value="499.5" label="low" color="#000080"/>
<item alpha="255" value="inf" label="high" color="#ff0000"/>
</colorrampshader></rastershader></rasterrenderer></pipe></qgis>"##;

#[cfg(test)]
mod support {
    use super::*;

    pub(super) fn grid(system: &str, [rows, cols]: [usize; 2], [width, height]: [f64; 2]) -> Grid {
        let crs = paydirt_io::crs::parse(system).unwrap();
        let (west, north) = if crs.metres_per_unit.is_some() { (400e3, 5e6) } else { (20.0, 61.0) };
        let transform = GeoTransform { west, north, cell_width: width, cell_height: height };
        Grid::new(crs, transform, rows, cols).unwrap()
    }

    /// Writes a map of which each cell holds `value(row, col)`.
    pub(super) fn map(path: &Path, grid: &Grid, value: &dyn Fn(usize, usize) -> f32) {
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
        Layer { name: name.into(), fields, features, style: None }
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
    pub(super) struct Run(pub(super) tempfile::TempDir);

    impl Run {
        pub(super) fn new() -> Self {
            Self::on(&grid("EPSG:32635", [40, 600], [100.0, 100.0]))
        }

        pub(super) fn on(grid: &Grid) -> Self {
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

        pub(super) fn root(&self) -> PathBuf {
            self.0.path().join("district.run")
        }

        pub(super) fn router(&self) -> Router {
            server::router(Arc::new(View::open(&self.root()).unwrap()), LOOPBACK)
        }
    }

    pub(super) async fn get(router: &Router, address: &str) -> Response<Body> {
        let request = Request::get(address).header("host", "127.0.0.1:1234");
        router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    pub(super) async fn body(response: Response<Body>) -> Vec<u8> {
        response.into_body().collect().await.unwrap().to_bytes().to_vec()
    }

    pub(super) async fn answer(router: &Router, address: &str) -> (StatusCode, Json) {
        let response = get(router, address).await;
        let status = response.status();
        let body = body(response).await;
        (status, serde_json::from_slice(&body).unwrap_or(Json::Null))
    }

    /// The pixels of a tile, four bytes each.
    pub(super) fn pixels(png: &[u8]) -> Vec<[u8; 4]> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut bytes).unwrap();
        bytes.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2], pixel[3]]).collect()
    }
}

use support::{Run, answer, body, get, grid, map, pixels};

const BLUE: [u8; 4] = [0, 0, 128, 255];
const RED: [u8; 4] = [255, 0, 0, 255];
const CLEAR: [u8; 4] = [0; 4];

#[tokio::test]
async fn tiles_show_each_cell_in_its_class() {
    let router = Run::new().router_kept();
    let (status, told) = answer(&router.1, "/api/run").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(told["resolutions"], serde_json::json!([400.0, 200.0, 100.0]));
    assert_eq!(told["tiles"], serde_json::json!([[1, 1], [2, 1], [3, 1]]));
    let response = get(&router.1, "/tiles/prospectivity/2/1/0.png").await;
    assert_eq!(response.headers()["content-type"], "image/png");
    let tile = pixels(&body(response).await);
    let at = |row: usize, col: usize| tile[row * TILE_PIXELS + col];
    // Column 500 begins the high class: 244 of the second tile. Row 0 is missing, the map ends after row 39.
    assert_eq!([at(1, 0), at(1, 243), at(1, 244), at(39, 255)], [BLUE, BLUE, RED, RED]);
    assert_eq!([at(0, 0), at(40, 0)], [CLEAR, CLEAR]);
    let last = pixels(&body(get(&router.1, "/tiles/prospectivity/2/2/0.png").await).await);
    assert_eq!([last[TILE_PIXELS + 87], last[TILE_PIXELS + 88]], [RED, CLEAR]);
    let whole = pixels(&body(get(&router.1, "/tiles/prospectivity/0/0/0.png").await).await);
    let at = |row: usize, col: usize| whole[row * TILE_PIXELS + col];
    assert_eq!(
        [at(5, 0), at(5, 124), at(5, 126), at(5, 149), at(5, 150)],
        [BLUE, BLUE, RED, RED, CLEAR]
    );
}

#[tokio::test]
async fn malformed_addresses_get_a_clear_answer() {
    let (_run, router) = Run::new().router_kept();
    let cases = [
        ("/tiles/prospectivity/2/9/0.png", 404, "3 x 1 tiles"),
        ("/tiles/prospectivity/99/0/0.png", 404, "0 x 0 tiles"),
        ("/tiles/prospectivity/18446744073709551616/0/0.png", 400, "no address of a tile"),
        ("/tiles/prospectivity/-1/0/0.png", 400, "no address of a tile"),
        ("/tiles/prospectivity/1/+1/0.png", 400, "no address of a tile"),
        ("/tiles/prospectivity/1/0/0.tif", 400, "no address of a tile"),
        ("/tiles/prospectivity/1e0/0/0.png", 400, "no address of a tile"),
        ("/tiles/nothing/0/0/0.png", 404, "no layer `nothing`"),
        ("/tiles/..%2F..%2Fsecret/0/0/0.png", 404, "no layer"),
        ("/tiles/prospectivity/0/0", 404, "there is no `/tiles"),
        ("/api/place", 400, "missing field `easting`"),
        ("/api/place?easting=nan&northing=1", 400, "finite"),
        ("/api/place?easting=x&northing=1", 400, "invalid"),
        ("/api/place?easting=1&northing=1", 404, "not on the grid"),
        ("/nothing", 404, "there is no `/nothing`"),
    ];
    for (address, status, words) in cases {
        let (found, told) = answer(&router, address).await;
        let error = told["error"].as_str().unwrap_or_default();
        assert!(found.as_u16() == status && error.contains(words), "{address}: {found}, {told}");
    }
    let post = Request::post("/api/run").body(Body::empty()).unwrap();
    assert_eq!(router.oneshot(post).await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn nothing_outside_the_folder_is_served() {
    let (run, router) = Run::new().router_kept();
    let root = run.root();
    #[cfg(unix)]
    std::os::unix::fs::symlink(run.0.path().join("secret.txt"), root.join("late.txt")).unwrap();
    let outside = [
        "/files/../secret.txt",
        "/files/..%2Fsecret.txt",
        "/files/%2e%2e/secret.txt",
        "/files/maps/../../secret.txt",
        "/files/maps/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/files//etc/passwd",
        "/files/%2Fetc%2Fpasswd",
        "/files/..%5Csecret.txt",
        "/files/report.json%00.txt",
        "/files/.paydirt",
        "/files/maps",
        "/files/late.txt",
        "/../secret.txt",
    ];
    for address in outside {
        let (status, told) = answer(&router, address).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{address}: {told}");
        assert!(told["error"].is_string(), "{address}");
    }
    let report = get(&router, "/files/report.json").await;
    assert_eq!(report.status(), StatusCode::OK);
    assert_eq!(body(report).await, fs_err::read(root.join("report.json")).unwrap());
    // A file that was exchanged for a link that leads out, after the folder was opened.
    #[cfg(unix)]
    {
        fs_err::remove_file(root.join("report.html")).unwrap();
        std::os::unix::fs::symlink(run.0.path().join("secret.txt"), root.join("report.html"))
            .unwrap();
        let (status, _) = answer(&router, "/files/report.html").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn files_come_in_parts_for_programs_that_read_maps_from_afar() {
    let (run, router) = Run::new().router_kept();
    let request = Request::get("/files/maps/prospectivity.tif").header("range", "bytes=0-3");
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
    let start = fs_err::read(run.root().join("maps/prospectivity.tif")).unwrap()[..4].to_vec();
    assert_eq!(body(response).await, start);
}

#[tokio::test]
async fn every_answer_keeps_scripts_and_other_pages_out() {
    let (_run, router) = Run::new().router_kept();
    for address in
        ["/", "/app.js", "/app.css", "/api/run", "/nothing", "/tiles/prospectivity/0/0/0.png"]
    {
        let response = get(&router, address).await;
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'; "),
            "{policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"));
        assert_eq!(headers["x-content-type-options"], "nosniff", "{address}");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin", "{address}");
    }
    // A report has its style in it, and no scripts: none may run.
    let report = get(&router, "/files/report.html").await;
    let policy = report.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'unsafe-inline'; img-src data:; "));
    assert!(!policy.contains("script-src"));
}

#[tokio::test]
async fn a_page_from_elsewhere_cannot_be_pointed_here() {
    let (run, router) = Run::new().router_kept();
    let ask = |router: &Router, host: &str| {
        let request = Request::get("/api/run").header("host", host).body(Body::empty()).unwrap();
        router.clone().oneshot(request)
    };
    for host in ["evil.example", "evil.example:1234", "127.0.0.1.evil.example", "10.0.0.1", ""] {
        let response = ask(&router, host).await.unwrap();
        assert_eq!(response.status(), StatusCode::MISDIRECTED_REQUEST, "{host}");
    }
    for host in ["localhost", "localhost:1234", "127.0.0.1:9", "[::1]:1234", "LOCALHOST"] {
        assert_eq!(ask(&router, host).await.unwrap().status(), StatusCode::OK, "{host}");
    }
    let view = Arc::new(View::open(&run.root()).unwrap());
    let open = server::router(view, std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));
    assert_eq!(ask(&open, "maps.example").await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_place_tells_values_percentile_drivers_and_deposits() {
    let (_run, router) = Run::new().router_kept();
    // Row 20, column 6: half a cell from its corner.
    let (status, place) = answer(&router, "/api/place?easting=400620&northing=4997999").await;
    assert_eq!(status, StatusCode::OK, "{place}");
    assert_eq!((&place["row"], &place["col"]), (&20.into(), &6.into()));
    assert_eq!(place["easting"], 400_650.0);
    assert_eq!(place["percentile"], 75.0);
    let values = place["values"].as_array().unwrap();
    let value =
        |id: &str| values.iter().find(|value| value["layer"] == id).unwrap()["value"].clone();
    assert_eq!(value("prospectivity"), 6.0);
    assert_eq!(value("evidence.rock type"), 2.0);
    let drivers: Vec<_> = place["drivers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|driver| (driver["layer"].as_str().unwrap(), driver["share"].as_f64().unwrap()))
        .collect();
    assert_eq!(drivers, [("Faults", -6.0), ("Arsenic", 2.0)]);
    let nearest = &place["deposits"][0];
    assert_eq!(nearest["name"], "Near");
    let expected = 1000.0_f64.hypot(100.0);
    assert!((nearest["distance_m"].as_f64().unwrap() - expected).abs() < 1e-6, "{nearest}");
    // EPSG:32635 has its middle at 27 degrees east; a false easting of 500 km is put there.
    let [longitude, latitude] =
        [0, 1].map(|axis| place["longitude_latitude"][axis].as_f64().unwrap());
    assert!((25.7..25.8).contains(&longitude) && (45.1..45.2).contains(&latitude));
    // Row 0 has no probability.
    let (_, missing) = answer(&router, "/api/place?easting=400620&northing=4999950").await;
    assert_eq!(missing["values"][0]["value"], Json::Null);
}

#[tokio::test]
async fn vectors_and_analogs_are_those_of_the_run() {
    let (_run, router) = Run::new().router_kept();
    let (_, vectors) = answer(&router, "/api/vectors").await;
    let count = |key: &str| vectors[key].as_array().unwrap().len();
    assert_eq!(
        ["deposits", "targets", "held_out_ground", "held_out_deposits"].map(count),
        [3, 1, 1, 1]
    );
    assert_eq!(vectors["targets"][0]["rank"], 1);
    assert_eq!(vectors["held_out_ground"][0]["part"], "block 1");
    assert_eq!(vectors["held_out_deposits"][0]["fold"], 2);
    // The target's best cell has shares (0.3, -2); `Near` (3, -5), `Far` (0.5, -30); `Inside` is its own.
    let (_, analogs) = answer(&router, "/api/analogs").await;
    assert_eq!(analogs[0]["name"], "Far");
    let cosine = (0.3 * 0.5 + 60.0) / ((0.09_f64 + 4.0) * (0.25 + 900.0)).sqrt();
    assert!((analogs[0]["likeness"].as_f64().unwrap() - cosine).abs() < 1e-6, "{analogs}");
}

#[tokio::test]
async fn damaged_maps_are_told_and_the_rest_is_shown() {
    let run = Run::new();
    let maps = run.root().join("maps");
    fs_err::write(maps.join("spread.tif"), "no raster").unwrap();
    fs_err::write(run.root().join("report.json"), "{ \"project\": ").unwrap();
    map(&maps.join("other.tif"), &grid("EPSG:32635", [7, 7], [100.0; 2]), &|_, _| 0.5);
    let view = View::open(&run.root()).unwrap();
    let told = view.warnings.join("\n");
    for words in ["spread.tif", "`report.json` is damaged", "`other` lies on another grid"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(view.layer("prospectivity").is_some() && view.layer("other").is_none());
    let router = server::router(Arc::new(view), LOOPBACK);
    // Cut short after it was opened: tiles of it fail with its name, others are drawn.
    let whole = fs_err::read(maps.join("prospectivity_rank.tif")).unwrap();
    fs_err::write(maps.join("prospectivity_rank.tif"), &whole[..whole.len() / 3]).unwrap();
    let (status, told) = answer(&router, "/tiles/prospectivity_rank/0/0/0.png").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{told}");
    assert!(told["error"].as_str().unwrap().contains("prospectivity_rank.tif"), "{told}");
    let (status, _) = answer(&router, "/tiles/prospectivity/0/0/0.png").await;
    assert_eq!(status, StatusCode::OK);
}

#[test]
fn folders_without_maps_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let refused = |path: &Path, words: &str| {
        let error = View::open(path).unwrap_err();
        let told = format!("{error} {}", error.hint().unwrap_or_default());
        assert!(matches!(error, Error::NothingToView { .. }) && told.contains(words), "{told}");
    };
    refused(&place.path().join("none"), "no such folder");
    refused(place.path(), "no `maps/*.tif`");
    let file = place.path().join("map.tif");
    fs_err::write(&file, "x").unwrap();
    refused(&file, "no folder");
    fs_err::create_dir(place.path().join("maps")).unwrap();
    fs_err::write(place.path().join("maps/prospectivity.tif"), "x").unwrap();
    refused(place.path(), "prospectivity.tif");
}

#[tokio::test]
async fn a_grid_in_degrees_is_drawn_true_in_its_middle_row() {
    let grid = grid("EPSG:4326", [200, 400], [0.01, 0.01]);
    let (_run, router) = Run::on(&grid).router_kept();
    let (_, told) = answer(&router, "/api/run").await;
    assert_eq!(told["geographic"], true);
    let [east, north] = [0, 1].map(|axis| told["metres"][axis].as_f64().unwrap());
    assert!((east / north - 60.0_f64.to_radians().cos()).abs() < 1e-12);
    // A pixel is the shorter side of a cell, east to west; a cell is two of them high.
    let finest = told["resolutions"].as_array().unwrap().last().unwrap().as_f64().unwrap();
    assert!((finest - 0.01 * east).abs() < 1e-9);
    let tiles = told["tiles"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(tiles, serde_json::json!([2, 2]));
    let zoom = told["tiles"].as_array().unwrap().len() - 1;
    let tile =
        pixels(&body(get(&router, &format!("/tiles/prospectivity/{zoom}/0/0.png")).await).await);
    assert_eq!(
        [tile[TILE_PIXELS], tile[2 * TILE_PIXELS], tile[3 * TILE_PIXELS]],
        [CLEAR, BLUE, BLUE]
    );
}

#[test]
fn from_afar_a_smaller_copy_is_read() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("large.run");
    fs_err::create_dir_all(root.join("maps")).unwrap();
    let grid = grid("EPSG:32635", [1500, 2100], [30.0, 30.0]);
    map(&root.join("maps/prospectivity.tif"), &grid, &|_, col| (col / 1050) as f32);
    let view = View::open(&root).unwrap();
    let layer = view.layer("prospectivity").unwrap();
    assert!(layer.raster.levels().len() > 2);
    let Scheme { resolutions, tiles, .. } = &view.scheme;
    assert_eq!(resolutions.len(), 5);
    // 2100 cells of 30 m in tiles of 256 pixels, halved from 8.2 tiles on.
    assert_eq!(tiles, &[[1, 1], [2, 1], [3, 2], [5, 3], [9, 6]]);
    for (zoom, [cols, rows]) in tiles.iter().enumerate() {
        let row = rows / 2;
        let first = view.scheme.draw(layer, Address { zoom, col: 0, row }).unwrap();
        let last = view.scheme.draw(layer, Address { zoom, col: cols - 1, row }).unwrap();
        let colour = |pixels: &[u8], pixel: usize| pixels[4 * pixel..4 * pixel + 4].to_vec();
        assert_eq!(colour(&first, 0), layer.legend.colour(0.0).0, "zoom {zoom}");
        // Pixels whose middle lies on the map.
        let edge = (2100.0 * 30.0 / resolutions[zoom] - 0.5).ceil() as usize - 256 * (cols - 1);
        assert_eq!(colour(&last, edge - 1), layer.legend.colour(1.0).0, "zoom {zoom}");
        assert!(edge == 256 || colour(&last, edge) == CLEAR, "zoom {zoom}");
    }
}

impl Run {
    /// The run, which must live as long, and its answers.
    fn router_kept(self) -> (Self, Router) {
        let router = self.router();
        (self, router)
    }
}

/// The system of synthetic districts has no place on the globe, and is drawn all the same.
#[tokio::test]
async fn a_local_grid_has_no_longitude() {
    let transform =
        GeoTransform { west: 0.0, north: 4000.0, cell_width: 100.0, cell_height: 100.0 };
    let grid = Grid::new(Crs::local_metres(), transform, 40, 600).unwrap();
    let (_run, router) = Run::on(&grid).router_kept();
    let (status, place) = answer(&router, "/api/place?easting=650&northing=2000").await;
    assert_eq!((status, &place["longitude_latitude"]), (StatusCode::OK, &Json::Null), "{place}");
}
