use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use serde::Deserialize;

use super::cluster::{choose, davies_bouldin, k_means};
use super::{Fitted, Settings};
use crate::reference::{number, twice_and_weighted};
use crate::{Estimator, FittedModel, Predictor, TrainingSet};

/// Stored by `tests/fixtures/self_organising_map.py` with MiniSom 2.3.6 and scikit-learn 1.9.1.
#[derive(Deserialize)]
struct Stored {
    points: Vec<Vec<f32>>,
    size: [usize; 2],
    quantisation_error: f64,
    k_means: Vec<KMeans>,
}

#[derive(Deserialize)]
struct KMeans {
    k: usize,
    inertia: f64,
    davies_bouldin: f64,
}

fn stored() -> Stored {
    serde_json::from_str(include_str!("../../tests/fixtures/self_organising_map.json")).unwrap()
}

fn world(columns: &[Vec<f32>], deposit: impl Fn(usize) -> bool) -> TrainingSet {
    let rows = columns[0].len();
    let names = ["a", "b", "c", "d"];
    let columns = columns.iter().zip(names).map(|(values, name)| number(name, values.clone()));
    TrainingSet {
        features: Table::new(rows, columns.collect()).unwrap(),
        deposit: (0..rows).map(deposit).collect(),
        weight: vec![1.0; rows],
    }
}

fn fit(settings: &Settings, set: &TrainingSet) -> crate::Result<Fitted> {
    match settings.fit(set, Seed(1))? {
        FittedModel::SelfOrganisingMap(fitted) => Ok(fitted),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_map_lies_no_farther_from_its_samples_than_that_of_minisom() {
    let stored = stored();
    let world = world(&stored.points, |row| row % 5 == 0);
    let fitted = fit(&Settings { size: Some(stored.size), ..Settings::default() }, &world).unwrap();
    let found = fitted.quantisation_error(&world.features).unwrap();
    assert!(found <= stored.quantisation_error, "{found} against {}", stored.quantisation_error);
    // Units side by side are more alike than units far apart: it is a map.
    let distance = |a: usize, b: usize| -> f64 {
        let pairs = fitted.units.point(a).iter().zip(fitted.units.point(b));
        pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
    };
    let (mut near, mut far) = (0.0, 0.0);
    for unit in 0..60 {
        near += distance(unit, unit + 7);
        far += distance(unit, (unit + 35) % 70);
    }
    assert!(near < 0.6 * far, "{near} {far}");
}

#[test]
fn clusters_are_as_tight_as_those_of_scikit_learn() {
    let stored = stored();
    let points: Vec<Vec<f64>> = (0..stored.points[0].len())
        .map(|row| stored.points.iter().map(|column| f64::from(column[row])).collect())
        .collect();
    let mut equal = 0;
    for expected in &stored.k_means {
        let found = k_means(&points, expected.k, 100, Seed(1));
        // Of eight clusters there are many partitions that are nearly the best.
        let over = found.inertia / expected.inertia - 1.0;
        assert!(over < if expected.k < 8 { 1e-9 } else { 1e-3 }, "k {}: {over}", expected.k);
        if over.abs() < 1e-9 {
            let apart = davies_bouldin(&points, &found) - expected.davies_bouldin;
            assert!(apart.abs() < 1e-9, "k {}: {apart}", expected.k);
            equal += 1;
        }
    }
    assert!(equal >= 5, "{equal} of 7 partitions are those of scikit-learn");
    let least = stored.k_means.iter().min_by(|a, b| a.davies_bouldin.total_cmp(&b.davies_bouldin));
    let (chosen, index) = choose(&points, None, 8, 100, Seed(1));
    assert_eq!(chosen.centres.len(), least.unwrap().k);
    assert!((index.unwrap() - least.unwrap().davies_bouldin).abs() < 1e-9);
}

/// Two clouds; the deposits are 3 of the 10 samples of the one and none of the 20 of the other.
#[test]
fn a_cluster_is_scored_by_its_deposits_drawn_towards_the_share_of_all() {
    let column: Vec<f32> =
        (0..30).map(|row| row as f32 / 100.0 + if row < 10 { 5.0 } else { 0.0 }).collect();
    let world = world(&[column], |row| row < 3);
    let settings = Settings { prior_samples: 4.0, clusters: Some(2), ..Settings::default() };
    let fitted = fit(&settings, &world).unwrap();
    assert_eq!(fitted.scores().len(), 2);
    assert!(fitted.davies_bouldin().unwrap() < 0.3);
    let scores = fitted.predict(&world.features).unwrap();
    let close = |found: f32, expected: f64| (f64::from(found) - expected).abs() < 1e-6;
    assert!(close(scores[0], (3.0 + 0.4) / 14.0) && close(scores[9], (3.0 + 0.4) / 14.0));
    assert!(close(scores[10], 0.4 / 24.0) && close(scores[29], 0.4 / 24.0));
    let places = fitted.places(&world.features).unwrap();
    let [rows, cols] = fitted.size();
    assert!(places.iter().all(|place| place.row < rows && place.col < cols));
    assert!(places.iter().zip(&scores).all(|(place, score)| {
        let unit = place.row * cols + place.col;
        fitted.clusters()[unit] == place.cluster
            && (fitted.scores()[place.cluster] as f32 - score).abs() < 1e-6
    }));
}

#[test]
fn a_weight_of_two_is_the_sample_twice() {
    let world = world(&stored().points, |row| row % 4 == 0);
    let [twice, weighted] = twice_and_weighted(&world)
        .map(|set| fit(&Settings::default(), &set).unwrap().predict(&world.features).unwrap());
    let apart = twice.iter().zip(&weighted).filter(|(a, b)| (*a - *b).abs() > 1e-5).count();
    assert!(apart <= 3, "{apart} of 300 on the other side of an edge that rounding moved");
}

#[test]
fn samples_that_do_not_differ_make_one_cluster() {
    let alike = world(&[vec![2.0; 12]], |row| row < 4);
    let fitted = fit(&Settings::default(), &alike).unwrap();
    assert_eq!((fitted.scores(), fitted.davies_bouldin()), (&[1.0 / 3.0][..], None));
    let settings = Settings { size: Some([1, 1]), clusters: Some(7), ..Settings::default() };
    let one = fit(&settings, &world(&stored().points, |row| row == 0)).unwrap();
    assert_eq!(one.scores().len(), 1);
    let settings = Settings { clusters: Some(3), ..Settings::default() };
    let three = fit(&settings, &world(&stored().points, |row| row == 0)).unwrap();
    assert_eq!(three.scores().len(), 3);
}

#[test]
fn settings_out_of_range_and_damaged_maps_are_refused() {
    let usual = Settings::default;
    let world = world(&[vec![1.0, 2.0, 3.0]], |row| row == 0);
    for (settings, key) in [
        (Settings { size: Some([0, 3]), ..usual() }, "size"),
        (Settings { size: Some([usize::MAX, 3]), ..usual() }, "size"),
        (Settings { epochs: 0, ..usual() }, "epochs"),
        (Settings { end_radius: 0.0, ..usual() }, "end_radius"),
        (Settings { clusters: Some(0), ..usual() }, "clusters"),
        (Settings { most_clusters: 1, ..usual() }, "most_clusters"),
        (Settings { starts: 1000, ..usual() }, "starts"),
        (Settings { prior_samples: f64::NAN, ..usual() }, "prior_samples"),
    ] {
        let error = fit(&settings, &world).unwrap_err().to_string();
        assert!(error.contains(&format!("model.self_organising_map.{key}")), "{error}");
    }
    let fitted = fit(&usual(), &world).unwrap();
    let text = serde_json::to_string(&fitted).unwrap();
    assert_eq!(serde_json::from_str::<Fitted>(&text).unwrap(), fitted);
    let scores = serde_json::to_string(&fitted.scores).unwrap();
    assert!(serde_json::from_str::<Fitted>(&text.replace(&scores, "[]")).is_err());
    let size = serde_json::to_string(&fitted.size).unwrap();
    let wrong = text.replace(&format!("\"size\":{size}"), "\"size\":[0,4]");
    assert!(serde_json::from_str::<Fitted>(&wrong).is_err());
}
