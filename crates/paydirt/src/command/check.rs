//! `paydirt check`

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use super::Session;
use crate::error::Result;
use crate::plan::{self, Plan};
use crate::read;
use crate::receipt::Receipt;
use crate::report::number::significant;

/// What `paydirt check` found.
#[derive(Serialize)]
struct Checked {
    /// What would be read.
    receipt: Receipt,
    /// What the run will need.
    plan: Plan,
}

pub(super) fn check(session: &Session, project: &Path) -> Result<()> {
    let opened = session.open(project)?;
    let spool = tempfile::tempdir()?;
    let read = read::read(&opened, Some(spool.path()), session)?;
    let plan = plan::plan(&opened.project, &read, session.common.max_memory);
    let checked = Checked { receipt: read.receipt, plan };
    session.show(&checked, &text(&checked))?;
    checked.plan.keep_promise()
}

fn text(Checked { receipt, plan }: &Checked) -> String {
    let mut text = evidence_text(receipt);
    let labels = &receipt.labels;
    let _ = writeln!(
        text,
        "labels    {} rows: {} deposits and {} negatives count",
        labels.rows, labels.deposits, labels.negatives
    );
    for out in &labels.excluded {
        let _ = writeln!(text, "          {} does not: {}", out.row, out.reason);
    }
    let searching = match plan.search_fits {
        0 => String::new(),
        fits => format!(" at most, {fits} of them in searches"),
    };
    let kept = if plan.spooled { "layers kept on disk" } else { "layers kept in memory" };
    let cpu = &plan.cpu;
    let parts = [
        ("reading", cpu.read_s),
        ("searching", cpu.search_s),
        ("judging", cpu.judge_s),
        ("fitting", cpu.fit_s),
        ("drawing", cpu.draw_s),
        ("explaining", cpu.explain_s),
    ];
    let parts = parts.iter().filter(|(_, part_s)| *part_s >= 0.5);
    let parts: Vec<String> = parts.map(|(part, part_s)| format!("{part} {part_s:.0}")).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    let _ = write!(
        text,
        "plan      {} fits{searching}, about {:.0} CPU seconds{parts}; memory {} MiB ({kept}), disk {} MiB",
        plan.fits,
        cpu.total_s().ceil(),
        plan.peak_memory_mib,
        plan.disk_mib
    );
    text
}

/// The grid and the layers, a line each.
pub(super) fn evidence_text(receipt: &Receipt) -> String {
    let mut text = String::new();
    if let Some(grid) = &receipt.grid {
        let _ = writeln!(
            text,
            "grid      {}; study area {:.0} km2 in {} cells, {} with all evidence known",
            grid.text, grid.study_area_km2, grid.study_area_cells, grid.complete_cells
        );
    }
    let width = receipt.layers.iter().map(|line| line.name.len()).max().unwrap_or(0);
    for line in &receipt.layers {
        let range = match (line.min, line.max) {
            (Some(min), Some(max)) => {
                format!("{} to {} {}", short(min), short(max), line.unit)
            }
            _ => "no value".into(),
        };
        let _ = writeln!(
            text,
            "evidence  {:width$}  {}; {range}; {} known, {} missing; {}",
            line.name,
            format!("{:?}", line.evidence_type).to_lowercase(),
            line.known_cells,
            line.missing_cells,
            line.resampling
        );
        if !line.legend.is_empty() {
            let classes: Vec<String> =
                line.legend.iter().map(|(code, text)| format!("{code} {text}")).collect();
            let _ = writeln!(text, "          {:width$}  classes: {}", "", classes.join("; "));
        }
        for note in &line.notes {
            let _ = writeln!(text, "          {:width$}  {note}", "");
        }
    }
    text
}

/// A number as it is where that is short, else to three digits.
fn short(number: f64) -> String {
    let whole = (number as f32).to_string();
    if whole.len() <= 8 { whole } else { significant(number) }
}
