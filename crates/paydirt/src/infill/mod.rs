//! `paydirt infill`: mineral records are a masked picture. Read, part, mask, fit, judge, draw, flag, report.

pub mod project;
pub mod recording;
pub mod report;
pub mod spectra;
pub mod study;

mod auxiliary;
mod dependency;
mod drivers;
mod flags;
mod judge;
mod map;
mod output;
mod page;
mod read;
mod train;

use std::path::Path;

use paydirt_core::seed::Seed;

pub use self::project::Opened;
pub use self::report::Report;
use crate::command::Session;
use crate::error::Result;
use crate::folder::Folder;
use crate::origin;
use crate::pieces::{Pieces, Shard};

/// Runs an infilling into a folder.
///
/// # Errors
/// Whatever goes wrong on the way; nothing is left behind then but checkpoints that were asked for.
pub fn run(opened: &Opened, out: &Path, session: &Session) -> Result<Report> {
    let console = &session.console;
    let folder = Folder::begin(out, session.common.overwrite)?;
    let read = read::read(opened, console)?;
    let pieces = pieces_of(opened, &read, session)?;
    let models = folder.inside("models")?;
    let networks = train::all(opened, &read, (&models, &pieces), console)?;
    let recordings = recording::fit(opened, &read, console)?;
    let judged = judge::judge(opened, &read, networks, console)?;
    let maps = map::draw(&opened.project, &read, (&judged, &pieces), console)?;
    let seed = Seed(opened.project.seed).derive("flag", 0);
    let flagged = match &maps {
        Some(maps) => flags::find(&opened.project.flag, &read, (maps, &judged), seed)?,
        None => Vec::new(),
    };
    let dependency = match opened.project.judge.dependency {
        true => dependency::measure(&read, &judged, console)?,
        false => Vec::new(),
    };
    let mut report = report::build(opened, &read, &judged, &flagged, console);
    report.dependency = dependency;
    report.explain(drivers::measure(&read, &judged, &flagged, console)?);
    report.recording.clone_from(&recordings.lines);
    output::write(
        &folder,
        opened,
        &output::Made {
            read: &read,
            judged: &judged,
            maps: maps.as_ref(),
            flagged: &flagged,
            recordings: &recordings,
        },
        &report,
    )?;
    folder.finish()?;
    Ok(report)
}

/// An infilling whose records were read, to make shares of it.
pub struct Shared {
    opened: Opened,
    read: read::Read,
    pieces: Pieces,
}

impl Shared {
    /// Reads what an infilling needs.
    ///
    /// # Errors
    /// As [`run`].
    pub fn new(opened: Opened, session: &Session) -> Result<Self> {
        let read = read::read(&opened, &session.console)?;
        let pieces = pieces_of(&opened, &read, session)?;
        Ok(Self { opened, read, pieces })
    }

    /// Makes a share.
    ///
    /// # Errors
    /// [`crate::error::Error::Share`] with what other shares have not made yet, always; whatever goes wrong on the way.
    pub fn make(&self, shard: Shard, session: &Session) -> Result<()> {
        let Self { opened, read, pieces } = self;
        let pieces = pieces.for_share(shard)?;
        let models = tempfile::tempdir()?;
        let networks = train::all(opened, read, (models.path(), &pieces), &session.console)?;
        let unjudged = judge::Judged::of_networks(opened, read, networks)?;
        map::draw(&opened.project, read, (&unjudged, &pieces), &session.console)?;
        // Without a map there is nothing after the networks.
        pieces.end("map")
    }
}

/// The pieces of an infilling.
fn pieces_of(opened: &Opened, read: &read::Read, session: &Session) -> Result<Pieces> {
    Pieces::new(session.common.states.as_deref(), || {
        let line = &read.line;
        let layers: Vec<_> = line.layers.iter().map(|one| (&one.name, &one.sha256)).collect();
        let scans = line.spectra.as_ref().map(|scans| &scans.sha256);
        let origin = origin::of(&opened.project, &opened.folder)?;
        Ok(("infill", origin, (&line.sha256, layers, scans)))
    })
}
