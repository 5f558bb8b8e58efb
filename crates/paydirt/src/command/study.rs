//! `paydirt study`

use std::path::Path;

use super::Session;
use crate::error::Result;
use crate::infill::study;
use crate::report::learning;
use crate::saved::{write_json, write_text};

pub(super) fn study(
    session: &Session,
    project: &Path,
    (key, values): (&str, &[String]),
    out: Option<&Path>,
) -> Result<()> {
    let study = study::run(project, key, values, session)?;
    if let Some(out) = out {
        write_json(&out.with_extension("json"), &study)?;
        match study.curve() {
            Some((across, lines)) => {
                write_text(out, &learning::drawn(&study.project, "micro Dice", &across, &lines))?;
            }
            None => session.console.warn(format!(
                "the values of `{key}` are not numbers over 0: no curve is drawn, the figures are in `{}`",
                out.with_extension("json").display()
            )),
        }
    }
    session.show(&study, &study.table())
}
