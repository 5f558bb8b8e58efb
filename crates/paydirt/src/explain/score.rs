//! What is asked of the model: scores of rows of raw evidence, the pipeline inside.

use paydirt_core::table::Table;

use crate::fit::Trained;

/// Scores nearer to 0 and 1 than this have no logarithm that 32 bits could tell.
const NEAREST: f64 = 1e-7;

/// The mean over the members of something of their scores; NaN for a row whose evidence is not complete.
fn mean_of(
    trained: &Trained,
    evidence: &Table,
    of: impl Fn(f64) -> f64,
) -> paydirt_model::Result<Vec<f32>> {
    let features = trained.contract.pipeline.apply(evidence)?;
    let complete: Vec<usize> = (0..features.rows()).filter(|&row| features.complete(row)).collect();
    let members = trained.ensemble.scores(&features.select(&complete), trained.ground())?;
    let mut scores = vec![f32::NAN; evidence.rows()];
    for (index, &row) in complete.iter().enumerate() {
        let sum: f64 = members.iter().map(|scores| of(f64::from(scores[index]))).sum();
        scores[row] = (sum / members.len().max(1) as f64) as f32;
    }
    Ok(scores)
}

/// The probability that the map shows, told by the cell's own window.
pub(super) fn probability(
    trained: &Trained,
) -> impl Fn(&Table) -> paydirt_model::Result<Vec<f32>> + '_ {
    |evidence| mean_of(trained, evidence, |score| trained.probability(score))
}

/// The score in the unit of the shares, to which base and shares of a row add.
pub(super) fn in_unit<'a>(
    trained: &'a Trained,
    unit: &'a str,
) -> impl Fn(&Table) -> paydirt_model::Result<Vec<f32>> + 'a {
    move |evidence| mean_of(trained, evidence, |score| unit_of(score, unit))
}

/// A score in a unit of [`paydirt_model::Attribution`].
fn unit_of(score: f64, unit: &str) -> f64 {
    let inside = score.clamp(NEAREST, 1.0 - NEAREST);
    match unit {
        "log odds" => (inside / (1.0 - inside)).ln(),
        "log score" => inside.ln(),
        "complementary log-log" => (-(1.0 - inside).ln()).ln(),
        _ => score,
    }
}

#[cfg(test)]
mod tests {
    use super::unit_of;

    #[test]
    fn a_score_in_each_unit() {
        assert_eq!(unit_of(0.25, "score"), 0.25);
        assert!((unit_of(0.75, "log odds") - 3.0_f64.ln()).abs() < 1e-12);
        assert!((unit_of(0.5, "log score") - 0.5_f64.ln()).abs() < 1e-12);
        let score = 1.0 - (-(0.3_f64.exp())).exp();
        assert!((unit_of(score, "complementary log-log") - 0.3).abs() < 1e-12);
        assert!(unit_of(1.0, "log odds").is_finite() && unit_of(0.0, "log score").is_finite());
    }
}
