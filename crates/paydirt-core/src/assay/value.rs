//! What a cell of a laboratory table says.

use super::settings::{Negative, Settings};
use super::unit::Unit;

/// An analysis: a number, a limit beyond which it lies, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Assay {
    /// Measured.
    Known(f64),
    /// Not detected: somewhere below this limit of detection.
    Below(f64),
    /// Over range: somewhere above this upper limit.
    Above(f64),
    /// Not analysed, not reported, or lost.
    Missing,
}

/// Words that mean *missing*, in small letters: `lnr` is listed but not received, `is` and `nss` are
/// too little sample.
const MISSING: [&str; 18] = [
    "", "-", "--", "na", "n/a", "n.a.", "nan", "null", "none", "nd", "n.d.", "n.d", "lnr",
    "l.n.r.", "is", "i.s.", "nss", "n.s.s.",
];

impl Assay {
    /// Reads a cell of a column in `unit`. The words above and the missing codes are missing, `<0.5`
    /// is below and `>10000` above a limit, a negative number is what the settings say of it. Zero
    /// is known here: what it means depends on the whole column.
    ///
    /// # Errors
    /// Why the cell is none of these: text, another unit, a limit that is not positive, a comma
    /// that may part thousands.
    ///
    /// ```
    /// use paydirt_core::assay::{Settings, unit::Unit, value::Assay};
    /// let read = |cell| Assay::parse(cell, Unit::Ppm, &Settings::default());
    /// assert_eq!(read("< 0.5"), Ok(Assay::Below(0.5)));
    /// assert_eq!(read("-0,5"), Ok(Assay::Below(0.5)));
    /// assert_eq!(read("-9999"), Ok(Assay::Missing));
    /// assert!(read("120 ppb").is_err());
    /// ```
    pub fn parse(cell: &str, unit: Unit, settings: &Settings) -> Result<Self, String> {
        let cell = cell.trim();
        let word = |known: &str| known.eq_ignore_ascii_case(cell);
        if MISSING.iter().any(|known| word(known)) || settings.missing.iter().any(|w| word(w)) {
            return Ok(Self::Missing);
        }
        let limit = |text: &str| {
            let value = number(text.trim_start_matches('=').trim(), unit, settings)?;
            let refusal = || "is a limit that is not over zero".to_owned();
            Some(value).filter(|value| *value > 0.0).ok_or_else(refusal)
        };
        if let Some(text) = cell.strip_prefix(['<', '≤']) {
            return limit(text).map(Self::Below);
        }
        if let Some(text) = cell.strip_prefix(['>', '≥']) {
            return limit(text).map(Self::Above);
        }
        let value = number(cell, unit, settings)?;
        if settings.missing_values.contains(&value) {
            return Ok(Self::Missing);
        }
        match settings.negative {
            _ if value >= 0.0 => Ok(Self::Known(value + 0.0)),
            Negative::Censored => Ok(Self::Below(-value)),
            Negative::Missing => Ok(Self::Missing),
            Negative::Refuse => Err("is negative".into()),
        }
    }

    /// Whether there was an analysis.
    #[must_use]
    pub const fn analysed(self) -> bool {
        !matches!(self, Self::Missing)
    }

    /// The number or the limit.
    #[must_use]
    pub const fn number(self) -> Option<f64> {
        match self {
            Self::Known(value) | Self::Below(value) | Self::Above(value) => Some(value),
            Self::Missing => None,
        }
    }

    /// The same in another unit.
    #[must_use]
    pub fn map(self, change: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::Known(value) => Self::Known(change(value)),
            Self::Below(limit) => Self::Below(change(limit)),
            Self::Above(limit) => Self::Above(change(limit)),
            Self::Missing => Self::Missing,
        }
    }
}

/// A finite number, alone or with the unit of its column behind it.
fn number(text: &str, unit: Unit, settings: &Settings) -> Result<f64, String> {
    let end = text.rfind(|letter: char| letter.is_ascii_digit() || letter == '.');
    let (digits, suffix) = text.split_at(end.map_or(0, |end| end + 1));
    let value = plain(digits, settings)?.ok_or("is no number")?;
    match (suffix.trim(), Unit::parse(suffix)) {
        ("", _) => Ok(value),
        (_, Some(found)) if found == unit => Ok(value),
        (_, Some(found)) => {
            Err(format!("is in {}, its column in {}", found.symbol(), unit.symbol()))
        }
        _ => Err("is no number".into()),
    }
}

/// A number with a decimal point or, where the settings let it, a decimal comma.
fn plain(digits: &str, settings: &Settings) -> Result<Option<f64>, String> {
    let parse = |text: &str| text.parse().ok().filter(|value: &f64| value.is_finite());
    let Some((whole, part)) = digits.split_once(',') else { return Ok(parse(digits)) };
    let decimal = match settings.decimal_comma {
        Some(decimal) => decimal,
        None if part.len() == 3 && !whole.trim_start_matches(['-', '+', '0']).is_empty() => {
            return Err("may be a thousand or a fraction: set `decimal_comma`".into());
        }
        None => true,
    };
    Ok(if decimal && !whole.contains('.') { parse(&format!("{whole}.{part}")) } else { None })
}
