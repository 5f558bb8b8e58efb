//! `paydirt curve`

use std::path::Path;

use paydirt_core::metric::{Figure, METRICS, Metric};
use paydirt_core::split::SplitKind;
use serde::Serialize;

use super::{Session, compare};
use crate::error::{Error, Result};
use crate::judge::{self, Bench, Judged, Training};
use crate::report::learning::{self, Across, Line, Point};
use crate::report::{self, ModelLine};
use crate::saved::{write_json, write_text};

/// What was asked for.
pub(super) struct Asked<'a> {
    pub(super) deposits: &'a [usize],
    pub(super) models: &'a [String],
    pub(super) metric: &'a str,
}

/// What judging finds with so many deposits to train on.
#[derive(Debug, Serialize)]
struct At {
    /// Deposits that train in a fold, at most.
    deposits: usize,
    models: Vec<ModelLine>,
}

pub(super) fn curve(
    session: &Session,
    project: &Path,
    asked: &Asked<'_>,
    out: Option<&Path>,
) -> Result<()> {
    let metric = METRICS.iter().find(|metric| metric.key == asked.metric).ok_or_else(|| {
        let keys: Vec<&str> = METRICS.iter().map(|metric| metric.key).collect();
        Error::Usage {
            reason: format!("there is no metric `{}`", asked.metric),
            hint: format!("there are: {}", keys.join(", ")),
        }
    })?;
    let counts = numbers(asked.deposits)?;
    let opened = session.open(project)?;
    let models = |_| asked.models.to_vec();
    let judged = compare::lined_up(session, &opened, &models, |bench, contestants| {
        let judge = |most: &usize| {
            let training = Training { most_deposits: Some(*most), ..bench.training };
            judge::judge(&Bench { training, ..bench.clone() }, contestants, &session.console)
        };
        counts.iter().map(judge).collect::<Result<Vec<Judged>>>()
    })?;
    warn_of_more(session, &judged, &counts);
    let at: Vec<At> = counts
        .iter()
        .zip(&judged)
        .map(|(deposits, judged)| At { deposits: *deposits, models: report::model_lines(judged) })
        .collect();
    let lines = lines(&at, metric);
    if let Some(out) = out {
        write_text(
            out,
            &learning::drawn(&opened.project.name, metric.name, &Across::deposits(), &lines),
        )?;
        write_json(&out.with_extension("json"), &at)?;
    }
    session.show(&at, &table(&counts, &lines, metric))
}

/// The numbers of deposits, ascending and each once.
fn numbers(asked: &[usize]) -> Result<Vec<usize>> {
    let mut counts = asked.to_vec();
    counts.sort_unstable();
    counts.dedup();
    match counts.first() {
        Some(first) if *first > 0 => Ok(counts),
        _ => Err(Error::Usage {
            reason: "`--deposits` needs numbers of 1 or more".into(),
            hint: "as in `--deposits 5,10,20,40`".into(),
        }),
    }
}

/// Numbers over what trains are all that there are.
fn warn_of_more(session: &Session, judged: &[Judged], counts: &[usize]) {
    let Some(ground) = judged.first().and_then(|judged| judged.grounds.first()) else { return };
    let deposits =
        |rows: &[usize]| rows.iter().filter(|r| ground.samples[**r].is_deposit()).count();
    let most = ground.folds.iter().map(|fold| deposits(&fold.training)).max().unwrap_or(0);
    if let Some(over) = counts.iter().find(|count| **count > most) {
        session.console.warn(format!(
            "no fold of the first repeat has more than {most} deposits to train on: {over} and more are all of \
             them"
        ));
    }
}

/// Each model on held-out ground over the numbers of deposits.
fn lines(at: &[At], metric: &Metric) -> Vec<Line> {
    let Some(first) = at.first() else { return Vec::new() };
    let spatial = first.models.iter().filter(|line| line.split == SplitKind::Spatial);
    let of = |name: &str, at: &At| -> Option<Point> {
        let mut lines = at.models.iter().filter(|line| line.split == SplitKind::Spatial);
        let line = lines.find(|line| line.name == name)?;
        let figure: Figure = *line.metrics.get(metric.key)?;
        Some(Point { across: at.deposits as f64, figure })
    };
    spatial
        .map(|line| Line {
            name: line.name.clone(),
            points: at.iter().filter_map(|at| of(&line.name, at)).collect(),
        })
        .filter(|line| !line.points.is_empty())
        .collect()
}

fn table(counts: &[usize], lines: &[Line], metric: &Metric) -> String {
    let width = lines.iter().map(|line| line.name.chars().count()).max().unwrap_or(0).max(8);
    let mut text = format!("{}, held out; deposits that train:\n{:width$}", metric.name, "");
    counts.iter().for_each(|count| text += &format!("  {count:>21}"));
    for line in lines {
        text += &format!("\n{:width$}", line.name);
        for count in counts {
            let told =
                line.points.iter().find(|point| point.across == *count as f64).map(|point| {
                    let Figure { value, low, high, .. } = point.figure;
                    format!("{value:.3} ({low:.3} to {high:.3})")
                });
            text += &format!("  {:>21}", told.unwrap_or_else(|| "-".into()));
        }
    }
    text
}
