//! Labels and records that a query chooses from joined tables.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use serde_json::Value;

use self::support::{District, Project};

/// The deposits of a project in two tables: places by number, and what is mined there, twice for the first.
fn parted(project: &Project) -> usize {
    let text = String::from_utf8(project.read("data/deposits.csv")).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = |line: &str, name: &str| {
        let at = header.iter().position(|column| *column == name).unwrap();
        line.split(',').nth(at).unwrap().to_owned()
    };
    let (mut places, mut minerals) =
        ("Site_ID,name,easting,northing\n".to_owned(), "site,commodity\n0,Au\n".to_owned());
    let lines: Vec<&str> = lines.collect();
    for (number, line) in lines.iter().enumerate() {
        let [name, easting, northing] =
            ["name", "easting", "northing"].map(|name| place(line, name));
        places.push_str(&format!("{number},{name},{easting},{northing}\n"));
        minerals.push_str(&format!("{number},{}\n", if number % 3 == 2 { "Cu" } else { "Au" }));
    }
    project.write("data/places.csv", places);
    project.write("data/minerals.csv", minerals);
    lines.len() - lines.len() / 3
}

const QUERY: &str = "[labels.query]\nsql = \"SELECT DISTINCT own.* FROM own JOIN minerals ON site_id = site \
                     WHERE commodity = 'Au' ORDER BY site_id\"\ntables = { minerals = \"data/minerals.csv\" }\n\n";

#[test]
fn labels_are_what_a_query_gives() {
    let district = District::new();
    let project = district.project();
    let gold = parted(&project);
    project.edit("data/deposits.csv", "data/places.csv");
    project.edit("[sample.distant", &format!("{QUERY}[sample.distant"));
    let checked = project.paydirt(&["check", "--json"]).expect(0, &[]);
    let receipt: Value = serde_json::from_str(&checked.stdout).unwrap();
    let labels = receipt.pointer("/receipt/labels").unwrap();
    assert_eq!(labels["rows"], gold, "each place once");
    assert!(labels["path"].as_str().unwrap().ends_with("places.csv"), "{labels}");

    // Other rows are other labels.
    let minerals = String::from_utf8(project.read("data/minerals.csv")).unwrap();
    project.write("data/minerals.csv", minerals.replace("\n1,Au", "\n1,Cu"));
    let checked = project.paydirt(&["check", "--json"]).expect(0, &[]);
    let other: Value = serde_json::from_str(&checked.stdout).unwrap();
    assert_eq!(other.pointer("/receipt/labels/rows").unwrap(), gold - 1);
    assert_ne!(other.pointer("/receipt/labels/sha256"), receipt.pointer("/receipt/labels/sha256"));

    project.edit("WHERE commodity", "WHERE metal");
    project
        .paydirt(&["check"])
        .expect(2, &["cannot answer `SELECT", "metal", "hint: write one SELECT"]);
    project.edit("tables = { minerals", "tables = { own");
    project.paydirt(&["check"]).expect(2, &["may not be called `own`"]);
}
