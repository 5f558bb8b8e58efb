//! The walk: read, judge, fit, draw, explain, target, report.

use std::path::Path;

use paydirt_core::grid::Point;
use paydirt_core::leak::Finding;
use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::command::Session;
use crate::console::Console;
use crate::doubt::summary::{DoubtLine, summarise};
use crate::draw::{self, Drawing, Maps};
use crate::error::{Error, Result};
use crate::fit::Trained;
use crate::folder::Folder;
use crate::judge::search::{Searched, Searching, line_up};
use crate::judge::{self, Bench, Judged};
use crate::pieces::{Pieces, Shard};
use crate::project::{Opened, Project};
use crate::read::{self, Read};
use crate::report::{MapLine, Report};
use crate::targets::Drawn;
use crate::{
    doubt, explain, fit, leaks, origin, output, pieces, plan, prepared, report, saved, targets,
};

/// Runs a project into a folder.
///
/// # Errors
/// Whatever goes wrong on the way; nothing is left behind then.
pub fn run(opened: &Opened, out: &Path, session: &Session) -> Result<Report> {
    let (project, console) = (&opened.project, &session.console);
    let folder = Folder::begin(out, session.common.overwrite)?;
    let spool = folder.inside("spool")?;
    let read = read::read(opened, Some(&spool), session)?;
    plan::plan(project, &read, session.common.max_memory).keep_promise()?;
    let pieces = pieces_of_run(opened, &read, session)?;
    let made = make(opened, &read, (&spool, &pieces), console)?;
    let explained =
        explain::run(project, &read, &made.judged, (&made.trained, made.maps.as_ref()), console)?;
    let finished = report::Finished {
        opened,
        read: &read,
        judged: &made.judged,
        trained: &made.trained,
        maps: made.maps.as_ref(),
        leaks: &made.leaks,
        settled: made.settled.as_ref(),
        explained: &explained,
    };
    let report = report::build(&finished, console)?;

    let report = output::write(&folder, &finished, &report, console)?;
    saved::save(&folder.inside("model")?, &made.trained)?;
    fs_err::remove_dir_all(&spool)?;
    if let Some(grid) = read.stack.grid() {
        output::stac::write(folder.path(), grid, &made.trained.contract, &report)?;
    }
    folder.finish()?;
    Ok(report)
}

/// What is made of the evidence of a run before it is explained and told.
struct Made {
    judged: Judged,
    settled: Option<Searched>,
    trained: Trained,
    maps: Option<(Maps, Drawn)>,
    leaks: Vec<Finding>,
}

/// Judges, fits and draws; a share of it alone, and no result, where the pieces are those of a share.
fn make(
    opened: &Opened,
    read: &Read,
    (spool, pieces): (&Path, &Pieces),
    console: &Console,
) -> Result<Made> {
    let project = &opened.project;
    let searching = Searching::new(project, read.deposits())?;
    let spooled = read.spooled.then_some(spool);
    let bench = bench(opened, read)?;
    let bench = Bench { search: searching.as_ref(), spool: spooled, pieces, ..bench };
    let places = read.stack.place(0).is_some();
    let (contestants, settled) = line_up(&bench, project, places, console)?;
    let contestants = doubt::fit::with_alternatives(contestants, project);
    let judged = judge::judge(&bench, &contestants, console)?;
    let mut settled_project = project.clone();
    if let Some(settled) = &settled {
        settled_project.model = settled.model.clone();
    }
    let mut trained = fit::fit(&bench, &settled_project, &judged, console)?;
    trained.contract.codes = read.receipt.codes();
    let maps = match read.stack.grid() {
        None => None,
        Some(grid) => {
            let drawing = drawing(project, spooled, pieces);
            let maps = draw::draw(read.stack.as_ref(), grid, &trained, &drawing, console)?;
            let targets =
                targets::draw(&maps, read.stack.as_ref(), &trained, &project.target, &read.names)?;
            Some((maps, targets))
        }
    };
    pieces.end("fit")?;
    let leaks = leaks::find(&bench, &judged, &project.leaks, console)?;
    Ok(Made { judged, settled, trained, maps, leaks })
}

/// How the maps of a project are drawn.
const fn drawing<'a>(
    project: &Project,
    spool: Option<&'a Path>,
    pieces: &'a Pieces,
) -> Drawing<'a> {
    let shap = &project.explain.shap;
    Drawing { spool, attributions: shap.rasters, top_percent: shap.top_percent, pieces }
}

/// A command whose evidence was read, to make shares of it.
pub struct Shared {
    opened: Opened,
    read: Read,
    spool: TempDir,
    pieces: Pieces,
    /// The model that is applied, where it is one, on this ground.
    applied: Option<Trained>,
}

impl Shared {
    /// Reads what `paydirt run` needs.
    ///
    /// # Errors
    /// As [`run`].
    pub fn of_run(opened: Opened, session: &Session) -> Result<Self> {
        let budget = opened.project.search.as_ref().and_then(|one| one.rules().budget_minutes);
        if budget.is_some() {
            return Err(Error::Usage {
                reason: "with `budget_minutes` each share would choose settings by its own clock"
                    .into(),
                hint: "bound the search by `trials` and `patience`: they are the same everywhere"
                    .into(),
            });
        }
        let spool = tempfile::tempdir()?;
        let read = read::read(&opened, Some(spool.path()), session)?;
        plan::plan(&opened.project, &read, session.common.max_memory).keep_promise()?;
        let pieces = pieces_of_run(&opened, &read, session)?;
        Ok(Self { opened, read, spool, pieces, applied: None })
    }

    /// Reads what `paydirt predict` needs.
    ///
    /// # Errors
    /// As [`predict`].
    pub fn of_prediction(run: &Path, opened: Opened, session: &Session) -> Result<Self> {
        let spool = tempfile::tempdir()?;
        let (model, trained) = saved::load_named(run)?;
        let (trained, read) = applied(trained, &opened, spool.path(), session)?;
        let pieces = pieces_of_prediction(&model, &opened, &read, session)?;
        Ok(Self { opened, read, spool, pieces, applied: Some(trained) })
    }

    /// Makes a share.
    ///
    /// # Errors
    /// [`Error::Share`] with what other shares have not made yet, always; whatever goes wrong on the way.
    pub fn make(&self, shard: Shard, session: &Session) -> Result<()> {
        let Self { opened, read, spool, pieces, applied } = self;
        let pieces = pieces.for_share(shard)?;
        // Shares that are made at a time have maps of their own.
        let spool = tempfile::tempdir_in(spool.path())?;
        let Some(trained) = applied else {
            return make(opened, read, (spool.path(), &pieces), &session.console).map(drop);
        };
        let spooled = read.spooled.then_some(spool.path());
        let drawing = drawing(&opened.project, spooled, &pieces);
        let evidence = read.stack.as_ref();
        draw::draw(evidence, read.grid()?, trained, &drawing, &session.console).map(drop)
    }
}

/// The pieces of a run: they follow from all that the project says, but for what is made of the maps.
fn pieces_of_run(opened: &Opened, read: &Read, session: &Session) -> Result<Pieces> {
    Pieces::new(session.common.states.as_deref(), || {
        let mut project = opened.project.clone();
        (project.output, project.target) = Default::default();
        project.leaks = Default::default();
        let labels = &read.receipt.labels.sha256;
        Ok(("run", origin::of(&project, &opened.folder)?, read.receipt.found(), labels))
    })
}

/// The pieces of the maps that a model draws on other ground.
fn pieces_of_prediction(
    model: &str,
    opened: &Opened,
    read: &Read,
    session: &Session,
) -> Result<Pieces> {
    Pieces::new(session.common.states.as_deref(), || {
        let project = &opened.project;
        let ground = (&project.grid, &project.evidence, &project.assays, &project.explain.shap);
        Ok(("predict", model, origin::of(&ground, &opened.folder)?, read.receipt.found()))
    })
}

/// A saved model on the evidence of another project.
fn applied(
    mut trained: Trained,
    opened: &Opened,
    spool: &Path,
    session: &Session,
) -> Result<(Trained, Read)> {
    let read = read::read_evidence(opened, &trained.contract, Some(spool), session)?;
    let spooled = read.spooled.then_some(spool);
    trained.stand_on(read.stack.as_ref(), spooled)?;
    Ok((trained, read))
}

/// What is judged in a project.
///
/// # Errors
/// A group of layers that names none.
pub fn bench<'a>(opened: &'a Opened, read: &'a Read) -> Result<Bench<'a>> {
    let project = &opened.project;
    let layers: Vec<&str> = read.pipeline.layers.iter().map(|(name, _)| name.as_str()).collect();
    project.explain.counterfactual.check_names(&layers)?;
    let groups = read.pipeline.groups.iter().map(|group| group.name.as_str());
    let named: Vec<&str> = layers.iter().copied().chain(groups).collect();
    project.uncertainty.check_names(&named)?;
    Ok(Bench {
        stack: read.stack.as_ref(),
        labelled: &read.labelled,
        eligible: &read.eligible,
        pipeline: &read.pipeline,
        sampling: &project.sample,
        split: &project.split,
        calibration: &project.calibration,
        training: project.training(),
        search: None,
        pretrain: project.pretrain.as_ref(),
        rocks: &read.rocks,
        spool: None,
        pieces: &pieces::NONE,
        shuffles: project.explain.permutation.shuffles,
        groups: explain::groups::find(&project.explain.permutation, read)?,
        views: project.explain.stability.repeats,
        seed: Seed(project.seed),
    })
}

/// Explains a place with the saved model of a run, on its own ground or on that of another project.
///
/// # Errors
/// A place without evidence, evidence that is not what the model's contract asks for, and whatever goes
/// wrong on the way.
pub fn explain_place(
    run: &Path,
    opened: &Opened,
    place: Point,
    session: &Session,
) -> Result<explain::place::Place> {
    let project = &opened.project;
    if project.table.is_some() {
        return Err(Error::Usage {
            reason: format!("`{}` is of a table of samples, which has no map", run.display()),
            hint: "`explanation` of its `report.json` has the shares of each row".into(),
        });
    }
    let spool = tempfile::tempdir()?;
    let (trained, read) = applied(saved::load(run)?, opened, spool.path(), session)?;
    explain::place::cell(&read, place)?;
    let drawing = Drawing {
        attributions: false,
        ..drawing(project, read.spooled.then_some(spool.path()), &pieces::NONE)
    };
    let maps = draw::draw(read.stack.as_ref(), read.grid()?, &trained, &drawing, &session.console)?;
    let asked = (place, Seed(project.seed));
    explain::place::explain(&project.explain, &read, &trained, &maps, asked)
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
    // A run that is none is told before a folder is made.
    let (model, trained) = saved::load_named(run)?;
    let folder = Folder::begin(out, session.common.overwrite)?;
    let spool = folder.inside("spool")?;
    let (trained, read) = applied(trained, opened, &spool, session)?;
    let pieces = pieces_of_prediction(&model, opened, &read, session)?;
    let drawing = drawing(&opened.project, read.spooled.then_some(&*spool), &pieces);
    let maps = draw::draw(read.stack.as_ref(), read.grid()?, &trained, &drawing, &session.console)?;
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
    if opened.project.output.evidence {
        prepared::write_evidence(&folder, &read, &tags, &session.console)?;
    }
    saved::write_json(&folder.path().join("receipt.json"), &predicted.receipt)?;
    fs_err::remove_dir_all(&spool)?;
    folder.finish()?;
    Ok(predicted)
}
