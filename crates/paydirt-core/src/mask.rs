//! A set of cells, one bit each.

/// Which units (cells of the grid, or rows of a table) are in a set: one bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    len: usize,
    words: Vec<u64>,
}

impl Mask {
    /// A set of `len` units, all in or all out.
    #[must_use]
    pub fn new(len: usize, all: bool) -> Self {
        Self { len, words: vec![if all { u64::MAX } else { 0 }; len.div_ceil(64)] }
    }

    /// The set of units for which `inside` holds.
    #[must_use]
    pub fn from_fn(len: usize, inside: impl Fn(usize) -> bool) -> Self {
        let mut mask = Self::new(len, false);
        for unit in 0..len {
            if inside(unit) {
                mask.set(unit, true);
            }
        }
        mask
    }

    /// How many units there are, in the set or not.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no units at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether a unit is in the set. Units past the end are not.
    #[must_use]
    pub fn get(&self, unit: usize) -> bool {
        unit < self.len && self.words[unit / 64] >> (unit % 64) & 1 == 1
    }

    /// Puts a unit in the set or takes it out.
    pub fn set(&mut self, unit: usize, inside: bool) {
        if unit < self.len {
            let bit = 1 << (unit % 64);
            if inside {
                self.words[unit / 64] |= bit;
            } else {
                self.words[unit / 64] &= !bit;
            }
        }
    }

    /// How many units are in the set.
    #[must_use]
    pub fn count(&self) -> usize {
        self.iter().count()
    }

    /// The units in the set, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(move |(word, &bits)| {
            std::iter::successors((bits != 0).then_some(bits), |b| {
                let rest = b & (b - 1);
                (rest != 0).then_some(rest)
            })
            .map(move |b| word * 64 + b.trailing_zeros() as usize)
            .take_while(|&unit| unit < self.len)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_lists_what_was_set() {
        let mut mask = Mask::from_fn(130, |unit| unit % 63 == 0);
        assert_eq!(mask.iter().collect::<Vec<_>>(), [0, 63, 126]);
        mask.set(63, false);
        mask.set(129, true);
        assert_eq!((mask.count(), mask.get(129), mask.get(130)), (3, true, false));
        assert_eq!(Mask::new(70, true).count(), 70);
        assert_eq!(mask.iter().collect::<Vec<_>>(), [0, 126, 129]);
    }
}
