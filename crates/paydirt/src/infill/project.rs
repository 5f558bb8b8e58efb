//! The project file of an infilling: TOML, in the order in which a run reads it.

use std::path::{Path, PathBuf};

use paydirt_core::infill::mask::{self, Mode};
use paydirt_core::infill::occurrence::Rules;
use paydirt_core::infill::{flag, side};
use paydirt_model::infill::{kriging, network, trees};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{recording, spectra};
use crate::error::{Error, Result};
use crate::project::Evidence;
use crate::read::Query;
use crate::scale::Scale;

/// An infilling: records of several species, what is hidden of them, what fills them in, and what is flagged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Infilling")]
pub struct Project {
    /// Name; the run folder is called `NAME.infill` unless told otherwise.
    pub name: String,
    /// Seed of everything drawn at random.
    #[serde(default = "seed")]
    pub seed: u64,
    /// The table of mineral records.
    pub records: Records,
    /// Species: commodities of the table, in any case.
    pub species: Vec<String>,
    /// The grid.
    #[serde(default)]
    pub grid: Area,
    /// Cells along the side of a tile.
    #[serde(default = "tile_cells")]
    pub tile_cells: usize,
    /// Layers that every model may see beside the records, one `[[auxiliary]]` table each, with the keys and
    /// steps of `[[evidence]]`: rasters, or shapes with `{ rasterise = {} }`, `{ distance = {} }` or
    /// `{ density = {} }`; never hidden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auxiliary: Vec<Evidence>,
    /// Spectra of soil, which networks may see beside the records; never hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spectra: Option<spectra::Settings>,
    /// Two models of each species beside the infilling: what is there, and what of it is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<recording::Settings>,
    /// Which ground is held out.
    #[serde(default)]
    pub split: side::Settings,
    /// How masks are drawn while networks learn and for the map.
    #[serde(default)]
    pub mask: mask::Settings,
    /// How models are judged.
    #[serde(default)]
    pub judge: Judge,
    /// The local trees, a baseline.
    #[serde(default)]
    pub local_trees: trees::Settings,
    /// Kriging, a baseline.
    #[serde(default)]
    pub kriging: kriging::Settings,
    /// Networks, one `[[networks]]` table each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<NamedNetwork>,
    /// Seeds with which each network is trained.
    #[serde(default = "seeds")]
    pub seeds: usize,
    /// Folder for checkpoints, from which a run that was interrupted goes on; none are kept without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoints: Option<PathBuf>,
    /// How the map is drawn; by the first network, or by the local trees where there is none.
    #[serde(default)]
    pub map: MapSettings,
    /// What is flagged on it.
    #[serde(default)]
    pub flag: flag::Settings,
    /// Where the work is done, if not in one process alone: `[scale.ballista]`. It changes no result and stands
    /// in none.
    #[serde(default, skip_serializing)]
    pub scale: Option<Scale>,
}

const fn seed() -> u64 {
    1
}

const fn tile_cells() -> usize {
    50
}

const fn seeds() -> usize {
    3
}

/// The table of mineral records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Records {
    /// CSV with coordinates and commodities: the MRDS table of the USGS, or any other.
    pub path: PathBuf,
    /// A query whose rows are the records: `[records.query]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Query>,
    /// Columns of commodities; recognised by themselves where they are not given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commodities: Vec<String>,
    /// Column of the easting or longitude.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub easting: Option<String>,
    /// Column of the northing or latitude.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub northing: Option<String>,
    /// Coordinate reference system of the coordinates; longitudes and latitudes are in EPSG:4326.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crs: Option<String>,
    /// How records become occurrences.
    #[serde(default)]
    pub rules: Rules,
}

/// The grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "InfillGrid")]
pub struct Area {
    /// Coordinate reference system: one of equal area, such as the Albers conic of the conterminous United
    /// States.
    pub crs: String,
    /// Side of a cell in metres: a mile unless said.
    pub cell_m: f64,
    /// Western, southern, eastern and northern edge in units of `crs`; those of the records, out to whole
    /// cells from the south-west, where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<[f64; 4]>,
}

impl Default for Area {
    fn default() -> Self {
        Self { crs: "EPSG:5070".into(), cell_m: 1609.344, region: None }
    }
}

/// How models are judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Judge {
    /// Ways of hiding, each of which is judged by itself.
    pub modes: Vec<Mode>,
    /// Masks of each test tile in a mode; where one layer is hidden, each is hidden once.
    pub test_draws: usize,
    /// Masks of each training tile, on which the local trees learn and thresholds are chosen.
    pub training_draws: usize,
    /// Whether the local trees are also judged after learning from tiles drawn at random over all ground, test
    /// ground included, as the published development code did: what such a split would have claimed.
    pub random_control: bool,
    /// Whether every two species are hidden together, to see which tells of which.
    pub dependency: bool,
}

impl Default for Judge {
    fn default() -> Self {
        Self {
            modes: vec![Mode::OneLayer, Mode::Layers, Mode::Rectangle],
            test_draws: 2,
            training_draws: 3,
            random_control: true,
            dependency: false,
        }
    }
}

/// A network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedNetwork {
    /// Name in the table.
    pub name: String,
    /// Network and training.
    #[serde(default)]
    pub network: network::Settings,
}

/// How the map is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "InfillMapSettings")]
pub struct MapSettings {
    /// Masks of each tile and seed; 0 draws no map.
    pub draws: usize,
    /// Cells from tile to tile; tiles that overlap are blended.
    pub step_cells: usize,
}

impl Default for MapSettings {
    fn default() -> Self {
        Self { draws: 50, step_cells: 25 }
    }
}

/// An infilling, and the folder that its paths are relative to.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The project.
    pub project: Project,
    /// Folder of the project file.
    pub folder: PathBuf,
}

/// Reads a project file, with `--set key=value` changes applied on top.
///
/// # Errors
/// As [`crate::project::open`].
pub fn open(path: &Path, changes: &[String]) -> Result<Opened> {
    let (project, folder): (Project, PathBuf) = crate::project::parse(path, changes)?;
    project.validate()?;
    Ok(Opened { project, folder })
}

impl Project {
    fn validate(&self) -> Result<()> {
        let wrong = |reason: String, hint: &str| Err(Error::Project { reason, hint: hint.into() });
        if self.name.trim().is_empty() || self.name.contains(['/', '\\']) {
            return wrong(
                format!("`name` is `{}`", self.name),
                "give it a name that a folder can have",
            );
        }
        if self.species.is_empty() {
            return wrong("`species` is empty".into(), "name one commodity of the table or more");
        }
        if self.judge.modes.is_empty()
            || self.judge.test_draws == 0
            || self.judge.training_draws == 0
        {
            return wrong(
                "`judge` has no modes or no draws".into(),
                "give `judge.modes`, and 1 or more for `test_draws` and `training_draws`",
            );
        }
        if !(1..=100).contains(&self.seeds) {
            return wrong(
                format!("`seeds` is {}", self.seeds),
                "train each network with 1 to 100 seeds",
            );
        }
        if self.map.step_cells == 0 || self.map.step_cells > self.tile_cells {
            let reason = format!("`map.step_cells` is {}", self.map.step_cells);
            return wrong(reason, "let tiles touch: 1 up to `tile_cells`");
        }
        let mut names: Vec<&str> =
            self.networks.iter().map(|network| network.name.as_str()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return wrong(
                format!("two networks are named `{}`", twice[0]),
                "give each a name of its own",
            );
        }
        self.check_parts().map_err(own_keys)
    }

    fn check_parts(&self) -> Result<()> {
        crate::project::check_layers("auxiliary", &self.auxiliary)?;
        self.recording.as_ref().map_or(Ok(()), recording::Settings::check)?;
        self.spectra.as_ref().map_or(Ok(()), spectra::Settings::check)?;
        self.split.check()?;
        self.mask.check()?;
        self.flag.check()?;
        self.local_trees.check()?;
        self.kriging.check()?;
        for network in &self.networks {
            network.network.check()?;
        }
        Ok(())
    }
}

/// Keys of this project file do not stand under `model`.
fn own_keys(error: Error) -> Error {
    match error {
        Error::Model(paydirt_model::Error::Core(paydirt_core::Error::BadSetting {
            key,
            found,
            expected,
        })) => {
            let key = key.strip_prefix("model.").map_or(key.clone(), Into::into);
            Error::Core(paydirt_core::Error::BadSetting { key, found, expected })
        }
        other => other,
    }
}

/// The JSON schema of the project file.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Project).into()
}
