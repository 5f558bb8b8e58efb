//! What is there, and what of it is recorded: two models of each species beside the infilling.

use std::path::PathBuf;

use paydirt_core::infill::score::Scored;
use paydirt_core::infill::side::Side;
use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use paydirt_model::recording::{self, Fitted, Samples, unrecorded};
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
    /// How far records of any species around a cell tell that people looked there, as standard deviations in
    /// cells; the cell's own records are left out. With an empty list they do not.
    pub neighbour_cells: Vec<f64>,
    /// Ground that is surveyed so densely that it is known what share is recorded there: polygons, or a
    /// raster that is over 0 there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchor: Option<PathBuf>,
    /// Cells without a record that are learned from, drawn from the training side; 100 or more.
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
        let (line, maps) = bench.species(species)?;
        for doubt in &line.doubts {
            console.warn(format!("recording of {}: {doubt}", line.species));
        }
        all.lines.push(line);
        all.maps.push(maps);
        task.advance(1)?;
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
    /// Nearness of records at each scale: of those of the training side, and of all.
    near: [Vec<Vec<f32>>; 2],
    seed: Seed,
}

impl<'a> Bench<'a> {
    fn new(opened: &Opened, settings: &'a Settings, read: &'a Read) -> Result<Self> {
        let grid = &read.field.layers.grid;
        let anchored = match &settings.anchor {
            Some(path) => mask_of(&opened.folder.join(path), grid)?,
            None => Mask::new(grid.cells(), false),
        };
        // A plane of a class is called after its layer and the class.
        let is = |plane: &str, layer: &str| {
            plane.strip_prefix(layer).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        let names = &read.line.auxiliary;
        for layer in &settings.access {
            if !names.iter().any(|plane| is(plane, layer)) {
                return Err(Error::Project {
                    reason: format!(
                        "`recording.access` names `{layer}`, which is no auxiliary layer"
                    ),
                    hint: format!("those here are `{}`", names.join("`, `")),
                });
            }
        }
        let tells = |plane: &str| settings.access.iter().any(|layer| is(plane, layer));
        let planes = names.iter().map(String::as_str).zip(&read.field.auxiliary);
        let planes = planes.map(|(name, plane)| (name, plane.as_slice()));
        let (access, evidence): (Vec<_>, Vec<_>) = planes.partition(|(name, _)| tells(name));
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
        let trains = |unit: &usize| read.sides.of[*unit] == Side::Training;
        let occupied = read.field.layers.occupied();
        let training = Mask::from_fn(grid.cells(), |unit| occupied.get(unit) && trains(&unit));
        let near = [&training, &occupied].map(|records| {
            let of = |scale: &f64| nearness(records, [grid.rows, grid.cols], *scale);
            settings.neighbour_cells.iter().map(of).collect()
        });
        let seed = Seed(opened.project.seed).derive("recording", 0);
        Ok(Self { settings, read, anchored, known, evidence, access, near, seed })
    }

    fn table(&self, units: &[usize], planes: &[(&str, &[f32])]) -> Result<Table> {
        let column = |(name, plane): &(&str, &[f32])| {
            let values = units.iter().map(|unit| plane[*unit]).collect();
            Column::new(name, name, EvidenceType::Continuous, values)
        };
        Ok(Table::new(units.len(), planes.iter().map(column).collect())?)
    }

    /// Access to some cells; nearness of the records of the training side, or of all.
    fn access(&self, units: &[usize], all: bool) -> Result<Table> {
        let names: Vec<String> = (self.settings.neighbour_cells.iter())
            .map(|scale| format!("records within {scale} cells"))
            .collect();
        let near = names.iter().zip(&self.near[usize::from(all)]);
        let near = near.map(|(name, plane)| (name.as_str(), plane.as_slice()));
        self.table(units, &self.access.iter().copied().chain(near).collect::<Vec<_>>())
    }

    fn on(&self, side: Side) -> impl Iterator<Item = usize> + '_ {
        self.known.iter().copied().filter(move |unit| self.read.sides.of[*unit] == side)
    }

    /// Cells of the training side to learn from, and how much each counts: all with a record, and a draw of
    /// those without.
    fn drawn(&self, recorded: &Mask, seed: Seed) -> (Vec<usize>, Vec<f32>) {
        let (with, without): (Vec<usize>, Vec<usize>) =
            self.on(Side::Training).partition(|unit| recorded.get(*unit));
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
        let of = |mask: &Mask| units.iter().map(|unit| mask.get(*unit)).collect::<Vec<bool>>();
        let samples = Samples {
            evidence: &self.table(&units, &self.evidence)?,
            access: &self.access(&units, false)?,
            recorded: &of(recorded),
            anchored: &of(&self.anchored),
            weight: &weight,
        };
        let fitted = self.settings.models.fit(samples, seed)?;
        let (held_out, held_out_share) = self.judge(&fitted, recorded)?;
        let maps = self.draw(&fitted, recorded)?;
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
    fn judge(&self, fitted: &Fitted, recorded: &Mask) -> Result<(Option<[f64; 3]>, f64)> {
        let units: Vec<usize> = self.on(Side::Test).collect();
        let count = units.iter().filter(|unit| recorded.get(**unit)).count();
        let share = count as f64 / units.len().max(1) as f64;
        if units.is_empty() {
            return Ok((None, share));
        }
        let resource = fitted.resource(&self.table(&units, &self.evidence)?)?;
        let rate = fitted.recording(&self.access(&units, false)?)?;
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

    fn draw(&self, fitted: &Fitted, recorded: &Mask) -> Result<RecordingMaps> {
        let nowhere = || vec![f32::NAN; self.read.field.layers.grid.cells()];
        let mut maps =
            RecordingMaps { unrecorded: nowhere(), resource: nowhere(), rate: nowhere() };
        let resource = fitted.resource(&self.table(&self.known, &self.evidence)?)?;
        let rate = fitted.recording(&self.access(&self.known, true)?)?;
        for ((unit, resource), rate) in self.known.iter().copied().zip(resource).zip(rate) {
            let rate = match self.anchored.get(unit) {
                true => self.settings.models.anchor_recorded as f32,
                false => rate,
            };
            let hidden = unrecorded(f64::from(resource), f64::from(rate)) as f32;
            maps.unrecorded[unit] = if recorded.get(unit) { 0.0 } else { hidden };
            (maps.resource[unit], maps.rate[unit]) = (resource, rate);
        }
        Ok(maps)
    }
}

/// ln(1 + how many records lie near), each by `exp(-d^2 / 2 s^2)` up to four deviations, without those of the
/// cell itself.
fn nearness(records: &Mask, [rows, cols]: [usize; 2], scale: f64) -> Vec<f32> {
    let reach = (4.0 * scale).ceil() as usize;
    let mut sums = vec![0.0_f64; rows * cols];
    for unit in records.iter() {
        let (row, col) = (unit / cols, unit % cols);
        for near_row in row.saturating_sub(reach)..(row + reach + 1).min(rows) {
            for near_col in col.saturating_sub(reach)..(col + reach + 1).min(cols) {
                let near = near_row * cols + near_col;
                let [down, across] = [near_row.abs_diff(row), near_col.abs_diff(col)];
                let squares = (down * down + across * across) as f64;
                if near != unit {
                    sums[near] += (-squares / (2.0 * scale * scale)).exp();
                }
            }
        }
    }
    sums.into_iter().map(|sum| sum.ln_1p() as f32).collect()
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
