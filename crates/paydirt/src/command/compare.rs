//! `paydirt compare`

use std::path::{Path, PathBuf};

use paydirt_core::split::SplitKind;
use paydirt_model::Model;

use super::Session;
use crate::error::{Error, Result};
use crate::judge::search::{Searching, line_up};
use crate::judge::{self, Bench, Contestant, Judged, Standing};
use crate::project::Opened;
use crate::report::{self, ModelLine, Report};
use crate::{read, run, saved};

pub(super) fn compare(session: &Session, what: &[PathBuf], models: &[String]) -> Result<()> {
    let runs: Vec<&PathBuf> = what.iter().filter(|path| path.is_dir()).collect();
    let lines = match what {
        [project] if runs.is_empty() => models_of(session, project, models)?,
        _ if runs.len() == what.len() && models.is_empty() => lines_of_runs(&runs)?,
        _ => {
            return Err(Error::Usage {
                reason: "compare takes one project file, or run folders".into(),
                hint:
                    "`paydirt compare project.toml --models forest,logistic` or `paydirt compare \
                       a.run b.run`"
                        .into(),
            });
        }
    };
    session.show(&lines, &report::model_table(&lines))
}

/// Judges several models of one project on the same rows of the same split.
fn models_of(session: &Session, project: &Path, models: &[String]) -> Result<Vec<ModelLine>> {
    Ok(report::model_lines(&judged(session, &session.open(project)?, models)?))
}

/// What judging finds of several models of a project: those named, or all but networks of windows, which take
/// minutes a fold.
pub(super) fn judged(session: &Session, opened: &Opened, models: &[String]) -> Result<Judged> {
    let can_be_judged = |model: &Model, has_places: bool| {
        !model.sees_ground() && (has_places || !model.sees_coordinates_only())
    };
    let wanted = |has_places: bool| match models {
        [] => Model::all()
            .into_iter()
            .filter(|model| can_be_judged(model, has_places))
            .map(|model| model.key().to_owned())
            .collect(),
        named => named.to_vec(),
    };
    lined_up(session, opened, &wanted, |bench, contestants| {
        judge::judge(bench, contestants, &session.console)
    })
}

/// What `judge` makes of the contestants of a project and more models; `wanted` is told whether rows have places.
pub(super) fn lined_up<T>(
    session: &Session,
    opened: &Opened,
    wanted: &dyn Fn(bool) -> Vec<String>,
    judge: impl FnOnce(&Bench<'_>, &[Contestant]) -> Result<T>,
) -> Result<T> {
    let spool = tempfile::tempdir()?;
    let read = read::read(opened, Some(spool.path()), session)?;
    let has_places = read.stack.place(0).is_some();
    let searching = Searching::new(&opened.project, read.deposits())?;
    let mut bench = run::bench(opened, &read)?;
    (bench.search, bench.shuffles, bench.views) = (searching.as_ref(), 0, false);
    bench.spool = read.spooled.then(|| spool.path());
    let (mut contestants, _) = line_up(&bench, &opened.project, has_places, &session.console)?;
    for key in wanted(has_places) {
        let model = Model::all().into_iter().find(|model| model.key() == key);
        let model = model.ok_or_else(|| Error::Usage {
            reason: format!("there is no model `{key}`"),
            hint: format!("there are: {}", Model::keys().join(", ")),
        })?;
        let there = |line: &Contestant| line.name == key && line.kind == SplitKind::Spatial;
        if !contestants.iter().any(there) {
            contestants.push(Contestant {
                name: key,
                standing: Standing::Baseline,
                kind: SplitKind::Spatial,
                coordinates_only: model.sees_coordinates_only(),
                plain: false,
                changes: None,
                model,
            });
        }
    }
    judge(&bench, &contestants)
}

/// The model tables of several runs, which must stand on one split.
fn lines_of_runs(runs: &[&PathBuf]) -> Result<Vec<ModelLine>> {
    let mut lines = Vec::new();
    let mut first: Option<(&PathBuf, Vec<String>)> = None;
    for path in runs {
        let file = path.join("report.json");
        let report: Report = serde_json::from_str(&saved::read_text(path, &file)?)
            .map_err(|error| Error::Saved { path: file, reason: error.to_string() })?;
        let (other, hashes) = first.get_or_insert_with(|| (path, report.split.hashes.clone()));
        if *hashes != report.split.hashes {
            return Err(Error::Data {
                reason: format!(
                    "`{}` and `{}` were not judged on one split, so their figures cannot be \
                     compared",
                    other.display(),
                    path.display()
                ),
                hint: "run both with the same labels, evidence cells, split, sample and seed"
                    .into(),
            });
        }
        lines.extend(report.models.into_iter().map(|mut line| {
            line.name = format!("{} ({})", line.name, path.display());
            line
        }));
    }
    Ok(lines)
}
