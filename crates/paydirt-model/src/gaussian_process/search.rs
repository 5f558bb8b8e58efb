//! The best of functions of two numbers, by the simplex of Nelder & Mead 1965,
//! <https://doi.org/10.1093/comjnl/7.4.308>.

/// Most values of the function that are computed.
const MOST_VALUES: usize = 80;
/// The search ends when values on the simplex differ by no more.
const TOLERANCE: f64 = 1e-4;

/// Where a function is greatest near the best of some places, within the bounds of each number.
/// Where it has no value, it counts as less than anywhere else.
pub(super) fn greatest(
    starts: &[[f64; 2]],
    bounds: [[f64; 2]; 2],
    mut of: impl FnMut([f64; 2]) -> Option<f64>,
) -> [f64; 2] {
    let mut valued = |place: [f64; 2]| {
        let place = [0, 1].map(|i| place[i].clamp(bounds[i][0], bounds[i][1]));
        (of(place).unwrap_or(f64::NEG_INFINITY), place)
    };
    let mut corners: Vec<(f64, [f64; 2])> = starts.iter().map(|start| valued(*start)).collect();
    corners.sort_by(|a, b| b.0.total_cmp(&a.0));
    let Some((_, [first, second])) = corners.first().copied() else { return [0.0; 2] };
    corners.truncate(1);
    corners.extend([[first + 0.5, second], [first, second + 0.5]].map(&mut valued));
    let mut values = starts.len() + 2;
    while values < MOST_VALUES {
        corners.sort_by(|a, b| b.0.total_cmp(&a.0));
        let [best, middle, worst] = [corners[0], corners[1], corners[2]];
        if best.0 - worst.0 <= TOLERANCE {
            break;
        }
        // The worst corner is moved along the line through the centre of the others.
        let mut beyond = |times: f64| {
            values += 1;
            valued(std::array::from_fn(|i| {
                let centre = f64::midpoint(best.1[i], middle.1[i]);
                centre + times * (centre - worst.1[i])
            }))
        };
        let mirrored = beyond(1.0);
        let moved = if mirrored.0 > best.0 {
            let farther = beyond(2.0);
            if farther.0 > mirrored.0 { farther } else { mirrored }
        } else if mirrored.0 > middle.0 {
            mirrored
        } else if mirrored.0 > worst.0 {
            beyond(0.5)
        } else {
            beyond(-0.5)
        };
        if moved.0 > worst.0 {
            corners[2] = moved;
        } else {
            for corner in &mut corners[1..] {
                let halfway = std::array::from_fn(|i| f64::midpoint(best.1[i], corner.1[i]));
                *corner = valued(halfway);
                values += 1;
            }
        }
    }
    corners.sort_by(|a, b| b.0.total_cmp(&a.0));
    corners[0].1
}

#[cfg(test)]
mod tests {
    use super::greatest;

    #[test]
    fn the_top_of_a_curved_ridge_is_found() {
        let hill = |[a, b]: [f64; 2]| Some(-(a - 1.0).powi(2) - 3.0 * (b - a * a).powi(2));
        let [a, b] = greatest(&[[-1.0, 2.0], [0.0, 0.0]], [[-3.0, 3.0]; 2], hill);
        assert!((a - 1.0).abs() < 0.03 && (b - 1.0).abs() < 0.06, "{a} {b}");
        let [a, b] = greatest(&[[0.0, 0.0]], [[-3.0, 3.0]; 2], |[a, b]| Some(a + b));
        assert!(a > 2.99 && b > 2.99, "at the bounds: {a} {b}");
        assert_eq!(greatest(&[[1.0, 2.0]], [[-3.0, 3.0]; 2], |_| None), [1.0, 2.0]);
    }
}
