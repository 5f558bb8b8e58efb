//! `paydirt explain`

use std::path::Path;

use paydirt_core::grid::Point;

use super::Session;
use crate::error::Result;
use crate::{run, saved};

pub(super) fn explain(
    session: &Session,
    run: &Path,
    place: Point,
    project: Option<&Path>,
) -> Result<()> {
    let own = run.join("project.toml");
    if project.is_none() {
        saved::read_text(run, &own)?;
    }
    let opened = session.open(project.unwrap_or(&own))?;
    let explained = run::explain_place(run, &opened, place, session)?;
    session.show(&explained, &explained.words())
}
