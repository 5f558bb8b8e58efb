//! Whether pretraining helps, and at how many deposits: `study_district OUT.json [DISTRICTS]`.
//!
//! On synthetic districts whose deposits are all known, some number of deposits of the western half train beside
//! 20 times as many other cells; all deposits of the eastern half, 10 cells away and more, are ranked among
//! its other cells. Pretraining sees windows of the west alone, once a district. Five districts, all by the
//! same settings, none of which was chosen by these figures.
#![expect(clippy::print_stderr, reason = "says how far it is")]

use std::io::{Error, Result};

use paydirt_bench::networks::{DISTRICT, contestants, pretraining};
use paydirt_bench::world::{Told, World, moments, tell};
use paydirt_core::district::{LITHOLOGY, Settings, generate};
use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use paydirt_core::seed::Seed;
use paydirt_model::neural::train::Run;
use paydirt_model::neural::{Around, GroundLayer};
use rand::seq::IndexedRandom;
use serde_json::json;

/// Deposits that train.
const COUNTS: [usize; 6] = [5, 10, 20, 40, 80, 160];
const SIDE: usize = 200;
/// Columns between the halves.
const APART: usize = 10;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let out =
        arguments.next().ok_or_else(|| Error::other("study_district OUT.json [DISTRICTS]"))?;
    let districts = arguments.next().map_or(Ok(5), |count| count.parse()).map_err(Error::other)?;
    let list = contestants(DISTRICT);
    let mut found: Vec<[Vec<Told>; COUNTS.len()]> =
        list.iter().map(|_| Default::default()).collect();
    for number in 0..districts {
        let (world, area) = district(number)?;
        let half = |east: bool| {
            Mask::from_fn(area.len(), |unit| {
                let col = unit % SIDE;
                let inside =
                    if east { col >= SIDE / 2 + APART / 2 } else { col < SIDE / 2 - APART / 2 };
                area.get(unit) && inside
            })
        };
        let (west, east) = (half(false), half(true));
        let seed = Seed(number).derive("learning curve", 0);
        let ground = world.ground(west.clone())?;
        let (backbone, _) = pretraining(DISTRICT)
            .fit(&ground, seed.derive("pretrain", 0), Run::default())
            .map_err(Error::other)?;
        let of = |side: &Mask| -> Vec<usize> {
            world.deposits.iter().copied().filter(|unit| side.get(*unit)).collect()
        };
        let (known, held_out) = (of(&west), of(&east));
        let others: Vec<usize> = east.iter().filter(|unit| !held_out.contains(unit)).collect();
        for (at, count) in COUNTS.into_iter().enumerate() {
            let mut rng = seed.derive("deposits", count as u64).rng();
            let drawn: Vec<usize> = known.sample(&mut rng, count).copied().collect();
            let rest = world.unlabelled(&west, 20 * count, seed.derive("others", count as u64));
            for (contestant, curve) in list.iter().zip(&mut found) {
                let pretrained = contestant.pretrain.is_some();
                let around = Around { ground: &ground, backbone: pretrained.then_some(&backbone) };
                let fitted = world.fit_in(&contestant.model, [&drawn, &rest], around, seed)?;
                let scores = world.score(&fitted, &[&held_out[..], &others].concat())?;
                curve[at].push(tell(&scores, held_out.len()));
            }
        }
        eprintln!(
            "district {number}: {} deposits in the west, {} held out",
            known.len(),
            held_out.len()
        );
    }
    let lines = list.iter().zip(&found).map(|(contestant, curve)| {
        let of = |of: &dyn Fn(&Told) -> f64| -> Vec<[f64; 2]> {
            let figures = |told: &Vec<Told>| moments(&told.iter().map(of).collect::<Vec<_>>());
            curve.iter().map(figures).collect()
        };
        json!({
            "model": contestant.name,
            "roc_auc": of(&|told| told.auc),
            "capture_5": of(&|told| told.capture[2]),
        })
    });
    let told =
        json!({"deposits": COUNTS, "districts": districts, "models": lines.collect::<Vec<_>>()});
    fs_err::write(out, serde_json::to_string_pretty(&told).map_err(Error::other)? + "\n")
}

/// A district as layers of numbers, and its cells with all evidence.
fn district(number: u64) -> Result<(World, Mask)> {
    let settings = Settings {
        rows: SIDE,
        cols: SIDE,
        deposits: 480.0,
        survey_bias: 0.0,
        cover_share: 0.0,
        seed: number,
        ..Settings::default()
    };
    let found = generate(&settings).map_err(Error::other)?;
    let mut layers = Vec::new();
    for layer in &found.layers {
        let values: Vec<f32> = layer.stored().to_vec();
        let name = &layer.info.name;
        if layer.info.evidence_type != EvidenceType::Categorical {
            layers.push((GroundLayer::new(name, EvidenceType::Continuous), values));
            continue;
        }
        for code in 1..=LITHOLOGY.len() {
            let is = |value: &f32| {
                if value.is_nan() { *value } else { f32::from(u8::from(*value == code as f32)) }
            };
            let name = format!("{name}_{code}");
            let values = values.iter().map(is).collect();
            layers.push((GroundLayer::new(&name, EvidenceType::Continuous), values));
        }
    }
    let deposits: Vec<usize> = found.deposits.iter().map(|deposit| deposit.unit).collect();
    let groups = (0..deposits.len()).collect();
    let complete = |unit: usize| layers.iter().all(|(_, values)| values[unit].is_finite());
    let area = Mask::from_fn(found.area.len(), complete);
    Ok((World { shape: [SIDE, SIDE], layers, deposits, groups }, area))
}
