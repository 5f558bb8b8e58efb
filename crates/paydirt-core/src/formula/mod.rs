//! Formulas over layers: `(b4 + b6) / b5`, `log10(th / k)`, `where(ndvi < 0.3, kaolinite, missing)`.
//!
//! Numbers; names of layers (letters, digits and `_`; others in quotes); `+ - * /` and `^`, which
//! groups from the right and binds tighter than a minus sign (`-b4 ^ 2` is `-(b4 ^ 2)`);
//! comparisons `< <= > >= == !=`; `and`, `or`, `not`; the constants `pi` and `missing`; and the
//! functions `min`, `max` (of two or more), `abs`, `sqrt`, `exp`, `log` (natural), `log10`, `log2`,
//! `sin` and `cos` (of radians), `atan2(northward, eastward)`, `clamp(value, low, high)`,
//! `where(condition, yes, no)` and `is_missing(value)`. A formula is read and checked before it
//! runs: a condition is no number, nor a number a condition. One that is a condition can be a mask.
//!
//! Where an operand is missing the result is missing, of `and` and `or` too; only `is_missing` says
//! so, and `where` asks nothing of what it does not choose. What has no value (a division by zero,
//! the logarithm of zero) is missing and counted by its cause.
//!
//! An own language: of evalexpr 13.1, meval 0.2, fasteval 0.2 and exmex 0.21 none knows missing
//! values, counts why there is no value, or computes a block at a time (and evalexpr is under the
//! AGPL).

mod evaluate;
mod operation;
mod parse;
mod print;
mod token;

use crate::{Error, Result};
use operation::{Kind, Operation};

pub use evaluate::{Evaluated, Trouble};

/// A formula that was read and checked.
///
/// ```
/// use paydirt_core::formula::{Formula, Trouble};
/// let ratio = Formula::parse("(b4 + b6)/b5")?;
/// assert_eq!(ratio.names(), ["b4", "b6", "b5"]);
/// assert_eq!(ratio.to_string(), "(b4 + b6) / b5");
/// let found = ratio.evaluate(&[&[1.0, 2.0, 3.0], &[5.0, 6.0, f32::NAN], &[3.0, 0.0, 1.0]])?;
/// assert_eq!(found.values[0], 2.0);
/// assert!(found.values[1].is_nan() && found.values[2].is_nan());
/// assert_eq!(found.trouble, [(Trouble::DivisionByZero, 1)]);
/// # Ok::<(), paydirt_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Formula {
    source: String,
    names: Vec<String>,
    /// Where each name first stands in the source, in characters.
    places: Vec<usize>,
    operations: Vec<Operation>,
    kind: Kind,
}

/// Equal formulas do the same in the same order, however they are written.
impl PartialEq for Formula {
    fn eq(&self, other: &Self) -> bool {
        (&self.names, &self.operations) == (&other.names, &other.operations)
    }
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// [`Error::Formula`], which shows the place and says what was expected there.
    pub fn parse(source: &str) -> Result<Self> {
        parse::parse(source)
    }

    /// The layers it needs, each once, in the order of their first use.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether it is a condition: 1 where it holds, else 0. Such a formula can be a mask.
    #[must_use]
    pub fn is_condition(&self) -> bool {
        self.kind == Kind::Truth
    }

    /// Refuses a formula that names another layer than those that there are.
    ///
    /// # Errors
    /// [`Error::Formula`], which shows the place and names the layers, the nearest one first.
    pub fn require_known(&self, layers: &[&str]) -> Result<()> {
        let unknown = |(name, _): &(&String, &usize)| !layers.contains(&name.as_str());
        match self.names.iter().zip(&self.places).find(unknown) {
            None => Ok(()),
            Some((name, place)) => {
                let reason = format!("no layer is named `{name}` ({})", nearest(name, layers));
                Err(trouble_at(&self.source, *place, reason))
            }
        }
    }

    /// Refuses a formula that is a number where a condition is needed.
    ///
    /// # Errors
    /// [`Error::Formula`].
    pub fn require_condition(&self) -> Result<()> {
        if self.is_condition() {
            return Ok(());
        }
        let reason = "a mask is a condition such as `ndvi < 0.4`, but this is a number";
        Err(trouble_at(&self.source, 0, reason))
    }
}

/// The names that there are, after the one that was probably meant.
#[must_use]
pub fn nearest(name: &str, known: &[&str]) -> String {
    let close = |other: &&str| distance(name, other) <= (name.chars().count() / 3).max(1);
    let best = known.iter().copied().min_by_key(|other| distance(name, other)).filter(close);
    let guess = best.map_or_else(String::new, |best| format!("did you mean `{best}`? "));
    format!("{guess}there are: {}", known.join(", "))
}

/// How many letters two names differ by.
pub(crate) fn distance(name: &str, other: &str) -> usize {
    strsim::osa_distance(&name.to_lowercase(), &other.to_lowercase())
}

/// An error that shows a place of a formula, counted in characters from 0.
fn trouble_at(source: &str, place: usize, reason: impl Into<String>) -> Error {
    /// Characters shown before and after the place.
    const SHOWN: usize = 40;
    let from = place.saturating_sub(SHOWN);
    let blank = |letter: char| if letter.is_control() { ' ' } else { letter };
    let shown: String = source.chars().skip(from).take(2 * SHOWN).map(blank).collect();
    let pointer = format!("{shown}\n    {}^", " ".repeat(place - from));
    Error::Formula { reason: reason.into(), character: place + 1, pointer }
}
