//! Numbers as people read them; no line breaks before a unit.

/// What stands where nothing could be measured.
const NOTHING: &str = "–";

fn unless_nothing(value: f64, text: impl Fn(f64) -> String) -> String {
    if value.is_finite() { text(value) } else { NOTHING.into() }
}

/// A score between 0 and 1, three decimals.
#[must_use]
pub fn figure(value: f64) -> String {
    unless_nothing(value, |value| format!("{value:.3}"))
}

/// A share between 0 and 1 in per cent; one decimal under one per cent.
#[must_use]
pub fn percent(share: f64) -> String {
    unless_nothing(share, |share| {
        let decimals = usize::from(share > 0.0 && share < 0.01);
        format!("{:.decimals$}\u{a0}%", share * 100.0)
    })
}

/// Three significant digits; thousands apart, very small numbers as a power of ten.
///
/// ```
/// use paydirt::report::number::significant;
/// let words = [0.01234, 12.34, 12345.6, 0.0000123, 0.0].map(significant);
/// assert_eq!(words, ["0.0123", "12.3", "12,346", "1.23e-5", "0"]);
/// ```
#[must_use]
pub fn significant(value: f64) -> String {
    unless_nothing(value, |value| {
        let size = value.abs();
        if size == 0.0 {
            "0".into()
        } else if !(1e-4..1e15).contains(&size) {
            format!("{value:.2e}")
        } else if size >= 999.5 {
            let sign = if value < 0.0 { "-" } else { "" };
            format!("{sign}{}", count(size.round() as usize))
        } else {
            let decimals = (2.0 - size.log10().floor()).max(0.0) as usize;
            format!("{value:.decimals$}")
        }
    })
}

/// A whole number, thousands apart.
#[must_use]
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A length: metres under a kilometre, else kilometres.
#[must_use]
pub fn length(metres: f64) -> String {
    unless_nothing(metres, |metres| {
        if metres < 1000.0 {
            format!("{metres:.0}\u{a0}m")
        } else {
            format!("{}\u{a0}km", significant(metres / 1000.0))
        }
    })
}

/// A round step (1, 2 or 5 times a power of ten) that parts a range into about `parts`; 1 where the
/// range is no length.
#[must_use]
pub fn round_step(range: f64, parts: f64) -> f64 {
    if !(range.is_finite() && range > 0.0) {
        return 1.0;
    }
    let rough = range / parts;
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= rough);
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_a_dash_and_never_nan() {
        assert_eq!([figure(f64::NAN), percent(f64::INFINITY), length(f64::NAN)], ["–", "–", "–"]);
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [percent(0.61), percent(0.004), percent(0.0)],
            ["61\u{a0}%", "0.4\u{a0}%", "0\u{a0}%"]
        );
        assert_eq!([length(250.0), length(12_340.0)], ["250\u{a0}m", "12.3\u{a0}km"]);
        assert_eq!([count(0), count(999), count(1_125_140)], ["0", "999", "1,125,140"]);
        assert_eq!(significant(-1234.0), "-1,234");
        assert_eq!([round_step(10.0, 5.0), round_step(252_500.0, 5.0)], [2.0, 100_000.0]);
        assert_eq!([round_step(0.0, 5.0), round_step(f64::NAN, 5.0)], [1.0, 1.0]);
    }
}
