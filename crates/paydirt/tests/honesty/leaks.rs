//! No model sees the ground that it is judged on; attributions add up; three states stay three; maps on
//! disk are those in memory.

use std::collections::{BTreeMap, BTreeSet};

use paydirt::judge::{Judged, Scored, Standing};
use paydirt_core::district::Settings;
use paydirt_core::grid::{Grid, Point};
use paydirt_core::label::{Role, Sample};
use paydirt_core::layer::{CellState, EvidenceType};
use paydirt_core::mask::Mask;
use paydirt_core::split::{Part, SplitKind};
use paydirt_core::stack::Stack;
use paydirt_core::step::AnyStep;

use crate::world::{self, World, contestant, mean};
use crate::{FOREST, LOGISTIC, WEIGHTS};

/// Distance of a cell's centre to ground held out in a fold, as its outlines say.
fn distance_to_held_out(grid: &Grid, judged: &Judged, unit: usize, fold: usize) -> f64 {
    let place = grid.centre(unit);
    let parts = judged.grounds[0].parts.iter().filter(|part| part.fold == fold);
    let away = |part: &Part| {
        let range = |of: fn(&Point) -> f64| {
            let values = part.outline.iter().map(of);
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            })
        };
        let ((west, east), (south, north)) = (range(|p| p.easting), range(|p| p.northing));
        let aside = (west - place.easting).max(place.easting - east).max(0.0);
        aside.hypot((south - place.northing).max(place.northing - north).max(0.0))
    };
    parts.map(away).fold(f64::INFINITY, f64::min)
}

/// The score of each held-out unit of a fold of the first repeat, for each model.
fn held_out_scores(judged: &Judged, fold: usize) -> Vec<BTreeMap<usize, u64>> {
    let ground = &judged.grounds[0];
    let rows: Vec<usize> = ground.folds.iter().flat_map(|fold| fold.held_out.clone()).collect();
    let begin: usize = ground.folds[..fold].iter().map(|fold| fold.held_out.len()).sum();
    let range = begin..begin + ground.folds[fold].held_out.len();
    let of_model = |scored: &Scored| {
        let scores = &scored.repeats[0].score;
        assert_eq!(scores.len(), rows.len());
        range.clone().map(|at| (ground.samples[rows[at]].unit, scores[at].to_bits())).collect()
    };
    judged.models.iter().map(of_model).collect()
}

const BUFFER_M: f64 = 450.0;

fn small_district() -> Settings {
    Settings {
        rows: 70,
        cols: 80,
        deposits: 90.0,
        survey_bias: 0.0,
        cover_share: 0.0,
        seed: 3,
        ..Settings::default()
    }
}

/// What may be done to the training side.
const TRAINING: [&str; 4] = [
    "",
    "[thinning]\nat_least_m = 300\n[unlabelled.bagging]\nbags = 3\n[balance.smote]\n",
    "[select.relevance]\npermutations = 50\n[unlabelled.spy]\nnoise_share = 0.3\n",
    "[unlabelled.distance_rank]\nmultiplier = 2\noversample = true\n[balance.smote_tomek]\n",
];

/// A perceptron on layers that a pretext learned of ground without a label.
const PRETEXT: &str = "[pretrain.autoencoder]\nrows = 200\nlayers = { hidden = [4, 2] }\n\
    training = { epochs = 3 }\n[model.mlp]\ntransfer = {}\ntraining = { epochs = 5 }\n";

/// Fitted steps on every column that may have them, and three models.
fn leaky_world(sample: &str) -> World {
    leaky_world_of(sample, FOREST)
}

fn leaky_world_of(sample: &str, model: &str) -> World {
    let sections = format!(
        "{sample}[split.blocks]\nblock_m = 1500\nbuffer_m = {BUFFER_M}\nfolds = 4\nrepeats = 1\n\
         {model}[explain.permutation]\nshuffles = 0\n"
    );
    let mut world = World::new(&small_district(), &sections);
    let steps: Vec<AnyStep> = ["winsorise", "standardise"].map(world::step).into();
    for ((_, of_layer), layer) in world.pipeline.layers.iter_mut().zip(world.stack.layers()) {
        if layer.evidence_type == EvidenceType::Continuous {
            of_layer.clone_from(&steps);
        }
    }
    world
}

fn judge_three(world: &World) -> Judged {
    let baseline =
        |model: &str| contestant(&world::model(model), Standing::Baseline, SplitKind::Spatial);
    world.judge(&[baseline(LOGISTIC), baseline(WEIGHTS)])
}

#[test]
fn evidence_of_held_out_ground_and_its_buffer_changes_no_score_elsewhere() {
    let sample = "[sample.distant_unlabelled]\nper_deposit = 5\nat_least_m = 0\n";
    for training in TRAINING {
        evidence_of_held_out_ground_changes_nothing(leaky_world(&format!("{sample}{training}")));
    }
    evidence_of_held_out_ground_changes_nothing(leaky_world_of(sample, PRETEXT));
}

fn evidence_of_held_out_ground_changes_nothing(mut world: World) {
    let before = judge_three(&world);
    let grid = world.district.grid.clone();
    for fold in 0..before.grounds[0].folds.len() {
        let ground = &before.grounds[0];
        let untouched: BTreeSet<usize> = ground.folds[fold]
            .held_out
            .iter()
            .step_by(2)
            .map(|&row| ground.samples[row].unit)
            .collect();
        let touched = Mask::from_fn(grid.cells(), |unit| {
            distance_to_held_out(&grid, &before, unit, fold) < BUFFER_M
                && !untouched.contains(&unit)
        });
        world.rewrite(|layer, unit, value| match (touched.get(unit), layer.evidence_type) {
            (false, _) => value,
            (true, EvidenceType::Continuous) => 1e3 * value + 7.0,
            (true, _) => 1.0,
        });
        let after = judge_three(&world);
        world.rewrite(|_, _, value| value);
        assert_eq!(before.grounds[0].hash, after.grounds[0].hash);
        let scores = [&before, &after].map(|judged| held_out_scores(judged, fold));
        for (before, after) in scores[0].iter().zip(&scores[1]) {
            assert!(
                before
                    .iter()
                    .filter(|(unit, _)| untouched.contains(unit))
                    .eq(after.iter().filter(|(unit, _)| untouched.contains(unit)))
            );
            assert_ne!(before, after, "the evidence was changed");
        }
        let other = (fold + 1) % ground.folds.len();
        assert_ne!(held_out_scores(&before, other), held_out_scores(&after, other));
    }
}

#[test]
fn labels_of_held_out_ground_change_no_score_of_it() {
    for training in TRAINING {
        let sample = "[sample.given_negatives]\n";
        labels_of_held_out_ground_change_nothing(leaky_world(&format!("{sample}{training}")));
    }
}

fn labels_of_held_out_ground_change_nothing(mut world: World) {
    let free = |unit: &usize| world.labelled.iter().all(|sample| sample.unit != *unit);
    let negatives: Vec<Sample> = (world.eligible.iter().step_by(13).filter(free))
        .map(|unit| Sample { unit, role: Role::Negative, weight: 1.0, group: None, year: None })
        .collect();
    world.labelled.extend(negatives);
    let before = judge_three(&world);
    let grid = world.district.grid.clone();
    let part_of = |unit: usize| {
        let inside = |part: &&Part| {
            let place = grid.centre(unit);
            let corner = |index: usize| part.outline[index];
            (corner(0).easting..corner(2).easting).contains(&place.easting)
                && (corner(2).northing..corner(0).northing).contains(&place.northing)
        };
        before.grounds[0].parts.iter().find(inside).unwrap()
    };
    for fold in 0..before.grounds[0].folds.len() {
        // In each block of the fold a deposit and a negative change roles, so that blocks are dealt
        // as before.
        let given = world.labelled.clone();
        let mut turned = 0;
        for part in before.grounds[0].parts.iter().filter(|part| part.fold == fold) {
            let of = |role| {
                let here = |sample: &Sample| sample.role == role && part_of(sample.unit) == part;
                given.iter().position(here)
            };
            if let (Some(deposit), Some(negative)) = (of(Role::Deposit), of(Role::Negative)) {
                world.labelled[deposit].role = Role::Negative;
                world.labelled[negative].role = Role::Deposit;
                turned += 1;
            }
        }
        assert!(turned >= 2);
        let after = judge_three(&world);
        world.labelled = given;
        assert_eq!(before.grounds[0].parts, after.grounds[0].parts);
        assert_eq!(held_out_scores(&before, fold), held_out_scores(&after, fold));
        let other = (fold + 1) % before.grounds[0].folds.len();
        assert_ne!(held_out_scores(&before, other), held_out_scores(&after, other));
    }
}

#[test]
fn nothing_within_the_buffer_of_held_out_ground_trains() {
    let splits = [
        format!("[split.blocks]\nblock_m = 1500\nbuffer_m = {BUFFER_M}\nfolds = 4\nrepeats = 2\n"),
        format!("[split.leave_one_group_out]\nbuffer_m = {BUFFER_M}\nrepeats = 1\n"),
    ];
    for split in splits {
        let sections = format!("[sample.all_unlabelled]\n{split}{WEIGHTS}");
        let mut world = World::new(&small_district(), &sections);
        for (sample, deposit) in world.labelled.iter_mut().zip(&world.district.deposits) {
            sample.group = Some(deposit.district.clone());
        }
        world.project.explain.permutation.shuffles = 0;
        let judged = world.judge(&[]);
        for ground in &judged.grounds {
            // Every cell is a sample, so the held-out rows are the held-out ground.
            assert_eq!(ground.samples.len(), world.eligible.count());
            for fold in &ground.folds {
                let places = |rows: &[usize]| -> Vec<Point> {
                    let unit = |row: &usize| ground.samples[*row].unit;
                    rows.iter().map(unit).map(|unit| world.district.grid.centre(unit)).collect()
                };
                let (training, held_out) = (places(&fold.training), places(&fold.held_out));
                assert!(!training.is_empty() && !held_out.is_empty());
                let near = |place: &&Point| held_out.iter().any(|h| h.distance(**place) < BUFFER_M);
                assert_eq!(training.iter().find(near), None, "{split}");
            }
        }
    }
}

#[test]
fn attributions_add_up_to_the_mean_score() {
    for model in [FOREST, LOGISTIC, WEIGHTS] {
        let sections = format!(
            "[split.blocks]\nblock_m = 1500\nbuffer_m = 300\nfolds = 3\nrepeats = 1\n{model}\
             [sample.distant_unlabelled]\nper_deposit = 8\nat_least_m = 200\n\
             [uncertainty.ensemble]\nmembers = 4\n[explain.permutation]\nshuffles = 0\n"
        );
        let world = World::new(&small_district(), &sections);
        let trained = world.fit(&world.judge(&[]));
        let maps = world.draw(&trained);
        let shares: Vec<Vec<f32>> = (world.stack.layers().iter())
            .map(|layer| world.map(&maps, &format!("attribution_{}", layer.name)))
            .collect();
        let cells: Vec<usize> = world.eligible.iter().step_by(7).collect();
        let evidence = world.stack.read_units(&cells).unwrap();
        let features = trained.contract.pipeline.apply(&evidence).unwrap();
        let members = trained.ensemble.scores(&features, None).unwrap();
        for (row, &cell) in cells.iter().enumerate() {
            let score = mean(members.iter().map(|scores| {
                let score = f64::from(scores[row]);
                if maps.attribution_unit == "log odds" {
                    (score / (1.0 - score)).ln()
                } else {
                    score
                }
            }));
            let sum: f64 = shares.iter().map(|layer| f64::from(layer[cell])).sum();
            let sum = sum + maps.attribution_base;
            assert!(
                (sum - score).abs() < 1e-4 * score.abs().max(1.0),
                "{model}: {sum}, not {score}"
            );
        }
    }
}

#[test]
fn outside_missing_and_known_stay_three_on_every_map() {
    let settings = Settings { cover_share: 0.3, ..small_district() };
    let sections = format!(
        "[split.blocks]\nblock_m = 1500\nbuffer_m = 300\nfolds = 3\nrepeats = 1\n{FOREST}\
         [sample.distant_unlabelled]\nper_deposit = 8\nat_least_m = 200\n\
         [explain.permutation]\nshuffles = 0\n"
    );
    let mut world = World::new(&settings, &sections);
    let known = |world: &World| {
        let maps = world.draw(&world.fit(&world.judge(&[])));
        let mut names = maps.stack.layers().iter().map(|layer| layer.name.clone());
        let first = names.next().unwrap();
        let of = |name: &str| -> Vec<bool> {
            world.map(&maps, name).iter().map(|value| !value.is_nan()).collect()
        };
        let known = of(&first);
        assert!(names.all(|name| of(&name) == known));
        known
    };
    let states: Vec<CellState> = (0..world.stack.units())
        .map(|unit| match (world.district.area.get(unit), world.eligible.get(unit)) {
            (false, _) => CellState::Outside,
            (true, false) => CellState::Missing,
            (true, true) => CellState::Known,
        })
        .collect();
    for state in [CellState::Outside, CellState::Missing, CellState::Known] {
        assert!(states.iter().filter(|other| **other == state).count() > 100);
    }
    let of_known = known(&world);
    assert!(of_known.iter().zip(&states).all(|(known, s)| *known == (*s == CellState::Known)));
    // Where the median fills what is missing, only the outside has no probability.
    for (_, steps) in &mut world.pipeline.layers {
        *steps = vec![world::step("impute_median")];
    }
    world.eligible = (*world.district.area).clone();
    let of_all = known(&world);
    assert!(of_all.iter().zip(&states).all(|(known, s)| *known == (*s != CellState::Outside)));
}

#[test]
fn evidence_and_maps_kept_on_disk_are_those_in_memory() {
    let sections = format!(
        "[split.blocks]\nblock_m = 1500\nbuffer_m = 300\nfolds = 3\nrepeats = 1\n{FOREST}\
         [sample.distant_unlabelled]\nper_deposit = 8\nat_least_m = 200\n\
         [explain.permutation]\nshuffles = 1\n"
    );
    let mut world = World::new(&Settings { cover_share: 0.2, ..small_district() }, &sections);
    let all = |world: &World| {
        let judged = world.judge(&[]);
        let maps = world.draw(&world.fit(&judged));
        let bits = |name: &str| -> Vec<u32> {
            world.map(&maps, name).iter().map(|value| value.to_bits()).collect()
        };
        let layers = maps.stack.layers().iter();
        let maps: Vec<Vec<u32>> = layers.map(|layer| bits(&layer.name)).collect();
        (judged.importance, maps)
    };
    let in_memory = all(&world);
    world.keep_on_disk();
    assert!(all(&world) == in_memory);
    assert_eq!(in_memory.1.len(), 20);
}
