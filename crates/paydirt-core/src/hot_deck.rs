//! Plausible values for missing evidence, several for each cell.

use rand::seq::SliceRandom;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::layer::EvidenceType;
use crate::seed::Seed;
use crate::table::{Column, Table};
use crate::{Error, Result};

/// Most complete rows that are kept to choose from.
const MOST_DONORS: usize = 1000;

/// Random hot deck among nearest neighbours, for multiple imputation.
///
/// What is missing in a row is taken from a complete row (a *donor*) drawn at random among the
/// `neighbours` donors that are nearest in what the row knows: all of it from one donor, so that filled
/// values go together as they do in nature. Several draws are several plausible worlds; their variance
/// is what the missing evidence leaves open (Rubin 1987, DOI 10.1002/9780470316696; Andridge and Little
/// 2010, DOI 10.1111/j.1751-5823.2010.00103.x). The squared distance is the mean over the known columns
/// of the squared difference in standard deviations; two categories are 0 apart if equal and 1 if not.
/// Donors stand in random order, so that of equally near ones any may be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HotDeck {
    neighbours: usize,
    donors: Table,
    /// One over the standard deviation of each column; 0 for a constant one.
    scales: Vec<f32>,
}

impl HotDeck {
    /// Keeps complete rows of `training` (raw evidence, one column a layer) to choose from.
    ///
    /// # Errors
    /// [`Error::TooFew`] where no two rows are complete.
    pub fn fit(training: &Table, neighbours: usize, seed: Seed) -> Result<Self> {
        let mut rows: Vec<usize> =
            (0..training.rows()).filter(|&row| training.complete(row)).collect();
        rows.shuffle(&mut seed.rng());
        rows.truncate(MOST_DONORS);
        if rows.len() < 2 {
            let what = "cells with all evidence, to fill in what others miss".into();
            return Err(Error::TooFew { what, found: rows.len(), needed: 2 });
        }
        let donors = training.select(&rows);
        let scales = donors.columns().iter().map(scale).collect();
        Ok(Self { neighbours: neighbours.clamp(1, rows.len()), donors, scales })
    }

    /// Names of the columns that can be filled.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.donors.names()
    }

    /// The chosen rows of a table filled `draws` times, each time from other donors (while there are
    /// enough near ones). Each table holds the columns of the donors, in their order. `seed` gives the
    /// seed of a row of `table`.
    ///
    /// # Errors
    /// [`Error::Unknown`] if a column of the donors is not there.
    pub fn fill(
        &self,
        table: &Table,
        rows: &[usize],
        draws: usize,
        seed: impl Fn(usize) -> Seed + Sync,
    ) -> Result<Vec<Table>> {
        let columns = self.donors.columns().iter().map(|donor| {
            table.column(&donor.name).ok_or_else(|| Error::Unknown {
                what: "column",
                name: donor.name.clone(),
                known: table.names().join(", "),
            })
        });
        let columns: Vec<&Column> = columns.collect::<Result<_>>()?;
        let chosen: Vec<Vec<usize>> = rows
            .par_iter()
            .map(|&row| {
                let near = self.nearest(&columns, row);
                let mut order: Vec<usize> = near.clone();
                order.shuffle(&mut seed(row).rng());
                order.into_iter().cycle().take(draws).collect()
            })
            .collect();
        (0..draws).map(|draw| self.filled(&columns, rows, |index| chosen[index][draw])).collect()
    }

    /// The donors nearest to a row.
    fn nearest(&self, columns: &[&Column], row: usize) -> Vec<usize> {
        let mut sums = vec![0.0_f32; self.donors.rows()];
        for ((column, donor), scale) in columns.iter().zip(self.donors.columns()).zip(&self.scales)
        {
            if !column.known[row] {
                continue;
            }
            let value = column.values[row];
            let classes = donor.evidence_type == EvidenceType::Categorical;
            for (sum, other) in sums.iter_mut().zip(&donor.values) {
                *sum += match classes {
                    true => f32::from(u8::from(value != *other)),
                    false => ((value - other) * scale).powi(2).min(f32::MAX / 1e6),
                };
            }
        }
        let mut order: Vec<usize> = (0..sums.len()).collect();
        if self.neighbours < order.len() {
            let nearer = |a: &usize, b: &usize| sums[*a].total_cmp(&sums[*b]).then(a.cmp(b));
            order.select_nth_unstable_by(self.neighbours - 1, nearer);
            order.truncate(self.neighbours);
        }
        order.sort_unstable();
        order
    }

    /// The rows with what is missing taken from one donor each.
    fn filled(
        &self,
        columns: &[&Column],
        rows: &[usize],
        donor: impl Fn(usize) -> usize,
    ) -> Result<Table> {
        let fill = |(column, donors): (&&Column, &Column)| {
            let value = |(index, &row): (usize, &usize)| match column.known[row] {
                true => column.values[row],
                false => donors.values[donor(index)],
            };
            let values = rows.iter().enumerate().map(value).collect();
            Column::new(&column.name, &column.layer, column.evidence_type, values)
        };
        Table::new(rows.len(), columns.iter().zip(self.donors.columns()).map(fill).collect())
    }
}

fn scale(column: &Column) -> f32 {
    let values: Vec<f64> = column.values.iter().map(|&value| f64::from(value)).collect();
    let deviation = crate::budget::variance(&values).sqrt();
    if deviation > 0.0 && deviation.is_finite() { (1.0 / deviation) as f32 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::budget::variance;

    fn table(columns: &[(&str, EvidenceType, Vec<f32>)]) -> Table {
        let rows = columns[0].2.len();
        let column = |(name, kind, values): &(&str, EvidenceType, Vec<f32>)| {
            Column::new(name, name, *kind, values.clone())
        };
        Table::new(rows, columns.iter().map(column).collect()).unwrap()
    }

    /// `a` says everything of `b` (b = 2 a) and nothing of `c`, which has a variance of 1/12.
    fn world(rows: usize) -> Table {
        let mut rng = Seed(1).rng();
        let a: Vec<f32> = (0..rows).map(|_| rng.random()).collect();
        let b = a.iter().map(|a| 2.0 * a).collect();
        let c = (0..rows).map(|_| rng.random()).collect();
        use EvidenceType::Continuous;
        table(&[("a", Continuous, a), ("b", Continuous, b), ("c", Continuous, c)])
    }

    #[test]
    fn the_draws_vary_as_much_as_what_is_known_leaves_open() {
        let deck = HotDeck::fit(&world(1000), 20, Seed(2)).unwrap();
        use EvidenceType::Continuous;
        let a: Vec<f32> = (0..400).map(|i| 0.1 + 0.002 * i as f32).collect();
        let nothing = vec![f32::NAN; 400];
        let gaps = table(&[
            ("a", Continuous, a),
            ("b", Continuous, nothing.clone()),
            ("c", Continuous, nothing),
        ]);
        let rows: Vec<usize> = (0..400).collect();
        let filled = deck.fill(&gaps, &rows, 5, |row| Seed(9).derive("row", row as u64)).unwrap();
        let mean_variance = |column: usize| {
            let of_row = |row: usize| {
                let values: Vec<f64> =
                    filled.iter().map(|t| f64::from(t.columns()[column].values[row])).collect();
                variance(&values)
            };
            (0..400).map(of_row).sum::<f64>() / 400.0
        };
        assert_eq!(mean_variance(0), 0.0);
        // Known to within twenty neighbours of a thousand.
        assert!(mean_variance(1) < 2e-3, "{}", mean_variance(1));
        assert!((mean_variance(2) * 12.0 - 1.0).abs() < 0.1, "{}", mean_variance(2) * 12.0);
    }

    #[test]
    fn what_is_missing_comes_from_one_donor_and_what_is_known_stays() {
        use EvidenceType::{Categorical, Continuous};
        let donors = table(&[
            ("rock", Categorical, vec![1.0, 1.0, 2.0, 2.0]),
            ("as", Continuous, vec![10.0, 11.0, 20.0, 21.0]),
            ("sb", Continuous, vec![100.0, 110.0, 200.0, 210.0]),
        ]);
        let deck = HotDeck::fit(&donors, 2, Seed(5)).unwrap();
        let gaps = table(&[
            ("rock", Categorical, vec![2.0, 7.0]),
            ("as", Continuous, vec![f32::NAN, 11.2]),
            ("sb", Continuous, vec![f32::NAN, f32::NAN]),
        ]);
        let filled = deck.fill(&gaps, &[1, 0], 2, |row| Seed(row as u64)).unwrap();
        let mut sb = Vec::new();
        for table in &filled {
            let [rock, arsenic, antimony] = table.columns() else { panic!("three columns") };
            assert_eq!((rock.values[0], arsenic.values[0]), (7.0, 11.2));
            assert_eq!(antimony.values[1], 10.0 * arsenic.values[1]);
            assert!(table.complete(0) && table.complete(1));
            sb.push((antimony.values[0], antimony.values[1]));
        }
        sb.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert_eq!([sb[0].0, sb[1].0], [100.0, 110.0]);
        let mut of_rock_two = [sb[0].1, sb[1].1];
        of_rock_two.sort_by(f32::total_cmp);
        assert_eq!(of_rock_two, [200.0, 210.0]);
    }

    #[test]
    fn the_same_seed_fills_the_same_and_nothing_to_choose_from_is_an_error() {
        let deck = HotDeck::fit(&world(50), 60, Seed(2)).unwrap();
        use EvidenceType::Continuous;
        let gaps = table(&[
            ("a", Continuous, vec![f32::NAN]),
            ("b", Continuous, vec![f32::NAN]),
            ("c", Continuous, vec![0.5]),
        ]);
        let fill = |draws| deck.fill(&gaps, &[0], draws, |_| Seed(4)).unwrap();
        assert_eq!(fill(3), fill(3));
        // More draws than donors: some are used again.
        assert_eq!(fill(120).len(), 120);
        assert!(matches!(HotDeck::fit(&gaps, 5, Seed(1)), Err(Error::TooFew { .. })));
        let other = table(&[("a", Continuous, vec![1.0])]);
        assert!(matches!(deck.fill(&other, &[0], 1, |_| Seed(1)), Err(Error::Unknown { .. })));
    }
}
