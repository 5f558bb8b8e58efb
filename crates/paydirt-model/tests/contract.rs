//! What every model promises, whatever it is.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

use std::collections::BTreeMap;

use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use paydirt_core::search::Search;
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use paydirt_model::neural::classifier::Window;
use paydirt_model::neural::train::Training;
use paydirt_model::neural::{Around, GroundLayer, MemoryGround};
use paydirt_model::{Attribution, Error, FittedModel, Model, Result, TrainingSet};
use rand::RngExt;
use serde_json::Value;

const ROWS: usize = 240;

/// Deposits lie where `near` is high and `kind` is 2; `noise` tells nothing, `same` is constant.
fn world() -> TrainingSet {
    let mut rng = Seed(9).rng();
    let deposit: Vec<bool> = (0..ROWS).map(|row| row % 6 == 0).collect();
    let mut draw = |shift: f32| -> Vec<f32> {
        deposit
            .iter()
            .map(|d| rng.random::<f32>() * 2.0 + shift * f32::from(u8::from(*d)))
            .collect()
    };
    let (near, noise, kind) = (draw(1.0), draw(0.0), draw(0.6));
    let kind = kind.into_iter().map(|number| number.round()).collect();
    let column = |name: &str, evidence_type, values| Column::new(name, name, evidence_type, values);
    let columns = vec![
        column("near", EvidenceType::Continuous, near),
        column("noise", EvidenceType::Continuous, noise),
        column("same", EvidenceType::Continuous, vec![0.3; ROWS]),
        column("kind", EvidenceType::Categorical, kind),
    ];
    let features = Table::new(ROWS, columns).unwrap();
    TrainingSet { features, deposit, weight: vec![1.0; ROWS] }
}

/// The world as a model sees it: one that sees coordinates only has `near` and `noise` for them.
fn world_of(model: &Model) -> TrainingSet {
    let mut world = world();
    if model.sees_coordinates_only() {
        let mut columns = world.features.into_columns();
        columns.truncate(2);
        for (column, name) in columns.iter_mut().zip(["easting", "northing"]) {
            column.name = name.into();
            column.values.iter_mut().for_each(|value| *value *= 1000.0);
        }
        world.features = Table::new(ROWS, columns).unwrap();
    }
    world
}

/// Every model; networks of windows so small that they are quickly fitted.
fn models() -> Vec<Model> {
    let window = || Window { cells: 3, ..Window::default() };
    let training = || Training { epochs: 12, learning_rate: 0.01, ..Training::default() };
    let quick = |model: Model| match model {
        Model::Vit(settings) => Model::Vit(paydirt_model::vit::Settings {
            window: window(),
            width: 8,
            depth: 1,
            heads: 2,
            patch_cells: 1,
            training: training(),
            ..settings
        }),
        Model::Resnet(settings) => Model::Resnet(paydirt_model::resnet::Settings {
            window: window(),
            widths: vec![8],
            training: training(),
            ..settings
        }),
        Model::Cnn(settings) => Model::Cnn(paydirt_model::cnn::Settings {
            window: window(),
            widths: vec![8],
            training: training(),
            ..settings
        }),
        other => other,
    };
    Model::all().into_iter().map(quick).collect()
}

/// Rows as the cells of a ground of 15 x 16.
fn ground(features: &Table) -> MemoryGround {
    let layers = features.columns().iter().map(|column| {
        let layer = GroundLayer::new(&column.name, column.evidence_type);
        (layer, column.values.clone())
    });
    MemoryGround::new([15, ROWS / 15], layers.collect(), Mask::new(ROWS, true)).unwrap()
}

/// Rows of a world, with their places on its ground.
struct Rows<'a> {
    ground: &'a Table,
    rows: &'a [usize],
}

impl Rows<'_> {
    fn features(&self) -> Table {
        self.ground.select(self.rows).at(Some(self.rows.to_vec())).unwrap()
    }

    fn fit(&self, model: &Model, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        let ground = ground(self.ground);
        let features = set.features.clone().at(Some(self.rows.to_vec())).unwrap();
        model.fit_on(&TrainingSet { features, ..set.clone() }, Around::new(&ground), seed)
    }

    fn predict(&self, fitted: &FittedModel) -> Result<Vec<f32>> {
        let ground = ground(self.ground);
        fitted.predict_on(&self.features(), &ground)
    }

    fn explain(&self, fitted: &FittedModel) -> Result<Attribution> {
        let ground = ground(self.ground);
        fitted.explain_on(&self.features(), &ground)
    }
}

fn all_rows() -> Vec<usize> {
    (0..ROWS).collect()
}

fn fit_all() -> Vec<(Model, TrainingSet, FittedModel)> {
    let fit = |model: Model| {
        let set = world_of(&model);
        let every = all_rows();
        let rows = Rows { ground: &set.features, rows: &every };
        let fitted = rows.fit(&model, &set, Seed(3));
        let fitted = fitted.unwrap_or_else(|e| panic!("{}: {e}", model.key()));
        (model, set, fitted)
    };
    models().into_iter().map(fit).collect()
}

#[test]
fn scores_are_one_a_row_within_0_and_1_and_rank_the_deposits_higher() {
    for (model, world, fitted) in fit_all() {
        let every = all_rows();
        let rows = |rows| Rows { ground: &world.features, rows };
        let scores = rows(&every).predict(&fitted).unwrap();
        assert_eq!(scores.len(), ROWS, "{}", model.key());
        assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)), "{}", model.key());
        let mean = |class: bool| {
            let of_class = scores.iter().zip(&world.deposit).filter(|(_, d)| **d == class);
            let of_class: Vec<f32> = of_class.map(|(score, _)| *score).collect();
            of_class.iter().sum::<f32>() / of_class.len() as f32
        };
        assert!(mean(true) > mean(false), "{}", model.key());
        assert!(rows(&[]).predict(&fitted).unwrap().is_empty(), "{}", model.key());
        assert_eq!(
            rows(&[]).explain(&fitted).unwrap().shares.len(),
            world.features.columns().len(),
            "{}",
            model.key()
        );
    }
}

#[test]
fn a_row_is_scored_and_explained_alone_as_among_others() {
    let some: Vec<usize> = (0..ROWS).step_by(7).collect();
    for (model, world, fitted) in fit_all() {
        let (every, part) = (all_rows(), &some[..]);
        let rows = |rows| Rows { ground: &world.features, rows };
        let (all, few) =
            (rows(&every).predict(&fitted).unwrap(), rows(part).predict(&fitted).unwrap());
        let all_shares = rows(&every).explain(&fitted).unwrap().shares;
        let few_shares = rows(part).explain(&fitted).unwrap().shares;
        for (index, row) in some.iter().enumerate() {
            assert_eq!(all[*row], few[index], "{}", model.key());
            for (all, few) in all_shares.iter().zip(&few_shares) {
                assert!((all[*row] - few[index]).abs() < 1e-6, "{}", model.key());
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    for model in models() {
        let world = world_of(&model);
        let every = all_rows();
        let rows = Rows { ground: &world.features, rows: &every };
        let [one, four] = [1, 4].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let fitted = rows.fit(&model, &world, Seed(3)).unwrap();
                let scores = rows.predict(&fitted).unwrap();
                let shares = rows.explain(&fitted).unwrap();
                (fitted, scores, shares)
            })
        });
        assert!(one == four, "{}", model.key());
    }
}

#[test]
fn base_and_shares_add_up_to_the_score() {
    for (model, world, fitted) in fit_all() {
        let every = all_rows();
        let rows = Rows { ground: &world.features, rows: &every };
        let attribution = rows.explain(&fitted).unwrap();
        assert_eq!(attribution.shares.len(), world.features.columns().len(), "{}", model.key());
        for (row, score) in rows.predict(&fitted).unwrap().into_iter().enumerate() {
            let sum: f64 = attribution.shares.iter().map(|shares| f64::from(shares[row])).sum();
            let told = attribution.base + sum;
            let told = match attribution.unit {
                "score" => told,
                "log odds" => 1.0 / (1.0 + (-told).exp()),
                "log score" => told.exp(),
                "complementary log-log" => 1.0 - (-told.exp()).exp(),
                other => panic!("{}: unit {other}", model.key()),
            };
            assert!((told - f64::from(score)).abs() < 1e-4, "{}: {told} {score}", model.key());
        }
    }
}

#[test]
fn what_was_saved_is_what_is_read() {
    for (model, world, fitted) in fit_all() {
        let text = serde_json::to_string(&fitted).unwrap();
        let read: FittedModel = serde_json::from_str(&text).unwrap();
        assert!(read == fitted, "{}", model.key());
        let every = all_rows();
        let rows = Rows { ground: &world.features, rows: &every };
        let scores = |fitted: &FittedModel| rows.predict(fitted).unwrap();
        assert_eq!(scores(&read), scores(&fitted), "{}", model.key());
        let settings = serde_json::to_string(&model).unwrap();
        assert_eq!(serde_json::from_str::<Model>(&settings).unwrap(), model);
    }
}

#[test]
fn a_sample_without_weight_is_not_there() {
    let kept: Vec<usize> = (0..ROWS).filter(|row| row % 5 != 0).collect();
    // A forest draws its bootstrap from all rows: another draw, not another model.
    let by_rows = ["forest"];
    for model in models().into_iter().filter(|model| !by_rows.contains(&model.key())) {
        let world = world_of(&model);
        let fewer = TrainingSet {
            features: world.features.select(&kept),
            deposit: kept.iter().map(|row| world.deposit[*row]).collect(),
            weight: vec![1.0; kept.len()],
        };
        let weight = (0..ROWS).map(|row| if row % 5 == 0 { 0.0 } else { 1.0 }).collect();
        let weightless = TrainingSet { weight, ..world.clone() };
        let rows = |rows| Rows { ground: &world.features, rows };
        let every = all_rows();
        let [fewer, weightless] = [(&fewer, &kept), (&weightless, &every)].map(|(set, own)| {
            let fitted = rows(own).fit(&model, set, Seed(3)).unwrap();
            rows(&every).predict(&fitted).unwrap()
        });
        for (fewer, weightless) in fewer.iter().zip(&weightless) {
            assert!((fewer - weightless).abs() < 1e-5, "{}: {fewer} {weightless}", model.key());
        }
    }
}

#[test]
fn other_columns_and_sets_that_teach_nothing_are_refused() {
    for (model, world, fitted) in fit_all() {
        let key = model.key();
        let last = world.features.columns().len() - 1;
        let fewer = Table::new(ROWS, world.features.columns()[..last].to_vec()).unwrap();
        let every = all_rows();
        let fewer = Rows { ground: &fewer, rows: &every };
        assert!(matches!(fewer.predict(&fitted), Err(Error::OtherColumns { .. })), "{key}");
        assert!(matches!(fewer.explain(&fitted), Err(Error::OtherColumns { .. })), "{key}");
        let no_deposit = TrainingSet { deposit: vec![false; ROWS], ..world.clone() };
        let short = TrainingSet { weight: vec![1.0; ROWS - 1], ..world.clone() };
        let negative = TrainingSet { weight: vec![-1.0; ROWS], ..world.clone() };
        let empty = TrainingSet {
            features: world.features.select(&[]),
            deposit: Vec::new(),
            weight: Vec::new(),
        };
        for bad in [no_deposit, short, negative, empty] {
            let places = &every[..bad.deposit.len()];
            let rows = Rows { ground: &world.features, rows: places };
            let found = rows.fit(&model, &bad, Seed(3));
            assert!(matches!(found, Err(Error::Untrainable { .. })), "{key}: {found:?}");
        }
    }
}

/// The numbers of a set less the mean of their class: their mean is the same whatever classes count.
fn level(set: &TrainingSet) -> TrainingSet {
    let mut columns = set.features.columns()[..3].to_vec();
    for class in [true, false] {
        let of_class = |row: &usize| set.deposit[*row] == class;
        let rows: Vec<usize> = (0..set.deposit.len()).filter(of_class).collect();
        for column in &mut columns {
            let sum: f32 = rows.iter().map(|row| column.values[*row]).sum();
            rows.iter().for_each(|row| column.values[*row] -= sum / rows.len() as f32);
        }
    }
    TrainingSet { features: Table::new(set.deposit.len(), columns).unwrap(), ..set.clone() }
}

/// 40 deposits and 80 others: they count 3/2 and 3/4. Columns keep their own units, which would be others
/// where samples weigh otherwise, and a network of rows gets columns whose means are no others, too.
#[test]
fn balanced_classes_are_weights_by_hand() {
    // They see one class or none, take each class for itself, or ask for its share about a place.
    let without = "devnet fuzzy indicator_kriging isolation_forest maxent one_class";
    let (models, others): (Vec<Model>, Vec<Model>) =
        models().into_iter().partition(|model| model.setting("class_weight").is_some());
    assert_eq!(others.iter().map(Model::key).collect::<Vec<_>>().join(" "), without);
    let rows: Vec<usize> = (0..ROWS).filter(|row| row % 6 < 3).collect();
    let (world, plain) = (world(), world().select(&rows));
    let settings = r#"{"standardise": false, "tolerance": 1e-7, "kernel.rbf.gamma": 0.5,
        "optimise": false, "training.epochs": 12}"#;
    // Its units lie among the samples as they are; its weights are of counts, and its prior alone moves.
    let otherwise = ["self_organising_map", "weights_of_evidence"];
    for model in models.iter().filter(|model| !otherwise.contains(&model.key())) {
        let key = model.key();
        let plain = if key == "mlp" { level(&plain) } else { plain.clone() };
        let weight = plain.deposit.iter().map(|d| if *d { 1.5 } else { 0.75 }).collect();
        let by_hand = TrainingSet { weight, ..plain.clone() };
        let scores = |class_weight: &str, set: &TrainingSet| {
            let mut settings: BTreeMap<String, Value> = serde_json::from_str(settings).unwrap();
            settings.insert("class_weight".into(), class_weight.into());
            let places = Rows { ground: &world.features, rows: &rows };
            let fitted = places.fit(&model.with(&settings).unwrap(), set, Seed(3)).unwrap();
            let features = set.features.clone().at(Some(rows.clone())).unwrap();
            fitted.predict_on(&features, &ground(&world.features)).unwrap()
        };
        let balanced = scores("balanced", &plain);
        let [by_hand, plain] = [by_hand, plain].map(|set| {
            let pairs = scores("none", &set).into_iter().zip(&balanced);
            pairs.map(|(other, balanced)| (other - balanced).abs()).fold(0.0, f32::max)
        });
        assert!(by_hand < 1e-6 && plain > 1e-3, "{key}: {by_hand} {plain}");
    }
}

/// The ends of what is usually searched can be fitted, and other settings are not taken for them.
#[test]
fn the_usual_space_of_a_model_can_be_fitted_at_its_ends() {
    let search = Search::Tpe(Default::default());
    // An expert's overlay and memberships, and windows, which rows alone do not have.
    let without = ["fuzzy", "cnn", "resnet", "vit"];
    for model in Model::all() {
        let key = model.key();
        if without.contains(&key) {
            let error = model.axes(&search).unwrap_err().to_string();
            assert!(error.contains("no usual settings"), "{error}");
            continue;
        }
        let axes = model.axes(&search).unwrap_or_else(|e| panic!("{key}: {e}"));
        assert_eq!(axes.len(), model.space().len(), "{key}: every setting is one of its own");
        let world = world_of(&model);
        for axis in &axes {
            for end in axis.ends() {
                let changed = model.with(&[(axis.setting.clone(), end.clone())].into()).unwrap();
                assert_eq!(changed.setting(&axis.setting), Some(end.clone()), "{key}");
                changed.fit(&world, Seed(3)).unwrap_or_else(|e| panic!("{key}, {end}: {e}"));
            }
        }
        assert_eq!(model.with(&model.own(&axes)).unwrap(), model, "{key}");
    }
}

#[test]
fn a_space_that_a_model_does_not_take_is_refused_by_name() {
    let refused = |model: &str, space: &str, says: [&str; 2]| {
        let model: Model = serde_json::from_str(model).unwrap();
        let search = format!("{{\"tpe\": {{\"space\": {space}}}}}");
        let error = model.axes(&serde_json::from_str(&search).unwrap()).unwrap_err().to_string();
        assert!(says.iter().all(|says| error.contains(says)), "{error}");
    };
    let forest = r#"{"forest": {}}"#;
    refused(forest, r#"{"tres": [10, 20]}"#, ["search.tpe.space.tres", "did you mean `trees`?"]);
    refused(forest, r#"{"trees": [10, "many"]}"#, ["search.tpe.space.trees` is \"many\"", "usize"]);
    refused(forest, r#"{"trees": [10, 0]}"#, ["search.tpe.space.trees` is 0", "1 to 100000"]);
    refused(forest, r#"{"trees": {"low": 1, "high": 200000}}"#, ["is 200000", "1 to 100000"]);
    refused(forest, r#"{"trees": [10]}"#, ["search.tpe.space", "a single choice"]);
    refused(forest, r#"{"trees": []}"#, ["search.tpe.space.trees", "empty"]);
    let svm = r#"{"svm": {}}"#;
    refused(svm, r#"{"gamma": [1, 2]}"#, ["search.tpe.space.gamma", "kernel.rbf.gamma"]);
    refused(
        svm,
        r#"{"kernel": {"rbf": {"gamma": [0.1, -1]}}}"#,
        ["kernel.rbf.gamma` is -1", "over"],
    );
    let twice = r#"{"kernel.rbf.gamma": [0.1, 1], "kernel": [{"rbf": {}}, {"linear": {}}]}"#;
    refused(svm, twice, ["search.tpe.space.kernel.rbf.gamma", "set by `kernel` too"]);
    let linear: Model = serde_json::from_str(r#"{"svm": {"kernel": {"linear": {}}}}"#).unwrap();
    let axes = linear.axes(&Search::Tpe(Default::default())).unwrap();
    assert!(axes.iter().all(|axis| !axis.setting.contains("gamma")), "a plane has none");
}
