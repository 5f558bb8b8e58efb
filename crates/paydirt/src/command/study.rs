//! `paydirt study`

use std::path::Path;

use super::Session;
use crate::error::{Error, Result};
use crate::infill::study;
use crate::report::learning;
use crate::saved::{write_json, write_text};

pub(super) fn study(
    session: &Session,
    project: &Path,
    (key, values): (&str, &[String]),
    out: Option<&Path>,
) -> Result<()> {
    if let Some(out) = out {
        check_out(out)?;
    }
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

/// Refuses, before hours of judging, a place that the figures could not be written to.
fn check_out(out: &Path) -> Result<()> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    let reason = match folder {
        Some(folder) if !folder.is_dir() => format!("there is no folder `{}`", folder.display()),
        _ if out.extension().is_some_and(|end| end == "json") => {
            "`--out` names the SVG file of the curve; the figures go beside it as JSON".into()
        }
        _ => return Ok(()),
    };
    Err(Error::Usage { reason, hint: "as in `--out depth.svg`".into() })
}
