//! The lowest place of a function of two numbers.

/// Compass search (Kolda, Lewis & Torczon 2003, doi:10.1137/S003614450242889): from the best of
/// `starts` a step in each direction, half as long when none leads down, until a step is
/// `1 / 2^halvings` of the first. Stays between `low` and `high`.
pub(crate) fn minimise(
    f: impl Fn([f64; 2]) -> f64,
    starts: &[[f64; 2]],
    mut step: [f64; 2],
    [low, high]: [[f64; 2]; 2],
    mut halvings: usize,
) -> ([f64; 2], f64) {
    let value = |at: [f64; 2]| {
        let found = f(at);
        if found.is_nan() { f64::INFINITY } else { found }
    };
    let mut best = (starts[0], value(starts[0]));
    for &start in &starts[1..] {
        let found = value(start);
        if found < best.1 {
            best = (start, found);
        }
    }
    // as many steps as a search without a lowest place would take, at most
    for _ in 0..1000 {
        let mut next = best;
        for (axis, sign) in [(0, 1.0), (0, -1.0), (1, 1.0), (1, -1.0)] {
            let mut at = best.0;
            at[axis] = (at[axis] + sign * step[axis]).clamp(low[axis], high[axis]);
            let found = value(at);
            if found < next.1 {
                next = (at, found);
            }
        }
        if next.1 < best.1 {
            best = next;
        } else if halvings == 0 {
            break;
        } else {
            halvings -= 1;
            step = step.map(|step| step / 2.0);
        }
    }
    best
}
