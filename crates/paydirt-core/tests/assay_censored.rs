//! Limits of detection against other programs' answers and closed forms.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use paydirt_core::assay::Censoring;
use paydirt_core::assay::censor::{Filled, fill, likeliest, order_statistics};
use paydirt_core::assay::value::Assay::{self, Above, Below, Known, Missing};

/// Arsenic in stream water of Oahu, in ug/L (Helsel 2012, doi:10.1002/9781118162729).
fn oahu() -> Vec<Assay> {
    let known = [0.5, 0.5, 0.5, 0.6, 0.7, 0.7, 0.9, 1.5, 1.7, 2.8, 3.2];
    let limits = [0.9, 1., 1., 1., 1., 2., 2., 2., 2., 2., 2., 2., 2.];
    known.map(Known).into_iter().chain(limits.map(Below)).collect()
}

fn assert_close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() < tolerance * expected.abs(), "{found} {expected}");
}

fn rule(text: &str) -> Censoring {
    serde_json::from_str(text).unwrap()
}

fn number_at(filled: &Filled, cells: &[Assay], cell: Assay) -> f64 {
    let at = cells.iter().position(|found| *found == cell).unwrap();
    filled.values[at].unwrap()
}

#[test]
fn order_statistics_are_those_of_wqio_and_nada() {
    let cells = oahu();
    let pick = |is: fn(&Assay) -> bool| -> Vec<f64> {
        cells.iter().filter(|cell| is(cell)).filter_map(|cell| cell.number()).collect()
    };
    let known = pick(|cell| matches!(cell, Known(_)));
    let found = order_statistics(&known, &pick(|cell| matches!(cell, Below(_)))).unwrap();
    // wqio 0.7.2, pandas 2.1.4: r = ROS("res", "cen", df=df, as_array=False), then
    // numpy.polyfit(r.Zprelim[~r.cen], numpy.log(r.res[~r.cen]), 1)
    assert_close(found.line.deviation, 0.64677511, 1e-7);
    assert_close(found.line.mean, -0.22998700, 1e-7);
    // r.final of the censored, from small to large
    let expected = [
        0.349209, 0.414444, 0.464954, 0.571858, 0.581086, 0.612533, 0.682854, 0.758549, 0.806562,
        0.953652, 0.982359, 1.142867, 1.418190,
    ];
    let line = found.line;
    let mut filled: Vec<f64> = found
        .below
        .iter()
        .flat_map(|(_, quantiles)| quantiles)
        .map(|z| (line.mean + line.deviation * z).exp())
        .collect();
    filled.sort_by(f64::total_cmp);
    for (found, expected) in filled.iter().zip(expected) {
        assert_close(*found, expected, 2e-6);
    }
    // what R's NADA prints of the same data: mean 0.972, sd 0.718
    let all: Vec<f64> = known.iter().chain(&filled).copied().collect();
    let mean = all.iter().sum::<f64>() / 24.0;
    let squares: f64 = all.iter().map(|value| (value - mean).powi(2)).sum();
    assert_close(mean, 0.972, 6e-4);
    assert_close((squares / 23.0).sqrt(), 0.718, 6e-4);
    // and samples below one limit, of which the same is known, get one value: by hand, of one
    // sample below 0.9 at position 0.34375
    let filled = fill(&cells, &rule(r#"{"ros": {}}"#));
    assert_close(number_at(&filled, &cells, Below(0.9)), 0.612533, 2e-6);
    let alike = |cell: Assay| {
        let cells = cells.iter().zip(&filled.values).filter(move |(found, _)| **found == cell);
        cells.map(|(_, value)| value.unwrap()).collect::<Vec<f64>>()
    };
    assert!(alike(Below(2.0)).windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn without_limits_order_statistics_are_a_probability_plot() {
    // Weibull positions 1/4, 1/2, 3/4: symmetrical logarithms have their mean in the middle
    let found = order_statistics(&[1.0, 10.0, 100.0], &[]).unwrap();
    assert_close(found.line.mean, 10.0_f64.ln(), 1e-12);
    // numpy: log(10) / scipy.stats.norm.ppf(0.75)
    assert_close(found.line.deviation, 10.0_f64.ln() / 0.674_489_750_196_081_7, 1e-12);
    assert!(found.below.is_empty());
    for limit in [0.0, f64::NAN, f64::INFINITY] {
        assert_eq!(order_statistics(&[1.0, 10.0], &[limit, 2.0]), None);
    }
}

#[test]
fn the_likeliest_lognormal_is_where_scipy_finds_no_slope() {
    let known = [12., 35., 8., 90., 150., 22., 60., 5.5, 300., 41.].map(Known);
    let limits = [Below(5.), Below(5.), Below(2.), Below(10.)];
    let above = [Above(500.), Above(500.), Above(200.)];
    let mixed: Vec<Assay> = known.into_iter().chain(limits).chain(above).chain([Missing]).collect();
    // scipy 1.11.4: scipy.optimize.root of the derivatives of the censored likelihood
    // (sum of norm.logpdf of known, logcdf of lower, logsf of upper limits), residual below 1e-14
    let oahu = oahu();
    type Answer<'a> = (&'a [Assay], [f64; 2], &'a [(Assay, f64)]);
    let answers: [Answer<'_>; 2] = [
        (
            &oahu,
            [-0.252829010317, 0.626948457366],
            &[(Below(0.9), 0.5152431449), (Below(1.0), 0.5466242566), (Below(2.0), 0.7127771764)],
        ),
        (
            &mixed,
            [3.401551605199, 2.682174560787],
            &[
                (Below(2.0), 0.4915704773),
                (Below(5.0), 1.0051090477),
                (Below(10.0), 1.6757934935),
                (Above(200.0), 970.26604123),
                (Above(500.0), 1993.05438321),
            ],
        ),
    ];
    for (cells, [mean, deviation], expected) in answers {
        let (found, reached) = likeliest(cells, 10_000).unwrap();
        assert!(reached);
        assert_close(found.mean, mean, 1e-9);
        assert_close(found.deviation, deviation, 1e-9);
        let filled = fill(cells, &rule(r#"{"em": {}}"#));
        for (cell, value) in expected {
            assert_close(number_at(&filled, cells, *cell), *value, 1e-8);
        }
        let rounds = fill(cells, &rule(r#"{"em": {"max_rounds": 3}}"#));
        assert!(rounds.warning.unwrap().contains("still rising"));
    }
    assert_eq!(fill(&mixed, &rule(r#"{"em": {}}"#)).values.last(), Some(&None));
}

#[test]
fn what_was_measured_stays_and_what_was_not_keeps_its_side_of_the_limit() {
    let cells = [Known(3.0), Below(2.0), Known(30.0), Above(50.0), Missing, Known(8.0)];
    for text in [r#"{"fraction": {}}"#, r#"{"ros": {}}"#, r#"{"em": {}}"#] {
        let filled = fill(&cells, &rule(text));
        let [known, below, _, above, missing, _] = filled.values[..] else { panic!("six") };
        assert_eq!((known, missing), (Some(3.0), None));
        assert!(below.unwrap() <= 2.0 && above.unwrap() >= 50.0, "{text} {filled:?}");
        // the order of samples says nothing
        let mut turned = cells;
        turned.reverse();
        let back: Vec<Option<f64>> = fill(&turned, &rule(text)).values.into_iter().rev().collect();
        assert_eq!(back, filled.values, "{text}");
    }
    let given = fill(&cells, &rule(r#"{"fraction": {"below": 0.5, "above": 2.0}}"#));
    assert_eq!([given.values[1], given.values[3]], [Some(1.0), Some(100.0)]);
}

#[test]
fn too_little_for_a_distribution_falls_back_and_says_so() {
    for text in [r#"{"ros": {}}"#, r#"{"em": {}}"#] {
        for known in [vec![], vec![Known(4.0)], vec![Known(4.0), Known(4.0)], vec![Known(0.0)]] {
            let cells: Vec<Assay> = known.into_iter().chain([Below(4.0)]).collect();
            let filled = fill(&cells, &rule(text));
            assert!(filled.warning.unwrap().contains("too few"), "{text}");
            assert_eq!(filled.values.last(), Some(&Some(3.0)));
        }
        let untouched = fill(&[Known(4.0), Missing], &rule(text));
        assert_eq!((untouched.values, untouched.warning), (vec![Some(4.0), None], None));
    }
}

#[test]
fn limits_far_from_all_that_was_measured_stay_finite() {
    let cells = [Known(1e6), Known(1.0001e6), Below(1e-9), Above(9.99e6), Below(1e6)];
    for text in [r#"{"ros": {}}"#, r#"{"em": {}}"#] {
        let filled = fill(&cells, &rule(text));
        assert!(filled.values.iter().flatten().all(|value| value.is_finite() && *value > 0.0));
    }
}
