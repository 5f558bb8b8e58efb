//! Deposits, targets and held-out ground, in the grid's coordinates.

use std::collections::BTreeMap;
use std::path::PathBuf;

use paydirt_core::step::Geometry;
use paydirt_io::gpkg::{Layer, Value};
use paydirt_io::vector::read_records;
use serde::Serialize;

/// A known deposit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Deposit {
    pub(crate) name: String,
    pub(crate) easting: f64,
    pub(crate) northing: f64,
}

/// The outline of a target, or of ground that an infilling flagged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Outline {
    pub(crate) rank: i64,
    /// The species whose record may be short there, in an infilling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) species: Option<String>,
    pub(crate) polygons: Vec<Vec<Vec<[f64; 2]>>>,
}

/// Ground that a fold of a repeat holds out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct HeldOutGround {
    repeat: i64,
    fold: i64,
    part: String,
    polygons: Vec<Vec<Vec<[f64; 2]>>>,
}

/// A deposit that a fold of a repeat holds out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct HeldOutDeposit {
    repeat: i64,
    fold: i64,
    easting: f64,
    northing: f64,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Vectors {
    pub(crate) deposits: Vec<Deposit>,
    pub(crate) targets: Vec<Outline>,
    pub(crate) held_out_ground: Vec<HeldOutGround>,
    pub(crate) held_out_deposits: Vec<HeldOutDeposit>,
}

impl Vectors {
    /// Reads what is there; what cannot be read is told in `warnings`.
    pub(crate) fn read(files: &BTreeMap<String, PathBuf>, warnings: &mut Vec<String>) -> Self {
        let mut read = |file: &str, layer: &str| {
            let path = files.get(file)?;
            let told = read_records(path, layer).map_err(|error| error.to_string());
            // A file of two layers is damaged once.
            told.map_err(|told| {
                if !warnings.contains(&told) {
                    warnings.push(told);
                }
            })
            .ok()
        };
        let deposits = read("targets.gpkg", "known_deposits");
        let targets = read("targets.gpkg", "targets").or_else(|| read("clusters.gpkg", "clusters"));
        let samples = read("split.gpkg", "samples");
        // Deposits that are held out one by one leave no ground to draw.
        let ground = files.get("split.gpkg").filter(|path| {
            paydirt_io::vector::layers(path)
                .is_ok_and(|names| names.iter().any(|name| name == "held_out_ground"))
        });
        let ground = ground.and_then(|_| read("split.gpkg", "held_out_ground"));
        Self {
            deposits: deposits.as_ref().map(deposits_of).unwrap_or_default(),
            targets: targets.as_ref().map(targets_of).unwrap_or_default(),
            held_out_ground: ground.as_ref().map(ground_of).unwrap_or_default(),
            held_out_deposits: samples.as_ref().map(held_out_of).unwrap_or_default(),
        }
    }

    /// Adds blocks that an infilling held out.
    pub(crate) fn hold_out(&mut self, blocks: Vec<([u64; 2], Vec<[f64; 2]>)>) {
        let ground = blocks.into_iter().map(|([row, col], ring)| HeldOutGround {
            repeat: 1,
            fold: 1,
            part: format!("block {row}, {col}"),
            polygons: vec![vec![ring]],
        });
        self.held_out_ground.extend(ground);
    }
}

fn deposits_of(layer: &Layer) -> Vec<Deposit> {
    let name = column(layer, "name");
    points(layer)
        .map(|(row, [easting, northing])| Deposit { name: text(name, row), easting, northing })
        .collect()
}

fn targets_of(layer: &Layer) -> Vec<Outline> {
    let [rank, species] = ["rank", "species"].map(|name| column(layer, name));
    let one = |(row, polygons): (&Vec<Value>, Vec<_>)| Outline {
        rank: whole(rank, row),
        species: species.is_some().then(|| text(species, row)),
        polygons,
    };
    polygons(layer).map(one).collect()
}

fn ground_of(layer: &Layer) -> Vec<HeldOutGround> {
    let [repeat, fold, part] = ["repeat", "fold", "part"].map(|name| column(layer, name));
    let one = |(row, polygons): (&Vec<Value>, Vec<_>)| HeldOutGround {
        repeat: whole(repeat, row),
        fold: whole(fold, row),
        part: text(part, row),
        polygons,
    };
    polygons(layer).map(one).collect()
}

fn held_out_of(layer: &Layer) -> Vec<HeldOutDeposit> {
    let [repeat, fold, role] = ["repeat", "fold", "role"].map(|name| column(layer, name));
    points(layer)
        .filter(|(row, _)| text(role, row) == "deposit")
        .map(|(row, [easting, northing])| HeldOutDeposit {
            repeat: whole(repeat, row),
            fold: whole(fold, row),
            easting,
            northing,
        })
        .collect()
}

fn column(layer: &Layer, name: &str) -> Option<usize> {
    layer.fields.iter().position(|(field, _)| field == name)
}

fn text(column: Option<usize>, row: &[Value]) -> String {
    match column.and_then(|column| row.get(column)) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Real(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn whole(column: Option<usize>, row: &[Value]) -> i64 {
    match column.and_then(|column| row.get(column)) {
        Some(Value::Integer(number)) => *number,
        _ => 0,
    }
}

fn points(layer: &Layer) -> impl Iterator<Item = (&Vec<Value>, [f64; 2])> {
    layer.features.iter().filter_map(|feature| match &feature.geometry {
        Geometry::Points(places) => Some((&feature.values, *places.first()?)),
        _ => None,
    })
}

type Polygons = Vec<Vec<Vec<[f64; 2]>>>;

fn polygons(layer: &Layer) -> impl Iterator<Item = (&Vec<Value>, Polygons)> {
    layer.features.iter().filter_map(|feature| match &feature.geometry {
        Geometry::Polygons(polygons) => Some((&feature.values, polygons.clone())),
        _ => None,
    })
}
