//! The page on paper: `report.pdf` says what `report.html` says, set by a typesetter.
//!
//! The page is read back as the tree of its parts and handed to one document that knows how a part looks
//! on paper, so nothing is told twice and whatever is added to the page is on paper too.

mod drawing;
mod inline;
mod tree;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::{Error, Result};

use self::tree::Block;

/// Name of the file in a run folder.
pub const PDF: &str = "report.pdf";

/// What the document reads.
#[derive(Serialize)]
struct Paper {
    title: String,
    /// What stands at the foot of every page.
    foot: String,
    blocks: Vec<Block>,
}

/// A page as PDF: sections, tables, maps and charts as they follow each other.
///
/// # Errors
/// [`Error::Saved`] where the page is not well-formed, or cannot be set.
pub fn pdf(page: &str, foot: &str) -> Result<Vec<u8>> {
    let failed = |reason: String| Error::Saved { path: PDF.into(), reason };
    let (title, blocks) = tree::read(&readable(page)).map_err(failed)?;
    let paper = Paper { title, foot: foot.into(), blocks };
    let json = serde_json::to_vec(&paper).map_err(|error| failed(error.to_string()))?;
    let files = BTreeMap::from([("paper.json".to_owned(), json)]);
    let creator = concat!("Paydirt ", env!("CARGO_PKG_VERSION"));
    paydirt_print::pdf(include_str!("paper.typ"), files, creator)
        .map_err(|error| failed(error.to_string()))
}

/// A page without the signs that no markup may hold, which names in data sometimes do.
fn readable(page: &str) -> String {
    let foreign = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    page.replace(foreign, "\u{fffd}")
}

#[cfg(test)]
mod tests;
