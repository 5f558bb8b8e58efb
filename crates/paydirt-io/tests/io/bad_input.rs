//! What users have on their disks: each a clear error, no panic, nothing left behind.

use std::path::{Path, PathBuf};
use std::process::Command;

use paydirt_core::grid::Grid;
use paydirt_io::cog::{self, Band, Spec};
use paydirt_io::raster::{self, Request};
use paydirt_io::vector::{self, PointOptions, ShapeOptions};
use paydirt_io::{Error, gpkg};

use crate::support::{Recipe, grid, listing, noise, tiff};

fn file() -> Grid {
    grid("EPSG:32633", [500_000.0, 6_000_000.0], 10.0, [300, 400])
}

fn rough() -> Vec<f32> {
    let mut noise = noise(1);
    (0..file().cells()).map(|_| (noise() % 1000) as f32 / 8.0).collect()
}

fn read(path: &Path) -> Result<raster::AlignReport, Error> {
    raster::read(path, &file(), &Request::default()).map(|(_, report)| report)
}

/// Checks that an error names the file, is one line, and comes with nothing written.
fn clear(error: &Error, path: &Path) {
    let text = error.to_string();
    assert!(text.contains(&path.display().to_string()) && !text.contains('\n'), "{text}");
}

#[test]
fn missing_wrong_and_unreadable_files() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        fs_err::write(&path, text).unwrap();
        path
    };
    fs_err::create_dir_all(folder.path().join("empty")).unwrap();
    let text = write("text.tif", b"this is no raster at all, though it is named so\n");
    let cases: Vec<PathBuf> = vec![
        folder.path().join("nowhere.tif"),
        folder.path().join("empty"),
        text,
        write("empty.tif", b""),
        write("header.tif", b"II*\0"),
        write("service.xml", b"<GDAL_WMS><Service name=\"WMS\"><ServerUrl>http://127.0.0.1:9/</ServerUrl></Service></GDAL_WMS>"),
        PathBuf::from("/vsicurl/http://127.0.0.1:9/a.tif"),
        PathBuf::from("PG:dbname=a"),
        PathBuf::from("<VRTDataset rasterXSize=\"1\" rasterYSize=\"1\"/>"),
    ];
    let before = listing(folder.path());
    for path in &cases {
        for error in [
            raster::inspect(path).map(|_| ()).unwrap_err(),
            read(path).map(|_| ()).unwrap_err(),
            vector::read_shapes(path, &file().crs, &ShapeOptions::default())
                .map(|_| ())
                .unwrap_err(),
        ] {
            clear(&error, path);
            assert!(matches!(error, Error::Read { .. } | Error::NotThat { .. }), "{error}");
        }
    }
    assert_eq!(listing(folder.path()), before);
}

/// A virtual raster may name others; those on a server are not fetched.
#[test]
fn nothing_is_fetched() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let address = server.local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.vrt");
    let service = format!(
        "&lt;GDAL_WMS&gt;&lt;Service name='TMS'&gt;&lt;ServerUrl&gt;http://{address}/${{x}}&lt;/ServerUrl&gt;\
         &lt;/Service&gt;&lt;DataWindow&gt;&lt;SizeX&gt;400&lt;/SizeX&gt;&lt;SizeY&gt;300&lt;/SizeY&gt;\
         &lt;TileLevel&gt;1&lt;/TileLevel&gt;&lt;/DataWindow&gt;&lt;/GDAL_WMS&gt;"
    );
    for source in
        [format!("/vsicurl/http://{address}/a.tif"), format!("http://{address}/a.tif"), service]
    {
        let text = format!(
            "<VRTDataset rasterXSize=\"400\" rasterYSize=\"300\"><SRS>EPSG:32633</SRS>\
             <GeoTransform>500000, 10, 0, 6000000, 0, -10</GeoTransform>\
             <VRTRasterBand dataType=\"Float32\" band=\"1\"><SimpleSource>\
             <SourceFilename>{source}</SourceFilename></SimpleSource>\
             </VRTRasterBand></VRTDataset>"
        );
        fs_err::write(&path, text).unwrap();
        assert!(raster::inspect(&path).is_ok());
        assert!(matches!(read(&path).unwrap_err(), Error::Damaged { .. }), "{source}");
        assert!(server.accept().is_err(), "somebody called for {source}");
    }
}

#[cfg(unix)]
#[test]
fn files_that_this_user_may_not_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    tiff(&path, &file(), &Recipe::new(&rough()));
    let locked = std::fs::Permissions::from_mode(0o000);
    fs_err::set_permissions(&path, locked).unwrap();
    if fs_err::File::open(&path).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    let error = read(&path).unwrap_err();
    clear(&error, &path);
    assert!(error.to_string().ends_with("permission denied"), "{error}");
}

#[test]
fn truncated_and_corrupt_cells() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    for options in [
        &["COMPRESS=DEFLATE"][..],
        &["COMPRESS=ZSTD"],
        &["COMPRESS=LZW", "TILED=YES", "PREDICTOR=2"],
        &[],
    ] {
        tiff(&path, &file(), &Recipe { options, ..Recipe::new(&rough()) });
        let whole = fs_err::read(&path).unwrap();
        for keep in [whole.len() / 2, whole.len() - 10, 400] {
            fs_err::write(&path, &whole[..keep]).unwrap();
            // What is left of the first may be too little to hold its system.
            let request = Request { assume_crs: Some(file().crs), ..Request::default() };
            let error = raster::read(&path, &file(), &request).map(|_| ()).unwrap_err();
            clear(&error, &path);
            let known = matches!(
                error,
                Error::Damaged { .. } | Error::NotThat { .. } | Error::NoPlace { .. }
            );
            assert!(known, "{options:?} {keep}: {error}");
        }
        // Strips of 8 KiB: some lose their header. (Wrong bytes within one may give wrong values, which
        // nobody can tell: libtiff looks at no checksum.)
        if !["COMPRESS=DEFLATE", "COMPRESS=ZSTD"].contains(options.first().unwrap_or(&"")) {
            continue;
        }
        let mut corrupt = whole.clone();
        corrupt[whole.len() / 2..whole.len() / 2 + 20_000].fill(0xff);
        fs_err::write(&path, &corrupt).unwrap();
        let error = read(&path).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{options:?}: {error}");
    }
    assert_eq!(listing(folder.path()), ["a.tif"]);
}

/// Any byte of a file may be wrong: an error or other values, but no panic.
#[test]
fn flipped_bytes_do_not_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    let small = grid("EPSG:32633", [500_000.0, 6_000_000.0], 10.0, [9, 11]);
    let cells: Vec<f32> = (0..small.cells()).map(|unit| unit as f32).collect();
    tiff(&path, &small, &Recipe { options: &["COMPRESS=LZW"], ..Recipe::new(&cells) });
    let whole = fs_err::read(&path).unwrap();
    for byte in 0..whole.len().min(600) {
        for flip in [0xff, 0x80, 0x01] {
            let mut broken = whole.clone();
            broken[byte] ^= flip;
            fs_err::write(&path, &broken).unwrap();
            if let Ok((values, _)) = raster::read(&path, &small, &Request::default()) {
                assert_eq!(values.len(), small.cells());
            }
        }
    }
}

/// A TIFF that claims `cols` x `rows` bytes in one strip.
fn claims(cols: u32, rows: u32) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    let entries: [(u16, u16, u32); 9] = [
        (256, 4, cols),
        (257, 4, rows),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 200),
        (277, 3, 1),
        (278, 4, rows),
        (279, 4, 64),
    ];
    bytes.extend(9_u16.to_le_bytes());
    for (tag, kind, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.resize(300, 0);
    bytes
}

#[test]
fn absurd_headers_are_refused_before_anything_is_allocated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    for (cols, rows) in [
        (1 << 31, 1 << 31),
        ((1 << 31) - 1, (1 << 31) - 1),
        (1 << 30, 1 << 30),
        (2_000_000, 500_000),
        (u32::MAX, 1),
    ] {
        fs_err::write(&path, claims(cols, rows)).unwrap();
        fs_err::write(path.with_extension("tfw"), "10\n0\n0\n-10\n500005\n5999995\n").unwrap();
        let request = Request { assume_crs: Some(file().crs), ..Request::default() };
        let read = || raster::read(&path, &file(), &request).map(|_| ());
        for error in raster::inspect(&path).err().into_iter().chain(read().err()) {
            clear(&error, &path);
            assert!(
                matches!(
                    error,
                    Error::TooLarge { .. } | Error::NotThat { .. } | Error::Damaged { .. }
                ),
                "{cols} x {rows}: {error}"
            );
        }
        assert!(read().is_err());
    }
}

#[test]
fn rasters_without_place_or_system_or_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    fs_err::write(&path, claims(8, 8)).unwrap();
    assert!(matches!(read(&path).unwrap_err(), Error::NoPlace { .. }));

    tiff(&path, &file(), &Recipe { crs: false, ..Recipe::new(&rough()) });
    let error = read(&path).unwrap_err();
    assert!(matches!(error, Error::NoCrs { .. }) && error.hint().is_some(), "{error}");
    let assume = Request { assume_crs: Some(file().crs), ..Request::default() };
    let (_, report) = raster::read(&path, &file(), &assume).unwrap();
    assert!(report.crs_assumed);
    assert_eq!(report.warnings[0], "names no coordinate reference system: EPSG:32633 assumed");

    tiff(&path, &file(), &Recipe::new(&rough()));
    let elsewhere = grid("EPSG:32633", [900_000.0, 6_000_000.0], 10.0, [300, 400]);
    let error = raster::read(&path, &elsewhere, &Request::default()).unwrap_err();
    assert!(matches!(error, Error::Elsewhere { .. }), "{error}");
    let far = grid("EPSG:32755", [500_000.0, 6_000_000.0], 10.0, [300, 400]);
    let error = raster::read(&path, &far, &Request::default()).unwrap_err();
    assert!(matches!(error, Error::Elsewhere { .. }), "{error}");

    let mut degrees = file();
    degrees.crs = paydirt_io::crs::parse("EPSG:4326").unwrap();
    tiff(&path, &degrees, &Recipe::new(&rough()));
    let error = read(&path).unwrap_err();
    assert!(matches!(error, Error::Contradiction { .. }) && error.hint().is_some(), "{error}");

    for band in [0, 2] {
        let request = Request { band, ..Request::default() };
        let error = raster::read(&path, &file(), &request).unwrap_err().to_string();
        assert!(error.ends_with(&format!("has no band `{band}` (it has: 1 to 1)")), "{error}");
    }
}

#[test]
fn vectors_without_a_system_and_tables_without_coordinates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs_err::write(&path, "id,WKT\n1,POINT(1 2)\n").unwrap();
    let error = vector::read_points(&path, &file().crs, &PointOptions::default()).unwrap_err();
    clear(&error, &path);
    assert!(matches!(error, Error::NoCoordinates { .. }), "{error}");
    let error = vector::read_shapes(&path, &file().crs, &ShapeOptions::default()).unwrap_err();
    assert!(matches!(error, Error::NoCrs { .. }), "{error}");
    let assume = ShapeOptions { assume_crs: Some(file().crs), ..ShapeOptions::default() };
    let shapes = vector::read_shapes(&path, &file().crs, &assume).unwrap();
    assert!(shapes.crs_assumed && shapes.shapes.len() == 1);
    fs_err::write(&path, "").unwrap();
    assert!(vector::read_points(&path, &file().crs, &PointOptions::default()).is_err());
    let broken = folder.path().join("a.geojson");
    fs_err::write(&broken, "{\"type\":\"FeatureCollection\",\"features\":[{\"type\"").unwrap();
    let error = vector::read_shapes(&broken, &file().crs, &ShapeOptions::default()).unwrap_err();
    clear(&error, &broken);
}

fn map(path: &Path, grid: &Grid) -> Result<(), Error> {
    let spec =
        Spec { bands: vec![Band { name: "a".into(), unit: String::new() }], ..Spec::default() };
    let mut noise = noise(9);
    cog::write(path, grid, &spec, &mut |rows| {
        Ok(vec![(0..rows.len() * grid.cols).map(|_| noise() as f32).collect()])
    })
}

#[test]
fn outputs_into_missing_read_only_and_full_folders() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nowhere/map.tif");
    let error = map(&path, &file()).unwrap_err();
    clear(&error, &path);
    assert!(matches!(error, Error::Write { .. }) && error.hint().is_some());
    assert!(matches!(gpkg::write(&path, &file().crs, &[]).unwrap_err(), Error::Write { .. }));
    // Sysfs takes no files from anyone, not even from root.
    let path = Path::new("/sys/kernel/map.tif");
    assert!(matches!(map(path, &file()).unwrap_err(), Error::Write { .. }));
    assert!(listing(folder.path()).is_empty());
}

/// A memory disk of 2 MiB, unmounted when it goes.
struct TinyDisk(tempfile::TempDir);

impl TinyDisk {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(folder.path())
            .output()
            .is_ok_and(|output| output.status.success());
        if !mounted {
            println!("skipped: this user may not mount a disk");
        }
        mounted.then_some(Self(folder))
    }
}

impl Drop for TinyDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

#[test]
fn a_full_disk_is_an_error_and_leaves_nothing() {
    let Some(disk) = TinyDisk::new() else { return };
    let path = disk.0.path().join("map.tif");
    // 1.8 MB of cells fit, but not beside their compressed copy; 16 MB do not fit at all.
    for grid in [
        grid("EPSG:32633", [500_000.0, 6_000_000.0], 10.0, [512, 900]),
        grid("EPSG:32633", [500_000.0, 6_000_000.0], 10.0, [2000, 2000]),
    ] {
        let error = map(&path, &grid).unwrap_err();
        clear(&error, &path);
        assert!(matches!(error, Error::Write { .. }), "{error}");
        assert!(listing(disk.0.path()).is_empty());
    }
    let features = (0..60_000).map(|index| gpkg::Feature {
        geometry: paydirt_core::step::Geometry::Points(vec![[f64::from(index), 0.0]]),
        values: vec![],
    });
    let layer = gpkg::Layer {
        name: "a".into(),
        kind: gpkg::Kind::Points,
        fields: vec![],
        features: features.collect(),
        style: None,
    };
    let path = disk.0.path().join("a.gpkg");
    let error = gpkg::write(&path, &file().crs, &[layer]).unwrap_err();
    assert!(matches!(error, Error::Write { .. }), "{error}");
    assert!(listing(disk.0.path()).is_empty());
}
