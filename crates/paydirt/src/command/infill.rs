//! `paydirt infill`

use std::path::Path;

use super::Session;
use super::share::Sharable;
use crate::error::Result;
use crate::folder::refuse_existing;
use crate::{infill, scale};

pub(super) fn infill(session: &Session, path: &Path, out: Option<&Path>) -> Result<()> {
    let opened = session.open_infilling(path, &[])?;
    let beside = || opened.folder.join(format!("{}.infill", opened.project.name));
    let out = out.map_or_else(beside, Path::to_path_buf);
    let what = Sharable::Infill { project: path.into() };
    refuse_existing(&out, session.common.overwrite)?;
    scale::spread(opened.project.scale.as_ref(), &what, session)?;
    let report = infill::run(&opened, &out, session)?;
    let text = format!("{}\nopen {}", report.table(), out.join("report.html").display());
    session.show(&report, &text)
}
