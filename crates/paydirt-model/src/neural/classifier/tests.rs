use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use paydirt_core::table::{Column, Table};
use rand::RngExt;

use super::*;
use crate::neural::ground::{GroundLayer, MemoryGround};
use crate::neural::masked_autoencoder;
use crate::neural::{Around, Placed};
use crate::{Error, Estimator, FittedModel, Model};

const SIDE: usize = 64;

/// Cells of 1 and -1, as many of each everywhere; in every second square of 16 x 16 cells they alternate as
/// on a chessboard, elsewhere they are drawn. A second layer tells nothing.
fn ground() -> MemoryGround {
    let mut rng = Seed(11).rng();
    let mut sign = || if rng.random::<bool>() { 1.0_f32 } else { -1.0 };
    let texture = |unit: usize| match textured(unit) {
        true => {
            if (unit / SIDE + unit % SIDE).is_multiple_of(2) {
                1.0
            } else {
                -1.0
            }
        }
        false => sign(),
    };
    let first: Vec<f32> = (0..SIDE * SIDE).map(texture).collect();
    let second = (0..SIDE * SIDE).map(|_| rng.random::<f32>()).collect();
    let layer = |name: &str| GroundLayer::new(name, EvidenceType::Continuous);
    let layers = vec![(layer("sign"), first), (layer("noise"), second)];
    MemoryGround::new([SIDE, SIDE], layers, Mask::new(SIDE * SIDE, true)).unwrap()
}

fn textured(unit: usize) -> bool {
    (unit / SIDE / 16 + unit % SIDE / 16).is_multiple_of(2)
}

/// Units within squares, away from their edges: those of the north train, those of the south are held out.
fn units(south: bool) -> Vec<usize> {
    let inner = |at: usize| (3..13).contains(&(at % 16));
    let all = (0..SIDE * SIDE).filter(|unit| inner(unit / SIDE) && inner(unit % SIDE));
    all.filter(|unit| (unit / SIDE >= SIDE / 2) == south).step_by(3).collect()
}

fn set(ground: &MemoryGround, units: &[usize]) -> TrainingSet {
    let column = |layer: usize| {
        let all = crate::neural::Ground::read(ground, layer, 0..SIDE, 0..SIDE).unwrap();
        let name = &crate::neural::Ground::layers(ground)[layer].name;
        let values = units.iter().map(|unit| all[*unit]).collect();
        Column::new(name, name, EvidenceType::Continuous, values)
    };
    TrainingSet {
        features: Table::new(units.len(), vec![column(0), column(1)])
            .unwrap()
            .at(Some(units.to_vec()))
            .unwrap(),
        deposit: units.iter().map(|unit| textured(*unit)).collect(),
        weight: vec![1.0; units.len()],
    }
}

/// The share of pairs of a deposit and another that are ranked rightly; ties count half.
fn auc(scores: &[f32], deposit: &[bool]) -> f64 {
    let of = |class: bool| {
        scores.iter().zip(deposit).filter(move |(_, d)| **d == class).map(|(s, _)| *s)
    };
    let half = |a: f32, b: f32| {
        if a > b {
            1.0
        } else if a < b {
            0.0
        } else {
            0.5
        }
    };
    let sum: f64 = of(true).flat_map(|a| of(false).map(move |b| half(a, b))).sum();
    sum / (of(true).count() * of(false).count()) as f64
}

fn held_out_auc(model: &Model) -> f64 {
    let ground = ground();
    let (train, test) = (units(false), units(true));
    let fitted = model.fit_on(&set(&ground, &train), Around::new(&ground), Seed(2)).unwrap();
    let test_set = set(&ground, &test);
    let scores = fitted.predict_on(&test_set.features, &ground).unwrap();
    auc(&scores, &test_set.deposit)
}

fn training(epochs: usize) -> Training {
    Training { epochs, batch: 32, learning_rate: 3e-3, warmup_steps: 20, ..Training::default() }
}

fn window(cells: usize) -> Window {
    Window { cells, ..Window::default() }
}

fn vit() -> crate::vit::Settings {
    crate::vit::Settings {
        window: window(6),
        patch_cells: 2,
        width: 32,
        depth: 2,
        training: training(20),
        ..Default::default()
    }
}

#[test]
fn what_only_the_surroundings_tell_is_seen_by_windows_alone() {
    let row_by_row = held_out_auc(&Model::Mlp(crate::mlp::Settings {
        training: training(10),
        ..Default::default()
    }));
    assert!((row_by_row - 0.5).abs() < 0.1, "{row_by_row}");
    let cnn = crate::cnn::Settings {
        window: window(5),
        widths: vec![8, 16],
        training: training(6),
        ..Default::default()
    };
    let resnet = crate::resnet::Settings {
        window: window(5),
        widths: vec![8, 16],
        training: training(6),
        ..Default::default()
    };
    let mixed = Training { precision: crate::neural::train::Precision::Mixed, ..training(20) };
    let mixed = crate::vit::Settings { training: mixed, ..vit() };
    for model in [Model::Cnn(cnn), Model::Resnet(resnet), Model::Vit(vit()), Model::Vit(mixed)] {
        let found = held_out_auc(&model);
        assert!(found > 0.9, "{}: {found}", model.key());
    }
}

#[test]
fn a_backbone_is_taken_whole_and_moves_only_when_it_is_fine_tuned() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backbone.safetensors");
    let ground = ground();
    let pretraining = masked_autoencoder::Settings {
        window_cells: 6,
        patch_cells: 2,
        width: 32,
        depth: 2,
        heads: 4,
        decoder_width: 16,
        decoder_depth: 1,
        decoder_heads: 2,
        windows_per_epoch: 512,
        training: training(8),
        ..Default::default()
    };
    pretraining.fit(&ground, Seed(1), Run::default()).unwrap().0.save(&path).unwrap();
    let pretrained = Pretrained::load(&path).unwrap().named();
    let encoder = |named: &[(crate::neural::parameters::Spec, Vec<f32>)]| -> Vec<Vec<f32>> {
        let own = named.iter().filter(|(spec, _)| spec.name.starts_with("encoder."));
        own.map(|(_, numbers)| numbers.clone()).collect()
    };
    let train = units(false);
    for (mode, augment) in [
        (Mode::Frozen, false),
        (Mode::Frozen, true),
        (Mode::Probing, false),
        (Mode::FineTuned, true),
    ] {
        let settings = crate::vit::Settings {
            backbone: Some(Backbone { path: Some(path.clone()), mode }),
            window: Window { augment, hidden_layers: 0.0, ..Window::default() },
            training: training(4),
            ..Default::default()
        };
        let fitted = settings.fit_on(&set(&ground, &train), Around::new(&ground), Seed(2)).unwrap();
        let FittedModel::Vit(fitted) = fitted else { panic!("another model") };
        assert_eq!(fitted.shape().side, 6);
        let ready = fitted.ready().unwrap();
        let named: Vec<_> =
            ready.parameters.specs().iter().cloned().zip(ready.parameters.numbers()).collect();
        assert_eq!(encoder(&named) == encoder(&pretrained), mode != Mode::FineTuned, "{mode:?}");
    }
    // Of other layers, or no such file.
    let other = MemoryGround::new([2, 2], vec![], Mask::new(4, true)).unwrap();
    let settings = |path| crate::vit::Settings {
        backbone: Some(Backbone { path: Some(path), mode: Mode::Frozen }),
        ..Default::default()
    };
    let four = TrainingSet { deposit: vec![true, false, true, false], ..set(&ground, &train[..4]) };
    let four = TrainingSet { features: four.features.at(Some(vec![0, 1, 2, 3])).unwrap(), ..four };
    let found = settings(path).fit_on(&four, Around::new(&other), Seed(2));
    assert!(matches!(found, Err(Error::OtherColumns { .. })), "{found:?}");
    let found = settings("nowhere".into()).fit_on(&four, Around::new(&other), Seed(2));
    assert!(matches!(found, Err(Error::Core(_))), "{found:?}");
}

fn fitted() -> (MemoryGround, Fitted) {
    let ground = ground();
    let train = units(false);
    let settings = crate::cnn::Settings {
        window: Window { hidden_layers: 0.3, ..window(5) },
        widths: vec![8],
        training: training(8),
        ..Default::default()
    };
    let fitted = settings.fit_on(&set(&ground, &train), Around::new(&ground), Seed(2)).unwrap();
    let FittedModel::Cnn(fitted) = fitted else { panic!("another model") };
    (ground, fitted)
}

#[test]
fn gradients_and_occlusion_name_the_layer_that_tells() {
    let (ground, fitted) = fitted();
    let units = &units(true)[..40];
    let placed = Placed { ground: &ground, units };
    let odds = fitted.log_odds(&placed).unwrap();
    let weight = |shares: &[f32]| shares.iter().map(|share| share.abs()).sum::<f32>();
    for background in [&[][..], &[10, 500, 2000]] {
        let explained = fitted.gradients(&placed, background).unwrap();
        assert!(explained.gap <= 0.01 || explained.steps == 512, "{explained:?}");
        let [tells, noise] = [0, 1].map(|layer| weight(&explained.shares[layer]));
        assert!(tells > 2.0 * noise, "{tells} {noise}");
        for (row, odds) in odds.iter().enumerate() {
            let told =
                explained.base + f64::from(explained.shares[0][row] + explained.shares[1][row]);
            assert!((told - f64::from(*odds)).abs() < 1e-4, "{told} {odds}");
        }
    }
    let falls = fitted.occlusion(&placed).unwrap();
    let [tells, noise] = [0, 1].map(|layer| weight(&falls[layer]));
    assert!(tells > 2.0 * noise, "{tells} {noise}");
}

#[test]
fn drawn_networks_scatter_around_the_network_and_a_row_is_drawn_alone_as_among_others() {
    let (ground, fitted) = fitted();
    let units = units(true);
    let all = fitted.drawn(&Placed { ground: &ground, units: &units }, 50, Seed(7)).unwrap();
    let few = fitted.drawn(&Placed { ground: &ground, units: &units[9..12] }, 50, Seed(7)).unwrap();
    assert_eq!((&all.mean[9..12], &all.deviation[9..12]), (&few.mean[..], &few.deviation[..]));
    assert!(all.deviation.iter().all(|deviation| (0.0..0.5).contains(deviation)));
    assert!(all.deviation.iter().any(|deviation| *deviation > 0.005));
    let one = fitted.drawn(&Placed { ground: &ground, units: &units }, 1, Seed(7)).unwrap();
    assert!(one.deviation.iter().all(|deviation| *deviation < 1e-3));
}

#[test]
fn a_map_shares_windows_where_it_is_asked_to_and_nothing_else_does() {
    let ground = ground();
    let settings = |every| crate::cnn::Settings {
        window: Window { map_every_cells: every, ..window(5) },
        widths: vec![8],
        training: training(2),
        ..Default::default()
    };
    let set = set(&ground, &units(false));
    let fit = |every| match settings(every).fit_on(&set, Around::new(&ground), Seed(2)) {
        Ok(FittedModel::Cnn(fitted)) => Ok(fitted),
        Ok(_) => panic!("another model"),
        Err(error) => Err(error),
    };
    let all: Vec<usize> = (0..SIDE * SIDE).collect();
    let (fitted, mapped) = (fit(3).unwrap(), crate::neural::Mapped(&ground));
    let own = fitted.log_odds(&Placed { ground: &ground, units: &all }).unwrap();
    let shared = fitted.log_odds(&Placed { ground: &mapped, units: &all }).unwrap();
    assert_eq!(own, fit(1).unwrap().log_odds(&Placed { ground: &mapped, units: &all }).unwrap());
    for unit in all {
        let of_window = (unit / SIDE).is_multiple_of(3) && (unit % SIDE).is_multiple_of(3);
        if of_window {
            assert!((own[unit] - shared[unit]).abs() < 1e-5, "{unit}");
        }
    }
    assert_ne!(own, shared);
    let saved = serde_json::to_string(&fitted).unwrap();
    assert_eq!(serde_json::from_str::<Fitted>(&saved).unwrap(), fitted);
    assert!(serde_json::from_str::<Fitted>(&saved.replace("\"every\":3", "\"every\":0")).is_err());
    assert!(matches!(fit(17), Err(Error::Core(paydirt_core::Error::BadSetting { .. }))));
}

#[test]
fn early_stopping_keeps_blocks_aside_and_places_must_be_on_the_ground() {
    let ground = ground();
    let train = units(false);
    let stopping = crate::neural::train::EarlyStopping { patience: 1, share: 0.3 };
    let settings = crate::cnn::Settings {
        window: window(5),
        widths: vec![4],
        training: Training { early_stopping: Some(stopping), ..training(5) },
        ..Default::default()
    };
    let set = set(&ground, &train);
    let fit = |units: Option<Vec<usize>>| {
        let features = set.features.clone().at(units).unwrap();
        settings.fit_on(&TrainingSet { features, ..set.clone() }, Around::new(&ground), Seed(2))
    };
    assert!(fit(Some(train.clone())).is_ok());
    let mut outside = train.clone();
    outside[3] = SIDE * SIDE;
    assert!(matches!(fit(Some(outside)), Err(Error::Untrainable { .. })));
    assert!(matches!(fit(None), Err(Error::NeedsGround { .. })));
    assert!(matches!(settings.fit(&set, Seed(2)), Err(Error::NeedsGround { .. })));
}
