//! `paydirt run`

use std::path::Path;

use super::share::Sharable;
use super::{Session, beside};
use crate::error::Result;
use crate::folder::refuse_existing;
use crate::report::Report;
use crate::{run, scale};

pub(super) fn run(session: &Session, project: &Path, out: Option<&Path>) -> Result<()> {
    let opened = session.open(project)?;
    let out = out.map_or_else(|| beside(&opened, "run"), Path::to_path_buf);
    let what = Sharable::Run { project: project.into() };
    refuse_existing(&out, session.common.overwrite)?;
    scale::spread(opened.project.scale.as_ref(), &what, session)?;
    let report = run::run(&opened, &out, session)?;
    session.show(&report, &summary(&report, &out))
}

/// The run in a few lines, for the terminal.
pub(super) fn summary(report: &Report, out: &Path) -> String {
    let mut lines = vec![crate::report::model_table(&report.models)];
    for gap in &report.optimism_gap {
        lines.push(format!(
            "optimism gap of {}: {:+.3} (random splitting would have claimed {:.3})",
            gap.name, gap.gap, gap.random_auc
        ));
    }
    lines.extend(report.search.as_ref().map(|search| search.said.clone()));
    if let Some(target) = report.targets.first() {
        lines.push(format!(
            "{} targets; the first at {:.0}, {:.0}: {:.2} km2, percentile {:.2}",
            report.targets.len(),
            target.easting,
            target.northing,
            target.area_km2,
            target.percentile
        ));
    }
    lines.push(format!("open {}", out.join("report.html").display()));
    lines.join("\n")
}
