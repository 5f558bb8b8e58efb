//! The training side of a fold, parted anew.

use std::ops::Range;

use super::{Part, Split, Territory};
use crate::Result;
use crate::label::Sample;
use crate::seed::Seed;
use crate::stack::Stack;

impl Split {
    /// Parts the ground of a training side anew by the same split with the same buffer, into so many
    /// folds at most: what is chosen on them has seen nothing of the fold that is held out outside
    /// (Varma and Simon 2006, DOI 10.1186/1471-2105-7-91). Only its samples may be given.
    ///
    /// Splits that hold samples out one by one would make as many folds as samples: those are held out
    /// together with their neighbours in the split's order. Years of discovery are cut anew, by those of
    /// the training side.
    ///
    /// # Errors
    /// As [`super::Splitter::part`].
    pub fn part_inside(
        &self,
        stack: &dyn Stack,
        samples: &[Sample],
        folds: usize,
        seed: Seed,
    ) -> Result<Box<dyn Territory>> {
        let mut inside = self.clone();
        match &mut inside {
            Self::Blocks(settings) => settings.folds = folds,
            Self::Provinces(settings) => settings.folds = folds,
            Self::Clusters(settings) => settings.folds = folds,
            Self::NearestDistance(settings) => settings.folds = folds,
            Self::Discovery(settings) => {
                settings.folds = folds;
                settings.years.clear();
            }
            Self::LeaveOneGroupOut(_) | Self::LeaveOneDepositOut(_) | Self::LeavePairOut(_) => {}
        }
        let territory = inside.part(stack, samples, seed)?;
        Ok(if territory.folds() > folds {
            Box::new(Merged { territory, folds })
        } else {
            territory
        })
    }
}

/// Folds held out some at a time.
struct Merged {
    territory: Box<dyn Territory>,
    folds: usize,
}

impl Merged {
    /// The folds that are held out together.
    fn of(&self, fold: usize) -> Range<usize> {
        let all = self.territory.folds();
        all * fold / self.folds..all * (fold + 1) / self.folds
    }
}

impl Territory for Merged {
    fn folds(&self) -> usize {
        self.folds
    }

    fn holds_out(&self, unit: usize, fold: usize) -> bool {
        self.of(fold).any(|fold| self.territory.holds_out(unit, fold))
    }

    fn may_train(&self, unit: usize, fold: usize) -> bool {
        self.of(fold).all(|fold| self.territory.may_train(unit, fold))
    }

    fn group(&self, unit: usize) -> u64 {
        self.territory.group(unit)
    }

    fn parts(&self) -> Vec<Part> {
        let merged = |part: Part| {
            let fold = (0..self.folds).find(|fold| self.of(*fold).contains(&part.fold));
            Part { fold: fold.unwrap_or(part.fold), ..part }
        };
        self.territory.parts().into_iter().map(merged).collect()
    }

    fn pooled(&self) -> bool {
        self.territory.pooled()
    }

    fn warnings(&self) -> Vec<String> {
        self.territory.warnings()
    }

    fn notes(&self) -> Vec<String> {
        self.territory.notes()
    }
}
