//! Provinces of a layer, dealt to folds whole.

use std::collections::BTreeMap;

use rstar::RTree;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::deal::{deal, fewer, pieces};
use super::districts::two_at_least;
use super::{Part, Splitter, Territory, at_least, width};
use crate::Result;
use crate::error::require;
use crate::ground::{Ground, check_units, distance};
use crate::label::Sample;
use crate::layer::EvidenceType;
use crate::mask::Mask;
use crate::raster::distance::Seeds;
use crate::seed::Seed;
use crate::stack::Stack;
use crate::target::{outline, runs};

/// Provinces held out whole: the classes of a categorical layer, such as geological provinces, map
/// sheets or tenements. A model meets a province as if nobody had worked in it. Roberts and others
/// (2017), DOI 10.1111/ecog.02881.
///
/// Provinces are dealt to folds at random: those with deposits first, the richest first, each to the
/// fold with the fewest deposits so far; then the others, each to the fold with the least ground; with
/// as many folds as provinces with deposits, one is left out at a time. Provinces in which samples of
/// one group lie go to one fold. Ground of no known province is one province.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Name of the evidence layer, which must be given: categorical or ordinal. With
    /// `modelled = false` the model does not see it.
    pub layer: String,
    /// Width in metres of the strip around held-out provinces, from centre to centre of cells, that
    /// does not train. Of no effect in a table without coordinates.
    pub buffer_m: f64,
    /// Number of folds. Fewer are made, with a warning, where fewer provinces hold deposits.
    pub folds: usize,
    /// How often the judging is repeated with provinces dealt anew.
    pub repeats: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { layer: String::new(), buffer_m: 5_000.0, folds: 5, repeats: 5 }
    }
}

/// Most provinces: more are no provinces.
const MOST: usize = 10_000;

impl Splitter for Settings {
    fn part(
        &self,
        stack: &dyn Stack,
        samples: &[Sample],
        seed: Seed,
    ) -> Result<Box<dyn Territory>> {
        width("split.provinces.buffer_m", self.buffer_m)?;
        at_least("split.provinces.folds", self.folds, 2)?;
        at_least("split.provinces.repeats", self.repeats, 1)?;
        check_units(stack, samples)?;
        let (names, province_of) = self.read(stack)?;
        let of = |unit: usize| province_of[unit] as usize;
        let pieces = pieces(names.len(), stack, samples, of);
        let bearing = pieces.values().filter(|piece| piece.deposits > 0).count();
        two_at_least(
            bearing,
            "provinces with deposits, counting those that share a sample group once",
        )?;
        let folds = self.folds.min(bearing);
        let fold_of_piece = deal(&pieces, folds, seed);
        let mut fold_of = vec![None; names.len()];
        let mut group_of: Vec<usize> = (0..names.len()).collect();
        for (group, piece) in &pieces {
            for &province in &piece.parts {
                fold_of[province] = Some(fold_of_piece[group]);
                group_of[province] = *group;
            }
        }
        let warnings = fewer(folds, self.folds, "provinces");
        let mut provinces = Provinces {
            names,
            province_of,
            fold_of,
            group_of,
            clear: Vec::new(),
            outlines: Vec::new(),
            warnings,
        };
        provinces.outline(stack);
        if self.buffer_m > 0.0
            && let Some(ground) = Ground::of(stack)?
        {
            let clear = |fold| provinces.clear_of(fold, &ground, stack, self.buffer_m);
            provinces.clear = (0..folds).map(clear).collect();
        }
        Ok(Box::new(provinces))
    }

    fn repeats(&self) -> usize {
        self.repeats
    }

    fn buffer_m(&self) -> f64 {
        self.buffer_m
    }

    fn most_folds(&self, deposits: usize) -> usize {
        self.folds.min(deposits)
    }
}

impl Settings {
    /// The names of the provinces, and the province of each unit.
    fn read(&self, stack: &dyn Stack) -> Result<(Vec<String>, Vec<u16>)> {
        let key = "split.provinces.layer";
        let info = stack.layers().iter().find(|info| info.name == self.layer);
        let continuous = info.is_some_and(|info| info.evidence_type == EvidenceType::Continuous);
        require(!continuous, key, format!("`{}`, continuous", self.layer), "a categorical layer")?;
        let mut numbers: BTreeMap<String, u16> = BTreeMap::new();
        let mut province_of = Vec::with_capacity(stack.units());
        let mut last = (f32::NAN, None);
        for start in (0..stack.units()).step_by(1 << 17) {
            let end = stack.units().min(start + (1 << 17));
            for value in stack.read_stored(&self.layer, start..end)? {
                // Runs of one class are named once.
                if last.1.is_none() || last.0.to_bits() != value.to_bits() {
                    let name = if value.is_nan() { "unknown".into() } else { value.to_string() };
                    let next = numbers.len();
                    require(next < MOST, key, &self.layer, "a layer of at most 10000 classes")?;
                    last = (value, Some(*numbers.entry(name).or_insert(next as u16)));
                }
                province_of.extend(last.1);
            }
        }
        let mut names = vec![String::new(); numbers.len()];
        numbers.into_iter().for_each(|(name, number)| names[usize::from(number)] = name);
        Ok((names, province_of))
    }
}

/// Provinces held out whole.
#[derive(Debug)]
struct Provinces {
    names: Vec<String>,
    /// The province of each unit.
    province_of: Vec<u16>,
    /// The fold of each province; `None` where it has no ground.
    fold_of: Vec<Option<usize>>,
    /// The first province of each province's piece.
    group_of: Vec<usize>,
    /// For each fold, the units that are not within the buffer; none without a buffer.
    clear: Vec<Mask>,
    outlines: Vec<Part>,
    warnings: Vec<String>,
}

impl Provinces {
    fn province(&self, unit: usize) -> usize {
        usize::from(self.province_of[unit])
    }

    /// The units that lie as far from a fold as the buffer is wide, or farther.
    fn clear_of(&self, fold: usize, ground: &Ground, stack: &dyn Stack, buffer_m: f64) -> Mask {
        let held = stack.area().iter().filter(|unit| self.holds_out(*unit, fold));
        let units = self.province_of.len();
        let Some(([cols, rows], [width, height])) = ground.cells() else {
            let near = RTree::bulk_load(held.map(|unit| ground.place(unit)).collect());
            return Mask::from_fn(units, |unit| {
                let place = ground.place(unit);
                near.nearest_neighbor(place).is_none_or(|near| distance(*near, place) >= buffer_m)
            });
        };
        let mut seeds = Seeds::new(rows, cols);
        held.for_each(|unit| seeds.mark_range(unit..unit + 1));
        let distances_m = seeds.distances(width, height, f64::INFINITY);
        Mask::from_fn(units, |unit| distances_m[unit] >= buffer_m as f32)
    }

    /// Outlines the provinces along the edges of their cells, without their holes, each of which is
    /// another province or lies outside the study area. In a table they have none.
    fn outline(&mut self, stack: &dyn Stack) {
        let mut extent = vec![(usize::MAX, 0); self.names.len()];
        for unit in stack.area().iter() {
            let (first, last) = extent[self.province(unit)];
            extent[self.province(unit)] = (first.min(unit), last.max(unit));
        }
        for (province, (first, last)) in extent.into_iter().enumerate() {
            let Some(fold) = self.fold_of[province] else { continue };
            let part = |outline| Part { name: self.names[province].clone(), fold, outline };
            let Some(grid) = stack.grid() else {
                self.outlines.push(part(Vec::new()));
                continue;
            };
            let inside = |unit: &usize| stack.area().get(*unit) && self.province(*unit) == province;
            let mut cells = Mask::new(self.province_of.len(), false);
            (first..=last).filter(inside).for_each(|unit| cells.set(unit, true));
            let polygons = outline::polygons(&runs::runs(&cells, grid.cols), &cells, grid);
            for ring in polygons.into_iter().filter_map(|rings| rings.into_iter().next()) {
                let places = ring
                    .into_iter()
                    .map(|[easting, northing]| crate::grid::Point { easting, northing });
                self.outlines.push(part(places.collect()));
            }
        }
    }
}

impl Territory for Provinces {
    fn folds(&self) -> usize {
        self.fold_of.iter().flatten().max().map_or(0, |last| last + 1)
    }

    fn holds_out(&self, unit: usize, fold: usize) -> bool {
        self.fold_of[self.province(unit)] == Some(fold)
    }

    fn may_train(&self, unit: usize, fold: usize) -> bool {
        !self.holds_out(unit, fold) && self.clear.get(fold).is_none_or(|clear| clear.get(unit))
    }

    fn group(&self, unit: usize) -> u64 {
        self.group_of[self.province(unit)] as u64
    }

    fn parts(&self) -> Vec<Part> {
        self.outlines.clone()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}
