//! The run as a SpatioTemporal Asset Catalog (STAC 1.1): a collection with one item for the maps and one for
//! the model, which tells of it in the terms of the machine-learning model extension (MLM 1.4).
//!
//! Every file is named with its size and its SHA-256, so that whoever is given the folder can tell whether it
//! is whole.

use std::path::{Path, PathBuf};

use paydirt_core::grid::{Grid, Point};
use paydirt_io::{crs, digest, raster};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::files;
use crate::error::{Error, Result};
use crate::fit::Contract;
use crate::report::Report;
use crate::saved::write_json;

/// Folder of the catalogue in a run folder.
const FOLDER: &str = "stac";
const COLLECTION: &str = "collection.json";
const MAPS: &str = "maps.json";
const MODEL: &str = "model.json";
const VERSION: &str = "1.1.0";
const FILE: &str = "https://stac-extensions.github.io/file/v2.1.0/schema.json";
const PROJECTION: &str = "https://stac-extensions.github.io/projection/v2.0.0/schema.json";
const MLM: &str = "https://stac-extensions.github.io/mlm/v1.4.0/schema.json";

/// Writes the catalogue of what the folder holds by now.
///
/// # Errors
/// Where the folder cannot be read or written.
pub(crate) fn write(root: &Path, grid: &Grid, contract: &Contract, report: &Report) -> Result<()> {
    let folder = root.join(FOLDER);
    fs_err::create_dir_all(&folder)?;
    let catalogue = Catalogue { root, grid, report, when: now()? };
    write_json(&folder.join(MAPS), &catalogue.maps()?)?;
    write_json(&folder.join(MODEL), &catalogue.model(contract)?)?;
    write_json(&folder.join(COLLECTION), &catalogue.collection())
}

/// When the catalogue is made: `SOURCE_DATE_EPOCH`, seconds since 1970, stands for now where it is set, so that
/// a catalogue can be made again byte for byte.
fn now() -> Result<String> {
    let given = std::env::var("SOURCE_DATE_EPOCH").ok();
    let given = given.and_then(|seconds| seconds.parse().ok());
    let moment = given.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let moment = moment.unwrap_or_else(OffsetDateTime::now_utc);
    let whole = moment.replace_nanosecond(0).unwrap_or(moment);
    whole
        .format(&Rfc3339)
        .map_err(|error| Error::Saved { path: PathBuf::from(FOLDER), reason: error.to_string() })
}

struct Catalogue<'a> {
    root: &'a Path,
    grid: &'a Grid,
    report: &'a Report,
    when: String,
}

impl Catalogue<'_> {
    fn id(&self, what: &str) -> String {
        let name = self.report.project.to_lowercase();
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
        let name: String = name.chars().map(plain).collect();
        if what.is_empty() { name } else { format!("{name}-{what}") }
    }

    /// The outline of the grid in longitude and latitude, with a place in the middle of each edge; none where
    /// the grid is not tied to the Earth.
    fn outline(&self) -> Option<Vec<[f64; 2]>> {
        let [west, south, east, north] = self.grid.region();
        let [middle, centre] = [(west + east) / 2.0, (south + north) / 2.0];
        let ring = [
            [west, south],
            [middle, south],
            [east, south],
            [east, centre],
            [east, north],
            [middle, north],
            [west, north],
            [west, centre],
            [west, south],
        ];
        let place = |[easting, northing]: [f64; 2]| {
            crs::longitude_latitude(&self.grid.crs, Point { easting, northing })
        };
        ring.into_iter().map(place).collect()
    }

    fn bbox(&self) -> Option<[f64; 4]> {
        let outline = self.outline()?;
        let least = |axis: usize| outline.iter().map(|p| p[axis]).fold(f64::INFINITY, f64::min);
        let most = |axis: usize| outline.iter().map(|p| p[axis]).fold(f64::NEG_INFINITY, f64::max);
        Some([least(0), least(1), most(0), most(1)])
    }

    /// An item with what all of them have.
    fn item(
        &self,
        what: &str,
        extension: &str,
        properties: Value,
        assets: Map<String, Value>,
    ) -> Value {
        let geometry = self
            .outline()
            .map_or(Value::Null, |ring| json!({ "type": "Polygon", "coordinates": [ring] }));
        let link = |rel: &str, href: &str| json!({ "rel": rel, "href": format!("./{href}"), "type": "application/json" });
        let mut item = json!({
            "type": "Feature",
            "stac_version": VERSION,
            "stac_extensions": [FILE, extension],
            "id": self.id(what),
            "collection": self.id(""),
            "geometry": geometry,
            "properties": properties,
            "links": [link("root", COLLECTION), link("parent", COLLECTION), link("collection", COLLECTION)],
            "assets": assets,
        });
        item["properties"]["datetime"] = json!(self.when);
        if let Some(bbox) = self.bbox() {
            item["bbox"] = json!(bbox);
        }
        item
    }

    /// The maps, the evidence, and what goes with them.
    fn maps(&self) -> Result<Value> {
        let mut assets = Map::new();
        for folder in ["maps", "evidence"] {
            for path in files(&self.root.join(folder), "tif")? {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let mut asset =
                    self.asset(&path, "image/tiff; application=geotiff; profile=cloud-optimized")?;
                asset["roles"] = json!([if folder == "maps" { "data" } else { "evidence" }]);
                asset["bands"] = bands(&path)?;
                let key = if folder == "maps" { stem } else { format!("evidence-{stem}") };
                assets.insert(key, asset);
            }
        }
        for folder in ["", "maps", "evidence"] {
            for path in files(&self.root.join(folder), "")? {
                let name = path.strip_prefix(self.root).unwrap_or(&path).to_string_lossy();
                if name.starts_with('.') || name.ends_with(".tif") {
                    continue;
                }
                let mut asset = self.asset(&path, media_type(&path))?;
                asset["roles"] = json!([role(&path)]);
                assets.insert(name.replace(['.', '/', '\\'], "-"), asset);
            }
        }
        let t = self.grid.transform;
        let properties = json!({
            "title": format!("{}: maps", self.report.project),
            "description": "Prospectivity, its rank and spread, what each layer adds, and the evidence as it was used.",
            "proj:code": self.grid.crs.authority,
            "proj:wkt2": self.grid.crs.wkt,
            "proj:shape": [self.grid.rows, self.grid.cols],
            "proj:transform": [t.cell_width, 0.0, t.west, 0.0, -t.cell_height, t.north],
        });
        Ok(self.item("maps", PROJECTION, properties, assets))
    }

    /// The model, in the terms of the MLM extension.
    fn model(&self, contract: &Contract) -> Result<Value> {
        let mut assets = Map::new();
        for name in files(&self.root.join("model"), "")? {
            let key = name.file_name().unwrap_or_default().to_string_lossy().replace('.', "-");
            let mut asset = self.asset(&name, media_type(&name))?;
            let members = key == "members-msgpack" || key.ends_with("-onnx");
            asset["roles"] = json!([if members { "mlm:model" } else { "metadata" }]);
            if members {
                let kind = if key.ends_with("-onnx") { "onnx" } else { "paydirt" };
                asset["mlm:artifact_type"] = json!(kind);
            }
            assets.insert(key, asset);
        }
        let bands: Vec<&str> = contract.layers.iter().map(|layer| layer.name.as_str()).collect();
        let count = bands.len();
        let properties = json!({
            "title": format!("{}: model", self.report.project),
            "description": format!("A {} that gives the probability that a cell holds a deposit like those known.", contract.model),
            "mlm:name": self.id("model"),
            "mlm:architecture": contract.model,
            "mlm:framework": "Paydirt",
            "mlm:framework_version": contract.paydirt_version,
            "mlm:tasks": ["classification"],
            "mlm:input": [{
                "name": "layers of evidence of a cell",
                "bands": bands,
                "input": { "shape": [-1, count], "dim_order": ["batch", "bands"], "data_type": "float32" },
            }],
            "mlm:output": [{
                "name": "probability that the cell holds a deposit",
                "tasks": ["classification"],
                "result": { "shape": [-1], "dim_order": ["batch"], "data_type": "float32" },
                "classification:classes": [{
                    "value": 1, "name": "deposit", "description": "the cell holds a deposit like those known",
                }],
            }],
            "mlm:hyperparameters": { "seed": self.report.seed },
            "paydirt:held_out": self.figures(),
        });
        Ok(self.item("model", MLM, properties, assets))
    }

    /// What held-out ground says of the model.
    fn figures(&self) -> Value {
        let figures = super::metrics(self.report);
        json!({ "split": self.report.split.settings, "figures": figures })
    }

    fn collection(&self) -> Value {
        let bbox = self.bbox().unwrap_or([-180.0, -90.0, 180.0, 90.0]);
        let item = |href: &str, title: &str| json!({ "rel": "item", "href": format!("./{href}"), "type": "application/geo+json", "title": title });
        json!({
            "type": "Collection",
            "stac_version": VERSION,
            "stac_extensions": [],
            "id": self.id(""),
            "title": format!("{}: mineral prospectivity", self.report.project),
            "description": "What a run of Paydirt gave: maps, evidence, targets, report and the model that drew them.",
            "license": "other",
            "keywords": ["mineral prospectivity"],
            "extent": {
                "spatial": { "bbox": [bbox] },
                "temporal": { "interval": [[self.when, self.when]] },
            },
            "summaries": { "paydirt:version": [self.report.paydirt_version] },
            "links": [
                { "rel": "root", "href": format!("./{COLLECTION}"), "type": "application/json" },
                item(MAPS, "maps"),
                item(MODEL, "model"),
            ],
        })
    }

    /// A file with its size and checksum, by its place from the catalogue.
    fn asset(&self, path: &Path, kind: &str) -> Result<Value> {
        let from_root = path.strip_prefix(self.root).unwrap_or(path);
        let name = from_root.to_string_lossy().replace('\\', "/");
        Ok(json!({
            "href": format!("../{name}"),
            "title": name,
            "type": kind,
            "file:size": fs_err::metadata(path)?.len(),
            // A multihash: 12 for SHA-256, 20 for its 32 bytes.
            "file:checksum": format!("1220{}", digest::sha256(path)?),
        }))
    }
}

/// What a file is, by its ending.
fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|end| end.to_str()) {
        Some("csv") => "text/csv",
        Some("gpkg") => "application/geopackage+sqlite3",
        Some("html") => "text/html",
        Some("msgpack") => "application/vnd.msgpack",
        Some("onnx") => "application/onnx",
        Some("pdf") => "application/pdf",
        Some("qgz") => "application/x-qgis-project",
        Some("qml") => "application/xml",
        Some("safetensors") => "application/vnd.safetensors",
        Some("toml") => "application/toml",
        _ => "application/json",
    }
}

/// What a file of the maps that is no raster is for.
fn role(path: &Path) -> &'static str {
    let targets = path.file_stem().is_some_and(|stem| stem == "targets");
    match path.extension().and_then(|end| end.to_str()) {
        Some("csv") => "data",
        Some("gpkg") if targets => "data",
        Some("html" | "pdf") => "overview",
        Some("qgz") => "visual",
        Some("qml") => "style",
        _ => "metadata",
    }
}

/// Names, units and types of a raster's bands.
fn bands(path: &Path) -> Result<Value> {
    let info = raster::inspect(path)?;
    let band = |band: &raster::BandInfo| {
        let data_type = match band.data_type.as_str() {
            "Byte" => "uint8".into(),
            other => other.to_lowercase(),
        };
        let mut told = json!({ "name": band.description, "data_type": data_type });
        if !band.unit.is_empty() {
            told["unit"] = json!(band.unit);
        }
        match band.nodata {
            Some(nodata) if nodata.is_nan() => told["nodata"] = json!("nan"),
            Some(nodata) => told["nodata"] = json!(nodata),
            None => {}
        }
        told
    };
    Ok(info.bands.iter().map(band).collect())
}
