//! What judging gathers, repeat by repeat.

use paydirt_core::metric::{self, HeldOut};
use paydirt_model::effect::stability::View;

use super::found::Found;
use super::round::Round;
use super::search::Searched;
use super::{Bench, Contestant, Ground, Importance, Judged, Scored, replicates};
use crate::error::Result;
use crate::ground::Completion;

/// What is found beside scores while repeats are judged.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    /// Falls of the AUC, of each that is shuffled.
    pub(super) falls: Vec<Vec<f64>>,
    /// What the chosen model says of each layer.
    pub(super) views: Vec<View>,
    /// How well what was pretrained completes what each fold of the repeat holds out.
    pub(super) completions: Vec<(usize, Completion)>,
}

/// All that was found so far.
pub(super) struct Gathered {
    grounds: Vec<Ground>,
    searched: Vec<Searched>,
    /// Of each contestant, an entry a repeat.
    held_out: Vec<Vec<HeldOut>>,
    map_scores: Vec<Vec<f32>>,
    findings: Findings,
    completions: Vec<([usize; 2], Completion)>,
}

impl Gathered {
    pub(super) fn new(bench: &Bench<'_>, contestants: &[Contestant]) -> Self {
        let falls = vec![Vec::new(); bench.shuffled().len()];
        Self {
            grounds: Vec::new(),
            searched: Vec::new(),
            held_out: vec![Vec::new(); contestants.len()],
            map_scores: vec![Vec::new(); contestants.len()],
            findings: Findings { falls, ..Findings::default() },
            completions: Vec::new(),
        }
    }

    /// Adds a repeat: what its folds found, and what was searched inside them.
    pub(super) fn add(
        &mut self,
        repeat: usize,
        (round, found): (Round<'_>, Vec<Found>),
        contestants: &[Contestant],
        inside: Vec<Option<Searched>>,
    ) -> Result<()> {
        let scored = round.score(contestants, found, &mut self.findings)?;
        let told = self.findings.completions.drain(..);
        self.completions.extend(told.map(|(fold, told)| ([repeat, fold], told)));
        self.searched.extend(inside.into_iter().flatten());
        for (index, (scores, of_map)) in scored.into_iter().enumerate() {
            self.held_out[index].push(scores);
            self.map_scores[index].extend(of_map);
        }
        self.grounds.push(round.into_ground());
        Ok(())
    }

    /// The figures of it all.
    pub(super) fn judged(self, bench: &Bench<'_>, contestants: &[Contestant]) -> Judged {
        let Self { grounds, searched, held_out, map_scores, findings, completions } = self;
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
        let Findings { falls, views, .. } = findings;
        let of_groups = falls.iter().skip(bench.stack.layers().len()).zip(&bench.groups);
        let of_groups = of_groups.filter(|(falls, _)| !falls.is_empty()).map(|(falls, group)| {
            let (mean, spread) = moments(falls);
            (group.clone(), mean, spread)
        });
        let group_importance = of_groups.collect();
        let importance = importance(bench, &falls);
        Judged { models, grounds, importance, group_importance, views, completions, searched }
    }
}

/// Mean and standard deviation.
fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}

/// Of the layers that the pipeline takes up, those that the model is asked about.
fn importance(bench: &Bench<'_>, falls: &[Vec<f64>]) -> Vec<Importance> {
    let modelled = |name: &String| bench.pipeline.layers.iter().any(|(layer, _)| layer == name);
    let mut list: Vec<Importance> = bench
        .stack
        .layers()
        .iter()
        .zip(falls)
        .filter(|(info, falls)| !falls.is_empty() && modelled(&info.name))
        .map(|(info, falls)| {
            let (auc_fall, spread) = moments(falls);
            Importance { layer: info.name.clone(), auc_fall, spread }
        })
        .collect();
    list.sort_by(|a, b| b.auc_fall.total_cmp(&a.auc_fall));
    list
}
