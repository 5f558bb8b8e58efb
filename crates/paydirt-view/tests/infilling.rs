//! What a browser is told of an infilling: a choice of species, which scores, spreads, records and flagged ground follow.

#[cfg(test)]
mod support;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use paydirt_core::grid::Grid;
use paydirt_core::step::Geometry;
use paydirt_io::cog::{self, Band, Overviews, Spec};
use paydirt_io::gpkg::{self, Feature, FieldType, Kind, Layer, Value};
use paydirt_view::{Group, View, server};
use serde_json::{Value as Json, json};
use support::{LOOPBACK, answer, body, get, grid, pixels};

const SCORES: [&str; 3] = ["mean", "spread_over_masks", "spread_over_seeds"];
const RECORDS: [&str; 3] = ["count", "presence", "quality"];

/// An infilling of 20 x 40 cells of 1 km. Gold scores its column in hundredths and is recorded twice in row 4, column
/// 10; rare earths score their row and are recorded nowhere; of neither is a quality known, and one seed has no spread.
#[cfg(test)]
struct Infilling {
    place: tempfile::TempDir,
    grid: Grid,
}

#[cfg(test)]
impl Infilling {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let infilling = Self { place, grid: grid("EPSG:32635", [20, 40], [1000.0, 1000.0]) };
        let root = infilling.root();
        for folder in ["maps", "layers"] {
            fs_err::create_dir_all(root.join(folder)).unwrap();
        }
        let nan = |_, _| f32::NAN;
        let hundredths = |number: usize| if number == 0 { f32::NAN } else { number as f32 / 100.0 };
        let gold = |_, col| hundredths(col);
        let count = |row: usize, col: usize| if (row, col) == (4, 10) { 2.0 } else { 0.0 };
        let presence = |row: usize, col: usize| count(row, col) / 2.0;
        infilling.bands("maps/gold.tif", SCORES, [&gold, &|_, _| 0.125, &nan]);
        infilling.bands("layers/gold.tif", RECORDS, [&count, &presence, &nan]);
        infilling.bands(
            "maps/rare_earths.tif",
            SCORES,
            [&|row, _| hundredths(row), &|_, _| 0.25, &nan],
        );
        infilling.bands("layers/rare_earths.tif", RECORDS, [&|_, _| 0.0, &|_, _| 0.0, &nan]);
        infilling.clusters();
        let report = json!({
            "project": "metals", "read": { "species": [{ "name": "Rare Earths" }, { "name": "Gold" }] },
            "split": { "block_m": 16_000.0, "test_blocks": [[0, 0], [1, 2]] },
            "flagged": [{ "species": "Gold", "clusters": [{ "rank": 1 }] }], "figures": [],
        });
        fs_err::write(root.join("report.json"), report.to_string()).unwrap();
        infilling
    }

    fn root(&self) -> PathBuf {
        self.place.path().join("metals.infill")
    }

    fn bands(&self, name: &str, names: [&str; 3], values: [&dyn Fn(usize, usize) -> f32; 3]) {
        let band = |name: &str| Band { name: name.into(), unit: "unit".into() };
        let spec = Spec {
            bands: names.map(band).to_vec(),
            overviews: Overviews::Average,
            ..Spec::default()
        };
        let cols = self.grid.cols;
        cog::write_bands::<f32>(&self.root().join(name), &self.grid, &spec, &mut |band, rows| {
            let cells = rows.flat_map(|row| (0..cols).map(move |col| (row, col)));
            Ok(cells.map(|(row, col)| values[band](row, col)).collect())
        })
        .unwrap();
    }

    /// One cluster of each species.
    fn clusters(&self) {
        let at = |row: usize, col: usize| {
            let place = self.grid.centre(row * self.grid.cols + col);
            [place.easting, place.northing]
        };
        let feature = |species: &str, row: usize| {
            let ring = vec![at(row, 1), at(row, 4), at(row + 3, 4), at(row + 3, 1), at(row, 1)];
            let values = vec![Value::Text(species.into()), Value::Integer(1)];
            Feature { geometry: Geometry::Polygons(vec![vec![ring]]), values }
        };
        let fields = vec![("species".into(), FieldType::Text), ("rank".into(), FieldType::Integer)];
        let features = vec![feature("Gold", 1), feature("Rare Earths", 9)];
        let layer =
            Layer { name: "clusters".into(), kind: Kind::Polygons, fields, features, style: None };
        gpkg::write(&self.root().join("clusters.gpkg"), &self.grid.crs, &[layer]).unwrap();
    }

    fn view(&self) -> View {
        View::open(&self.root()).unwrap()
    }

    fn router(&self) -> Router {
        server::router(Arc::new(self.view()), LOOPBACK)
    }
}

#[tokio::test]
async fn layers_belong_to_a_species_by_its_name_in_the_report() {
    let infilling = Infilling::new();
    let (_, told) = answer(&infilling.router(), "/api/run").await;
    assert_eq!(told["species"], json!(["Rare Earths", "Gold"]));
    assert_eq!((&told["warnings"], &told["name"]), (&json!([]), &json!("metals")));
    let layers = told["layers"].as_array().unwrap();
    let of = |species: &str| {
        let its = layers.iter().filter(|layer| layer["species"] == species);
        its.map(|layer| layer["id"].as_str().unwrap()).collect::<Vec<_>>()
    };
    // Nothing is known of quality, nor of the spread over a single seed; presence says no more than counts.
    assert_eq!(of("Gold"), ["gold.mean", "gold.spread_over_masks", "gold.count"]);
    assert_eq!(of("Rare Earths").len(), 3);
    assert_eq!(layers[0]["group"], "infilling");
    let gold = layers.iter().find(|layer| layer["id"] == "gold.mean").unwrap();
    assert_eq!(
        (&gold["file"], &gold["title"]),
        (&json!("maps/gold.tif"), &json!("Score while hidden"))
    );
    // The classes part the area: the highest is the best column of 39.
    let highest = gold["legend"]["items"].as_array().unwrap().last().unwrap();
    assert!((highest["value"].as_f64().unwrap() - 0.39).abs() < 1e-6, "{highest}");
    assert!((highest["share"].as_f64().unwrap() - 1.0 / 39.0).abs() < 1e-12, "{highest}");
}

#[tokio::test]
async fn nothing_is_drawn_where_nothing_is_recorded() {
    let infilling = Infilling::new();
    let tile = get(&infilling.router(), "/tiles/gold.count/0/0/0.png").await;
    let tile = pixels(&body(tile).await);
    let drawn: Vec<usize> = (0..tile.len()).filter(|pixel| tile[*pixel][3] > 0).collect();
    assert_eq!(drawn, [4 * 256 + 10]);
}

#[tokio::test]
async fn a_place_is_ranked_among_those_of_the_species_that_was_asked_about() {
    let infilling = Infilling::new();
    let router = infilling.router();
    // Row 8, column 10: four rows south of the record.
    let place = "/api/place?easting=410500&northing=4991500";
    let (status, told) = answer(&router, &format!("{place}&species=Gold")).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let of = &told["species"];
    assert_eq!((&of["name"], &of["nearest_record_m"]), (&json!("Gold"), &json!(4000.0)));
    // Of columns 1 to 39, nine score lower than the tenth.
    assert!((of["percentile"].as_f64().unwrap() - 900.0 / 39.0).abs() < 1e-9, "{of}");
    assert_eq!(told["percentile"], Json::Null);
    let (_, other) = answer(&router, &format!("{place}&species=Rare%20Earths")).await;
    assert_eq!(other["species"]["nearest_record_m"], Json::Null);
    assert!((other["species"]["percentile"].as_f64().unwrap() - 700.0 / 19.0).abs() < 1e-9);
    // Where gold was never hidden it has no rank; the record is told all the same.
    let (_, edge) =
        answer(&router, "/api/place?easting=400500&northing=4995500&species=Gold").await;
    assert_eq!(edge["species"]["percentile"], Json::Null);
    assert_eq!(edge["species"]["nearest_record_m"], 10_000.0);
    let (status, told) = answer(&router, &format!("{place}&species=Unobtainium")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(told["error"], "there is no species `Unobtainium`");
    let (_, plain) = answer(&router, place).await;
    assert!(plain.get("species").is_none() && plain["values"].as_array().unwrap().len() == 6);
}

#[tokio::test]
async fn flagged_ground_is_of_a_species_and_test_blocks_end_at_the_grid() {
    let infilling = Infilling::new();
    let (_, vectors) = answer(&infilling.router(), "/api/vectors").await;
    let species: Vec<_> =
        vectors["targets"].as_array().unwrap().iter().map(|target| &target["species"]).collect();
    assert_eq!(species, ["Gold", "Rare Earths"]);
    let ground = vectors["held_out_ground"].as_array().unwrap();
    let corners = |block: usize| ground[block]["polygons"][0][0].as_array().unwrap().clone();
    // Blocks of 16 cells from the south-western corner, at 400 000, 4 980 000.
    assert_eq!(ground[0]["part"], "block 0, 0");
    assert_eq!(
        (&corners(0)[0], &corners(0)[2]),
        (&json!([400_000.0, 4_980_000.0]), &json!([416_000.0, 4_996_000.0]))
    );
    // The second row and the third column of blocks are cut off.
    assert_eq!(
        (&corners(1)[0], &corners(1)[2]),
        (&json!([432_000.0, 4_996_000.0]), &json!([440_000.0, 5_000_000.0]))
    );
}

#[test]
fn a_damaged_infilling_shows_what_is_left() {
    let infilling = Infilling::new();
    let root = infilling.root();
    fs_err::write(root.join("maps/gold.tif"), "no raster").unwrap();
    fs_err::write(root.join("report.json"), "{ \"read\": ").unwrap();
    fs_err::write(root.join("clusters.gpkg"), "no package").unwrap();
    let view = infilling.view();
    let told = view.warnings.join("\n");
    for words in ["gold.tif", "`report.json` is damaged", "clusters.gpkg"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    // Named after their files, and gold by its records alone.
    assert_eq!(view.species, ["Rare earths", "Gold"]);
    let gold: Vec<_> = view
        .layers
        .iter()
        .filter(|layer| layer.species.as_deref() == Some("Gold"))
        .map(|layer| layer.id.as_str())
        .collect();
    assert_eq!(gold, ["gold.count"]);
}

#[test]
fn a_run_without_maps_shows_its_records() {
    let infilling = Infilling::new();
    fs_err::remove_dir_all(infilling.root().join("maps")).unwrap();
    fs_err::remove_file(infilling.root().join("clusters.gpkg")).unwrap();
    let view = infilling.view();
    assert!(view.warnings.is_empty() && view.species == ["Rare Earths", "Gold"]);
    assert!(view.layers.iter().all(|layer| layer.group == Group::Records));
}

#[test]
fn reports_of_any_shape_are_no_trouble() {
    let infilling = Infilling::new();
    let shapes = [
        "[]",
        "7",
        r#"{ "read": 3, "split": [], "flagged": null }"#,
        r#"{ "read": { "species": [4, {}, { "name": 5 }, { "name": "Tin" }] } }"#,
        r#"{ "split": { "block_m": 0, "test_blocks": [[0, 0]] } }"#,
        r#"{ "split": { "block_m": 1e300, "test_blocks": [[0], [-1, 2], [18446744073709551615, 0], "a"] } }"#,
    ];
    for shape in shapes {
        fs_err::write(infilling.root().join("report.json"), shape).unwrap();
        assert_eq!(infilling.view().species, ["Gold", "Rare earths"], "{shape}");
    }
}
