use paydirt_core::layer::EvidenceType;
use paydirt_core::metric::share_of_area;
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use rand::RngExt;

use super::*;
use crate::neural::classifier::Mode;
use crate::{ClassWeight, Error, Estimator, FittedModel, TrainingSet, mlp};

fn table(columns: Vec<Vec<f32>>) -> Table {
    let rows = columns[0].len();
    let named = columns.into_iter().enumerate().map(|(index, values)| {
        Column::new(&index.to_string(), &index.to_string(), EvidenceType::Continuous, values)
    });
    Table::new(rows, named.collect()).unwrap()
}

fn draws(count: usize, seed: u64) -> Vec<f32> {
    let mut rng = Seed(seed).rng();
    (0..count).map(|_| 2.0 * rng.random::<f32>() - 1.0).collect()
}

/// Six columns; rock 1 lies where the first two have one sign, which no weighted sum tells.
fn rocks(rows: usize, seed: u64) -> (Table, Vec<i64>) {
    let columns: Vec<Vec<f32>> = (0..6).map(|column| draws(rows, 10 * seed + column)).collect();
    let class = columns[0].iter().zip(&columns[1]).map(|(a, b)| i64::from(a * b > 0.0)).collect();
    (table(columns), class)
}

fn layers(hidden: &[usize]) -> Layers {
    Layers { hidden: hidden.to_vec(), activation: Activation::Tanh, ..Layers::default() }
}

fn quick(epochs: usize) -> Training {
    Training { learning_rate: 0.01, ..training(epochs, 64) }
}

fn geology() -> geology::Settings {
    geology::Settings { layers: layers(&[16, 6]), training: quick(80), ..Default::default() }
}

#[test]
fn an_autoencoder_finds_the_two_numbers_that_six_columns_are_made_of() {
    let (a, b) = (draws(400, 1), draws(400, 2));
    let mixed =
        |slopes: [f32; 2]| a.iter().zip(&b).map(|(a, b)| slopes[0] * a + slopes[1] * b).collect();
    let slopes = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0], [0.3, 2.0], [-2.0, 0.5]];
    let rows = table(slopes.map(mixed).to_vec());
    let explained = |narrowest: usize| {
        let settings = autoencoder::Settings {
            layers: layers(&[12, narrowest]),
            training: quick(150),
            ..Default::default()
        };
        match settings.fit(&rows, Seed(1)).unwrap().quality {
            Quality::ExplainedVariance(share) => share,
            Quality::Accuracy(_) => unreachable!(),
        }
    };
    let (one, two) = (explained(1), explained(2));
    assert!(two > 0.98 && one < 0.9, "{one} {two}");
}

#[test]
fn geology_is_told_and_its_trunk_finds_deposits_where_few_are_known() {
    let (rows, class) = rocks(600, 1);
    let trunk = geology().fit(&rows, &class, Seed(1)).unwrap();
    assert!(
        matches!(trunk.quality, Quality::Accuracy(share) if share > 0.95),
        "{:?}",
        trunk.quality
    );
    assert_eq!(trunk.dead_units(&rows), [0, 6]);
    // Six deposits on rock 1, and 200 unlabelled rows.
    let (ground, rock) = rocks(2000, 2);
    let deposits: Vec<usize> = (0..2000).filter(|row| rock[*row] == 1).take(6).collect();
    let known: Vec<usize> = deposits.iter().copied().chain(1000..1200).collect();
    let set = TrainingSet {
        features: ground.select(&known),
        deposit: (0..206).map(|row| row < 6).collect(),
        weight: vec![1.0; 206],
    };
    let probing = mlp::Settings {
        class_weight: ClassWeight::Balanced,
        dropout: 0.0,
        transfer: Some(mlp::Transfer { mode: Mode::Probing, ..Default::default() }),
        training: quick(60),
        hidden: vec![16, 6],
        activation: Activation::Tanh,
        ..Default::default()
    };
    let tuned = mlp::Settings {
        transfer: Some(mlp::Transfer {
            mode: Mode::FineTuned,
            layer_rate: 0.3,
            ..Default::default()
        }),
        ..probing.clone()
    };
    let judged: Vec<usize> = (1200..2000).collect();
    let auc = |fitted: &FittedModel| {
        let scores = fitted.predict(&ground.select(&judged)).unwrap();
        let of = |class: i64| -> Vec<f32> {
            let rows = judged.iter().zip(&scores).filter(|(row, _)| rock[**row] == class);
            rows.map(|(_, score)| *score).collect()
        };
        let shares = share_of_area(&of(1), &of(0)).unwrap();
        1.0 - shares.iter().sum::<f64>() / shares.len() as f64
    };
    let scratch = auc(&probing.fit(&set, Seed(3)).unwrap());
    let probed = auc(&probing.fit_from(&trunk, &set, Seed(3)).unwrap());
    let tuned = auc(&tuned.fit_from(&trunk, &set, Seed(3)).unwrap());
    assert!(probed > 0.9 && tuned > 0.85 && scratch < 0.75, "{scratch} {probed} {tuned}");
}

#[test]
fn probing_leaves_the_trunk_and_first_layers_move_least() {
    let (rows, class) = rocks(200, 1);
    let trunk = geology().fit(&rows, &class, Seed(1)).unwrap();
    let deposit = class.iter().map(|class| *class == 1).collect();
    let set = TrainingSet { features: rows, deposit, weight: vec![1.0; 200] };
    let moved = |mode: Mode, layer_rate: f64| -> [f64; 2] {
        let settings = mlp::Settings {
            transfer: Some(mlp::Transfer { mode, layer_rate, ..Default::default() }),
            dropout: 0.0,
            training: quick(2),
            ..Default::default()
        };
        let fitted = settings.fit_from(&trunk, &set, Seed(3)).unwrap();
        let value = serde_json::to_value(&fitted).unwrap();
        let numbers: Vec<f32> =
            serde_json::from_value(value["mlp"]["networks"]["members"][0]["weights"].clone())
                .unwrap();
        let apart = |range: std::ops::Range<usize>| {
            let pairs = trunk.numbers[range.clone()].iter().zip(&numbers[range]);
            pairs.map(|(a, b)| f64::from(a - b).abs()).sum::<f64>()
        };
        [apart(0..6 * 16), apart(7 * 16..7 * 16 + 16 * 6)]
    };
    assert_eq!(moved(Mode::Probing, 1.0), [0.0, 0.0]);
    let (alike, slower) = (moved(Mode::FineTuned, 1.0), moved(Mode::FineTuned, 0.1));
    assert!(slower[0] < 0.05 * alike[0] && slower[1] < 0.2 * alike[1], "{alike:?} {slower:?}");
}

#[test]
fn what_teaches_nothing_is_refused() {
    let (rows, class) = rocks(50, 1);
    let untrainable = |found: Result<Trunk>, says: &str| {
        let error = found.unwrap_err();
        assert!(matches!(error, Error::Untrainable { .. }), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    };
    untrainable(geology().fit(&rows, &[4; 50], Seed(1)), "2 to 1000 classes, found 1");
    untrainable(geology().fit(&rows, &class[..9], Seed(1)), "50 rows with 9 classes");
    let one = autoencoder::Settings::default().fit(&rows.select(&[1]), Seed(1));
    untrainable(one, "2 rows or more, found 1");
    let none = geology::Settings { layers: layers(&[]), ..geology() };
    let error = none.fit(&rows, &class, Seed(1)).unwrap_err().to_string();
    assert!(error.contains("pretrain.geology.layers.hidden"), "{error}");
    let trunk = geology().fit(&rows, &class, Seed(1)).unwrap();
    let set = TrainingSet {
        features: Table::new(50, rows.columns()[..5].to_vec()).unwrap(),
        deposit: class.iter().map(|class| *class == 1).collect(),
        weight: vec![1.0; 50],
    };
    let found = mlp::Settings::default().fit_from(&trunk, &set, Seed(1));
    assert!(matches!(found, Err(Error::OtherColumns { .. })));
}

#[test]
fn a_head_of_its_own_learns_on_a_trunk_that_stays() {
    let (rows, class) = rocks(200, 1);
    let trunk = geology().fit(&rows, &class, Seed(1)).unwrap();
    let deposit = class.iter().map(|class| *class == 1).collect();
    let set = TrainingSet { features: rows, deposit, weight: vec![1.0; 200] };
    let of = |head: Vec<usize>| mlp::Settings {
        transfer: Some(mlp::Transfer { mode: Mode::Probing, head, ..Default::default() }),
        training: quick(5),
        ..Default::default()
    };
    let fitted = of(vec![5]).fit_from(&trunk, &set, Seed(3)).unwrap();
    let value = serde_json::to_value(&fitted).unwrap();
    let weights = value["mlp"]["networks"]["members"][0]["weights"].clone();
    let numbers: Vec<f32> = serde_json::from_value(weights).unwrap();
    assert_eq!(numbers.len(), trunk.numbers.len() + (6 * 5 + 5) + (5 + 1));
    assert_eq!(numbers[..trunk.numbers.len()], trunk.numbers);
    let error = of(vec![0]).fit_from(&trunk, &set, Seed(3)).unwrap_err().to_string();
    assert!(error.contains("mlp.transfer.head"), "{error}");
}
