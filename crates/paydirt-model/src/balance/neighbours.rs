//! Nearest neighbours of every point among the others, by comparing all pairs.

use rayon::prelude::*;

use crate::encode::Points;

/// The `count` nearest other points of each, or all where there are fewer, nearest first; of equal
/// distances the first comes first.
pub(super) fn nearest(points: &Points, count: usize) -> Vec<Vec<usize>> {
    let of = |own: usize| {
        let mut near: Vec<(f64, usize)> = Vec::with_capacity(count.min(points.len()) + 1);
        for other in (0..points.len()).filter(|other| *other != own) {
            let square = square(points.point(own), points.point(other));
            if near.len() < count || near.last().is_some_and(|(farthest, _)| square < *farthest) {
                let place = near.partition_point(|(nearer, _)| *nearer <= square);
                near.insert(place, (square, other));
                near.truncate(count);
            }
        }
        near.into_iter().map(|(_, other)| other).collect()
    };
    (0..points.len()).into_par_iter().map(of).collect()
}

fn square(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a - *b).powi(2)).sum()
}

/// Pairs of points of different classes that are each other's nearest (Tomek 1976, doi
/// 10.1109/TSMC.1976.4309452), the first of each pair first.
pub(super) fn tomek_links(points: &Points, deposit: &[bool]) -> Vec<[usize; 2]> {
    let nearest: Vec<Option<usize>> =
        nearest(points, 1).into_iter().map(|near| near.first().copied()).collect();
    let link = |own: usize| {
        let other = nearest[own].filter(|other| own < *other)?;
        let linked = nearest[other] == Some(own) && deposit[own] != deposit[other];
        linked.then_some([own, other])
    };
    (0..points.len()).filter_map(link).collect()
}
