//! The clean stack: every evidence layer on the one grid, as files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use paydirt_core::grid::STRIP_CELLS;
use paydirt_core::layer::{EvidenceType, LayerInfo};
use paydirt_core::potential::worms::Edge;
use paydirt_core::stack::Stack;
use paydirt_core::step::Geometry;
use paydirt_io::cog::{self, Band, Overviews, Spec};
use paydirt_io::gpkg::{self, Feature, FieldType, Value};
use paydirt_io::remote;

use crate::cli::Common;
use crate::command::Session;
use crate::console::Console;
use crate::error::Result;
use crate::folder::Folder;
use crate::plan::Purpose;
use crate::project::Opened;
use crate::read::{self, Read};
use crate::receipt::Receipt;
use crate::report::{Keep, Miniature};
use crate::saved::write_json;
use crate::style;

/// Brings a project's evidence onto its grid and writes it: `evidence/LAYER.tif` for each layer,
/// the bands that were drawn beside them (such as `LAYER_uncertainty.tif`), the edges that `worms` found
/// (`LAYER_edges.gpkg`), `known_layers.tif`, and `receipt.json`.
///
/// # Errors
/// Whatever goes wrong on the way; nothing is left behind then.
pub fn prepare(opened: &Opened, out: &Path, session: &Session) -> Result<Receipt> {
    let folder = Folder::begin(out, session.common.overwrite)?;
    let spool = folder.inside("spool")?;
    let read = read::read_layers(opened, Purpose::Layers, Some(&spool), session)?;
    write(&folder, &read, &opened.project.name, &session.console)?;
    write_json(&folder.path().join("receipt.json"), &read.receipt)?;
    fs_err::remove_dir_all(&spool)?;
    folder.finish()?;
    Ok(read.receipt)
}

/// Whether what is to be written is a Zarr stack: an address, or a name that ends in `.zarr`.
#[must_use]
pub fn is_stack(out: &Path) -> bool {
    remote::is_address(out) || out.extension().is_some_and(|ending| ending == "zarr")
}

/// Brings a project's evidence onto its grid and keeps it as a Zarr stack, for `--stack`. One that was begun is
/// gone on with, and one that is there whole is left as it is.
///
/// # Errors
/// A stack of other evidence in its place; whatever goes wrong on the way: the layers written so far stay.
pub fn keep(opened: &Opened, stack: &Path, session: &Session) -> Result<Receipt> {
    let stack = Some(stack.to_string_lossy().into_owned());
    let common = Common { stack, ..session.common.clone() };
    let session = Session { console: session.console.beside(), common };
    let spool = tempfile::tempdir()?;
    Ok(read::read_layers(opened, Purpose::Layers, Some(spool.path()), &session)?.receipt)
}

/// Writes every layer of a stack with its style, and what was found on the way.
fn write(folder: &Folder, read: &Read, project: &str, console: &Console) -> Result<()> {
    let tags = BTreeMap::from([
        ("PAYDIRT_VERSION".to_string(), env!("CARGO_PKG_VERSION").to_string()),
        ("PAYDIRT_PROJECT".into(), project.into()),
    ]);
    let place = write_evidence(folder, read, &tags, console)?;
    if let Some(extras) = &read.extras {
        let layers = Layers { stack: extras, receipt: &read.receipt, tags: &tags };
        for info in extras.layers() {
            layers.write(&place.join(format!("{}.tif", info.name)), info)?;
        }
    }
    for (layer, edges) in &read.edges {
        write_edges(&place.join(format!("{layer}_edges.gpkg")), edges, read)?;
    }
    write_known(&place.join("known_layers.tif"), read, &tags)
}

/// Writes `evidence/LAYER.tif` for each layer of evidence, as it was used, with its style; returns the folder.
///
/// # Errors
/// Where one cannot be written.
pub fn write_evidence(
    folder: &Folder,
    read: &Read,
    tags: &BTreeMap<String, String>,
    console: &Console,
) -> Result<PathBuf> {
    let place = folder.inside("evidence")?;
    let layers = Layers { stack: read.stack.as_ref(), receipt: &read.receipt, tags };
    let task = console.task("write", layers.stack.layers().len() as u64, "layers");
    for info in layers.stack.layers() {
        layers.write(&place.join(format!("{}.tif", info.name)), info)?;
        task.advance(1)?;
    }
    Ok(place)
}

type Tags = BTreeMap<String, String>;

/// Layers on their way into files.
struct Layers<'a> {
    stack: &'a dyn Stack,
    receipt: &'a Receipt,
    tags: &'a Tags,
}

impl Layers<'_> {
    fn write(&self, path: &Path, info: &LayerInfo) -> Result<()> {
        let Some(grid) = self.stack.grid() else { return Ok(()) };
        let measured = info.evidence_type == EvidenceType::Continuous;
        let spec = Spec {
            bands: vec![Band { name: info.name.clone(), unit: info.unit.clone() }],
            tags: self.tags.clone(),
            overviews: if measured { Overviews::Average } else { Overviews::Nearest },
        };
        cog::write::<f32>(path, grid, &spec, &mut |rows| {
            let units = rows.start * grid.cols..rows.end * grid.cols;
            Ok(vec![self.stack.read_stored(&info.name, units)?])
        })?;
        let style = if info.evidence_type == EvidenceType::Categorical {
            style::numbered(&style::category_classes(&self.categories(info)?))?
        } else {
            let quantiles = Miniature::read(self.stack, &info.name, Keep::Middle)?
                .quantiles(style::EVIDENCE_SHARES);
            style::discrete(&style::evidence_classes(quantiles, &info.unit))?
        };
        Ok(fs_err::write(path.with_extension("qml"), style)?)
    }

    /// The codes of a layer of classes with their texts, where it was made of texts.
    fn categories(&self, info: &LayerInfo) -> Result<Vec<(u32, String)>> {
        let mut codes = BTreeSet::new();
        for first in (0..self.stack.units()).step_by(STRIP_CELLS) {
            let units = first..(first + STRIP_CELLS).min(self.stack.units());
            let values = self.stack.read_stored(&info.name, units)?;
            codes
                .extend(values.into_iter().filter(|value| *value >= 0.0).map(|value| value as u32));
        }
        let legend = self.receipt.layers.iter().find(|layer| layer.name == info.name);
        let texts: BTreeMap<u32, &str> = legend
            .into_iter()
            .flat_map(|layer| layer.legend.iter().map(|(code, text)| (*code, text.as_str())))
            .collect();
        let text = |code: u32| texts.get(&code).map_or_else(|| code.to_string(), |t| (*t).into());
        Ok(codes.into_iter().map(|code| (code, text(code))).collect())
    }
}

/// Points on the edges of a field, with the height at which each was found.
fn write_edges(path: &Path, edges: &[Edge], read: &Read) -> Result<()> {
    let features = edges.iter().map(|edge| Feature {
        geometry: Geometry::Points(vec![[edge.easting, edge.northing]]),
        values: vec![Value::Real(edge.height_m), Value::Real(edge.gradient)],
    });
    let layer = gpkg::Layer {
        name: "edges".into(),
        kind: gpkg::Kind::Points,
        fields: vec![("height_m".into(), FieldType::Real), ("gradient".into(), FieldType::Real)],
        features: features.collect(),
        style: Some(style::edges()?),
    };
    Ok(gpkg::write(path, &read.grid()?.crs, &[layer])?)
}

/// How many layers are known in each cell of the study area; 0 is *nobody measured anything*, and
/// no data is *outside*.
fn write_known(path: &Path, read: &Read, tags: &Tags) -> Result<()> {
    let grid = read.grid()?;
    let spec = Spec {
        bands: vec![Band { name: "known_layers".into(), unit: "layers".into() }],
        tags: tags.clone(),
        overviews: Overviews::Nearest,
    };
    let names: Vec<&str> = read.stack.layers().iter().map(|info| info.name.as_str()).collect();
    let all = names.len();
    let classes = style::count_classes(&[1, all.div_ceil(2), all], "layers");
    fs_err::write(path.with_extension("qml"), style::discrete(&classes)?)?;
    Ok(cog::write::<f32>(path, grid, &spec, &mut |rows| {
        let units = rows.start * grid.cols..rows.end * grid.cols;
        let area = read.stack.area();
        let mut counts: Vec<f32> =
            units.clone().map(|unit| if area.get(unit) { 0.0 } else { f32::NAN }).collect();
        for name in &names {
            let values = read.stack.read_stored(name, units.clone())?;
            counts.iter_mut().zip(values).for_each(|(count, value)| {
                *count += f32::from(u8::from(!value.is_nan()));
            });
        }
        Ok(vec![counts])
    })?)
}
