//! Files that lie elsewhere or do not say where they lie, grids and study areas.

use crate::rasters::{arsenic, say};
use crate::support::Project;
use crate::support::tiff::Tiff;
use crate::{Case, table};

const CRS_HINT: &str = "hint: say what it is in, such as `crs = \"EPSG:3067\"`";

const FILES_THAT_LIE_ELSEWHERE_OR_DO_NOT_SAY_WHERE: &[Case] = &[
    Case::new(
        "other cells",
        |p| {
            let values = |unit: usize| unit as f32;
            arsenic(p, &Tiff { cell: 77.0, corner: [400_033.0, 6_999_979.0], ..Tiff::of(values) });
        },
        0,
        &["layer `arsenic`:", "have no value"],
    )
    .check(&["bilinear"]),
    Case::new(
        "rows that run askew",
        |p| arsenic(p, &Tiff { skew: 10.0, ..Tiff::smooth() }),
        0,
        &["layer `arsenic`:", "have no value"],
    )
    .check(&["bilinear"]),
    Case::new(
        "elsewhere",
        |p| arsenic(p, &Tiff { corner: [900_000.0, 7_000_000.0], ..Tiff::smooth() }),
        3,
        &[
            "does not touch the project grid: in the grid's system it lies at west 900000",
            "the grid at west 400000",
            "hint: check",
        ],
    ),
    Case::new(
        "no system",
        |p| arsenic(p, &Tiff { projected: None, ..Tiff::smooth() }),
        3,
        &["data/arsenic.tif` has no coordinate reference system", CRS_HINT],
    ),
    Case::new(
        "no system, but one given",
        |p| {
            arsenic(p, &Tiff { projected: None, ..Tiff::smooth() });
            say(p, "crs = \"EPSG:32635\"");
        },
        0,
        &["names no coordinate reference system: EPSG:32635 assumed"],
    )
    .check(&["1360 known"]),
    Case::new(
        "another system than is given",
        |p| say(p, "crs = \"EPSG:32636\""),
        3,
        &[
            "data/arsenic.tif` says that it is in EPSG:32635, but the project says `crs` is EPSG:32636",
            "hint: leave `crs` out",
        ],
    ),
    Case::new(
        "a system that lies a metre off, by probing",
        |p| {
            say(p, "crs = \"+proj=tmerc +lon_0=27 +k=0.9996 +x_0=500001 +datum=WGS84 +units=m\"");
        },
        3,
        &["says that it is in EPSG:32635, but the project says `crs` is "],
    ),
    Case::new(
        "the same system in other words, by probing",
        |p| {
            say(p, "crs = \"+proj=tmerc +lon_0=27 +k=0.9996 +x_0=500000 +datum=WGS84 +units=m\"");
        },
        0,
        &[],
    )
    .check(&["1020 known, 340 missing; none: its cells are the grid's"]),
    Case::new(
        "another code of the same system, by probing",
        |p| say(p, "crs = \"EPSG:3067\""),
        0,
        &[],
    )
    .check(&["1020 known, 340 missing; none: its cells are the grid's"]),
    Case::new(
        "degrees that are none",
        |p| arsenic(p, &Tiff { projected: None, geographic: Some(4326), ..Tiff::smooth() }),
        3,
        &[
            "says that its coordinates are degrees (EPSG:4326), but they reach 400000, 7000000",
            "hint: the system is wrong",
        ],
    ),
    Case::new(
        "degrees that are none, and the right system given",
        |p| {
            arsenic(p, &Tiff { projected: None, geographic: Some(4326), ..Tiff::smooth() });
            say(p, "crs = \"EPSG:32635\"");
        },
        0,
        &["says that it is in EPSG:4326, which its coordinates contradict: EPSG:32635 taken"],
    )
    .check(&["1360 known"]),
    Case::new(
        "no system of any map",
        |p| say(p, "crs = \"utm zone 35\""),
        3,
        &["`utm zone 35` is no coordinate reference system of a map", "hint: write `EPSG:3067`"],
    ),
    Case::new(
        "shapes in another system than is given",
        |p| p.edit("unit = \"m\"", "unit = \"m\"\ncrs = \"EPSG:32634\""),
        3,
        &[
            "data/faults.gpkg` says that it is in EPSG:32635, but the project says `crs` is EPSG:32634",
        ],
    ),
];

#[test]
fn files_that_lie_elsewhere_or_do_not_say_where() {
    table(FILES_THAT_LIE_ELSEWHERE_OR_DO_NOT_SAY_WHERE);
}

const GRIDS_AND_STUDY_AREAS: &[Case] = &[
    Case::new(
        "a grid that names no system",
        |p| p.write("data/study_area.tif", Tiff { projected: None, ..Tiff::of(|_| 1.0) }.bytes()),
        3,
        &["data/study_area.tif` has no coordinate reference system", CRS_HINT],
    ),
    Case::new(
        "a grid in another system than is given",
        |p| p.edit("[grid]", "[grid]\ncrs = \"EPSG:32634\""),
        3,
        &[
            "data/study_area.tif` says that it is in EPSG:32635, but the project says `crs` is EPSG:32634",
        ],
    ),
    Case::new(
        "a grid askew",
        |p| p.write("data/study_area.tif", Tiff { skew: 10.0, ..Tiff::of(|_| 1.0) }.bytes()),
        3,
        &[
            "do not run south and its columns east: its geotransform is [400000.0, 100.0, 10.0",
            "gdalwarp",
        ],
    ),
    Case::new(
        "a study area elsewhere",
        |p| {
            p.write(
                "data/area.tif",
                Tiff { corner: [900_000.0, 7_000_000.0], ..Tiff::of(|_| 1.0) }.bytes(),
            );
            p.edit("study_area = \"data/study_area.tif\"", "study_area = \"data/area.tif\"");
        },
        3,
        &["data/area.tif` does not touch the project grid", "west 900000", "west 400000"],
    ),
    Case::new(
        "a study area of no cells",
        |p| {
            p.write("data/area.tif", Tiff::of(|_| 0.0).bytes());
            p.edit("study_area = \"data/study_area.tif\"", "study_area = \"data/area.tif\"");
        },
        3,
        &["the study area has no cell on the grid", "hint: see that `study_area` and `like` cover"],
    ),
    Case::new(
        "a study area of lines",
        |p| p.edit("study_area = \"data/study_area.tif\"", "study_area = \"data/faults.gpkg\""),
        3,
        &[
            "the area `./data/faults.gpkg` holds points or lines, not polygons",
            "hint: give it polygons",
        ],
    ),
    Case::new(
        "one cell",
        |p| line(p, 1, 1),
        3,
        &[
            "no point, line or polygon lies in the grid or within 141 m of it",
            "hint: look at the layer's values",
        ],
    ),
    Case::new(
        "one row",
        |p| line(p, 1, 20),
        3,
        &["blocks of 1000 m with deposits", "1 found, at least 2"],
    ),
    Case::new(
        "one row with two deposits",
        |p| {
            line(p, 1, 20);
            p.write(
                "data/deposits.csv",
                "name,easting,northing\na,401050,6999950\nb,402550,6999950\n",
            );
        },
        0,
        &["labels: 2 deposits count"],
    )
    .check(&["grid      20x1 cells of 100 m"]),
];

#[test]
fn grids_and_study_areas() {
    table(GRIDS_AND_STUDY_AREAS);
}

/// Makes a project on a grid of so many rows and columns, whose first cell holds a deposit.
fn line(project: &Project, rows: u32, cols: u32) {
    let cells = vec![1.0; (rows * cols) as usize];
    project.write(
        "data/study_area.tif",
        Tiff { rows, cols, cells, corner: [401_000.0, 7_000_000.0], ..Tiff::smooth() }.bytes(),
    );
}
