//! Temperature scaling: one number by which all log odds are divided (Guo and others 2017, PMLR
//! 70:1321-1330).

/// Least and greatest inverse temperature.
const INVERSE: [f64; 2] = [1e-4, 1e4];

/// The temperature that makes the weighted log loss of held-out samples least.
///
/// In the inverse of the temperature the loss is convex: its slope, the sum of weight x (p - y) x log odds,
/// rises, and is brought to 0 by halving. Log odds that part the classes have no best temperature: one is
/// taken at which all probabilities are 0 or 1; of log odds that rank them the wrong way, it is 10,000. `None` without a sample
/// that has weight and log odds other than 0.
///
/// ```
/// use paydirt_model::neural::temperature::temperature;
/// // Log odds of 4 and -4 that are right three times in four: ln 3 is what they should be.
/// let (log_odds, deposit) = ([4.0, 4.0, 4.0, 4.0, -4.0, -4.0, -4.0, -4.0], [true, true, true, false]);
/// let deposit = [deposit, deposit.map(|one| !one)].concat();
/// let found = temperature(&log_odds, &deposit, &[1.0; 8]).unwrap_or(f64::NAN);
/// assert!((found - 4.0 / 3.0_f64.ln()).abs() < 1e-9);
/// ```
#[must_use]
pub fn temperature(log_odds: &[f64], deposit: &[bool], weight: &[f64]) -> Option<f64> {
    let samples = log_odds.iter().zip(deposit).zip(weight);
    let samples: Vec<(f64, f64, f64)> = samples
        .filter(|((odds, _), weight)| odds.is_finite() && **odds != 0.0 && **weight > 0.0)
        .map(|((odds, deposit), weight)| (*odds, f64::from(u8::from(*deposit)), *weight))
        .collect();
    if samples.is_empty() {
        return None;
    }
    let slope = |inverse: f64| -> f64 {
        let each = samples.iter();
        each.map(|(odds, label, weight)| {
            weight * (crate::columns::probability(inverse * odds) - label) * odds
        })
        .sum()
    };
    let [mut low, mut high] = INVERSE.map(f64::ln);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if slope(middle.exp()) < 0.0 { low = middle } else { high = middle }
    }
    Some((-0.5 * (low + high)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_no_temperature_is_best_one_near_an_end_of_the_range_is_taken() {
        let (odds, weight) = ([2.0, -1.0], [1.0; 2]);
        let right = temperature(&odds, &[true, false], &weight).unwrap();
        let wrong = temperature(&odds, &[false, true], &weight).unwrap();
        assert!(right < 0.01 && (wrong - 1e4).abs() < 1e-3, "{right} {wrong}");
        assert_eq!(temperature(&odds, &[true, false], &[0.0; 2]), None);
        assert_eq!(temperature(&[0.0], &[true], &[1.0]), None);
    }

    #[test]
    fn a_weight_of_two_is_the_sample_twice() {
        let (odds, deposit) = ([3.0, 1.0, -0.5, 2.0], [true, false, true, true]);
        let weighted = temperature(&odds, &deposit, &[1.0, 2.0, 1.0, 1.0]);
        let twice =
            temperature(&[3.0, 1.0, 1.0, -0.5, 2.0], &[true, false, false, true, true], &[1.0; 5]);
        assert!((weighted.unwrap() - twice.unwrap()).abs() < 1e-9);
    }
}
