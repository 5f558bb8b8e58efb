//! `paydirt demo`

use std::path::Path;

use paydirt_core::district::{self, District};

use super::Session;
use crate::error::Result;
use crate::folder::Folder;
use crate::{demo, project, run};

pub(super) fn demo(session: &Session, out: &Path, size_cells: usize) -> Result<()> {
    let settings = district::Settings {
        rows: size_cells,
        cols: size_cells,
        seed: session.common.seed.unwrap_or(district::Settings::default().seed),
        ..district::Settings::default()
    };
    let folder = Folder::begin(out, session.common.overwrite)?;
    session.console.say("making a synthetic district");
    let district = demo::write(folder.path(), &settings)?;
    folder.finish()?;
    let mut opened = project::open(&out.join("project.toml"), &session.common.set)?;
    opened.project.seed = session.common.seed.unwrap_or(opened.project.seed);
    let run_folder = out.join("district.run");
    let report = run::run(&opened, &run_folder, session)?;
    let text =
        format!("{}{}", super::run::summary(&report, &run_folder), known_truth(&report, &district));
    session.show(&report, &text)
}

/// What the truth says of the run: the share of all deposits, found or not, that lie in the targets'
/// class of the map is for the user to see in `truth/`.
fn known_truth(report: &crate::report::Report, district: &District) -> String {
    let place = |name: &str| report.importance.iter().position(|line| line.layer == name);
    let best = |names: &[String]| names.iter().filter_map(|name| place(name)).min();
    let drivers = district.drivers.join(", ");
    match (best(&district.drivers), best(&district.decoys)) {
        (Some(driver), Some(decoy)) if driver < decoy => {
            format!(
                "\ntruth: a true driver ({drivers}) leads the importances, ahead of every decoy"
            )
        }
        (None, None) => String::new(),
        _ => format!("\ntruth: the drivers are {drivers}; a decoy leads the importances"),
    }
}
