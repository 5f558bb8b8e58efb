//! Which samples count at a place.

use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::{Metric, Place};
use crate::Result;
use crate::error::require;

/// Which samples count: how many, how far, from all sides or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Search {
    /// Most samples.
    pub(crate) most: usize,
    /// Whether each eighth of the horizon gives its share first.
    pub(crate) octants: bool,
    pub(crate) metric: Metric,
}

impl Search {
    /// Checks the number of neighbours.
    pub(crate) fn check(&self, step: &str) -> Result<()> {
        let holds = (1..=MOST_NEIGHBOURS).contains(&self.most);
        let expected = format!("1 to {MOST_NEIGHBOURS}");
        require(holds, &format!("{step}.neighbours"), self.most, &expected)
    }
}

/// Most neighbours of a place: a system of so many equations is solved in a tenth of a second.
pub(crate) const MOST_NEIGHBOURS: usize = 1000;

/// Samples that are searched for neighbours.
pub(crate) struct Neighbours {
    tree: RTree<GeomWithData<Place, u32>>,
    /// Places in the metric.
    pub(crate) places: Vec<Place>,
    pub(crate) search: Search,
}

pub(crate) fn squared([a, b]: Place, [c, d]: Place) -> f64 {
    (a - c) * (a - c) + (b - d) * (b - d)
}

/// A candidate: squared distance and number.
type Near = (f64, u32);

fn by_distance(a: &Near, b: &Near) -> std::cmp::Ordering {
    a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
}

impl Neighbours {
    pub(crate) fn new(places: &[Place], search: Search) -> Self {
        let places: Vec<Place> = places.iter().map(|place| search.metric.apply(*place)).collect();
        let points = places.iter().enumerate();
        let points = points.map(|(index, place)| GeomWithData::new(*place, index as u32)).collect();
        Self { tree: RTree::bulk_load(points), places, search }
    }

    /// The squared distance of a sample from a place that is as the metric has it.
    pub(crate) fn squared(&self, sample: u32, place: Place) -> f64 {
        squared(self.places[sample as usize], place)
    }

    /// Whether every place has all samples for neighbours.
    pub(crate) fn all_count(&self) -> bool {
        self.places.len() <= self.search.most
    }

    /// How many of the nearest are looked at to find the neighbours.
    fn pool(&self) -> usize {
        if self.search.octants { 2 * self.search.most } else { self.search.most }
    }

    /// Hands each place, as the metric has it, to `visit` with the numbers of its neighbours from
    /// small to large. Places near each other are searched for together.
    pub(crate) fn visit(&self, places: &[Place], mut visit: impl FnMut(usize, Place, &[u32])) {
        let mut moved: Vec<(usize, Place)> = places
            .iter()
            .enumerate()
            .map(|(index, place)| (index, self.search.metric.apply(*place)))
            .collect();
        if self.all_count() {
            let all: Vec<u32> = (0..self.places.len() as u32).collect();
            moved.iter().for_each(|(index, place)| visit(*index, *place, &all));
            return;
        }
        self.descend(&mut moved, &mut visit);
    }

    fn descend(&self, places: &mut [(usize, Place)], visit: &mut impl FnMut(usize, Place, &[u32])) {
        if places.is_empty() {
            return;
        }
        let (candidates, extent) = self.candidates(places);
        if candidates.len() > 3 * self.pool() + 32 && places.len() > 16 {
            let axis = usize::from(extent[1] > extent[0]);
            let middle = places.len() / 2;
            places.select_nth_unstable_by(middle, |a, b| a.1[axis].total_cmp(&b.1[axis]));
            let (lower, upper) = places.split_at_mut(middle);
            self.descend(lower, visit);
            self.descend(upper, visit);
            return;
        }
        let (mut near, mut set) = (Vec::new(), Vec::new());
        for &(index, place) in places.iter() {
            near.clear();
            near.extend(candidates.iter().map(|&c| (squared(self.places[c as usize], place), c)));
            self.choose(place, &mut near, &mut set);
            visit(index, place, &set);
        }
    }

    /// All samples that can be among the nearest of any of the places, and the extent of these. What
    /// is nearest to a place within `reach` of the middle is, by the triangle inequality, at most
    /// twice the reach farther from the middle than the last of the middle's own.
    fn candidates(&self, places: &[(usize, Place)]) -> (Vec<u32>, Place) {
        let bound = |axis: usize| {
            let numbers = places.iter().map(|place| place.1[axis]);
            numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)))
        };
        let bounds = [bound(0), bound(1)];
        let extent = bounds.map(|(low, high)| high - low);
        let middle = bounds.map(|(low, high)| f64::midpoint(low, high));
        let last = self.tree.nearest_neighbor_iter_with_distance_2(middle).nth(self.pool() - 1);
        let last = last.map_or(f64::INFINITY, |(_, squared)| squared.sqrt());
        let radius = (last + extent[0].hypot(extent[1])) * (1.0 + 1e-9);
        let within = self.tree.locate_within_distance(middle, radius * radius);
        let mut candidates: Vec<u32> = within.map(|point| point.data).collect();
        candidates.sort_unstable();
        (candidates, extent)
    }

    /// The neighbours of a place among candidates, by number.
    fn choose(&self, place: Place, near: &mut Vec<Near>, set: &mut Vec<u32>) {
        let (most, pool) = (self.search.most, self.pool());
        if near.len() > pool {
            near.select_nth_unstable_by(pool - 1, by_distance);
            near.truncate(pool);
        }
        set.clear();
        if near.len() <= most {
            set.extend(near.iter().map(|near| near.1));
        } else {
            near.sort_unstable_by(by_distance);
            let (mut shares, mut later) = ([0; 8], Vec::new());
            for &(_, index) in near.iter() {
                let share = &mut shares[octant(self.places[index as usize], place)];
                *share += 1;
                let bin = if *share <= most.div_ceil(8) { &mut *set } else { &mut later };
                bin.push(index);
            }
            set.truncate(most);
            let missing = most - set.len();
            set.extend(later.into_iter().take(missing));
        }
        set.sort_unstable();
    }
}

/// Which eighth of the horizon a sample is in.
fn octant(sample: Place, place: Place) -> usize {
    let [east, north] = [sample[0] - place[0], sample[1] - place[1]];
    let quadrant = usize::from(east < 0.0) + 2 * usize::from(north < 0.0);
    quadrant + 4 * usize::from(east.abs() < north.abs())
}
