//! Tables of samples with their features.

use std::fmt::Write;

use crate::support::Project;
use crate::{Case, table};

const TABLE: &str = "name = \"samples\"\n\n[table]\npath = \"samples.csv\"\neasting = \"e\"\nnorthing = \"n\"\n\
    role = \"status\"\ncolumns = [{ name = \"cu\", unit = \"ppm\" }, { name = \"au\" }]\n\n\
    [sample.all_unlabelled]\n\n[split.blocks]\nblock_m = 2000\nbuffer_m = 0\nfolds = 2\nrepeats = 1\n\n\
    [model.forest]\ntrees = 20\n\n[uncertainty.ensemble]\nmembers = 1\n\n\
    [explain]\npermutation = { shuffles = 0 }\n";

/// Samples on a lattice, those of much copper deposits, with `cu` written by a function of the row.
fn samples(cu: impl Fn(usize) -> String) -> String {
    let mut text = String::from("e,n,cu,au,camp,status\n");
    for row in 0..120_usize {
        let (e, n) = (row % 12 * 900, row / 12 * 900);
        let status = if row * 7 % 11 > 8 { "deposit" } else { "unlabelled" };
        let au = row * 13 % 29;
        let _ = writeln!(text, "{e},{n},{},{au},c{},{status}", cu(row), row % 5);
    }
    text
}

fn good(project: &Project) -> &Project {
    with(project, |row| format!("{}.5", row * 7 % 11));
    project
}

fn with(project: &Project, cu: impl Fn(usize) -> String) {
    project.write("project.toml", TABLE);
    project.write("samples.csv", samples(cu));
}

fn replace(project: &Project, from: &str, to: &str) {
    let text = String::from_utf8(good(project).read("samples.csv")).unwrap();
    project.write("samples.csv", text.replace(from, to));
}

/// The same samples as Parquet: 120 rows, made by pandas 3.1.1 from the CSV (columns of text as text).
const PARQUET: &[u8] = include_bytes!("samples.parquet");

fn parquet(project: &Project, bytes: &[u8]) {
    good(project).edit("samples.csv", "samples.parquet");
    project.write("samples.parquet", bytes);
}

const TABLES_OF_SAMPLES: &[Case] = &[
    Case::new(
        "good",
        |p| with(p, |row| format!("{}.5", row * 7 % 11)),
        0,
        &["labels: 22 deposits count"],
    )
    .check(&["cu  continuous; 0.5 to 10.5 ppm; 120 known"]),
    Case::new("good Parquet", |p| parquet(p, PARQUET), 0, &["labels: 22 deposits count"])
        .check(&["cu  continuous; 0.5 to 10.5 ppm; 120 known"]),
    Case::new("a run", |p| with(p, |row| format!("{}.5", row * 7 % 11)), 0, &[])
        .ask(&["run", "--quiet"]),
    Case::new(
        "cut Parquet",
        |p| parquet(p, &PARQUET[..PARQUET.len() / 2]),
        3,
        &["samples.parquet` is no Parquet file", "hint: export it again"],
    ),
    Case::new("empty Parquet", |p| parquet(p, b""), 3, &["samples.parquet` is no Parquet file"]),
    Case::new(
        "Parquet of text",
        |p| {
            parquet(p, PARQUET);
            p.edit("{ name = \"cu\", unit = \"ppm\" }", "{ name = \"camp\" }");
        },
        3,
        &[
            "column `camp` of `./samples.parquet` holds text, such as `c0`",
            "hint: name a column of numbers",
        ],
    ),
    Case::new(
        "gone",
        |p| good(p).remove("samples.csv"),
        3,
        &["cannot read `./samples.csv`: there is none"],
    ),
    Case::new("empty", |p| good(p).write("samples.csv", ""), 3, &["line 1: the file is empty"]),
    Case::new(
        "a header alone",
        |p| good(p).write("samples.csv", "e,n,cu,au,camp,status\n"),
        3,
        &["no row of the table has all evidence known: of 0, `cu` in 0, `au` in 0 are known"],
    ),
    Case::new(
        "a column that is not there",
        |p| good(p).edit("{ name = \"au\" }", "{ name = \"ag\" }"),
        3,
        &["`./samples.csv` has no column `ag`", "hint: there are: e, n, cu, au, camp, status"],
    ),
    Case::new(
        "a column twice",
        |p| good(p).edit("{ name = \"au\" }", "{ name = \"cu\" }"),
        2,
        &["two evidence layers are named `cu`"],
    ),
    Case::new(
        "a column of text",
        |p| good(p).edit("{ name = \"au\" }", "{ name = \"camp\" }"),
        3,
        &["column `camp` of `./samples.csv` holds text, such as `c0`"],
    ),
    Case::new(
        "no columns",
        |p| good(p).edit("[{ name = \"cu\", unit = \"ppm\" }, { name = \"au\" }]", "[]"),
        2,
        &["`table.columns` is empty", "hint: name columns"],
    ),
    Case::new(
        "no column of roles",
        |p| good(p).edit("role = \"status\"", "role = \"state\""),
        3,
        &["no column `state`"],
    ),
    Case::new(
        "a role that is none",
        |p| replace(p, "unlabelled", "barren"),
        3,
        &[
            "the role column `status` holds `barren`, which is no known role",
            "hint: say what it means",
        ],
    ),
    Case::new(
        "no deposits",
        |p| replace(p, ",deposit", ",unlabelled"),
        3,
        &["deposits", "0 found, at least 1 needed"],
    ),
    Case::new(
        "a deposit at 0, 0",
        |p| replace(p, "0,0,0.5,0,c0,unlabelled", "0,0,0.5,0,c0,deposit"),
        0,
        &["labels: 22 deposits count", "row 1: its coordinates are 0, 0"],
    ),
    Case::new(
        "deposits alone",
        |p| replace(p, ",unlabelled", ",deposit"),
        3,
        &["unlabelled units", "0 found, at least 1 needed"],
    ),
    Case::new(
        "eastings alone",
        |p| good(p).edit("northing = \"n\"\n", ""),
        2,
        &["names only one of `easting` and `northing`"],
    ),
    Case::new(
        "blocks without coordinates",
        |p| good(p).edit("easting = \"e\"\nnorthing = \"n\"\n", ""),
        2,
        &["`split.blocks` is asked of a table without coordinates", "leave_one_group_out"],
    ),
    Case::new(
        "a row without coordinates",
        |p| replace(p, "\n0,900,", "\n,900,"),
        3,
        &["row 13 of `./samples.csv` has no coordinates", "hint: fill them in"],
    ),
    Case::new(
        "a step that needs a map",
        |p| good(p).edit("{ name = \"au\" }", "{ name = \"au\", steps = [{ distance = {} }] }"),
        2,
        &["step `distance` of `au` needs a map", "hint: "],
    ),
];

#[test]
fn tables_of_samples() {
    table(TABLES_OF_SAMPLES);
}

const VALUES_OF_TABLES: &[Case] = &[
    Case::new(
        "some missing",
        |p| with(p, |row| if row % 3 == 0 { "NA".into() } else { row.to_string() }),
        0,
        &["40 of 120 label rows do not count (the first, row 1: its coordinates are 0, 0)"],
    )
    .check(&["80 known, 40 missing"]),
    Case::new(
        "some infinite",
        |p| with(p, |row| if row % 3 == 0 { "inf".into() } else { row.to_string() }),
        0,
        &["40 of 120 label rows do not count"],
    )
    .check(&["80 known, 40 missing"]),
    Case::new(
        "all missing",
        |p| with(p, |_| String::new()),
        3,
        &[
            "no row of the table has all evidence known: of 120, `cu` in 0, `au` in 120 are known",
            "hint: add `impute_median`",
        ],
    ),
    Case::new(
        "constant",
        |p| with(p, |_| "5".into()),
        0,
        &["column `cu`: every known row is 5, so it can say nothing"],
    )
    .check(&["5 to 5 ppm"]),
    Case::new(
        "all at one place",
        |p| {
            let text = samples(|row| row.to_string());
            let rows = text
                .lines()
                .skip(1)
                .map(|line| format!("7,7,{}\n", line.splitn(3, ',').nth(2).unwrap_or_default()));
            good(p).write(
                "samples.csv",
                format!("e,n,cu,au,camp,status\n{}", rows.collect::<String>()),
            );
        },
        3,
        &["blocks of 2000 m with deposits", "1 found, at least 2 needed"],
    ),
];

#[test]
fn values_of_tables() {
    table(VALUES_OF_TABLES);
}
