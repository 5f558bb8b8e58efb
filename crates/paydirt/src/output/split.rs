//! The split of a run as files.

use std::path::Path;

use paydirt_core::grid::Grid;
use paydirt_core::split::Part;
use paydirt_core::step::Geometry;
use paydirt_io::gpkg::{self, Feature, FieldType, Value};

use super::point;
use crate::error::Result;
use crate::report::Finished;
use crate::style;

/// The held-out ground and the samples of every repeat.
pub(super) fn write(path: &Path, grid: &Grid, finished: &Finished<'_>) -> Result<()> {
    use FieldType::{Integer, Text};
    let number = |number: usize| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    let (mut parts, mut samples) = (Vec::new(), Vec::new());
    for (repeat, ground) in finished.judged.grounds.iter().enumerate() {
        for Part { name, fold, outline } in ground.parts.iter().filter(|p| !p.outline.is_empty()) {
            let ring = outline.iter().map(|place| [place.easting, place.northing]).collect();
            parts.push(Feature {
                geometry: Geometry::Polygons(vec![vec![ring]]),
                values: vec![
                    number(repeat + 1),
                    number(fold + 1),
                    Value::Text(name.clone()),
                    Value::Text(ground.hash.clone()),
                ],
            });
        }
        for (fold, rows) in ground.folds.iter().enumerate() {
            for &row in &rows.held_out {
                let sample = &ground.samples[row];
                samples.push(Feature {
                    geometry: point(grid.centre(sample.unit)),
                    values: vec![
                        number(repeat + 1),
                        number(fold + 1),
                        Value::Text(format!("{:?}", sample.role).to_lowercase()),
                        sample.group.clone().map_or(Value::Missing, Value::Text),
                    ],
                });
            }
        }
    }
    let fields = |text: [&str; 2]| {
        let mut fields = vec![("repeat".to_string(), Integer), ("fold".to_string(), Integer)];
        fields.extend(text.map(|name| (name.to_string(), Text)));
        fields
    };
    let layer = |(name, kind): (&str, gpkg::Kind), fields, features, style| gpkg::Layer {
        name: name.into(),
        kind,
        fields,
        features,
        style: Some(style),
    };
    let mut layers = vec![layer(
        ("samples", gpkg::Kind::Points),
        fields(["role", "group"]),
        samples,
        style::samples()?,
    )];
    if !parts.is_empty() {
        let fields = fields(["part", "hash"]);
        layers.push(layer(
            ("held_out_ground", gpkg::Kind::Polygons),
            fields,
            parts,
            style::held_out()?,
        ));
    }
    Ok(gpkg::write(path, &grid.crs, &layers)?)
}

/// The split of a table of samples: row, repeat, fold.
pub(super) fn rows(finished: &Finished<'_>) -> Vec<serde_json::Value> {
    let mut lines = Vec::new();
    for (repeat, ground) in finished.judged.grounds.iter().enumerate() {
        for (fold, rows) in ground.folds.iter().enumerate() {
            let units: Vec<usize> =
                rows.held_out.iter().map(|&row| ground.samples[row].unit + 1).collect();
            lines.push(serde_json::json!({
                "repeat": repeat + 1, "fold": fold + 1, "hash": ground.hash, "held_out_rows": units,
            }));
        }
    }
    lines
}
