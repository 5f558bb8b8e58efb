//! What is there, and what of it is recorded: two models of each species beside the infilling.

use std::path::PathBuf;

use paydirt_core::infill::score::Scored;
use paydirt_core::infill::side::Side;
use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use paydirt_model::recording::{self, Fitted, Samples, unrecorded};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::project::Opened;
use super::read::Read;
use crate::console::Console;
use crate::error::{Error, Result};
use crate::read::mask_of;

/// Which layers tell the resource, which its recording, and where both can be told apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "RecordingSettings")]
pub struct Settings {
    /// Auxiliary layers that tell who looked where, by name, such as the distance to roads; all others tell
    /// the resource.
    pub access: Vec<String>,
    /// How far records of the other species around a cell tell that people looked there, as standard deviations
    /// in cells; the cell's own records are left out. With an empty list they do not. Where species lie
    /// together for geological reasons, this is told of the recording, too.
    pub neighbour_cells: Vec<f64>,
    /// Ground that is surveyed so densely that it is known what share is recorded there: polygons, or a
    /// raster that is known and not 0 there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchor: Option<PathBuf>,
    /// Cells without a record that are learned from beside the anchored ones, drawn from the training side;
    /// 100 or more.
    pub cells: usize,
    /// How both models are fitted.
    pub models: recording::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access: Vec::new(),
            neighbour_cells: vec![5.0],
            anchor: None,
            cells: 20_000,
            models: recording::Settings::default(),
        }
    }
}

impl Settings {
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |key: &str, found: String, expected: &str| {
            let (key, expected) = (format!("recording.{key}"), expected.to_owned());
            Err(paydirt_core::Error::BadSetting { key, found, expected }.into())
        };
        if self.neighbour_cells.iter().any(|scale| !(0.5..=100.0).contains(scale)) {
            return wrong("neighbour_cells", format!("{:?}", self.neighbour_cells), "0.5 to 100");
        }
        let mut scales = self.neighbour_cells.clone();
        scales.sort_by(f64::total_cmp);
        if scales.windows(2).any(|pair| pair[0] == pair[1]) {
            let found = format!("{:?}", self.neighbour_cells);
            return wrong("neighbour_cells", found, "each scale once");
        }
        if self.cells < 100 {
            return wrong("cells", self.cells.to_string(), "100 or more");
        }
        if self.access.is_empty() && self.neighbour_cells.is_empty() {
            let expected = "a layer, or `neighbour_cells`: something must tell who looked where";
            return wrong("access", "[]".into(), expected);
        }
        Ok(self.models.check()?)
    }
}

/// What the models of one species came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecordingLine {
    /// The species.
    pub species: String,
    /// Turns of the fit.
    pub turns: usize,
    /// Cells with all layers known.
    pub cells: usize,
    /// Of those, with a record.
    pub recorded: usize,
    /// Cells that the model expects to hold the resource, recorded or not.
    pub expected: f64,
    /// Why resource and recording may not be told apart; nothing where nothing speaks against it.
    pub doubts: Vec<String>,
    /// Average precision for records of held-out cells: of both models together, of the resource alone, of the
    /// recording alone. None without a held-out record.
    pub held_out: Option<[f64; 3]>,
    /// Share of held-out cells with a record: the average precision of chance.
    pub held_out_share: f64,
}

/// Maps of one species: NaN where a layer is not known.
pub(super) struct RecordingMaps {
    /// Which species.
    pub(super) species: usize,
    /// Probability of a resource that nobody recorded; 0 on cells with a record.
    pub(super) unrecorded: Vec<f32>,
    pub(super) resource: Vec<f32>,
    pub(super) rate: Vec<f32>,
}

/// Models of all species.
#[derive(Default)]
pub(super) struct Recordings {
    pub(super) lines: Vec<RecordingLine>,
    pub(super) maps: Vec<RecordingMaps>,
}

pub(super) fn fit(opened: &Opened, read: &Read, console: &Console) -> Result<Recordings> {
    let Some(settings) = &opened.project.recording else { return Ok(Recordings::default()) };
    let bench = Bench::new(opened, settings, read)?;
    let mut all = Recordings::default();
    let task = console.task("recording", read.field.layers.species() as u64, "species");
    for species in 0..read.field.layers.species() {
        task.advance(1)?;
        // One species of which too little is recorded does not end the run.
        let (line, maps) = match bench.species(species) {
            Err(Error::Model(paydirt_model::Error::Untrainable { reason, .. })) => {
                let name = &read.field.layers.names[species];
                console.warn(format!("the recording of {name} cannot be modelled: {reason}"));
                continue;
            }
            found => found?,
        };
        for doubt in &line.doubts {
            console.say(&format!("recording of {}: {doubt}", line.species));
        }
        all.lines.push(line);
        all.maps.push(maps);
    }
    Ok(all)
}

/// What the models of all species share.
struct Bench<'a> {
    settings: &'a Settings,
    read: &'a Read,
    anchored: Mask,
    /// Cells with all layers known.
    known: Vec<usize>,
    /// Planes that tell the resource, and that tell the recording, by name.
    evidence: Vec<(&'a str, &'a [f32])>,
    access: Vec<(&'a str, &'a [f32])>,
    seed: Seed,
}

impl<'a> Bench<'a> {
    fn new(opened: &Opened, settings: &'a Settings, read: &'a Read) -> Result<Self> {
        let grid = &read.field.layers.grid;
        let anchored = match &settings.anchor {
            Some(path) => mask_of(&paydirt_io::remote::join(&opened.folder, path), grid)?,
            None => Mask::new(grid.cells(), false),
        };
        let layers = &read.field.plane_layers;
        if let Some(odd) = settings.access.iter().find(|layer| !layers.contains(layer)) {
            let mut known = layers.clone();
            known.dedup();
            return Err(Error::Project {
                reason: format!("`recording.access` names `{odd}`, which is no auxiliary layer"),
                hint: format!("those here are `{}`", known.join("`, `")),
            });
        }
        let (mut access, mut evidence) = (Vec::new(), Vec::new());
        let planes = read.line.auxiliary.iter().zip(&read.field.auxiliary);
        for (layer, (name, plane)) in layers.iter().zip(planes) {
            let side = if settings.access.contains(layer) { &mut access } else { &mut evidence };
            side.push((name.as_str(), plane.as_slice()));
        }
        if evidence.is_empty() {
            return Err(Error::Project {
                reason: "no auxiliary layer is left that tells the resource".into(),
                hint: "add `[[auxiliary]]` layers of geology that `recording.access` does not name"
                    .into(),
            });
        }
        let all = || evidence.iter().chain(&access);
        let known = (0..grid.cells())
            .filter(|unit| all().all(|(_, plane)| !plane[*unit].is_nan()))
            .collect();
        let seed = Seed(opened.project.seed).derive("recording", 0);
        Ok(Self { settings, read, anchored, known, evidence, access, seed })
    }

    fn table(&self, units: &[usize], planes: &[(&str, &[f32])]) -> Result<Table> {
        let column = |(name, plane): &(&str, &[f32])| {
            let values = units.iter().map(|unit| plane[*unit]).collect();
            Column::new(name, name, EvidenceType::Continuous, values)
        };
        Ok(Table::new(units.len(), planes.iter().map(column).collect())?)
    }

    /// How near records of the other species lie, at each scale: those of the training side, or all.
    fn near(&self, species: usize, all: bool) -> Vec<Vec<f32>> {
        let layers = &self.read.field.layers;
        let others = || (0..layers.species()).filter(|other| *other != species);
        let counts = |unit: usize| all || self.read.sides.of[unit] == Side::Training;
        let records = Mask::from_fn(layers.grid.cells(), |unit| {
            counts(unit) && others().any(|other| layers.presence[other].get(unit))
        });
        let shape = [layers.grid.rows, layers.grid.cols];
        let scales = self.settings.neighbour_cells.iter();
        scales.map(|scale| nearness(&records, shape, *scale)).collect()
    }

    /// Access to some cells, with how near records lie.
    fn access(&self, units: &[usize], near: &[Vec<f32>]) -> Result<Table> {
        let names: Vec<String> = (self.settings.neighbour_cells.iter())
            .map(|scale| format!("records within {scale} cells"))
            .collect();
        let near = names.iter().zip(near);
        let near = near.map(|(name, plane)| (name.as_str(), plane.as_slice()));
        self.table(units, &self.access.iter().copied().chain(near).collect::<Vec<_>>())
    }

    fn on(&self, side: Side) -> impl Iterator<Item = usize> + '_ {
        self.known.iter().copied().filter(move |unit| self.read.sides.of[*unit] == side)
    }

    /// Cells of the training side to learn from, and how much each counts: all with a record, all anchored ones,
    /// and a draw of the others.
    fn drawn(&self, recorded: &Mask, seed: Seed) -> (Vec<usize>, Vec<f32>) {
        let (with, without): (Vec<usize>, Vec<usize>) = self
            .on(Side::Training)
            .partition(|unit| recorded.get(*unit) || self.anchored.get(*unit));
        let count = self.settings.cells.min(without.len());
        let chosen = rand::seq::index::sample(&mut seed.rng(), without.len(), count);
        let weight = without.len() as f32 / count.max(1) as f32;
        let mut cells: Vec<(usize, f32)> =
            chosen.into_iter().map(|place| (without[place], weight)).collect();
        cells.extend(with.into_iter().map(|unit| (unit, 1.0)));
        cells.sort_unstable_by_key(|(unit, _)| *unit);
        cells.into_iter().unzip()
    }

    fn species(&self, species: usize) -> Result<(RecordingLine, RecordingMaps)> {
        let layers = &self.read.field.layers;
        let recorded = &layers.presence[species];
        let seed = self.seed.derive("species", species as u64);
        let (units, weight) = self.drawn(recorded, seed);
        let near = self.near(species, false);
        let of = |mask: &Mask| units.iter().map(|unit| mask.get(*unit)).collect::<Vec<bool>>();
        let samples = Samples {
            evidence: &self.table(&units, &self.evidence)?,
            access: &self.access(&units, &near)?,
            recorded: &of(recorded),
            anchored: &of(&self.anchored),
            weight: &weight,
        };
        let fitted = self.settings.models.fit(samples, seed)?;
        let (held_out, held_out_share) = self.judge(&fitted, recorded, &near)?;
        let maps = self.draw(&fitted, species)?;
        let expected = self
            .known
            .iter()
            .map(|unit| if recorded.get(*unit) { 1.0 } else { f64::from(maps.unrecorded[*unit]) });
        let line = RecordingLine {
            species: layers.names[species].clone(),
            turns: fitted.log_likelihood.len(),
            cells: self.known.len(),
            recorded: self.known.iter().filter(|unit| recorded.get(**unit)).count(),
            expected: expected.sum(),
            doubts: fitted.doubts(),
            held_out,
            held_out_share,
        };
        Ok((line, maps))
    }

    /// Average precision for records of held-out cells, from what the training side knows.
    fn judge(
        &self,
        fitted: &Fitted,
        recorded: &Mask,
        near: &[Vec<f32>],
    ) -> Result<(Option<[f64; 3]>, f64)> {
        let units: Vec<usize> = self.on(Side::Test).collect();
        let count = units.iter().filter(|unit| recorded.get(**unit)).count();
        let share = count as f64 / units.len().max(1) as f64;
        if units.is_empty() {
            return Ok((None, share));
        }
        let resource = fitted.resource(&self.table(&units, &self.evidence)?)?;
        let rate = self.rate(fitted, &units, near)?;
        let mut scored = [Scored::new(1), Scored::new(1), Scored::new(1)];
        for ((unit, resource), rate) in units.iter().zip(resource).zip(rate) {
            let scores = [resource * rate, resource, rate];
            for (scored, score) in scored.iter_mut().zip(scores) {
                scored.add(0, score, recorded.get(*unit));
            }
        }
        let found: Vec<f64> = scored.iter().filter_map(|scored| scored.pr_auc_of(0)).collect();
        Ok((found.try_into().ok(), share))
    }

    /// How likely a resource is recorded in some cells; known on anchored ground.
    fn rate(&self, fitted: &Fitted, units: &[usize], near: &[Vec<f32>]) -> Result<Vec<f32>> {
        let mut rates = fitted.recording(&self.access(units, near)?)?;
        for (unit, rate) in units.iter().zip(&mut rates) {
            if self.anchored.get(*unit) {
                *rate = self.settings.models.anchor_recorded as f32;
            }
        }
        Ok(rates)
    }

    fn draw(&self, fitted: &Fitted, species: usize) -> Result<RecordingMaps> {
        let recorded = &self.read.field.layers.presence[species];
        let nowhere = || vec![f32::NAN; self.read.field.layers.grid.cells()];
        let mut maps =
            RecordingMaps { species, unrecorded: nowhere(), resource: nowhere(), rate: nowhere() };
        let resource = fitted.resource(&self.table(&self.known, &self.evidence)?)?;
        let rate = self.rate(fitted, &self.known, &self.near(species, true))?;
        for ((unit, resource), rate) in self.known.iter().copied().zip(resource).zip(rate) {
            let hidden = unrecorded(f64::from(resource), f64::from(rate)) as f32;
            maps.unrecorded[unit] = if recorded.get(unit) { 0.0 } else { hidden };
            (maps.resource[unit], maps.rate[unit]) = (resource, rate);
        }
        Ok(maps)
    }
}

/// ln(1 + how many records lie near), each by `exp(-d^2 / 2 s^2)` up to four deviations along each axis, without
/// those of the cell itself.
fn nearness(records: &Mask, [rows, cols]: [usize; 2], scale: f64) -> Vec<f32> {
    let reach = (4.0 * scale).ceil() as usize;
    let weight = |away: usize| (-0.5 * (away as f64 / scale).powi(2)).exp();
    let weights: Vec<f64> = (0..=reach).map(weight).collect();
    // Along the rows, then along the columns.
    let mut along = vec![0.0_f64; rows * cols];
    for unit in records.iter() {
        let (row, col) = (unit / cols, unit % cols);
        for near in col.saturating_sub(reach)..(col + reach + 1).min(cols) {
            along[row * cols + near] += weights[near.abs_diff(col)];
        }
    }
    let sum = |unit: usize| {
        let (row, col) = (unit / cols, unit % cols);
        let rows = row.saturating_sub(reach)..(row + reach + 1).min(rows);
        let sum: f64 =
            rows.map(|near| along[near * cols + col] * weights[near.abs_diff(row)]).sum();
        let own = if records.get(unit) { 1.0 } else { 0.0 };
        (sum - own).max(0.0).ln_1p() as f32
    };
    (0..rows * cols).into_par_iter().map(sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_does_not_count_as_its_own_neighbour() {
        let records = Mask::from_fn(30, |unit| unit == 7 || unit == 9);
        let near = nearness(&records, [5, 6], 1.0);
        assert!((f64::from(near[7]) - (-2.0_f64).exp().ln_1p()).abs() < 1e-6);
        assert!((f64::from(near[8]) - (2.0 * (-0.5_f64).exp()).ln_1p()).abs() < 1e-6);
        assert_eq!(near[7], near[9]);
    }
}
