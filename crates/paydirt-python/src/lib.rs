//! The Python package `paydirt`, its native part: projects, runs, stacks, models and splits.
//!
//! What a person reads in Python is in `python/paydirt`; this module hands over numbers without copies,
//! releases the interpreter while it works, and turns every error into `paydirt.PaydirtError`.

mod long;
mod model;
mod project;
mod raised;
mod raster;
mod split;
mod stack;

/// The native part of `paydirt`.
#[pyo3::pymodule]
mod _paydirt {
    #[pymodule_export]
    use crate::model::{Fitted, catalogue, check_settings, fit, members};
    #[pymodule_export]
    use crate::project::{Project, demo, report};
    #[pymodule_export]
    use crate::raster::read_raster;
    #[pymodule_export]
    use crate::split::block_folds;
    #[pymodule_export]
    use crate::stack::Stack;

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
