//! Files that are written side by side.

use paydirt_core::grid::Grid;
use paydirt_io::cog;
use rayon::prelude::*;

use crate::console::Task;
use crate::error::{Error, Result};

/// Writes one file.
pub(crate) type Job<'a> = Box<dyn Fn() -> Result<()> + Send + Sync + 'a>;

/// Writes maps on a grid, as many at a time as there are threads and GDAL has room for; the first that cannot be
/// written ends it.
///
/// # Errors
/// That of the map, or an interrupt.
pub(crate) fn side_by_side(jobs: &[Job<'_>], grid: &Grid, task: &Task<'_>) -> Result<()> {
    let threads = cog::side_by_side(grid).min(rayon::current_num_threads());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Error::Usage {
        reason: error.to_string(),
        hint: "use a smaller `--threads`".into(),
    })?;
    pool.install(|| jobs.par_iter().try_for_each(|job| job().and_then(|()| task.advance(1))))
}
