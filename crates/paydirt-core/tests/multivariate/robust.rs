//! Robust scatter, components and distances.

use paydirt_core::robust::{chi_square_quantile, scatter};
use paydirt_core::seed::Seed;

use super::*;

#[test]
fn chi_square_quantiles_are_scipys() {
    for (share, degrees, answer) in stored().chi_square {
        assert_near(chi_square_quantile(share, degrees), answer, 1e-9);
    }
}

/// Of 2,000 rows, which are searched in parts, the trusted rows differ by one (scikit-learn's are the
/// best of 20 seeds); those within the distance, which give the numbers, are the same.
#[test]
fn the_least_determinant_is_scikit_learns() {
    for answer in stored().mcd {
        let outliers = if answer.rows == 200 { 40 } else { 700 };
        let columns = data(answer.rows, outliers);
        let found = scatter(&doubles(&columns), answer.share, Seed(3)).unwrap();
        assert_near(found.log_determinant, answer.log_determinant, 2e-6);
        assert_eq!(found.support, answer.support);
        for (found, expected) in found.location.iter().zip(&answer.location) {
            assert_near(*found, *expected, 1e-9);
        }
        for (i, row) in answer.covariance.iter().enumerate() {
            for (j, expected) in row.iter().enumerate() {
                assert_near(found.covariance[(i, j)], *expected, 1e-9);
            }
        }
        let settings = format!(
            r#"{{"mahalanobis": {{"support_share": {}, "outlier_share": 0.025}}}}"#,
            answer.share
        );
        let out = applied(&settings, &table(&columns));
        assert_eq!(out.names(), ["Cu", "Zn", "Pb", "Ti", "mahalanobis", "mahalanobis_outlier"]);
        let distances = &out.columns()[4].values;
        for (found, expected) in distances.iter().zip(&answer.distances) {
            assert_near((*found).into(), *expected, 1e-6);
        }
        let flags = &out.columns()[5].values;
        assert!(flags[..outliers].iter().all(|flag| *flag == 1.0));
        let false_alarms = flags[outliers..].iter().sum::<f32>() / (flags.len() - outliers) as f32;
        assert!(false_alarms < 0.06, "{false_alarms}");
    }
}

#[test]
fn the_search_does_not_depend_on_threads_and_refuses_a_plane() {
    let columns = doubles(&data(700, 100));
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| scatter(&columns, 0.75, Seed(1)).unwrap())
    };
    assert_eq!(run(1), run(3));
    let mut twins = data(90, 9);
    twins[2] = twins[1].clone();
    let message = refusal(r#"{"robust_pca": {}}"#, &table(&twins));
    assert!(message.contains("lie on a plane"), "{message}");
    let mut mostly_zero = data(90, 0);
    mostly_zero[1][..80].fill(0.0);
    assert!(refusal(r#"{"mahalanobis": {}}"#, &table(&mostly_zero)).contains("`mahalanobis`"));
    let singular = refusal(r#"{"mahalanobis": {"support_share": 1}}"#, &table(&twins));
    assert!(singular.contains("not determined"), "{singular}");
}

#[test]
fn with_all_rows_trusted_it_is_ordinary_pca() {
    let mut columns = data(150, 0);
    columns.push(vec![7.0; 150]);
    let table = table(&columns);
    for standardise in [true, false] {
        let plain = fit(&format!(r#"{{"pca": {{"standardise": {standardise}}}}}"#), &table);
        let robust =
            format!(r#"{{"robust_pca": {{"standardise": {standardise}, "support_share": 1.0}}}}"#);
        let robust = fit(&robust, &table);
        let (FittedStep::Pca(plain), FittedStep::RobustPca(robust)) = (plain, robust) else {
            panic!("components")
        };
        assert_eq!(plain.components.len(), robust.components.len());
        for (plain, robust) in plain.components.iter().zip(&robust.components) {
            assert_near(robust.explained_share, plain.explained_share, 1e-12);
            for (robust, plain) in robust.loadings.iter().zip(&plain.loadings) {
                assert_near(*robust, *plain, 1e-10);
            }
        }
        for (plain, robust) in plain.inputs.iter().zip(&robust.inputs) {
            assert_near(robust.moments.mean, plain.moments.mean, 1e-12);
        }
    }
}

/// With a fifth of outliers the first direction stays that of the clean rows; ordinary PCA turns.
#[test]
fn outliers_do_not_turn_the_components() {
    let direction = |settings: &str, columns: &[Vec<f32>]| match fit(settings, &table(columns)) {
        FittedStep::Pca(fitted) => fitted.components[0].loadings.clone(),
        FittedStep::RobustPca(fitted) => fitted.components[0].loadings.clone(),
        _ => panic!("components"),
    };
    let clean: Vec<Vec<f32>> = data(400, 80).iter().map(|c| c[80..].to_vec()).collect();
    let truth = direction(r#"{"pca": {}}"#, &clean);
    let cosine = |settings: &str| {
        let found = direction(settings, &data(400, 80));
        found.iter().zip(&truth).map(|(a, b)| a * b).sum::<f64>().abs()
    };
    assert!(cosine(r#"{"robust_pca": {}}"#) > 0.99);
    assert!(cosine(r#"{"pca": {}}"#) < 0.9);
}
