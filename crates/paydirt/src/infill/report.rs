//! `report.json` of an infilling.

use std::fmt::Write as _;

use paydirt_core::infill::mask::Mode;
use paydirt_core::infill::score::{AtThreshold, Scored};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::dependency::DependencyLine;
pub use super::drivers::Driver;
use super::flags::Flags;
use super::judge::{Contestant, Judged, Outcomes};
use super::project::Opened;
use super::read::Read;
pub use super::read::{ReadLine, SpeciesLine};
pub use super::recording::RecordingLine;
use crate::console::Console;

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "InfillReport")]
pub struct Report {
    /// Version of Paydirt.
    pub paydirt_version: String,
    /// Name of the project.
    pub project: String,
    /// Its seed.
    pub seed: u64,
    /// How figures are counted.
    pub convention: String,
    /// What was read.
    pub read: ReadLine,
    /// The split.
    pub split: SplitLine,
    /// Every model in every mode.
    pub figures: Vec<Figures>,
    /// What a random split would have claimed.
    pub random_control: Option<ControlLine>,
    /// Every network that was trained.
    pub networks: Vec<NetworkLine>,
    /// Flagged ground, species by species; none without a map.
    pub flagged: Vec<FlagLine>,
    /// Which species tells of which, one line for each that is hidden; none unless it was asked for.
    pub dependency: Vec<DependencyLine>,
    /// What is there and what of it is recorded, species by species; none without `[recording]`.
    #[serde(default)]
    pub recording: Vec<RecordingLine>,
    /// Partial trouble.
    pub warnings: Vec<String>,
}

/// The split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SplitLine {
    /// Side of a block in metres.
    pub block_m: f64,
    /// Width of the buffer in metres.
    pub buffer_m: f64,
    /// Blocks that are held out: row from the south, column from the west, from 0.
    pub test_blocks: Vec<[usize; 2]>,
    /// Training tiles with records.
    pub training_tiles: usize,
    /// Test tiles with records.
    pub test_tiles: usize,
}

/// One model in one mode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figures {
    /// The model.
    pub model: String,
    /// What was hidden.
    pub mode: Mode,
    /// Share of the hidden cells that holds the species.
    pub prevalence: f64,
    /// Rates at 0.5.
    pub at_half: AtThreshold,
    /// Rates at the threshold of the highest micro Dice on training tiles.
    pub tuned: AtThreshold,
    /// Average precision of all hidden cells together.
    pub micro_pr_auc: Option<f64>,
    /// Mean average precision of the species that have one.
    pub macro_pr_auc: Option<f64>,
    /// Each species.
    pub species: Vec<SpeciesFigures>,
    /// Over seeds, each by itself; none for a model of one seed.
    pub seeds: Option<SeedFigures>,
}

/// One species.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpeciesFigures {
    /// Its name.
    pub name: String,
    /// Hidden cells that hold it.
    pub present: usize,
    /// Dice at 0.5.
    pub dice_at_half: Option<f64>,
    /// Dice at the tuned threshold.
    pub dice: Option<f64>,
    /// Recall at the tuned threshold.
    pub recall: Option<f64>,
    /// Precision at the tuned threshold.
    pub precision: Option<f64>,
    /// Average precision.
    pub pr_auc: Option<f64>,
}

/// Tuned Dice over seeds, each network by itself with a threshold of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeedFigures {
    /// Micro Dice of each seed.
    pub micro: Vec<f64>,
    /// Macro Dice of each seed.
    pub macro_: Vec<f64>,
}

/// The random control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ControlLine {
    /// Share of the test cells that lay in a tile that it learned from.
    pub seen: f64,
    /// What it would have claimed.
    pub figures: Vec<Figures>,
}

/// A trained network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkLine {
    /// Its name.
    pub name: String,
    /// Number of its seed.
    pub seed: usize,
    /// Numbers that were learned.
    pub learned: usize,
    /// Steps made.
    pub steps: usize,
    /// 1 less soft Dice on training blocks kept aside; the least, whose weights were kept.
    pub held_out_loss: Option<f64>,
}

/// Flagged ground of one species.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FlagLine {
    /// The species.
    pub species: String,
    /// What a cell's mean score must be.
    pub threshold: f64,
    /// Share of the clusters with a record of another commodity near by.
    pub matched: Option<f64>,
    /// The same of clusters laid down at random.
    pub null: Option<f64>,
    /// Share of the placements that match as many.
    pub p_value: Option<f64>,
    /// The clusters, the surest first.
    pub clusters: Vec<ClusterLine>,
}

/// A cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterLine {
    /// 1 for the surest.
    pub rank: usize,
    /// Easting of its best cell.
    pub easting: f64,
    /// Northing of its best cell.
    pub northing: f64,
    /// Cells.
    pub cells: usize,
    /// Area in km2.
    pub area_km2: f64,
    /// Mean score.
    pub mean_score: f64,
    /// Highest score.
    pub max_score: f64,
    /// Distance to the nearest record of any of the species, in metres.
    pub record_distance_m: Option<f64>,
    /// Distance to the nearest record of none of them, in metres.
    pub match_distance_m: Option<f64>,
    /// Whether its best cell lies on ground that was held out from the model.
    pub on_test_ground: bool,
    /// What its score rests on, the strongest first; none beyond the first ten clusters of a species.
    #[serde(default)]
    pub drivers: Vec<Driver>,
}

const CONVENTION: &str = "Hidden cells of test tiles alone. Dice = 2 found / (2 found + wrong + missed). Micro: all \
    species together; macro: mean over the species, where one of which nothing is present and nothing claimed is \
    not counted. One threshold for all species, of the highest micro Dice on masks of training tiles. PR AUC: \
    average precision.";

pub(super) fn build(
    opened: &Opened,
    read: &Read,
    judged: &Judged,
    flagged: &[Flags],
    console: &Console,
) -> Report {
    let project = &opened.project;
    let names = &read.field.layers.names;
    let cols = read.sides.blocks[1];
    let of = |contestant: &Contestant| figures(contestant, names);
    Report {
        paydirt_version: env!("CARGO_PKG_VERSION").into(),
        project: project.name.clone(),
        seed: project.seed,
        convention: CONVENTION.into(),
        read: read.line.clone(),
        split: SplitLine {
            block_m: project.split.block_m,
            buffer_m: project.split.buffer_m,
            test_blocks: read.sides.test.iter().map(|block| [block / cols, block % cols]).collect(),
            training_tiles: judged.tiles[0],
            test_tiles: judged.tiles[1],
        },
        figures: judged.contestants.iter().flat_map(of).collect(),
        random_control: judged
            .control
            .as_ref()
            .map(|control| ControlLine { seen: control.seen, figures: of(&control.contestant) }),
        networks: judged
            .networks
            .iter()
            .map(|trained| NetworkLine {
                name: trained.name.clone(),
                seed: trained.seed,
                learned: trained.network.learned(),
                steps: trained.outcome.steps,
                held_out_loss: trained.outcome.held_out_loss,
            })
            .collect(),
        flagged: flagged.iter().map(|flags| flag_line(flags, read)).collect(),
        dependency: Vec::new(),
        recording: Vec::new(),
        warnings: console.warnings(),
    }
}

fn figures(contestant: &Contestant, names: &[String]) -> Vec<Figures> {
    let line = |(number, outcomes): (usize, &Outcomes)| {
        let Outcomes { mode, threshold, test } = outcomes;
        Figures {
            model: contestant.name.clone(),
            mode: *mode,
            prevalence: test.prevalence().unwrap_or(0.0),
            at_half: test.at(0.5),
            tuned: test.at(*threshold),
            micro_pr_auc: test.pr_auc(),
            macro_pr_auc: test.macro_pr_auc(),
            species: species(test, *threshold, names),
            seeds: seeds(&contestant.seeds, number),
        }
    };
    contestant.all.iter().enumerate().map(line).collect()
}

fn species(test: &Scored, threshold: f32, names: &[String]) -> Vec<SpeciesFigures> {
    let (half, tuned, present) = (test.confusions(0.5), test.confusions(threshold), test.present());
    let line = |(index, name): (usize, &String)| SpeciesFigures {
        name: name.clone(),
        present: present[index],
        dice_at_half: half[index].dice(),
        dice: tuned[index].dice(),
        recall: tuned[index].recall(),
        precision: tuned[index].precision(),
        pr_auc: test.pr_auc_of(index),
    };
    names.iter().enumerate().map(line).collect()
}

fn seeds(seeds: &[Vec<Outcomes>], number: usize) -> Option<SeedFigures> {
    if seeds.len() < 2 {
        return None;
    }
    let at = |outcomes: &Outcomes| outcomes.test.at(outcomes.threshold);
    let all: Vec<AtThreshold> = seeds.iter().filter_map(|seed| seed.get(number)).map(at).collect();
    let of = |rate: fn(&AtThreshold) -> Option<f64>| {
        all.iter().map(|at| rate(at).unwrap_or(0.0)).collect()
    };
    Some(SeedFigures { micro: of(|at| at.micro.dice), macro_: of(|at| at.macro_.dice) })
}

fn flag_line(flags: &Flags, read: &Read) -> FlagLine {
    let layers = &read.field.layers;
    let clusters = flags.flagged.clusters.iter().enumerate().map(|(index, cluster)| {
        let target = &cluster.target;
        let side = layers.grid.locate(target.peak).map(|unit| read.sides.of[unit]);
        ClusterLine {
            rank: index + 1,
            easting: target.peak.easting,
            northing: target.peak.northing,
            cells: target.units.len(),
            area_km2: target.area_km2,
            mean_score: target.mean_score,
            max_score: target.max_score,
            record_distance_m: target.deposit_distance_m,
            match_distance_m: cluster.match_distance_m,
            on_test_ground: side == Some(paydirt_core::infill::side::Side::Test),
            drivers: Vec::new(),
        }
    });
    FlagLine {
        species: layers.names[flags.species].clone(),
        threshold: f64::from(flags.threshold),
        matched: flags.flagged.matched,
        null: flags.flagged.null,
        p_value: flags.flagged.p_value,
        clusters: clusters.collect(),
    }
}

impl Report {
    /// Adds what the clusters rest on: `[species][cluster]`.
    pub(super) fn explain(&mut self, drivers: Vec<Vec<Vec<Driver>>>) {
        for (line, of_species) in self.flagged.iter_mut().zip(drivers) {
            for (cluster, drivers) in line.clusters.iter_mut().zip(of_species) {
                cluster.drivers = drivers;
            }
        }
    }

    /// The figures as a table for the terminal.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        let number =
            |value: Option<f64>| value.map_or_else(|| "-".into(), |value| format!("{value:.3}"));
        let mut mode = None;
        let mut figures: Vec<&Figures> = self.figures.iter().collect();
        figures.sort_by_key(|figures| {
            self.figures.iter().position(|first| first.mode == figures.mode)
        });
        let control = self.random_control.iter().flat_map(|control| &control.figures);
        for line in figures.into_iter().chain(control) {
            if mode != Some(line.mode) {
                mode = Some(line.mode);
                // Writing into a string cannot fail.
                let _ = writeln!(
                    text,
                    "\n{} (prevalence {:.4})\n{:28} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6}",
                    line.mode.name(),
                    line.prevalence,
                    "",
                    "micro",
                    "recall",
                    "prec",
                    "macro",
                    "at 0.5",
                    "PR",
                    "macPR",
                    "thresh"
                );
            }
            let (tuned, half) = (&line.tuned, &line.at_half);
            let cells = [
                tuned.micro.dice,
                tuned.micro.recall,
                tuned.micro.precision,
                tuned.macro_.dice,
                half.micro.dice,
                line.micro_pr_auc,
                line.macro_pr_auc,
                Some(f64::from(tuned.threshold)),
            ];
            let cells: Vec<String> =
                cells.into_iter().map(|cell| format!("{:>6}", number(cell))).collect();
            let _ = writeln!(text, "{:28} {}", line.model, cells.join(" "));
        }
        if let Some(control) = &self.random_control {
            let _ = writeln!(
                text,
                "\nrandom split: {:.1} % of the test cells were seen",
                100.0 * control.seen
            );
        }
        text
    }
}

/// The JSON schema of `report.json`.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Report).into()
}
