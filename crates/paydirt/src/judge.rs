//! Judging: every figure from ground that the model never saw, beside a plain baseline and the
//! controls that show what the usual short cuts would have claimed.
//!
//! In each repeat the unlabelled are drawn anew and the ground is parted anew. In each fold the
//! pipeline is fitted on the training side, every contestant is fitted on the same training rows
//! and scores the same held-out rows.

use std::collections::BTreeMap;

use paydirt_core::calibrate::{self, Calibration};
use paydirt_core::label::{Role, Sample};
use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use paydirt_core::metric::{self, Figure, HeldOut, METRICS};
use paydirt_core::sample::Sampling;
use paydirt_core::seed::Seed;
use paydirt_core::split::{self, Fold, Part, Split, SplitKind, Territory};
use paydirt_core::stack::Stack;
use paydirt_core::step::{FittedPipeline, Pipeline};
use paydirt_core::table::{Column, Table};
use paydirt_model::{FittedModel, Model, TrainingSet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::console::Console;
use crate::error::{Error, Result};

/// Cells of the map against which held-out deposits are ranked, in each repeat.
const REFERENCE_CELLS: usize = 5_000;
/// Cells of the map on which the pipeline is fitted, before the held-out ones are taken away.
const FITTING_CELLS: usize = 20_000;
/// Bootstrap replicates of each interval; fewer, but never under 200, where the samples are so many
/// that a thousand passes over them would take minutes.
const REPLICATES: usize = 1_000;
const REPLICATED_ROWS: usize = 100_000_000;

fn replicates(repeats: &[HeldOut]) -> usize {
    let rows: usize = repeats.iter().map(|repeat| repeat.score.len()).sum();
    (REPLICATED_ROWS / rows.max(1)).clamp(200, REPLICATES)
}

/// Key of the figure that permutation importance and the optimism gap are told in.
pub const ROC_AUC: &str = "roc_auc";

/// Why a model is in the table.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The model that draws the map.
    Chosen,
    /// A plain model on the same rows.
    Baseline,
    /// What a short cut would have claimed.
    Control,
}

/// One line of the model table.
#[derive(Clone, Debug, PartialEq)]
pub struct Contestant {
    /// Name in the report.
    pub name: String,
    /// Why it is there.
    pub standing: Standing,
    /// Held-out ground, or the random control.
    pub kind: SplitKind,
    /// Whether it sees coordinates only, and no evidence.
    pub coordinates_only: bool,
    /// The model.
    pub model: Model,
}

/// What a contestant scored.
#[derive(Clone, Debug)]
pub struct Scored {
    /// The contestant.
    pub contestant: Contestant,
    /// Held-out scores, one entry a repeat.
    pub repeats: Vec<HeldOut>,
    /// Held-out scores of cells drawn evenly from those of the map without a known deposit, over all
    /// repeats: what calibration weighs the deposits against.
    pub map_scores: Vec<f32>,
    /// The figures, by key.
    pub figures: BTreeMap<String, Figure>,
}

/// How much the held-out ROC AUC of the chosen model falls when one layer is shuffled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Importance {
    /// The evidence layer.
    pub layer: String,
    /// Mean fall of the pooled held-out AUC.
    pub auc_fall: f64,
    /// Standard deviation of the fall over repeats and shuffles.
    pub spread: f64,
}

/// The ground of one repeat.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The samples of the repeat.
    pub samples: Vec<Sample>,
    /// Their spatial folds.
    pub folds: Vec<Fold>,
    /// Outlines of the held-out ground.
    pub parts: Vec<Part>,
    /// Hash of the split.
    pub hash: String,
}

/// Everything that judging found.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The model table.
    pub models: Vec<Scored>,
    /// The ground of each repeat.
    pub grounds: Vec<Ground>,
    /// Permutation importance of the chosen model, greatest first.
    pub importance: Vec<Importance>,
}

impl Judged {
    /// The line of the model that draws the map.
    #[must_use]
    pub fn chosen(&self) -> Option<&Scored> {
        self.models.iter().find(|scored| scored.contestant.standing == Standing::Chosen)
    }
}

/// What is judged, and on what.
pub struct Bench<'a> {
    /// The evidence.
    pub stack: &'a dyn Stack,
    /// The labels.
    pub labelled: &'a [Sample],
    /// Units with all evidence known, once the pipeline has filled what it fills.
    pub eligible: &'a Mask,
    /// The steps.
    pub pipeline: &'a Pipeline,
    /// What stands against the deposits.
    pub sampling: &'a Sampling,
    /// How ground is held out.
    pub split: &'a Split,
    /// How scores become probabilities.
    pub calibration: &'a Calibration,
    /// Times each layer is shuffled in each fold.
    pub shuffles: usize,
    /// Seed of the run.
    pub seed: Seed,
}

/// The usual contestants of a run: the chosen model, logistic regression and a coordinates-only
/// forest, on held-out ground and (chosen and coordinates) under the random control.
#[must_use]
pub fn usual_contestants(chosen: &Model, has_places: bool) -> Vec<Contestant> {
    let line = |name: &str, standing, kind, coordinates_only, model: &Model| Contestant {
        name: name.into(),
        standing,
        kind,
        coordinates_only,
        model: model.clone(),
    };
    let mut lines = vec![line(chosen.key(), Standing::Chosen, SplitKind::Spatial, false, chosen)];
    let logistic = Model::Logistic(Default::default());
    if chosen.key() != logistic.key() {
        lines.push(line("logistic", Standing::Baseline, SplitKind::Spatial, false, &logistic));
    }
    lines.push(line(chosen.key(), Standing::Control, SplitKind::Random, false, chosen));
    if has_places {
        let forest = Model::Forest(Default::default());
        for kind in [SplitKind::Spatial, SplitKind::Random] {
            lines.push(line(
                crate::report::COORDINATES_ONLY,
                Standing::Control,
                kind,
                true,
                &forest,
            ));
        }
    }
    lines
}

/// Units drawn without replacement from a set, in order of their number.
pub(crate) fn draw_units(from: &Mask, count: usize, seed: Seed) -> Vec<usize> {
    let units: Vec<usize> = from.iter().collect();
    if units.len() <= count {
        return units;
    }
    let mut rng = seed.rng();
    let mut chosen: Vec<usize> =
        rand::seq::index::sample(&mut rng, units.len(), count).iter().map(|i| units[i]).collect();
    chosen.sort_unstable();
    chosen
}

/// The rows on which a pipeline is fitted: cells of the map, or the samples of a table.
pub(crate) fn fitting_units(stack: &dyn Stack, samples: &[Sample], seed: Seed) -> Vec<usize> {
    if stack.grid().is_some() {
        draw_units(stack.area(), FITTING_CELLS, seed.derive("fitting cells", 0))
    } else {
        samples.iter().map(|sample| sample.unit).collect()
    }
}

/// The unlabelled keep clear of all deposits, also of those that will be held out: without a buffer as
/// wide, training ground shows the edge of a hole where a held-out deposit lies.
fn warn_of_holes(bench: &Bench<'_>, console: &Console) {
    let buffer_m = match bench.split {
        Split::Blocks(settings) => settings.buffer_m,
        Split::LeaveOneGroupOut(settings) => settings.buffer_m,
    };
    if let Sampling::DistantUnlabelled(settings) = bench.sampling
        && settings.at_least_m > buffer_m
    {
        console.warn(format!(
            "the split's buffer_m is {buffer_m}, less than the {} m that the unlabelled keep from \
             deposits: near the edges of held-out ground the training side shows where held-out \
             deposits are not",
            settings.at_least_m
        ));
    }
}

/// Judges all contestants on the same ground.
///
/// # Errors
/// Splits that cannot judge, models that cannot learn, or an interrupt.
pub fn judge(bench: &Bench<'_>, contestants: &[Contestant], console: &Console) -> Result<Judged> {
    let repeats = bench.split.repeats();
    let mut grounds = Vec::new();
    let mut held_out: Vec<Vec<HeldOut>> = vec![Vec::new(); contestants.len()];
    let mut map_scores: Vec<Vec<f32>> = vec![Vec::new(); contestants.len()];
    let mut falls: Vec<Vec<f64>> = vec![Vec::new(); bench.stack.layers().len()];
    let task = console.task("judge", repeats as u64, "repeats");
    for repeat in 0..repeats {
        let seed = bench.seed.derive("repeat", repeat as u64);
        let round = Round::new(bench, seed, console)?;
        let scored = round.score(contestants, &mut falls, console)?;
        for (index, (scores, of_map)) in scored.into_iter().enumerate() {
            held_out[index].push(scores);
            map_scores[index].extend(of_map);
        }
        grounds.push(round.ground);
        task.advance(1)?;
    }
    drop(task);
    let models = contestants
        .iter()
        .zip(held_out.into_iter().zip(map_scores))
        .map(|(contestant, (repeats, map_scores))| Scored {
            map_scores,
            contestant: contestant.clone(),
            figures: metric::figures(
                &repeats,
                replicates(&repeats),
                bench.seed.derive("bootstrap", 0),
            ),
            repeats,
        })
        .collect();
    Ok(Judged { models, grounds, importance: importance(bench.stack, &falls) })
}

fn importance(stack: &dyn Stack, falls: &[Vec<f64>]) -> Vec<Importance> {
    let mut list: Vec<Importance> = stack
        .layers()
        .iter()
        .zip(falls)
        .filter(|(_, falls)| !falls.is_empty())
        .map(|(info, falls)| {
            let mean = falls.iter().sum::<f64>() / falls.len() as f64;
            let variance =
                falls.iter().map(|fall| (fall - mean).powi(2)).sum::<f64>() / falls.len() as f64;
            Importance { layer: info.name.clone(), auc_fall: mean, spread: variance.sqrt() }
        })
        .collect();
    list.sort_by(|a, b| b.auc_fall.total_cmp(&a.auc_fall));
    list
}

/// One repeat: its samples, its evidence and its ground.
struct Round<'a> {
    bench: &'a Bench<'a>,
    seed: Seed,
    ground: Ground,
    random: Vec<Fold>,
    /// Units with a known deposit, in order.
    deposits: Vec<usize>,
    territory: Box<dyn Territory>,
    evidence: Table,
    places: Option<Table>,
    fitting: (Vec<usize>, Table),
    reference: (Vec<usize>, Table),
}

/// One fold of one kind: pipeline fitted, rows transformed.
struct Prepared {
    pipeline: FittedPipeline,
    training: Vec<usize>,
    held_out: Vec<usize>,
    reference: Vec<usize>,
    features: Table,
}

impl<'a> Round<'a> {
    fn new(bench: &'a Bench<'a>, seed: Seed, console: &Console) -> Result<Self> {
        let stack = bench.stack;
        let samples =
            bench.sampling.draw(stack, bench.labelled, bench.eligible, seed.derive("sample", 0))?;
        let territory = bench.split.part(stack, &samples, seed.derive("split", 0))?;
        warn_of_holes(bench, console);
        territory.warnings().into_iter().for_each(|warning| console.warn(warning));
        let negatives = |samples: &[Sample]| {
            samples.iter().filter(|sample| sample.role == Role::Negative).count()
        };
        if negatives(&samples) < negatives(bench.labelled) {
            console.warn(format!(
                "{} verified negatives are not used by [sample.{}]; [sample.given_negatives] uses them",
                negatives(bench.labelled) - negatives(&samples),
                bench.sampling.key()
            ));
        }
        let deposits = samples.iter().filter(|sample| sample.is_deposit()).count();
        if let Some(wanted) = bench.sampling.wanted(deposits)
            && samples.len() - deposits < wanted
        {
            let drawn = samples.len() - deposits;
            console.warn(format!(
                "only {drawn} unlabelled units could be drawn, {wanted} were wanted"
            ));
        }
        let folds = split::folds(territory.as_ref(), &samples);
        split::check(&samples, &folds)?;
        let random = split::random_control(&samples, folds.len(), seed.derive("random", 0));
        let units: Vec<usize> = samples.iter().map(|sample| sample.unit).collect();
        let mut deposits: Vec<usize> =
            samples.iter().filter(|sample| sample.is_deposit()).map(|sample| sample.unit).collect();
        deposits.sort_unstable();
        let fitting = fitting_units(stack, &samples, seed);
        let reference = if stack.grid().is_some() {
            draw_units(bench.eligible, REFERENCE_CELLS, seed.derive("reference", 0))
        } else {
            units.clone()
        };
        let ground = Ground {
            hash: split::hash(&samples, &folds),
            parts: territory.parts(),
            samples,
            folds,
        };
        Ok(Self {
            bench,
            seed,
            random,
            deposits,
            territory,
            evidence: stack.read_units(&units)?,
            places: coordinates(stack, &units)?,
            fitting: (fitting.clone(), stack.read_units(&fitting)?),
            reference: (reference.clone(), stack.read_units(&reference)?),
            ground,
        })
    }

    /// Held-out scores of every contestant.
    fn score(
        &self,
        contestants: &[Contestant],
        falls: &mut [Vec<f64>],
        console: &Console,
    ) -> Result<Vec<(HeldOut, Vec<f32>)>> {
        let mut pools = vec![Pool::default(); contestants.len()];
        let shuffled = self.bench.shuffles * falls.len();
        let mut shuffled_scores = vec![Vec::new(); shuffled];
        for kind in [SplitKind::Spatial, SplitKind::Random] {
            for number in 0..self.ground.folds.len() {
                let prepared = self.prepare(kind, number)?;
                if prepared.held_out.is_empty() {
                    continue;
                }
                for (contestant, pool) in
                    contestants.iter().zip(&mut pools).filter(|(c, _)| c.kind == kind)
                {
                    console.go_on()?;
                    let model = self.contest(contestant, &prepared, number, pool)?;
                    if contestant.standing == Standing::Chosen {
                        self.shuffle(&prepared, &model, &mut shuffled_scores)?;
                    }
                }
            }
        }
        if let Some((_, pool)) =
            contestants.iter().zip(&pools).find(|(c, _)| c.standing == Standing::Chosen)
        {
            self.record_falls(pool, &shuffled_scores, falls);
        }
        pools.into_iter().map(|pool| self.finish(pool)).collect()
    }

    fn prepare(&self, kind: SplitKind, number: usize) -> Result<Prepared> {
        let fold = match kind {
            SplitKind::Spatial => &self.ground.folds[number],
            SplitKind::Random => &self.random[number],
        };
        let (units, table) = &self.fitting;
        let may_fit: Vec<usize> = match kind {
            SplitKind::Spatial => {
                (0..units.len()).filter(|&i| self.territory.may_train(units[i], number)).collect()
            }
            SplitKind::Random if self.bench.stack.grid().is_none() => fold.training.clone(),
            SplitKind::Random => (0..units.len()).collect(),
        };
        if may_fit.is_empty() {
            return Err(Error::Data {
                reason: format!(
                    "no ground is left to train on while fold {} is held out",
                    number + 1
                ),
                hint: "use a smaller `buffer_m` or `block_m`".into(),
            });
        }
        let pipeline = self.bench.pipeline.fit(&table.select(&may_fit))?;
        let features = pipeline.apply(&self.evidence)?;
        let complete = |rows: &[usize]| -> Vec<usize> {
            rows.iter().copied().filter(|&row| features.complete(row)).collect()
        };
        let seen: std::collections::BTreeSet<usize> =
            fold.training.iter().map(|&row| self.ground.samples[row].unit).collect();
        let reference =
            (0..self.reference.0.len()).filter(|&i| !seen.contains(&self.reference.0[i])).collect();
        Ok(Prepared {
            training: complete(&fold.training),
            held_out: complete(&fold.held_out),
            reference,
            pipeline,
            features,
        })
    }

    /// Fits one contestant on one fold and pools its scores.
    fn contest(
        &self,
        contestant: &Contestant,
        prepared: &Prepared,
        number: usize,
        pool: &mut Pool,
    ) -> Result<FittedModel> {
        let features = match (&self.places, contestant.coordinates_only) {
            (Some(places), true) => places,
            _ => &prepared.features,
        };
        let samples = &self.ground.samples;
        let set = TrainingSet {
            features: features.select(&prepared.training),
            deposit: prepared.training.iter().map(|&row| samples[row].is_deposit()).collect(),
            weight: prepared.training.iter().map(|&row| samples[row].weight).collect(),
        };
        let model = contestant.model.fit(&set, self.seed.derive("model", number as u64))?;
        let scores = model.predict(&features.select(&prepared.held_out))?;
        let (cells, reference) = self.reference_scores(contestant, prepared, &model)?;
        let unseen = |cell: &usize| {
            self.territory.fold(*cell) == number && self.deposits.binary_search(cell).is_err()
        };
        let of_map = cells.iter().zip(&reference).filter(|(cell, _)| unseen(cell));
        pool.map_scores.extend(of_map.map(|(_, score)| *score));
        let (units, of_deposits): (Vec<usize>, Vec<f32>) = prepared
            .held_out
            .iter()
            .zip(&scores)
            .filter(|(row, _)| samples[**row].is_deposit())
            .map(|(row, score)| (samples[*row].unit, *score))
            .unzip();
        let on_map = self.bench.stack.grid().is_some();
        if let Some(shares) = metric::share_of_area(&of_deposits, &reference).filter(|_| on_map) {
            pool.share_of_area.extend(shares);
            pool.share_group.extend(units.iter().map(|&unit| self.territory.group(unit)));
        }
        pool.rows.extend(&prepared.held_out);
        pool.scores.extend(scores.iter().map(|score| f64::from(*score)));
        pool.folds.extend(std::iter::repeat_n(number, prepared.held_out.len()));
        Ok(model)
    }

    fn reference_scores(
        &self,
        contestant: &Contestant,
        prepared: &Prepared,
        model: &FittedModel,
    ) -> Result<(Vec<usize>, Vec<f32>)> {
        let features = prepared.pipeline.apply(&self.reference.1.select(&prepared.reference))?;
        let complete: Vec<usize> =
            (0..features.rows()).filter(|&row| features.complete(row)).collect();
        let cells: Vec<usize> =
            complete.iter().map(|&row| self.reference.0[prepared.reference[row]]).collect();
        let table = match contestant.coordinates_only {
            true => coordinates(self.bench.stack, &cells)?.unwrap_or_default(),
            false => features.select(&complete),
        };
        Ok((cells, model.predict(&table)?))
    }

    /// Scores the held-out rows with each layer shuffled among them.
    fn shuffle(
        &self,
        prepared: &Prepared,
        model: &FittedModel,
        scores: &mut [Vec<f64>],
    ) -> Result<()> {
        use rand::seq::SliceRandom;
        let held_out = self.evidence.select(&prepared.held_out);
        let shuffles = self.bench.shuffles;
        for (index, pooled) in scores.iter_mut().enumerate() {
            let seed = self.seed.derive("shuffle", index as u64);
            let mut order: Vec<usize> = (0..held_out.rows()).collect();
            order.shuffle(&mut seed.derive("fold", prepared.held_out[0] as u64).rng());
            let other = held_out.select(&order);
            let mut columns = held_out.columns().to_vec();
            columns[index / shuffles] = other.columns()[index / shuffles].clone();
            let table = prepared.pipeline.apply(&Table::new(held_out.rows(), columns)?)?;
            pooled.extend(model.predict(&table)?.into_iter().map(f64::from));
        }
        Ok(())
    }

    fn record_falls(&self, pool: &Pool, shuffled: &[Vec<f64>], falls: &mut [Vec<f64>]) {
        let auc = |scores: &[f64]| {
            let samples = pool.rows.iter().map(|&row| &self.ground.samples[row]);
            let held_out = HeldOut {
                score: scores.to_vec(),
                deposit: samples.clone().map(Sample::is_deposit).collect(),
                weight: samples.map(|sample| f64::from(sample.weight)).collect(),
                group: vec![0; scores.len()],
                ..HeldOut::default()
            };
            METRICS.iter().find(|metric| metric.key == ROC_AUC).and_then(|m| m.of(&held_out))
        };
        let Some(whole) = auc(&pool.scores) else { return };
        for (index, scores) in shuffled.iter().enumerate() {
            if let Some(without) = auc(scores) {
                falls[index / self.bench.shuffles].push(whole - without);
            }
        }
    }

    fn finish(&self, pool: Pool) -> Result<(HeldOut, Vec<f32>)> {
        let samples = &self.ground.samples;
        let deposit: Vec<bool> = pool.rows.iter().map(|&row| samples[row].is_deposit()).collect();
        let weight: Vec<f64> =
            pool.rows.iter().map(|&row| f64::from(samples[row].weight)).collect();
        let probability = calibrate::cross_fitted(
            self.bench.calibration,
            &pool.scores,
            &deposit,
            &weight,
            &pool.folds,
        )?;
        let held_out = HeldOut {
            group: pool.rows.iter().map(|&row| self.territory.group(samples[row].unit)).collect(),
            score: pool.scores,
            probability,
            deposit,
            weight,
            share_of_area: pool.share_of_area,
            share_group: pool.share_group,
        };
        Ok((held_out, pool.map_scores))
    }
}

/// Held-out scores gathered over the folds of a repeat.
#[derive(Clone, Debug, Default)]
struct Pool {
    rows: Vec<usize>,
    scores: Vec<f64>,
    folds: Vec<usize>,
    share_of_area: Vec<f64>,
    share_group: Vec<u64>,
    map_scores: Vec<f32>,
}

/// Easting and northing as the only evidence; `None` for a table without coordinates.
fn coordinates(stack: &dyn Stack, units: &[usize]) -> Result<Option<Table>> {
    let Some(places) = units.iter().map(|&unit| stack.place(unit)).collect::<Option<Vec<_>>>()
    else {
        return Ok(None);
    };
    let column =
        |name: &str, values: Vec<f32>| Column::new(name, name, EvidenceType::Continuous, values);
    let eastings = places.iter().map(|place| place.easting as f32).collect();
    let northings = places.iter().map(|place| place.northing as f32).collect();
    let columns = vec![column("easting", eastings), column("northing", northings)];
    Ok(Some(Table::new(units.len(), columns)?))
}
