//! The page of an infilling: one file that needs no network and no script.

use std::sync::Arc;

use paydirt_core::infill::mask::Mode;
use paydirt_core::layer::{EvidenceType, LayerInfo};
use paydirt_core::mask::Mask;
use paydirt_core::stack::GridStack;
use serde::Serialize;

use super::output::Made;
use super::read::Read;
use super::report::{Figures, Report};
use crate::error::Result;
use crate::report::{Keep, Miniature, template};
use crate::style;

/// What the template sees.
#[derive(Serialize)]
struct Page<'a> {
    css: &'static str,
    report: &'a Report,
    modes: Vec<ModeTable<'a>>,
    maps: Vec<MapPicture<'a>>,
    unrecorded: Vec<MapPicture<'a>>,
    /// Why resource and recording may not be told apart, and of which species.
    doubts: Vec<(&'a str, Vec<&'a str>)>,
    passes: Option<[usize; 2]>,
    drawn_by: Option<&'a str>,
    clusters: usize,
}

/// The models in one mode.
#[derive(Serialize)]
struct ModeTable<'a> {
    name: &'static str,
    lines: Vec<Line<'a>>,
}

/// A model in a mode.
#[derive(Serialize)]
struct Line<'a> {
    figures: &'a Figures,
    /// Whether no other model of the table has a higher micro, and a higher macro Dice.
    best: [bool; 2],
    control: bool,
    /// Mean and standard deviation over seeds of micro and macro Dice.
    seeds: Option<[f64; 4]>,
}

/// The map of a species.
#[derive(Serialize)]
struct MapPicture<'a> {
    name: &'a str,
    image: String,
    classes: Vec<style::ColourClass>,
}

pub(super) fn html(report: &Report, made: &Made<'_>) -> Result<String> {
    let (read, maps) = (made.read, made.maps);
    let mut modes: Vec<Mode> = Vec::new();
    report.figures.iter().for_each(|figures| {
        if !modes.contains(&figures.mode) {
            modes.push(figures.mode);
        }
    });
    let page = Page {
        css: include_str!("../report/style.css"),
        report,
        modes: modes.into_iter().map(|mode| table(report, mode)).collect(),
        maps: pictures(read, maps.iter().flat_map(|maps| maps.mean.iter().enumerate()), "score")?,
        unrecorded: pictures(
            read,
            made.recordings.maps.iter().map(|of| (of.species, &of.unrecorded)),
            "probability",
        )?,
        doubts: doubts(report),
        passes: maps.map(|maps| maps.passes),
        drawn_by: maps.map(|maps| maps.model.as_str()),
        clusters: report.flagged.iter().map(|line| line.clusters.len()).sum(),
    };
    template::render("infill.html", include_str!("template.html"), &page)
}

fn table(report: &Report, mode: Mode) -> ModeTable<'_> {
    let of = |figures: &&Figures| figures.mode == mode;
    let lines: Vec<&Figures> = report.figures.iter().filter(of).collect();
    let best = RATES.map(|rate| {
        lines.iter().filter_map(|figures| rate(figures)).fold(f64::NEG_INFINITY, f64::max)
    });
    let control = report.random_control.iter().flat_map(|control| &control.figures).filter(of);
    let models = lines.iter().map(|figures| Line::new(figures, best));
    // What a random split would have claimed is nobody's best.
    let control =
        control.map(|figures| Line { control: true, ..Line::new(figures, [f64::INFINITY; 2]) });
    ModeTable { name: mode.name(), lines: models.chain(control).collect() }
}

fn doubts(report: &Report) -> Vec<(&str, Vec<&str>)> {
    let mut doubts: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in &report.recording {
        for doubt in &line.doubts {
            match doubts.iter_mut().find(|(known, _)| known == doubt) {
                Some((_, species)) => species.push(&line.species),
                None => doubts.push((doubt, vec![&line.species])),
            }
        }
    }
    doubts
}

/// Micro and macro Dice at the tuned threshold.
const RATES: [fn(&Figures) -> Option<f64>; 2] =
    [|figures| figures.tuned.micro.dice, |figures| figures.tuned.macro_.dice];

impl<'a> Line<'a> {
    fn new(figures: &'a Figures, best: [f64; 2]) -> Self {
        let is_best = |k: usize| RATES[k](figures).is_some_and(|rate| rate >= best[k]);
        let seeds = figures.seeds.as_ref().map(|seeds| {
            let [micro, macro_] = [&seeds.micro, &seeds.macro_].map(|all| mean_and_deviation(all));
            [micro[0], micro[1], macro_[0], macro_[1]]
        });
        Self { figures, best: [is_best(0), is_best(1)], control: false, seeds }
    }
}

fn mean_and_deviation(all: &[f64]) -> [f64; 2] {
    let count = all.len() as f64;
    let mean = all.iter().sum::<f64>() / count;
    let squares: f64 = all.iter().map(|value| (value - mean).powi(2)).sum();
    [mean, (squares / (count - 1.0)).sqrt()]
}

/// A picture of each species' map, in a unit.
fn pictures<'a, 'b>(
    read: &'a Read,
    maps: impl Iterator<Item = (usize, &'b Vec<f32>)>,
    unit: &str,
) -> Result<Vec<MapPicture<'a>>> {
    let picture = |(species, map): (usize, &'b Vec<f32>)| {
        let name = &read.field.layers.names[species];
        let (small, classes) = miniature(read, name, (map, unit))?;
        Ok(MapPicture { name, image: small.address(&classes)?, classes })
    };
    maps.map(picture).collect()
}

/// A map of scores small, with its classes by share of area.
pub(super) fn miniature(
    read: &Read,
    name: &str,
    (map, unit): (&[f32], &str),
) -> Result<(Miniature, Vec<style::ColourClass>)> {
    let grid = &read.field.layers.grid;
    let mut stack = GridStack::new(grid.clone(), Arc::new(Mask::new(grid.cells(), true)));
    let info =
        LayerInfo { name: name.into(), evidence_type: EvidenceType::Continuous, unit: unit.into() };
    let mut writer = stack.begin(info, None)?;
    writer.write(map)?;
    stack.finish(writer)?;
    let small = Miniature::read(&stack, name, Keep::Greatest)?;
    let shares = [0.999, 0.995, 0.99, 0.98, 0.95, 0.9, 0.75, 0.5];
    let classes = style::evidence_classes(small.quantiles(shares), unit);
    Ok((small, classes))
}
