//! A study: one key of an infilling varied, everything else alike, judged each time; no map is drawn.

use std::path::Path;

use paydirt_core::infill::mask::Mode;
use paydirt_core::metric::Figure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::project::Opened;
use super::report::{self, Report};
use super::{judge, read, train};
use crate::command::Session;
use crate::error::{Error, Result};
use crate::pieces;
use crate::report::learning::{Across, Line, Point};

/// What one value of the key came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Variant {
    /// The value, as it was written.
    pub value: String,
    /// What the run came to.
    pub report: Report,
}

/// A study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Study {
    /// Name of the project.
    pub project: String,
    /// The key that was varied.
    pub key: String,
    /// Its values, in the order in which they were given.
    pub variants: Vec<Variant>,
}

/// Judges an infilling once for each value of a key.
///
/// # Errors
/// Values that the project file does not take, and whatever goes wrong on the way.
pub fn run(path: &Path, key: &str, values: &[String], session: &Session) -> Result<Study> {
    // All of them are opened before the first is judged: a wrong value is told at once.
    let open = |value: &String| session.open_infilling(path, &[format!("{key}={value}")]);
    let opened: Vec<Opened> = values.iter().map(open).collect::<Result<_>>()?;
    let Some(first) = opened.first() else {
        return Err(Error::Usage {
            reason: "a study needs values".into(),
            hint: "as in `--value 10 --value 18 --value 34`".into(),
        });
    };
    let project = first.project.name.clone();
    let mut variants = Vec::new();
    for (number, (value, mut opened)) in values.iter().zip(opened).enumerate() {
        // Each value's networks are fits of their own.
        let checkpoints = opened.project.checkpoints.take();
        opened.project.checkpoints = checkpoints.map(|folder| folder.join(number.to_string()));
        session.console.say(&format!("{key} = {value}"));
        let read = read::read(&opened, &session.console)?;
        let models = tempfile::tempdir()?;
        let kept = (models.path(), &pieces::NONE);
        let networks = train::all(&opened, &read, kept, &session.console)?;
        let judged = judge::judge(&opened, &read, networks, &session.console)?;
        let report = report::build(&opened, &read, &judged, &[], &session.console);
        variants.push(Variant { value: value.clone(), report });
    }
    Ok(Study { project, key: key.into(), variants })
}

impl Study {
    /// Micro and macro Dice of every model in every mode, a column a value.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text =
            format!("micro / macro Dice at the tuned threshold, held out; {}:\n", self.key);
        let names = self.names();
        let width = names.iter().map(|(mode, name)| mode.name().len() + name.chars().count() + 2);
        let width = width.max().unwrap_or(0);
        text += &format!("{:width$}", "");
        self.variants
            .iter()
            .for_each(|variant| text += &format!("  {:>15}", short(&variant.value)));
        for (mode, name) in names {
            text += &format!("\n{:width$}", format!("{}: {name}", mode.name()));
            for variant in &self.variants {
                let told = variant.figures(mode, &name).map(|figures| {
                    let dice = |rate: Option<f64>| rate.map_or("-".into(), |r| format!("{r:.3}"));
                    let tuned = &figures.tuned;
                    format!("{} / {}", dice(tuned.micro.dice), dice(tuned.macro_.dice))
                });
                text += &format!("  {:>15}", told.unwrap_or_else(|| "-".into()));
            }
        }
        text
    }

    /// Modes and models, in the order of the first report that has them.
    fn names(&self) -> Vec<(Mode, String)> {
        let mut names: Vec<(Mode, String)> = Vec::new();
        for figures in self.variants.iter().flat_map(|variant| &variant.report.figures) {
            let name = (figures.mode, figures.model.clone());
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The curve of micro Dice over the values, where these are numbers over 0: a line a model and mode, with its
    /// range over seeds.
    #[must_use]
    pub fn curve(&self) -> Option<(Across, Vec<Line>)> {
        let across: Vec<f64> = self
            .variants
            .iter()
            .map(|variant| variant.value.parse().ok())
            .collect::<Option<_>>()?;
        if across.iter().any(|value| !(value.is_finite() && *value > 0.0)) {
            return None;
        }
        let line = |(mode, name): (Mode, String)| {
            let points = self.variants.iter().zip(&across).filter_map(|(variant, across)| {
                let figures = variant.figures(mode, &name)?;
                let value = figures.tuned.micro.dice?;
                let seeds = figures.seeds.as_ref().map_or(&[][..], |seeds| &seeds.micro);
                let low = seeds.iter().copied().fold(value, f64::min);
                let high = seeds.iter().copied().fold(value, f64::max);
                Some(Point {
                    across: *across,
                    figure: Figure { value, low, high, spread: f64::NAN },
                })
            });
            let mut points: Vec<Point> = points.collect();
            points.sort_by(|a, b| a.across.total_cmp(&b.across));
            Line { name: format!("{name}, {}", mode.name()), points }
        };
        let lines = self.names().into_iter().map(line).filter(|line| !line.points.is_empty());
        let across = Across {
            name: self.key.clone(),
            note: "Bars: least and greatest of the seeds by themselves. Values on a logarithmic scale.".into(),
        };
        Some((across, lines.collect()))
    }
}

impl Variant {
    fn figures(&self, mode: Mode, model: &str) -> Option<&report::Figures> {
        self.report.figures.iter().find(|figures| figures.mode == mode && figures.model == model)
    }
}

/// A value as a heading.
fn short(value: &str) -> String {
    match value.char_indices().nth(14) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.into(),
    }
}
