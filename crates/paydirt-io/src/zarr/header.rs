//! What stands in the metadata of a stack: the group's, and each array's.

use std::collections::BTreeSet;
use std::path::Path;

use paydirt_core::grid::Grid;
use paydirt_core::layer::LayerInfo;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::layout::Layout;
use super::writer::StackPlan;
use crate::store::Store;
use crate::{Error, Result};

/// The metadata of a node.
pub(super) const NODE: &str = "zarr.json";
/// The array of the study area.
pub(super) const AREA: &str = "study_area";
/// Names of arrays that are no layers.
const TAKEN: [&str; 4] = [AREA, "northing", "easting", "spatial_ref"];
/// What the stack's own attribute says it is.
const FORMAT: &str = "evidence-stack";
/// The version of that attribute.
const VERSION: u64 = 1;
/// How hard zstd tries.
const ZSTD_LEVEL: i32 = 1;

/// The group's own attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Header {
    format: String,
    version: u64,
    /// What the evidence was made from, in words that only equal themselves.
    pub(super) made_from: String,
    /// What else its writer says of it.
    #[serde(default)]
    pub(super) told: Value,
    pub(super) grid: Grid,
    pub(super) layout: Layout,
    pub(super) layers: Vec<Named>,
}

/// A layer and the name of its array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Named {
    #[serde(flatten)]
    pub(super) info: LayerInfo,
    pub(super) array: String,
}

/// How far the writing of an array has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    pub(super) rows_written: usize,
    pub(super) complete: bool,
}

impl Header {
    pub(super) fn new(plan: &StackPlan) -> Self {
        let StackPlan { grid, layers, made_from, layout, told, .. } = plan;
        let mut names: BTreeSet<String> = TAKEN.iter().map(|name| (*name).into()).collect();
        let named = layers.iter().enumerate().map(|(index, info)| {
            let plain = info.name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
            let fits = plain && !info.name.is_empty() && !info.name.starts_with("__");
            let mut array = info.name.clone();
            // File systems may take two names for one that differ in their case alone.
            if !fits || !names.insert(array.to_lowercase()) {
                array = format!("layer-{}", index + 1);
                while !names.insert(array.clone()) {
                    array.push('-');
                }
            }
            Named { info: info.clone(), array }
        });
        Self {
            format: FORMAT.into(),
            version: VERSION,
            made_from: made_from.clone(),
            told: told.clone(),
            grid: grid.clone(),
            layout: *layout,
            layers: named.collect(),
        }
    }

    /// The metadata of the group.
    pub(super) fn group(&self) -> Value {
        json!({
            "zarr_format": 3,
            "node_type": "group",
            "attributes": { "Conventions": "CF-1.11", "paydirt": self },
        })
    }

    /// Reads the header of a stack; `None` where there is no Zarr group at all.
    pub(super) fn read(store: &Store, path: &Path) -> Result<Option<Self>> {
        let no = |reason: String| Error::NotThat {
            path: path.into(),
            expected: "evidence stack (Zarr, version 3)",
            reason,
        };
        let Some(node) = store.get(NODE)? else {
            if store.exists(".zgroup")? || store.exists(".zarray")? {
                return Err(no("it is Zarr of version 2".into()));
            }
            return Ok(None);
        };
        let mut node: Value =
            serde_json::from_slice(&node).map_err(|error| no(format!("{NODE}: {error}")))?;
        let says = |key: &str| node.get(key).map_or_else(|| "nothing".into(), Value::to_string);
        if node["zarr_format"] != 3 || node["node_type"] != "group" {
            let (format, kind) = (says("zarr_format"), says("node_type"));
            return Err(no(format!("its Zarr format is {format}, its node type {kind}")));
        }
        let own = node.pointer_mut("/attributes/paydirt").map(Value::take).unwrap_or_default();
        if own["format"] != FORMAT {
            return Err(no("its attributes name no evidence stack".into()));
        }
        if own["version"] != VERSION {
            return Err(Error::OtherStack {
                path: path.into(),
                what: "version".into(),
                found: own["version"].to_string(),
                expected: VERSION.to_string(),
            });
        }
        let header: Self =
            serde_json::from_value(own).map_err(|error| no(format!("its attributes: {error}")))?;
        let grid = header.grid.clone();
        let grid = Grid::new(grid.crs, grid.transform, grid.rows, grid.cols)?;
        if !header.layout.fits(&grid) {
            return Err(no(format!("its {:?} cut no grid of {grid}", header.layout)));
        }
        Ok(Some(header))
    }
}

impl Header {
    /// The metadata of an array over the grid: of a layer, or of the study area.
    pub(super) fn array(&self, layer: Option<&LayerInfo>, progress: Progress) -> Value {
        let little = json!({ "name": "bytes", "configuration": { "endian": "little" } });
        let zstd =
            json!({ "name": "zstd", "configuration": { "level": ZSTD_LEVEL, "checksum": true } });
        let (data_type, fill, cells) = match layer {
            Some(_) => ("float32", json!("NaN"), little.clone()),
            None => ("uint8", json!(0), json!({ "name": "bytes" })),
        };
        let sharding = json!({
            "name": "sharding_indexed",
            "configuration": {
                "chunk_shape": self.layout.chunk,
                "codecs": [cells, zstd],
                "index_codecs": [little, { "name": "crc32c" }],
                "index_location": "start",
            },
        });
        let mut attributes = json!({ "grid_mapping": "spatial_ref", "paydirt": progress });
        match layer {
            Some(info) => {
                attributes["long_name"] = json!(info.name);
                attributes["units"] = json!(info.unit);
                attributes["evidence_type"] = json!(info.evidence_type);
            }
            None => attributes["long_name"] = json!("study area: 1 inside"),
        }
        node(
            &json!([self.grid.rows, self.grid.cols]),
            data_type,
            &json!(self.layout.shard),
            &json!({
                "fill_value": fill,
                "codecs": [sharding],
                "attributes": attributes,
                "dimension_names": ["northing", "easting"],
            }),
        )
    }
}

/// What places the cells for readers that know CF: node, its metadata, and the key and bytes of its one
/// chunk.
pub(super) fn coordinates(grid: &Grid) -> Vec<(&'static str, Value, String, Vec<u8>)> {
    let geographic = grid.crs.metres_per_unit.is_none();
    let axis = |name: &'static str, standard: [&str; 2], degrees: &str, values: Vec<f64>| {
        let units = match grid.crs.metres_per_unit {
            None => degrees.to_owned(),
            Some(1.0) => "m".into(),
            Some(metres) => format!("{metres} m"),
        };
        let metadata = node(
            &json!([values.len()]),
            "float64",
            &json!([values.len()]),
            &json!({
                "fill_value": "NaN",
                "codecs": [{ "name": "bytes", "configuration": { "endian": "little" } }],
                "attributes": { "standard_name": standard[usize::from(geographic)], "units": units },
                "dimension_names": [name],
            }),
        );
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        (name, metadata, format!("{name}/c/0"), bytes)
    };
    let eastings = (0..grid.cols).map(|col| grid.centre(col).easting).collect();
    let northings = (0..grid.rows).map(|row| grid.centre(row * grid.cols).northing).collect();
    let t = grid.transform;
    let place = format!("{} {} 0 {} 0 {}", t.west, t.cell_width, t.north, -t.cell_height);
    let system = node(
        &json!([]),
        "int32",
        &json!([]),
        &json!({
            "fill_value": 0,
            "codecs": [{ "name": "bytes", "configuration": { "endian": "little" } }],
            "attributes": {
                "crs_wkt": grid.crs.wkt,
                "spatial_ref": grid.crs.wkt,
                "authority": grid.crs.authority,
                "GeoTransform": place,
            },
            "dimension_names": [],
        }),
    );
    vec![
        ("spatial_ref", system, "spatial_ref/c".into(), vec![0; 4]),
        axis("easting", ["projection_x_coordinate", "longitude"], "degrees_east", eastings),
        axis("northing", ["projection_y_coordinate", "latitude"], "degrees_north", northings),
    ]
}

/// The metadata of an array: what all have, and the rest.
fn node(shape: &Value, data_type: &str, chunk: &Value, rest: &Value) -> Value {
    let mut node = json!({
        "zarr_format": 3,
        "node_type": "array",
        "shape": shape,
        "data_type": data_type,
        "chunk_grid": { "name": "regular", "configuration": { "chunk_shape": chunk } },
        "chunk_key_encoding": { "name": "default", "configuration": { "separator": "/" } },
    });
    for (key, value) in rest.as_object().into_iter().flatten() {
        node[key] = value.clone();
    }
    node
}

/// A node's metadata as it is stored.
pub(super) fn text(node: &Value) -> Vec<u8> {
    format!("{node:#}\n").into_bytes()
}
