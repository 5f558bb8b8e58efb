//! `paydirt predict`

use std::path::Path;

use super::share::Sharable;
use super::{Session, beside};
use crate::error::Result;
use crate::folder::refuse_existing;
use crate::{run, scale};

pub(super) fn predict(
    session: &Session,
    run: &Path,
    project: &Path,
    out: Option<&Path>,
) -> Result<()> {
    let opened = session.open(project)?;
    let out = out.map_or_else(|| beside(&opened, "predicted"), Path::to_path_buf);
    let what = Sharable::Predict { run: run.into(), project: project.into() };
    refuse_existing(&out, session.common.overwrite)?;
    scale::spread(opened.project.scale.as_ref(), &what, session)?;
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
