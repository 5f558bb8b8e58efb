//! A fitted method that is drawn on the grid, as far as there are samples.

use std::ops::Range;

use rayon::prelude::*;

use super::samples::refuse;
use super::validation::{Folds, Score, estimates, nearest_m};
use super::{Frame, Interpolant, Method, Neighbours, Place, Samples, Search};
use crate::Result;
use crate::error::require;
use crate::grid::Grid;
use crate::step::{Canvas, Extra, Source};

/// Side of the squares of cells that are estimated together.
const TILE: usize = 64;

/// Where nothing is said by default: farther than so many spacings from all samples.
const REACH_SPACINGS: f64 = 2.0;

struct Gridded {
    frame: Frame,
    fitted: Box<dyn Interpolant>,
    nearest: Neighbours,
    max_distance_m: f64,
    has_spread: bool,
    notes: Vec<String>,
}

/// Samples that were read, and how far from them something is said.
struct Ground {
    frame: Frame,
    samples: Samples,
    spacing_m: f64,
    notes: Vec<String>,
}

impl Ground {
    fn read(step: &str, source: &Source<'_>, grid: &Grid) -> Result<Self> {
        let (samples, mut notes) = Samples::read(step, source, grid)?;
        let spacing_m = samples.spacing_m(step)?;
        let frame = Frame::of(grid);
        if grid.crs.metres_per_unit.is_none() {
            let [width, height] = frame.cell_m;
            notes.push(format!(
                "the grid is in degrees: distances take a cell as {width:.1} x {height:.1} m, as in \
                 its middle row"
            ));
        }
        let outside = samples.places.iter().filter(|place| frame.distance_m(**place) > 0.0).count();
        notes.insert(0, format!(
            "{} samples, {outside} of them outside the grid, {spacing_m:.0} m apart (median edge of \
             their Delaunay triangulation)",
            samples.len()
        ));
        Ok(Self { frame, samples, spacing_m, notes })
    }

    /// How far from the samples something is said.
    fn max_distance_m(&self, method: &dyn Method) -> Result<f64> {
        let step = method.key();
        let given = method.max_distance_m();
        let max_m = given.unwrap_or(REACH_SPACINGS * self.spacing_m);
        require(max_m > 0.0, &format!("{step}.max_distance_m"), max_m, "over 0")?;
        let near_m = self.samples.places.iter().map(|place| self.frame.distance_m(*place));
        let near_m = near_m.fold(f64::INFINITY, f64::min);
        if near_m > max_m {
            let reason = format!(
                "the sample nearest to the grid is {near_m:.0} m outside it, farther than the \
                 {max_m:.0} m at which a sample still says something (is the coordinate system of the \
                 points right?)"
            );
            return Err(refuse(step, reason));
        }
        Ok(max_m)
    }

    fn canvas(mut self, method: &dyn Method, max_distance_m: f64) -> Result<Gridded> {
        let fitted = method.fit(&self.samples, &self.frame)?;
        self.notes
            .push(format!("cells farther than {max_distance_m:.0} m from any sample are missing"));
        self.notes.extend(fitted.notes());
        Ok(Gridded {
            frame: self.frame,
            fitted,
            nearest: Neighbours::new(&self.samples.places, Search::NEAREST),
            max_distance_m,
            has_spread: method.has_spread(),
            notes: self.notes,
        })
    }
}

fn judged(folds: &Folds) -> String {
    format!(
        "cross-validation in {} folds of whole blocks of {:.0} m",
        folds.held_out.len(),
        folds.block_m
    )
}

const TOO_FEW: &str =
    "samples lie in fewer than two blocks, so the surface could not be cross-validated";

/// A method fitted on the points of a source, and judged.
///
/// # Errors
/// Settings out of range, and samples that the method cannot treat.
pub(crate) fn canvas<'a>(
    method: &dyn Method,
    source: &Source<'_>,
    grid: &Grid,
) -> Result<Box<dyn Canvas + 'a>> {
    method.validation().check(method.key())?;
    let mut ground = Ground::read(method.key(), source, grid)?;
    let max_m = ground.max_distance_m(method)?;
    let validation = method.validation();
    if let Some(folds) = validation.deal(&ground.samples, ground.spacing_m, max_m) {
        let found = estimates(method, &ground.samples, &ground.frame, &folds);
        let all = vec![true; found.len()];
        ground.notes.push(match Score::of(&found, &ground.samples, &all) {
            Some(score) => {
                let (count, of) = (score.count, found.len());
                format!("{}: {score}, over {count} of {of} samples", judged(&folds))
            }
            None => format!("{}: no held-out sample could be estimated", judged(&folds)),
        });
    } else if validation.folds > 0 {
        ground.notes.push(TOO_FEW.into());
    }
    Ok(Box::new(ground.canvas(method, max_m)?))
}

/// The method with the least error over the samples that all of them estimate.
///
/// # Errors
/// As [`canvas`], and where no method can be judged.
pub(crate) fn best_of<'a>(
    step: &str,
    methods: &[&dyn Method],
    (source, grid): (&Source<'_>, &Grid),
    validation: &super::validation::Settings,
) -> Result<Box<dyn Canvas + 'a>> {
    let mut ground = Ground::read(step, source, grid)?;
    let mut reach_m = 0.0_f64;
    for method in methods {
        reach_m = reach_m.max(ground.max_distance_m(*method)?);
    }
    let folds = validation.deal(&ground.samples, ground.spacing_m, reach_m);
    let folds = folds.ok_or_else(|| refuse(step, TOO_FEW))?;
    let found: Vec<Vec<Option<f64>>> = methods
        .iter()
        .map(|method| estimates(*method, &ground.samples, &ground.frame, &folds))
        .collect();
    let able: Vec<usize> =
        (0..methods.len()).filter(|&at| found[at].iter().any(Option::is_some)).collect();
    let common: Vec<bool> = (0..ground.samples.len())
        .map(|sample| able.iter().all(|&at| found[at][sample].is_some()))
        .collect();
    let count = common.iter().filter(|common| **common).count();
    let (folds, of) = (judged(&folds), common.len());
    ground
        .notes
        .push(format!("{folds}, over the {count} of {of} samples that all methods estimate"));
    let mut best: Option<(f64, usize)> = None;
    for (at, method) in methods.iter().enumerate() {
        let (key, score) = (method.key(), Score::of(&found[at], &ground.samples, &common));
        let estimated = found[at].iter().flatten().count();
        ground.notes.push(match score {
            Some(score) => format!("{key}: {score} (of all samples it estimates {estimated})"),
            None => format!("{key}: cannot treat these samples"),
        });
        let rmse = score.map_or(f64::INFINITY, |score| score.rmse);
        if rmse.is_finite() && best.is_none_or(|(least, _)| rmse < least) {
            best = Some((rmse, at));
        }
    }
    let Some((_, best)) = best else {
        return Err(refuse(step, "no method could estimate samples that it had not seen"));
    };
    ground.notes.push(format!("drawn with {}, which has the lowest RMSE", methods[best].key()));
    let max_m = ground.max_distance_m(methods[best])?;
    Ok(Box::new(ground.canvas(methods[best], max_m)?))
}

impl Gridded {
    /// Layer and extra band of a tile, row by row.
    fn tile(&self, rows: &Range<usize>, cols: &Range<usize>) -> Vec<[f32; 2]> {
        let centres = rows.clone().flat_map(|row| cols.clone().map(move |col| (row, col)));
        let places: Vec<Place> = centres.map(|(row, col)| self.frame.centre(row, col)).collect();
        let near = nearest_m(&self.nearest, &places);
        let inside = |cell: &usize| near[*cell] <= self.max_distance_m;
        let covered: Vec<usize> = (0..places.len()).filter(inside).collect();
        let wanted: Vec<Place> = covered.iter().map(|&cell| places[cell]).collect();
        let mut bands: Vec<[f32; 2]> = near.iter().map(|near| [f32::NAN, *near as f32]).collect();
        if self.has_spread {
            bands.iter_mut().for_each(|cell| cell[1] = f32::NAN);
        }
        for (cell, found) in covered.into_iter().zip(self.fitted.estimate(&wanted)) {
            let value = found.value as f32;
            if value.is_finite() {
                bands[cell][0] = value;
                if self.has_spread {
                    bands[cell][1] = found.spread as f32;
                }
            }
        }
        bands
    }
}

impl Canvas for Gridded {
    fn extras(&self) -> Vec<Extra> {
        vec![if self.has_spread {
            Extra { suffix: "uncertainty", unit: "as the layer".into() }
        } else {
            Extra { suffix: "distance", unit: "m".into() }
        }]
    }

    fn draw(&self, rows: Range<usize>) -> Result<Vec<Vec<f32>>> {
        let all = self.frame.cols;
        let mut bands = vec![vec![f32::NAN; rows.len() * all]; 2];
        for first in rows.clone().step_by(TILE) {
            let part = first..(first + TILE).min(rows.end);
            let starts: Vec<usize> = (0..all).step_by(TILE).collect();
            let tile = |start: &usize| self.tile(&part, &(*start..(start + TILE).min(all)));
            let tiles: Vec<Vec<[f32; 2]>> = starts.par_iter().map(tile).collect();
            for (start, tile) in starts.into_iter().zip(tiles) {
                let width = TILE.min(all - start);
                for (cell, values) in tile.into_iter().enumerate() {
                    let row = first - rows.start + cell / width;
                    let at = row * all + start + cell % width;
                    bands[0][at] = values[0];
                    bands[1][at] = values[1];
                }
            }
        }
        Ok(bands)
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}
