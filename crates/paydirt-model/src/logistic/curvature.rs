//! Derivatives of a loss, and the Newton step that they give.

/// Derivatives of the loss with its smooth penalties: first, and second as a square matrix of which
/// the lower triangle is filled.
pub(super) struct Curvature {
    pub(super) gradient: Vec<f64>,
    pub(super) hessian: Vec<f64>,
}

impl Curvature {
    /// Adds a row with the first and second derivative of its loss.
    pub(super) fn add(&mut self, numbers: &[f64], first: f64, second: f64) {
        let width = numbers.len();
        add_times(&mut self.gradient, first, numbers);
        for (term, number) in numbers.iter().enumerate() {
            let row = &mut self.hessian[term * width..=term * width + term];
            add_times(row, second * number, &numbers[..=term]);
        }
    }

    /// The second derivatives with both triangles filled.
    pub(super) fn square(&self) -> Vec<f64> {
        let width = self.gradient.len();
        let at = |i: usize, j: usize| self.hessian[i.max(j) * width + i.min(j)];
        (0..width * width).map(|place| at(place / width, place % width)).collect()
    }

    /// The step to the least of the quadratic model, by Cholesky factors. A column that the ones
    /// before it explain (collinear, constant) is left where it is.
    pub(super) fn newton_step(&self) -> Vec<f64> {
        let width = self.gradient.len();
        let mut factor = self.hessian.clone();
        for row in 0..width {
            for col in 0..=row {
                let (before, this) = factor.split_at(row * width);
                let left = if col == row { this } else { &before[col * width..] };
                let rest = this[col] - dot(&this[..col], &left[..col]);
                factor[row * width + col] = if col < row {
                    let pivot = factor[col * width + col];
                    if pivot > 0.0 { rest / pivot } else { 0.0 }
                } else if rest > 1e-11 * self.hessian[row * width + row] {
                    rest.sqrt()
                } else {
                    0.0
                };
            }
        }
        solve_triangles(&factor, &self.gradient)
    }
}

/// Solves L L' step = -gradient; a pivot of 0 gives a step of 0.
fn solve_triangles(factor: &[f64], gradient: &[f64]) -> Vec<f64> {
    let width = gradient.len();
    let over = |number: f64, pivot: f64| if pivot > 0.0 { number / pivot } else { 0.0 };
    let mut step = vec![0.0; width];
    for row in 0..width {
        let known = dot(&factor[row * width..row * width + row], &step[..row]);
        step[row] = over(-gradient[row] - known, factor[row * width + row]);
    }
    for row in (0..width).rev() {
        let known: f64 =
            (row + 1..width).map(|below| factor[below * width + row] * step[below]).sum();
        step[row] = over(step[row] - known, factor[row * width + row]);
    }
    step
}

pub(super) fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

pub(super) fn add_times(sum: &mut [f64], factor: f64, numbers: &[f64]) {
    for (sum, number) in sum.iter_mut().zip(numbers) {
        *sum += factor * number;
    }
}
