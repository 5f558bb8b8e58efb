//! Ground parted by nearest site.

use crate::ground::distance;

/// Sites, and for each tile of the ground the few that can matter in it, so that a question about a
/// place looks at a handful of sites however many there are.
#[derive(Debug)]
pub(super) struct Voronoi {
    sites: Vec<[f64; 2]>,
    size_m: [f64; 2],
    /// Tiles along each side.
    side: usize,
    /// For each tile, row by row, its sites in order.
    near: Vec<Vec<usize>>,
}

impl Voronoi {
    /// Parts the ground between (0, 0) and `size_m`. The sites lie apart and there is one at least.
    /// Questions may be asked about cells up to `reach_m` away.
    pub(super) fn new(sites: Vec<[f64; 2]>, size_m: [f64; 2], reach_m: f64) -> Self {
        let side = ((sites.len() as f64).sqrt() as usize * 4).clamp(64, 256);
        let tile = |number: usize| {
            let [col, row] = [(number % side) as f64, (number / side) as f64];
            let [width, height] = size_m.map(|size| size / side as f64);
            let middle = [(col + 0.5) * width, (row + 0.5) * height];
            let radius = width.hypot(height) / 2.0;
            let from = |site: &[f64; 2]| squared(*site, middle);
            let nearest = sites.iter().map(from).fold(f64::INFINITY, f64::min).sqrt();
            // From any place of the tile, the nearest site is at most `nearest + radius` away, and a
            // site whose cell is within reach at most `2 reach_m` farther than that; both distances
            // change by at most the radius between the middle and the place.
            let far = (nearest + 2.0 * radius + 2.0 * reach_m) * (1.0 + 1e-9);
            (0..sites.len()).filter(|&site| from(&sites[site]) <= far * far).collect()
        };
        let near = (0..side * side).map(tile).collect();
        Self { sites, size_m, side, near }
    }

    /// The sites.
    pub(super) fn sites(&self) -> &[[f64; 2]] {
        &self.sites
    }

    /// The sites that can matter at a place: the nearest, and those whose cells are within reach.
    pub(super) fn near(&self, place: [f64; 2]) -> &[usize] {
        let tile = |axis: usize| {
            let part = place[axis] / self.size_m[axis] * self.side as f64;
            (part as usize).min(self.side - 1)
        };
        &self.near[tile(1) * self.side + tile(0)]
    }

    /// The nearest site; of several equally near, the first.
    pub(super) fn nearest(&self, place: [f64; 2]) -> usize {
        let from = |site: &usize| squared(self.sites[*site], place);
        self.near(place).iter().copied().min_by(|a, b| from(a).total_cmp(&from(b))).unwrap_or(0)
    }

    /// How far a place is, at least, from the cell of another site than its nearest: its distance to
    /// the half of the plane that is nearer to the other site, which holds that cell.
    pub(super) fn clearance(&self, place: [f64; 2], nearest: usize, other: usize) -> f64 {
        let [near, far] = [self.sites[nearest], self.sites[other]];
        let [d_near, d_far] = [distance(near, place), distance(far, place)];
        (d_far - d_near) * (d_far + d_near) / (2.0 * distance(near, far))
    }

    /// The outline of a site's cell within the ground, as a closed ring.
    pub(super) fn outline(&self, site: usize) -> Vec<[f64; 2]> {
        let [width, height] = self.size_m;
        let mut ring = vec![[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]];
        let from = |place: &[f64; 2]| squared(self.sites[site], *place);
        let mut others: Vec<(f64, usize)> =
            self.sites.iter().map(from).zip(0..).filter(|(_, other)| *other != site).collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (away, other) in others {
            // A site more than twice as far as the ring reaches cannot cut it.
            if away > 4.0 * ring.iter().map(from).fold(0.0, f64::max) {
                break;
            }
            ring = self.clip(&ring, site, other);
        }
        ring.extend(ring.first().copied());
        ring
    }

    /// The part of a convex ring that is nearer to a site than to another.
    fn clip(&self, ring: &[[f64; 2]], site: usize, other: usize) -> Vec<[f64; 2]> {
        let mut kept = Vec::new();
        for (number, &from) in ring.iter().enumerate() {
            let to = ring[(number + 1) % ring.len()];
            let [a, b] = [from, to].map(|place| self.clearance(place, site, other));
            if a >= 0.0 {
                kept.push(from);
            }
            if a * b < 0.0 {
                let part = a / (a - b);
                kept.push([0, 1].map(|axis| from[axis] + part * (to[axis] - from[axis])));
            }
        }
        kept
    }
}

fn squared(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
}
