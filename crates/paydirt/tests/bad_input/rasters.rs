//! Rasters and vectors that are damaged, or hold values that say nothing.

use crate::support::Project;
use crate::support::tiff::Tiff;
use crate::{Case, table};

const ARSENIC: &str = "data/arsenic.tif";
const READ_HINT: &str = "hint: paths of a project file are relative to the folder it lies in";
const AGAIN_HINT: &str = "hint: fetch or export the file again";

pub(crate) fn arsenic(project: &Project, tiff: &Tiff) {
    project.write(ARSENIC, tiff.bytes());
}

/// Gives the layer of arsenic a line more.
pub(crate) fn say(project: &Project, line: &str) {
    project.edit("unit = \"ppm\"", &format!("unit = \"ppm\"\n{line}"));
}

fn truncate(project: &Project, name: &str, keep: usize) {
    let whole = project.read(name);
    project.write(name, &whole[..keep.min(whole.len() / 2)]);
}

const DAMAGED_FILES: &[Case] = &[
    Case::new(
        "gone",
        |p| p.remove(ARSENIC),
        3,
        &["cannot read `./data/arsenic.tif`: there is none", READ_HINT],
    ),
    Case::new(
        "nothing in it",
        |p| p.write(ARSENIC, ""),
        3,
        &["data/arsenic.tif` is no raster or vector file", "hint: export it again"],
    ),
    Case::new(
        "text in it",
        |p| p.write(ARSENIC, "as,ppm\n1,2\n"),
        3,
        &["data/arsenic.tif` is no raster or vector file", "not recognized"],
    ),
    Case::new("cut in its header", |p| truncate(p, ARSENIC, 100), 3, &["data/arsenic.tif`"]),
    Case::new(
        "cut in its cells",
        |p| {
            let bytes = Tiff::smooth().bytes();
            p.write(ARSENIC, &bytes[..bytes.len() - 3000]);
        },
        3,
        &["data/arsenic.tif` is damaged or cannot be read (reading cells)", AGAIN_HINT],
    ),
    Case::new(
        "corrupt cells",
        |p| {
            let mut bytes = p.read("data/lithology.tif");
            let length = bytes.len();
            bytes[length - 200..].fill(0xff);
            p.write("data/lithology.tif", bytes);
        },
        3,
        &["data/lithology.tif` is damaged or cannot be read (reading cells)", AGAIN_HINT],
    ),
    Case::new(
        "an absurd width",
        |p| arsenic(p, &Tiff { cols: 1 << 30, rows: 1 << 30, ..Tiff::smooth() }),
        3,
        &["data/arsenic.tif`"],
    ),
    Case::new(
        "rows that are not there",
        |p| arsenic(p, &Tiff { rows: 200_000, ..Tiff::smooth() }),
        3,
        &["data/arsenic.tif` is damaged", AGAIN_HINT],
    ),
    Case::new(
        "no rows",
        |p| arsenic(p, &Tiff { rows: 0, ..Tiff::smooth() }),
        3,
        &["data/arsenic.tif` is no raster or vector file"],
    ),
    Case::new(
        "a cut study area",
        |p| truncate(p, "data/study_area.tif", usize::MAX),
        3,
        &["data/study_area.tif`", "hint: "],
    ),
    Case::new(
        "cut shapes",
        |p| truncate(p, "data/faults.gpkg", 5000),
        3,
        &["data/faults.gpkg`", "hint: "],
    ),
    Case::new(
        "a band that it has not",
        |p| say(p, "band = 9"),
        3,
        &["no band `9` (it has: 1 to 1)", "hint: name one"],
    ),
    Case::new("band 0", |p| say(p, "band = 0"), 3, &["no band `0` (it has: 1 to 1)"]),
    Case::new(
        "two bands, and none named",
        |p| {
            let cells = Tiff::smooth().cells.into_iter().flat_map(|value| [value, 0.0]).collect();
            arsenic(p, &Tiff { cells, bands: 2, ..Tiff::smooth() });
        },
        0,
        &["warning: layer `arsenic`: has 2 bands, of which the first is read: say `band = 1`"],
    )
    .check(&["-49", "1360 known, 0 missing"]),
    Case::new(
        "two bands, and the second named",
        |p| {
            let cells = Tiff::smooth().cells.into_iter().flat_map(|value| [value, 5.0]).collect();
            arsenic(p, &Tiff { cells, bands: 2, ..Tiff::smooth() });
            say(p, "band = 2");
        },
        0,
        &["warning: layer `arsenic`: every known cell is 5, so it can say nothing"],
    )
    .check(&["5 to 5 ppm"]),
];

#[test]
fn damaged_files() {
    table(DAMAGED_FILES);
}

const VALUES_THAT_SAY_NOTHING: &[Case] = &[
    Case::new(
        "all of no data",
        |p| arsenic(p, &Tiff { nodata: Some("-9999"), ..Tiff::of(|_| -9999.0) }),
        3,
        &[
            "layer `arsenic` has no value in the study area",
            "hint: see that it covers the study area",
        ],
    ),
    Case::new(
        "all not a number",
        |p| arsenic(p, &Tiff::of(|_| f32::NAN)),
        3,
        &["layer `arsenic` has no value in the study area"],
    ),
    Case::new(
        "all infinite",
        |p| arsenic(p, &Tiff::of(|_| f32::INFINITY)),
        3,
        &["layer `arsenic` has no value in the study area"],
    ),
    Case::new(
        "some infinite",
        |p| {
            arsenic(
                p,
                &Tiff::of(|unit| if unit % 2 == 0 { f32::NEG_INFINITY } else { unit as f32 }),
            );
        },
        0,
        &["warning: layer `arsenic`:", "have no value"],
    )
    .check(&["arsenic         continuous; 9 to 1587 ppm; 675 known, 685 missing"]),
    Case::new(
        "constant",
        |p| arsenic(p, &Tiff::of(|_| 5.0)),
        0,
        &["warning: layer `arsenic`: every known cell is 5, so it can say nothing"],
    )
    .check(&["5 to 5 ppm; 1360 known, 0 missing"]),
    Case::new(
        "missing values in disguise",
        |p| arsenic(p, &Tiff::of(|unit| if unit % 3 == 0 { -9999.0 } else { unit as f32 })),
        0,
        &["reaches -9999, which often means missing: if it does, declare `nodata = [-9999]`"],
    )
    .check(&["-9999 to 1588 ppm; 1360 known, 0 missing"]),
    Case::new(
        "missing values declared",
        |p| {
            arsenic(p, &Tiff::of(|unit| if unit % 3 == 0 { -9999.0 } else { unit as f32 }));
            say(p, "nodata = [-9999]");
        },
        0,
        &[],
    )
    .check(&["continuous; 8 to 1588 ppm; 908 known, 452 missing"]),
    Case::new(
        "no cell with all evidence",
        |p| {
            arsenic(p, &Tiff::of(|unit| if unit % 2 == 0 { 1.0 + unit as f32 } else { f32::NAN }));
            let lithology = Tiff::of(|unit| if unit % 2 == 1 { 1.0 } else { f32::NAN });
            p.write("data/lithology.tif", lithology.bytes());
            p.edit("steps = [{ impute_median = {} }]", "");
        },
        3,
        &[
            "no cell of the study area has all evidence known: of 1360,",
            "hint: add `impute_median`",
        ],
    ),
];

#[test]
fn values_that_say_nothing() {
    table(VALUES_THAT_SAY_NOTHING);
}
