//! Writing a stack, row by row from the north, in as many goes as it takes.

use std::path::PathBuf;
use std::sync::Arc;

use paydirt_core::Error as Core;
use paydirt_core::grid::{Grid, STRIP_CELLS};
use paydirt_core::layer::LayerInfo;
use paydirt_core::mask::Mask;
use paydirt_core::stack::Stack;
use serde_json::{Map, Value, json};

use super::header::{self, AREA, Header, NODE, Named, Progress};
use super::layout::Layout;
use super::shelf::Shelf;
use super::stack::read_area;
use crate::store::Store;
use crate::{Error, Result};

/// What is to be written.
#[derive(Clone, Debug)]
pub struct StackPlan {
    /// The grid.
    pub grid: Grid,
    /// The study area, one bit a cell of the grid.
    pub area: Arc<Mask>,
    /// The layers, in the project's order.
    pub layers: Vec<LayerInfo>,
    /// How it is cut; one that was begun keeps its own.
    pub layout: Layout,
    /// What the evidence is made from, such as a digest of project and inputs: a stack that was begun
    /// from something else is not gone on with.
    pub made_from: String,
    /// What else is to be known of it, such as how each layer was read.
    pub told: Value,
}

impl StackPlan {
    /// The plan to write all layers of a stack on a grid.
    ///
    /// # Errors
    /// [`Error::BadShape`] for a stack without a grid.
    pub fn of(stack: &dyn Stack, made_from: &str) -> Result<Self> {
        let Some(grid) = stack.grid() else {
            return Err(Error::BadShape {
                what: "grids of the stack (a table of samples has none)".into(),
                found: 0,
                expected: 1,
            });
        };
        Ok(Self {
            grid: grid.clone(),
            area: Arc::new(stack.area().clone()),
            layers: stack.layers().to_vec(),
            layout: Layout::of(grid.rows, grid.cols),
            made_from: made_from.into(),
            told: Value::Null,
        })
    }
}

/// A stack that is being written.
///
/// Whatever happens, what is there afterwards is whole: a shard is one object that appears whole, and how
/// many rows a layer has is noted after each row of shards. Several processes may write different layers
/// of one stack.
#[derive(Debug)]
pub struct StackWriter {
    store: Arc<Store>,
    header: Header,
    area: Arc<Mask>,
}

impl StackWriter {
    /// Begins a stack under an address (as [`Store::open`] takes it), or goes on with one that was begun
    /// from the same plan.
    ///
    /// # Errors
    /// [`Error::OtherStack`] for a stack of another plan, [`Error::NotThat`] for a folder that holds
    /// something else, and where nothing can be read or written.
    pub fn begin(address: &str, plan: &StackPlan) -> Result<Self> {
        let store = Arc::new(Store::open(address)?);
        let path = PathBuf::from(address);
        for (index, info) in plan.layers.iter().enumerate() {
            if plan.layers[..index].iter().any(|other| other.name == info.name) {
                return Err(Core::DuplicateName { name: info.name.clone() }.into());
            }
        }
        if plan.area.len() != plan.grid.cells() {
            return Err(Error::BadShape {
                what: "cells of the study area".into(),
                found: plan.area.len(),
                expected: plan.grid.cells(),
            });
        }
        let mut header = Header::new(plan);
        if !header.layout.fits(&plan.grid) {
            return Err(Core::BadSetting {
                key: "layout".into(),
                found: format!("{:?}", plan.layout),
                expected: format!("shards of whole chunks, as wide as {}", plan.grid),
            }
            .into());
        }
        match Header::read(&store, &path)? {
            Some(found) => {
                refuse_other(&path, &found, &header)?;
                header.layout = found.layout;
            }
            None => {
                refuse_other_files(&store, path)?;
                store.put(NODE, header::text(&header.group()))?;
            }
        }
        let writer = Self { store, header, area: Arc::clone(&plan.area) };
        writer.put_area()?;
        for (name, node, chunk, bytes) in header::coordinates(&plan.grid) {
            writer.store.put(&chunk, bytes)?;
            writer.store.put(&format!("{name}/{NODE}"), header::text(&node))?;
        }
        Ok(writer)
    }

    /// Writes the study area, or compares it with the one that is there.
    fn put_area(&self) -> Result<()> {
        let grid = &self.header.grid;
        let found = Shelf::open(&self.store, AREA, &self.header, None)?;
        if let Some((shelf, Progress { complete: true, .. })) = found {
            let there = read_area(&shelf, grid)?;
            return if there == *self.area {
                Ok(())
            } else {
                Err(Error::OtherStack {
                    path: self.store.address().into(),
                    what: "the study area".into(),
                    found: format!("{} cells", there.count()),
                    expected: format!("{} cells of this project's own", self.area.count()),
                })
            };
        }
        let shelf = Shelf::begin(&self.store, AREA, &self.header, None)?;
        let [rows, cols] = shelf.layout.shard;
        for (shard, first) in (0..grid.rows).step_by(rows).enumerate() {
            let mut cells = vec![0_u8; rows * cols];
            for row in first..(first + rows).min(grid.rows) {
                for col in 0..grid.cols {
                    let inside = self.area.get(row * grid.cols + col);
                    cells[(row - first) * cols + col] = u8::from(inside);
                }
            }
            shelf.put(shard, &cells)?;
        }
        shelf.mark(&self.header, None, Progress { rows_written: grid.rows, complete: true })
    }

    /// Begins a layer of the plan, or goes on with it: [`LayerWriter::next_row`] says from which row.
    ///
    /// # Errors
    /// [`paydirt_core::Error::Unknown`] for a layer that is not planned, [`Error::OtherStack`] for an array
    /// of another shape, and where nothing can be read or written.
    pub fn begin_layer(&self, name: &str) -> Result<LayerWriter> {
        let known = || self.header.layers.iter().map(|layer| layer.info.name.as_str());
        let Some(Named { info, array }) =
            self.header.layers.iter().find(|layer| layer.info.name == name)
        else {
            let known = known().collect::<Vec<_>>().join(", ");
            return Err(Core::Unknown { what: "layer", name: name.into(), known }.into());
        };
        let header = &self.header;
        let (shelf, progress) = match Shelf::open(&self.store, array, header, Some(info))? {
            Some(found) => found,
            None => {
                let shelf = Shelf::begin(&self.store, array, header, Some(info))?;
                let progress = Progress::default();
                shelf.mark(header, Some(info), progress)?;
                (shelf, progress)
            }
        };
        let [rows, cols] = shelf.layout.shard;
        let next = progress.rows_written.min(header.grid.rows) * header.grid.cols;
        Ok(LayerWriter {
            held: vec![f32::NAN; rows * cols],
            area: Arc::clone(&self.area),
            info: info.clone(),
            complete: progress.complete,
            header: header.clone(),
            shelf,
            next,
        })
    }

    /// Ends the stack, all layers of which must be complete, and gathers the metadata of all arrays in that
    /// of the group, so that readers elsewhere need one request for them.
    ///
    /// # Errors
    /// [`Error::Unfinished`] for a layer that is not complete, and where nothing can be read or written.
    pub fn finish(self) -> Result<()> {
        for Named { info, array } in &self.header.layers {
            let found = Shelf::open(&self.store, array, &self.header, Some(info))?;
            require_complete(&self.store, &self.header, info, found.map(|found| found.1))?;
        }
        let arrays = self.header.layers.iter().map(|layer| layer.array.as_str());
        let mut nodes = Map::new();
        for name in arrays.chain([AREA, "easting", "northing", "spatial_ref"]) {
            let key = format!("{name}/{NODE}");
            let bytes = self.store.get(&key)?.unwrap_or_default();
            let node: Value = serde_json::from_slice(&bytes).map_err(|error| Error::Damaged {
                path: self.store.name(&key).into(),
                doing: "reading the metadata of an array",
                reason: error.to_string(),
            })?;
            nodes.insert(name.into(), node);
        }
        let mut group = self.header.group();
        group["consolidated_metadata"] =
            json!({ "kind": "inline", "must_understand": false, "metadata": nodes });
        self.store.put(NODE, header::text(&group))
    }
}

/// Refuses a layer that was not written to its end.
pub(super) fn require_complete(
    store: &Store,
    header: &Header,
    info: &LayerInfo,
    progress: Option<Progress>,
) -> Result<()> {
    let progress = progress.unwrap_or_default();
    if progress.complete && progress.rows_written == header.grid.rows {
        return Ok(());
    }
    Err(Error::Unfinished {
        path: store.address().into(),
        layer: info.name.clone(),
        found: progress.rows_written,
        expected: header.grid.rows,
    })
}

/// Refuses a stack of another plan.
fn refuse_other(path: &std::path::Path, found: &Header, wanted: &Header) -> Result<()> {
    let names = |header: &Header| {
        let named = header.layers.iter().map(|layer| {
            let LayerInfo { name, evidence_type, unit } = &layer.info;
            format!("{name} ({evidence_type:?}, {unit})")
        });
        named.collect::<Vec<_>>().join(", ")
    };
    let differing = if found.made_from != wanted.made_from {
        ("what it is made from", found.made_from.clone(), wanted.made_from.clone())
    } else if found.grid != wanted.grid {
        ("the grid", found.grid.to_string(), format!("{} as the project has it", wanted.grid))
    } else if found.layers != wanted.layers {
        ("the list of layers", names(found), names(wanted))
    } else {
        return Ok(());
    };
    let (what, found, expected) = differing;
    Err(Error::OtherStack { path: path.into(), what: what.into(), found, expected })
}

/// Refuses a folder or prefix that holds something else.
fn refuse_other_files(store: &Store, path: PathBuf) -> Result<()> {
    match store.list("")?.first() {
        None => Ok(()),
        Some(key) => Err(Error::NotThat {
            path,
            expected: "evidence stack (Zarr, version 3)",
            reason: format!("it holds `{key}`, but no `{NODE}`"),
        }),
    }
}

/// Takes one layer's values row by row from the north, and writes a row of shards when it is full.
#[derive(Debug)]
pub struct LayerWriter {
    info: LayerInfo,
    header: Header,
    area: Arc<Mask>,
    shelf: Shelf,
    /// The cells of the shard that is being filled.
    held: Vec<f32>,
    /// The next cell.
    next: usize,
    complete: bool,
}

impl LayerWriter {
    /// The row from which to go on: 0 for a new layer, the number of rows for one that is there whole.
    #[must_use]
    pub const fn next_row(&self) -> usize {
        self.next / self.header.grid.cols
    }

    /// Takes the next values, as many as there are, from [`LayerWriter::next_row`] on. What is not finite, or
    /// outside the study area, becomes *not known*. Holds one row of shards at most (32 MiB unless rows are
    /// longer than 131,072 cells).
    ///
    /// # Errors
    /// [`Error::BadShape`] for more values than the grid has cells, and where nothing can be written (a
    /// full disk): the rows written so far stay.
    pub fn write(&mut self, values: &[f32]) -> Result<()> {
        let grid = &self.header.grid;
        let (cells, all_rows, all_cols) = (grid.cells(), grid.rows, grid.cols);
        if values.len() > cells - self.next {
            return Err(Error::BadShape {
                what: format!("values of layer `{}`", self.info.name),
                found: self.next.saturating_add(values.len()),
                expected: cells,
            });
        }
        let [rows, cols] = self.shelf.layout.shard;
        for value in values {
            let (row, col) = (self.next / all_cols, self.next % all_cols);
            if value.is_finite() && self.area.get(self.next) {
                self.held[row % rows * cols + col] = *value;
            }
            self.next += 1;
            let ends = self.next.is_multiple_of(all_cols);
            if ends && ((row + 1).is_multiple_of(rows) || row + 1 == all_rows) {
                self.put(row / rows, row + 1)?;
            }
        }
        Ok(())
    }

    fn put(&mut self, shard: usize, rows_written: usize) -> Result<()> {
        self.shelf.put(shard, &self.held)?;
        self.held.fill(f32::NAN);
        let progress = Progress { rows_written, complete: false };
        self.shelf.mark(&self.header, Some(&self.info), progress)
    }

    /// Ends the layer: it is there from now on.
    ///
    /// # Errors
    /// [`paydirt_core::Error::GridMismatch`] if it has not one value a cell, and where nothing can be
    /// written.
    pub fn finish(self) -> Result<()> {
        if self.next != self.header.grid.cells() {
            return Err(Core::GridMismatch {
                layer: self.info.name,
                found: format!("{} cells", self.next),
                expected: self.header.grid.to_string(),
            }
            .into());
        }
        if self.complete {
            return Ok(());
        }
        let progress = Progress { rows_written: self.header.grid.rows, complete: true };
        self.shelf.mark(&self.header, Some(&self.info), progress)
    }
}

/// Writes all layers of a stack on a grid under an address, in strips of whole rows; what is there already
/// of the same plan is kept. Holds one strip and one row of shards.
///
/// # Errors
/// As [`StackWriter`] and [`LayerWriter`]; [`Error::BadShape`] for a stack without a grid.
pub fn copy(stack: &dyn Stack, address: &str, made_from: &str) -> Result<()> {
    let plan = StackPlan::of(stack, made_from)?;
    copy_as(stack, address, &plan)
}

/// As [`copy`], by a plan that may cut the arrays otherwise.
///
/// # Errors
/// As [`copy`].
pub fn copy_as(stack: &dyn Stack, address: &str, plan: &StackPlan) -> Result<()> {
    let grid = &plan.grid;
    let writer = StackWriter::begin(address, plan)?;
    let strip_rows = (STRIP_CELLS / grid.cols).max(1);
    for info in &plan.layers {
        let mut layer = writer.begin_layer(&info.name)?;
        while layer.next_row() < grid.rows {
            let first = layer.next_row();
            let last = (first + strip_rows).min(grid.rows);
            layer.write(&stack.read_stored(&info.name, first * grid.cols..last * grid.cols)?)?;
        }
        layer.finish()?;
    }
    writer.finish()
}
