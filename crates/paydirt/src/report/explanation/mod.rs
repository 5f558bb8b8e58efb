//! The part of the page that explains: pictures as plain geometry that a template of its own writes down.

mod axis;
mod beeswarm;
mod decision;
mod dependence;
mod effects;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
mod waterfall;

use serde::Serialize;

use self::beeswarm::Beeswarm;
use self::decision::Decision;
use self::dependence::Scatter;
use self::effects::Panel;
use self::waterfall::Fall;
use super::bars::{Bars, bars};
use super::number::figure;
use super::{Report, template};
use crate::error::Result;
use crate::explain::groups::FoundBy;
use crate::explain::permutation::GroupImportance;
use crate::explain::stability::{Found as Stability, LayerLine};

/// Layers whose share is drawn against their value.
const SCATTERS: usize = 6;

/// What the template sees.
#[derive(Serialize)]
struct Page<'a> {
    /// The unit of scores in brackets, where it is not the score itself.
    unit: String,
    groups: Vec<GroupRow<'a>>,
    group_bars: Option<Bars>,
    beeswarm: Option<Beeswarm>,
    decision: Option<Decision>,
    stability: Option<Steady<'a>>,
    waterfalls: Vec<Fall>,
    scatters: Vec<Scatter>,
    panels: Vec<Panel>,
    effect_cells: usize,
    constant: Vec<&'a str>,
}

/// A group of layers.
#[derive(Serialize)]
struct GroupRow<'a> {
    name: &'a str,
    found_by: &'static str,
    fall: String,
    spread: String,
    alone: Vec<(&'a str, String)>,
}

/// How steady the explanation is.
#[derive(Serialize)]
struct Steady<'a> {
    sentence: String,
    flipping: Vec<&'a str>,
    layers: Vec<SteadyRow<'a>>,
    has_repeats: bool,
}

/// How steady that of one layer is.
#[derive(Serialize)]
struct SteadyRow<'a> {
    layer: &'a str,
    size: f64,
    spread: f64,
    signs: Option<f64>,
    members: String,
    repeats: String,
    flips: bool,
}

/// A layer with the unit of its values.
fn named(layer: &str, unit: &str) -> String {
    if unit.is_empty() { layer.into() } else { format!("{layer} ({unit})") }
}

/// The part of the page that explains; nothing where nothing was explained.
///
/// # Errors
/// [`crate::error::Error::Saved`] where the template does not render.
pub(super) fn html(report: &Report) -> Result<String> {
    let found = &report.explanation;
    let shap = found.shap.as_ref();
    let groups = found.permutation.as_ref().map_or(&[][..], |found| &found.groups);
    let effects = found.effects.as_ref();
    let page = Page {
        unit: shap
            .filter(|shap| shap.unit != "score")
            .map_or_else(String::new, |shap| format!(" ({})", shap.unit)),
        groups: groups.iter().map(group_row).collect(),
        group_bars: bars(
            groups.iter().map(|g| (g.group.name.clone(), g.auc_fall, g.spread)).collect(),
            |fall| format!("{fall:+.3}"),
        ),
        beeswarm: shap.and_then(beeswarm::beeswarm).filter(|_| shap.is_some_and(has_cells)),
        decision: shap.filter(|shap| has_cells(shap)).and_then(decision::decision),
        stability: found.stability.as_ref().map(steady),
        waterfalls: shap.map_or_else(Vec::new, waterfall::waterfalls),
        scatters: shap.map_or_else(Vec::new, |shap| dependence::scatters(shap, SCATTERS)),
        panels: effects.map_or_else(Vec::new, effects::panels),
        effect_cells: effects.map_or(0, |effects| effects.cells),
        constant: effects
            .map_or_else(Vec::new, |e| e.constant.iter().map(String::as_str).collect()),
    };
    let nothing = page.groups.is_empty()
        && page.beeswarm.is_none()
        && page.stability.is_none()
        && page.panels.is_empty();
    if nothing {
        return Ok(String::new());
    }
    template::render("explanation.html", include_str!("explanation.html"), &page)
}

fn has_cells(shap: &crate::explain::shap::Found) -> bool {
    !shap.cells.is_empty() && !shap.layers.is_empty()
}

fn group_row(of: &GroupImportance) -> GroupRow<'_> {
    let signed = |fall: f64| format!("{fall:+.3}");
    let layers = of.group.layers.iter().zip(&of.alone);
    GroupRow {
        name: &of.group.name,
        found_by: match of.group.found_by {
            FoundBy::Setting => "named in the project file",
            FoundBy::Group => "a [[group]] of the project",
            FoundBy::Correlation => "layers that go together",
        },
        fall: signed(of.auc_fall),
        spread: figure(of.spread),
        alone: layers
            .map(|(layer, fall)| (layer.as_str(), fall.map_or_else(|| figure(f64::NAN), signed)))
            .collect(),
    }
}

fn steady(found: &Stability) -> Steady<'_> {
    let agree = |count: usize, of: &str, mean: Option<f64>, least: Option<f64>| {
        mean.filter(|_| count > 1).map(|mean| {
            let least = least.filter(|_| count > 2);
            let least = least.map_or_else(String::new, |least| format!(", {least:.2} at worst"));
            format!("{count} {of} rank the layers alike by {mean:.2}{least}")
        })
    };
    let Stability { members, repeats, .. } = *found;
    let sentences = [
        agree(
            members,
            "members of the ensemble",
            found.members_rank_correlation,
            found.members_least,
        ),
        agree(repeats, "repeats of judging", found.repeats_rank_correlation, found.repeats_least),
    ];
    let sentences: Vec<String> = sentences.into_iter().flatten().collect();
    let flipping = found.layers.iter().filter(|line| line.flips);
    Steady {
        sentence: sentences.join("; "),
        flipping: flipping.map(|line| line.layer.as_str()).collect(),
        layers: found.layers.iter().map(steady_row).collect(),
        has_repeats: repeats > 1,
    }
}

fn steady_row(line: &LayerLine) -> SteadyRow<'_> {
    let ends = |ends: Option<[f64; 2]>| match ends {
        None => "–".into(),
        Some([low, high]) => format!("{low:+.2} to {high:+.2}"),
    };
    SteadyRow {
        layer: &line.layer,
        size: line.mean_size,
        spread: line.spread,
        signs: line.sign_agreement,
        members: ends(line.directions),
        repeats: ends(line.directions_of_repeats),
        flips: line.flips,
    }
}
