//! Leaks as a user meets them: in what `run` says, in `report.json` and on the page.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use std::fmt::Write;
use std::path::Path;

use paydirt::report::Report;
use paydirt_core::leak::{Finding, Kind, Severity};
use support::tiff::Tiff;
use support::{CELLS, District, Project};

const TABLE: &str = r#"name = "copies"

[table]
path = "samples.csv"
role = "DEP"
roles = { "1" = "deposit", "0" = "negative" }
group = "set"
columns = [{ name = "PC1" }, { name = "PC2" }, { name = "PC3" }]

[sample.given_negatives]

[split.leave_one_group_out]

[model.logistic]

[explain]
permutation = { shuffles = 0 }
"#;

/// What a run finds of a kind, and that the page names it.
fn found(project: &Project, kind: Kind) -> Finding {
    project.paydirt(&["run", "--quiet", "--out", "out.run"]).expect(0, &[]);
    let report: Report = serde_json::from_slice(&project.read("out.run/report.json")).unwrap();
    let finding = report.leaks.into_iter().find(|leak| leak.kind == kind).unwrap();
    let page = String::from_utf8(project.read("out.run/report.html")).unwrap();
    assert!(page.contains(&finding.sentence), "not on the page: {}", finding.sentence);
    finding
}

fn copies(samples: &str) -> Finding {
    let project = District::new().project();
    project.write("project.toml", TABLE);
    project.write("samples.csv", samples);
    found(&project, Kind::CopiedRows)
}

#[test]
fn validation_rows_that_are_training_rows_are_named() {
    let mut samples = String::from("DEP,PC1,PC2,PC3,set\n");
    for row in 0..80 {
        // The last twenty: twelve copies, eight of their own.
        let (set, of) = if row < 60 { ("train", row) } else { ("validation", (row - 60) * 3) };
        let of = if row >= 72 { row } else { of };
        let (deposit, noise) = (u8::from(of % 6 == 0), of * 37 % 101);
        writeln!(samples, "{deposit},{},{noise},{},{set}", of % 6, of * 53 % 89).unwrap();
    }
    let finding = copies(&samples);
    assert_eq!(finding.severity, Severity::Severe);
    assert_eq!(finding.units.iter().filter(|unit| **unit >= 60).count(), 12);
}

#[test]
fn the_published_validation_of_the_yukon_is_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/yukon");
    let Ok(training) = fs_err::read_to_string(folder.join("02_Train_PCA.csv")) else {
        println!("not tested: there is no {}", folder.display());
        return;
    };
    let validation = fs_err::read_to_string(folder.join("04_Validation_Points.csv")).unwrap();
    let mut samples = String::from("DEP,PC1,PC2,PC3,PC4,PC5,PC6,PC7,set\n");
    for (text, set) in [(&training, "train"), (&validation, "validation")] {
        text.lines().skip(1).for_each(|line| writeln!(samples, "{line},{set}").unwrap());
    }
    let finding = copies(&samples);
    assert_eq!(finding.severity, Severity::Severe);
    assert_eq!(finding.units.iter().filter(|unit| **unit >= 313).count(), 24);
}

#[test]
fn labels_drawn_three_by_three_are_named() {
    let project = District::new().project();
    let middles = [[5, 5], [5, 20], [12, 33], [20, 8], [22, 25], [33, 4], [34, 17], [33, 33]];
    let marked = |unit: usize| {
        let near = |[row, col]: &[usize; 2]| {
            (unit / CELLS).abs_diff(*row) <= 1 && (unit % CELLS).abs_diff(*col) <= 1
        };
        f32::from(u8::from(middles.iter().any(near)))
    };
    project.write("data/labels.tif", Tiff::of(marked).bytes());
    project.edit(
        "path = \"data/deposits.csv\"\ncrs = \"EPSG:32635\"\nname = \"name\"",
        "path = \"data/labels.tif\"",
    );
    let finding = found(&project, Kind::TouchingLabels);
    assert!(finding.sentence.contains("label cells are 8 clusters"), "{}", finding.sentence);
}
