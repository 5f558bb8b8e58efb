//! The HTML page of a run.

use super::{Finished, Report};
use crate::error::Result;

/// The page.
///
/// # Errors
/// Where a map cannot be read.
pub fn page(_finished: &Finished<'_>, _report: &Report) -> Result<String> {
    Ok(String::new())
}
