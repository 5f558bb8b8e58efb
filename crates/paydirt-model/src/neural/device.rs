//! The device that networks run on, chosen in one place for the whole program.
//!
//! The CPU is always there: burn's `flex`, whose matrix products take AVX2, FMA or AVX-512 by what the
//! processor says at run time. Another device is a feature of the build (`--features cuda`, `vulkan` or
//! `metal`). On the CPU results have the same bits on any number of threads; on other devices they agree
//! to rounding only.

use std::sync::OnceLock;

use burn_tensor::Device;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Where networks run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The processor.
    #[default]
    Cpu,
    /// A card of NVIDIA, by CUDA.
    Cuda,
    /// A graphics card, by Vulkan.
    Vulkan,
    /// A graphics card of Apple.
    Metal,
}

/// What was chosen for the program.
static CHOSEN: OnceLock<Kind> = OnceLock::new();

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cpu, Self::Cuda, Self::Vulkan, Self::Metal];

    /// Its name, as the command line takes it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::Vulkan => "vulkan",
            Self::Metal => "metal",
        }
    }

    /// Those that this program was built for and that this machine has.
    #[must_use]
    pub fn present() -> Vec<Self> {
        Self::ALL.into_iter().filter(|kind| kind.device().is_some()).collect()
    }

    /// The first device of this kind, where there is one.
    fn device(self) -> Option<Device> {
        match self {
            Self::Cpu => Some(Device::flex()),
            #[cfg(feature = "cuda")]
            Self::Cuda => first(burn_tensor::DeviceType::Cuda),
            #[cfg(not(feature = "cuda"))]
            Self::Cuda => None,
            #[cfg(feature = "vulkan")]
            Self::Vulkan => first(burn_tensor::DeviceType::Vulkan),
            #[cfg(not(feature = "vulkan"))]
            Self::Vulkan => None,
            #[cfg(feature = "metal")]
            Self::Metal => first(burn_tensor::DeviceType::Metal),
            #[cfg(not(feature = "metal"))]
            Self::Metal => None,
        }
    }
}

/// The first device of a type. A driver that is not installed makes its binding panic: no device.
#[cfg(any(feature = "cuda", feature = "vulkan", feature = "metal"))]
fn first(kind: burn_tensor::DeviceType) -> Option<Device> {
    let list = std::panic::catch_unwind(|| Device::enumerate(kind).into_vec()).ok()?;
    list.into_iter().next()
}

impl std::str::FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let kind = Self::ALL.into_iter().find(|kind| kind.key() == text);
        kind.ok_or_else(|| absent(text))
    }
}

fn absent(found: &str) -> Error {
    let present: Vec<&str> = Kind::present().into_iter().map(Kind::key).collect();
    Error::NoDevice { found: found.into(), present: present.join("`, `") }
}

/// Chooses the device for the whole program; once, before the first network.
///
/// # Errors
/// [`Error::NoDevice`] where the machine or the build has none of this kind, or another was chosen.
pub fn choose(kind: Kind) -> Result<()> {
    if kind.device().is_none() || *CHOSEN.get_or_init(|| kind) != kind {
        return Err(absent(kind.key()));
    }
    Ok(())
}

/// The chosen kind of device, or the CPU.
#[must_use]
pub fn chosen_kind() -> Kind {
    CHOSEN.get().copied().unwrap_or(Kind::Cpu)
}

/// The chosen device, or the CPU.
pub(crate) fn chosen() -> Device {
    CHOSEN.get().and_then(|kind| kind.device()).unwrap_or_else(Device::flex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_there_is_refused_with_those_that_are() {
        assert_eq!("cpu".parse::<Kind>().unwrap(), Kind::Cpu);
        let error = "tpu".parse::<Kind>().unwrap_err();
        assert!(error.to_string().contains("`tpu`") && error.hint().unwrap().contains("`cpu`"));
        assert!(Kind::present().contains(&Kind::Cpu));
        #[cfg(not(feature = "metal"))]
        assert!(matches!(choose(Kind::Metal), Err(Error::NoDevice { .. })));
    }
}
