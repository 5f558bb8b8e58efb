//! Layers of species on a grid: counts, presence and quality.

use super::occurrence::Sites;
use crate::grid::Grid;
use crate::mask::Mask;
use crate::{Error, Result};

/// What the sites say of each cell, species by species.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeciesLayers {
    /// The grid.
    pub grid: Grid,
    /// Names of the species, as they were asked for.
    pub names: Vec<String>,
    /// Sites in each cell: `[species][unit]`.
    pub counts: Vec<Vec<u32>>,
    /// Whether there is a site: `[species]`.
    pub presence: Vec<Mask>,
    /// Mean quality of the sites, 1 to 5; NaN where none has one: `[species][unit]`.
    pub quality: Vec<Vec<f32>>,
    /// Cells with a site of any commodity, asked for or not.
    pub any: Mask,
    /// Cells with a site that has none of the species: what a claim may be matched against.
    pub others: Mask,
    /// Sites outside of the grid.
    pub outside: usize,
}

impl SpeciesLayers {
    /// Lays sites out on a grid.
    ///
    /// # Errors
    /// As [`Sites::species`]; [`Error::TooFew`] for a species without a site on the grid.
    pub fn new(grid: Grid, sites: &Sites, names: &[String]) -> Result<Self> {
        let keys = sites.species(names)?;
        let cells = grid.cells();
        let mut counts = vec![vec![0_u32; cells]; keys.len()];
        let mut sums = vec![vec![(0_u32, 0_u32); cells]; keys.len()];
        let (mut any, mut others) = (Mask::new(cells, false), Mask::new(cells, false));
        let mut outside = 0;
        for site in &sites.sites {
            let Some(unit) = grid.locate(site.place) else {
                outside += 1;
                continue;
            };
            any.set(unit, true);
            let mut has = false;
            for (species, _) in
                keys.iter().enumerate().filter(|(_, key)| site.commodities.contains(*key))
            {
                has = true;
                counts[species][unit] += 1;
                if let Some(quality) = site.quality {
                    let (sum, count) = &mut sums[species][unit];
                    (*sum, *count) = (*sum + u32::from(quality), *count + 1);
                }
            }
            if !has {
                others.set(unit, true);
            }
        }
        let presence: Vec<Mask> =
            counts.iter().map(|counts| Mask::from_fn(cells, |unit| counts[unit] > 0)).collect();
        if let Some(species) = presence.iter().position(|cells| cells.count() == 0) {
            let what = format!("cells of the grid with a record of `{}`", names[species]);
            return Err(Error::TooFew { what, found: 0, needed: 1 });
        }
        let mean = |(sum, count): &(u32, u32)| match count {
            0 => f32::NAN,
            count => *sum as f32 / *count as f32,
        };
        let quality = sums.iter().map(|sums| sums.iter().map(mean).collect()).collect();
        Ok(Self { grid, names: names.to_vec(), counts, presence, quality, any, others, outside })
    }

    /// How many species there are.
    #[must_use]
    pub const fn species(&self) -> usize {
        self.names.len()
    }

    /// Cells with a site of one of the species.
    #[must_use]
    pub fn occupied(&self) -> Mask {
        Mask::from_fn(self.grid.cells(), |unit| self.presence.iter().any(|cells| cells.get(unit)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::occurrence::{Record, Rules, sites};
    use super::*;
    use crate::grid::{Crs, GeoTransform, Point};

    #[test]
    fn counts_presence_and_quality_are_those_of_the_sites() {
        let transform =
            GeoTransform { west: 0.0, north: 20.0, cell_width: 10.0, cell_height: 10.0 };
        let grid = Grid::new(Crs::local_metres(), transform, 2, 2).unwrap();
        let record = |list: &str, score, easting, northing| Record {
            id: None,
            name: None,
            commodities: vec![list.into()],
            status: None,
            score,
            place: Point { easting, northing },
        };
        let records = [
            record("Gold, Silver", Some('A'), 1.0, 19.0),
            record("Gold", Some('D'), 2.0, 18.0),
            record("Gold", None, 15.0, 15.0),
            record("Clay", None, 15.0, 5.0),
            record("Gold", None, 99.0, 5.0),
        ];
        let sites = sites(&records, &Rules::default());
        let names = ["Gold".to_owned(), "Silver".into()];
        let layers = SpeciesLayers::new(grid.clone(), &sites, &names).unwrap();
        assert_eq!(layers.counts, [[2, 1, 0, 0], [1, 0, 0, 0]]);
        assert_eq!((layers.quality[0][0], layers.quality[0][1].is_nan()), (3.5, true));
        assert_eq!((layers.outside, layers.others.iter().collect::<Vec<_>>()), (1, vec![3]));
        assert_eq!((layers.occupied().count(), layers.any.count()), (2, 3));
        let small = Grid { rows: 1, ..grid };
        let error = SpeciesLayers::new(small, &sites, &["Clay".into()]).unwrap_err().to_string();
        assert!(error.contains("`Clay`"), "{error}");
    }
}
