//! Everything that the run folder of an infilling holds.

use std::collections::BTreeMap;
use std::path::Path;

use paydirt_core::grid::Grid;
use paydirt_core::infill::mask::Saved;
use paydirt_core::step::Geometry;
use paydirt_io::cog::{self, Band, Overviews, Spec};
use paydirt_io::gpkg::{self, Feature, FieldType, Value};

use super::flags::Flags;
use super::judge::Judged;
use super::map::Maps;
use super::page;
use super::project::Opened;
use super::read::Read;
use super::recording::Recordings;
use super::report::{ClusterLine, Report};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::project;
use crate::report::print;
use crate::saved::write_json;
use crate::style;

/// What was made on the way.
pub(super) struct Made<'a> {
    pub(super) read: &'a Read,
    pub(super) judged: &'a Judged,
    pub(super) maps: Option<&'a Maps>,
    pub(super) flagged: &'a [Flags],
    pub(super) recordings: &'a Recordings,
}

pub(super) fn write(
    folder: &Folder,
    opened: &Opened,
    made: &Made<'_>,
    report: &Report,
) -> Result<()> {
    let root = folder.path();
    fs_err::write(root.join("project.toml"), resolved(opened)?)?;
    // The masks that everything was judged on, by mode.
    let masks: BTreeMap<&str, Vec<Saved>> = made
        .judged
        .series
        .iter()
        .map(|series| (series.mode.key(), series.test.iter().map(Saved::from).collect()))
        .collect();
    fs_err::write(
        root.join("masks.json"),
        serde_json::to_string(&masks).map_err(|e| unwritten(&e))?,
    )?;
    write_json(&root.join("report.json"), report)?;
    let tags = BTreeMap::from([
        ("PAYDIRT_VERSION".to_string(), env!("CARGO_PKG_VERSION").to_string()),
        ("PAYDIRT_PROJECT".into(), opened.project.name.clone()),
        ("PAYDIRT_SEED".into(), opened.project.seed.to_string()),
    ]);
    write_layers(&folder.inside("layers")?, made.read, &tags)?;
    if let Some(maps) = made.maps {
        write_maps(&folder.inside("maps")?, made.read, maps, &tags)?;
        write_clusters(&root.join("clusters.gpkg"), made, report)?;
    }
    if !made.recordings.maps.is_empty() {
        write_recordings(&folder.inside("recording")?, made, &tags)?;
    }
    let html = page::html(report, made)?;
    let foot = format!("{} · Paydirt {}", report.project, report.paydirt_version);
    fs_err::write(root.join(print::PDF), print::pdf(&html, &foot)?)?;
    Ok(fs_err::write(root.join("report.html"), html)?)
}

fn unwritten(error: &dyn std::fmt::Display) -> Error {
    Error::Saved { path: "project.toml".into(), reason: error.to_string() }
}

/// The project file with every default written out and absolute paths.
fn resolved(opened: &Opened) -> Result<String> {
    let mut project = opened.project.clone();
    let whole = |path: &mut std::path::PathBuf| project::whole(&opened.folder, path);
    whole(&mut project.records.path);
    project.auxiliary.iter_mut().for_each(|layer| layer.make_absolute(&opened.folder));
    project.recording.iter_mut().flat_map(|recording| &mut recording.anchor).for_each(whole);
    project.spectra.iter_mut().for_each(|spectra| whole(&mut spectra.path));
    project.checkpoints.iter_mut().for_each(whole);
    let text = toml::to_string(&project).map_err(|error| unwritten(&error))?;
    Ok(format!(
        "# Resolved: every default written out. Running this fills in the same cells.\n\n{text}"
    ))
}

/// A name as a file can have it.
fn file_of(species: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    species.chars().map(plain).collect()
}

type Tags = BTreeMap<String, String>;

fn write_bands(
    path: &Path,
    grid: &Grid,
    (bands, tags): (Vec<Band>, &Tags),
    planes: &[&[f32]],
) -> Result<()> {
    let spec = Spec { bands, tags: tags.clone(), overviews: Overviews::Average };
    Ok(cog::write_bands::<f32>(path, grid, &spec, &mut |band, rows| {
        Ok(planes[band][rows.start * grid.cols..rows.end * grid.cols].to_vec())
    })?)
}

fn band(name: &str, unit: &str) -> Band {
    Band { name: name.into(), unit: unit.into() }
}

/// Counts, presence and quality of every species.
fn write_layers(place: &Path, read: &Read, tags: &Tags) -> Result<()> {
    let layers = &read.field.layers;
    for (species, name) in layers.names.iter().enumerate() {
        let counts: Vec<f32> = layers.counts[species].iter().map(|count| *count as f32).collect();
        let presence: Vec<f32> =
            counts.iter().map(|count| f32::from(u8::from(*count > 0.0))).collect();
        let bands =
            vec![band("count", "sites"), band("presence", ""), band("quality", "5 (A) to 1 (E)")];
        let path = place.join(format!("{}.tif", file_of(name)));
        write_bands(
            &path,
            &layers.grid,
            (bands, tags),
            &[&counts, &presence, &layers.quality[species]],
        )?;
        let classes = style::count_classes(&[1, 2, 5, 10], "sites");
        fs_err::write(path.with_extension("qml"), style::discrete(&classes)?)?;
    }
    Ok(())
}

/// Mean and spreads of every species.
fn write_maps(place: &Path, read: &Read, maps: &Maps, tags: &Tags) -> Result<()> {
    let layers = &read.field.layers;
    let mut tags = tags.clone();
    tags.insert("PAYDIRT_MODEL".into(), maps.model.clone());
    tags.insert(
        "PAYDIRT_PASSES".into(),
        format!("{} seeds x {} masks", maps.passes[0], maps.passes[1]),
    );
    for (species, name) in layers.names.iter().enumerate() {
        let bands = vec![
            band("mean", "score where hidden"),
            band("spread_over_masks", "standard deviation"),
            band("spread_over_seeds", "standard deviation"),
        ];
        let planes =
            [&maps.mean, &maps.over_masks, &maps.over_seeds].map(|planes| &*planes[species]);
        let path = place.join(format!("{}.tif", file_of(name)));
        write_bands(&path, &layers.grid, (bands, &tags), &planes)?;
        let classes = page::miniature(read, name, (&maps.mean[species], "score"))?.1;
        fs_err::write(path.with_extension("qml"), style::discrete(&classes)?)?;
    }
    Ok(())
}

/// What is there unrecorded, what is there, and what of it is recorded, of every species.
fn write_recordings(place: &Path, made: &Made<'_>, tags: &Tags) -> Result<()> {
    let layers = &made.read.field.layers;
    for maps in &made.recordings.maps {
        let name = &layers.names[maps.species];
        let bands = ["unrecorded", "resource", "recording"].map(|name| band(name, "probability"));
        let planes = [&maps.unrecorded, &maps.resource, &maps.rate].map(Vec::as_slice);
        let path = place.join(format!("{}.tif", file_of(name)));
        write_bands(&path, &layers.grid, (bands.to_vec(), tags), &planes)?;
        let classes = page::miniature(made.read, name, (&maps.unrecorded, "probability"))?.1;
        fs_err::write(path.with_extension("qml"), style::discrete(&classes)?)?;
    }
    Ok(())
}

/// The clusters of all species as polygons.
fn write_clusters(path: &Path, made: &Made<'_>, report: &Report) -> Result<()> {
    use FieldType::{Integer, Real, Text};
    let field = |name: &str, kind| (name.to_string(), kind);
    let fields = vec![
        field("species", Text),
        field("rank", Integer),
        field("cells", Integer),
        field("mean_score", Real),
        field("max_score", Real),
        field("record_distance_m", Real),
        field("match_distance_m", Real),
        field("rests_on", Text),
    ];
    let mut features = Vec::new();
    for (flags, line) in made.flagged.iter().zip(&report.flagged) {
        for (cluster, of) in flags.flagged.clusters.iter().zip(&line.clusters) {
            let geometry = Geometry::Polygons(cluster.target.polygons.clone());
            features.push(Feature { geometry, values: values(&line.species, of) });
        }
    }
    let layer = gpkg::Layer {
        name: "clusters".into(),
        kind: gpkg::Kind::Polygons,
        fields,
        features,
        style: Some(style::targets()?),
    };
    Ok(gpkg::write(path, &made.read.field.layers.grid.crs, &[layer])?)
}

/// The three strongest drivers in words.
fn rests_on(line: &ClusterLine) -> String {
    let told = line.drivers.iter().take(3).map(|d| format!("{} {:+.3}", d.name, d.share));
    told.collect::<Vec<_>>().join(", ")
}

fn values(species: &str, line: &ClusterLine) -> Vec<Value> {
    let count = |number: usize| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    let real = |number: Option<f64>| number.map_or(Value::Missing, Value::Real);
    vec![
        Value::Text(species.into()),
        count(line.rank),
        count(line.cells),
        Value::Real(line.mean_score),
        Value::Real(line.max_score),
        real(line.record_distance_m),
        real(line.match_distance_m),
        Value::Text(rests_on(line)),
    ]
}
