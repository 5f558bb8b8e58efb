//! What a browser is told of maps, places, deposits and targets.

#[cfg(test)]
mod support;

use axum::http::StatusCode;
use paydirt_core::grid::{Crs, GeoTransform, Grid};
use paydirt_view::{Address, Scheme, TILE_PIXELS, View};
use serde_json::Value as Json;
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

#[tokio::test]
async fn the_grid_is_tied_to_the_earth_or_says_that_it_is_not() {
    let (_run, router) = Run::new().router_kept();
    let (_, told) = answer(&router, "/api/run").await;
    assert_eq!(told["on_earth"], true);
    let (_, lattice) = answer(&router, "/api/graticule").await;
    let rows = lattice["places"].as_array().unwrap();
    let place = |row: usize, col: usize, axis: usize| rows[row][col][axis].as_f64().unwrap();
    let last = rows.len() - 1;
    // Zone 35 has its middle at 27 degrees east and 500 km; the region runs from 400 to 460 km.
    assert!((place(0, 0, 0) - 25.7273).abs() < 1e-3 && (place(0, 0, 1) - 45.1463).abs() < 1e-3);
    assert!(place(0, last, 0) > 26.4 && place(last, 0, 1) < place(0, 0, 1));
    // The same as a place says.
    let (_, corner) = answer(&router, "/api/place?easting=400050&northing=4999950").await;
    let longitude = corner["longitude_latitude"][0].as_f64().unwrap();
    assert!((longitude - place(0, 0, 0)).abs() < 1e-3);
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
    let (_, told) = answer(&router, "/api/run").await;
    assert_eq!(told["on_earth"], false);
    let (status, told) = answer(&router, "/api/graticule").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(told["error"].as_str().unwrap().contains("not tied to the Earth"));
}
