//! Rasters onto the project grid.

use std::path::{Path, PathBuf};

use paydirt_core::grid::{Crs, Grid};
use paydirt_core::layer::EvidenceType;
use paydirt_core::step::{Geometry, Shape};

use super::reproject::Warp;
use super::source::{Source, Window};
use super::summary::Tally;
use super::{AlignReport, Resample};
use crate::crs::{self, Transformer};
use crate::engine::listen;
use crate::{Error, Result, vector};

/// Grids whose corners lie within this share of a cell of each other are one.
const SNAP_CELLS: f64 = 1e-6;

/// What is asked of a raster.
#[derive(Clone, Debug)]
pub struct Request {
    /// The band, counted from 1.
    pub band: usize,
    /// What kind of number it holds.
    pub evidence_type: EvidenceType,
    /// How to resample; by default what fits the type and the cell sizes.
    pub resample: Option<Resample>,
    /// Stored values that mean *missing*, besides the one that the file tags.
    pub nodata: Vec<f64>,
    /// A vector file with polygons outside of which every cell of the file is missing: for a raster
    /// that was cut out and padded with a value that also occurs.
    pub within: Option<PathBuf>,
    /// The system to assume where the file names none.
    pub assume_crs: Option<Crs>,
    /// Bytes to hold at a time, at most: half for the strip, half for what it is made of. One row
    /// of the grid and what lies behind 512 cells of it are held in any case.
    pub budget_bytes: usize,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            band: 1,
            evidence_type: EvidenceType::default(),
            resample: None,
            nodata: Vec::new(),
            within: None,
            assume_crs: None,
            budget_bytes: 64 << 20,
        }
    }
}

/// The whole of a raster on the grid, one value a cell row by row from the north, NaN where it is
/// missing. See [`align`].
///
/// # Errors
/// As [`align`].
pub fn read(path: &Path, grid: &Grid, request: &Request) -> Result<(Vec<f32>, AlignReport)> {
    let mut values = Vec::with_capacity(grid.cells());
    let report = align(path, grid, request, &mut |rows| {
        values.extend_from_slice(rows);
        Ok(())
    })?;
    Ok((values, report))
}

/// Hands the values of a raster on the cells of the grid to `sink`, whole rows from the north, NaN
/// where they are missing.
///
/// A file whose cells are the grid's own is read as it is; any other is transformed into the grid's
/// system (to a hundredth of a file cell) and resampled. Missing cells take no part
/// in a mean. Bands with a scale and an offset are read in their unit.
///
/// # Errors
/// Files that cannot be read or lie elsewhere, [`Error::NoCrs`], [`Error::Contradiction`],
/// [`Error::WrongResample`] for a method that would falsify the type, and what `sink` returns.
pub fn align(
    path: &Path,
    grid: &Grid,
    request: &Request,
    sink: &mut dyn FnMut(&[f32]) -> Result<()>,
) -> Result<AlignReport> {
    if let Some(method) = request.resample {
        method.check(request.evidence_type, path)?;
    }
    let (report, said) = listen(|| align_heard(path, grid, request, sink));
    let mut report = report?;
    report.warnings.extend(said.warnings);
    Ok(report)
}

fn align_heard(
    path: &Path,
    grid: &Grid,
    request: &Request,
    sink: &mut dyn FnMut(&[f32]) -> Result<()>,
) -> Result<AlignReport> {
    let mut source = Source::open(path, request.band, &request.nodata)?;
    let (named, given) = (source.named_crs.as_ref(), request.assume_crs.as_ref());
    let (system, not_its_own) = crs::settle(path, named, given, source.region())?;
    crs::refuse_impossible(path, &system, source.region())?;
    if let Some(within) = &request.within {
        source.keep_within(&polygons(within, &system)?);
    }
    let plan = Plan::new(&source, grid, &system, request)?;
    let tally = plan.run(&source, grid, request, sink)?;
    if tally.covered == 0 {
        return Err(elsewhere(&source, grid, &system));
    }
    let mut warnings = tally.oddities(&source, request, grid);
    let crs_assumed = not_its_own.is_some();
    warnings.splice(0..0, not_its_own);
    let some = |value: f32| (tally.known > 0).then_some(value);
    Ok(AlignReport {
        source: source.describe(),
        crs: crs::name(&system),
        crs_assumed,
        resampling: plan.method(),
        nodata_rule: source.nodata_rule(&request.nodata),
        nodata_cells: tally.covered.saturating_sub(tally.known),
        covered_cells: tally.covered,
        known_cells: tally.known,
        min: some(tally.min),
        max: some(tally.max),
        mean: tally.mean(),
        distinct: tally.distinct(),
        warnings,
    })
}

/// The polygons of a file, in a system.
fn polygons(path: &Path, system: &Crs) -> Result<Vec<Shape>> {
    let found = vector::read_shapes(path, system, &vector::ShapeOptions::default())?;
    let other = found.shapes.iter().any(|s| !matches!(s.geometry, Geometry::Polygons(_)));
    if other || found.shapes.is_empty() {
        return Err(Error::NotThat {
            path: path.into(),
            expected: "vector file of polygons",
            reason: "it holds points or lines, or nothing".into(),
        });
    }
    Ok(found.shapes)
}

/// How the values come onto the grid.
enum Plan<'a> {
    /// The grid's cells are the file's, this many columns and rows further.
    Copy { cols: isize, rows: isize },
    /// They are not.
    Warp(Box<Warp<'a>>),
}

impl<'a> Plan<'a> {
    fn new(source: &'a Source, grid: &'a Grid, system: &Crs, request: &Request) -> Result<Self> {
        let same = crs::same(system, grid)?;
        if let Some(copy) = same.then(|| Self::copy(source, grid)).flatten() {
            return Ok(copy);
        }
        let (to_file, systems) = if same {
            (Transformer::none(), None)
        } else {
            let (here, there) = (crs::spatial(&grid.crs)?, crs::spatial(system)?);
            (Transformer::new(&here, &there)?, Some((there, here)))
        };
        let cell_sides = source.cell_sides(grid, &to_file);
        let coarsening = (cell_sides[0] * cell_sides[1]).sqrt();
        let fitting = || Resample::fitting(request.evidence_type, coarsening);
        let method = request.resample.unwrap_or_else(fitting);
        // Of half the budget: cells are held as float32 twice, here and in GDAL, with its masks.
        let most_source_cells = request.budget_bytes / 2 / 12;
        Ok(Self::Warp(Box::new(Warp {
            source,
            grid,
            method,
            to_file,
            systems,
            cell_sides,
            most_source_cells,
        })))
    }

    /// The copy, if the grid's cells are cells of the file.
    fn copy(source: &Source, grid: &Grid) -> Option<Self> {
        let [west, _, _, north] = grid.region();
        let [col, row] = source.locate([west, north]).map(f64::round);
        let agree = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)].iter().all(|(right, down)| {
            let (right, down) = (right * grid.cols as f64, down * grid.rows as f64);
            let [x, y] = source.locate([
                west + right * grid.transform.cell_width,
                north - down * grid.transform.cell_height,
            ]);
            (x - col - right).abs() <= SNAP_CELLS && (y - row - down).abs() <= SNAP_CELLS
        });
        agree.then_some(Self::Copy { cols: col as isize, rows: row as isize })
    }

    fn method(&self) -> Option<Resample> {
        match self {
            Self::Copy { .. } => None,
            Self::Warp(warp) => Some(warp.method),
        }
    }

    /// Goes through the grid in strips of rows.
    fn run(
        &self,
        source: &Source,
        grid: &Grid,
        request: &Request,
        sink: &mut dyn FnMut(&[f32]) -> Result<()>,
    ) -> Result<Tally> {
        let rows = (request.budget_bytes / 2 / (grid.cols * size_of::<f32>())).clamp(1, 512);
        let mut tally = Tally::new();
        for row in (0..grid.rows).step_by(rows) {
            let mut values = vec![f32::NAN; rows.min(grid.rows - row) * grid.cols];
            tally.covered += match self {
                Self::Copy { cols, rows } => {
                    copy(source, grid, [*cols, *rows + row as isize], &mut values)?
                }
                Self::Warp(warp) => warp.strip(row, &mut values)?,
            };
            tally.add(&values);
            tally.add_edge(&values, row, grid);
            sink(&values)?;
        }
        Ok(tally)
    }
}

/// Copies what a strip shares with the file, whose cell `[col, row]` is the strip's first. Returns how
/// many cells that is.
fn copy(source: &Source, grid: &Grid, [col, row]: [isize; 2], values: &mut [f32]) -> Result<usize> {
    let strip_rows = values.len() / grid.cols;
    let overlap = |first: isize, wanted: usize, there: usize| {
        let start = first.max(0);
        let end = (first + wanted as isize).min(there as isize);
        (start < end).then(|| (start as usize, (end - start) as usize, (start - first) as usize))
    };
    let across = overlap(col, grid.cols, source.cols);
    let (Some((col, cols, right)), Some((row, rows, down))) =
        (across, overlap(row, strip_rows, source.rows))
    else {
        return Ok(0);
    };
    let read = source.read(Window { col, row, cols, rows })?;
    for (index, line) in read.chunks_exact(cols).enumerate() {
        let start = (down + index) * grid.cols + right;
        values[start..start + cols].copy_from_slice(line);
    }
    Ok(cols * rows)
}

/// The error of a raster that lies elsewhere.
fn elsewhere(source: &Source, grid: &Grid, system: &Crs) -> Error {
    let edge = |share: [f64; 2]| {
        source.place(share[0] * source.cols as f64, share[1] * source.rows as f64)
    };
    let corners = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]].map(edge);
    let moved = Transformer::between(system, &grid.crs).map(|way| way.apply(&corners));
    let corners = moved.unwrap_or_else(|_| corners.to_vec());
    let axis = |axis: usize| {
        let low = corners.iter().map(|corner| corner[axis]).fold(f64::INFINITY, f64::min);
        let high = corners.iter().map(|corner| corner[axis]).fold(f64::NEG_INFINITY, f64::max);
        [low, high]
    };
    let ([west, east], [south, north]) = (axis(0), axis(1));
    let show = |[west, south, east, north]: [f64; 4]| {
        format!("west {west}, south {south}, east {east}, north {north}")
    };
    Error::Elsewhere {
        path: source.path.clone(),
        found: show([west, south, east, north]),
        grid: show(grid.region()),
    }
}
