//! Flagged ground: where a model is sure of a species and nobody recorded anything, and what that is worth.

use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SpeciesLayers;
use crate::Result;
use crate::error::require;
use crate::mask::Mask;
use crate::raster::distance::Seeds;
use crate::seed::Seed;
use crate::target::{self, Scores, Target};

/// How clusters are found and matched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// A cell is claimed where its mean probability is this or more; the threshold tuned on training blocks
    /// where it is not given.
    pub threshold: Option<f32>,
    /// Clusters of fewer cells are dropped.
    pub min_cells: usize,
    /// Cells nearer than this to any record of the species are no news, in metres.
    pub away_m: f64,
    /// Ground farther than this from any record of any commodity was never looked at: nothing is claimed there,
    /// and nothing is laid down there at random. In metres.
    pub explored_m: f64,
    /// A cluster is matched where an independent record lies within this distance of it, in metres.
    pub match_m: f64,
    /// How often clusters are laid down at random for the null rate.
    pub placements: usize,
    /// Most clusters of a species that are told, the best.
    pub most: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            threshold: None,
            min_cells: 2,
            away_m: 3_218.688,
            explored_m: 16_093.44,
            match_m: 8_046.72,
            placements: 200,
            most: 20,
        }
    }
}

/// A cluster of one species.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Where it is, how sure the model is, and how far it lies from any record of the species.
    pub target: Target,
    /// Distance in metres to the nearest independent record; none where there is no record at all.
    pub match_distance_m: Option<f64>,
}

/// Clusters of one species, with what chance would match.
#[derive(Clone, Debug, PartialEq)]
pub struct Flagged {
    /// The clusters, the highest mean probability first.
    pub clusters: Vec<Cluster>,
    /// Share of the clusters that an independent record matches; none without clusters.
    pub matched: Option<f64>,
    /// Mean of that share over placements of the same clusters at random on ground that could have been
    /// claimed.
    pub null: Option<f64>,
    /// Share of the placements that match as many or more, of those and the one that was found (Phipson and
    /// Smyth 2010, doi 10.2202/1544-6115.1585).
    pub p_value: Option<f64>,
}

impl Settings {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`crate::Error::BadSetting`].
    pub fn check(&self) -> Result<()> {
        let threshold = self.threshold.unwrap_or(0.5);
        require(
            threshold > 0.0 && threshold <= 1.0,
            "flag.threshold",
            threshold,
            "over 0, up to 1",
        )?;
        require(self.min_cells > 0, "flag.min_cells", self.min_cells, "1 or more")?;
        for (key, found) in
            [("away_m", self.away_m), ("explored_m", self.explored_m), ("match_m", self.match_m)]
        {
            let holds = found.is_finite() && found >= 0.0;
            require(holds, &format!("flag.{key}"), found, "a length of 0 or more")?;
        }
        require(self.placements <= 100_000, "flag.placements", self.placements, "up to 100000")
    }

    /// Finds the clusters of a species on its map of mean probabilities (NaN where it has none). Records of none of the
    /// species are what clusters are matched with.
    ///
    /// # Errors
    /// Settings out of range, and a map that has not one value a cell.
    pub fn find(
        &self,
        layers: &SpeciesLayers,
        map: &[f32],
        threshold: f32,
        seed: Seed,
    ) -> Result<Flagged> {
        self.check()?;
        let grid = &layers.grid;
        let records = layers.occupied();
        let [near, others, any] =
            [&records, &layers.others, &layers.any].map(|cells| distances(layers, cells));
        let may = |unit: usize| {
            !map[unit].is_nan()
                && f64::from(near[unit]) >= self.away_m
                && f64::from(any[unit]) <= self.explored_m
        };
        let claimed = |unit: usize| may(unit) && map[unit] >= threshold;
        let score: Vec<f32> = (0..grid.cells())
            .map(|unit| if claimed(unit) { map[unit] } else { f32::NAN })
            .collect();
        let settings = target::Settings {
            top_share_percent: 100.0,
            min_area_km2: Some(self.min_cells as f64 * grid.cell_area_km2()),
            max_targets: self.most,
            merge_m: 0.0,
        };
        let deposits: Vec<usize> = records.iter().collect();
        let scores =
            Scores { grid, score: target::Values::Held(&score), spread: None, deposits: &deposits };
        let found = target::find(&settings, &scores)?.targets;
        let nearest = |units: &[usize]| {
            let least = units.iter().map(|unit| others[*unit]).fold(f32::INFINITY, f32::min);
            least.is_finite().then_some(f64::from(least))
        };
        let clusters: Vec<Cluster> = found
            .into_iter()
            .map(|target| Cluster { match_distance_m: nearest(&target.units), target })
            .collect();
        let free: Vec<usize> = (0..grid.cells()).filter(|unit| may(*unit)).collect();
        let placing = Placing { layers, free: &free, others: &others, match_m: self.match_m };
        Ok(placing.judge(clusters, self.placements, seed))
    }
}

/// Metres from each cell to the nearest of some.
fn distances(layers: &SpeciesLayers, cells: &Mask) -> Vec<f32> {
    let grid = &layers.grid;
    let mut seeds = Seeds::new(grid.rows, grid.cols);
    cells.iter().for_each(|unit| seeds.mark_range(unit..unit + 1));
    let [width, height] = grid.cell_size_m();
    seeds.distances(width, height, f64::INFINITY)
}

/// Where clusters are laid down.
struct Placing<'a> {
    layers: &'a SpeciesLayers,
    free: &'a [usize],
    others: &'a [f32],
    match_m: f64,
}

impl Placing<'_> {
    fn judge(&self, clusters: Vec<Cluster>, placements: usize, seed: Seed) -> Flagged {
        let count = clusters.len();
        let is = |distance: Option<f64>| distance.is_some_and(|distance| distance <= self.match_m);
        let found = clusters.iter().filter(|cluster| is(cluster.match_distance_m)).count();
        let mut flagged = Flagged { clusters, matched: None, null: None, p_value: None };
        if count == 0 {
            return flagged;
        }
        flagged.matched = Some(found as f64 / count as f64);
        if placements == 0 || self.free.is_empty() {
            return flagged;
        }
        let hits: Vec<usize> = (0..placements)
            .map(|number| {
                let mut rng = seed.derive("placement", number as u64).rng();
                let moved = flagged.clusters.iter().filter(|cluster| {
                    let to = self.free[rng.random_range(0..self.free.len())];
                    self.matches(&cluster.target.units, to)
                });
                moved.count()
            })
            .collect();
        let sum: usize = hits.iter().sum();
        flagged.null = Some(sum as f64 / (placements * count) as f64);
        let as_many = hits.iter().filter(|hits| **hits >= found).count();
        flagged.p_value = Some((as_many + 1) as f64 / (placements + 1) as f64);
        flagged
    }

    /// Whether cells that are moved so that the first of them lies at `to` are matched; those that would
    /// leave the grid count for nothing.
    fn matches(&self, units: &[usize], to: usize) -> bool {
        let grid = &self.layers.grid;
        let (first, to) = (grid.cell(units[0]), grid.cell(to));
        units.iter().any(|unit| {
            let cell = grid.cell(*unit);
            let row = (cell.row + to.row).checked_sub(first.row).filter(|row| *row < grid.rows);
            let col = (cell.col + to.col).checked_sub(first.col).filter(|col| *col < grid.cols);
            let Some((row, col)) = row.zip(col) else { return false };
            f64::from(self.others[row * grid.cols + col]) <= self.match_m
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infill::occurrence::{Rules, sites};
    use crate::infill::sample::{grid, record};

    /// 60 x 60 cells of 1 m: gold in the south-western corner, clay pits in a tenth of the ground.
    fn layers() -> SpeciesLayers {
        let mut records = vec![record("Gold", 0.5, 0.5)];
        let mut rng = Seed(3).rng();
        for _ in 0..360 {
            records.push(record("Clay", rng.random_range(0.0..60.0), rng.random_range(0.0..60.0)));
        }
        SpeciesLayers::new(grid(60, 60), &sites(&records, &Rules::default()), &["Gold".into()])
            .unwrap()
    }

    fn settings() -> Settings {
        Settings {
            away_m: 5.0,
            explored_m: 99.0,
            match_m: 0.0,
            placements: 500,
            most: 1000,
            ..Settings::default()
        }
    }

    #[test]
    fn clusters_are_sure_large_and_away_from_records() {
        let layers = layers();
        let mut map = vec![0.1_f32; 3600];
        // Two cells that touch at a corner; one alone; two beside the record.
        for unit in [10 * 60 + 30, 11 * 60 + 31, 20 * 60 + 50, 58 * 60 + 1, 58 * 60 + 2] {
            map[unit] = 0.8;
        }
        let found = settings().find(&layers, &map, 0.5, Seed(1)).unwrap();
        assert_eq!(found.clusters.len(), 1);
        assert_eq!(found.clusters[0].target.units, [630, 691]);
        let distance = found.clusters[0].target.deposit_distance_m.unwrap();
        assert!((distance - 48.0_f64.hypot(31.0)).abs() < 0.5, "{distance}");
    }

    /// Clusters at random match as often as the null says; clusters laid on pits do better than it.
    #[test]
    fn the_null_rate_is_that_of_chance() {
        let layers = layers();
        let settings = Settings { min_cells: 1, ..settings() };
        let mut rng = Seed(8).rng();
        let mut map = vec![0.0_f32; 3600];
        (0..150).for_each(|_| map[rng.random_range(0..3600)] = 0.9);
        let chance = settings.find(&layers, &map, 0.5, Seed(1)).unwrap();
        assert!((chance.matched.unwrap() - chance.null.unwrap()).abs() < 0.1, "{chance:?}");
        assert!(chance.p_value.unwrap() > 0.02);
        let mut map = vec![0.0_f32; 3600];
        layers.others.iter().step_by(9).for_each(|unit| map[unit] = 0.9);
        let true_claims = settings.find(&layers, &map, 0.5, Seed(1)).unwrap();
        assert_eq!(true_claims.matched, Some(1.0));
        assert!(true_claims.null.unwrap() < 0.25 && true_claims.p_value.unwrap() < 0.01);
        let none = settings.find(&layers, &vec![0.0; 3600], 0.5, Seed(1)).unwrap();
        assert_eq!((none.matched, none.null), (None, None));
    }
}
