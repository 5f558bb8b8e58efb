//! The nearest of the samples that were met so far.

use serde::{Deserialize, Serialize};

use super::Weights;

/// Votes of a sample or of several: those of deposits, and all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Votes {
    deposits: f64,
    all: f64,
}

impl Votes {
    pub(super) fn of(weight: f64, deposit: bool) -> Self {
        Self { deposits: if deposit { weight } else { 0.0 }, all: weight }
    }

    fn add(&mut self, other: Self, times: f64) {
        self.deposits += times * other.deposits;
        self.all += times * other.all;
    }
}

/// The nearest samples of one row, and those that tie with the last of them but have no place.
#[derive(Clone, Debug)]
pub(super) struct Neighbours {
    places: usize,
    /// Squared distance and votes, nearest first.
    nearest: Vec<(f32, Votes)>,
    tied: Votes,
    tied_count: usize,
}

impl Neighbours {
    pub(super) fn new(places: usize) -> Self {
        let nearest = Vec::with_capacity(places + 1);
        Self { places, nearest, tied: Votes::default(), tied_count: 0 }
    }

    /// The squared distance that another sample may have at most to be of use.
    fn farthest(&self) -> f32 {
        match self.nearest.last() {
            Some((square, _)) if self.nearest.len() == self.places => *square,
            _ => f32::INFINITY,
        }
    }

    /// Meets a sample; returns the squared distance that the next may have at most to be of use.
    pub(super) fn meet(&mut self, square: f32, votes: Votes) -> f32 {
        let farthest = self.farthest();
        if square < farthest || self.nearest.len() < self.places {
            let place = self.nearest.partition_point(|(nearer, _)| *nearer <= square);
            self.nearest.insert(place, (square, votes));
            if self.nearest.len() > self.places
                && let Some((dropped, votes)) = self.nearest.pop()
            {
                if dropped > self.farthest() {
                    (self.tied, self.tied_count) = (Votes::default(), 0);
                } else {
                    self.tie(votes);
                }
            }
        } else if square == farthest {
            self.tie(votes);
        }
        self.farthest()
    }

    fn tie(&mut self, votes: Votes) {
        self.tied.add(votes, 1.0);
        self.tied_count += 1;
    }

    /// The deposits' share of the votes. Those that tie for the last places share them.
    pub(super) fn score(&self, weights: Weights) -> f64 {
        let (Some((first, _)), Some((last, _))) = (self.nearest.first(), self.nearest.last())
        else {
            return 0.0;
        };
        let worth = |square: f32| match weights {
            Weights::Uniform => 1.0,
            Weights::Distance if *first == 0.0 => f64::from(u8::from(square == 0.0)),
            Weights::Distance => (f64::from(*first) / f64::from(square)).sqrt(),
        };
        let nearer = self.nearest.partition_point(|(square, _)| square < last);
        let mut sum = Votes::default();
        for (square, votes) in &self.nearest[..nearer] {
            sum.add(*votes, worth(*square));
        }
        let mut tied = self.tied;
        self.nearest[nearer..].iter().for_each(|(_, votes)| tied.add(*votes, 1.0));
        let places = self.nearest.len() - nearer;
        let share = places as f64 / (places + self.tied_count) as f64;
        sum.add(tied, share * worth(*last));
        // Votes so far away that they are 0 in floating point leave no score of their own.
        if sum.all > 0.0 { (sum.deposits / sum.all).min(1.0) } else { 0.0 }
    }
}
