//! One page for each metric of the report, from the list of metrics and the comments of their functions.

use std::fmt::Write;

use paydirt_core::metric::{Direction, HeldOut, METRICS, Metric};
use serde_json::Value;

use crate::catalogue::core;
use crate::{MADE, comments};

/// Ten held-out samples, three of them deposits, by which every figure can be worked out on paper.
fn example() -> HeldOut {
    let share_of_area = vec![0.004, 0.06, 0.25];
    HeldOut {
        score: vec![0.9, 0.6, 0.3, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1, 0.1],
        probability: vec![0.8, 0.5, 0.2, 0.6, 0.3, 0.2, 0.2, 0.1, 0.1, 0.1],
        deposit: (0..10).map(|row| row < 3).collect(),
        weight: vec![1.0; 10],
        group: (0..10).collect(),
        fold: vec![1, 1, 2, 1, 1, 1, 2, 2, 2, 2],
        share_group: vec![0, 1, 2],
        share_of_area,
        ..HeldOut::default()
    }
}

/// The file and the name of a metric's function, as the list of metrics names them.
fn function(key: &str) -> (String, String) {
    let list = fs_err::read_to_string(core("metric/mod.rs")).unwrap();
    let line = list.lines().find(|line| line.contains(&format!("key: \"{key}\"")));
    let (_, compute) = line.unwrap().split_once("compute: ").unwrap();
    let (file, name) = compute.split_once("::").unwrap();
    let name = name.split([':', ' ', '}']).next().unwrap();
    (file.into(), name.into())
}

fn comment(metric: &Metric) -> String {
    let (file, name) = function(metric.key);
    comments::of_function(&core(&format!("metric/{file}.rs")), &name)
}

fn better(metric: &Metric) -> &'static str {
    match metric.direction {
        Direction::Higher => "higher",
        Direction::Lower => "lower",
    }
}

/// The page of a metric: its key and text.
pub(crate) fn page(metric: &Metric, report: &Value) -> String {
    let mut text = format!("{MADE}# {}\n\n", metric.name);
    let _ = writeln!(text, "{}\n", comments::tidy(&comment(metric), &|_| None));
    text.push_str("| | |\n|---|---|\n");
    let _ = writeln!(text, "| key | `models[].metrics.{}` of `report.json` |", metric.key);
    let _ = writeln!(text, "| better | {} |", better(metric));
    let _ = writeln!(text, "| unit | {} |", metric.unit);
    let source = comments::tidy(&format!("DOI {}", metric.citation), &|_| None);
    let _ = writeln!(text, "| source | {source} |");
    text.push_str(&worked(metric));
    text.push_str(&figure(report));
    text.push_str("\n[All metrics](../metrics.md)\n");
    text
}

/// The figure of the example.
fn worked(metric: &Metric) -> String {
    let held = example();
    let listed = |values: &[f64]| values.iter().map(f64::to_string).collect::<Vec<_>>().join(", ");
    let mut text = String::from("\n## By hand\n\n");
    let of_area = matches!(metric.unit, "share of deposits" | "share of area")
        || metric.key == "normalised_density";
    if of_area {
        let shares = listed(&held.share_of_area);
        let _ = write!(
            text,
            "Of three held-out deposits, the share of area that their own fold's model ranks above each is {shares}."
        );
    } else {
        let of = if matches!(metric.key, "brier" | "log_loss" | "ece") {
            ("probabilities", &held.probability)
        } else {
            ("scores", &held.score)
        };
        let _ = write!(
            text,
            "Three held-out deposits have the {} {}, seven other samples {}.",
            of.0,
            listed(&of.1[..3]),
            listed(&of.1[3..]),
        );
    }
    if metric.key == "fold_auc" {
        text.push_str(
            " The first two deposits and the first three others are one fold, the rest another.",
        );
    }
    let value = metric.of(&held).unwrap();
    let _ = writeln!(text, " The figure is {value:.4}.");
    text
}

/// What goes with every figure.
fn figure(report: &Value) -> String {
    let mut text = String::from("\n## What stands beside it\n\n| key | meaning |\n|---|---|\n");
    let keys = &report["$defs"]["Figure"]["properties"];
    for key in ["value", "low", "high", "spread"] {
        let said = keys[key]["description"].as_str().unwrap();
        let _ = writeln!(text, "| `{key}` | {said} |");
    }
    text
}

/// The page of all metrics.
pub(crate) fn of_all() -> String {
    let mut text = format!(
        "{MADE}# Metrics\n\nFigures of held-out ground, for each model of the table: a mean over the repeats, with a 95 % \
         interval by bootstrap over groups of ground. A figure that the data cannot define is absent. Those that \
         only rank use scores, those of probabilities calibrated ones, those of area rank each held-out deposit \
         among cells of the map that did not train. [What to ask of a figure](../believe.md).\n\n\
         | key | name | better | unit |\n|---|---|---|---|\n"
    );
    for metric in METRICS {
        let Metric { key, name, unit, .. } = metric;
        let better = better(metric);
        let _ = writeln!(text, "| [`{key}`](metrics/{key}.md) | {name} | {better} | {unit} |");
    }
    text
}
