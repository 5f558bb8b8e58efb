//! Project files that do not parse, or contradict themselves.

use crate::{Case, table};

const CHOICE_HINT: &str = "hint: `paydirt schema` lists every key";
const NAME_HINT: &str = "hint: use up to 100 letters, digits, spaces, `-` and `_`";

const FILES_THAT_DO_NOT_PARSE_ARE_TOLD_WITH_THEIR_LINE: &[Case] = &[
    Case::new(
        "a good project",
        |_| {},
        0,
        &["warning: layer `arsenic`: 340 cells of the study area (25.0 %) have no value"],
    )
    .check(&["labels    34 rows: 34 deposits and 0 negatives count"]),
    Case::new("syntax", |p| p.edit("[labels]", "[labels"), 2, &["line 26", "[labels", CHOICE_HINT]),
    Case::new(
        "unknown key",
        |p| p.edit("repeats = 1", "repeat = 1"),
        2,
        &[
            "line 39",
            "unknown field `repeat`, expected one of `shape`, `block_m`, `buffer_m`, `folds`, `repeats`",
        ],
    ),
    Case::new(
        "unknown key at the top",
        |p| p.edit("seed = 7", "seed = 7\ncolour = \"red\""),
        2,
        &["line 3", "unknown field `colour`"],
    ),
    Case::new(
        "two models",
        |p| p.edit("[model.forest]", "[model.logistic]\n\n[model.forest]"),
        2,
        &["line 41", "more than one choice of a kind: keep one", CHOICE_HINT],
    ),
    Case::new(
        "a model that is none",
        |p| p.edit("[model.forest]", "[model.forrest]"),
        2,
        &["line 41", "unknown variant `forrest`, expected one of `boosting`, `cnn`, `devnet`,"],
    ),
    Case::new(
        "text for a number",
        |p| p.edit("folds = 2", "folds = \"two\""),
        2,
        &["line 38", "invalid type: string \"two\", expected a whole number of 0 or more"],
    ),
    Case::new(
        "a negative count",
        |p| p.edit("per_deposit = 5", "per_deposit = -5"),
        2,
        &["line 32", "invalid value: integer `-5`, expected a whole number of 0 or more"],
    ),
    Case::new(
        "a step that is none",
        |p| p.edit("impute_median", "impute_mode"),
        2,
        &["line 18", "unknown variant `impute_mode`, expected one of `rasterise`, `distance`"],
    ),
    Case::new(
        "a seed that is too large",
        |p| p.edit("seed = 7", "seed = 99999999999999999999"),
        2,
        &["line 2"],
    ),
    Case::new("empty", |p| p.write("project.toml", ""), 2, &["missing field `name`"]),
    Case::new(
        "no text",
        |p| p.write("project.toml", b"name = \"\xff\xfe\""),
        2,
        &[
            "no project file",
            "valid UTF-8",
            "hint: name one, or make one with `paydirt init FOLDER`",
        ],
    ),
    Case::new(
        "not there",
        |p| p.remove("project.toml"),
        2,
        &["No such file", "paydirt init FOLDER"],
    ),
    Case::new("a folder", |_| {}, 2, &["Is a directory"]).ask(&["run", "data"]),
];

#[test]
fn files_that_do_not_parse_are_told_with_their_line() {
    table(FILES_THAT_DO_NOT_PARSE_ARE_TOLD_WITH_THEIR_LINE);
}

const CONTRADICTIONS_ARE_TOLD_BEFORE_ANYTHING_IS_READ: &[Case] = &[
    Case::new(
        "two layers of one name",
        |p| p.edit("name = \"arsenic\"", "name = \"lithology\""),
        2,
        &["two evidence layers are named `lithology`", "hint: give each layer a `name` of its own"],
    ),
    Case::new(
        "two layers of one file on many disks",
        |p| p.edit("name = \"arsenic\"", "name = \"LITHOLOGY\""),
        2,
        &["two evidence layers are named"],
    ),
    Case::new(
        "a layer without a name",
        |p| p.edit("name = \"arsenic\"", "name = \"\""),
        2,
        &["the name of evidence 2 is ``", NAME_HINT],
    ),
    Case::new(
        "a layer that leaves the folder",
        |p| p.edit("name = \"arsenic\"", "name = \"../../arsenic\""),
        2,
        &["the name of evidence 2 is `../../arsenic`, which is no file name", NAME_HINT],
    ),
    Case::new(
        "a layer of two lines",
        |p| p.edit("name = \"arsenic\"", "name = \"a\\nb\\u0000\""),
        2,
        &["`a\\nb\\0`", NAME_HINT],
    ),
    Case::new(
        "a layer of script",
        |p| p.edit("name = \"arsenic\"", "name = \"<script>alert(1)\""),
        2,
        &["`<script>alert(1)`", NAME_HINT],
    ),
    Case::new(
        "a project that leaves its folder",
        |p| p.edit("name = \"district\"", "name = \"../district\""),
        2,
        &["the name of the project is `../district`", NAME_HINT],
    ),
    Case::new(
        "a grid and a table",
        |p| p.edit("[labels]", "[table]\npath = \"a.csv\"\nrole = \"a\"\ncolumns = []\n\n[labels]"),
        2,
        &["either a [grid] with [[evidence]] and [labels], or a [table]", "hint: `paydirt init"],
    ),
    Case::new(
        "no grid",
        |p| {
            p.edit(
                "[grid]\nlike = \"data/study_area.tif\"\nstudy_area = \"data/study_area.tif\"\n",
                "",
            );
        },
        2,
        &["either a [grid]"],
    ),
    Case::new(
        "a grid like a raster and of numbers",
        |p| p.edit("[grid]", "[grid]\ncell_m = 50"),
        2,
        &["takes its cells from `like`, but has `cell_m`", "hint: keep `like`, or the numbers"],
    ),
    Case::new(
        "a grid like nothing",
        |p| p.edit("like = \"data/study_area.tif\"", "cell_m = 50"),
        2,
        &["[grid] needs `like`, or `crs`, `cell_m` and one of `region` and `study_area`"],
    ),
    Case::new(
        "cells of no size",
        |p| {
            let grid = "crs = \"EPSG:32635\"\ncell_m = nan\nregion = [0, 0, 1, 1]";
            p.edit("like = \"data/study_area.tif\"", grid);
        },
        2,
        &["`grid.cell_m` is NaN", "hint: give a length over 0"],
    ),
    Case::new(
        "a region turned round",
        |p| {
            let grid =
                "crs = \"EPSG:32635\"\ncell_m = 100\nregion = [404000, 6996000, 400000, 7000000]";
            p.edit("like = \"data/study_area.tif\"", grid);
        },
        2,
        &["`grid.region` is [404000, 6996000, 400000, 7000000]", "west, south, east, north"],
    ),
    Case::new(
        "metres on a grid in degrees",
        |p| {
            let grid = "crs = \"EPSG:4326\"\ncell_m = 100\nregion = [25, 63, 25.1, 63.1]";
            p.edit("like = \"data/study_area.tif\"", grid);
        },
        2,
        &[
            "`grid.cell_m` is 100 metres, but EPSG:4326 is in degrees",
            "hint: name a projected `crs`",
        ],
    ),
    Case::new(
        "more cells than memory",
        |p| {
            let grid =
                "crs = \"EPSG:32635\"\ncell_m = 0.01\nregion = [400000, 6996000, 404000, 7000000]";
            p.edit("like = \"data/study_area.tif\"", grid);
        },
        1,
        &["the run needs", "MiB, but this machine has", "hint: raise `--max-memory`"],
    ),
    Case::new(
        "more cells than any survey has",
        |p| {
            let grid =
                "crs = \"EPSG:32635\"\ncell_m = 1e-9\nregion = [400000, 6996000, 404000, 7000000]";
            p.edit("like = \"data/study_area.tif\"", grid);
        },
        3,
        &["grid of 4000000000000 rows x 4000000000000 columns", "hint: a grid has cells"],
    ),
    Case::new(
        "no evidence",
        |p| {
            let text = String::from_utf8(p.read("project.toml")).unwrap();
            let (start, end) = (text.find("[[evidence]]").unwrap(), text.find("[labels]").unwrap());
            p.write("project.toml", [&text[..start], &text[end..]].concat());
        },
        2,
        &["a project with a [grid] needs at least one [[evidence]]"],
    ),
    Case::new(
        "no labels",
        |p| {
            let text = String::from_utf8(p.read("project.toml")).unwrap();
            let (start, end) = (text.find("[labels]").unwrap(), text.find("[sample").unwrap());
            p.write("project.toml", [&text[..start], &text[end..]].concat());
        },
        2,
        &["the project has no [labels]", "hint: name the file of known deposits"],
    ),
    Case::new(
        "a vector file that no step makes cells of",
        |p| p.edit("steps = [{ distance = {} }]", ""),
        2,
        &["layer `fault_distance` is a vector file", "hint: put `{ distance = {} }`"],
    ),
    Case::new(
        "geometry measured too late",
        |p| p.edit("steps = [{ distance = {} }]", "steps = [{ clip = {} }, { distance = {} }]"),
        2,
        &[
            "step `distance` of `fault_distance` needs the map, but stands after",
            "hint: `steps` begin with what makes a layer from shapes",
        ],
    ),
];

#[test]
fn contradictions_are_told_before_anything_is_read() {
    table(CONTRADICTIONS_ARE_TOLD_BEFORE_ANYTHING_IS_READ);
}
