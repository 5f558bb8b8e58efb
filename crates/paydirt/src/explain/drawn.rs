//! The cells on which a model is explained, with the shares of every member.

use std::collections::BTreeMap;

use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use paydirt_model::effect::stability::LayerShares;

use crate::draw::{Maps, by_layer};
use crate::error::Result;
use crate::fit::Trained;
use crate::judge::draw_units;
use crate::read::Read;
use crate::targets::Drawn;

/// Cells with complete evidence: first those drawn evenly from the ground, then the best cells of targets
/// and the cells of known deposits.
#[derive(Debug)]
pub struct Cells {
    /// The units.
    pub units: Vec<usize>,
    /// How many of them were drawn evenly.
    pub even: usize,
    /// Rank of the target whose best cell it is.
    pub target: Vec<Option<usize>>,
    /// Whether a known deposit lies in it.
    pub deposit: Vec<bool>,
    /// Raw evidence, a column a layer.
    pub evidence: Table,
    /// Shares by member and layer.
    pub members: Vec<LayerShares>,
    /// Mean of the members' shares.
    pub shares: LayerShares,
    /// Mean of the members' bases.
    pub base: f64,
    /// Unit of the shares.
    pub unit: String,
    /// Layers by mean size of their share over the evenly drawn cells, greatest first.
    pub order: Vec<(String, f64)>,
}

/// Units of the known deposits whose evidence is complete, in order.
#[must_use]
pub fn deposits(read: &Read) -> Vec<usize> {
    let mut units: Vec<usize> =
        read.labelled.iter().filter(|sample| sample.is_deposit()).map(|s| s.unit).collect();
    units.retain(|&unit| read.eligible.get(unit));
    units.sort_unstable();
    units.dedup();
    units
}

impl Cells {
    /// Draws `count` cells evenly, adds those of targets and deposits, and explains all of them.
    ///
    /// # Errors
    /// Where the evidence cannot be read or explained.
    pub fn draw(
        read: &Read,
        trained: &Trained,
        maps: Option<&(Maps, Drawn)>,
        (count, seed): (usize, Seed),
    ) -> Result<Self> {
        let mut units = draw_units(&read.eligible, count, seed.derive("explain", 0));
        let even = units.len();
        let peaks = peaks(read, maps);
        let known = deposits(read);
        let more: Vec<usize> = peaks.keys().chain(&known).copied().collect();
        for unit in more {
            if !units.contains(&unit) {
                units.push(unit);
            }
        }
        let evidence = read.stack.read_units(&units)?;
        let features = trained.contract.pipeline.apply(&evidence)?;
        let explained = Explained::new(trained, &features)?;
        let mut order: Vec<(String, f64)> = explained
            .shares
            .iter()
            .map(|(layer, shares)| {
                let sum: f64 = shares[..even].iter().map(|share| f64::from(share.abs())).sum();
                (layer.clone(), sum / even.max(1) as f64)
            })
            .collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(Self {
            target: units.iter().map(|unit| peaks.get(unit).copied()).collect(),
            deposit: units.iter().map(|unit| known.binary_search(unit).is_ok()).collect(),
            units,
            even,
            evidence,
            members: explained.members,
            shares: explained.shares,
            base: explained.base,
            unit: explained.unit,
            order,
        })
    }

    /// Evidence of the evenly drawn cells alone.
    #[must_use]
    pub fn evenly_drawn(&self) -> Table {
        self.evidence.select(&(0..self.even).collect::<Vec<_>>())
    }

    /// A layer's values, NaN where not known; `None` for what is no layer of evidence.
    #[must_use]
    pub fn values(&self, layer: &str) -> Option<Vec<f32>> {
        let column = self.evidence.column(layer)?;
        let stored = |(value, known): (&f32, &bool)| if *known { *value } else { f32::NAN };
        Some(column.values.iter().zip(&column.known).map(stored).collect())
    }
}

/// The best cells of targets, each with the rank of its target.
fn peaks(read: &Read, maps: Option<&(Maps, Drawn)>) -> BTreeMap<usize, usize> {
    let (Some((_, drawn)), Some(grid)) = (maps, read.stack.grid()) else { return BTreeMap::new() };
    let cell = |line: &crate::report::TargetLine| {
        let place = paydirt_core::grid::Point { easting: line.easting, northing: line.northing };
        grid.locate(place).map(|unit| (unit, line.rank))
    };
    drawn.lines.iter().filter_map(cell).filter(|(unit, _)| read.eligible.get(*unit)).collect()
}

/// Shares of some rows.
pub(super) struct Explained {
    pub(super) members: Vec<LayerShares>,
    pub(super) shares: LayerShares,
    pub(super) base: f64,
    pub(super) unit: String,
}

impl Explained {
    pub(super) fn new(trained: &Trained, features: &Table) -> Result<Self> {
        let mut explained =
            Self { members: Vec::new(), shares: BTreeMap::new(), base: 0.0, unit: String::new() };
        let count = trained.ensemble.members.len().max(1) as f64;
        trained.ensemble.explain_each(features, trained.ground(), |told| {
            explained.base += told.base / count;
            explained.unit = told.unit.into();
            explained.members.push(by_layer(features, &told.shares));
        })?;
        for member in &explained.members {
            for (layer, shares) in member {
                let mean = explained
                    .shares
                    .entry(layer.clone())
                    .or_insert_with(|| vec![0.0; features.rows()]);
                for (mean, share) in mean.iter_mut().zip(shares) {
                    *mean += share / count as f32;
                }
            }
        }
        Ok(explained)
    }
}
