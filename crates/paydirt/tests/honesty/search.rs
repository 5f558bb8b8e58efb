//! What a search chooses for a fold has seen nothing of that fold.

use std::cell::RefCell;

use paydirt::console::Console;
use paydirt::judge::search::{Searched, Searching, line_up};
use paydirt::judge::{self, Bench, Judged, Standing};
use paydirt::pieces::NONE;
use paydirt::project::Project;
use paydirt_core::district::Settings;
use paydirt_core::label::{Role, Sample};
use paydirt_core::layer::{EvidenceType, LayerInfo};
use paydirt_core::mask::Mask;
use paydirt_core::seed::Seed;
use paydirt_core::split::SplitKind;
use paydirt_core::stack::{Stack, TableStack};
use paydirt_core::step::Pipeline;
use paydirt_core::table::{Column, Table};
use proptest::prelude::*;
use rand::RngExt;
use rand::seq::SliceRandom;

use crate::world::{World, contestant, step};

const GROUPS: usize = 5;

/// A table of samples in groups, each with its share of deposits, which one of the columns tells.
fn samples(seed: u64, rows_of_group: usize) -> (TableStack, Vec<Sample>) {
    let rows = GROUPS * rows_of_group;
    let mut rng = Seed(seed).rng();
    let deposit: Vec<bool> = (0..rows).map(|row| row % 6 == 0).collect();
    let mut draw = |shift: f32| -> Vec<f32> {
        let number = |d: &bool| rng.random::<f32>() * 3.0 + shift * f32::from(u8::from(*d));
        deposit.iter().map(number).collect()
    };
    let names = ["told", "noise", "other"];
    let columns = names.map(|name| {
        let values = draw(if name == "told" { 1.0 } else { 0.0 });
        Column::new(name, name, EvidenceType::Continuous, values)
    });
    let info = |name: &str| LayerInfo {
        name: name.into(),
        evidence_type: EvidenceType::Continuous,
        unit: "ppm".into(),
    };
    let table = Table::new(rows, columns.to_vec()).unwrap();
    let stack = TableStack::new(names.map(info).to_vec(), table, None).unwrap();
    let labelled = (0..rows).map(|unit| Sample {
        unit,
        role: if deposit[unit] { Role::Deposit } else { Role::Negative },
        weight: 1.0,
        group: Some(format!("district {}", unit % GROUPS)),
        year: None,
    });
    (stack, labelled.collect())
}

/// What is judged of samples, each layer standardised.
fn pipeline(stack: &dyn Stack) -> Pipeline {
    let layer = |info: &LayerInfo| (info.name.clone(), vec![step("standardise")]);
    Pipeline { layers: stack.layers().iter().map(layer).collect(), ..Pipeline::default() }
}

/// The searched model on held-out ground, and beside it the same with its own settings.
fn judged(project: &Project, stack: &dyn Stack, labelled: &[Sample]) -> Judged {
    let eligible = Mask::new(stack.units(), true);
    let pipeline = pipeline(stack);
    let searching = Searching::new(project, 20).unwrap();
    let bench = bench(project, (stack, labelled), (&eligible, &pipeline), searching.as_ref());
    let both = [Standing::Chosen, Standing::Baseline]
        .map(|standing| contestant(&project.model, standing, SplitKind::Spatial));
    judge::judge(&bench, &both, &Console::silent()).unwrap()
}

fn bench<'a>(
    project: &'a Project,
    (stack, labelled): (&'a dyn Stack, &'a [Sample]),
    (eligible, pipeline): (&'a Mask, &'a Pipeline),
    search: Option<&'a Searching<'a>>,
) -> Bench<'a> {
    Bench {
        stack,
        labelled,
        eligible,
        pipeline,
        sampling: &project.sample,
        split: &project.split,
        calibration: &project.calibration,
        training: project.training(),
        search,
        pretrain: None,
        rocks: &[],
        spool: None,
        pieces: &NONE,
        shuffles: 0,
        groups: Vec::new(),
        views: false,
        seed: Seed(project.seed),
    }
}

/// What was searched inside each fold.
fn searched(project: &Project, stack: &dyn Stack, labelled: &[Sample]) -> Vec<Searched> {
    judged(project, stack, labelled).searched
}

fn by_groups(seed: u64, search: &str) -> Project {
    let text = format!(
        "name = \"samples\"\nseed = {seed}\n[sample.given_negatives]\n\
         [split.leave_one_group_out]\nrepeats = 1\n[model.logistic]\n{search}"
    );
    toml::from_str(&text).unwrap()
}

fn same(one: &Searched, other: &Searched) -> bool {
    one.trials == other.trials && one.settings == other.settings && one.model == other.model
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Labels of a fold's held-out ground, permuted at random, and its evidence, made noise, change
    /// nothing of what is tried and chosen for it, while they do for the other folds.
    #[test]
    fn what_is_held_out_does_not_change_what_is_chosen_for_it(
        seed in 0_u64..1000,
        fold in 0..GROUPS,
        method in prop::sample::select(vec!["tpe", "random"]),
    ) {
        let search = format!("[search.{method}]\ntrials = 8\nfolds = 3\n");
        let project = by_groups(seed, &search);
        let (stack, labelled) = samples(seed, 24);
        let before = searched(&project, &stack, &labelled);
        prop_assert_eq!(before.len(), GROUPS);

        let mut rng = Seed(seed).derive("permute", 0).rng();
        let units: Vec<usize> =
            labelled.iter().map(|s| s.unit).filter(|unit| unit % GROUPS == fold).collect();
        let mut roles: Vec<Role> = units.iter().map(|&unit| labelled[unit].role).collect();
        roles.shuffle(&mut rng);
        let mut permuted = labelled.clone();
        units.iter().zip(roles).for_each(|(&unit, role)| permuted[unit].role = role);
        let after = searched(&project, &stack, &permuted);
        prop_assert!(same(&before[fold], &after[fold]));
        if permuted != labelled {
            let changed = (0..GROUPS).filter(|other| !same(&before[*other], &after[*other])).count();
            prop_assert_eq!(changed, GROUPS - 1, "the other folds train on them");
        }

        let columns = stack.read_units(&(0..stack.units()).collect::<Vec<_>>()).unwrap();
        let noisy = columns.into_columns().into_iter().map(|mut column| {
            units.iter().for_each(|&unit| column.values[unit] = rng.random::<f32>() * 1e4);
            column
        });
        let table = Table::new(stack.units(), noisy.collect()).unwrap();
        let noisy = TableStack::new(stack.layers().to_vec(), table, None).unwrap();
        let after = searched(&project, &noisy, &labelled);
        prop_assert!(same(&before[fold], &after[fold]));
        prop_assert!(!same(&before[(fold + 1) % GROUPS], &after[(fold + 1) % GROUPS]));
    }
}

/// The same on a map, with a metric that looks at cells of it, and a buffer.
#[test]
fn evidence_that_may_not_train_does_not_change_what_is_chosen() {
    let settings = Settings { rows: 60, cols: 60, deposits: 60.0, ..Settings::default() };
    let sections = "[sample.distant_unlabelled]\nper_deposit = 5\nat_least_m = 100\n\
                    [split.blocks]\nblock_m = 1000\nbuffer_m = 200\nfolds = 3\nrepeats = 1\n\
                    [model.logistic]\n\
                    [search.random]\ntrials = 5\nfolds = 2\nmetric = \"capture_10\"\n";
    let mut world = World::new(&settings, sections);
    for (info, (_, steps)) in world.stack.layers().iter().zip(&mut world.pipeline.layers) {
        if info.evidence_type == EvidenceType::Continuous {
            steps.push(step("standardise"));
        }
    }
    let judge = |world: &World| {
        let searching = Searching::new(&world.project, world.labelled.len()).unwrap();
        let bench = Bench { search: searching.as_ref(), ..world.bench() };
        let chosen = contestant(&world.project.model, Standing::Chosen, SplitKind::Spatial);
        judge::judge(&bench, &[chosen], &Console::silent()).unwrap()
    };
    let before = judge(&world);
    let seed = Seed(world.project.seed).derive("repeat", 0).derive("split", 0);
    let split = &world.project.split;
    let territory = split.part(&world.stack, &before.grounds[0].samples, seed).unwrap();
    let barred: Vec<bool> =
        (0..world.stack.units()).map(|unit| !territory.may_train(unit, 1)).collect();
    let rng = RefCell::new(Seed(5).rng());
    let ordinal = |info: &LayerInfo| info.evidence_type != EvidenceType::Continuous;
    world.rewrite(|info, unit, value| match barred[unit] && !value.is_nan() && !ordinal(info) {
        true => rng.borrow_mut().random::<f32>() * 1e3,
        false => value,
    });
    let after = judge(&world);
    assert_eq!(before.grounds[0].hash, after.grounds[0].hash, "the ground is parted alike");
    assert!(same(&before.searched[1], &after.searched[1]));
    assert!(!same(&before.searched[0], &after.searched[0]), "the others train on it");
    let figures = |judged: &Judged| judged.chosen().unwrap().figures.clone();
    assert_ne!(figures(&before), figures(&after));
}

/// Sixty columns of noise beside the one that tells: under a weak L1 penalty they are learnt. The
/// search finds one, and ground that it never saw bears it out.
#[test]
fn a_search_gains_where_the_own_settings_are_wrong() {
    let (stack, labelled) = samples(3, 60);
    let mut columns =
        stack.read_units(&(0..stack.units()).collect::<Vec<_>>()).unwrap().into_columns();
    let mut infos = stack.layers().to_vec();
    let mut rng = Seed(8).rng();
    for number in 0..60 {
        let name = format!("noise {number}");
        let values = (0..stack.units()).map(|_| rng.random::<f32>()).collect();
        columns.push(Column::new(&name, &name, EvidenceType::Continuous, values));
        infos.push(LayerInfo { name, ..infos[0].clone() });
    }
    let table = Table::new(stack.units(), columns).unwrap();
    let stack = TableStack::new(infos, table, None).unwrap();
    let search = "penalty = \"l1\"\nc = 1000.0\n[search.tpe]\ntrials = 15\nstartup = 6\nfolds = 3\n\
                  [search.tpe.space]\nc = { low = 0.0001, high = 1000.0, log = true }\n";
    let judged = judged(&by_groups(1, search), &stack, &labelled);
    // A little less, and no column is kept; a little more, and noise is.
    for one in &judged.searched {
        let c = one.settings["c"].as_f64().unwrap();
        assert!((0.05..0.4).contains(&c), "{c}");
    }
    let auc = |line: usize| judged.models[line].figures["roc_auc"].value;
    assert!(auc(0) > auc(1) + 0.05, "{} {}", auc(0), auc(1));
}

/// A table whose map is rows of its own: the search for the map's model ranks deposits among those, and not
/// among rows that are neither samples nor map.
#[test]
fn a_search_over_all_ground_ranks_deposits_among_rows_of_the_map_alone() {
    let (samples, labelled) = samples(5, 24);
    let count = samples.units();
    let settled = |elsewhere: f32| {
        let mut rng = Seed(6).rng();
        let all: Vec<usize> = (0..count).collect();
        let columns = samples.read_units(&all).unwrap().into_columns().into_iter().map(|column| {
            let mut values = column.values;
            values.extend((0..60).map(|_| rng.random::<f32>() * 3.0));
            values.extend([elsewhere; 60]);
            Column::new(&column.name, &column.layer, EvidenceType::Continuous, values)
        });
        let table = Table::new(count + 120, columns.collect()).unwrap();
        let stack = TableStack::new(samples.layers().to_vec(), table, None).unwrap();
        let map = Mask::from_fn(count + 120, |unit| (count..count + 60).contains(&unit));
        let stack = stack.with_map(map);
        let search = "[search.random]\ntrials = 4\nfolds = 3\nmetric = \"rate_auc\"\n";
        let project = by_groups(2, search);
        let (eligible, pipeline) = (Mask::new(stack.units(), true), pipeline(&stack));
        let searching = Searching::new(&project, 20).unwrap();
        let of = (&eligible, &pipeline);
        let bench = bench(&project, (&stack, &labelled), of, searching.as_ref());
        line_up(&bench, &project, false, &Console::silent()).unwrap().1.unwrap().trials
    };
    let figures = |elsewhere| -> Vec<_> {
        settled(elsewhere).into_iter().map(|trial| trial.by_folds).collect()
    };
    let found = figures(-100.0);
    assert!(found.iter().flatten().any(Option::is_some));
    assert_eq!(found, figures(100.0));
}
