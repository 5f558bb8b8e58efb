//! Other ways to work are fitted as they were judged: else their calibration would be that of other scores.

use paydirt::console::Console;
use paydirt::doubt::fit::with_alternatives;
use paydirt::fit::{self, Trained};
use paydirt::judge::search::Searching;
use paydirt::judge::{Bench, Contestant, Standing};
use paydirt_core::district::Settings;
use paydirt_core::split::SplitKind;
use paydirt_core::stack::Stack;
use paydirt_core::table::Table;
use paydirt_model::{FittedModel, Model};

use crate::world::{World, contestant};

const GROUND: &str = "[grid]\ncell_m = 100\n[sample.distant_unlabelled]\nper_deposit = 5\nat_least_m = 200\n\
    [split.blocks]\nblock_m = 2000\nbuffer_m = 200\nfolds = 3\nrepeats = 1\n\
    [uncertainty.ensemble]\nmembers = 2\n[model.forest]\ntrees = 10\n";

fn world(more: &str) -> World {
    let settings = Settings {
        rows: 60,
        cols: 80,
        deposits: 60.0,
        cover_share: 0.0,
        seed: 4,
        ..Settings::default()
    };
    World::new(&settings, &format!("{GROUND}{more}"))
}

/// Fits a world whose logistic regression is judged as the baseline that it usually is.
fn fitted(world: &World) -> Trained {
    let logistic = Model::Logistic(Default::default());
    let baseline =
        Contestant { plain: true, ..contestant(&logistic, Standing::Baseline, SplitKind::Spatial) };
    world.fit(&world.judge(&with_alternatives(vec![baseline], &world.project)[..]))
}

#[test]
fn a_baseline_that_was_judged_plain_is_fitted_plain() {
    let [plain, balanced] = ["", "[balance.smote]\n"].map(|more| fitted(&world(more)));
    let logistic = |trained: &Trained| {
        let found = trained.doubt.alternatives.iter().find(|other| other.name == "logistic");
        let found = found.unwrap().clone();
        (found.members, found.calibration, found.level)
    };
    assert_eq!(logistic(&plain), logistic(&balanced));
    // While that of the chosen model is another.
    assert_ne!(plain.ensemble.members, balanced.ensemble.members);
}

#[test]
fn what_a_search_settles_takes_no_other_way_away() {
    let world = world("[search.random]\ntrials = 2\n");
    let judged = world.judge(&with_alternatives(Vec::new(), &world.project));
    let searching = Searching::new(&world.project, 20).unwrap();
    let bench = Bench { search: searching.as_ref(), ..world.bench() };
    let mut settled = world.project.clone();
    let Model::Forest(forest) = &mut settled.model else { unreachable!("a forest") };
    forest.min_leaf = 2;
    let trained = fit::fit(&bench, &settled, &judged, &Console::silent()).unwrap();
    let names: Vec<&str> = trained.doubt.alternatives.iter().map(|way| way.name.as_str()).collect();
    assert_eq!(names, ["logistic", "forest, leaves of 20"]);
}

/// The pipeline, too, may be another one: without a layer, or with the classes evened out.
#[test]
fn another_way_to_work_may_hide_a_layer_or_do_more_to_the_training_side() {
    let ways = "[[uncertainty.workflow]]\nwithout = [\"ars*\"]\n\
                [[uncertainty.workflow]]\nmodel = { logistic = {} }\nbalance = { smote = {} }\n";
    let world = world(ways);
    let trained = world.fit(&world.judge(&with_alternatives(Vec::new(), &world.project)));
    let [hidden, balanced] = &trained.doubt.alternatives[..] else { unreachable!("two ways") };
    assert_eq!([&*hidden.name, &*balanced.name], ["forest, without ars*", "logistic, smote"]);
    let units: Vec<usize> = world.eligible.iter().take(50).collect();
    let evidence = world.stack.read_units(&units).unwrap();
    let features = trained.contract.pipeline.apply(&evidence).unwrap();
    let mut columns = features.clone().into_columns();
    let arsenic = columns.iter_mut().find(|column| column.layer == "arsenic").unwrap();
    arsenic.values.iter_mut().for_each(|value| *value = 1000.0 - *value);
    let changed = Table::new(units.len(), columns).unwrap();
    let scores = |model: &FittedModel, table: &Table| model.predict(table).unwrap();
    let [own, other] = [&trained.ensemble.members[0], &hidden.members[0]];
    assert_eq!(scores(other, &features), scores(other, &changed));
    assert_ne!(scores(own, &features), scores(own, &changed));
    // What is named so must be there.
    let layers = ["arsenic", "gravity"];
    assert!(world.project.uncertainty.check_names(&layers).is_ok());
    let missing = world.project.uncertainty.check_names(&layers[1..]).unwrap_err().to_string();
    assert!(missing.contains("names `ars*`"), "{missing}");
}
