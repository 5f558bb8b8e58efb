//! Formulas, conditions, groups, assays and steps that do not fit their data.

use crate::support::Project;
use crate::{Case, table};

/// A layer more, before the labels.
fn layer(project: &Project, lines: &str) {
    project.edit("[labels]", &format!("[[evidence]]\nname = \"more\"\n{lines}\n\n[labels]"));
}

const FORMULAS: &[Case] = &[
    Case::new(
        "a ratio",
        |p| layer(p, "formula = \"arsenic / fault_distance\"\nunit = \"ppm/m\""),
        0,
        &["layer `more`:", "have no value: division by zero"],
    )
    .check(&["formula arsenic / fault_distance"]),
    Case::new(
        "a layer that is none",
        |p| layer(p, "formula = \"arsenik / 2\""),
        2,
        &["no layer is named `arsenik` (did you mean `arsenic`?", "arsenik / 2", "^"],
    ),
    Case::new(
        "a layer that comes later",
        |p| {
            p.edit(
                "name = \"arsenic\"\npath = \"data/arsenic.tif\"",
                "name = \"arsenic\"\nformula = \"fault_distance * 2\"",
            );
        },
        2,
        &["no layer is named `fault_distance`"],
    ),
    Case::new(
        "a distance that would not see the formula",
        |p| layer(p, "formula = \"where(arsenic > 50, 1, 0)\"\nsteps = [{ distance = {} }]"),
        2,
        &["`distance` of `more` would not see its formula", "a layer of its own"],
    ),
    Case::new(
        "no formula",
        |p| layer(p, "formula = \"arsenic + * 2\""),
        2,
        &["arsenic + * 2", "^"],
    ),
    Case::new(
        "a formula and an index",
        |p| layer(p, "formula = \"1\"\nindex = \"aster.iron_oxide\""),
        2,
        &["`more` has a `formula` and an `index`", "hint: keep one of them"],
    ),
    Case::new("an index that is none", |p| layer(p, "index = \"aster.gold\""), 3, &["aster.gold"]),
    Case::new(
        "neither file nor formula",
        |p| layer(p, "unit = \"m\""),
        2,
        &["`more` has no `path`, `formula` or `index`", "hint: name its file"],
    ),
    Case::new(
        "a band that is none",
        |p| layer(p, "path = \"data/arsenic.tif\"\nformula = \"b7 * 2\""),
        3,
        &["has no band `7`"],
    ),
    Case::new(
        "a name that stands for nothing",
        |p| {
            layer(p, "path = \"data/arsenic.tif\"\nformula = \"b1 * 2\"\nfrom = { k = \"b2\" }");
        },
        3,
        &["no name in the formula named `k` (there are: b1)"],
    ),
    Case::new(
        "a formula over a vector file",
        |p| layer(p, "path = \"data/faults.gpkg\"\nformula = \"b1\""),
        3,
        &["faults.gpkg"],
    ),
    Case::new(
        "nothing left",
        |p| layer(p, "formula = \"arsenic / (fault_distance - fault_distance)\""),
        3,
        &["layer `more` has no value in the study area"],
    ),
];

#[test]
fn formulas_that_cannot_be_computed_are_told_with_their_place() {
    table(FORMULAS);
}

const CONDITIONS: &[Case] = &[
    Case::new(
        "a mask",
        |p| {
            p.edit(
                "path = \"data/faults.gpkg\"",
                "path = \"data/faults.gpkg\"\nkeep_where = \"arsenic > 0 and value < 2000\"",
            );
            p.edit(
                "steps = [{ distance = {} }]",
                "steps = [{ distance = {} }, { impute_median = {} }]",
            );
        },
        0,
        &["layer `fault_distance`:", "have no value"],
    ),
    Case::new(
        "no condition",
        |p| layer(p, "path = \"data/arsenic.tif\"\nkeep_where = \"arsenic * 2\""),
        2,
        &["a mask is a condition"],
    ),
    Case::new(
        "a condition on what is not there",
        |p| {
            layer(p, "path = \"data/arsenic.tif\"\nkeep_where = \"ndvi < 0.4\"");
        },
        2,
        &["no layer is named `ndvi`", "value"],
    ),
    Case::new(
        "nothing kept",
        |p| layer(p, "path = \"data/arsenic.tif\"\nkeep_where = \"value < -5\""),
        3,
        &["layer `more` has no value in the study area"],
    ),
    Case::new(
        "no polygons",
        |p| layer(p, "path = \"data/arsenic.tif\"\nwithin = \"data/faults.gpkg\""),
        3,
        &["faults.gpkg` is no vector file of polygons"],
    ),
];

#[test]
fn conditions_that_are_none_are_refused() {
    table(CONDITIONS);
}

/// A group with these lines.
fn group(project: &Project, lines: &str) {
    project.edit("[labels]", &format!("[[group]]\nname = \"all\"\n{lines}\n\n[labels]"));
}

const GROUPS: &[Case] = &[
    Case::new(
        "a group",
        |p| group(p, "layers = [\"ars*\", \"fault_distance\"]\nsteps = [{ pca = {} }]"),
        0,
        &[],
    ),
    Case::new(
        "a group of nobody",
        |p| group(p, "layers = [\"aster_*\"]\nsteps = []"),
        2,
        &["group `all` names `aster_*`, which no layer is called"],
    ),
    Case::new(
        "a layer in two",
        |p| {
            group(
                p,
                "layers = [\"arsenic\"]\nsteps = []\n\n[[group]]\nname = \"two\"\nlayers = [\"a*\"]\nsteps = []",
            );
        },
        2,
        &["layer `arsenic` is in the groups `all` and `two`"],
    ),
    Case::new(
        "a step that needs the map",
        |p| group(p, "layers = [\"arsenic\"]\nsteps = [{ slope = {} }]"),
        2,
        &["step `slope` of group `all` needs the map"],
    ),
    Case::new(
        "log ratios of what is below zero",
        |p| {
            p.edit(
                "[labels]",
                "[[evidence]]\nname = \"less\"\nformula = \"0 - fault_distance - 1\"\n\n[labels]",
            );
            group(p, "layers = [\"less\", \"arsenic\"]\nsteps = [{ clr = {} }]");
        },
        3,
        &["no cell of the study area has all evidence known"],
    ),
];

#[test]
fn groups_that_fit_no_layer_are_refused() {
    table(GROUPS);
}

/// An assay table in the district and the lines of its project.
fn assays(project: &Project, rows: &str, lines: &str) {
    project.write("data/rocks.csv", rows);
    let head = "[[assays]]\nname = \"rock\"\npath = \"data/rocks.csv\"\ncrs = \"EPSG:32635\"";
    let steps = "steps = [{ inverse_distance = { max_distance_m = 9000 } }]";
    project.edit("[labels]", &format!("{head}\n{lines}\n{steps}\n\n[labels]"));
}

const GOOD: &str = "easting,northing,Cu_ppm,Au_ppb\n400500,6998000,10,<5\n401500,6997500,30,12\n\
                    402500,6998500,20,8\n403000,6997000,<2,9\n401000,6999000,15,30\n";

const ASSAYS: &[Case] = &[
    Case::new("a good table", |p| assays(p, GOOD, "elements = [\"Cu\"]"), 0, &[])
        .check(&["rock_Cu", "5 samples"]),
    Case::new(
        "units mixed in a column",
        |p| assays(p, &GOOD.replace("30,12", "30 ppb,12"), ""),
        3,
        &["row 2", "Cu_ppm"],
    ),
    Case::new(
        "text in numbers",
        |p| assays(p, &GOOD.replace("20,8", "high,8"), ""),
        3,
        &["row 3", "Cu_ppm", "high"],
    ),
    Case::new(
        "all samples below the limit",
        |p| {
            assays(
                p,
                "easting,northing,Cu_ppm\n400500,6998000,<2\n401500,6997500,<2\n402500,6998500,<2\n",
                "",
            );
        },
        3,
        &["no element and no sample is left", "Cu all 3 analyses are beyond a limit of detection"],
    ),
    Case::new(
        "one sample",
        |p| assays(p, "easting,northing,Cu_ppm\n400500,6998000,2\n", ""),
        3,
        &["there is one place with a value"],
    ),
    Case::new(
        "an element that is none",
        |p| assays(p, GOOD, "elements = [\"Zn\"]"),
        3,
        &["no element named `Zn`"],
    ),
    Case::new(
        "latitude and longitude exchanged",
        |p| {
            p.write("data/rocks.csv", "lon,lat,Cu_ppm\n63.1,139.0,2\n63.1,139.1,3\n");
            let head = "[[assays]]\nname = \"rock\"\npath = \"data/rocks.csv\"\nsteps = [{ inverse_distance = {} }]";
            p.edit("[labels]", &format!("{head}\n\n[labels]"));
        },
        3,
        &["139"],
    ),
    Case::new(
        "no step that grids",
        |p| {
            assays(p, GOOD, "");
            p.edit(
                "steps = [{ inverse_distance = { max_distance_m = 9000 } }]",
                "steps = [{ signed_log = {} }]",
            );
        },
        2,
        &["assays `rock` are points, and no step makes cells of them"],
    ),
    Case::new(
        "a step that learns before the gridding",
        |p| {
            assays(p, GOOD, "before_gridding = [{ standardise = {} }]");
        },
        2,
        &[
            "step `standardise` in `before_gridding` of `rock` learns from all samples",
            "hint: put it in a [[group]]",
        ],
    ),
    Case::new(
        "log ratios before the gridding",
        |p| {
            assays(p, GOOD, "before_gridding = [{ clr = {} }]\nelements = [\"clr_Cu\"]");
        },
        0,
        &[],
    ),
    Case::new(
        "samples in a line",
        |p| {
            let line = "easting,northing,Cu_ppm\n400500,6998000,2\n401000,6998000,3\n401500,6998000,4\n402000,6998000,6\n";
            p.write("data/rocks.csv", line);
            let head =
                "[[assays]]\nname = \"rock\"\npath = \"data/rocks.csv\"\ncrs = \"EPSG:32635\"";
            p.edit(
                "[labels]",
                &format!("{head}\nsteps = [{{ natural_neighbour = {{}} }}]\n\n[labels]"),
            );
        },
        3,
        &["natural_neighbour"],
    ),
];

#[test]
fn assays_that_cannot_be_believed_are_refused() {
    table(ASSAYS);
}

const FIELDS: &[Case] = &[
    Case::new(
        "a field that is mostly missing",
        |p| {
            layer(
                p,
                "path = \"data/arsenic.tif\"\nkeep_where = \"value > 20\"\nsteps = [{ vertical_derivative = {} }]",
            );
        },
        3,
        &["vertical_derivative", "missing"],
    ),
    Case::new(
        "no direction of the field",
        |p| layer(p, "path = \"data/arsenic.tif\"\nsteps = [{ reduce_to_pole = {} }]"),
        2,
        &["reduce_to_pole.inclination_degrees"],
    ),
    Case::new(
        "textures of too few pairs",
        |p| {
            layer(
                p,
                "path = \"data/arsenic.tif\"\nsteps = [{ glcm = { radius_m = 200, levels = 256 } }]",
            );
        },
        2,
        &["glcm"],
    ),
    Case::new(
        "a step after one that is fitted",
        |p| {
            layer(p, "path = \"data/arsenic.tif\"\nsteps = [{ standardise = {} }, { slope = {} }]");
        },
        2,
        &["step `slope` of `more` needs the map, but stands after a step that does not"],
    ),
];

#[test]
fn fields_and_windows_that_make_no_sense_are_refused() {
    table(FIELDS);
}

const SELECTIONS: &[Case] = &[
    Case::new(
        "a selection",
        |p| p.edit("[model.forest]", "[select.boruta]\nrounds = 10\n\n[model.forest]"),
        0,
        &[],
    ),
    Case::new(
        "a selection that is none",
        |p| p.edit("[model.forest]", "[select.magic]\n\n[model.forest]"),
        2,
        &["unknown variant `magic`, expected `boruta` or `relevance`"],
    ),
];

#[test]
fn selections_are_made_inside_folds() {
    table(SELECTIONS);
}
