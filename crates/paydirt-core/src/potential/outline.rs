//! The convex outline of the known cells, and how much of it is without a value.

/// How many cells have their centre in the convex outline of the known cells' centres, on a raster of
/// `cols` columns. A survey flown at a slant has few gaps in its own outline, though half of the
/// rectangle around it is empty.
///
/// ```
/// use paydirt_core::potential::outline::cells_within;
/// // a diamond, whose middle is not known
/// let known = [false, true, false, true, false, true, false, true, false];
/// assert_eq!(cells_within(&known, 3), 5);
/// ```
#[must_use]
pub fn cells_within(known: &[bool], cols: usize) -> usize {
    let ends: Vec<[f64; 3]> = known
        .chunks(cols)
        .enumerate()
        .filter_map(|(row, line)| {
            let first = line.iter().position(|known| *known)?;
            let last = line.iter().rposition(|known| *known)?;
            Some([row as f64, first as f64, last as f64])
        })
        .collect();
    let west = chain(ends.iter().map(|[row, first, _]| [*row, *first]));
    // mirrored, the eastern side is a western one
    let east = chain(ends.iter().map(|[row, _, last]| [*row, -*last]));
    let Some((first, last)) = ends.first().zip(ends.last()) else { return 0 };
    (first[0] as usize..=last[0] as usize)
        .map(|row| {
            let [west, east] = [&west, &east].map(|chain| (at(chain, row as f64) - 1e-9).ceil());
            (-east - west + 1.0).max(0.0) as usize
        })
        .sum()
}

/// The corners of the lower convex chain of places with rising rows.
fn chain(places: impl Iterator<Item = [f64; 2]>) -> Vec<[f64; 2]> {
    let mut corners: Vec<[f64; 2]> = Vec::new();
    for place in places {
        while let [.., before, last] = corners.as_slice() {
            let turn = (last[0] - before[0]) * (place[1] - before[1])
                - (last[1] - before[1]) * (place[0] - before[0]);
            if turn > 0.0 {
                break;
            }
            corners.pop();
        }
        corners.push(place);
    }
    corners
}

/// The column of a chain at a row within it.
fn at(corners: &[[f64; 2]], row: f64) -> f64 {
    let next = corners.partition_point(|corner| corner[0] < row);
    let [south, north] = [corners[next], corners[next.saturating_sub(1)]];
    if south[0] == row {
        return south[1];
    }
    let share = (row - north[0]) / (south[0] - north[0]);
    north[1] + share * (south[1] - north[1])
}
