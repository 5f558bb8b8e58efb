//! What a column of a laboratory table holds: which element, as what, in which unit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::formula;

/// A unit of mass in mass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Parts of a hundred.
    Percent,
    /// Parts of a million: g/t, mg/kg, ug/g.
    Ppm,
    /// Parts of an American billion (1e9): mg/t, ug/kg, ng/g.
    Ppb,
}

impl Unit {
    /// The unit that a text names, whatever stands between its letters (`wt. %`, `mg_kg`).
    ///
    /// ```
    /// use paydirt_core::assay::unit::Unit;
    /// assert_eq!(Unit::parse("g/t"), Some(Unit::Ppm));
    /// assert_eq!(Unit::parse("wt_percent"), Some(Unit::Percent));
    /// assert_eq!(Unit::parse("cps"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let letters: String = (text.chars())
            .filter(|letter| letter.is_alphanumeric() || *letter == '%')
            .flat_map(char::to_lowercase)
            .map(|letter| if matches!(letter, 'µ' | 'μ') { 'u' } else { letter })
            .collect();
        match letters.as_str() {
            "%" | "pct" | "percent" | "perc" | "wt%" | "wtpct" | "wtpercent" | "%wt" | "m%" => {
                Some(Self::Percent)
            }
            "ppm" | "gt" | "mgkg" | "ugg" | "gton" | "gtonne" => Some(Self::Ppm),
            "ppb" | "mgt" | "ugkg" | "ngg" => Some(Self::Ppb),
            _ => None,
        }
    }

    /// How many ppm one of it is.
    #[must_use]
    pub const fn ppm(self) -> f64 {
        match self {
            Self::Percent => 1e4,
            Self::Ppm => 1.0,
            Self::Ppb => 1e-3,
        }
    }

    /// As it is written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Percent => "%",
            Self::Ppm => "ppm",
            Self::Ppb => "ppb",
        }
    }
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Analyte {
    /// Symbol of the element.
    pub element: &'static str,
    /// As what it was reported, such as `Al2O3`; equal to `element` where as itself.
    pub form: String,
    /// Whether the header says that the form stands for all of the element, as `Fe2O3T` does.
    pub total: bool,
    /// Unit of the column; `None` where the header names none.
    pub unit: Option<Unit>,
    /// Mass of the element in a unit of mass of its form.
    pub share: f64,
}

/// Reads a header: a formula, then a unit among other words, which may name a method. A name that
/// ends in two underscores was ` %` or `(%)` before a program made it a field's name. `None` for
/// what is no analysis of one element: only elements, oxides and carbonates are (not `H2O`,
/// `FeS2`, `LOI`, `O18`).
///
/// By hand: one percent of BaO is 10,000 ppm x 137.33 / (137.33 + 15.999) of barium.
/// ```
/// use paydirt_core::assay::unit::{Unit, analyte};
/// let barium = analyte("BaO__").unwrap();
/// assert_eq!((barium.element, barium.unit), ("Ba", Some(Unit::Percent)));
/// assert!((barium.ppm(1.0, Unit::Percent) - 8956.6).abs() < 0.1);
/// assert_eq!(analyte("Au (ppb)").unwrap().unit, Some(Unit::Ppb));
/// assert!(analyte("LOI_ppm").is_none());
/// ```
#[must_use]
pub fn analyte(header: &str) -> Option<Analyte> {
    let header = header.trim();
    let length = header.find(|letter: char| !letter.is_ascii_alphanumeric());
    let (name, rest) = header.split_at(length.unwrap_or(header.len()));
    let (element, form, share, total) = as_total(name).or_else(|| form_of(name, false))?;
    let total = total || words(rest).any(|word| ["tot", "total", "*"].contains(&word.as_str()));
    Some(Analyte { element, form, total, unit: unit(rest), share })
}

impl Analyte {
    /// Parts of a million of the element, given a number of the column.
    #[must_use]
    pub const fn ppm(&self, value: f64, unit: Unit) -> f64 {
        value * unit.ppm() * self.share
    }

    /// Whether the element was reported as itself.
    #[must_use]
    pub fn elemental(&self) -> bool {
        self.form == self.element
    }
}

/// The form without a mark of total iron (`Fe2O3T`, `TFe2O3`, `FeOt`).
fn as_total(name: &str) -> Option<(&'static str, String, f64, bool)> {
    let ends = ["tot", "T", "t"].iter().find_map(|end| name.strip_suffix(end));
    let bare = ends.or_else(|| name.strip_prefix('T'))?;
    let (element, form, share, _) = form_of(bare, true)?;
    (element == "Fe").then_some((element, form, share, true))
}

/// The element that a formula stands for, the formula as it should be written, and its share.
fn form_of(name: &str, exact: bool) -> Option<(&'static str, String, f64, bool)> {
    let either = || formula::atoms_in_any_case(name).filter(|_| !exact);
    let readings = [formula::atoms(name), either()];
    readings.into_iter().flatten().find_map(|atoms| {
        let element = analysed(&atoms)?;
        let form = atoms.iter().map(|(symbol, count)| match count {
            1 => (*symbol).to_owned(),
            count => format!("{symbol}{count}"),
        });
        Some((element, form.collect(), formula::share(&atoms, element)?, false))
    })
}

/// The element of which a compound is the usual form of report.
fn analysed(atoms: &[(&'static str, u32)]) -> Option<&'static str> {
    match *atoms {
        // `CO` is how some write cobalt; nobody reports oxides of nitrogen, and water is no ore
        [("C", 1), ("O", 2)] => Some("C"),
        [("C" | "N" | "H" | "O", _), ("O", _)] => None,
        [(element, 1)] if !matches!(element, "H" | "O") => Some(element),
        [(element, _), ("O", _)] | [(element, _), ("C", _), ("O", _)] => Some(element),
        _ => None,
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let parts = |letter: char| !(letter.is_alphanumeric() || "%/*".contains(letter));
    text.split(parts).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// The unit named among the words after the formula.
fn unit(rest: &str) -> Option<Unit> {
    let words: Vec<String> = words(rest).collect();
    if words.is_empty() {
        return rest.starts_with("__").then_some(Unit::Percent);
    }
    let pairs = words.windows(2).map(|pair| pair.concat());
    pairs.chain(words.iter().cloned()).find_map(|word| Unit::parse(&word))
}
