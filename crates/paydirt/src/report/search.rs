//! What was searched, what it cost and what it gained.

use std::collections::BTreeMap;

use paydirt_core::metric::Figure;
use paydirt_core::search::{Axis, Ending};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::gain::{self, Words};
use super::number::{count, significant};
use crate::error::Result;
use crate::judge::Judged;
use crate::judge::search::{Searched, unsearched};
use crate::project::Project;

/// How its gain is told.
const GAIN: Words = Words {
    what: "Searching",
    worse: "the model's own settings do better",
    helps: "searching helps here",
};

/// What was searched, what it cost and what it gained. Every trial is in `search.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SearchReport {
    /// Key of the search.
    pub method: String,
    /// Key of the metric that was brought to its best.
    pub metric: String,
    /// The settings that were searched.
    pub settings: Vec<SettingLine>,
    /// What each outer fold chose.
    pub folds: Vec<FoldChoice>,
    /// The searched model's figure less that of the same model with its own settings, on the same
    /// outer folds, with a paired 95 % interval.
    pub gain: Option<Figure>,
    /// The gain in words.
    pub said: String,
    /// Trials that were made, over all searches.
    pub trials: usize,
    /// Those of them that were given up after the first inner folds.
    pub pruned: usize,
    /// Those of them that could not be fitted.
    pub failed: usize,
    /// Models that were fitted.
    pub fits: usize,
    /// Searches that the budget of time ended.
    pub out_of_time: usize,
    /// The cost in words.
    pub cost: String,
}

/// One setting that was searched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingLine {
    /// Its name.
    pub setting: String,
    /// What was tried, in words.
    pub range: String,
    /// The model's own value.
    pub own: Value,
    /// The value chosen over all ground, which draws the map.
    pub chosen: Value,
    /// The values that the outer folds chose, in words.
    pub over_folds: String,
}

/// What one outer fold chose.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoldChoice {
    /// The repeat, from 1.
    pub repeat: usize,
    /// The fold, from 1.
    pub fold: usize,
    /// The settings.
    pub settings: BTreeMap<String, Value>,
}

/// The report of a project's searches; `None` where it did not search.
///
/// # Errors
/// Settings that cannot be searched.
pub(super) fn report(
    project: &Project,
    judged: &Judged,
    settled: Option<&Searched>,
) -> Result<Option<SearchReport>> {
    let (Some(search), Some(settled)) = (&project.search, settled) else { return Ok(None) };
    let (axes, metric) = (project.model.axes(search)?, search.metric()?);
    let gain = gain::over(&unsearched(&project.model), project, judged, metric);
    let all: Vec<&Searched> = std::iter::once(settled).chain(&judged.searched).collect();
    let ended = |wanted: fn(&Ending) -> bool| {
        all.iter().flat_map(|one| &one.trials).filter(|trial| wanted(&trial.ending)).count()
    };
    let mut report = SearchReport {
        method: search.key().into(),
        metric: metric.key.into(),
        settings: axes.iter().map(|axis| setting_line(axis, project, judged, settled)).collect(),
        folds: judged.searched.iter().filter_map(choice).collect(),
        said: gain::said(gain, metric, &GAIN),
        gain,
        trials: all.iter().map(|one| one.trials.len()).sum(),
        pruned: ended(|ending| *ending == Ending::Pruned),
        failed: ended(|ending| matches!(ending, Ending::Failed(_))),
        fits: all.iter().map(|one| one.fits).sum(),
        out_of_time: all.iter().filter(|one| one.out_of_time).count(),
        cost: String::new(),
    };
    report.cost = cost(&report, all.len());
    Ok(Some(report))
}

fn choice(searched: &Searched) -> Option<FoldChoice> {
    let (repeat, fold) = (searched.repeat?, searched.fold?);
    Some(FoldChoice { repeat, fold, settings: searched.settings.clone() })
}

fn setting_line(
    axis: &Axis,
    project: &Project,
    judged: &Judged,
    settled: &Searched,
) -> SettingLine {
    let setting = &axis.setting;
    let of = |searched: &Searched| searched.settings.get(setting).cloned().unwrap_or_default();
    SettingLine {
        range: axis.told(),
        own: project.model.setting(setting).unwrap_or_default(),
        chosen: of(settled),
        over_folds: in_words(judged.searched.iter().map(of).collect()),
        setting: setting.clone(),
    }
}

/// Values in words: how often each, where there are few; else the middle one and the range.
fn in_words(values: Vec<Value>) -> String {
    let mut times: Vec<(Value, usize)> = Vec::new();
    for value in &values {
        match times.iter_mut().find(|(other, _)| other == value) {
            Some((_, count)) => *count += 1,
            None => times.push((value.clone(), 1)),
        }
    }
    times.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut numbers: Vec<f64> = values.iter().filter_map(Value::as_f64).collect();
    if times.len() > 4 && numbers.len() > values.len() / 2 {
        numbers.sort_by(f64::total_cmp);
        let at = |index: usize| short(numbers[index]);
        let last = numbers.len() - 1;
        let range = format!("{} to {}, middle {}", at(0), at(last), at(last / 2));
        let others = values.len() - numbers.len();
        return if others == 0 { range } else { format!("{range}; {others} others") };
    }
    let each = times.iter().map(|(value, count)| format!("{} ({count})", plain(value)));
    each.collect::<Vec<_>>().join(", ")
}

/// A number as it is where that is short, else to three digits.
fn short(number: f64) -> String {
    let whole = number.to_string();
    if whole.len() <= 6 { whole } else { significant(number) }
}

/// A value as the project file has it, without quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".into(),
        other => other.to_string(),
    }
}

fn cost(report: &SearchReport, searches: usize) -> String {
    let mut text = format!(
        "{} searches, {} trials, {} fits",
        count(searches),
        count(report.trials),
        count(report.fits)
    );
    let parts = [
        (report.pruned, "trials given up after their first inner folds"),
        (report.failed, "trials that could not be fitted"),
        (report.out_of_time, "searches ended by `budget_minutes`"),
    ];
    for (number, what) in parts.into_iter().filter(|(number, _)| *number > 0) {
        text.push_str(&format!("; {} {what}", count(number)));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn few_values_are_counted_and_many_summed_up() {
        let words = |values: Value| in_words(values.as_array().unwrap().clone());
        assert_eq!(words(json!(["sqrt", "all", "sqrt"])), "sqrt (2), all (1)");
        assert_eq!(words(json!([null, null])), "none (2)");
        assert_eq!(words(json!([1, 2, 3, 4, 50])), "1 to 50, middle 3");
        assert_eq!(words(json!([0.1, 0.2, 0.3, 0.4, "scale"])), "0.1 to 0.4, middle 0.2; 1 others");
        assert_eq!(words(json!([])), "");
    }
}
