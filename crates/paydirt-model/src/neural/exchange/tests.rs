//! The stored models are given as numbers, so that their files are the same everywhere; `fixtures/networks.py` asked
//! ONNX Runtime for the scores of the stored files.

use std::path::{Path, PathBuf};

use paydirt_core::layer::EvidenceType;
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};

use super::*;
use crate::neural::layers::Activation;
use crate::{Estimator, TrainingSet, devnet, mlp};

const ROWS: usize = 60;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Two numbers and a class; some of the first are missing.
fn features() -> Table {
    let values = |of: fn(usize) -> f32| (0..ROWS).map(of).collect::<Vec<f32>>();
    let arsenic = values(|row| if row % 11 == 5 { f32::NAN } else { (row * 7 % 23) as f32 });
    let gravity = values(|row| (row as f32 * 0.37).sin() * 40.0 - 12.0);
    let rock = values(|row| (row * 5 % 4) as f32);
    Table::new(
        ROWS,
        vec![
            Column::new("arsenic", "arsenic", EvidenceType::Continuous, arsenic),
            Column::new("gravity", "gravity", EvidenceType::Continuous, gravity),
            Column::new("rock", "rock", EvidenceType::Categorical, rock),
        ],
    )
    .unwrap()
}

fn known() -> TrainingSet {
    let rows: Vec<usize> = (0..ROWS).filter(|row| row % 11 != 5).collect();
    let deposit = rows.iter().map(|row| row * 7 % 23 > 15).collect();
    let weight = vec![1.0; rows.len()];
    TrainingSet { features: features().select(&rows), deposit, weight }
}

fn fitted() -> Vec<FittedModel> {
    let mut normal = mlp::Settings {
        hidden: vec![5, 3],
        activation: Activation::Gelu,
        normalise: true,
        ..mlp::Settings::default()
    };
    normal.training.epochs = 20;
    let plain =
        mlp::Settings { activation: Activation::LeakyRelu, normalise: false, ..normal.clone() };
    let mut deviation =
        devnet::Settings { hidden: vec![4], members: 2, ..devnet::Settings::default() };
    deviation.training.epochs = 5;
    let set = known();
    vec![
        normal.fit(&set, Seed(1)).unwrap(),
        plain.fit(&set, Seed(2)).unwrap(),
        deviation.fit(&set, Seed(3)).unwrap(),
    ]
}

/// The stored members; `UPDATE_FIXTURES=1` fits them anew.
fn stored() -> Vec<FittedModel> {
    let path = fixtures().join("networks.json");
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        fs_err::write(&path, serde_json::to_string(&fitted()).unwrap()).unwrap();
    }
    serde_json::from_str(&fs_err::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn onnx_runtime_gives_the_same_scores() {
    let members = stored();
    let exported = export(&members, &features().names()).unwrap().unwrap();
    let path = fixtures().join("networks.onnx");
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        fs_err::write(&path, exported.onnx.as_ref().unwrap()).unwrap();
        let rows: Vec<Vec<Option<f32>>> = (0..ROWS)
            .map(|row| {
                features().columns().iter().map(|c| c.known[row].then(|| c.values[row])).collect()
            })
            .collect();
        let rows = serde_json::to_string(&rows).unwrap();
        fs_err::write(fixtures().join("networks_features.json"), rows).unwrap();
    }
    assert!(
        exported.onnx.unwrap() == fs_err::read(path).unwrap(),
        "another file than the one asked"
    );
    let answers = fs_err::read_to_string(fixtures().join("networks_scores.json")).unwrap();
    let answers: Vec<Vec<f32>> = serde_json::from_str(&answers).unwrap();
    assert_eq!(answers.len(), ROWS);
    for (number, member) in members.iter().enumerate() {
        let scores = member.predict(&features()).unwrap();
        for (row, (score, answer)) in scores.iter().zip(&answers).enumerate() {
            let answer = answer[number];
            assert!((score - answer).abs() < 1e-5, "row {row} of {number}: {score}, {answer}");
        }
    }
}

#[test]
fn numbers_come_back_by_name() {
    let members = stored();
    let exported = export(&members, &features().names()).unwrap().unwrap();
    let (named, about): (Named, About) =
        weights::from_bytes("numbers", &exported.safetensors).unwrap();
    assert_eq!(about.columns, ["arsenic", "gravity", "rock"]);
    let prefixes: Vec<&str> = about.networks.iter().map(|part| part.prefix.as_str()).collect();
    assert_eq!(
        prefixes,
        ["member1.network1", "member2.network1", "member3.network1", "member3.network2"]
    );
    let shape =
        |name: &str| named.iter().find(|(spec, _)| spec.name == name).map(|(s, _)| s.shape.clone());
    // Two numbers and four classes come in.
    assert_eq!(shape("member1.network1.0.weight"), Some(vec![6, 5]));
    assert_eq!(shape("member1.network1.0.norm.weight"), Some(vec![5]));
    assert_eq!(shape("member3.network2.output.weight"), Some(vec![4, 1]));
}

#[test]
fn what_is_no_network_is_not_exported() {
    let forest = crate::forest::Settings { trees: 3, ..Default::default() };
    let forest = forest.fit(&known(), Seed(1)).unwrap();
    assert_eq!(export(&[forest], &features().names()).unwrap(), None);
    assert_eq!(export(&[], &[]).unwrap(), None);
}
