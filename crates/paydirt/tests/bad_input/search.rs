//! Searches: what a run of one leaves, and what is refused.

use serde_json::Value;

use crate::support::{District, Project};

/// The small district with logistic regression and a search.
fn searching(district: &District, search: &str) -> Project {
    let project = district.project();
    let model = "[model.forest]\ntrees = 20\n";
    project.edit(model, &format!("[model.logistic]\n{search}"));
    project
}

const SMALL: &str = "[search.tpe]\ntrials = 6\nstartup = 3\nfolds = 2\nprune = false\n";

fn json(project: &Project, name: &str) -> Value {
    serde_json::from_slice(&project.read(name)).unwrap()
}

/// What is foretold grows with what is asked for, whatever the model.
#[test]
fn a_plan_knows_what_models_and_searches_cost() {
    let district = District::new();
    let cpu = |model: &str| -> Value {
        let project = district.project();
        project.edit("[model.forest]\ntrees = 20\n", model);
        let checked = project.paydirt(&["check", "--json"]).expect(0, &[]);
        let checked: Value = serde_json::from_str(&checked.stdout).unwrap();
        checked["plan"]["cpu"].clone()
    };
    let part = |of: &Value, name: &str| of[name].as_f64().unwrap();
    let search = |trials: usize| {
        cpu(&format!("[model.svm]\n[search.random]\ntrials = {trials}\nfolds = 2\n"))
    };
    let (none, some, more) = (cpu("[model.svm]\n"), search(5), search(10));
    assert_eq!(part(&none, "search_s"), 0.0);
    let times = part(&more, "search_s") / part(&some, "search_s");
    assert!((times - 2.0).abs() < 1e-9, "{times}");
    assert!(part(&some, "judge_s") > part(&none, "judge_s"), "the own settings are judged, too");
    let [small, large] =
        ["[model.forest]\ntrees = 20\n", "[model.forest]\ntrees = 2000\n"].map(cpu);
    for name in ["judge_s", "fit_s", "draw_s", "explain_s"] {
        assert!(part(&large, name) > 3.0 * part(&small, name), "{name}: {small} {large}");
    }
}

#[test]
fn a_run_with_a_search_tells_what_it_chose_what_it_cost_and_what_it_gained() {
    let project = searching(&District::new(), SMALL);
    let plan = project.paydirt(&["check"]).expect(0, &[]);
    let run =
        project.paydirt(&["run"]).expect(0, &["search: 12 trials in", "search over all ground"]);
    assert!(run.stdout.contains("Searching changed ROC AUC by "), "{}", run.stdout);
    let report = json(&project, "district.run/report.json");
    let names: Vec<&str> =
        report["models"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect();
    assert_eq!(names[..2], ["logistic", "logistic, not searched"]);
    // Two outer folds and all ground: 3 searches of 6 trials of 2 folds; each line of the table in both folds.
    let told = format!("{} fits at most, 36 of them in searches", 36 + 2 * names.len());
    assert!(plan.stdout.contains(&told), "{told}: {}", plan.stdout);
    let search = &report["search"];
    assert_eq!((&search["fits"], &search["trials"]), (&36.into(), &18.into()));
    assert_eq!(search["folds"].as_array().unwrap().len(), 2);
    let gain = &search["gain"];
    let of = |line: usize| report["models"][line]["metrics"]["roc_auc"]["value"].as_f64().unwrap();
    assert!((gain["value"].as_f64().unwrap() - (of(0) - of(1))).abs() < 1e-12, "{gain}");
    let searches = json(&project, "district.run/search.json");
    for one in searches.as_array().unwrap() {
        let trials = one["trials"].as_array().unwrap();
        assert_eq!(trials[0]["settings"]["c"], 1.0, "the own settings first");
        let best = trials.iter().filter_map(|trial| trial["figure"].as_f64()).fold(0.0, f64::max);
        let chosen = &trials[one["chosen"].as_u64().unwrap() as usize];
        assert_eq!(
            (chosen["figure"].as_f64(), &chosen["settings"]),
            (Some(best), &one["settings"])
        );
    }
    let page = String::from_utf8(project.read("district.run/report.html")).unwrap();
    assert!(page.contains("Search for settings") && page.contains("0.001 to 1000, logarithmic"));
    // Again, on one thread, from the resolved project.
    let again = ["run", "district.run/project.toml", "--threads", "1", "--out", "again.run"];
    project.paydirt(&again).expect(0, &[]);
    for name in ["search.json", "model/members.msgpack"] {
        let [one, other] =
            ["district", "again"].map(|run| project.read(&format!("{run}.run/{name}")));
        assert!(one == other, "{name}");
    }
    let table = project.paydirt(&["compare", "project.toml", "--models", "nearest"]).expect(0, &[]);
    assert!(table.stdout.contains("logistic, not searched"), "{}", table.stdout);
}

#[test]
fn every_split_can_be_searched_inside() {
    let district = District::new();
    for split in [
        "[split.clusters]\napart_m = 300\nfolds = 2\nbuffer_m = 0\nrepeats = 1\n",
        "[split.nearest_distance]\nfolds = 2\nrepeats = 1\n",
        "[split.leave_one_group_out]\nrepeats = 1\n",
        "[split.leave_one_deposit_out]\nbuffer_m = 100\nothers_per_deposit = 3\nrepeats = 1\n",
        "[split.leave_pair_out]\nbuffer_m = 100\npairs = 8\n",
    ] {
        let search = "[search.random]\ntrials = 2\nfolds = 2\n";
        let project = searching(&district, search);
        let blocks = "[split.blocks]\nblock_m = 1000\nbuffer_m = 0\nfolds = 2\nrepeats = 1\n";
        project.edit(blocks, split);
        project.paydirt(&["run", "--quiet"]).expect(0, &[]);
        let report = json(&project, "district.run/report.json");
        let folds = report["split"]["folds"].as_u64().unwrap() as usize;
        assert_eq!(report["search"]["folds"].as_array().unwrap().len(), folds, "{split}");
    }
}

#[test]
fn a_space_or_a_budget_that_makes_no_sense_is_refused_before_anything_is_read() {
    let district = District::new();
    for (search, says) in [
        (
            "[search.tpe.space]\nq = [1, 2]\n",
            "`search.tpe.space.q` is no setting of model `logistic`",
        ),
        ("[search.tpe.space]\npenaltty = [\"l1\", \"l2\"]\n", "did you mean `penalty`?"),
        ("[search.tpe.space]\nc = [1.0]\n", "`search.tpe.space` is a single choice of settings"),
        ("[search.tpe.space]\nc = []\n", "`search.tpe.space.c` is empty"),
        (
            "[search.tpe.space]\nc = [1.0, -2.0]\n",
            "`search.tpe.space.c` is -2.0, but must be over zero",
        ),
        ("[search.tpe.space]\nc = { low = 1.0, high = 1.0 }\n", "from a number to a greater one"),
        ("[search.tpe.space]\nc = { low = 1.0, hi = 2.0 }\n", "unknown field `hi`"),
        ("[search.tpe.space]\nc = 3\n", "3 is no range"),
        ("[search.tpe.space]\npenalty = [\"l1\", \"l7\"]\n", "unknown variant `l7`"),
        ("[search.tpe]\ntrials = 0\n", "`search.tpe.trials` is 0, but must be 2 to 10000"),
        ("[search.tpe]\nmetric = \"auc\"\n", "`search.tpe.metric` is `auc`"),
        ("[search.tpe]\nbudget_minutes = -1\n", "`search.tpe.budget_minutes` is -1"),
        ("[search.bayes]\n", "unknown variant `bayes`"),
        ("[search.tpe]\n[search.grid]\n", "more than one choice of a kind"),
    ] {
        let project = searching(&district, search);
        project.remove("data/arsenic.tif");
        project.paydirt(&["run"]).expect(2, &[says]);
    }
}

#[test]
fn inner_folds_that_cannot_be_made_are_an_error_with_a_remedy() {
    let district = District::new();
    let project = searching(&district, SMALL);
    // Two deposits, far from each other: the training side of either fold has one.
    let deposits = String::from_utf8(project.read("data/deposits.csv")).unwrap();
    let lines: Vec<&str> = deposits.lines().collect();
    let northing = |line: &&&str| line.split(',').nth(3).unwrap().parse::<f64>().unwrap() as i64;
    let [first, last] =
        [lines[1..].iter().min_by_key(northing), lines[1..].iter().max_by_key(northing)];
    let two = [lines[0], first.unwrap(), last.unwrap()].join("\n");
    project.write("data/deposits.csv", two + "\n");
    project.paydirt(&["run"]).expect(
        3,
        &[
            "the search cannot part the training side of fold 1 of repeat 1 into folds of its own",
            "blocks of 1000 m with deposits",
            "or leave out [search]",
        ],
    );
    // More inner folds than blocks with deposits: as many as there are.
    let project = searching(&district, SMALL);
    let run = project.paydirt(&["run", "--set", "search.tpe.folds=100"]).expect(0, &[]);
    assert!(run.stderr.contains("warning: inner folds of the search: only "), "{}", run.stderr);
    let project = searching(&district, "[search.tpe]\ntrials = 5\nbudget_minutes = 0.0000001\n");
    let run = project.paydirt(&["run"]).expect(0, &["budget_minutes ended searches early"]);
    let search = &json(&project, "district.run/report.json")["search"];
    assert_eq!(
        (&search["trials"], &search["out_of_time"]),
        (&3.into(), &3.into()),
        "{}",
        run.stderr
    );
}
