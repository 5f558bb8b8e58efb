//! The masked-autoencoder system on magmatic nickel in Montana, Idaho and Wyoming, by the published protocol and by
//! an honest one: `study_maniac FOLDER OUT.json [published|5|33]...`, FOLDER with the 14 layers and the label.
//!
//! Published: likely negatives by distance rank 0.4 to 0.7, 20 a deposit, then a random split in 50, 25 and 25
//! per cent, so that cells of one intrusion train and test; beside it the same fits against all other cells.
//! Honest: deposits within 3 (16) cells are one group, each group is held out with 5 (33) cells around it, and
//! its cells are ranked among all that was not fitted on. Networks of 5 x 5 (33 x 33) cells. What OUT.json holds
//! already is not told again.
#![expect(clippy::print_stderr, reason = "says how far it is")]

use std::io::{Error, Result};
use std::path::{Path, PathBuf};

use paydirt_bench::networks::{PUBLISHED, SMALL, WIDE, contestants};
use paydirt_bench::world::{Contestant, Told, World, moments, tell};
use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use paydirt_core::seed::Seed;
use paydirt_io::raster;
use paydirt_model::neural::GroundLayer;
use rand::seq::SliceRandom;
use serde_json::{Map, Value, json};

const SEEDS: u64 = 3;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, out, which @ ..] = &arguments[..] else {
        return Err(Error::other("study_maniac FOLDER OUT.json [published|5|33]..."));
    };
    let mut world = read(Path::new(folder))?;
    let out = PathBuf::from(out);
    let mut found: Map<String, Value> = match fs_err::read_to_string(&out) {
        Ok(text) => serde_json::from_str(&text).map_err(Error::other)?,
        Err(_) => Map::new(),
    };
    for protocol in which {
        let (list, grouping) = match &**protocol {
            "published" => (contestants(PUBLISHED), None),
            "5" => (contestants(SMALL), Some([3.0, 5.0])),
            "33" => (contestants(WIDE), Some([16.0, 33.0])),
            other => return Err(Error::other(format!("there is no protocol `{other}`"))),
        };
        if let Some([within, _]) = grouping {
            world.group_within(within);
        }
        for contestant in &list {
            let lines = found.entry(protocol).or_insert_with(|| Value::Array(Vec::new()));
            let Value::Array(lines) = lines else { return Err(Error::other("not a list")) };
            // What an earlier call told is kept: a network takes long.
            if lines.iter().any(|line| line["model"] == contestant.name) {
                continue;
            }
            lines.push(match grouping {
                None => published(&world, contestant)?,
                Some([_, buffer]) => grouped(&world, contestant, buffer)?,
            });
            let text = serde_json::to_string_pretty(&found).map_err(Error::other)?;
            fs_err::write(&out, text + "\n")?;
        }
    }
    Ok(())
}

/// The layers on the grid of one of them.
fn read(folder: &Path) -> Result<World> {
    let mut files: Vec<PathBuf> = fs_err::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "tif"))
        .collect();
    files.sort();
    let first = files.first().ok_or_else(|| Error::other("no layers"))?;
    let grid = raster::inspect(first).and_then(|info| info.grid(first)).map_err(Error::other)?;
    let (mut layers, mut deposits) = (Vec::new(), Vec::new());
    for file in &files {
        let (values, _) =
            raster::read(file, &grid, &raster::Request::default()).map_err(Error::other)?;
        let name = file.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default();
        match name.starts_with("Geophysics") {
            true => layers.push((GroundLayer::new(&name, EvidenceType::Continuous), values)),
            false => deposits.extend((0..values.len()).filter(|unit| values[*unit] > 0.5)),
        }
    }
    let groups = (0..deposits.len()).collect();
    Ok(World { shape: [grid.rows, grid.cols], layers, deposits, groups })
}

/// Cells by their summed distance from all deposits, in standardised values of the cell; nearest first.
fn by_likeness(world: &World) -> Vec<usize> {
    let cells = world.shape[0] * world.shape[1];
    let mut sums = vec![0.0_f64; cells * world.deposits.len()];
    for (_, values) in &world.layers {
        let [_, deviation] = moments(&values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>());
        for (unit, value) in values.iter().enumerate() {
            for (place, deposit) in world.deposits.iter().enumerate() {
                let apart = f64::from(value - values[*deposit]) / deviation;
                sums[unit * world.deposits.len() + place] += apart * apart;
            }
        }
    }
    let total = |unit: usize| -> f64 {
        let of_unit = &sums[unit * world.deposits.len()..(unit + 1) * world.deposits.len()];
        of_unit.iter().map(|squares| squares.sqrt()).sum()
    };
    let mut order: Vec<(f64, usize)> = (0..cells)
        .filter(|unit| !world.deposits.contains(unit))
        .map(|unit| (total(unit), unit))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    order.into_iter().map(|(_, unit)| unit).collect()
}

fn published(world: &World, contestant: &Contestant) -> Result<Value> {
    let order = by_likeness(world);
    let band = &order[(0.4 * order.len() as f64) as usize..(0.7 * order.len() as f64) as usize];
    let everywhere = Mask::new(world.shape[0] * world.shape[1], true);
    let mut told: Vec<[Told; 2]> = Vec::new();
    for seed in 0..SEEDS {
        let seed = Seed(seed).derive("published", 0);
        let part = |list: &[usize], count: usize, purpose: &str| {
            let mut list = list.to_vec();
            list.shuffle(&mut seed.derive(purpose, 0).rng());
            list.truncate(count);
            list
        };
        let deposits = part(&world.deposits, world.deposits.len(), "deposits");
        let negatives = part(band, 20 * deposits.len(), "negatives");
        // Half trains, a quarter would choose settings, a quarter tests.
        let quarters = |list: &[usize]| {
            let (half, rest) = list.split_at(list.len() / 2);
            (half.to_vec(), rest[rest.len() / 2..].to_vec())
        };
        let ((train, test), (others, test_others)) = (quarters(&deposits), quarters(&negatives));
        let model = world.fit(contestant, [&train, &others], &everywhere, seed)?;
        let scores = world.score(&model, &[&test[..], &test_others].concat())?;
        let on_map = world.rank(&model, &test, &[&train[..], &others].concat())?;
        told.push([tell(&scores, test.len(), 1), on_map]);
        say(contestant.name, told.last().map(|told| told[0]));
    }
    let of = |side: usize| told.iter().map(|pair| pair[side]).collect::<Vec<_>>();
    let name = contestant.name;
    Ok(json!({"model": name, "test": figures(&of(0)), "against_all_cells": figures(&of(1))}))
}

/// Each group held out with a buffer.
fn grouped(world: &World, contestant: &Contestant, buffer: f64) -> Result<Value> {
    let numbers = world.group_numbers();
    let mut seeds: Vec<Vec<Told>> = Vec::new();
    for seed in 0..SEEDS {
        let seed = Seed(seed).derive("grouped", 0);
        let of_group = |group: &usize| fold(world, contestant, (*group, buffer), seed);
        seeds.push(numbers.iter().map(of_group).collect::<Result<_>>()?);
        say(contestant.name, seeds.last().map(|folds| mean_of(folds)));
    }
    let means: Vec<Told> = seeds.iter().map(|folds| mean_of(folds)).collect();
    let weighted = seeds.iter().map(|folds| weighted_percentile(folds)).collect::<Vec<_>>();
    let groups = (0..numbers.len()).map(|at| {
        let of_group: Vec<f64> = seeds.iter().map(|folds| folds[at].percentile).collect();
        json!({"cells": seeds[0][at].cells, "percentile": moments(&of_group)})
    });
    Ok(json!({
        "model": contestant.name,
        "mean_over_groups": figures(&means),
        "percentile_by_cells": moments(&weighted),
        "groups": groups.collect::<Vec<_>>(),
    }))
}

fn fold(
    world: &World,
    contestant: &Contestant,
    (group, buffer): (usize, f64),
    seed: Seed,
) -> Result<Told> {
    let side = |held: bool| -> Vec<usize> {
        let pairs = world.deposits.iter().zip(&world.groups);
        pairs.filter(|(_, of)| (**of == group) == held).map(|(unit, _)| *unit).collect()
    };
    let (held_out, others) = (side(true), side(false));
    let training = world.beyond(&held_out, buffer);
    let deposits: Vec<usize> = others.into_iter().filter(|unit| training.get(*unit)).collect();
    let seed = seed.derive("fold", group as u64);
    let unlabelled = world.unlabelled(&training, 20 * deposits.len(), seed.derive("unlabelled", 0));
    let model = world.fit(contestant, [&deposits, &unlabelled], &training, seed)?;
    world.rank(&model, &held_out, &[deposits, unlabelled].concat())
}

/// The mean over groups, each alike.
fn mean_of(folds: &[Told]) -> Told {
    let mean = |of: &dyn Fn(&Told) -> f64| moments(&folds.iter().map(of).collect::<Vec<_>>())[0];
    Told {
        percentile: mean(&|told| told.percentile),
        auc: mean(&|told| told.auc),
        average_precision: mean(&|told| told.average_precision),
        capture: std::array::from_fn(|at| mean(&|told| told.capture[at])),
        cells: folds.iter().map(|told| told.cells).sum(),
    }
}

fn weighted_percentile(folds: &[Told]) -> f64 {
    let cells: usize = folds.iter().map(|told| told.cells).sum();
    folds.iter().map(|told| told.percentile * told.cells as f64).sum::<f64>() / cells as f64
}

/// Mean and spread over seeds of each figure.
fn figures(seeds: &[Told]) -> Value {
    let of = |of: &dyn Fn(&Told) -> f64| moments(&seeds.iter().map(of).collect::<Vec<_>>());
    json!({
        "percentile": of(&|told| told.percentile),
        "roc_auc": of(&|told| told.auc),
        "average_precision": of(&|told| told.average_precision),
        "capture_1": of(&|told| told.capture[0]),
        "capture_2": of(&|told| told.capture[1]),
        "capture_5": of(&|told| told.capture[2]),
        "capture_10": of(&|told| told.capture[3]),
    })
}

fn say(name: &str, told: Option<Told>) {
    if let Some(told) = told {
        eprintln!("{name}: {:.3} ({:.3})", told.percentile, told.average_precision);
    }
}
