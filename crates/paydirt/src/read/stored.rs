//! Evidence that is kept on the grid as a Zarr stack (`--stack`): read and written once, then read from there
//! by every command, share and worker that names it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use paydirt_core::mask::Mask;
use paydirt_core::stack::{GridStack, Stack};
use paydirt_core::step::{AnyStep, Pipeline};
use paydirt_io::digest;
use paydirt_io::zarr::{self, StackPlan, ZarrStack};
use serde::{Deserialize, Serialize};

use super::{Read, groups};
use crate::command::Session;
use crate::error::{Error, Result};
use crate::origin;
use crate::pieces::Pieces;
use crate::plan::{self, Purpose};
use crate::project::Opened;
use crate::receipt::Receipt;

/// What stands beside the layers: all else that reading the files told.
#[derive(Serialize, Deserialize)]
struct Told {
    receipt: Receipt,
    /// The column steps of each layer.
    steps: Vec<(String, Vec<AnyStep>)>,
}

/// The evidence of a project from the stack under an address, which is made from the files if it is not there.
///
/// # Errors
/// A stack of something else under the address, and a place that cannot be read or written; as reading the files.
pub(super) fn evidence(
    opened: &Opened,
    (purpose, spool): (Purpose, Option<&Path>),
    (address, session): (&str, &Session),
) -> Result<Read> {
    // Told before anything is read: what changes on the way must not go by the name of what it became.
    let made_from = made_from(opened)?;
    let allowed = session.common.max_memory;
    if let Some(stack) = ZarrStack::find(address, &made_from)? {
        session.console.say(&format!("evidence: from `{address}`"));
        return read(opened, purpose, stack, allowed);
    }
    Pieces::try_out(Path::new(address))?;
    let found = super::from_files(opened, purpose, spool, session)?;
    keep(&found, address, &made_from)?;
    session.console.say(&format!("evidence: kept in `{address}`"));
    if !found.spooled {
        return Ok(found);
    }
    let Some(stack) = ZarrStack::find(address, &made_from)? else { return Ok(found) };
    give_up(&found, spool)?;
    read(opened, purpose, stack, allowed)
}

/// What the evidence of a project is made from, in words that only equal themselves.
fn made_from(opened: &Opened) -> Result<String> {
    let project = &opened.project;
    let settings = (&project.grid, &project.evidence, &project.assays, project.told_layer());
    let told = (origin::of(&settings, &opened.folder)?, env!("CARGO_PKG_VERSION"));
    let told = serde_json::to_vec(&told).map_err(unsaid)?;
    Ok(format!("evidence {}", &digest::sha256_of(&told)[..16]))
}

fn unsaid(error: serde_json::Error) -> Error {
    Error::Saved { path: "an evidence stack".into(), reason: error.to_string() }
}

/// The evidence of a project from its stack.
fn read(opened: &Opened, purpose: Purpose, stack: ZarrStack, allowed: Option<u64>) -> Result<Read> {
    let project = &opened.project;
    let told: Told = serde_json::from_value(stack.told().clone()).map_err(unsaid)?;
    let spooled = match stack.grid() {
        None => false,
        Some(grid) => plan::spools(project, grid, purpose, allowed)?,
    };
    let stack: Box<dyn Stack> = if spooled {
        Box::new(stack.with_cache_mib(plan::stack_cache_mib(project.layer_count())))
    } else {
        Box::new(in_memory(&stack)?)
    };
    let names: Vec<&str> = told.steps.iter().map(|(name, _)| name.as_str()).collect();
    let mut groups = groups::resolve(&project.groups, &names)?;
    groups::measure_noise(&mut groups, stack.as_ref())?;
    let features = project.features.steps.clone();
    Ok(Read {
        eligible: Mask::new(stack.units(), false),
        extras: None,
        edges: Vec::new(),
        labelled: Vec::new(),
        rocks: Vec::new(),
        names: BTreeMap::new(),
        pipeline: Pipeline { layers: told.steps, groups, features },
        receipt: told.receipt,
        stored: spooled,
        spooled,
        stack,
    })
}

/// All layers of a stack, in memory.
fn in_memory(stack: &ZarrStack) -> Result<GridStack> {
    let grid = super::way::grid(stack)?;
    let mut held = GridStack::new(grid.clone(), Arc::new(stack.area().clone()));
    for info in stack.layers() {
        let mut writer = held.begin(info.clone(), None)?;
        for strip in crate::draw::strips(grid) {
            writer.write(&stack.read_stored(&info.name, strip)?)?;
        }
        held.finish(writer)?;
    }
    Ok(held)
}

/// Keeps evidence that was read from files as a stack, of which what is there already stays.
fn keep(evidence: &Read, address: &str, made_from: &str) -> Result<()> {
    let told = Told { receipt: evidence.receipt.clone(), steps: evidence.pipeline.layers.clone() };
    let told = serde_json::to_value(told).map_err(unsaid)?;
    let stack = evidence.stack.as_ref();
    let plan = StackPlan { told, ..StackPlan::of(stack, made_from)? };
    Ok(zarr::copy_as(stack, address, &plan)?)
}

/// Removes the spool files of layers that are kept elsewhere.
fn give_up(evidence: &Read, spool: Option<&Path>) -> Result<()> {
    for info in evidence.stack.layers() {
        let file = spool.map(|spool| spool.join(format!("{}.f32", info.name)));
        if let Some(file) = file.filter(|file| file.exists()) {
            fs_err::remove_file(file)?;
        }
    }
    Ok(())
}
