use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::metric::Direction;
use crate::seed::Seed;

type Changes = BTreeMap<String, Value>;

fn space(text: Value) -> Space {
    serde_json::from_value(text).unwrap()
}

fn axes(space: &Space) -> Vec<Axis> {
    let axis = |(name, range): (String, &Scope)| Axis::new(&name, &name, range, &Value::Null);
    flat(space).into_iter().map(axis).collect::<Result<_>>().unwrap()
}

fn with_trials(key: &str, trials: usize) -> Search {
    match key {
        "tpe" => Search::Tpe(tpe::Settings { trials, ..Default::default() }),
        _ => Search::Random(random::Settings { trials, ..Default::default() }),
    }
}

/// Searches for the least of a function, beginning with settings that are not in the space.
fn search(
    search: &Search,
    axes: &[Axis],
    seed: u64,
    loss: &dyn Fn(&Changes) -> f64,
) -> (Vec<Trial>, usize) {
    let mut course = Course::new(search, axes, Changes::new(), (Direction::Lower, Seed(seed)));
    while let Some(settings) = course.ask() {
        let figure = if settings.is_empty() { 1e9 } else { loss(&settings) };
        course.tell(settings, vec![Some(figure)], Ending::Complete);
    }
    let (trials, best) = course.finish();
    (trials, best.unwrap())
}

fn number(settings: &Changes, name: &str) -> f64 {
    settings[name].as_f64().unwrap()
}

/// The mean over 60 seeds of the least loss found.
fn mean_least(key: &str, trials: usize, axes: &[Axis], loss: &dyn Fn(&Changes) -> f64) -> f64 {
    let least = |seed| {
        let (trials, best) = search(&with_trials(key, trials), axes, seed, loss);
        trials[best].figure.unwrap()
    };
    (0..60).map(least).sum::<f64>() / 60.0
}

#[test]
fn tpe_comes_nearer_to_a_known_optimum_than_random_at_the_same_budget() {
    // c = 7 on six decades.
    let line = axes(&space(json!({ "c": { "low": 1e-3, "high": 1e3, "log": true } })));
    let in_line = |s: &Changes| (number(s, "c") / 7.0).ln().powi(2);
    // The same, with a share at 0.3, a whole number at 12, and a choice that costs.
    let four = axes(&space(json!({
        "c": { "low": 1e-3, "high": 1e3, "log": true },
        "share": { "low": 0.0, "high": 1.0 },
        "leaf": { "low": 1, "high": 30 },
        "kind": ["a", "b", "c"],
    })));
    let in_four = |s: &Changes| {
        in_line(s)
            + (6.0 * (number(s, "share") - 0.3)).powi(2)
            + ((number(s, "leaf") - 12.0) / 6.0).powi(2)
            + if s["kind"] == "b" { 0.0 } else { 4.0 }
    };
    for (trials, axes, loss) in [
        (30, &line, &in_line as &dyn Fn(&Changes) -> f64),
        (30, &four, &in_four),
        (80, &four, &in_four),
    ] {
        let [tpe, random] = ["tpe", "random"].map(|key| mean_least(key, trials, axes, loss));
        assert!(tpe < 0.6 * random, "{trials} trials, {} axes: {tpe} {random}", axes.len());
    }
}

#[test]
fn the_same_seed_searches_the_same_way_and_another_does_not() {
    let axes = axes(&space(json!({ "c": { "low": 0.1, "high": 10.0 }, "kind": [1, 2] })));
    let loss = |s: &Changes| (number(s, "c") - 3.0).abs();
    for key in ["tpe", "random"] {
        let run = |seed| search(&with_trials(key, 20), &axes, seed, &loss);
        assert_eq!(run(1), run(1), "{key}");
        assert_ne!(run(1).0[5].settings, run(2).0[5].settings, "{key}");
    }
}

#[test]
fn nothing_is_tried_twice_and_a_small_space_ends_the_search() {
    let axes = axes(&space(json!({ "leaf": { "low": 1, "high": 4 }, "kind": ["a", "b"] })));
    for key in ["tpe", "random"] {
        let (trials, _) = search(&with_trials(key, 500), &axes, 3, &|s| number(s, "leaf"));
        let mut seen: Vec<&Changes> = trials.iter().map(|trial| &trial.settings).collect();
        seen.sort_by_key(|settings| format!("{settings:?}"));
        seen.dedup();
        assert_eq!(seen.len(), trials.len(), "{key}");
        assert_eq!(trials.len(), 1 + 8, "{key}");
    }
}

#[test]
fn a_grid_is_gone_through_in_order_and_own_settings_of_it_are_not_tried_again() {
    let axes = axes(&space(json!({
        "c": { "low": 0.01, "high": 100.0, "log": true },
        "k": { "low": 1, "high": 2 },
    })));
    let grid = Search::Grid(grid::Settings { points: 3, ..Default::default() });
    assert_eq!(grid.trials(&axes), 1 + 3 * 2);
    let of = |c: f64, k: i64| Changes::from([("c".into(), c.into()), ("k".into(), k.into())]);
    let mut course = Course::new(&grid, &axes, of(0.01, 2), (Direction::Higher, Seed(1)));
    let mut asked = Vec::new();
    while let Some(settings) = course.ask() {
        // All alike: the first, which are the own ones, win.
        asked.push(settings.clone());
        course.tell(settings, vec![Some(0.5)], Ending::Complete);
    }
    let wanted = [of(0.01, 2), of(0.01, 1), of(1.0, 1), of(1.0, 2), of(100.0, 1), of(100.0, 2)];
    assert_eq!(asked, wanted);
    assert_eq!(course.best().unwrap().settings, of(0.01, 2));
}

#[test]
fn hopeless_trials_are_given_up_and_never_chosen() {
    let axes = axes(&space(json!({ "c": { "low": 0.0, "high": 1.0 } })));
    let search = with_trials("random", 50);
    let mut course = Course::new(&search, &axes, Changes::new(), (Direction::Higher, Seed(1)));
    for first in [0.5, 0.6, 0.7, 0.8] {
        assert!(!course.is_hopeless(&[Some(0.0)]), "too few to tell");
        let settings = course.ask().unwrap();
        course.tell(settings, vec![Some(first), Some(first)], Ending::Complete);
    }
    let settings = course.ask().unwrap();
    course.tell(settings, vec![None, Some(0.99)], Ending::Pruned);
    assert!(!course.is_hopeless(&[Some(0.0)]), "one of five has no figure there");
    let settings = course.ask().unwrap();
    course.tell(settings, vec![Some(0.65)], Ending::Complete);
    assert!(course.is_hopeless(&[Some(0.64)]) && !course.is_hopeless(&[Some(0.65)]));
    assert!(!course.is_hopeless(&[None]), "no figure says nothing");
    assert_eq!(course.best().unwrap().figure, Some(0.8));
    let settings = course.ask().unwrap();
    course.tell(settings, Vec::new(), Ending::Failed("no deposits".into()));
    assert_eq!(course.best().unwrap().figure, Some(0.8));
}

#[test]
fn patience_ends_a_search_after_so_many_trials_without_a_better_one() {
    let axes = axes(&space(json!({ "c": { "low": 0.0, "high": 1.0 } })));
    let settings = random::Settings { trials: 100, patience: Some(7), ..Default::default() };
    let search = Search::Random(settings);
    let mut course = Course::new(&search, &axes, Changes::new(), (Direction::Higher, Seed(1)));
    let mut made = 0;
    while let Some(settings) = course.ask() {
        course.tell(settings, vec![Some(f64::from(made.min(3)))], Ending::Complete);
        made += 1;
    }
    assert_eq!(made, 4 + 7);
}

#[test]
fn ranges_that_hold_nothing_are_refused_by_their_key() {
    let refused = |range: Value, own: Value, says: &str| {
        let range: Scope = serde_json::from_value(range).unwrap();
        let error = Axis::new("c", "search.tpe.space.c", &range, &own).unwrap_err().to_string();
        assert!(error.contains("search.tpe.space.c") && error.contains(says), "{error}");
    };
    refused(json!([]), json!(1.0), "empty");
    refused(json!({}), json!(1.0), "empty");
    refused(json!([1, 2, 1]), json!(1), "1 twice");
    refused(json!({ "low": 2.0, "high": 2.0 }), json!(1.0), "2 to 2");
    refused(json!({ "low": 3, "high": 2 }), json!(1), "3 to 2");
    refused(json!({ "low": 0, "high": 2, "log": true }), json!(1), "over 0");
    refused(json!({ "low": 0.5, "high": 2 }), json!(1), "whole number");
    refused(json!({ "low": 1, "high": 1e300 }), json!(1.0), "greater");
    for (text, says) in [
        (json!({ "low": 1, "hihg": 2 }), "hihg"),
        (json!({ "low": 1 }), "high"),
        (json!(3), "3 is no range"),
        (json!({ "rbf": { "gamma": "scale" } }), "no range"),
    ] {
        let error = serde_json::from_value::<Scope>(text).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn whole_numbers_stay_whole_and_others_short_and_within() {
    let span = |low: Value, high: Value, own: Value| {
        let range = serde_json::from_value(json!({ "low": low, "high": high, "log": true }));
        Axis::new("s", "s", &range.unwrap(), &own).unwrap()
    };
    let mut rng = Seed(4).rng();
    for (axis, whole) in [
        (span(json!(1), json!(30), json!(5)), true),
        (span(json!(1), json!(30), Value::Null), true),
        (span(json!(1), json!(30), json!(5.0)), false),
        (span(json!(1), json!(30.5), json!("scale")), false),
    ] {
        for _ in 0..200 {
            let value = axis.value(axis.draw(&mut rng));
            assert_eq!(value.is_i64(), whole, "{value}");
            let number = value.as_f64().unwrap();
            assert!((1.0..=30.5).contains(&number) && value.to_string().len() <= 4, "{value}");
        }
    }
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let refused = |text: Value, says: [&str; 2]| {
        let search: Search = serde_json::from_value(text).unwrap();
        let error = search.check().unwrap_err().to_string();
        assert!(says.iter().all(|says| error.contains(says)), "{error}");
    };
    refused(json!({ "tpe": { "trials": 1 } }), ["search.tpe.trials", "2 to 10000"]);
    refused(json!({ "tpe": { "startup": 0 } }), ["search.tpe.startup", "1 to"]);
    refused(json!({ "random": { "folds": 1 } }), ["search.random.folds", "2 to 100"]);
    refused(json!({ "grid": { "points": 1 } }), ["search.grid.points", "2 to 100"]);
    refused(json!({ "grid": { "patience": 0 } }), ["search.grid.patience", "1 to"]);
    refused(json!({ "tpe": { "budget_minutes": 0.0 } }), ["search.tpe.budget_minutes", "over 0"]);
    refused(json!({ "tpe": { "metric": "roc_aux" } }), ["metric", "did you mean `roc_auc`?"]);
    let wide = axes(&space(json!({
        "a": { "low": 0.0, "high": 1.0 }, "b": { "low": 0.0, "high": 1.0 },
        "c": { "low": 0.0, "high": 1.0 },
    })));
    let grid = Search::Grid(grid::Settings { points: 100, ..Default::default() });
    assert!(grid.check_axes(&wide).unwrap_err().to_string().contains("1000000 combinations"));
    let one = axes(&space(json!({ "a": [1], "b": ["x"] })));
    assert!(grid.check_axes(&one).is_err() && grid.check_axes(&[]).is_err());
    for search in Search::all() {
        search.check().unwrap();
        search.check_axes(&wide).unwrap();
    }
}
