//! Operations of our own on the CPU, where burn's are slow: each is one step forward and one back, over
//! memory as few times as can be. What is no 32-bit float on the CPU goes through burn's operations.
//!
//! `python3 benches/neural.py` says what it is worth. The bits do not depend on the number of threads: work
//! is parted by the shape alone, and sums of parts are taken in their order.

mod attention;
mod batch;
mod bridge;
mod convolution;
mod doubled;
mod linear;
mod norm;
mod planes;
mod product;
mod small;
mod step;
mod strips;
#[cfg(test)]
mod tests;
mod vector;

pub(crate) use self::attention::attention;
pub(crate) use self::batch::{Spread, Then, batch_norm};
pub(crate) use self::convolution::convolution;
pub(crate) use self::doubled::doubled_beside;
pub(crate) use self::linear::{linear, linear_gelu, linear_onto};
pub(crate) use self::norm::layer_norm;
pub(crate) use self::step::{Factors, step};
