//! A strip of the maps: what the model says of some units.

use std::ops::Range;

use paydirt_core::stack::{LayerWriter, Stack};
use paydirt_core::table::Table;
use serde::{Deserialize, Serialize};

use super::{PROSPECTIVITY, SPREAD, attributed_layers, by_layer};
use crate::doubt::maps as doubt_maps;
use crate::error::Result;
use crate::fit::Trained;
use crate::pieces::{self, Piece};
use crate::posterior;

/// Values of some maps for the units of a strip, a list a map.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Strip {
    /// The values.
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

/// What a strip's file begins with.
#[derive(Serialize, Deserialize)]
struct Head {
    maps: usize,
    units: usize,
    explained: Option<(f64, String)>,
}

impl Piece for Strip {
    fn encode(&self) -> std::result::Result<Vec<u8>, String> {
        let units = self.maps.first().map_or(0, Vec::len);
        let explained = self.explained.clone();
        let head = pieces::pack(&Head { maps: self.maps.len(), units, explained })?;
        let mut bytes = (head.len() as u32).to_le_bytes().to_vec();
        bytes.extend(head);
        bytes.extend(self.maps.iter().flatten().flat_map(|value| value.to_le_bytes()));
        Ok(bytes)
    }

    fn decode(bytes: &[u8]) -> std::result::Result<Self, String> {
        let short = || "it ends early".to_string();
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(short)?;
        let head = u32::from_le_bytes(*length) as usize;
        let (head, values) = rest.split_at_checked(head).ok_or_else(short)?;
        let Head { maps, units, explained } = pieces::unpack(head)?;
        if values.len() != maps * units * 4 {
            return Err(short());
        }
        let (values, _) = values.as_chunks::<4>();
        let values: Vec<f32> = values.iter().map(|four| f32::from_le_bytes(*four)).collect();
        let of_map = |map: usize| values[map * units..(map + 1) * units].to_vec();
        Ok(Self { maps: (0..maps).map(of_map).collect(), explained })
    }
}
