//! The neural core: networks, one training loop for all of them, windows of the ground, and what is
//! asked of a fitted network.
//!
//! The tensors are burn's; layers, optimisers and the loop are here, so that a fit is a function of its
//! seed alone: no generator is shared between fits, and every random number of a step derives from the
//! seed and the step's number. On the CPU the same seed gives the same bits on any number of threads,
//! and an interrupted fit goes on to the same bits.

pub mod attribution;
mod channels;
pub mod classifier;
pub mod cnn;
pub(crate) mod dense;
pub mod device;
pub mod exchange;
mod ground;
mod hold_out;
mod kept;
mod kernels;
pub mod layers;
pub mod loss;
pub mod masked_autoencoder;
pub mod mlp;
pub mod parameters;
mod pass;
pub mod patches;
#[cfg(test)]
mod reference;
pub mod rows;
pub mod spectral;
pub mod tile_vit;
pub mod train;
pub mod transformer;
pub mod unet;
pub mod vit;
pub mod weights;
mod window;

pub use self::channels::Channels;
pub use self::ground::{
    Around, Ground, GroundLayer, Mapped, MemoryGround, OnGround, Placed, Shuffled,
};
pub(crate) use self::hold_out::hold_out;
pub(crate) use self::kept::Kept;
pub use self::pass::{Pass, tensor, to_numbers};
pub use self::window::{TURNS, WindowShape, Windows};
