//! `paydirt reproduce`

use std::path::Path;

use super::Session;
use crate::error::{Error, Result};
use crate::reproduce;

pub(super) fn reproduce(
    session: &Session,
    map: &Path,
    project: Option<&Path>,
    out: Option<&Path>,
) -> Result<()> {
    let kept = tempfile::tempdir()?;
    let thrown_away = kept.path().join("again.run");
    let found = reproduce::reproduce(map, project, out.unwrap_or(&thrown_away), session)?;
    let text = if found.same() {
        format!(
            "the same: all {} cells of {} are equal bit for bit, from the same {} files",
            found.cells,
            map.display(),
            found.inputs
        )
    } else {
        format!(
            "not the same: {} of {} cells differ, by {:.3e} at most",
            found.different, found.cells, found.greatest_difference
        )
    };
    session.show(&found, &text)?;
    if found.same() {
        return Ok(());
    }
    Err(Error::NotReproduced { map: map.into(), different: found.different, cells: found.cells })
}
