//! From what a run found to the report.

use paydirt_core::grid::Grid;
use paydirt_core::leak::Finding;
use paydirt_core::metric::{self, HeldOut, METRICS, NextFind};
use paydirt_core::sample::Sampling;
use paydirt_core::split::{Split, SplitKind};
use paydirt_core::stack::Stack;
use paydirt_model::FittedModel;

use super::{
    AttributionLine, CalibrationLine, Curves, MapClass, MapLine, MetricLine, ModelLine,
    OptimismGap, Report, Reproduce, SplitLine,
};
use crate::console::Console;
use crate::doubt::summary::summarise;
use crate::draw::{self, Maps, PROSPECTIVITY, RANK};
use crate::error::{Error, Result};
use crate::explain;
use crate::fit::Trained;
use crate::judge::search::Searched;
use crate::judge::{Judged, ROC_AUC};
use crate::project::{Opened, Project};
use crate::read::Read;
use crate::targets::Drawn;

/// Bins of the reliability diagram.
const RELIABILITY_BINS: usize = 10;
/// Shares of area, in per cent, by which maps are classed.
pub const AREA_CLASSES_PERCENT: [f64; 6] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0];

/// A run that has done everything but report.
pub struct Finished<'a> {
    /// The project.
    pub opened: &'a Opened,
    /// What was read.
    pub read: &'a Read,
    /// What judging found.
    pub judged: &'a Judged,
    /// The fitted model.
    pub trained: &'a Trained,
    /// Maps and targets; none for a table of samples.
    pub maps: Option<&'a (Maps, Drawn)>,
    /// Ways in which the figures may be too good.
    pub leaks: &'a [Finding],
    /// What was searched over all ground, where anything was.
    pub settled: Option<&'a Searched>,
    /// What explanation found.
    pub explained: &'a explain::Found,
}

/// Builds the report.
///
/// # Errors
/// Where a map cannot be read.
pub fn build(finished: &Finished<'_>, console: &Console) -> Result<Report> {
    let Finished { opened, read, judged, trained, maps, leaks, settled, explained } = finished;
    let project = &opened.project;
    let models = model_lines(judged);
    let deposits: Vec<usize> = read.names.keys().copied().collect();
    let mut curves = curves(judged);
    let mut report = Report {
        paydirt_version: env!("CARGO_PKG_VERSION").into(),
        project: project.name.clone(),
        seed: project.seed,
        model: project.model.key().into(),
        optimism_gap: optimism_gaps(&models),
        models,
        metrics: METRICS.iter().map(metric_line).collect(),
        importance: judged.importance.clone(),
        leaks: leaks.to_vec(),
        search: super::search::report(project, judged, *settled)?,
        pretraining: super::pretraining::report(project, judged),
        explanation: (*explained).clone(),
        split: split_line(opened, judged)?,
        training: training_lines(project, trained),
        calibration: CalibrationLine {
            method: project.calibration.key().into(),
            prior: trained.contract.prior,
        },
        weights_of_evidence: super::weights::lines(trained),
        independence: super::weights::independence(trained),
        receipt: read.receipt.clone(),
        reproduce: Reproduce {
            command: "paydirt run project.toml --out again.run".into(),
            project_sha256: String::new(),
            gdal_version: paydirt_io::gdal_version(),
        },
        warnings: console.warnings(),
        ..Report::default()
    };
    if let Some((maps, targets)) = maps {
        let map = map_line(maps, &deposits)?;
        report.next_find = next_find(project, judged, map.area_km2);
        report.map = Some(map);
        let units: Vec<usize> =
            targets.targets.iter().flat_map(|t| t.units.iter().copied()).collect();
        let settings = &project.uncertainty.risk_return;
        report.doubt = Some(summarise(maps, &trained.doubt, settings, &units)?);
        report.attribution = attribution_lines(maps)?;
        report.targets.clone_from(&targets.lines);
        report.targets_too_small = targets.too_small;
        report.targets_left_out = targets.too_many;
        curves.success_rate = success_rate(maps, &deposits)?;
    }
    report.curves = curves;
    Ok(report)
}

/// The model table of a judging.
#[must_use]
pub fn model_lines(judged: &Judged) -> Vec<ModelLine> {
    judged
        .models
        .iter()
        .map(|scored| ModelLine {
            name: scored.contestant.name.clone(),
            role: scored.contestant.standing,
            split: scored.contestant.kind,
            metrics: scored.figures.clone(),
        })
        .collect()
}

/// The model table as text.
#[must_use]
pub fn model_table(lines: &[ModelLine]) -> String {
    let width = lines.iter().map(|line| line.name.chars().count()).max().unwrap_or(0).max(5);
    let mut text = format!(
        "{:width$}  {:8}  {:7}  {:21}  {:6}  {:6}  {:11}  {:12}",
        "model", "role", "split", "ROC AUC (95 %)", "PR AUC", "Brier", "best 5 %", "best 10 %"
    );
    for line in lines {
        let figure = |key: &str| line.metrics.get(key);
        let plain = |key: &str| figure(key).map_or("-".into(), |f| format!("{:.3}", f.value));
        let auc = figure(ROC_AUC)
            .map_or("-".into(), |f| format!("{:.3} ({:.3} to {:.3})", f.value, f.low, f.high));
        let (capture_5, capture_10) = (plain("capture_5"), plain("capture_10"));
        let role = format!("{:?}", line.role).to_lowercase();
        let split = format!("{:?}", line.split).to_lowercase();
        text.push_str(&format!(
            "\n{:width$}  {role:8}  {split:7}  {auc:21}  {:6}  {:6}  {capture_5:11}  {capture_10:12}",
            line.name,
            plain("pr_auc"),
            plain("brier"),
        ));
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn metric_line(metric: &metric::Metric) -> MetricLine {
    MetricLine {
        key: metric.key.into(),
        name: metric.name.into(),
        direction: format!("{:?}", metric.direction).to_lowercase(),
        unit: metric.unit.into(),
        citation: metric.citation.into(),
    }
}

/// Spatial and random figures of each model that has both.
fn optimism_gaps(models: &[ModelLine]) -> Vec<OptimismGap> {
    let auc = |line: &ModelLine| line.metrics.get(ROC_AUC).map(|figure| figure.value);
    models
        .iter()
        .filter(|line| line.split == SplitKind::Random)
        .filter_map(|random| {
            let spatial = models
                .iter()
                .find(|line| line.split == SplitKind::Spatial && line.name == random.name)?;
            let (spatial_auc, random_auc) = (auc(spatial)?, auc(random)?);
            let name = random.name.clone();
            Some(OptimismGap { name, spatial_auc, random_auc, gap: random_auc - spatial_auc })
        })
        .collect()
}

fn curves(judged: &Judged) -> Curves {
    let Some(chosen) = judged.chosen() else { return Curves::default() };
    // All repeats together weigh as one: they score the same deposits again.
    let share = 1.0 / chosen.repeats.len().max(1) as f64;
    let mut pooled = HeldOut::default();
    for repeat in &chosen.repeats {
        pooled.score.extend(&repeat.score);
        pooled.probability.extend(&repeat.probability);
        pooled.deposit.extend(&repeat.deposit);
        pooled.weight.extend(repeat.weight.iter().map(|weight| weight * share));
        pooled.group.extend(&repeat.group);
        pooled.share_of_area.extend(&repeat.share_of_area);
        pooled.share_group.extend(&repeat.share_group);
    }
    Curves {
        roc: metric::roc(&pooled)
            .iter()
            .map(|point| [point.false_positive_rate, point.true_positive_rate])
            .collect(),
        precision_recall: metric::precision_recall(&pooled)
            .iter()
            .map(|point| [point.recall, point.precision])
            .collect(),
        success_rate: Vec::new(),
        prediction_rate: rate(&pooled.share_of_area),
        reliability: metric::reliability(&pooled, RELIABILITY_BINS),
    }
}

fn rate(shares_of_area: &[f64]) -> Vec<[f64; 2]> {
    metric::rate_curve(shares_of_area).iter().map(|point| [point.area, point.captured]).collect()
}

/// Of a split by year of discovery; all repeats together count each find once.
fn next_find(project: &Project, judged: &Judged, map_km2: f64) -> Option<NextFind> {
    let (Split::Discovery(_), Some(chosen)) = (&project.split, judged.chosen()) else {
        return None;
    };
    let shares: Vec<f64> =
        chosen.repeats.iter().flat_map(|repeat| repeat.share_of_area.iter().copied()).collect();
    let found = metric::next_find(&shares, map_km2)?;
    Some(NextFind { finds: found.finds / chosen.repeats.len(), ..found })
}

/// What a deposit is ranked above, in words.
fn against(project: &Project) -> String {
    let unit = if project.table.is_some() { "sample" } else { "cell" };
    match &project.sample {
        Sampling::DistantUnlabelled(settings) if settings.at_least_m > 0.0 => format!(
            "an unlabelled {unit} at least {} from any known deposit",
            super::number::length(settings.at_least_m)
        ),
        Sampling::DistantUnlabelled(_) | Sampling::AllUnlabelled(_) => {
            format!("an unlabelled {unit}")
        }
        Sampling::GivenNegatives(_) => "a place verified barren".into(),
    }
}

/// The split of a project in words.
///
/// # Errors
/// Where its settings cannot be told.
pub fn split_words(project: &Project) -> Result<String> {
    let settings = serde_json::to_value(&project.split)
        .map_err(|error| Error::Saved { path: "split".into(), reason: error.to_string() })?;
    Ok(super::html::settings(&settings))
}

fn split_line(opened: &Opened, judged: &Judged) -> Result<SplitLine> {
    let split = &opened.project.split;
    let first = judged.grounds.first();
    Ok(SplitLine {
        settings: serde_json::to_value(split)
            .map_err(|error| Error::Saved { path: "split".into(), reason: error.to_string() })?,
        against: against(&opened.project),
        folds: first.map_or(0, |ground| ground.folds.len()),
        repeats: split.repeats(),
        notes: first.map_or_else(Vec::new, |ground| ground.notes.clone()),
        hashes: judged.grounds.iter().map(|ground| ground.hash.clone()).collect(),
        samples: first.map_or(0, |ground| ground.samples.len()),
        deposits: first
            .map_or(0, |ground| ground.samples.iter().filter(|sample| sample.is_deposit()).count()),
    })
}

/// What was done to the training side, and what the first member of the map's model found.
fn training_lines(project: &Project, trained: &Trained) -> Vec<String> {
    let mut lines = project.training().words();
    if let Some(naive) = project.model.without_unlabelled_loss() {
        lines.push(format!(
            "The loss of the {} takes the unlabelled samples for a mixture of barren ground and deposits \
             that nobody has found.",
            naive.key()
        ));
    }
    let found = trained.ensemble.members.first().map(FittedModel::notes).unwrap_or_default();
    let of = match trained.ensemble.members.len() {
        1 => "In the model that draws the map",
        _ => "In the first member of the ensemble that draws the map",
    };
    lines.extend(found.into_iter().map(|note| format!("{of}, {note}.")));
    lines
}

fn grid_of(maps: &Maps) -> Result<&Grid> {
    maps.stack.grid().ok_or_else(|| Error::Data {
        reason: "a table of samples has no map".into(),
        hint: "give the project a [grid]".into(),
    })
}

/// Share of the mapped area that is scored higher than each of the units.
fn shares_of_area(maps: &Maps, units: &[usize]) -> Result<Vec<f64>> {
    units
        .iter()
        .map(|&unit| Ok(1.0 - f64::from(maps.stack.read_stored(RANK, unit..unit + 1)?[0])))
        .filter(|share: &Result<f64>| share.as_ref().map_or(true, |share| !share.is_nan()))
        .collect()
}

fn success_rate(maps: &Maps, deposits: &[usize]) -> Result<Vec<[f64; 2]>> {
    Ok(rate(&shares_of_area(maps, deposits)?))
}

/// The map in figures.
///
/// # Errors
/// Where it cannot be read.
pub fn map_line(maps: &Maps, deposits: &[usize]) -> Result<MapLine> {
    let grid = grid_of(maps)?;
    let (mut cells, mut sum) = (0, 0.0);
    let mut least = [f64::INFINITY; AREA_CLASSES_PERCENT.len()];
    for strip in draw::strips(grid) {
        let probabilities = maps.stack.read_stored(PROSPECTIVITY, strip.clone())?;
        let ranks = maps.stack.read_stored(RANK, strip)?;
        for (probability, rank) in probabilities.iter().zip(&ranks).filter(|(p, _)| !p.is_nan()) {
            let (probability, share) = (f64::from(*probability), 1.0 - f64::from(*rank));
            cells += 1;
            sum += probability;
            for (least, percent) in least.iter_mut().zip(AREA_CLASSES_PERCENT) {
                if share * 100.0 <= percent {
                    *least = least.min(probability);
                }
            }
        }
    }
    let shares = shares_of_area(maps, deposits)?;
    let classes = AREA_CLASSES_PERCENT
        .iter()
        .zip(least)
        .filter(|(_, least)| least.is_finite())
        .map(|(&top_percent, at_least)| {
            let inside = shares.iter().filter(|share| *share * 100.0 <= top_percent).count();
            let known_deposits = (!shares.is_empty()).then(|| inside as f64 / shares.len() as f64);
            MapClass { top_percent, at_least, known_deposits }
        })
        .collect();
    Ok(MapLine {
        cells,
        area_km2: cells as f64 * grid.cell_area_km2(),
        cell_area_km2: grid.cell_area_km2(),
        probability_sum: sum,
        classes,
        attribution_unit: maps.attribution_unit.clone(),
        attribution_base: maps.attribution_base,
    })
}

fn attribution_lines(maps: &Maps) -> Result<Vec<AttributionLine>> {
    let grid = grid_of(maps)?;
    let mut lines = Vec::new();
    for info in maps.stack.layers() {
        let Some(layer) = info.name.strip_prefix("attribution_") else { continue };
        let (mut sum, mut count) = (0.0, 0_usize);
        for strip in draw::strips(grid) {
            for share in maps.stack.read_stored(&info.name, strip)? {
                if !share.is_nan() {
                    sum += f64::from(share.abs());
                    count += 1;
                }
            }
        }
        let mean_size = sum / count.max(1) as f64;
        lines.push(AttributionLine { layer: layer.into(), mean_size });
    }
    lines.sort_by(|a, b| b.mean_size.total_cmp(&a.mean_size));
    Ok(lines)
}
