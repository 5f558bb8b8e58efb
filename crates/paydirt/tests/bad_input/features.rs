//! Attributes of features, legends, and choices of features that do not fit the file.

use crate::support::Project;
use crate::{Case, table};

/// Three rocks that cover the district from west to east, as text, number and order; the middle one has
/// an odd name.
const ROCKS: &str = r#"{"type":"FeatureCollection",
"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::32635"}},"features":[
{"type":"Feature","properties":{"rock":"schist","age":1900,"code":"1"},"geometry":{"type":"Polygon",
"coordinates":[[[399000,6990000],[401000,6990000],[401000,7001000],[399000,7001000],[399000,6990000]]]}},
{"type":"Feature","properties":{"rock":"gabbro, \"ö\"","age":2100,"code":"2"},"geometry":{"type":"Polygon",
"coordinates":[[[401000,6990000],[402000,6990000],[402000,7001000],[401000,7001000],[401000,6990000]]]}},
{"type":"Feature","properties":{"rock":"granite","age":1800,"code":"3"},"geometry":{"type":"Polygon",
"coordinates":[[[402000,6990000],[405000,6990000],[405000,7001000],[402000,7001000],[402000,6990000]]]}}]}"#;

/// Makes the layer of lithology one of polygons, with these lines.
fn rocks(project: &Project, lines: &str) {
    project.write("data/rocks.geojson", ROCKS);
    project.edit(
        "path = \"data/lithology.tif\"\ntype = \"categorical\"\nunit = \"class\"",
        &format!("path = \"data/rocks.geojson\"\n{lines}"),
    );
}

/// A categorical layer of rocks with these lines.
fn classes(project: &Project, lines: &str) {
    let steps = "steps = [{ rasterise = {} }]";
    rocks(project, &format!("type = \"categorical\"\nattribute = \"rock\"\n{steps}\n{lines}"));
}

/// The layer of faults with another line.
fn faults(project: &Project, line: &str) {
    project.edit("path = \"data/faults.gpkg\"", &format!("path = \"data/faults.gpkg\"\n{line}"));
}

const LEGEND: &str = "legend = \"legend.csv\"";

const CLASSES: &[Case] = &[
    Case::new("text is classes", |p| classes(p, ""), 0, &[])
        .check(&["categorical; 1 to 3", "1 gabbro, \"ö\"; 2 granite; 3 schist"]),
    Case::new(
        "text that is no class",
        |p| rocks(p, "attribute = \"rock\"\nsteps = [{ rasterise = {} }]"),
        3,
        &[
            "attribute `rock` of `./data/rocks.geojson` holds the text `schist`, but must hold numbers",
            "hint: names are classes: say `type = \"categorical\"`",
        ],
    ),
    Case::new(
        "numbers written as text are the codes",
        |p| {
            let steps = "steps = [{ rasterise = {} }]";
            rocks(p, &format!("type = \"categorical\"\nattribute = \"code\"\n{steps}"));
        },
        0,
        &[],
    )
    .check(&["categorical; 1 to 3"]),
    Case::new(
        "codes that leave a text out",
        |p| classes(p, "codes = { schist = 7, granite = 5 }"),
        0,
        &["`gabbro, \"ö\"` not in the legend, so 16.7 % of the area is missing"],
    )
    .check(&["categorical; 5 to 7"]),
    Case::new(
        "one code for two texts",
        |p| classes(p, "codes = { schist = 7, granite = 7 }"),
        2,
        &["layer `lithology` gives the code 7 to two texts", "hint: give each its own"],
    ),
    Case::new(
        "a code that no float holds",
        |p| classes(p, "codes = { schist = 4000000000 }"),
        2,
        &["layer `lithology` has the code 4000000000", "hint: codes go up to 16777216"],
    ),
    Case::new(
        "codes of no attribute",
        |p| rocks(p, "codes = { schist = 7 }\nsteps = [{ rasterise = {} }]"),
        2,
        &["has a `legend` or `codes`, but no `attribute`", "hint: name the `attribute`"],
    ),
    Case::new(
        "an attribute of a raster",
        |p| p.edit("unit = \"ppm\"", "unit = \"ppm\"\nattribute = \"rock\""),
        2,
        &["layer `arsenic` is a raster, which has no attributes, but has `attribute`"],
    ),
    Case::new(
        "contacts of classes that are text",
        |p| rocks(p, "unit = \"m\"\nattribute = \"rock\"\nsteps = [{ contacts = {} }]"),
        0,
        &[],
    )
    // the eastern contact lies in column 20, and the study area ends with column 38
    .check(&["continuous; 0 to 1800 m"]),
    Case::new(
        "contacts of one class",
        |p| {
            let only = "where = { attribute = \"rock\", is = [\"schist\"] }";
            rocks(p, &format!("attribute = \"rock\"\n{only}\nsteps = [{{ contacts = {{}} }}]"));
        },
        3,
        &["step `contacts`", "no two classes touch in the grid"],
    ),
    Case::new(
        "contacts without an attribute",
        |p| rocks(p, "steps = [{ contacts = {} }]"),
        3,
        &["no feature has a class: name an `attribute`"],
    ),
    Case::new(
        "intersections of polygons",
        |p| rocks(p, "steps = [{ intersections = {} }]"),
        3,
        &["there is no line, and only lines meet"],
    ),
    Case::new(
        "an edge that is nowhere near",
        |p| {
            rocks(p, "steps = [{ signed_distance = {} }]");
            let wide = ROCKS.replace("399000", "390000").replace("405000", "415000");
            p.write("data/rocks.geojson", wide.replace("7001000", "7010000"));
        },
        3,
        &["step `signed_distance`", "no edge lies in the grid"],
    ),
];

#[test]
fn classes_of_polygons() {
    table(CLASSES);
}

const LEGENDS: &[Case] = &[
    Case::new(
        "groups of rocks",
        |p| {
            p.write(
                "legend.csv",
                "value,class\nschist,old\n\"gabbro, \"\"ö\"\"\",old\ngranite,young\n",
            );
            classes(p, LEGEND);
        },
        0,
        &[],
    )
    .check(&["categorical; 1 to 2", "1 old; 2 young"]),
    Case::new(
        "a rock that the legend lacks, and one that it leaves out",
        |p| {
            p.write("legend.csv", "value;class\nschist;\ngranite;young\n");
            classes(p, LEGEND);
        },
        0,
        &["layer `lithology`: `gabbro, \"ö\"` not in the legend, so 16.7 % of the area is missing"],
    )
    .check(&["categorical; 1 to 1"]),
    Case::new(
        "favourability",
        |p| {
            p.write("legend.csv", "value,class,score\n1800,a,0.25\n1900.0,b,0.5\n2100,c,1\n");
            let steps = "steps = [{ rasterise = {} }]";
            rocks(p, &format!("type = \"ordinal\"\nattribute = \"age\"\n{LEGEND}\n{steps}"));
        },
        0,
        &[],
    )
    .check(&["ordinal; 0.25 to 1"]),
    Case::new(
        "a legend that is not there",
        |p| classes(p, LEGEND),
        3,
        &["cannot read `./legend.csv`", "hint: "],
    ),
    Case::new(
        "a legend without values",
        |p| {
            p.write("legend.csv", "rock,class\nschist,old\n");
            classes(p, LEGEND);
        },
        3,
        &["the legend `./legend.csv` has no column `value`", "hint: a legend has a column `value`"],
    ),
    Case::new(
        "a legend without classes",
        |p| {
            p.write("legend.csv", "value,score\nschist,1\n");
            classes(p, LEGEND);
        },
        3,
        &["has no column `class`, which the categorical layer `lithology` asks for"],
    ),
    Case::new(
        "a legend without scores",
        |p| {
            p.write("legend.csv", "value,class\nschist,1\n");
            let steps = "steps = [{ rasterise = {} }]";
            rocks(p, &format!("attribute = \"rock\"\n{LEGEND}\n{steps}"));
        },
        3,
        &["has no column `score`, which the continuous layer `lithology` asks for"],
    ),
    Case::new(
        "scores that are text",
        |p| {
            p.write("legend.csv", "value,score\nschist,high\n");
            let steps = "steps = [{ rasterise = {} }]";
            rocks(p, &format!("attribute = \"rock\"\n{LEGEND}\n{steps}"));
        },
        3,
        &["has a column `score` that is not all numbers"],
    ),
    Case::new(
        "a value twice",
        |p| {
            p.write("legend.csv", "value,class\n1,a\n1.0,b\n");
            classes(p, LEGEND);
        },
        3,
        &["the legend `./legend.csv` has the value `1` twice"],
    ),
    Case::new(
        "a legend of other rocks",
        |p| {
            p.write("legend.csv", "value,class\nbasalt,a\n");
            classes(p, LEGEND);
        },
        3,
        &["attribute `rock` of `./data/rocks.geojson` is empty in every feature"],
    ),
];

#[test]
fn legends() {
    table(LEGENDS);
}

const CHOICES: &[Case] = &[
    Case::new(
        "one of the values, and one that there is not",
        |p| classes(p, "where = { attribute = \"rock\", is = [\"granite\", \"basalt\"] }"),
        0,
        &["warning: layer `lithology`: no feature has `rock` `basalt`"],
    )
    .check(&["categorical; 1 to 1"]),
    Case::new(
        "numbers in a range",
        |p| classes(p, "where = { attribute = \"age\", min = 1850, max = 2100 }"),
        0,
        &[],
    )
    .check(&["categorical; 1 to 2"]),
    Case::new(
        "a number that is text in the file",
        |p| classes(p, "where = { attribute = \"code\", is = [2, \"1.0\"] }"),
        0,
        &[],
    )
    .check(&["categorical; 1 to 2"]),
    Case::new(
        "none of the values",
        |p| classes(p, "where = { attribute = \"rock\", is = [\"basalt\"] }"),
        3,
        &[
            "no feature of `./data/rocks.geojson` has a `rock` that is basalt (there are: gabbro, \
             \"ö\" (1), granite (1), schist (1))",
            "hint: name one of its values in `where`",
        ],
    ),
    Case::new(
        "no number in the range",
        |p| classes(p, "where = { attribute = \"age\", min = 9000 }"),
        3,
        &["has a `age` that is at least 9000 (there are: 1800 (1), 1900 (1), 2100 (1))"],
    ),
    Case::new(
        "an attribute that it has not",
        |p| classes(p, "where = { attribute = \"type\", is = [1] }"),
        3,
        &["has no attribute `type` (it has: rock, age, code)"],
    ),
    Case::new(
        "nothing asked",
        |p| classes(p, "where = {}"),
        2,
        &["layer `lithology` has a `where` that asks nothing", "hint: write `where = {"],
    ),
    Case::new(
        "nothing asked of an attribute",
        |p| classes(p, "where = { attribute = \"rock\" }"),
        2,
        &["names an attribute in `where`, but asks nothing of it"],
    ),
    Case::new(
        "of no attribute",
        |p| classes(p, "where = { is = [1] }"),
        2,
        &["asks `is`, `min` or `max` in `where`, but of no attribute"],
    ),
    Case::new(
        "a range turned round",
        |p| classes(p, "where = { attribute = \"age\", min = 5, max = 2 }"),
        2,
        &["has a `min` over its `max` in `where`"],
    ),
    Case::new(
        "an unknown key",
        |p| classes(p, "where = { attribute = \"age\", above = 5 }"),
        2,
        &["unknown field `above`"],
    ),
    Case::new(
        "a list for a value",
        |p| classes(p, "where = { attribute = \"age\", is = [[1]] }"),
        2,
        &["cannot read the project file"],
    ),
    Case::new("a strike", |p| faults(p, "where = { strike_degrees = [0, 180] }"), 0, &[])
        .check(&["fault_distance  continuous; 0 to"]),
    Case::new(
        "a strike that no line has",
        |p| faults(p, "where = { strike_degrees = [89.9999, 90.0001] }"),
        3,
        &["no line of layer `fault_distance` strikes from 89.9999 to 90.0001 degrees", "hint: "],
    ),
    Case::new(
        "a strike of polygons",
        |p| classes(p, "where = { strike_degrees = [0, 180] }"),
        3,
        &["no line of layer `lithology` strikes from 0 to 180 degrees"],
    ),
    Case::new(
        "a strike beyond south",
        |p| faults(p, "where = { strike_degrees = [170, 200] }"),
        2,
        &["layer `fault_distance` has `strike_degrees` of [170, 200] in `where`", "hint: two"],
    ),
    Case::new(
        "weights that no feature has",
        |p| p.edit("{ distance = {} }", "{ density = { radius_m = 500, weight = \"attribute\" } }"),
        3,
        &["no feature has a value to weigh by: name an `attribute`"],
    ),
    Case::new(
        "an unknown weight",
        |p| p.edit("{ distance = {} }", "{ density = { weight = \"size\" } }"),
        2,
        &["unknown variant `size`"],
    ),
    Case::new(
        "a tolerance over a cell",
        |p| p.edit("{ distance = {} }", "{ intersections = { tolerance_m = 500 } }"),
        2,
        &["`intersections.tolerance_m` is 500, but must be 0 to half a cell's diagonal, 70.7 m"],
    ),
];

#[test]
fn choices_of_features() {
    table(CHOICES);
}
