//! The plan of a run: memory, disk and time before anything is spent.

use paydirt_core::grid::Grid;
use paydirt_core::potential;
use paydirt_core::sample::Sampling;
use paydirt_core::search::Axis;
use paydirt_core::step::{AnyStep, Reach};
use paydirt_model::Model;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::judge::search;
use crate::project::Project;
use crate::read::Read;

mod time;

pub use time::CpuTime;

const MIB: u64 = 1 << 20;
/// The program and GDAL's libraries, resident before any data (measured on Debian 12).
const PROGRAM: u64 = 90 * MIB;

/// The program while it sets the report on pages, with what the system keeps of all that was held before
/// (measured on grids of 60 x 60 to 300 x 300 cells).
const SETTING: u64 = 170 * MIB;

/// A run that would hold more than this keeps its layers on disk, where the user has named no limit.
const IN_MEMORY_BYTES: u64 = 2 << 30;

/// What a run will need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Whether layers and maps are kept on disk.
    pub spooled: bool,
    /// Peak memory in MiB.
    pub peak_memory_mib: u64,
    /// Disk for the run folder while it is made, in MiB.
    pub disk_mib: u64,
    /// Models fitted while judging and searching, at most.
    pub fits: usize,
    /// Those of them that are fitted in searches: fewer where trials are given up or patience ends one.
    pub search_fits: usize,
    /// Rough time in seconds if all of this machine's cores were busy: not all of a run can be parted among
    /// them.
    pub time_s: f64,
    /// Rough CPU time of its parts.
    pub cpu: CpuTime,
    /// The memory that was allowed, in MiB.
    pub allowed_mib: Option<u64>,
}

impl Plan {
    /// Refuses a run that would need more memory than it may use.
    ///
    /// # Errors
    /// [`Error::Memory`] with both numbers.
    pub fn keep_promise(&self) -> Result<()> {
        allow(self.peak_memory_mib, self.allowed_mib)
    }
}

/// Refuses so many MiB if the user allows fewer, or the machine has fewer.
fn allow(needed_mib: u64, user_mib: Option<u64>) -> Result<()> {
    let limits = [(user_mib, "`--max-memory` allows"), (machine_mib(), "this machine has")];
    for (limit, by) in limits {
        if let Some(allowed_mib) = limit.filter(|limit_mib| needed_mib > *limit_mib) {
            return Err(Error::Memory { what: "the run".into(), needed_mib, allowed_mib, by });
        }
    }
    Ok(())
}

/// Memory of this machine, or of the control group that the program runs in; `None` where the system
/// does not tell.
fn machine_mib() -> Option<u64> {
    let text = |path: &str| fs_err::read_to_string(path).ok();
    let told = text("/proc/meminfo")?;
    let kib =
        told.lines().find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next());
    let machine = kib?.parse::<u64>().ok()? / 1024;
    let group =
        text("/sys/fs/cgroup/memory.max").and_then(|bytes| bytes.trim().parse::<u64>().ok());
    Some(group.map_or(machine, |bytes| machine.min(bytes / MIB)))
}

/// What is made of the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Layers alone.
    Layers,
    /// Maps and targets too.
    Maps,
}

/// Whether evidence and maps on a grid are kept on disk, since all of it in memory would be more than
/// the user allows.
///
/// # Errors
/// [`Error::Memory`] with both numbers where even that is too much, before anything of that size is
/// made.
pub fn spools(
    project: &Project,
    grid: &Grid,
    purpose: Purpose,
    allowed: Option<u64>,
) -> Result<bool> {
    let (layers, cells) = (project.layer_count(), grid.cells());
    let drawn = purpose == Purpose::Maps;
    let attributions = project.explain.shap.rasters && drawn;
    let of_maps = |bytes: u64| if drawn { bytes } else { 0 };
    let ground = of_maps(ground_bytes(project, layers, cells));
    let kept = kept_bytes(layers, cells, attributions).saturating_add(ground);
    let asked = of_maps(asked_bytes(project, layers, cells));
    let model = of_maps(model_bytes(project));
    let whole = whole_bytes(project, grid, purpose).saturating_add(model);
    let peak = |held| peak_bytes((cells, layers), asked, held).saturating_add(whole);
    let spooled = peak(kept) > allowed.unwrap_or(IN_MEMORY_BYTES);
    let held = if spooled { 0 } else { kept };
    allow(peak(held) / MIB, allowed.map(|bytes| bytes / MIB))?;
    Ok(spooled)
}

/// What is told of layers that are wanted in memory, and would be more than the user allows.
#[must_use]
pub fn all_in_memory(project: &Project, grid: &Grid, allowed: Option<u64>) -> Error {
    let needed = kept_bytes(project.layer_count(), grid.cells(), false) + PROGRAM;
    let allowed_mib = allowed.unwrap_or(IN_MEMORY_BYTES) / MIB;
    let what = "all evidence in memory".into();
    Error::Memory { what, needed_mib: needed / MIB, allowed_mib, by: "`--max-memory` allows" }
}

/// Bytes of whole rasters that are held at a time: while a layer is made, those of its hungriest step;
/// for the targets, a bit a cell, and the cells in the best share with their values and runs.
fn whole_bytes(project: &Project, grid: &Grid, purpose: Purpose) -> u64 {
    let cells = grid.cells() as u64;
    let evidence = project.evidence.iter().flat_map(|evidence| &evidence.steps);
    let steps = evidence.chain(project.assays.iter().flat_map(|assays| &assays.steps));
    let bytes = |step: &AnyStep| match (step.surface(), step.raster()) {
        (Some(_), _) => cells.saturating_mul(8),
        (_, Some(raster)) if matches!(raster.reach(grid), Ok(Reach::Whole)) => {
            potential::memory_bytes(cells)
        }
        _ => 0,
    };
    let best = (cells as f64 * project.target.top_share_percent / 100.0) as u64;
    let targets = if purpose == Purpose::Maps { cells / 8 + best * 64 } else { 0 };
    steps.map(bytes).max().unwrap_or(0).max(targets)
}

/// What GDAL keeps of the blocks it reads and writes: a map (the largest has a total and two bands a
/// cause) and its uncompressed copy, up to the limit that `paydirt-io` sets.
const fn block_cache(cells: usize) -> u64 {
    let wanted = cells as u64 * 11 * 8;
    if wanted < 96 * MIB { wanted } else { 96 * MIB }
}

/// What is held besides while maps are written and read again: tiles that are being compressed, and what the
/// allocator keeps of them (measured on grids of 600 x 600 to 1500 x 1500 cells).
const fn under_way(cells: usize) -> u64 {
    let wanted = cells as u64 * 18;
    if wanted < 40 * MIB { wanted } else { 40 * MIB }
}

/// Cells of a strip.
const fn strip_cells(cells: usize) -> u64 {
    let cells = cells as u64;
    if cells < 1 << 17 { cells } else { 1 << 17 }
}

/// Peak memory for so many cells and layers, of which so many bytes are asked for a strip and so many are held
/// in memory: while maps are drawn, or while the report is set on pages.
const fn peak_bytes((cells, layers): (usize, usize), asked: u64, held: u64) -> u64 {
    let strip = strip_cells(cells) * (layers as u64 * 30 + 64);
    let drawing = (PROGRAM + strip).saturating_add(asked);
    let most = if asked > 0 && drawing < SETTING { SETTING } else { drawing };
    // The study area, the cells with all evidence, and the mask of what steps look at.
    let masks = cells as u64 / 8 * 3;
    held.saturating_add(most).saturating_add(masks + block_cache(cells) + under_way(cells))
}

/// Models that each cell is asked for: members, their refits, and other ways to work on two draws.
fn models_asked(project: &Project) -> usize {
    let settings = &project.uncertainty;
    let members = settings.ensemble.members;
    members
        .saturating_mul(1 + settings.model.refits)
        .saturating_add(2 * settings.alternatives(&project.model).len())
}

/// Bytes of what so many models say of one strip and of its parts of doubt, of its evidence with so many
/// sets of plausible values, of its features beside the training rows, and of the pictures of the page.
fn asked_bytes(project: &Project, layers: usize, cells: usize) -> u64 {
    let sets = project.uncertainty.evidence.imputations;
    let each = 4 * models_asked(project) + MAPS * 8 + layers * (10 * sets + 16);
    let pictures = (32 * cells as u64).min(32 * MIB);
    strip_cells(cells).saturating_mul(each as u64).saturating_add(pictures)
}

/// MiB of decoded chunks that are kept while a stack of so many layers is read strip by strip: two rows of
/// chunks a layer.
#[must_use]
pub const fn stack_cache_mib(layers: usize) -> usize {
    4 * layers
}

/// Maps beside the attributions: probability, rank, spread, five causes, dissimilarity, density, sets.
const MAPS: usize = 11;

/// Bytes of evidence and maps, at four a cell.
#[must_use]
pub fn kept_bytes(layers: usize, cells: usize, attributions: bool) -> u64 {
    let maps = MAPS + if attributions { layers } else { 0 };
    (layers + maps) as u64 * cells as u64 * 4
}

/// Bytes of the ground that networks of windows see: that of a fold, and that of the map.
fn ground_bytes(project: &Project, layers: usize, cells: usize) -> u64 {
    if project.sees_ground() { 2 * 4 * (layers * cells) as u64 } else { 0 }
}

/// Models whose held-out scores are kept, about.
const CONTESTANTS: usize = 5;

fn folds(project: &Project, read: &Read) -> usize {
    project.split.most_folds(read.deposits())
}

/// Samples in each repeat.
fn samples(project: &Project, read: &Read) -> usize {
    let deposits = read.deposits();
    match &project.sample {
        Sampling::DistantUnlabelled(settings) => {
            deposits.saturating_mul(settings.per_deposit.saturating_add(1)).min(read.stack.units())
        }
        Sampling::AllUnlabelled(_) => read.eligible.count(),
        Sampling::GivenNegatives(_) => read.labelled.len(),
    }
}

/// Bytes of a tree and its tables of shares, measured on Carlin.
const TREE: u64 = 32 << 10;
/// Bytes of a tree alone.
const BARE_TREE: u64 = 2 << 10;

fn trees(project: &Project) -> usize {
    let axes = project.search.as_ref().and_then(|search| project.model.axes(search).ok());
    let searched = axes.iter().flatten().filter(|axis| axis.setting == "trees");
    let most = searched.flat_map(Axis::ends).filter_map(|end| end.as_u64()).max().unwrap_or(0);
    let own = match &project.model {
        // More are refused by the model itself, which says so better.
        Model::Forest(settings) => settings.trees.min(100_000),
        Model::ExtraTrees(settings) => settings.trees.min(100_000),
        Model::IsolationForest(settings) => settings.trees.min(100_000),
        Model::Boosting(settings) => settings.trees.min(100_000),
        _ => 1,
    };
    own.max(most as usize)
}

/// Bytes of the model with its tables of shares, and of the other models that each cell is asked for.
fn model_bytes(project: &Project) -> u64 {
    let each = (models_asked(project) as u64).saturating_mul(BARE_TREE).saturating_add(TREE);
    (trees(project) as u64).saturating_mul(each)
}

/// Bytes of the samples of a run: evidence and features (5 a value, up to five copies), and in each
/// repeat the held-out scores of each contestant and a feature of `split.gpkg`.
const fn sample_bytes(samples: usize, layers: usize, repeats: usize) -> u64 {
    let each = repeats.saturating_mul(33 * CONTESTANTS + 250).saturating_add(25 * layers);
    samples.saturating_mul(each) as u64
}

/// Bytes of the searches that go on at a time: the evidence of their samples, and its features in each
/// inner fold.
fn search_bytes(project: &Project, samples: usize, layers: usize) -> u64 {
    let folds = project.search.as_ref().map_or(0, |search| search.rules().folds + 1);
    let each = samples.saturating_mul(layers).saturating_mul(5 * folds);
    each.saturating_mul(rayon::current_num_threads()) as u64
}

/// Plans a run.
#[must_use]
pub fn plan(project: &Project, read: &Read, allowed: Option<u64>) -> Plan {
    let layers = read.stack.layers().len();
    let cells = read.stack.grid().map_or(0, paydirt_core::grid::Grid::cells);
    let attributions = project.explain.shap.rasters;
    let kept = kept_bytes(layers, cells, attributions);
    let whole = read.stack.grid().map_or(0, |grid| whole_bytes(project, grid, Purpose::Maps));
    let strip = asked_bytes(project, layers, cells);
    let held = match (read.spooled, read.stored) {
        (false, _) => kept.saturating_add(ground_bytes(project, layers, cells)),
        (true, true) => stack_cache_mib(layers) as u64 * MIB,
        (true, false) => 0,
    };
    let repeats = project.split.repeats();
    let samples = samples(project, read);
    let held = held
        .saturating_add(sample_bytes(samples, layers, repeats))
        .saturating_add(search_bytes(project, samples, layers))
        .saturating_add(model_bytes(project));
    let contestants = time::contestants(project, read);
    let search_fits = search::most_fits(project, read.deposits());
    let judging = repeats.saturating_mul(folds(project, read)).saturating_mul(contestants.len());
    let fits = judging.saturating_add(search_fits);
    let cpu = time::of(project, read, &contestants);
    Plan {
        spooled: read.spooled,
        peak_memory_mib: peak_bytes((cells, layers), strip, held).saturating_add(whole) / MIB,
        disk_mib: (kept + if read.spooled { kept } else { 0 }) / MIB + 1,
        fits,
        search_fits,
        time_s: cpu.total_s() / rayon::current_num_threads() as f64,
        cpu,
        allowed_mib: allowed.map(|bytes| bytes / MIB),
    }
}
