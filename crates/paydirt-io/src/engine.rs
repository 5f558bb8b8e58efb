//! How GDAL is started, opened and listened to.

use std::cell::RefCell;
use std::path::Path;
use std::sync::{Once, OnceLock};

use gdal::errors::{CplErrType, GdalError};
use gdal::{Dataset, DatasetOptions, DriverManager, GdalOpenFlags};

use crate::remote::{self, Input, Object};
use crate::store::aws;
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
        // What one file names inside is opened by any driver that is registered.
        for driver in NETWORK_DRIVERS {
            if let Ok(driver) = DriverManager::get_driver_by_name(driver) {
                DriverManager::deregister_driver(&driver);
            }
        }
        gdal::config::set_error_handler(hear);
        crate::ffi::linear_geometries_only();
        for (key, value) in [
            (ALLOWED, "{none}"),
            ("GDAL_VRT_ENABLE_PYTHON", "NO"),
            ("OGR_CURRENT_DATE", "1970-01-01T00:00:00.000Z"),
        ] {
            set_option(key, value);
        }
        if gdal::config::get_config_option("GDAL_CACHEMAX", "").is_ok_and(|set| set.is_empty()) {
            set_option("GDAL_CACHEMAX", CACHE_MIB);
        }
        reach_servers();
    });
}

/// Names of files that GDAL may look for on servers: none but those that are named.
const ALLOWED: &str = "CPL_VSIL_CURL_ALLOWED_EXTENSIONS";

/// Tells GDAL what the environment says of S3 in other words than its own, and how long to wait for
/// servers.
fn reach_servers() {
    let unset = |key: &str| std::env::var_os(key).is_none();
    let settings = aws::settings(|key| std::env::var(key).ok());
    if let Some(host) = &settings.host {
        set_option("AWS_S3_ENDPOINT", host);
        set_option("AWS_HTTPS", if settings.https { "YES" } else { "NO" });
        if !settings.virtual_hosting {
            set_option("AWS_VIRTUAL_HOSTING", "FALSE");
        }
    }
    for (key, value) in [
        ("AWS_REGION", "us-east-1"),
        ("GDAL_HTTP_CONNECTTIMEOUT", "5"),
        ("GDAL_HTTP_TIMEOUT", "60"),
        ("GDAL_HTTP_MAX_RETRY", "2"),
        ("GDAL_HTTP_RETRY_DELAY", "1"),
    ] {
        if unset(key) && (key != "AWS_REGION" || unset("AWS_DEFAULT_REGION")) {
            set_option(key, value);
        }
    }
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

/// Opens an existing file or folder for reading, or an object by its address. Connection strings and
/// GDAL's virtual paths are no files and are refused.
pub(crate) fn open(path: &Path, kind: Kind) -> Result<Dataset> {
    let here = match remote::input(path)? {
        Input::There(object) => return open_there(path, kind, &object),
        Input::Here(here) => here,
    };
    let unreadable = |source| Error::Read { path: path.into(), source };
    let metadata = fs_err::metadata(&*here).map_err(|error| unreadable(plain(&error)))?;
    if metadata.is_file() {
        fs_err::File::open(&*here).map_err(|error| unreadable(plain(&error)))?;
    } else {
        fs_err::read_dir(&*here).map_err(|error| unreadable(plain(&error)))?;
    }
    let (dataset, said) = open_as(&here, kind);
    dataset.map_err(|error| not_that(path, kind, &said, &error))
}

/// Opens what GDAL reads by a name.
fn open_as(path: &Path, kind: Kind) -> (gdal::errors::Result<Dataset>, Said) {
    let flag = match kind {
        Kind::Raster => GdalOpenFlags::GDAL_OF_RASTER,
        Kind::Vector => GdalOpenFlags::GDAL_OF_VECTOR,
    };
    let drivers: Vec<&str> = file_drivers().iter().map(String::as_str).collect();
    let options = DatasetOptions {
        open_flags: flag | GdalOpenFlags::GDAL_OF_READONLY | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        allowed_drivers: Some(&drivers),
        open_options: leaves_no_journal(path).then_some(&["IMMUTABLE=YES"]),
        sibling_files: None,
    };
    listen(|| Dataset::open_ex(path, options))
}

fn not_that(path: &Path, kind: Kind, said: &Said, error: &GdalError) -> Error {
    let expected = match kind {
        Kind::Raster => "raster that GDAL can read",
        Kind::Vector => "vector file that GDAL can read",
    };
    let reason = said.failures.first().cloned().unwrap_or_else(|| reason(error));
    Error::NotThat { path: path.into(), expected, reason }
}

/// Opens an object of a server. While it is opened, this thread alone may look on servers for files of its
/// kind.
fn open_there(path: &Path, kind: Kind, object: &Object) -> Result<Dataset> {
    start();
    let name = Path::new(&object.gdal);
    let ending = name.extension().map(|ending| ending.to_string_lossy().into_owned());
    let shapefile = ending.as_ref().is_some_and(|ending| ending.eq_ignore_ascii_case("shp"));
    let allowed = match ending {
        _ if shapefile => "shp,shx,dbf,prj,cpg".into(),
        Some(ending) => ending,
        None => "{noext}".into(),
    };
    let options = [(ALLOWED, allowed.as_str()), ("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR")];
    for (key, value) in &options[..if shapefile { 1 } else { 2 }] {
        // A key without a zero byte is always taken.
        let _ = gdal::config::set_thread_local_config_option(key, value);
    }
    let (dataset, said) = open_as(name, kind);
    for (key, _) in options {
        let _ = gdal::config::clear_thread_local_config_option(key);
    }
    dataset.map_err(|error| {
        // Whether the server or the file is to blame is asked of the server.
        object.describe().err().unwrap_or_else(|| not_that(path, kind, &said, &error))
    })
}

/// Whether a GeoPackage can be opened as a file that nobody changes: SQLite then puts no journal
/// beside it. One with a journal of its own is open elsewhere, and must be read with it. GDAL (3.6) asks for
/// that by an address, in which it leaves `%` as it is.
fn leaves_no_journal(path: &Path) -> bool {
    let mut journal = path.as_os_str().to_owned();
    journal.push("-wal");
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gpkg"))
        && !path.to_string_lossy().contains('%')
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
