//! Deposits that are missing, misplaced, doubled or of an unknown kind.

use crate::support::Project;
use crate::{Case, table};

const FILE: &str = "data/deposits.csv";
const NONE_HINT: &str = "hint: look at the columns of coordinates and of the role, at `crs`";
const GOOD: &[&str] = &["labels    34 rows: 34 deposits and 0 negatives count"];
const LABEL_HINT: &str = "hint: add labels, widen the study area";

fn text(project: &Project) -> String {
    String::from_utf8(project.read(FILE)).unwrap()
}

fn change(project: &Project, change: impl Fn(&str) -> String) {
    project.write(FILE, change(&text(project)));
}

/// The header and so many rows.
fn keep(project: &Project, rows: usize) {
    change(project, |text| text.split_inclusive('\n').take(rows + 1).collect());
}

fn say(project: &Project, line: &str) {
    project.edit("name = \"name\"", &format!("name = \"name\"\n{line}"));
}

const TOO_FEW: &[Case] = &[
    Case::new(
        "gone",
        |p| p.remove(FILE),
        3,
        &["cannot read `./data/deposits.csv`: there is none", "hint: paths"],
    ),
    Case::new(
        "empty",
        |p| p.write(FILE, ""),
        3,
        &["deposits.csv`, line 1: the file is empty, without a header"],
    ),
    Case::new(
        "a header alone",
        |p| keep(p, 0),
        3,
        &["deposits.csv` gives 0 deposits, but at least 1 is needed: 0 rows", NONE_HINT],
    ),
    Case::new(
        "one deposit",
        |p| keep(p, 1),
        3,
        &["blocks of 1000 m with deposits", "1 found, at least 2 needed", LABEL_HINT],
    ),
    Case::new(
        "all in one block",
        |p| {
            let rows = (0..6).map(|i| format!("d{i},c,{},6997550,true\n", 402_050 + i * 100));
            p.write(
                FILE,
                format!("name,camp,easting,northing,found\n{}", rows.collect::<String>()),
            );
        },
        3,
        &["blocks of 1000 m with deposits", "1 found, at least 2 needed", LABEL_HINT],
    ),
    Case::new(
        "all of one group",
        |p| say(p, "group = \"found\""),
        3,
        &["counting those that share a sample group once: 1 found, at least 2 needed"],
    ),
    Case::new(
        "all outside",
        |p| change(p, |text| text.replace(",40", ",90")),
        3,
        &[
            "gives 0 deposits, but at least 1 is needed: 34 rows",
            "34 do not count; the first",
            "it lies outside the grid (90",
            NONE_HINT,
        ],
    ),
    Case::new(
        "eastings for northings",
        |p| say(p, "easting = \"northing\"\nnorthing = \"easting\""),
        3,
        &[
            "no place of",
            "34 of 34 do once easting and northing (longitude and latitude) are exchanged",
            "hint: exchange the columns",
        ],
    ),
    Case::new(
        "negatives alone",
        |p| say(p, "role = \"found\"\nroles = { \"true\" = \"negative\" }"),
        3,
        &["gives 0 deposits, but at least 1 is needed: 34 rows, 34 negatives, 0 unlabelled"],
    ),
    Case::new(
        "no negatives, where they are asked for",
        |p| {
            let sample = "[sample.distant_unlabelled]\nper_deposit = 5\nat_least_m = 200";
            p.edit(sample, "[sample.given_negatives]");
        },
        3,
        &["labels of role `negative`", "0 found, at least 1 needed"],
    ),
    Case::new(
        "lines",
        |p| p.edit("path = \"data/deposits.csv\"", "path = \"data/faults.gpkg\""),
        3,
        &["gives 0 deposits", "it is a line or an area, not a point"],
    ),
    Case::new(
        "a raster",
        |p| p.edit("path = \"data/deposits.csv\"", "path = \"data/arsenic.tif\""),
        3,
        &["data/arsenic.tif` marks 1020 of", "that is evidence, not deposits"],
    ),
];

#[test]
fn too_few() {
    table(TOO_FEW);
}

const COLUMNS_AND_VALUES: &[Case] = &[
    Case::new(
        "no coordinates",
        |p| change(p, |text| text.replace("easting,northing", "this,that")),
        3,
        &[
            "no coordinates in `./data/deposits.csv`",
            "columns: name, camp, this, that, found, year",
            "hint: name the columns",
        ],
    ),
    Case::new(
        "no system",
        |p| p.edit("crs = \"EPSG:32635\"\nname", "name"),
        3,
        &["deposits.csv` has no coordinate reference system", "hint: say what it is in"],
    ),
    Case::new(
        "metres said to be degrees",
        |p| p.edit("crs = \"EPSG:32635\"\nname", "crs = \"EPSG:4326\"\nname"),
        3,
        &[
            "says that its coordinates are degrees (EPSG:4326), but they reach 40",
            "hint: the system is wrong",
        ],
    ),
    Case::new(
        "a role column that is not there",
        |p| say(p, "role = \"status\""),
        3,
        &[
            "the labels have no column `status`",
            "hint: there are: name, camp, easting, northing, found, year",
        ],
    ),
    Case::new(
        "a role that is none",
        |p| say(p, "role = \"found\""),
        3,
        &[
            "the role column `found` holds `true`, which is no known role",
            "hint: say what it means: `roles = ",
        ],
    ),
    Case::new(
        "a weight that is text",
        |p| say(p, "weight = \"camp\""),
        3,
        &["of row 1 is no number from 0.000001 to 1000000", "hint: leave the cell empty"],
    ),
    Case::new(
        "a weight beyond measure",
        |p| {
            say(p, "weight = \"found\"");
            change(p, |text| text.replace(",true", ",1e38"));
        },
        3,
        &["the weight `1e38` of row 1 is no number"],
    ),
    Case::new(
        "a short line",
        |p| change(p, |text| format!("{text}a,b\n")),
        3,
        &["deposits.csv`, line 36: 2 cells, but the header has 6", "hint: every line must have"],
    ),
    Case::new(
        "an open quote",
        |p| change(p, |text| format!("{text}\"a,b,1,2,true\n")),
        3,
        &["deposits.csv`, line 36: 1 cells, but the header has 6"],
    ),
    Case::new(
        "two columns of one name",
        |p| change(p, |text| text.replace("camp", "name")),
        3,
        &["line 1: columns 1 and 2 are both named `name`"],
    ),
    Case::new(
        "UTF-16",
        |p| {
            let bytes: Vec<u8> = text(p).encode_utf16().flat_map(u16::to_le_bytes).collect();
            p.write(FILE, bytes);
        },
        3,
        &["is no table of text in UTF-8 or Latin-1: it holds zero bytes", "hint: "],
    ),
];

#[test]
fn columns_and_values() {
    table(COLUMNS_AND_VALUES);
}

const ROWS_THAT_DO_NOT_COUNT_ARE_TOLD_AND_THE_OTHERS_COUNT: &[Case] = &[
        Case::new("lines of Windows", |p| change(p, |text| text.replace('\n', "\r\n")), 0, &[]).check(GOOD),
        Case::new("a byte order mark", |p| change(p, |text| format!("\u{feff}{text}")), 0, &[]).check(GOOD),
        Case::new("semicolons", |p| change(p, |text| text.replace(',', ";")), 0, &[]).check(GOOD),
        Case::new(
            "semicolons and decimal commas",
            |p| change(p, |text| text.replace(',', ";").replace('.', ",")),
            0,
            &[],
        )
        .check(GOOD),
        Case::new(
            "Latin-1",
            |p| {
                let name = [b"name,camp,easting,northing,found,year\n\xc4ij\xe4l\xe4,c,402000,6997000,true,1950\n".to_vec(), p.read(FILE)[38..].to_vec()];
                p.write(FILE, name.concat());
            },
            0,
            &["labels: is not UTF-8: read as Latin-1"],
        ),
        Case::new("a name of markup", |p| change(p, |text| text.replacen("\n", "\n<b>&\"\"</b>", 1)), 0, &[]).check(GOOD),
        Case::new(
            "places at 0, 0",
            |p| change(p, |text| format!("{text}a,b,0,0,true,1950\nc,d,0,0,true,1950\n")),
            0,
            &["labels: 2 left out: both coordinates zero", "2 of 36 label rows do not count (the first, row 35: its coordinates are 0, 0)"],
        )
        .check(&["36 rows: 34 deposits", "row 36 does not: its coordinates are 0, 0"]),
        Case::new(
            "no number for a coordinate",
            |p| change(p, |text| format!("{text}a,b,west,north,true,1950\n")),
            0,
            &["1 of 35 label rows do not count (the first, row 35: it has no coordinates)"],
        )
        .check(&["35 rows: 34 deposits"]),
        Case::new(
            "two deposits in a cell",
            |p| change(p, |text| format!("{text}twin,b,401056,6999936,true,1950\n")),
            0,
            &["1 of 35 label rows do not count (the first, twin: it shares its cell with Quail Dome 1)"],
        )
        .check(&["35 rows: 34 deposits"]),
        Case::new(
            "some outside",
            |p| change(p, |text| format!("{text}far,b,500000,6999936,true,1950\n")),
            0,
            &["the first, far: it lies outside the grid (500000, 6999936)"],
        )
        .check(&["35 rows: 34 deposits"]),
];

#[test]
fn rows_that_do_not_count_are_told_and_the_others_count() {
    table(ROWS_THAT_DO_NOT_COUNT_ARE_TOLD_AND_THE_OTHERS_COUNT);
}
