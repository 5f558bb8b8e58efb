//! The walk: read, judge, fit, draw, explain, target, report.

use std::path::Path;

use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::Session;
use crate::doubt::summary::{DoubtLine, summarise};
use crate::draw::{self, Drawing};
use crate::error::Result;
use crate::folder::Folder;
use crate::judge::{self, Bench};
use crate::project::Opened;
use crate::read::{self, Read};
use crate::report::{MapLine, Report};
use crate::{doubt, fit, leaks, output, plan, report, saved, targets};

/// Runs a project into a folder.
///
/// # Errors
/// Whatever goes wrong on the way; nothing is left behind then.
pub fn run(opened: &Opened, out: &Path, session: &Session) -> Result<Report> {
    let project = &opened.project;
    let console = &session.console;
    let folder = Folder::begin(out, session.common.overwrite)?;
    let spool = folder.inside("spool")?;

    let read = read::read(opened, Some(&spool), session)?;
    plan::plan(project, &read, session.common.max_memory).keep_promise()?;
    let bench = bench(opened, &read);
    let places = read.stack.place(0).is_some();
    let contestants = judge::usual_contestants(&project.model, places);
    let contestants = doubt::fit::with_alternatives(contestants, project);
    let judged = judge::judge(&bench, &contestants, console)?;
    let leaks = leaks::find(&bench, &judged, &project.leaks, console)?;
    let mut trained = fit::fit(&bench, project, &judged, console)?;
    trained.contract.codes = read.receipt.codes();
    let maps = match read.stack.grid() {
        None => None,
        Some(grid) => {
            let drawing = Drawing {
                spool: read.spooled.then_some(&*spool),
                attributions: project.explain.shap.rasters,
            };
            let maps = draw::draw(read.stack.as_ref(), grid, &trained, &drawing, console)?;
            let targets =
                targets::draw(&maps, read.stack.as_ref(), &trained, &project.target, &read.names)?;
            Some((maps, targets))
        }
    };
    let finished = report::Finished {
        opened,
        read: &read,
        judged: &judged,
        trained: &trained,
        maps: maps.as_ref(),
        leaks: &leaks,
    };
    let report = report::build(&finished, console)?;

    let report = output::write(&folder, &finished, &report, console)?;
    saved::save(&folder.inside("model")?, &trained)?;
    fs_err::remove_dir_all(&spool)?;
    folder.finish()?;
    Ok(report)
}

/// What is judged in a project.
#[must_use]
pub fn bench<'a>(opened: &'a Opened, read: &'a Read) -> Bench<'a> {
    let project = &opened.project;
    Bench {
        stack: read.stack.as_ref(),
        labelled: &read.labelled,
        eligible: &read.eligible,
        pipeline: &read.pipeline,
        sampling: &project.sample,
        split: &project.split,
        calibration: &project.calibration,
        select: project.select.as_ref(),
        shuffles: project.explain.permutation.shuffles,
        seed: Seed(project.seed),
    }
}

/// What `paydirt predict` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Predicted {
    /// Name of the project whose model was applied.
    pub model_of: String,
    /// The maps in figures.
    pub map: MapLine,
    /// How sure they are.
    pub doubt: DoubtLine,
    /// What was read.
    pub receipt: crate::receipt::Receipt,
}

/// Applies the saved model of a run to the evidence of another project.
///
/// # Errors
/// Evidence that is not what the model's contract asks for, and whatever goes wrong on the way.
pub fn predict(run: &Path, opened: &Opened, out: &Path, session: &Session) -> Result<Predicted> {
    let trained = saved::load(run)?;
    let folder = Folder::begin(out, session.common.overwrite)?;
    let spool = folder.inside("spool")?;
    let read = read::read_evidence(opened, &trained.contract, Some(&spool), session)?;
    let grid = read.grid()?;
    let drawing = Drawing {
        spool: read.spooled.then_some(&*spool),
        attributions: opened.project.explain.shap.rasters,
    };
    let maps = draw::draw(read.stack.as_ref(), grid, &trained, &drawing, &session.console)?;
    let predicted = Predicted {
        model_of: trained.contract.project.clone(),
        map: report::map_line(&maps, &[])?,
        doubt: summarise(&maps, &trained.doubt, &opened.project.uncertainty.risk_return, &[])?,
        receipt: read.receipt.clone(),
    };
    let tags = output::predicted_tags(&trained.contract, &opened.project.name);
    let Predicted { map, doubt, .. } = &predicted;
    let sheet =
        output::Sheet { maps: &maps, read: &read, classes: &map.classes, doubt, tags: &tags };
    output::write_maps(&folder, &sheet, &session.console)?;
    saved::write_json(&folder.path().join("receipt.json"), &predicted.receipt)?;
    fs_err::remove_dir_all(&spool)?;
    folder.finish()?;
    Ok(predicted)
}
