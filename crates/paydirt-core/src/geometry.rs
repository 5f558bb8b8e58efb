//! Sizes of shapes, and the parts of lines that strike one way. Lengths are those on the plane of
//! the map projection; `unit_m` is [`Grid::unit_m`](crate::grid::Grid::unit_m).

use crate::step::Geometry;

impl Geometry {
    /// Length of its lines in metres; 0 for points and polygons.
    #[must_use]
    pub fn length_m(&self, unit_m: [f64; 2]) -> f64 {
        let Self::Lines(lines) = self else { return 0.0 };
        let segments = lines.iter().flat_map(|line| line.windows(2));
        segments.map(|ends| vector_m(ends, unit_m)).map(|[east, north]| east.hypot(north)).sum()
    }

    /// Area of its polygons in m2, each that of its outer ring less those of its holes; 0 for points
    /// and lines.
    ///
    /// ```
    /// use paydirt_core::step::Geometry;
    /// let ring = |size: f64| vec![[0.0, 0.0], [size, 0.0], [size, size], [0.0, size], [0.0, 0.0]];
    /// let with_hole = Geometry::Polygons(vec![vec![ring(3.0), ring(1.0)]]);
    /// assert_eq!(with_hole.area_m2([1.0, 1.0]), 8.0);
    /// ```
    #[must_use]
    pub fn area_m2(&self, unit_m: [f64; 2]) -> f64 {
        let Self::Polygons(polygons) = self else { return 0.0 };
        let of_polygon = |rings: &Vec<Vec<[f64; 2]>>| {
            let mut areas = rings.iter().map(|ring| ring_area(ring) * unit_m[0] * unit_m[1]);
            let outer = areas.next().unwrap_or(0.0);
            (outer - areas.sum::<f64>()).max(0.0)
        };
        polygons.iter().map(of_polygon).sum()
    }

    /// The segments of its lines whose strike lies in a range of degrees east of the grid's north, ends
    /// included; strikes run from 0 to 180, and a range from 160 to 20 goes by way of north. Neighbours
    /// stay one line. `None` where no segment is left, and for points and polygons.
    ///
    /// ```
    /// use paydirt_core::step::Geometry;
    /// let bent = Geometry::Lines(vec![vec![[0.0, 0.0], [0.0, 5.0], [5.0, 5.0]]]);
    /// let north = bent.striking([160.0, 20.0], [1.0, 1.0]);
    /// assert_eq!(north, Some(Geometry::Lines(vec![vec![[0.0, 0.0], [0.0, 5.0]]])));
    /// assert_eq!(bent.striking([30.0, 60.0], [1.0, 1.0]), None);
    /// ```
    #[must_use]
    pub fn striking(&self, degrees: [f64; 2], unit_m: [f64; 2]) -> Option<Self> {
        let Self::Lines(lines) = self else { return None };
        let mut kept: Vec<Vec<[f64; 2]>> = Vec::new();
        for line in lines {
            let mut follows = false;
            for ends in line.windows(2) {
                let strikes =
                    strike_degrees(vector_m(ends, unit_m)).is_some_and(|s| within(s, degrees));
                match kept.last_mut() {
                    Some(open) if strikes && follows => open.push(ends[1]),
                    _ if strikes => kept.push(ends.to_vec()),
                    _ => {}
                }
                follows = strikes;
            }
        }
        (!kept.is_empty()).then_some(Self::Lines(kept))
    }
}

fn vector_m(ends: &[[f64; 2]], unit_m: [f64; 2]) -> [f64; 2] {
    [0, 1].map(|axis| (ends[1][axis] - ends[0][axis]) * unit_m[axis])
}

/// Degrees east of north, from 0 to under 180; `None` of what has no length or is not finite.
fn strike_degrees([east, north]: [f64; 2]) -> Option<f64> {
    let length = east.hypot(north);
    let degrees = east.atan2(north).to_degrees().rem_euclid(180.0);
    // a hair west of south rounds to 180 itself
    let degrees = if degrees == 180.0 { 0.0 } else { degrees };
    (length.is_finite() && length > 0.0).then_some(degrees)
}

fn within(strike: f64, [from, to]: [f64; 2]) -> bool {
    let in_range = |strike: f64| {
        if from <= to { from <= strike && strike <= to } else { from <= strike || strike <= to }
    };
    in_range(strike) || (strike == 0.0 && in_range(180.0))
}

/// Area of a ring by Gauss's formula, about its first place so that large coordinates cost no digits.
fn ring_area(ring: &[[f64; 2]]) -> f64 {
    let Some(first) = ring.first() else { return 0.0 };
    let from_first = |place: [f64; 2]| [place[0] - first[0], place[1] - first[1]];
    let twice: f64 = ring
        .windows(2)
        .map(|ends| (from_first(ends[0]), from_first(ends[1])))
        .map(|(a, b)| a[0] * b[1] - b[0] * a[1])
        .sum();
    (twice / 2.0).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRES: [f64; 2] = [1.0, 1.0];

    fn line(places: &[[f64; 2]]) -> Geometry {
        Geometry::Lines(vec![places.to_vec()])
    }

    #[test]
    fn strikes_are_those_of_a_compass() {
        // bearings of the eight winds: a line has no direction, so south is north
        let winds = [(0., 1., 0.), (1., 1., 45.), (1., 0., 90.), (1., -1., 135.), (0., -1., 0.)];
        for (east, north, degrees) in winds {
            assert!((strike_degrees([east, north]).unwrap() - degrees).abs() < 1e-12);
            assert!((strike_degrees([-east, -north]).unwrap() - degrees).abs() < 1e-12);
        }
        assert_eq!(strike_degrees([-1e-300, -1.0]), Some(0.0));
        assert_eq!(strike_degrees([0.0, 0.0]), None);
        assert_eq!(strike_degrees([f64::NAN, 1.0]), None);
    }

    #[test]
    fn ranges_may_go_by_way_of_north() {
        for (strike, range, inside) in [
            (0.0, [170.0, 10.0], true),
            (175.0, [170.0, 10.0], true),
            (90.0, [170.0, 10.0], false),
            (0.0, [170.0, 180.0], true),
            (0.0, [0.0, 10.0], true),
            (5.0, [170.0, 180.0], false),
            (45.0, [45.0, 60.0], true),
            (60.0, [45.0, 60.0], true),
        ] {
            assert_eq!(within(strike, range), inside, "{strike} {range:?}");
        }
    }

    #[test]
    fn a_line_is_cut_where_it_turns() {
        let bent = line(&[[0., 0.], [0., 1.], [0., 2.], [3., 2.], [3., 2.], [3., 5.]]);
        let Some(Geometry::Lines(parts)) = bent.striking([0.0, 10.0], METRES) else { panic!() };
        assert_eq!(parts, [vec![[0., 0.], [0., 1.], [0., 2.]], vec![[3., 2.], [3., 5.]]]);
        // on a grid of degrees, a degree of longitude is the shorter: 1 by 1 strikes north of 45
        assert!(line(&[[0., 60.], [1., 61.]]).striking([20.0, 30.0], [0.5, 1.0]).is_some());
        assert_eq!(Geometry::Points(vec![[0.0, 0.0]]).striking([0.0, 180.0], METRES), None);
    }

    #[test]
    fn sizes_by_hand() {
        let places = [[500_000.0, 6_000_000.0], [500_003.0, 6_000_004.0], [500_003.0, 6_000_004.0]];
        assert_eq!(line(&places).length_m(METRES), 5.0);
        assert_eq!(line(&places).length_m([1000.0, 1000.0]), 5000.0);
        let triangle = [[5e5, 6e6], [5e5 + 4.0, 6e6], [5e5, 6e6 + 3.0], [5e5, 6e6]];
        let triangle = Geometry::Polygons(vec![vec![triangle.to_vec()], vec![Vec::new()]]);
        assert_eq!(triangle.area_m2(METRES), 6.0);
        assert_eq!(triangle.length_m(METRES), 0.0);
    }
}
