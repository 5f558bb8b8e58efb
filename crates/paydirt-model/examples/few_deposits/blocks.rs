//! Blocks of the Yukon that hold out what they judge; pretexts are fitted on the training side.

use std::io::{Error, Result};
use std::path::Path;

use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use rand::RngExt;
use rand::seq::SliceRandom;

use crate::table::{read, select, training};
use crate::yukon::{Labelled, Pretexts, judged, others, spread};

/// Unique rows with places, and the points of the pretext with theirs.
struct Placed {
    labelled: Labelled,
    places: Vec<[f32; 2]>,
    pretexts: Pretexts,
    pretext_places: Vec<[f32; 2]>,
}

fn places(table: &Table, names: [&str; 2]) -> Result<Vec<[f32; 2]>> {
    let both = select(table, &names)?;
    let [east, north] = [0, 1].map(|axis| &both.columns()[axis].values);
    Ok(east.iter().zip(north).map(|(east, north)| [*east, *north]).collect())
}

impl Placed {
    fn read(folder: &Path) -> Result<Self> {
        let all = Labelled::read(&folder.join("02_Train_PCA.csv"))?;
        let at = places(&read(&folder.join("01_Train_VO.csv"))?, ["ESTE", "NORTE"])?;
        let bits = |row: usize| -> Vec<u32> {
            all.rows.columns().iter().map(|column| column.values[row].to_bits()).collect()
        };
        let mut seen = std::collections::BTreeSet::new();
        let kept: Vec<usize> =
            (0..at.len()).filter(|row| at[*row][0] > 0.0 && seen.insert(bits(*row))).collect();
        Ok(Self {
            labelled: Labelled {
                rows: all.rows.select(&kept),
                deposit: kept.iter().map(|row| all.deposit[*row]).collect(),
            },
            places: kept.iter().map(|row| at[*row]).collect(),
            pretext_places: places(&read(&folder.join("03_Train_Pretext.csv"))?, ["E", "N"])?,
            pretexts: Pretexts::read(folder)?,
        })
    }

    /// The fold of each labelled row and each point of the pretext (none where no labelled row lies in its
    /// block).
    fn folds(&self, block_m: f32, seed: Seed) -> [Vec<Option<usize>>; 2] {
        let mut rng = seed.rng();
        let origin = [0, 1].map(|_| rng.random::<f32>() * block_m);
        let block = |place: &[f32; 2]| {
            [0, 1].map(|axis| ((place[axis] + origin[axis]) / block_m).floor() as i64)
        };
        let mut blocks: Vec<[i64; 2]> = self.places.iter().map(block).collect();
        blocks.sort_unstable();
        blocks.dedup();
        blocks.shuffle(&mut rng);
        let fold = |place: &[f32; 2]| blocks.iter().position(|b| *b == block(place)).map(|b| b % 5);
        [&self.places, &self.pretext_places].map(|places| places.iter().map(fold).collect())
    }

    /// Fold-mean AUC of every model in one partition.
    fn partition(&self, block_m: f32, seed: Seed) -> Result<Vec<f64>> {
        let [of_rows, of_points] = self.folds(block_m, seed);
        let mut sums = vec![0.0; judged().len() + others().len()];
        for fold in 0..5 {
            let (out, train): (Vec<usize>, Vec<usize>) =
                (0..of_rows.len()).partition(|row| of_rows[*row] == Some(fold));
            let label = |rows: &[usize]| rows.iter().map(|r| self.labelled.deposit[*r]).collect();
            let set = training(self.labelled.rows.select(&train), label(&train));
            let held = Labelled { rows: self.labelled.rows.select(&out), deposit: label(&out) };
            // The pretexts see no held-out block.
            let points: Vec<usize> =
                (0..of_points.len()).filter(|point| of_points[*point] != Some(fold)).collect();
            let nested = Pretexts {
                ground: self.pretexts.points.select(&points),
                rock: points.iter().map(|point| self.pretexts.rock[*point]).collect(),
                points: self.pretexts.points.select(&points),
            };
            let seed = seed.derive("fold", fold as u64);
            let trunks = nested.fit([700, 300], seed)?;
            let fits = judged().into_iter().map(|network| network.fit(&trunks, &set, seed));
            let more =
                others().into_iter().map(|(_, model)| model.fit(&set, seed).map_err(Error::other));
            for (sum, fitted) in sums.iter_mut().zip(fits.chain(more)) {
                *sum += held.judge(&fitted?)?[0] / 5.0;
            }
        }
        Ok(sums)
    }
}

/// Blocks of 20 and 30 km, five folds, four partitions; pretexts are fitted on the training side.
///
/// # Errors
/// As [`validation`].
pub(crate) fn blocks(folder: &Path) -> Result<String> {
    let placed = Placed::read(folder)?;
    let mut of_sizes = Vec::new();
    for block_m in [20_000.0, 30_000.0] {
        let runs: Vec<Vec<f64>> = (0..4)
            .map(|partition| placed.partition(block_m, Seed(partition)))
            .collect::<Result<_>>()?;
        of_sizes.push(runs);
    }
    let mut text = format!(
        "{} rows, {} deposits.\n\n| model | 20 km | 30 km |\n|---|---|---|\n",
        placed.labelled.deposit.len(),
        placed.labelled.deposit.iter().filter(|deposit| **deposit).count()
    );
    let names = judged().into_iter().map(|network| network.name);
    for (place, name) in names.chain(others().into_iter().map(|(name, _)| name)).enumerate() {
        let told = of_sizes
            .iter()
            .map(|runs| spread(&runs.iter().map(|run| run[place]).collect::<Vec<f64>>()));
        let told: Vec<String> = told.collect();
        text += &format!("| {name} | {} |\n", told.join(" | "));
    }
    Ok(text)
}
