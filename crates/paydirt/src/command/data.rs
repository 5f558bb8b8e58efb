//! `paydirt data`

use std::fmt::Write;
use std::path::Path;

use super::Session;
use crate::error::Result;
use crate::sources::{self, Source};

/// Lists the sources that are known.
pub(super) fn list(session: &Session) -> Result<()> {
    let all = sources::all()?;
    session.show(&all, &table(&all))
}

fn table(all: &[Source]) -> String {
    let mut text = String::new();
    for source in all {
        let mb = (source.bytes_about as f64 / 1e6).max(0.1);
        let tiles = source
            .tile_like
            .as_ref()
            .map_or_else(String::new, |like| format!(", a tile; name one as `--tile {like}`"));
        let _ = write!(
            text,
            "{}\n    {}\n    {}; {}\n    about {mb:.1} MB{tiles}; for: {}\n    {}\n",
            source.name, source.title, source.publisher, source.licence, source.use_as, source.url
        );
    }
    text.push_str("\nGet one with `paydirt data fetch NAME --out FOLDER`.");
    text
}

/// Fetches a source into a folder.
pub(super) fn fetch(session: &Session, name: &str, tiles: &[String], out: &Path) -> Result<()> {
    let source = sources::named(name)?;
    let downloads = match tiles {
        [] => vec![source.download(None)?],
        tiles => tiles.iter().map(|tile| source.download(Some(tile))).collect::<Result<_>>()?,
    };
    let mut fetched = Vec::new();
    for download in &downloads {
        fetched.push(sources::fetch(download, out, session.common.overwrite, &session.console)?);
    }
    let lines: Vec<String> = fetched
        .iter()
        .map(|one| {
            let here = if one.was_here { "was here already: " } else { "" };
            let place = one.unpacked.as_ref().unwrap_or(&one.file).display();
            format!("{here}{place} ({} bytes, SHA-256 {})", one.bytes, one.sha256)
        })
        .collect();
    let text = format!("{}\n{}: {}", lines.join("\n"), source.publisher, source.licence);
    session.show(&fetched, &text)
}
