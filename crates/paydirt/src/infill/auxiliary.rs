//! Layers beside the records: read and made into features as a project's evidence is, then into planes.

use std::collections::BTreeSet;
use std::sync::Arc;

use paydirt_core::grid::Grid;
use paydirt_core::infill::side::{Side, Sides};
use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use paydirt_core::stack::{GridStack, Stack};
use paydirt_core::step::Pipeline;
use paydirt_core::table::Column;

use super::project::Opened;
use crate::console::Console;
use crate::error::{Error, Result};
use crate::read::{evidence, way};
use crate::receipt::LayerReceipt;

/// Most classes of a categorical layer.
const MOST_CLASSES: usize = 64;

/// What became of the layers.
pub(super) struct Layers {
    /// Name of each plane.
    pub(super) names: Vec<String>,
    /// The layer that each came from.
    pub(super) layers: Vec<String>,
    /// `[plane][unit]`: standardised, or 1 in the cells of a class; NaN where not known.
    pub(super) values: Vec<Vec<f32>>,
    pub(super) receipts: Vec<LayerReceipt>,
}

/// Reads the auxiliary layers of a project. Whatever is fitted is fitted on the training side.
pub(super) fn read(
    opened: &Opened,
    grid: &Grid,
    sides: &Sides,
    console: &Console,
) -> Result<Layers> {
    let everywhere = Arc::new(Mask::new(grid.cells(), true));
    let stack = || GridStack::new(grid.clone(), Arc::clone(&everywhere));
    let mut kept = way::Kept { stack: stack(), extras: stack(), edges: Vec::new(), spool: None };
    let mut pipeline = Pipeline::default();
    let mut receipts = Vec::new();
    for settings in &opened.project.auxiliary {
        let (line, steps) = evidence::read(&opened.folder, settings, &mut kept)?;
        for warning in &line.warnings {
            console.warn(format!("`{}` {warning}", settings.name));
        }
        receipts.push(line);
        if settings.modelled {
            pipeline.layers.push((settings.name.clone(), steps));
        }
    }
    let mut layers = Layers { names: Vec::new(), layers: Vec::new(), values: Vec::new(), receipts };
    for column in features(&kept.stack, &pipeline, sides)? {
        layers.add(&column, sides)?;
    }
    Ok(layers)
}

/// The features of all cells, by a pipeline that was fitted on the training side.
fn features(stack: &GridStack, pipeline: &Pipeline, sides: &Sides) -> Result<Vec<Column>> {
    if pipeline.layers.is_empty() {
        return Ok(Vec::new());
    }
    let trains: Vec<usize> =
        (0..sides.of.len()).filter(|unit| sides.of[*unit] == Side::Training).collect();
    let fitted = pipeline.fit(&stack.read_units(&trains)?)?;
    let all: Vec<usize> = (0..sides.of.len()).collect();
    Ok(fitted.apply(&stack.read_units(&all)?)?.columns().to_vec())
}

impl Layers {
    /// Makes planes of a feature.
    fn add(&mut self, column: &Column, sides: &Sides) -> Result<()> {
        let known = |unit: &usize| sides.of[*unit] == Side::Training && column.known[*unit];
        let known: Vec<f32> =
            (0..column.values.len()).filter(known).map(|unit| column.values[unit]).collect();
        if known.is_empty() {
            return Err(Error::Data {
                reason: format!("`{}` is known in no cell of the training side", column.name),
                hint: "give a layer that covers the records, or leave it out".into(),
            });
        }
        if column.evidence_type == EvidenceType::Categorical {
            return self.add_classes(column, &known);
        }
        let count = known.len() as f64;
        let mean = known.iter().copied().map(f64::from).sum::<f64>() / count;
        let variance = known.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / count;
        // What is one everywhere on the training side tells nothing.
        let scale = if variance > 0.0 { variance.sqrt().recip() } else { 0.0 };
        let scaled = |value: f32| ((f64::from(value) - mean) * scale) as f32;
        self.push(column.name.clone(), column, scaled);
        Ok(())
    }

    /// One plane a class. Classes that the training side does not know say nothing: they are 0 in all.
    fn add_classes(&mut self, column: &Column, known: &[f32]) -> Result<()> {
        let classes: BTreeSet<i64> = known.iter().map(|value| *value as i64).collect();
        if classes.len() > MOST_CLASSES {
            return Err(Error::Data {
                reason: format!(
                    "`{}` has {} classes, more than {MOST_CLASSES}",
                    column.name,
                    classes.len()
                ),
                hint: "join its classes by a `legend`, or give it `type = \"continuous\"` if they \
                       are numbers"
                    .into(),
            });
        }
        for class in classes {
            let of = |value: f32| f32::from(u8::from(value as i64 == class));
            self.push(format!("{} {class}", column.name), column, of);
        }
        Ok(())
    }

    fn push(&mut self, name: String, column: &Column, of: impl Fn(f32) -> f32) {
        let plane = column.values.iter().zip(&column.known);
        self.values.push(plane.map(|(v, known)| if *known { of(*v) } else { f32::NAN }).collect());
        self.names.push(name);
        self.layers.push(column.layer.clone());
    }
}
