//! The page: one file that needs no network, no script and nothing else.

use std::collections::BTreeMap;

use paydirt_core::metric::Figure;
use paydirt_core::split::SplitKind;
use serde::Serialize;

use super::bars::{Bars, Dumbbells, bars, dumbbells};
use super::cards::{Card, cards};
use super::doubt::Doubt;
use super::figures::{Chart, charts};
use super::limits::limits;
use super::number::{figure, length, percent, significant};
use super::picture::Pictures;
use super::sheet::Sheet;
use super::verdict::{Verdict, chosen, coordinates, gap, verdict};
use super::{ModelLine, Report, TargetLine, template};
use crate::error::Result;
use crate::judge::ROC_AUC;
use crate::judge::Standing;
use crate::style::{ColourClass, SPREAD_SHARES, prospectivity_classes, spread_classes};

/// Targets in the page's table; all of them are in `targets.gpkg`.
const MOST_TARGETS: usize = 50;

/// The report as one page that needs nothing else. `pictures` are the maps; a table of samples has
/// none.
///
/// # Errors
/// [`crate::error::Error::Saved`] where a picture cannot be encoded or the template does not render.
pub fn html(report: &Report, pictures: Option<&Pictures>) -> Result<String> {
    let targets = target_rows(report, pictures);
    let page = Page::new(report, pictures, &targets)?;
    template::render("report.html", include_str!("template.html"), &page)
}

/// What the template sees.
#[derive(Serialize)]
struct Page<'a> {
    css: &'static str,
    explanation: String,
    completed: Vec<super::pretraining::Row>,
    report: &'a Report,
    verdict: Verdict,
    tiles: Vec<Tile>,
    map: Option<Sheet>,
    spread: Option<Sheet>,
    doubt: Option<Doubt>,
    columns: Vec<&'static str>,
    models: Vec<ModelRow<'a>>,
    controls: Vec<ModelRow<'a>>,
    captures: Vec<Capture>,
    dumbbells: Option<Dumbbells>,
    charts: Vec<Chart>,
    importance: Option<Bars>,
    attribution: Option<Bars>,
    targets: &'a [TargetRow<'a>],
    cards: Vec<Card<'a>>,
    limits: Vec<String>,
    excluded: BTreeMap<&'a str, Vec<&'a str>>,
    crs: String,
    split: String,
    warnings: Vec<&'a str>,
}

impl<'a> Page<'a> {
    fn new(
        report: &'a Report,
        pictures: Option<&Pictures>,
        targets: &'a [TargetRow<'a>],
    ) -> Result<Self> {
        let rows = |control: bool| {
            let lines = report.models.iter();
            lines.filter(move |line| (line.role == Standing::Control) == control).map(model_row)
        };
        let importance = report.importance.iter();
        let importance = importance.map(|line| (line.layer.clone(), line.auc_fall, line.spread));
        let attribution = report.attribution.iter();
        let attribution = attribution.map(|line| (line.layer.clone(), line.mean_size, 0.0));
        Ok(Self {
            css: concat!(include_str!("style.css"), include_str!("explanation/explanation.css")),
            explanation: super::explanation::html(report)?,
            completed: super::pretraining::rows(report.pretraining.as_ref())?,
            report,
            verdict: verdict(report),
            tiles: tiles(report),
            map: prospectivity_sheet(report, pictures)?,
            spread: pictures.map(spread_sheet).transpose()?,
            doubt: Doubt::new(report, pictures)?,
            columns: COLUMNS.iter().map(|column| column.title).collect(),
            models: rows(false).collect(),
            controls: rows(true).collect(),
            captures: captures(report),
            dumbbells: dumbbells(&report.optimism_gap),
            charts: charts(report),
            importance: bars(importance.collect(), |fall| format!("{fall:+.3}")),
            attribution: bars(attribution.collect(), significant),
            targets,
            cards: cards(targets, pictures, &map_classes(report))?,
            limits: limits(report),
            excluded: excluded(report),
            crs: report.receipt.grid.as_ref().map_or(String::new(), |grid| crs_name(&grid.crs)),
            split: settings(&report.split.settings),
            warnings: warnings(report),
        })
    }
}

fn prospectivity_sheet(report: &Report, pictures: Option<&Pictures>) -> Result<Option<Sheet>> {
    let Some(pictures) = pictures.filter(|_| report.map.is_some()) else { return Ok(None) };
    let classes = map_classes(report);
    Sheet::new(pictures, &pictures.prospectivity, classes, &report.targets).map(Some)
}

fn map_classes(report: &Report) -> Vec<ColourClass> {
    report.map.as_ref().map_or_else(Vec::new, |map| prospectivity_classes(&map.classes))
}

fn spread_sheet(pictures: &Pictures) -> Result<Sheet> {
    let classes = spread_classes(pictures.spread.quantiles(SPREAD_SHARES));
    Sheet::new(pictures, &pictures.spread, classes, &[])
}

/// A figure that is read first.
#[derive(Serialize)]
struct Tile {
    value: String,
    name: &'static str,
    note: String,
}

fn tiles(report: &Report) -> Vec<Tile> {
    let between = |figure: Figure, text: fn(f64) -> String| {
        format!("95\u{a0}% interval {} to {}", text(figure.low), text(figure.high))
    };
    let auc = chosen(report, ROC_AUC).map(|auc| Tile {
        value: figure(auc.value),
        name: "ROC AUC on held-out ground",
        note: between(auc, figure),
    });
    let five = chosen(report, "capture_5").map(|five| Tile {
        value: percent(five.value),
        name: "of held-out deposits in the best 5\u{a0}% of area",
        note: between(five, percent),
    });
    let gap = gap(report).map(|gap| Tile {
        value: format!("{:+.3}", gap.gap),
        name: "optimism gap",
        note: format!("random splitting would claim {}", figure(gap.random_auc)),
    });
    let places = coordinates(report, SplitKind::Spatial).map(|places| Tile {
        value: figure(places.value),
        name: "AUC of coordinates alone",
        note: coordinates(report, SplitKind::Random).map_or(String::new(), |random| {
            format!("{} under random splitting", figure(random.value))
        }),
    });
    [auc, five, gap, places].into_iter().flatten().collect()
}

/// A column of the model table.
struct Column {
    key: &'static str,
    title: &'static str,
    text: fn(f64) -> String,
}

const COLUMNS: [Column; 5] = [
    Column { key: ROC_AUC, title: "ROC AUC", text: figure },
    Column { key: "pr_auc", title: "PR AUC", text: figure },
    Column { key: "brier", title: "Brier score", text: figure },
    Column { key: "capture_5", title: "Captured in best 5 %", text: percent },
    Column { key: "capture_10", title: "Captured in best 10 %", text: percent },
];

#[derive(Serialize)]
struct ModelRow<'a> {
    name: &'a str,
    role: &'static str,
    split: &'static str,
    chosen: bool,
    cells: Vec<Option<Cell>>,
}

/// A figure as text, with its interval and its spread over the repeats.
#[derive(Serialize)]
struct Cell {
    value: String,
    interval: String,
    spread: String,
}

impl Cell {
    fn new(of: Figure, text: fn(f64) -> String) -> Self {
        Self {
            value: text(of.value),
            interval: format!("{} to {}", text(of.low), text(of.high)),
            spread: format!("± {}", text(of.spread)),
        }
    }
}

fn model_row(line: &ModelLine) -> ModelRow<'_> {
    let cell = |column: &Column| {
        let figure = line.metrics.get(column.key).filter(|figure| figure.value.is_finite());
        figure.map(|&figure| Cell::new(figure, column.text))
    };
    ModelRow {
        name: &line.name,
        role: match line.role {
            Standing::Chosen => "draws the map",
            Standing::Baseline => "baseline",
            Standing::Alternative => "for the workflow's doubt",
            Standing::Control => "control",
        },
        split: match line.split {
            SplitKind::Spatial => "held-out ground",
            SplitKind::Random => "random splitting",
        },
        chosen: line.role == Standing::Chosen,
        cells: COLUMNS.iter().map(cell).collect(),
    }
}

/// What a share of the area captures: of held-out deposits, and of those fitted on.
#[derive(Serialize)]
struct Capture {
    top_percent: String,
    area_km2: Option<f64>,
    held_out: Option<Cell>,
    known: Option<f64>,
}

fn captures(report: &Report) -> Vec<Capture> {
    let class = |top: f64| {
        let map = report.map.as_ref()?;
        map.classes.iter().find(|class| class.top_percent == top).map(|class| (map, class))
    };
    let rows = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0].map(|top| Capture {
        top_percent: top.to_string(),
        area_km2: class(top).map(|(map, _)| map.area_km2 * top / 100.0),
        held_out: chosen(report, &format!("capture_{top}")).map(|f| Cell::new(f, percent)),
        known: class(top).and_then(|(_, class)| class.known_deposits),
    });
    rows.into_iter().filter(|row| row.held_out.is_some() || row.known.is_some()).collect()
}

/// A target as the table and its card tell it.
#[derive(Serialize)]
pub(super) struct TargetRow<'a> {
    pub(super) target: &'a TargetLine,
    easting: String,
    northing: String,
    percentile: String,
    nearest: String,
    doubt: String,
    drivers: Vec<Chip<'a>>,
    /// What would have to change, in words.
    what_if: &'a str,
}

/// A signed driver.
#[derive(Serialize)]
struct Chip<'a> {
    layer: &'a str,
    share: String,
    raises: bool,
}

pub(super) fn target_rows<'a>(
    report: &'a Report,
    pictures: Option<&Pictures>,
) -> Vec<TargetRow<'a>> {
    let cell = pictures.map_or(1.0, |pictures| pictures.grid.transform.cell_width);
    let decimals = (1.0 - cell.log10().floor()).max(0.0) as usize;
    let decimals = if cell >= 1.0 { 0 } else { decimals };
    let row = |target: &'a TargetLine| TargetRow {
        target,
        easting: format!("{:.decimals$}", target.easting),
        northing: format!("{:.decimals$}", target.northing),
        // Cut, not rounded: only the whole area is 100 %.
        percentile: format!("{:.2}", (target.percentile * 100.0).floor() / 100.0),
        nearest: nearest(target),
        doubt: doubt(target),
        drivers: target
            .drivers
            .iter()
            .map(|driver| Chip {
                layer: &driver.layer,
                share: significant(driver.share.abs()),
                raises: driver.share >= 0.0,
            })
            .collect(),
        what_if: what_if(report, target.rank),
    };
    report.targets.iter().take(MOST_TARGETS).map(row).collect()
}

fn what_if(report: &Report, rank: usize) -> &str {
    let told = report.explanation.counterfactual.as_ref();
    let told = told.and_then(|found| found.targets.iter().find(|of| of.target == rank));
    told.map_or("", |of| &of.told.sentence)
}

/// The greatest cause of a target's doubt, and how much of it the model may not speak of.
fn doubt(target: &TargetLine) -> String {
    let cause = target.doubt.cause.zip(target.doubt.share);
    let cause = cause.map(|(cause, share)| format!("{} {}", cause.key(), percent(share)));
    let outside = target.doubt.outside.filter(|outside| *outside > 0.0);
    let outside = outside.map(|outside| format!("{} outside", percent(outside)));
    cause.into_iter().chain(outside).collect::<Vec<_>>().join("; ")
}

/// The nearest deposit in words: those inside by name, the first three of them.
fn nearest(target: &TargetLine) -> String {
    let names = &target.deposit_names;
    match (names.len(), target.distance_to_deposit_m) {
        (0, None) => "–".into(),
        (0, Some(metres)) if metres > 0.0 => length(metres),
        (0, Some(_)) => "inside".into(),
        (1..=3, _) => format!("inside: {}", names.join(", ")),
        (more, _) => format!("inside: {} and {} more", names[..3].join(", "), more - 3),
    }
}

fn excluded(report: &Report) -> BTreeMap<&str, Vec<&str>> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in &report.receipt.labels.excluded {
        reasons.entry(&row.reason).or_default().push(&row.row);
    }
    reasons
}

fn warnings(report: &Report) -> Vec<&str> {
    let mut list: Vec<&str> = Vec::new();
    for warning in report.warnings.iter().chain(&report.receipt.warnings) {
        if !list.contains(&warning.as_str()) {
            list.push(warning);
        }
    }
    list
}

/// A coordinate reference system as people call it: an authority code as it is; of well-known text
/// the name, and the projection where the name says nothing.
fn crs_name(crs: &str) -> String {
    let quoted_after = |key: &str| crs.split_once(key)?.1.split('"').nth(1);
    if !crs.contains('[') {
        return crs.into();
    }
    let method = quoted_after("METHOD").or_else(|| quoted_after("PROJECTION"));
    match (quoted_after("["), method) {
        (Some(name), _) if !name.eq_ignore_ascii_case("unknown") && name != "unnamed" => {
            name.into()
        }
        (_, Some(method)) => format!("{method}, unnamed"),
        _ => "unnamed".into(),
    }
}

/// Settings in words: `{"blocks": {"block_m": 20000.0}}` is `blocks (block_m 20000)`.
pub(super) fn settings(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Null => String::new(),
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| match value {
                Value::Object(inner) if inner.is_empty() => key.clone(),
                Value::Object(_) => format!("{key} ({})", settings(value)),
                _ => format!("{key} {}", settings(value)),
            });
            entries.collect::<Vec<_>>().join(", ")
        }
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map_or(number.to_string(), |n| n.to_string()),
        other => other.to_string(),
    }
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
