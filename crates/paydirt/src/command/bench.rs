//! `paydirt bench`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use paydirt_core::metric::Figure;
use paydirt_core::split::SplitKind;
use serde::Serialize;

use super::{Session, compare};
use crate::error::Result;
use crate::judge::Standing;
use crate::report::{self, ModelLine};
use crate::saved::{write_json, write_text};

/// All models on one ground.
#[derive(Debug, Serialize)]
struct Ground {
    /// Name of the project.
    name: String,
    /// What was held out, as the project says it.
    split: String,
    repeats: usize,
    /// Samples and deposits of the first repeat.
    samples: usize,
    deposits: usize,
    models: Vec<ModelLine>,
}

pub(super) fn bench(
    session: &Session,
    projects: &[PathBuf],
    models: &[String],
    out: Option<&Path>,
) -> Result<()> {
    let mut grounds = Vec::new();
    for project in projects {
        session.console.say(&format!("{}", project.display()));
        grounds.push(ground(session, project, models)?);
    }
    let text = tables(&grounds);
    if let Some(out) = out {
        write_text(out, &text)?;
        write_json(&out.with_extension("json"), &grounds)?;
    }
    session.show(&grounds, &text)
}

fn ground(session: &Session, project: &Path, models: &[String]) -> Result<Ground> {
    let opened = session.open(project)?;
    let judged = compare::judged(session, &opened, models)?;
    let samples = judged.grounds.first().map_or(&[][..], |ground| &ground.samples);
    Ok(Ground {
        name: opened.project.name.clone(),
        split: report::split_words(&opened.project)?,
        repeats: judged.grounds.len(),
        samples: samples.len(),
        deposits: samples.iter().filter(|sample| sample.is_deposit()).count(),
        models: report::model_lines(&judged),
    })
}

/// Columns of the table of one ground.
const FIGURES: [(&str, &str); 6] = [
    ("roc_auc", "ROC AUC, pairs pooled"),
    ("fold_auc", "ROC AUC, mean over folds"),
    ("pr_auc", "PR AUC"),
    ("rate_auc", "area under the prediction rate"),
    ("capture_5", "in the best 5 %"),
    ("capture_10", "in the best 10 %"),
];

/// The table of all grounds, then one of each.
fn tables(grounds: &[Ground]) -> String {
    let mut text = String::from(
        "# All models on the same ground\n\nMade by `paydirt bench`; nothing here was typed.\n\n## All grounds\n\n",
    );
    text += "Mean over repeats; ROC AUC of held-out samples, and behind the slash the area under the prediction \
             rate: each held-out deposit ranked among the cells of the map that were not trained on.\n\n| model |";
    let mut rows: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (column, ground) in grounds.iter().enumerate() {
        let _ = write!(text, " {} |", ground.name);
        for line in ground.models.iter().filter(|line| line.split == SplitKind::Spatial) {
            let cells =
                rows.entry(&line.name).or_insert_with(|| vec![String::new(); grounds.len()]);
            let rate = line.metrics.get("rate_auc").map(|figure| format!(" / {}", three(figure)));
            let auc = line.metrics.get("roc_auc").map_or("-".into(), three);
            cells[column] = auc + &rate.unwrap_or_default();
        }
    }
    text += "\n|---|";
    text += &"---|".repeat(grounds.len());
    for (name, cells) in rows {
        let _ = write!(text, "\n| {name} | {} |", cells.join(" | "));
    }
    text += "\n";
    grounds.iter().for_each(|ground| text += &table(ground));
    text
}

fn table(ground: &Ground) -> String {
    let Ground { name, split, repeats, samples, deposits, .. } = ground;
    let mut text = format!(
        "\n## {name}\n\n{deposits} deposits, {samples} samples; {repeats} repeats. Held out: {split}. In brackets the \
         95 % interval (bootstrap over groups of ground), behind ± the spread over repeats.\n\n| model | split |"
    );
    let known = |key: &str| ground.models.iter().any(|line| line.metrics.contains_key(key));
    let columns: Vec<_> = FIGURES.iter().filter(|(key, _)| known(key)).collect();
    columns.iter().for_each(|(_, title)| text += &format!(" {title} |"));
    text += "\n|---|---|";
    text += &"---|".repeat(columns.len());
    let mut lines: Vec<&ModelLine> = ground.models.iter().collect();
    let auc = |line: &ModelLine| line.metrics.get("roc_auc").map_or(0.0, |figure| figure.value);
    let random = |line: &ModelLine| line.split == SplitKind::Random;
    lines.sort_by(|a, b| random(a).cmp(&random(b)).then(auc(b).total_cmp(&auc(a))));
    for line in lines {
        let split = match line.split {
            SplitKind::Spatial => "held-out ground",
            SplitKind::Random => "random, as a control",
        };
        let marked = match line.role {
            Standing::Chosen => format!("**{}**", line.name),
            Standing::Baseline | Standing::Alternative | Standing::Control => line.name.clone(),
        };
        let cells = columns.iter().map(|(key, _)| line.metrics.get(*key).map_or("-".into(), whole));
        let _ =
            write!(text, "\n| {marked} | {split} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    text + "\n"
}

fn three(figure: &Figure) -> String {
    format!("{:.3}", figure.value)
}

fn whole(figure: &Figure) -> String {
    let Figure { value, low, high, spread } = figure;
    format!("{value:.3} ({low:.3} to {high:.3}) ± {spread:.3}")
}
