//! Open data: what there is, and how it comes onto the machine.

mod fetch;
mod unpack;

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

pub use fetch::{Download, Fetched, fetch};

/// Whether the publisher's file may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Checksum {
    /// It never does: another file is refused.
    Fixed,
    /// It may: another file is told, and its hash kept.
    Changes,
}

/// A source of open data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What `paydirt data fetch` calls it.
    pub name: String,
    /// What it is.
    pub title: String,
    /// Who publishes it.
    pub publisher: String,
    /// Where it lies; `{tile}` stands for the tile.
    pub url: String,
    /// Under which terms it may be used.
    pub licence: String,
    /// About how large the file is.
    pub bytes_about: u64,
    /// SHA-256 of a copy that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Whether the file may change.
    pub checksum: Checksum,
    /// Whether it is an archive that is unpacked.
    #[serde(default)]
    pub unpack: bool,
    /// What a tile is called, where it comes in tiles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tile_like: Option<String>,
    /// What a project does with it.
    pub use_as: String,
}

#[derive(Deserialize)]
struct Catalogue {
    source: Vec<Source>,
}

/// All sources that are known.
///
/// # Errors
/// [`Error::Saved`] where the built-in catalogue does not parse, which a test rules out.
pub fn all() -> Result<Vec<Source>> {
    let catalogue: Catalogue = toml::from_str(include_str!("catalogue.toml")).map_err(|error| {
        Error::Saved { path: "catalogue.toml".into(), reason: error.to_string() }
    })?;
    Ok(catalogue.source)
}

/// The source of a name.
///
/// # Errors
/// [`Error::Usage`] with the names that are nearest, where there is none.
pub fn named(name: &str) -> Result<Source> {
    let all = all()?;
    if let Some(source) = all.iter().find(|source| source.name == name) {
        return Ok(source.clone());
    }
    let mut names: Vec<&str> = all.iter().map(|source| source.name.as_str()).collect();
    names.sort_by(|a, b| strsim::jaro_winkler(b, name).total_cmp(&strsim::jaro_winkler(a, name)));
    Err(Error::Usage {
        reason: format!("no source is called `{name}`"),
        hint: format!("did you mean `{}`? `paydirt data list` names all", names[0]),
    })
}

impl Source {
    /// What is downloaded: of a tile, where it comes in tiles.
    ///
    /// # Errors
    /// [`Error::Usage`] where a tile is missing, or not wanted, or no name of one.
    pub fn download(&self, tile: Option<&str>) -> Result<Download> {
        let url = match (&self.tile_like, tile) {
            (None, None) => self.url.clone(),
            (None, Some(_)) => {
                return Err(Error::Usage {
                    reason: format!("`{}` does not come in tiles", self.name),
                    hint: "leave `--tile` out".into(),
                });
            }
            (Some(like), tile) => {
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let tile = tile.filter(|tile| !tile.is_empty() && tile.chars().all(plain));
                let tile = tile.ok_or_else(|| Error::Usage {
                    reason: format!("`{}` comes in tiles", self.name),
                    hint: format!("name one, as in `--tile {like}`"),
                })?;
                self.url.replace("{tile}", tile)
            }
        };
        let file = file_name(&url).ok_or_else(|| Error::Usage {
            reason: format!("`{url}` names no file"),
            hint: "give the address of a file".into(),
        })?;
        Ok(Download {
            url,
            file,
            sha256: self.sha256.clone(),
            fixed: self.checksum == Checksum::Fixed,
            unpack: self.unpack,
        })
    }
}

/// The file that an address names: the end of its path, or what stands behind `name=`.
fn file_name(url: &str) -> Option<String> {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let named = query.split('&').find_map(|part| part.strip_prefix("name="));
    let name = named.or_else(|| path.rsplit('/').next())?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let safe = !name.is_empty() && !name.starts_with('.') && name.chars().all(plain);
    (safe && Path::new(name).file_name().is_some()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_can_be_asked_for() {
        let sources = all().unwrap();
        let mut names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), sources.len());
        for source in &sources {
            let download = source.download(source.tile_like.as_deref()).unwrap();
            assert!(download.url.starts_with("https://") && !download.url.contains('{'));
            assert_eq!(source.unpack, download.file.ends_with(".zip"), "{}", source.name);
            assert!(source.checksum == Checksum::Changes || source.sha256.is_some());
            let hash = source.sha256.as_deref();
            assert!(hash.is_none_or(|hash| hash.len() == 64), "{}", source.name);
        }
    }

    #[test]
    fn wrong_names_and_tiles_are_told() {
        let told = named("qfault").unwrap_err();
        assert!(told.hint().unwrap().contains("`qfaults`"), "{told}");
        let tiled = named("copernicus-dem").unwrap();
        assert!(tiled.download(None).unwrap_err().hint().unwrap().contains("N39_00_W117_00"));
        assert!(tiled.download(Some("../../etc")).is_err());
        assert!(named("mrds").unwrap().download(Some("N39")).is_err());
        assert_eq!(file_name("https://a/b/..?x=1"), None);
        assert_eq!(file_name("https://a/b?name=c.zip").as_deref(), Some("c.zip"));
    }
}
