//! What the trees step down.

use paydirt_core::trees::Entry;

use crate::columns::probability;

/// The samples' labels and weights, and the loss over them.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) deposit: &'a [bool],
    /// With a prior, those of [`crate::weight::class_means`].
    pub(super) weight: &'a [f64],
    /// The share of deposits among the unlabelled samples, where the loss is `nnpu`.
    pub(super) prior: Option<f64>,
}

/// `ln(1 + e^margin)`: the log loss of a sample that is no deposit.
fn softplus(margin: f64) -> f64 {
    margin.max(0.0) + (-margin.abs()).exp().ln_1p()
}

impl Target<'_> {
    fn sum(&self, rows: &[u32], class: bool, of: impl Fn(usize) -> f64) -> f64 {
        let rows = rows.iter().map(|row| *row as usize);
        rows.filter(|row| self.deposit[*row] == class).map(|row| self.weight[row] * of(row)).sum()
    }

    /// The log odds before any tree: of the weight, or of the prior.
    pub(super) fn base(&self, rows: &[u32]) -> f64 {
        match self.prior {
            Some(prior) => (prior / (1.0 - prior)).ln(),
            None => (self.sum(rows, true, |_| 1.0) / self.sum(rows, false, |_| 1.0)).ln(),
        }
    }

    /// The risk of the barren ground: of the unlabelled samples, less that of the deposits among them.
    fn barren_risk(&self, rows: &[u32], margin: &[f64]) -> f64 {
        let risk = |class| self.sum(rows, class, |row| softplus(margin[row]));
        risk(false) - risk(true)
    }

    /// The loss of rows, summed by weight.
    pub(super) fn loss(&self, rows: &[u32], margin: &[f64]) -> f64 {
        let of_deposits = self.sum(rows, true, |row| softplus(-margin[row]));
        let of_others = match self.prior {
            Some(_) => self.barren_risk(rows, margin).max(0.0),
            None => self.sum(rows, false, |row| softplus(margin[row])),
        };
        of_deposits + of_others
    }

    /// Samples with the first derivatives of their loss, and the second or what bounds it.
    pub(super) fn entries(&self, rows: &[u32], margin: &[f64]) -> Vec<Entry<[f64; 2]>> {
        let is_negative = self.prior.is_some() && self.barren_risk(rows, margin) < 0.0;
        let entry = |&row: &u32| {
            let (deposit, weight) = (self.deposit[row as usize], self.weight[row as usize]);
            let p = probability(margin[row as usize]);
            // what bounds a step, where the risk itself is straight or bends down
            let (bound, curve) = (0.25, p * (1.0 - p).max(0.25));
            let (first, second) = match (self.prior.is_some(), deposit) {
                (false, deposit) => (p - f64::from(u8::from(deposit)), p * (1.0 - p)),
                (true, true) if is_negative => (p, curve),
                (true, false) if is_negative => (-p, bound),
                (true, true) => (-1.0, bound),
                (true, false) => (p, curve),
            };
            Entry { row, target: [weight * first, weight * second], weight }
        };
        rows.iter().map(entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kiryo and others 2017, equation 6, by hand, with the log loss.
    #[test]
    fn the_risk_is_the_published_one_and_its_slope_that_of_small_steps() {
        let deposit = [true, true, false, false, false];
        let (prior, n) = (0.3, 5.0);
        let weight = [prior * n / 2.0, prior * n / 2.0, n / 3.0, n / 3.0, n / 3.0];
        let target = Target { deposit: &deposit, weight: &weight, prior: Some(prior) };
        let rows = [0, 1, 2, 3, 4];
        let loss = |z: f64| (1.0 + (-z).exp()).ln();
        for (margin, is_negative) in
            [([0.5, -1.0, -0.5, 0.2, 1.0], false), ([4.0, 3.0, -3.0, -2.0, -4.0], true)]
        {
            let of_deposits = |sign: f64| (loss(sign * margin[0]) + loss(sign * margin[1])) / 2.0;
            let of_others = (loss(-margin[2]) + loss(-margin[3]) + loss(-margin[4])) / 3.0;
            let barren = of_others - prior * of_deposits(-1.0);
            assert_eq!(barren < 0.0, is_negative);
            let by_hand = n * (prior * of_deposits(1.0) + barren.max(0.0));
            assert!((target.loss(&rows, &margin) - by_hand).abs() < 1e-12);
            // of what is stepped down: the unbounded risk, or where it is negative, less its barren part
            let objective = |margin: &[f64]| {
                let barren = target.barren_risk(&rows, margin);
                let deposits = target.sum(&rows, true, |row| softplus(-margin[row]));
                if is_negative { -barren } else { deposits + barren }
            };
            for (row, entry) in target.entries(&rows, &margin).iter().enumerate() {
                let mut moved = margin;
                moved[row] += 1e-6;
                let slope = (objective(&moved) - objective(&margin)) / 1e-6;
                assert!((slope - entry.target[0]).abs() < 1e-5, "{row}: {slope}");
            }
        }
    }
}
