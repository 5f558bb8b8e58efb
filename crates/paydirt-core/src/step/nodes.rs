//! The places where lines meet, from their segments. Coordinates are metres.

use std::collections::{BTreeMap, BTreeSet};

use rstar::primitives::{GeomWithData, Line};
use rstar::{AABB, PointDistance, RTree};

use super::columns::refuse;
use crate::Result;

/// Places as near as this are one, in metres.
const SAME_M: f64 = 0.001;
/// A place of a line as near as this to the one before it is left out, in metres.
const STEP_M: f64 = 0.005;
/// Branches that leave a place within this angle are one.
const SAME_DEGREES: f64 = 1.0;
/// Most meetings of two segments that are listed: more come of a mistake.
const MOST_MEETINGS: usize = 10_000_000;

type Place = [f64; 2];
type Segment = GeomWithData<Line<Place>, usize>;

/// Lines without repeated places, their segments one after the other, and an index over them.
struct Network {
    lines: Vec<Vec<Place>>,
    /// Of each segment: its line, and its number in it.
    of: Vec<[usize; 2]>,
    tree: RTree<Segment>,
}

/// The places where three or more branches leave, from west to east.
pub(super) fn meeting(lines: &[Vec<Place>], tolerance_m: f64) -> Result<Vec<Place>> {
    let network = Network::new(lines);
    let mut places = network.nodes()?;
    if tolerance_m > SAME_M {
        places.extend(network.near_ends(tolerance_m));
    }
    places.sort_unstable_by(in_order);
    let mut kept: Vec<Place> = Vec::new();
    for place in places {
        let near = kept.iter().rev().take_while(|k| place[0] - k[0] <= tolerance_m.max(SAME_M));
        if near.into_iter().all(|kept| apart(*kept, place) > tolerance_m.max(SAME_M)) {
            kept.push(place);
        }
    }
    Ok(kept)
}

fn in_order(one: &Place, other: &Place) -> std::cmp::Ordering {
    one[0].total_cmp(&other[0]).then(one[1].total_cmp(&other[1]))
}

fn apart(one: Place, other: Place) -> f64 {
    (one[0] - other[0]).hypot(one[1] - other[1])
}

/// The line without places that are not finite or repeat the one before.
fn cleaned(line: &[Place]) -> Vec<Place> {
    let mut kept: Vec<Place> = Vec::with_capacity(line.len());
    for place in line.iter().filter(|place| place.iter().all(|number| number.is_finite())) {
        if kept.last().is_none_or(|last| apart(*last, *place) > STEP_M) {
            kept.push(*place);
        }
    }
    kept
}

impl Network {
    fn new(lines: &[Vec<Place>]) -> Self {
        let lines: Vec<Vec<Place>> =
            lines.iter().map(|line| cleaned(line)).filter(|line| line.len() > 1).collect();
        let numbers = |(number, line): (usize, &Vec<Place>)| {
            (0..line.len() - 1).map(move |segment| [number, segment])
        };
        let of: Vec<[usize; 2]> = lines.iter().enumerate().flat_map(numbers).collect();
        let segments = of.iter().enumerate().map(|(number, [line, first])| {
            GeomWithData::new(Line::new(lines[*line][*first], lines[*line][first + 1]), number)
        });
        let tree = RTree::bulk_load(segments.collect());
        Self { lines, of, tree }
    }

    fn ends(&self, segment: usize) -> [Place; 2] {
        let [line, first] = self.of[segment];
        [self.lines[line][first], self.lines[line][first + 1]]
    }

    /// Whether two segments follow each other in a line, and so meet by nature.
    fn follow(&self, one: usize, other: usize) -> bool {
        let ([line, first], [other_line, second]) = (self.of[one], self.of[other]);
        let last = self.lines[line].len() - 2;
        let apart = first.abs_diff(second);
        line == other_line && (apart <= 1 || (apart == last && self.is_closed(line)))
    }

    fn is_closed(&self, line: usize) -> bool {
        let line = &self.lines[line];
        apart(line[0], line[line.len() - 1]) <= SAME_M
    }

    /// Segments whose box comes as near to a box as some metres, by their numbers.
    fn around(&self, corners: [Place; 2], margin_m: f64) -> impl Iterator<Item = &Segment> {
        let tight = AABB::from_corners(corners[0], corners[1]);
        let [low, high] = [tight.lower(), tight.upper()];
        let wide = AABB::from_corners(
            low.map(|number| number - margin_m),
            high.map(|number| number + margin_m),
        );
        self.tree.locate_in_envelope_intersecting(wide)
    }

    /// Places where segments touch or cross and three or more branches leave.
    fn nodes(&self) -> Result<Vec<Place>> {
        let mut meetings: Vec<(Place, [usize; 2])> = Vec::new();
        for one in 0..self.of.len() {
            let ends = self.ends(one);
            for other in self.around(ends, SAME_M).map(|segment| segment.data) {
                if other > one && !self.follow(one, other) {
                    let places = meetings_of(ends, self.ends(other));
                    meetings.extend(places.into_iter().map(|place| (place, [one, other])));
                }
            }
            if meetings.len() > MOST_MEETINGS {
                let reason = format!("its lines meet over {MOST_MEETINGS} times: are they lines?");
                return Err(refuse("intersections", "shapes", reason));
            }
        }
        meetings.sort_unstable_by(|a, b| in_order(&a.0, &b.0).then(a.1.cmp(&b.1)));
        let mut nodes: Vec<(Place, BTreeSet<usize>)> = Vec::new();
        for (place, segments) in meetings {
            let near = nodes.iter_mut().rev().take_while(|node| place[0] - node.0[0] <= SAME_M);
            match near.into_iter().find(|node| apart(node.0, place) <= SAME_M) {
                Some(node) => node.1.extend(segments),
                None => nodes.push((place, segments.into())),
            }
        }
        nodes.retain(|(place, segments)| self.branches(*place, segments) > 2);
        Ok(nodes.into_iter().map(|(place, _)| place).collect())
    }

    /// How many branches leave a place along segments that pass it.
    fn branches(&self, place: Place, segments: &BTreeSet<usize>) -> usize {
        let mut degrees: Vec<f64> = Vec::new();
        for [from, to] in segments.iter().map(|segment| self.ends(*segment)) {
            let bearing = (to[0] - from[0]).atan2(to[1] - from[1]).to_degrees();
            // as near to its end as two places that are one, the segment goes one way alone
            if apart(place, to) > 2.0 * SAME_M {
                degrees.push(bearing.rem_euclid(360.0));
            }
            if apart(place, from) > 2.0 * SAME_M {
                degrees.push((bearing + 180.0).rem_euclid(360.0));
            }
        }
        degrees.sort_unstable_by(f64::total_cmp);
        let next = degrees.iter().skip(1).copied().chain(degrees.first().map(|d| d + 360.0));
        degrees.iter().zip(next).filter(|(degree, next)| *next - **degree > SAME_DEGREES).count()
    }

    /// Ends of lines that lie near another line without touching it, or near two other ends.
    fn near_ends(&self, tolerance_m: f64) -> Vec<Place> {
        let open = (0..self.lines.len()).filter(|line| !self.is_closed(*line));
        let ends = open.flat_map(|line| self.line_ends(line).map(|end| (line, end)));
        ends.filter(|(line, end)| self.abuts(*line, *end, tolerance_m))
            .map(|(_, end)| end)
            .collect()
    }

    fn line_ends(&self, line: usize) -> [Place; 2] {
        let line = &self.lines[line];
        [line[0], line[line.len() - 1]]
    }

    /// Whether an end lies near another line away from the ends of that line, or near two other ends.
    fn abuts(&self, line: usize, end: Place, tolerance_m: f64) -> bool {
        let mut others: BTreeMap<usize, f64> = BTreeMap::new();
        for segment in self.around([end, end], tolerance_m) {
            let (other, away) = (self.of[segment.data][0], segment.distance_2(&end).sqrt());
            if other != line && away <= tolerance_m {
                let nearest = others.entry(other).or_insert(away);
                *nearest = nearest.min(away);
            }
        }
        let ends_here = |other: usize| {
            let [first, last] = self.line_ends(other);
            !self.is_closed(other) && apart(first, end).min(apart(last, end)) <= tolerance_m
        };
        let (ends, passing): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|(other, _)| ends_here(*other));
        // what touches is a node already, or a line drawn twice
        ends.len() >= 2 || passing.iter().any(|(_, away)| *away > SAME_M)
    }
}

/// Where two segments meet: ends of one on the other, else the place where they cross.
fn meetings_of(one: [Place; 2], other: [Place; 2]) -> Vec<Place> {
    let on = |ends: [Place; 2], place: &Place| {
        Line::new(ends[0], ends[1]).distance_2(place) <= SAME_M * SAME_M
    };
    let mut places: Vec<Place> = one.into_iter().filter(|place| on(other, place)).collect();
    places.extend(other.into_iter().filter(|place| on(one, place)));
    if places.is_empty() {
        places.extend(crossing(one, other));
    }
    places
}

fn crossing(one: [Place; 2], other: [Place; 2]) -> Option<Place> {
    let from = |a: Place, b: Place| [b[0] - a[0], b[1] - a[1]];
    let cross = |a: Place, b: Place| a[0] * b[1] - a[1] * b[0];
    let (r, s) = (from(one[0], one[1]), from(other[0], other[1]));
    let between = from(one[0], other[0]);
    let area = cross(r, s);
    let (t, u) = (cross(between, s) / area, cross(between, r) / area);
    let inside = |share: f64| (0.0..=1.0).contains(&share);
    (inside(t) && inside(u)).then(|| [one[0][0] + t * r[0], one[0][1] + t * r[1]])
}
