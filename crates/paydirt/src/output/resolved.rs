//! The project file that a run keeps: every default written out, every path whole.

use std::fmt::Write;

use crate::error::{Error, Result};
use crate::project::{self, Opened, Project};
use crate::report::Finished;

fn unwritten(reason: String) -> Error {
    Error::Saved { path: "project.toml".into(), reason }
}

/// The project file with every default written out and absolute paths.
pub(super) fn settings(opened: &Opened) -> Result<String> {
    let project = absolute(opened);
    toml::to_string(&project).map_err(|error| unwritten(error.to_string()))
}

/// The same with the fitted numbers as comments. Running it again draws the same maps.
pub(super) fn with_fitted(settings: &str, finished: &Finished<'_>) -> Result<String> {
    let mut text = String::from(
        "# Resolved: every default written out. Running this draws the same maps.\n\n",
    );
    text.push_str(settings);
    text.push_str("\n# Fitted on all ground (as in model/model.json):\n");
    let fitted = serde_json::to_string_pretty(&finished.trained.contract)
        .map_err(|error| unwritten(error.to_string()))?;
    for line in fitted.lines() {
        let _ = writeln!(text, "# {line}");
    }
    Ok(text)
}

fn absolute(opened: &Opened) -> Project {
    let mut project = opened.project.clone();
    let whole = |path: &mut std::path::PathBuf| project::whole(&opened.folder, path);
    if let Some(grid) = &mut project.grid {
        grid.like.iter_mut().for_each(whole);
        grid.study_area.iter_mut().for_each(whole);
    }
    project.evidence.iter_mut().for_each(|layer| layer.make_absolute(&opened.folder));
    project.assays.iter_mut().for_each(|assays| whole(&mut assays.path));
    project.labels.iter_mut().for_each(|labels| whole(&mut labels.path));
    if let Some(table) = &mut project.table {
        whole(&mut table.path);
        table.map.iter_mut().for_each(whole);
    }
    project
}
