//! Formulas over blocks of cells: operation by operation, a thousand cells at a time.

use std::fmt;

use rayon::prelude::*;

use super::Formula;
use super::operation::{Binary, Operation, Unary};
use crate::{Error, Result};

/// Cells that go through all operations at once: what they need stays in the fastest memory.
const CHUNK: usize = 1024;
/// Cells of one piece of parallel work.
const PIECE: usize = 32 * CHUNK;

/// Why a formula has no value where its layers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Something was divided by zero, or zero was raised to a negative power.
    DivisionByZero,
    /// The logarithm of zero or of a negative number.
    Logarithm,
    /// The square root of a negative number.
    Root,
    /// A negative number was raised to a power that is not whole.
    Power,
    /// The result is too large to be stored.
    Overflow,
}

impl Trouble {
    /// Every cause, in the order in which they are listed.
    pub const ALL: [Self; 5] =
        [Self::DivisionByZero, Self::Logarithm, Self::Root, Self::Power, Self::Overflow];

    /// How a cell notes it.
    const fn state(self) -> u8 {
        MISSING + 1 + self as u8
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DivisionByZero => "division by zero",
            Self::Logarithm => "logarithm of zero or less",
            Self::Root => "square root of a negative number",
            Self::Power => "fractional power of a negative number",
            Self::Overflow => "result too large",
        })
    }
}

/// What a formula makes of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluated {
    /// One value a cell, NaN where there is none; of a condition 1 where it holds, else 0.
    pub values: Vec<f32>,
    /// For each cause that was met, how many cells have no value because of it.
    pub trouble: Vec<(Trouble, usize)>,
}

/// States of a cell: known, missing in a layer, and over that a trouble.
const KNOWN: u8 = 0;
const MISSING: u8 = 1;

/// An operand of a chunk of cells. Where `states` is not [`KNOWN`], the value means nothing.
#[derive(Clone)]
struct Plane {
    values: [f64; CHUNK],
    states: [u8; CHUNK],
}

impl Formula {
    /// Computes the formula for each cell of a block. `layers` holds one block a name of
    /// [`Formula::names`], in that order: 32-bit floats of which those that are not finite are
    /// missing. It computes in 64 bits and compares in 32.
    ///
    /// # Errors
    /// [`Error::GridMismatch`] for another number of blocks, or blocks of unequal length.
    pub fn evaluate(&self, layers: &[&[f32]]) -> Result<Evaluated> {
        let cells = layers.first().map_or(0, |layer| layer.len());
        let unequal = layers.iter().any(|layer| layer.len() != cells);
        if unequal || layers.len() != self.names.len() {
            return Err(Error::GridMismatch {
                layer: self.to_string(),
                found: format!("{:?} cells", layers.iter().map(|l| l.len()).collect::<Vec<_>>()),
                expected: format!("{} blocks of equal length", self.names.len()),
            });
        }
        let mut values = vec![0.0; cells];
        let counts = values
            .par_chunks_mut(PIECE)
            .enumerate()
            .map(|(piece, out)| self.piece(layers, piece * PIECE, out))
            .reduce(Default::default, |a, b| std::array::from_fn(|cause| a[cause] + b[cause]));
        let trouble = Trouble::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0);
        Ok(Evaluated { values, trouble: trouble.collect() })
    }

    /// Fills a piece that begins at a cell of the block; cells of each trouble.
    fn piece(&self, layers: &[&[f32]], first: usize, out: &mut [f32]) -> [usize; 5] {
        let mut stack = Vec::new();
        let mut counts = [0; 5];
        for (chunk, out) in out.chunks_mut(CHUNK).enumerate() {
            let start = first + chunk * CHUNK;
            let mut used = 0;
            for operation in &self.operations {
                let layer = match operation {
                    Operation::Layer(index) => &layers[*index][start..start + out.len()],
                    _ => &[],
                };
                used = apply(*operation, layer, &mut stack, used);
            }
            if let Some(result) = stack.first() {
                finish(result, out, &mut counts);
            }
        }
        counts
    }
}

/// Does one operation on the topmost of `used` planes of the stack; how many are then used.
fn apply(operation: Operation, layer: &[f32], stack: &mut Vec<Plane>, used: usize) -> usize {
    let first = used - operation.operands();
    if first == stack.len() {
        stack.push(Plane { values: [0.0; CHUNK], states: [KNOWN; CHUNK] });
    }
    let (target, others) = stack[first..].split_at_mut(1);
    let target = &mut target[0];
    match operation {
        Operation::Number(value) => {
            (target.values, target.states) = ([value; CHUNK], [KNOWN; CHUNK]);
        }
        Operation::Missing => target.states = [MISSING; CHUNK],
        Operation::Layer(_) => load(target, layer),
        Operation::Unary(sign) => unary(sign, target),
        Operation::Binary(operator) => binary(operator, target, &others[0]),
        Operation::Clamp => {
            binary(Binary::Max, target, &others[0]);
            binary(Binary::Min, target, &others[1]);
        }
        Operation::Where => choose(target, &others[0], &others[1]),
    }
    first + 1
}

fn load(target: &mut Plane, layer: &[f32]) {
    for ((value, state), stored) in target.values.iter_mut().zip(&mut target.states).zip(layer) {
        *value = f64::from(*stored);
        *state = if stored.is_finite() { KNOWN } else { MISSING };
    }
}

fn finish(result: &Plane, out: &mut [f32], counts: &mut [usize; 5]) {
    for ((out, value), state) in out.iter_mut().zip(&result.values).zip(&result.states) {
        let value = *value as f32;
        let state = or_overflow(*state, value.is_finite());
        *out = if state == KNOWN { value } else { f32::NAN };
        if state > MISSING {
            counts[usize::from(state - MISSING - 1)] += 1;
        }
    }
}

/// A known value that is not finite has become too large.
fn or_overflow(state: u8, finite: bool) -> u8 {
    if state == KNOWN && !finite { Trouble::Overflow.state() } else { state }
}

/// Changes each value; `change` gives the value and its state.
fn map(plane: &mut Plane, change: impl Fn(f64) -> (f64, u8)) {
    for (value, state) in plane.values.iter_mut().zip(&mut plane.states) {
        let (changed, trouble) = change(*value);
        let trouble = or_overflow(trouble, changed.is_finite());
        *state = if *state == KNOWN { trouble } else { *state };
        *value = changed;
    }
}

/// Joins each value with another; where both have none, the left one says why.
fn join(left: &mut Plane, right: &Plane, both: impl Fn(f64, f64) -> (f64, u8)) {
    let values = left.values.iter_mut().zip(&right.values);
    let states = left.states.iter_mut().zip(&right.states);
    for ((left, right), (state, other)) in values.zip(states) {
        let (joined, trouble) = both(*left, *right);
        let trouble = or_overflow(trouble, joined.is_finite());
        let other = if *other == KNOWN { trouble } else { *other };
        *state = if *state == KNOWN { other } else { *state };
        *left = joined;
    }
}

/// A trouble, where there is one.
fn when(holds: bool, trouble: Trouble) -> u8 {
    if holds { trouble.state() } else { KNOWN }
}

fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

fn unary(sign: Unary, plane: &mut Plane) {
    let log = |value: f64, result: f64| (result, when(value <= 0.0, Trouble::Logarithm));
    match sign {
        Unary::Negate => map(plane, |value| (-value, KNOWN)),
        Unary::Not => map(plane, |value| (1.0 - value, KNOWN)),
        Unary::IsMissing => {
            for (value, state) in plane.values.iter_mut().zip(&mut plane.states) {
                *value = truth(*state != KNOWN);
                *state = KNOWN;
            }
        }
        Unary::Abs => map(plane, |value| (value.abs(), KNOWN)),
        Unary::Sqrt => map(plane, |value| (value.sqrt(), when(value < 0.0, Trouble::Root))),
        Unary::Exp => map(plane, |value| (value.exp(), KNOWN)),
        Unary::Log => map(plane, |value| log(value, value.ln())),
        Unary::Log10 => map(plane, |value| log(value, value.log10())),
        Unary::Log2 => map(plane, |value| log(value, value.log2())),
        Unary::Sin => map(plane, |value| (value.sin(), KNOWN)),
        Unary::Cos => map(plane, |value| (value.cos(), KNOWN)),
    }
}

fn binary(operator: Binary, left: &mut Plane, right: &Plane) {
    let compared = |holds: fn(&f32, &f32) -> bool| {
        move |a: f64, b: f64| (truth(holds(&(a as f32), &(b as f32))), KNOWN)
    };
    match operator {
        Binary::Or => join(left, right, |a, b| (a.max(b), KNOWN)),
        Binary::And => join(left, right, |a, b| (a.min(b), KNOWN)),
        Binary::Less => join(left, right, compared(f32::lt)),
        Binary::AtMost => join(left, right, compared(f32::le)),
        Binary::Greater => join(left, right, compared(f32::gt)),
        Binary::AtLeast => join(left, right, compared(f32::ge)),
        Binary::Equal => join(left, right, compared(f32::eq)),
        Binary::Unequal => join(left, right, compared(f32::ne)),
        Binary::Add => join(left, right, |a, b| (a + b, KNOWN)),
        Binary::Subtract => join(left, right, |a, b| (a - b, KNOWN)),
        Binary::Multiply => join(left, right, |a, b| (a * b, KNOWN)),
        Binary::Divide => {
            join(left, right, |a, b| (a / b, when(b == 0.0, Trouble::DivisionByZero)));
        }
        Binary::Power => join(left, right, power),
        Binary::Min => join(left, right, |a, b| (a.min(b), KNOWN)),
        Binary::Max => join(left, right, |a, b| (a.max(b), KNOWN)),
        Binary::Atan2 => join(left, right, |a, b| (a.atan2(b), KNOWN)),
    }
}

fn power(base: f64, exponent: f64) -> (f64, u8) {
    // Squares are common, and several times faster so.
    let value = if exponent == 2.0 { base * base } else { base.powf(exponent) };
    let trouble = if base == 0.0 && exponent < 0.0 {
        Trouble::DivisionByZero.state()
    } else {
        when(base < 0.0 && exponent.fract() != 0.0, Trouble::Power)
    };
    (value, trouble)
}

/// Of each cell one of two values, as the condition says; the other may have any trouble.
fn choose(condition: &mut Plane, yes: &Plane, no: &Plane) {
    for cell in 0..CHUNK {
        let chosen = if condition.values[cell] == 0.0 { no } else { yes };
        if condition.states[cell] == KNOWN {
            condition.states[cell] = chosen.states[cell];
        }
        condition.values[cell] = chosen.values[cell];
    }
}
