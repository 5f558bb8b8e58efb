//! One repeat of judging: samples drawn, ground parted, every contestant fitted on the training side
//! of each fold and scored on what was held out.

mod around;
pub(super) mod inside;
mod shuffle;
pub(super) mod warn;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use paydirt_core::calibrate;
use paydirt_core::label::Sample;
use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use paydirt_core::metric::{self, HeldOut};
use paydirt_core::seed::Seed;
use paydirt_core::split::{self, Fold, SplitKind, Territory};
use paydirt_core::stack::Stack;
use paydirt_core::step::FittedPipeline;
use paydirt_core::table::{Column, Table};
use paydirt_model::FittedModel;
use paydirt_model::neural::Ground as Seen;
use paydirt_model::pretext::Trunk;

use self::around::{ground, viewed};
use self::inside::deposit_units;
use super::found::{Found, Pool};
use super::gathered::Findings;
use super::held::HeldShares;
use super::search::Searched;
use super::{Bench, Beside, Contestant, Ground, Standing, draw_units, fitting_units, training_set};
use crate::console::Console;
use crate::draw::by_layer;
use crate::error::{Error, Result};
use crate::ground::Surroundings;

/// Cells of the map against which held-out deposits are ranked, in each repeat.
pub(crate) const REFERENCE_CELLS: usize = 5_000;

/// One repeat: its samples, its evidence and its ground.
pub(super) struct Round<'a> {
    bench: &'a Bench<'a>,
    console: &'a Console,
    seed: Seed,
    /// Cells that may train whatever the fold; all of them where it is not said.
    allowed: Option<Mask>,
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
pub(super) struct Prepared {
    pipeline: FittedPipeline,
    training: Vec<usize>,
    held_out: Vec<usize>,
    features: Table,
    /// Reference cells that the fold did not train on and that have all evidence.
    cells: Vec<usize>,
    /// Their features.
    cell_features: Table,
    /// The ground around all of them, once a model has asked for it.
    surroundings: Mutex<Option<Arc<Surroundings>>>,
    /// The rows of the fitting units that may train.
    may_fit: Vec<usize>,
    /// What a pretext learned of them, once a model has asked for it.
    trunk: Mutex<Option<Arc<Trunk>>>,
}

impl<'a> Round<'a> {
    pub(super) fn new(bench: &'a Bench<'a>, seed: Seed, console: &'a Console) -> Result<Self> {
        let stack = bench.stack;
        let samples =
            bench.sampling.draw(stack, bench.labelled, bench.eligible, seed.derive("sample", 0))?;
        let territory = bench.split.part(stack, &samples, seed.derive("split", 0))?;
        warn::warn(bench, &samples, territory.as_ref(), console);
        let folds = split::folds(territory.as_ref(), &samples);
        split::check(&samples, &folds)?;
        let units: Vec<usize> = samples.iter().map(|sample| sample.unit).collect();
        let deposits = deposit_units(&samples);
        // There may be many more pairs than deposits; a random fold holds one at least.
        let dealt = folds.len().min(deposits.len());
        let random = split::random_control(&samples, dealt, seed.derive("random", 0));
        let fitting = fitting_units(stack, &samples, seed);
        let reference = if stack.has_map() {
            draw_units(&bench.map_units(), REFERENCE_CELLS, seed.derive("reference", 0))
        } else {
            units.clone()
        };
        let ground = Ground {
            hash: split::hash(&samples, &folds),
            parts: territory.parts(),
            notes: territory.notes(),
            samples,
            folds,
        };
        Ok(Self {
            bench,
            console,
            seed,
            allowed: None,
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

    /// What is to be said of its folds.
    pub(super) fn notes(&self) -> &[String] {
        &self.ground.notes
    }

    /// The ground of the repeat.
    pub(super) fn into_ground(self) -> Ground {
        self.ground
    }

    /// How many pieces it has: its folds, those on held-out ground first, then those of the random control.
    pub(super) fn pieces(&self) -> usize {
        self.ground.folds.len() + self.random.len()
    }

    /// What a fold finds, by the number of its piece. On held-out ground the chosen model has the settings
    /// that were searched inside it, if any were.
    pub(super) fn find(
        &self,
        piece: usize,
        contestants: &[Contestant],
        searched: Option<&Searched>,
    ) -> Result<Found> {
        let (kind, number) = match piece.checked_sub(self.ground.folds.len()) {
            None => (SplitKind::Spatial, piece),
            Some(number) => (SplitKind::Random, number),
        };
        let mut found =
            Found { pools: vec![Pool::default(); contestants.len()], ..Found::default() };
        let prepared = self.prepare(kind, number)?;
        if prepared.held_out.is_empty() {
            return Ok(found);
        }
        for (place, contestant) in contestants.iter().enumerate().filter(|(_, c)| c.kind == kind) {
            self.console.go_on()?;
            let chosen = contestant.standing == Standing::Chosen;
            let own = searched.filter(|_| chosen);
            let own = own.map(|own| Contestant { model: own.model.clone(), ..contestant.clone() });
            let contestant = own.as_ref().unwrap_or(contestant);
            let model = self.contest(contestant, &prepared, number, &mut found.pools[place])?;
            if chosen {
                self.look_closely((contestant, &model), &prepared, number, &mut found)?;
            }
        }
        Ok(found)
    }

    /// What is found of the chosen model alone.
    fn look_closely(
        &self,
        (contestant, model): (&Contestant, &FittedModel),
        prepared: &Prepared,
        number: usize,
        found: &mut Found,
    ) -> Result<()> {
        let around = self.surroundings(contestant, prepared, number)?;
        let ground = ground(around.as_ref());
        found.shuffled = self.shuffle(prepared, (model, ground))?;
        if self.bench.views {
            let rows = viewed(&prepared.held_out, model);
            let features = prepared.features.select(&rows);
            let shares = by_layer(&features, &model.attribute(&features, ground)?.shares);
            found.shares = Some((rows, shares));
        }
        found.completion = self.completion(around.as_deref(), number)?;
        Ok(())
    }

    /// Held-out scores of every contestant, from what its folds found, in order.
    pub(super) fn score(
        &self,
        contestants: &[Contestant],
        found: Vec<Found>,
        findings: &mut Findings,
    ) -> Result<Vec<(HeldOut, Vec<f32>)>> {
        let mut pools = vec![Pool::default(); contestants.len()];
        let mut shuffled = vec![Vec::new(); self.bench.shuffles * findings.falls.len()];
        let mut held_shares = HeldShares::default();
        for (number, found) in found.into_iter().enumerate() {
            pools.iter_mut().zip(found.pools).for_each(|(pool, of_fold)| pool.extend(of_fold));
            for (scores, of_fold) in shuffled.iter_mut().zip(found.shuffled) {
                scores.extend(of_fold);
            }
            if let Some((rows, shares)) = found.shares {
                held_shares.add(shares, &rows);
            }
            findings.completions.extend(found.completion.map(|told| (number, told)));
        }
        if let Some((_, pool)) =
            contestants.iter().zip(&pools).find(|(c, _)| c.standing == Standing::Chosen)
        {
            self.record_falls(pool, &shuffled, &mut findings.falls);
        }
        findings.views.extend(held_shares.view(&self.evidence));
        contestants.iter().zip(pools).map(|(c, pool)| self.finish(c.kind, pool)).collect()
    }

    fn folds(&self, kind: SplitKind) -> &[Fold] {
        match kind {
            SplitKind::Spatial => &self.ground.folds,
            SplitKind::Random => &self.random,
        }
    }

    fn prepare(&self, kind: SplitKind, number: usize) -> Result<Prepared> {
        let fold = &self.folds(kind)[number];
        let (units, table) = &self.fitting;
        let may_fit: Vec<usize> = match kind {
            SplitKind::Spatial => {
                (0..units.len()).filter(|&i| self.territory.may_train(units[i], number)).collect()
            }
            SplitKind::Random if !self.bench.stack.has_map() => fold.training.clone(),
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
        let seen: BTreeSet<usize> =
            fold.training.iter().map(|&row| self.ground.samples[row].unit).collect();
        let (cells, evidence) = &self.reference;
        let unseen: Vec<usize> = (0..cells.len()).filter(|&i| !seen.contains(&cells[i])).collect();
        let applied = pipeline.apply(&evidence.select(&unseen))?;
        let known: Vec<usize> = (0..applied.rows()).filter(|&row| applied.complete(row)).collect();
        let seed = self.seed.derive("thinning", number as u64);
        let training = complete(&fold.training);
        let samples = &self.ground.samples;
        let training = self.bench.training.rows(self.bench.stack, samples, training, seed)?;
        Ok(Prepared {
            training,
            held_out: complete(&fold.held_out),
            cells: known.iter().map(|&row| cells[unseen[row]]).collect(),
            cell_features: applied.select(&known),
            pipeline,
            features,
            surroundings: Mutex::default(),
            may_fit,
            trunk: Mutex::default(),
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
        let seed = self.seed.derive("model", number as u64);
        let around = self.surroundings(contestant, prepared, number)?;
        let set = |features| training_set(features, &self.ground.samples, &prepared.training);
        let (features, model) = match (&self.places, contestant.coordinates_only) {
            (Some(places), true) => (places, contestant.model.fit(&set(places)?, seed)?),
            _ => {
                let features = &prepared.features;
                let training = contestant.training(self.bench.training);
                let trunk = self.trunk(contestant, prepared, number)?;
                let around = around.as_ref().map(|around| around.around());
                let beside = Beside { around, trunk: trunk.as_ref() };
                (features, training.fit(&contestant.model, &set(features)?, beside, seed)?)
            }
        };
        let seen = ground(around.as_ref());
        let scores = model.score(&features.select(&prepared.held_out), seen)?;
        let reference = self.reference_scores(contestant, prepared, (&model, seen))?;
        let samples = &self.ground.samples;
        // Each cell counts in one fold: the one that holds it out, or where none does, any.
        let here = |cell: usize| match self.territory.pooled() {
            true => self.territory.holds_out(cell, number),
            false => cell % self.territory.folds() == number,
        };
        let unseen = |cell: &usize| here(*cell) && self.deposits.binary_search(cell).is_err();
        let of_map = prepared.cells.iter().zip(&reference).filter(|(cell, _)| unseen(cell));
        pool.map_scores.extend(of_map.map(|(_, score)| *score));
        let (units, of_deposits): (Vec<usize>, Vec<f32>) = prepared
            .held_out
            .iter()
            .zip(&scores)
            .filter(|(row, _)| samples[**row].is_deposit())
            .map(|(row, score)| (samples[*row].unit, *score))
            .unzip();
        let on_map = self.bench.stack.has_map();
        if let Some(shares) = metric::share_of_area(&of_deposits, &reference).filter(|_| on_map) {
            pool.share_of_area.extend(shares);
            pool.share_group.extend(units.iter().map(|&unit| self.territory.group(unit)));
        }
        pool.rows.extend(&prepared.held_out);
        pool.scores.extend(scores.iter().map(|score| f64::from(*score)));
        pool.folds.extend(std::iter::repeat_n(number, prepared.held_out.len()));
        Ok(model)
    }

    /// Scores of the reference cells.
    fn reference_scores(
        &self,
        contestant: &Contestant,
        prepared: &Prepared,
        (model, ground): (&FittedModel, Option<&dyn Seen>),
    ) -> Result<Vec<f32>> {
        Ok(match contestant.coordinates_only {
            true => model
                .predict(&coordinates(self.bench.stack, &prepared.cells)?.unwrap_or_default())?,
            false => model.score(&prepared.cell_features, ground)?,
        })
    }

    /// What may be compared: everything, or what one model scored.
    fn strata(&self, kind: SplitKind, pool: &Pool) -> Vec<u64> {
        match kind == SplitKind::Random || self.territory.pooled() {
            true => Vec::new(),
            false => pool.folds.iter().map(|fold| *fold as u64).collect(),
        }
    }

    /// What was scored, without probabilities.
    fn held_out(&self, kind: SplitKind, pool: &Pool) -> HeldOut {
        let samples = || pool.rows.iter().map(|&row| &self.ground.samples[row]);
        HeldOut {
            score: pool.scores.clone(),
            probability: Vec::new(),
            deposit: samples().map(Sample::is_deposit).collect(),
            weight: samples().map(|sample| f64::from(sample.weight)).collect(),
            group: samples().map(|sample| self.territory.group(sample.unit)).collect(),
            stratum: self.strata(kind, pool),
            fold: pool.folds.iter().map(|fold| *fold as u64).collect(),
            share_of_area: pool.share_of_area.clone(),
            share_group: pool.share_group.clone(),
        }
    }

    fn finish(&self, kind: SplitKind, pool: Pool) -> Result<(HeldOut, Vec<f32>)> {
        let mut held_out = self.held_out(kind, &pool);
        // A sample of several pairs would be calibrated on its own label.
        let once = pool.rows.iter().collect::<BTreeSet<_>>().len() == pool.rows.len();
        if once {
            held_out.probability = calibrate::cross_fitted(
                self.bench.calibration,
                &held_out.score,
                &held_out.deposit,
                &held_out.weight,
                &pool.folds,
            )?;
        }
        Ok((held_out, pool.map_scores))
    }
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
