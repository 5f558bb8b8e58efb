//! The numbers of a fitted network, as they are saved with a model.

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::parameters::{Parameters, Spec};
use super::weights::Named;

/// All numbers of a network in the order of its parameters: bytes in a binary file, numbers in text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kept(Vec<f32>);

impl Kept {
    pub(crate) fn of(parameters: &Parameters) -> Self {
        Self(parameters.numbers().concat())
    }

    /// Numbers in the order of the parameters.
    pub(crate) const fn from_numbers(numbers: Vec<f32>) -> Self {
        Self(numbers)
    }

    /// The numbers.
    pub(crate) fn numbers(&self) -> &[f32] {
        &self.0
    }

    /// The numbers of each parameter, by name.
    pub(crate) fn by_name(&self, specs: &[Spec]) -> crate::Result<Named> {
        let mut rest = &self.0[..];
        let mut named = Named::new();
        for spec in specs {
            let Some((numbers, others)) = rest.split_at_checked(spec.len()) else { break };
            named.push((spec.clone(), numbers.to_vec()));
            rest = others;
        }
        if named.len() == specs.len() && rest.is_empty() {
            return Ok(named);
        }
        let reason = "the numbers are not those of this network".into();
        Err(crate::Error::Weights { what: "the network".into(), reason })
    }

    /// Puts the numbers into a network of the same parameters.
    pub(crate) fn load(&self, parameters: &mut Parameters) -> crate::Result<()> {
        let named = self.by_name(parameters.specs())?;
        let numbers: Vec<Vec<f32>> = named.into_iter().map(|(_, numbers)| numbers).collect();
        parameters.load(&numbers)
    }

    /// Refuses numbers that are not finite.
    pub(crate) fn check(&self) -> std::result::Result<(), String> {
        match self.0.iter().all(|number| number.is_finite()) {
            true => Ok(()),
            false => Err("a weight is not a finite number".into()),
        }
    }
}

impl Serialize for Kept {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        if out.is_human_readable() {
            return self.0.serialize(out);
        }
        let bytes: Vec<u8> = self.0.iter().flat_map(|number| number.to_le_bytes()).collect();
        out.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match from.is_human_readable() {
            true => Vec::deserialize(from).map(Self),
            false => from.deserialize_bytes(Bytes),
        }
    }
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = Kept;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the bytes of 32-bit floats")
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Kept, E> {
        if !bytes.len().is_multiple_of(4) {
            return Err(E::custom("the weights end within a number"));
        }
        let numbers = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        Ok(Kept(numbers.collect()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut bytes: A) -> Result<Kept, A::Error> {
        let mut all: Vec<u8> = Vec::new();
        while let Some(byte) = bytes.next_element()? {
            all.push(byte);
        }
        self.visit_bytes::<A::Error>(&all)
    }
}
