//! How GDAL is started, opened and listened to.

use std::cell::RefCell;
use std::path::Path;
use std::sync::{Once, OnceLock};

use gdal::errors::{CplErrType, GdalError};
use gdal::{Dataset, DatasetOptions, DriverManager, GdalOpenFlags};

use crate::{Error, Result};

/// Drivers that reach beyond the named file, to a server or a database.
const NETWORK_DRIVERS: [&str; 28] = [
    "AmigoCloud",
    "CSW",
    "Carto",
    "DAAS",
    "EEDA",
    "EEDAI",
    "Elasticsearch",
    "GMLAS",
    "HANA",
    "HTTP",
    "MongoDBv3",
    "MSSQLSpatial",
    "MySQL",
    "NGW",
    "OAPIF",
    "OCI",
    "ODBC",
    "OGCAPI",
    "PLMOSAIC",
    "PLSCENES",
    "PostGISRaster",
    "PostgreSQL",
    "STACIT",
    "STACTA",
    "WCS",
    "WFS",
    "WMS",
    "WMTS",
];

/// What GDAL keeps of blocks read and not yet written, unless the environment says otherwise. Its own
/// default is a share of the machine's memory, which no ceiling could count on.
const CACHE_MIB: &str = "96";

/// Most messages that are kept of one call.
const MAX_MESSAGES: usize = 64;

/// What GDAL said while it worked.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// Warnings, each once.
    pub(crate) warnings: Vec<String>,
    /// Failures, even those that the called function did not return.
    pub(crate) failures: Vec<String>,
}

thread_local! {
    /// One entry for each [`listen`] that is under way in this thread.
    static LISTENING: RefCell<Vec<Said>> = const { RefCell::new(Vec::new()) };
}

/// Starts GDAL once in a process: its messages come to us, and it stays away from the network.
pub(crate) fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        DriverManager::register_all();
        gdal::config::set_error_handler(hear);
        crate::ffi::linear_geometries_only();
        for (key, value) in [
            ("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", "{none}"),
            ("GDAL_VRT_ENABLE_PYTHON", "NO"),
            ("OGR_CURRENT_DATE", "1970-01-01T00:00:00.000Z"),
        ] {
            set_option(key, value);
        }
        if gdal::config::get_config_option("GDAL_CACHEMAX", "").is_ok_and(|set| set.is_empty()) {
            set_option("GDAL_CACHEMAX", CACHE_MIB);
        }
    });
}

fn set_option(key: &str, value: &str) {
    // A key without a zero byte is always taken.
    let _ = gdal::config::set_config_option(key, value);
}

/// Keeps a message for whoever listens in this thread.
fn hear(class: CplErrType, _number: i32, message: &str) {
    LISTENING.with_borrow_mut(|listening| {
        let Some(said) = listening.last_mut() else { return };
        let kept = match class {
            CplErrType::Warning => &mut said.warnings,
            CplErrType::Failure | CplErrType::Fatal => &mut said.failures,
            CplErrType::None | CplErrType::Debug => return,
        };
        keep(kept, &message.trim().replace('\n', " "));
    });
}

/// Keeps a message, once.
fn keep(kept: &mut Vec<String>, message: &str) {
    if kept.len() < MAX_MESSAGES && !kept.iter().any(|known| known == message) {
        kept.push(message.into());
    }
}

/// Does some work, and returns with its result what GDAL said meanwhile. Warnings are heard by whoever
/// listens further out as well; failures are for the nearest listener to judge.
pub(crate) fn listen<T>(work: impl FnOnce() -> T) -> (T, Said) {
    start();
    LISTENING.with_borrow_mut(|listening| listening.push(Said::default()));
    let result = work();
    let said = LISTENING.with_borrow_mut(|listening| {
        let said = listening.pop().unwrap_or_default();
        if let Some(outer) = listening.last_mut() {
            for warning in &said.warnings {
                keep(&mut outer.warnings, warning);
            }
        }
        said
    });
    (result, said)
}

/// The sentence in an error of GDAL.
pub(crate) fn reason(error: &GdalError) -> String {
    match error {
        GdalError::CplError { msg, .. } | GdalError::NullPointer { msg, .. } if !msg.is_empty() => {
            msg.trim().replace('\n', " ")
        }
        GdalError::OgrError { method_name, .. } => format!("{method_name} failed"),
        other => other.to_string(),
    }
}

/// Turns an error of GDAL while reading into ours.
pub(crate) fn damaged(path: &Path, doing: &'static str) -> impl Fn(GdalError) -> Error {
    move |error| Error::Damaged { path: path.into(), doing, reason: reason(&error) }
}

/// Turns an error of GDAL while writing into ours.
pub(crate) fn unwritten(path: &Path) -> impl Fn(GdalError) -> Error {
    move |error| Error::Write { path: path.into(), reason: reason(&error) }
}

/// What is to be opened.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Cells.
    Raster,
    /// Features.
    Vector,
}

/// Opens an existing file or folder for reading. Connection strings, addresses and GDAL's virtual
/// paths are no files and are refused.
pub(crate) fn open(path: &Path, kind: Kind) -> Result<Dataset> {
    let unreadable = |source| Error::Read { path: path.into(), source };
    let metadata = fs_err::metadata(path).map_err(|error| unreadable(plain(&error)))?;
    if metadata.is_file() {
        fs_err::File::open(path).map_err(|error| unreadable(plain(&error)))?;
    } else {
        fs_err::read_dir(path).map_err(|error| unreadable(plain(&error)))?;
    }
    let (flag, expected) = match kind {
        Kind::Raster => (GdalOpenFlags::GDAL_OF_RASTER, "raster that GDAL can read"),
        Kind::Vector => (GdalOpenFlags::GDAL_OF_VECTOR, "vector file that GDAL can read"),
    };
    let drivers: Vec<&str> = file_drivers().iter().map(String::as_str).collect();
    let options = DatasetOptions {
        open_flags: flag | GdalOpenFlags::GDAL_OF_READONLY | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        allowed_drivers: Some(&drivers),
        open_options: leaves_no_journal(path).then_some(&["IMMUTABLE=YES"]),
        sibling_files: None,
    };
    let (dataset, said) = listen(|| Dataset::open_ex(path, options));
    dataset.map_err(|error| Error::NotThat {
        path: path.into(),
        expected,
        reason: said.failures.first().cloned().unwrap_or_else(|| reason(&error)),
    })
}

/// Whether a GeoPackage can be opened as a file that nobody changes: SQLite then puts no journal
/// beside it. One with a journal of its own is open elsewhere, and must be read with it.
fn leaves_no_journal(path: &Path) -> bool {
    let mut journal = path.as_os_str().to_owned();
    journal.push("-wal");
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gpkg"))
        && !Path::new(&journal).exists()
}

/// Names of the drivers that read files and nothing else.
fn file_drivers() -> &'static [String] {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    NAMES.get_or_init(|| {
        start();
        let names = DriverManager::all().map(|driver| driver.short_name());
        names.filter(|name| !NETWORK_DRIVERS.contains(&name.as_str())).collect()
    })
}

/// An error of the system without the path that `fs_err` puts before it.
pub(crate) fn plain(error: &std::io::Error) -> std::io::Error {
    match (error.raw_os_error(), error.kind()) {
        (Some(code), _) => std::io::Error::from_raw_os_error(code),
        (None, kind @ std::io::ErrorKind::NotFound) => std::io::Error::new(kind, "there is none"),
        (None, kind) => std::io::Error::from(kind),
    }
}
