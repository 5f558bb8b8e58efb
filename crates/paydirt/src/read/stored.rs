//! Evidence that is kept on the grid as a Zarr stack (`--stack`): read and written once, then read from there
//! by every command, share and worker that names it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use paydirt_core::mask::Mask;
use paydirt_core::stack::{GridStack, Stack};
use paydirt_core::step::{AnyStep, Pipeline};
use paydirt_io::zarr::{self, StackPlan, ZarrStack};
use paydirt_io::{digest, remote};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Read, groups};
use crate::error::{Error, Result};
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

/// What the evidence of a project is made from, in words that only equal themselves: its settings, and the
/// digest of every file that they name.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn made_from(opened: &Opened) -> Result<String> {
    let project = &opened.project;
    let settings = (&project.grid, &project.evidence, &project.assays);
    let settings = serde_json::to_value(settings).map_err(unsaid)?;
    let mut files = BTreeMap::new();
    digest_files(&settings, &opened.folder, &mut files)?;
    let told = (env!("CARGO_PKG_VERSION"), settings, files);
    let told = serde_json::to_vec(&told).map_err(unsaid)?;
    Ok(format!("evidence {} of `{}`", &digest::sha256_of(&told)[..16], project.name))
}

fn unsaid(error: serde_json::Error) -> Error {
    Error::Saved { path: "the settings of the evidence".into(), reason: error.to_string() }
}

/// The digest of each file that some settings name, wherever they do. (A `source` says where data come from;
/// it is not read.)
fn digest_files(
    settings: &Value,
    folder: &Path,
    files: &mut BTreeMap<String, String>,
) -> Result<()> {
    match settings {
        Value::String(text) if !text.is_empty() => {
            let path = remote::join(folder, Path::new(text));
            if !files.contains_key(text) && (remote::is_address(&path) || path.exists()) {
                files.insert(text.clone(), digest::sha256(&path)?);
            }
            Ok(())
        }
        Value::Array(items) => items.iter().try_for_each(|i| digest_files(i, folder, files)),
        Value::Object(keys) => keys
            .iter()
            .filter(|(key, _)| *key != "source")
            .try_for_each(|(_, value)| digest_files(value, folder, files)),
        _ => Ok(()),
    }
}

/// The evidence of a project from its stack, if it is there whole.
///
/// # Errors
/// A stack that is made from something else, or cannot be read.
pub(super) fn find(
    opened: &Opened,
    purpose: Purpose,
    address: &str,
    allowed: Option<u64>,
) -> Result<Option<Read>> {
    let Some(stack) = ZarrStack::find(address)? else { return Ok(None) };
    let (found, expected) = (stack.made_from(), made_from(opened)?);
    if found != expected {
        return Err(Error::Files(paydirt_io::Error::OtherStack {
            path: address.into(),
            what: "what it is made from".into(),
            found: found.into(),
            expected,
        }));
    }
    read(opened, purpose, stack, allowed).map(Some)
}

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
    Ok(Read {
        eligible: Mask::new(stack.units(), false),
        extras: None,
        edges: Vec::new(),
        labelled: Vec::new(),
        rocks: Vec::new(),
        names: BTreeMap::new(),
        pipeline: Pipeline { layers: told.steps, groups, features: project.features.steps.clone() },
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

/// Keeps evidence that was read from files as a stack, of which what is there already stays; then gives up
/// the spool files of its layers.
///
/// # Errors
/// A stack of something else under the address, and a place that cannot be written.
pub(super) fn keep(
    opened: &Opened,
    evidence: &Read,
    address: &str,
    spool: Option<&Path>,
) -> Result<()> {
    let told = Told { receipt: evidence.receipt.clone(), steps: evidence.pipeline.layers.clone() };
    let told = serde_json::to_value(told).map_err(unsaid)?;
    let stack = evidence.stack.as_ref();
    let plan = StackPlan { told, ..StackPlan::of(stack, &made_from(opened)?)? };
    zarr::copy_as(stack, address, &plan)?;
    for info in stack.layers() {
        let file = spool.map(|spool| spool.join(format!("{}.f32", info.name)));
        if let Some(file) = file.filter(|file| evidence.spooled && file.exists()) {
            fs_err::remove_file(file)?;
        }
    }
    Ok(())
}
