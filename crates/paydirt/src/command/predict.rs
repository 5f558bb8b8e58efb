//! `paydirt predict`

use std::path::Path;

use super::{Session, beside};
use crate::error::Result;
use crate::run;

pub(super) fn predict(
    session: &Session,
    run: &Path,
    project: &Path,
    out: Option<&Path>,
) -> Result<()> {
    let opened = session.open(project)?;
    let out = out.map_or_else(|| beside(&opened, "predicted"), Path::to_path_buf);
    let predicted = run::predict(run, &opened, &out, session)?;
    let text = format!(
        "{} cells drawn; the figures of `{}` were got on its own ground and do not carry over by \
         themselves\nopen {}",
        predicted.map.cells,
        run.display(),
        out.join("maps").display()
    );
    session.show(&predicted, &text)
}
