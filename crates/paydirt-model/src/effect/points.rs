//! Where an effect is measured.

use paydirt_core::layer::EvidenceType;
use paydirt_core::table::Column;

/// The values at which an effect of a column is measured, from small to large; each was observed. All of
/// them where there are at most `parts` + 1. Otherwise, of a column with order, those that part the known
/// values into `parts` of about equal number, both ends among them (the inverse of the empirical
/// distribution, type 1 of Hyndman & Fan 1996, doi:10.1080/00031305.1996.10473566); of a category the
/// commonest `parts` + 1 classes. Fewer than two points are no effect: the column is constant.
///
/// ```
/// use paydirt_core::layer::EvidenceType::Continuous;
/// use paydirt_core::table::Column;
/// let column = Column::new("gravity", "gravity", Continuous, (0..=100).map(|v| v as f32).collect());
/// assert_eq!(paydirt_model::effect::points(&column, 4), [0.0, 25.0, 50.0, 75.0, 100.0]);
/// ```
#[must_use]
pub fn points(column: &Column, parts: usize) -> Vec<f32> {
    let mut values: Vec<f32> = column.known_values().map(|value| value + 0.0).collect();
    values.sort_by(f32::total_cmp);
    let mut distinct: Vec<(f32, usize)> =
        values.chunk_by(|a, b| a == b).map(|same| (same[0], same.len())).collect();
    if distinct.len() <= parts.saturating_add(1) {
        return distinct.into_iter().map(|(value, _)| value).collect();
    }
    let mut points: Vec<f32> = if column.evidence_type == EvidenceType::Categorical {
        distinct.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.total_cmp(&b.0)));
        distinct.into_iter().take(parts + 1).map(|(value, _)| value).collect()
    } else {
        // The smallest value that as many as `part` of `parts` are not over.
        let below = |part: usize| (part * values.len()).div_ceil(parts.max(1)).max(1) - 1;
        (0..=parts).map(|part| values[below(part).min(values.len() - 1)]).collect()
    };
    points.sort_by(f32::total_cmp);
    points.dedup();
    points
}
