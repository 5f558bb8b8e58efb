//! What the user should know of the samples and the ground of a repeat.

use paydirt_core::label::{Role, Sample};
use paydirt_core::sample::Sampling;
use paydirt_core::split::Territory;
use paydirt_model::Model;
use paydirt_model::neural::masked_autoencoder;
use paydirt_model::pretrain::Pretrain;

use crate::console::Console;
use crate::ground;
use crate::judge::{Bench, Contestant};
use crate::report::number;

/// Tells what the draw and the split could not do.
pub(super) fn warn(
    bench: &Bench<'_>,
    samples: &[Sample],
    territory: &dyn Territory,
    console: &Console,
) {
    territory.warnings().into_iter().for_each(|warning| console.warn(warning));
    warn_of_holes(bench, console);
    let negatives =
        |samples: &[Sample]| samples.iter().filter(|s| s.role == Role::Negative).count();
    let unused = negatives(bench.labelled).saturating_sub(negatives(samples));
    if unused > 0 {
        console.warn(format!(
            "{unused} verified negatives are not used by [sample.{}]; [sample.given_negatives] uses \
             them",
            bench.sampling.key()
        ));
    }
    let deposits = samples.iter().filter(|sample| sample.is_deposit()).count();
    let drawn = samples.len() - deposits;
    if let Some(wanted) = bench.sampling.wanted(deposits).filter(|wanted| drawn < *wanted) {
        console.warn(format!("only {drawn} unlabelled units could be drawn, {wanted} were wanted"));
    }
}

/// Windows that are wider than the buffer see, around what is held out, ground that trained: no evidence of
/// held-out ground was learned from, but held-out deposits near its edge are seen beside ground that was.
pub(in crate::judge) fn warn_of_windows(
    bench: &Bench<'_>,
    contestants: &[Contestant],
    console: &Console,
) {
    warn_of_backbones(contestants, console);
    let Some(grid) = bench.stack.grid() else { return };
    let pretrained =
        bench.pretrain.and_then(Pretrain::of_windows).map(masked_autoencoder::Settings::shape);
    let own = contestants.iter().filter_map(|contestant| contestant.model.window());
    let reach = own.chain(pretrained).map(|shape| shape.reach_cells()).max().unwrap_or(0);
    let reach_m = ground::reach_m(grid, reach);
    let buffer_m = bench.split.buffer_m();
    if reach_m > buffer_m {
        console.warn(format!(
            "windows reach {} from their cell, more than the split's buffer_m of {buffer_m}: those around \
             held-out samples see ground that trained. Windows that train see nothing of held-out ground in \
             any case",
            number::length(reach_m)
        ));
    }
}

/// What was pretrained before this run may have seen evidence of ground that is held out here.
fn warn_of_backbones(contestants: &[Contestant], console: &Console) {
    let of_file = |contestant: &Contestant| match &contestant.model {
        Model::Vit(settings) => settings.backbone.as_ref()?.path.clone(),
        _ => None,
    };
    if let Some(path) = contestants.iter().find_map(of_file) {
        console.warn(format!(
            "`{}` was pretrained before this run: if that was on ground that is held out here, it saw the \
             evidence of that ground, though no label",
            path.display()
        ));
    }
}

/// The unlabelled keep clear of all deposits, also of those that will be held out: without a buffer as
/// wide, training ground shows the edge of a hole where a held-out deposit lies.
fn warn_of_holes(bench: &Bench<'_>, console: &Console) {
    let buffer_m = bench.split.buffer_m();
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
