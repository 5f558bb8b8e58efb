//! What can go wrong in the science, with both values named and the advice apart as a hint.

use std::path::PathBuf;

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong, as a lower-case fragment that names what, which, expected and found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A grid whose numbers make no grid.
    #[error(
        "grid of {rows} rows x {cols} columns with cells of {cell_width} x {cell_height} is not a grid"
    )]
    BadGrid {
        /// Rows asked for.
        rows: usize,
        /// Columns asked for.
        cols: usize,
        /// Cell width in units of the coordinate reference system.
        cell_width: f64,
        /// Cell height in units of the coordinate reference system.
        cell_height: f64,
    },
    /// Two layers that do not share one grid.
    #[error("layer `{layer}` is {found}, but the project grid is {expected}")]
    GridMismatch {
        /// The layer.
        layer: String,
        /// The grid that was found.
        found: String,
        /// The project grid.
        expected: String,
    },
    /// Two layers of one name.
    #[error("two evidence layers are named `{name}`")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A layer, column or step that nothing provides.
    #[error("no {what} named `{name}` (there are: {known})")]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// Its name.
        name: String,
        /// Those that exist.
        known: String,
    },
    /// A setting outside its range.
    #[error("`{key}` is {found}, but must be {expected}")]
    BadSetting {
        /// The key as the project file writes it.
        key: String,
        /// The value.
        found: String,
        /// What would do.
        expected: String,
    },
    /// A formula that cannot be read, or that does not fit its layers.
    #[error("formula, character {character}: {reason}\n    {pointer}")]
    Formula {
        /// What is wrong.
        reason: String,
        /// Where, counted from 1.
        character: usize,
        /// The formula, and under it a caret at the place.
        pointer: String,
    },
    /// A step met data that it cannot treat.
    #[error("step `{step}` on `{layer}`: {reason}")]
    Step {
        /// The step.
        step: String,
        /// The layer or column.
        layer: String,
        /// What is wrong.
        reason: String,
    },
    /// A step that measures metres on a grid in degrees.
    #[error("step `{step}` measures metres, but the project grid is in degrees")]
    DegreesGrid {
        /// The step.
        step: &'static str,
    },
    /// Not enough labels for what was asked.
    #[error("{what}: {found} found, at least {needed} needed")]
    TooFew {
        /// What there is too little of.
        what: String,
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A cell of an assay table that cannot be read.
    #[error("row {row}, column `{column}`: `{cell}` {reason}{others}")]
    BadCell {
        /// The column's header.
        column: String,
        /// The row, from 1.
        row: usize,
        /// What stands there.
        cell: String,
        /// What is wrong with it.
        reason: String,
        /// How many more there are, and where.
        others: String,
    },
    /// An assay table of which nothing can be made.
    #[error("assays: {reason}")]
    BadAssays {
        /// What is wrong.
        reason: String,
        /// What to do about it.
        advice: &'static str,
    },
    /// A file could not be read or written.
    #[error("cannot use `{path}`: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Error {
    /// What the user can do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::GridMismatch { .. } => {
                Some("give it `resample = \"bilinear\"` or another method".into())
            }
            Self::DuplicateName { .. } => Some("give each layer a `name` of its own".into()),
            Self::Unknown { .. } => Some("name one of those that there are".into()),
            Self::DegreesGrid { .. } => {
                Some("give `[grid]` a projected `crs`: a degree is no length".into())
            }
            Self::TooFew { .. } => Some(
                "add labels, widen the study area, or use smaller blocks, buffers and distances"
                    .into(),
            ),
            Self::Step { .. } => {
                Some("look at the layer's values, its `type`, and the settings of the step".into())
            }
            Self::Formula { .. } => Some(
                "a formula is like `(b4 + b6) / b5` or `where(ndvi < 0.3, kaolinite, missing)`; a \
                 name with spaces stands in quotes"
                    .into(),
            ),
            Self::BadSetting { .. } => Some("give it another value in the project file".into()),
            Self::BadGrid { .. } => {
                Some("a grid has cells of a positive size, at most 2^40 of them".into())
            }
            Self::File { .. } => {
                Some("look at the folder's permissions and at the space left on its disk".into())
            }
            Self::BadCell { column, .. } => Some(format!(
                "say what the column holds (`columns = {{ \"{column}\" = \"Ba_ppm\" }}`), leave it \
                 out (`ignore`), or let such cells be missing (`unreadable = \"missing\"`)"
            )),
            Self::BadAssays { advice, .. } => Some((*advice).into()),
        }
    }
}

/// Refuses a setting for which something does not hold.
pub(crate) fn require(
    holds: bool,
    key: &str,
    found: impl std::fmt::Display,
    expected: &str,
) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::BadSetting { key: key.into(), found: found.to_string(), expected: expected.into() })
}
