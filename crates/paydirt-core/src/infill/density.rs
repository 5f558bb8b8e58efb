//! Densities of what is seen: normalised convolutions (Knutsson and Westin 1993, doi
//! 10.1109/CVPR.1993.341081).

use super::tile::{State, View};

/// Visibilities under this count as this: far from anything that is seen, densities go to 0.
const LEAST: f64 = 1e-3;

/// A Gaussian of a standard deviation in cells, cut at four of them, that sums to 1.
fn kernel(sigma_cells: f64) -> Vec<f64> {
    let reach = (4.0 * sigma_cells + 0.5) as i64;
    let weight = |away: i64| (-0.5 * (away as f64 / sigma_cells).powi(2)).exp();
    let weights: Vec<f64> = (-reach..=reach).map(weight).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// A square plane smoothed along rows and columns; nothing lies outside.
fn smoothed(plane: &[f64], side: usize, kernel: &[f64]) -> Vec<f64> {
    let reach = kernel.len() / 2;
    let along = |plane: &[f64]| -> Vec<f64> {
        // Along columns, the result turned over its diagonal: twice makes it whole.
        let mut out = vec![0.0; plane.len()];
        for col in 0..side {
            for row in 0..side {
                let (first, last) = (row.saturating_sub(reach), (row + reach).min(side - 1));
                let sum: f64 = (first..=last)
                    .map(|from| plane[from * side + col] * kernel[from + reach - row])
                    .sum();
                out[col * side + row] = sum;
            }
        }
        out
    };
    along(&along(plane))
}

/// The density of each species at each scale: the smoothed presence over the smoothed visibility, of what is
/// seen alone: `[scale][species][row][col]`. Scales are standard deviations in cells. Nothing outside of the
/// tile is seen.
#[must_use]
pub fn densities(view: &View, sigmas_cells: &[f64]) -> Vec<f32> {
    let planes = |species: usize, wanted: fn(State) -> bool| -> Vec<f64> {
        view.of(species).iter().map(|state| f64::from(u8::from(wanted(*state)))).collect()
    };
    let mut out = Vec::with_capacity(sigmas_cells.len() * view.states.len());
    for sigma in sigmas_cells {
        let kernel = kernel(*sigma);
        let mut whole: Option<Vec<f64>> = None;
        for species in 0..view.species {
            let present = planes(species, |state| state == State::Present);
            let seen = planes(species, |state| state != State::Hidden);
            let count = seen.iter().filter(|seen| **seen > 0.0).count();
            if count == 0 || present.iter().all(|present| *present == 0.0) {
                out.extend(std::iter::repeat_n(0.0, view.cells()));
                continue;
            }
            let present = smoothed(&present, view.side, &kernel);
            let seen = match count == view.cells() {
                true => whole.get_or_insert_with(|| smoothed(&seen, view.side, &kernel)).clone(),
                false => smoothed(&seen, view.side, &kernel),
            };
            out.extend(
                present.iter().zip(&seen).map(|(present, seen)| (present / seen.max(LEAST)) as f32),
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(states: Vec<State>, side: usize) -> View {
        View {
            side,
            species: states.len() / (side * side),
            states,
            auxiliary: Vec::new(),
            scans: Vec::new(),
        }
    }

    /// SciPy 1.17 `gaussian_filter(plane, 1.0, mode="constant")` of a single 1 in a 5 x 5 plane, over that of
    /// ones.
    #[test]
    fn densities_are_those_of_scipy() {
        let mut states = vec![State::Absent; 25];
        states[6] = State::Present;
        let found = densities(&view(states, 5), &[1.0]);
        let one = |away: i32| (-0.5 * f64::from(away * away)).exp();
        let all: f64 = (-4..=4).map(one).sum();
        let weight = |from: i32, to: i32| one(from - to) / all;
        let seen = |at: i32| (0..5).map(|from| weight(from, at)).sum::<f64>();
        for (cell, density) in found.iter().enumerate() {
            let (row, col) = (cell as i32 / 5, cell as i32 % 5);
            let expected = weight(1, row) * weight(1, col) / (seen(row) * seen(col));
            assert!((f64::from(*density) - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn what_is_hidden_counts_for_nothing() {
        let mut states = vec![State::Absent; 32];
        states[5] = State::Present;
        states[6] = State::Hidden;
        let with = densities(&view(states.clone(), 4), &[1.0, 3.0]);
        // Half of what is seen is present, whatever the hidden half holds.
        states[..16].fill(State::Hidden);
        states[0] = State::Present;
        let alone = densities(&view(states.clone(), 4), &[1.0]);
        assert!((alone[0] - 1.0).abs() < 1e-6);
        states[..16].fill(State::Hidden);
        assert!(densities(&view(states, 4), &[1.0])[..16].iter().all(|density| *density == 0.0));
        assert_eq!(with.len(), 64);
    }
}
