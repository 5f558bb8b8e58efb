//! A strip of the maps: what the model says of some units.

use std::ops::Range;

use paydirt_core::stack::{LayerWriter, Stack};
use paydirt_core::table::Table;
use serde::{Deserialize, Serialize};

use super::{PROSPECTIVITY, SPREAD, attributed_layers, by_layer};
use crate::doubt::maps as doubt_maps;
use crate::error::Result;
use crate::fit::Trained;
use crate::pieces::{Piece, floats};
use crate::posterior;

/// Values of some maps for the units of a strip, a list a map.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Strip {
    /// The values.
    #[serde(with = "floats")]
    pub(super) maps: Vec<Vec<f32>>,
    /// Score before any evidence was seen, and unit of the attributions; none where nothing was explained.
    pub(super) explained: Option<(f64, String)>,
}

/// Names and units of the maps that are drawn strip by strip, the attributions apart.
pub(super) fn names(
    evidence: &dyn Stack,
    trained: &Trained,
) -> Result<Vec<(String, &'static str)>> {
    let mut names = vec![(PROSPECTIVITY.into(), "probability"), (SPREAD.into(), "probability")];
    names.extend(doubt_maps::names(&trained.doubt));
    let posterior = posterior::names(trained, &evidence.read_range(0..0)?)?;
    names.extend(posterior.iter().map(|name| ((*name).into(), "probability")));
    Ok(names)
}

/// The layers that attributions are drawn of.
pub(super) fn attributed(evidence: &dyn Stack, trained: &Trained) -> Result<Vec<String>> {
    let features = trained.contract.pipeline.apply(&evidence.read_range(0..0)?)?;
    Ok(attributed_layers(&features))
}

impl Strip {
    /// What the model says of some units: the maps of [`names`], then the attributions of some layers.
    pub(super) fn draw(
        evidence: &dyn Stack,
        trained: &Trained,
        units: Range<usize>,
        layers: &[String],
    ) -> Result<Self> {
        let rows = evidence.read_range(units.clone())?;
        let inside = |row: usize| evidence.area().get(units.start + row);
        let estimates = trained.estimate(&rows, inside)?;
        let mut measured = trained.doubt.measure(trained, &rows, &estimates, units.start)?;
        let spread = std::mem::take(&mut measured.spread);
        let mut strip = Self { maps: vec![estimates.probability, spread], explained: None };
        strip.maps.extend(doubt_maps::values(measured));
        strip.maps.extend(posterior::values(trained, &rows, inside)?);
        if !layers.is_empty() {
            let cells = (&estimates.complete[..], units.len());
            strip.attribute(trained, &estimates.features, layers, cells)?;
        }
        Ok(strip)
    }

    /// The attributions of some layers to so many units, of which `rows` are explained.
    pub(super) fn explain(
        trained: &Trained,
        features: &Table,
        layers: &[String],
        cells: (&[usize], usize),
    ) -> Result<Self> {
        let mut strip = Self::default();
        strip.attribute(trained, features, layers, cells)?;
        Ok(strip)
    }

    /// Writes the values of each map; what the attributions add to, and their unit.
    pub(super) fn write(self, writers: &mut [LayerWriter]) -> Result<Option<(f64, String)>> {
        for (writer, values) in writers.iter_mut().zip(&self.maps) {
            writer.write(values)?;
        }
        Ok(self.explained)
    }

    fn attribute(
        &mut self,
        trained: &Trained,
        features: &Table,
        layers: &[String],
        (rows, cells): (&[usize], usize),
    ) -> Result<()> {
        let mut shares = None;
        if !rows.is_empty() {
            let attribution = trained.explain(features)?;
            self.explained = Some((attribution.base, attribution.unit.to_string()));
            shares = Some(by_layer(features, &attribution.shares));
        }
        for layer in layers {
            let mut values = vec![f32::NAN; cells];
            let shares = shares.as_ref().and_then(|shares| shares.get(layer));
            for (&row, share) in rows.iter().zip(shares.into_iter().flatten()) {
                values[row] = *share;
            }
            self.maps.push(values);
        }
        Ok(())
    }
}

impl Piece for Strip {}
