//! What can go wrong between a file and the project, with both values named and the advice apart.

use std::path::PathBuf;

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong, as a lower-case fragment that names what, which, expected and found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The science refused what was read, or what the caller did with it failed.
    #[error(transparent)]
    Core(#[from] paydirt_core::Error),
    /// A file that is not there, or that this user may not read.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that could not be written.
    #[error("cannot write `{path}`: {reason}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file that holds something else.
    #[error("`{path}` is no {expected}: {reason}")]
    NotThat {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// What the readers said.
        reason: String,
    },
    /// A file that opens, but whose contents cannot be read.
    #[error("`{path}` is damaged or cannot be read ({doing}): {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What the reader said.
        reason: String,
    },
    /// A raster that is asked for its grid, but lies askew or upside down.
    #[error(
        "the rows of `{path}` do not run south and its columns east: its geotransform is {transform:?}"
    )]
    Rotated {
        /// The file.
        path: PathBuf,
        /// Its geotransform.
        transform: [f64; 6],
    },
    /// A header that claims more cells than can be meant.
    #[error("`{path}` claims {cols} columns x {rows} rows ({what}), more than any survey has")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Columns claimed.
        cols: usize,
        /// Rows claimed.
        rows: usize,
        /// Which of its sizes is absurd.
        what: String,
    },
    /// A band, layer, attribute or column that the file does not have.
    #[error("`{path}` has no {what} `{name}` (it has: {known})")]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
        /// Its name.
        name: String,
        /// Those that exist.
        known: String,
    },
    /// A choice that only the user can make.
    #[error("`{path}` holds several layers: {layers}")]
    WhichLayer {
        /// The file.
        path: PathBuf,
        /// Those that hold features.
        layers: String,
    },
    /// Values that are no single number each.
    #[error("{what} `{name}` of `{path}` holds {found}, but must hold {expected}")]
    BadValues {
        /// The file.
        path: PathBuf,
        /// Band, attribute or column.
        what: &'static str,
        /// Its name.
        name: String,
        /// What it holds.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// No feature is what was asked for.
    #[error("no feature of `{path}` has a `{attribute}` that {wanted} (there are: {known})")]
    NoMatch {
        /// The file.
        path: PathBuf,
        /// The attribute.
        attribute: String,
        /// What was asked of it.
        wanted: String,
        /// Its values.
        known: String,
    },
    /// A raster that does not say where it lies.
    #[error("`{path}` does not say where its cells lie (no geotransform)")]
    NoPlace {
        /// The file.
        path: PathBuf,
    },
    /// A file without a coordinate reference system.
    #[error("`{path}` has no coordinate reference system")]
    NoCrs {
        /// The file.
        path: PathBuf,
    },
    /// A coordinate reference system that does not fit the coordinates.
    #[error("`{path}` says that its coordinates are {crs}, but they reach {found}")]
    Contradiction {
        /// The file.
        path: PathBuf,
        /// The system it names.
        crs: String,
        /// The coordinates.
        found: String,
    },
    /// A file that names another system than the project gives it.
    #[error("`{path}` says that it is in {named}, but the project says `crs` is {given}")]
    TwoSystems {
        /// The file.
        path: PathBuf,
        /// The system it names.
        named: String,
        /// The one given.
        given: String,
    },
    /// A text that names no coordinate reference system.
    #[error("`{text}` is no coordinate reference system of a map: {reason}")]
    BadCrs {
        /// The text.
        text: String,
        /// Why.
        reason: String,
    },
    /// Two systems between which there is no way.
    #[error("there is no transformation from {from} to {to}: {reason}")]
    NoTransformation {
        /// The system of the file.
        from: String,
        /// The system of the project.
        to: String,
        /// Why.
        reason: String,
    },
    /// A raster or features that lie elsewhere.
    #[error(
        "`{path}` does not touch the project grid: in the grid's system it lies at {found}, the grid at {grid}"
    )]
    Elsewhere {
        /// The file.
        path: PathBuf,
        /// Its region.
        found: String,
        /// The region of the grid.
        grid: String,
    },
    /// A way of resampling that the values do not bear.
    #[error("`{path}` is {evidence_type}, which `{method}` would falsify (allowed: {allowed})")]
    WrongResample {
        /// The file.
        path: PathBuf,
        /// The method asked for.
        method: &'static str,
        /// The declared type.
        evidence_type: &'static str,
        /// Methods that fit the type.
        allowed: String,
    },
    /// A table in which no coordinates were found.
    #[error("no coordinates in `{path}`: {reason} (columns: {columns})")]
    NoCoordinates {
        /// The file.
        path: PathBuf,
        /// What is missing.
        reason: String,
        /// Its columns.
        columns: String,
    },
    /// A table with a fault at one line.
    #[error("`{path}`, line {line}: {reason}")]
    BadTable {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1; for Parquet the row.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// An address that leads nowhere.
    #[error("`{url}` cannot be used as an address: {reason}")]
    BadUrl {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A server that cannot be reached, or refuses.
    #[error("cannot {doing} `{url}`: {reason}")]
    Store {
        /// The address.
        url: String,
        /// What was tried.
        doing: &'static str,
        /// What was said.
        reason: String,
    },
    /// An evidence stack of another project, grid or version.
    #[error("{what} of the evidence stack `{path}` is {found}, but must be {expected}")]
    OtherStack {
        /// The stack.
        path: PathBuf,
        /// What differs.
        what: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A layer of an evidence stack that was not written to its end.
    #[error(
        "layer `{layer}` of `{path}` has {found} of {expected} rows: its writer was interrupted"
    )]
    Unfinished {
        /// The stack.
        path: PathBuf,
        /// The layer.
        layer: String,
        /// Rows that are there.
        found: usize,
        /// Rows of the grid.
        expected: usize,
    },
    /// Rows or bands of a map that do not fit its grid.
    #[error("{what}: {found} given, but {expected} expected")]
    BadShape {
        /// What was counted.
        what: String,
        /// How many were given.
        found: usize,
        /// How many were expected.
        expected: usize,
    },
}

impl Error {
    /// What the user can do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Core(error) => return error.hint(),
            Self::Read { .. } => "paths of a project file are relative to the folder it lies in",
            Self::NotThat { .. } => {
                "export it again, or convert it; `gdalinfo` and `ogrinfo` say what a file is"
            }
            Self::Rotated { .. } => {
                "turn it onto a grid of its own first: `gdalwarp in.tif out.tif`"
            }
            Self::TooLarge { .. } => "export the file again: its header is wrong",
            Self::Unknown { .. } => "name one of those that it has",
            Self::TwoSystems { .. } => {
                "leave `crs` out to believe the file, or correct it: `gdal_edit.py -a_srs EPSG:... FILE`"
            }
            Self::Damaged { .. } => {
                "fetch or export the file again; `gdalinfo -checksum` reads all of it"
            }
            Self::WhichLayer { .. } => "name one with `layer = \"...\"`",
            Self::NoMatch { .. } => "name one of its values in `where`",
            Self::BadValues { what: "attribute", .. } => {
                "names are classes: say `type = \"categorical\"`, or give them scores with a `legend`"
            }
            Self::NoPlace { .. } => "give it a world file, or georeference it first",
            Self::NoCrs { .. } => "say what it is in, such as `crs = \"EPSG:3067\"`",
            Self::Contradiction { .. } => {
                "the system is wrong: give the right one with `crs = \"...\"`"
            }
            Self::BadCrs { .. } => {
                "write `EPSG:3067`, `ESRI:102008`, a PROJ string (`+proj=...`) or well-known text"
            }
            Self::Elsewhere { .. } => {
                "check the coordinate reference system of both, and the grid's region"
            }
            Self::WrongResample { .. } => {
                "name one of the allowed methods, or leave `resample` out"
            }
            Self::NoCoordinates { .. } => {
                "name the columns with `easting = \"...\"` and `northing = \"...\"`, and give `crs = \"...\"`"
            }
            Self::Write { .. } => {
                "look at the folder's permissions and at the space left on its disk"
            }
            Self::BadUrl { .. } => {
                "write `s3://BUCKET/KEY`, `https://HOST/KEY`, `file:///PATH` or a path"
            }
            Self::Store { .. } => {
                "check the address, the network, and `AWS_ENDPOINT_URL`, `AWS_REGION`, \
                 `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; public buckets are read with \
                 `AWS_NO_SIGN_REQUEST=YES`"
            }
            Self::OtherStack { .. } => "write it anew under another name, or remove this one first",
            Self::Unfinished { .. } => "write it again: it goes on where it stopped",
            Self::BadTable { .. } => {
                "every line must have as many cells as the header, each of one name"
            }
            _ => return None,
        };
        Some(hint.into())
    }
}
