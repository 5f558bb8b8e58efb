//! What the CriticalMAAS data repository (CDR) is told of a map: an output layer of its `cdr_schemas`
//! (`ProspectivityOutputLayer`), as JSON beside the raster that goes with it.

use std::path::Path;

use serde::Serialize;

use crate::draw::{PROSPECTIVITY, SPREAD};
use crate::error::Result;
use crate::report::Report;
use crate::saved::write_json;

/// An output layer, by the repository's names.
#[derive(Serialize)]
struct OutputLayer<'a> {
    system: &'static str,
    system_version: &'a str,
    model: &'a str,
    model_version: &'a str,
    /// The same for all layers of a run.
    model_run_id: &'a str,
    /// `likelihood` or `uncertainty`.
    output_type: &'static str,
    /// Of the critical mineral assessment that asked for it.
    cma_id: &'a str,
    title: String,
}

/// Writes one file for the map of probabilities and one for that of their spread.
///
/// # Errors
/// Where one cannot be written.
pub(super) fn write(maps: &Path, cma_id: &str, report: &Report) -> Result<()> {
    let layers = [
        (PROSPECTIVITY, "likelihood", "prospectivity"),
        (SPREAD, "uncertainty", "spread of the prospectivity"),
    ];
    for (map, output_type, what) in layers {
        let layer = OutputLayer {
            system: "paydirt",
            system_version: &report.paydirt_version,
            model: &report.model,
            model_version: &report.paydirt_version,
            model_run_id: &report.reproduce.project_sha256,
            output_type,
            cma_id,
            title: format!("{}: {what}", report.project),
        };
        write_json(&maps.join(format!("{map}.cdr.json")), &layer)?;
    }
    Ok(())
}
