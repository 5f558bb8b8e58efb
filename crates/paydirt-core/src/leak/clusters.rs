//! Label cells that touch: deposits drawn over several cells.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::twins;
use super::{Finding, Kind, Repeat, Scene, Severity, percent};
use crate::grid::{Cell, Grid};
use crate::label::Sample;

/// Share of label cells that touch another, from which parted clusters are severe, and from which
/// clusters that no fold parts are a warning.
const PARTED_SHARE: f64 = 0.1;
const WHOLE_SHARE: f64 = 0.5;

/// Cells of a grid that touch, by side or corner, are of one cluster: for each of `units` the number of its
/// cluster, in the order in which they first appear.
///
/// ```
/// use paydirt_core::grid::{Crs, GeoTransform, Grid};
/// use paydirt_core::leak::touching;
/// let transform = GeoTransform { west: 0.0, north: 0.0, cell_width: 1.0, cell_height: 1.0 };
/// let grid = Grid::new(Crs::local_metres(), transform, 3, 4)?;
/// // Units of a 3 x 4 grid: 0 and 5 touch at a corner; 3 and 4 are neighbours by number, not on the map.
/// assert_eq!(touching(&grid, &[3, 0, 5, 4]), [0, 1, 1, 1]);
/// assert_eq!(touching(&grid, &[3, 4]), [0, 1]);
/// # Ok::<(), paydirt_core::Error>(())
/// ```
#[must_use]
pub fn touching(grid: &Grid, units: &[usize]) -> Vec<usize> {
    let mut of_unit: BTreeMap<usize, Option<usize>> =
        units.iter().map(|&unit| (unit, None)).collect();
    let mut clusters = 0;
    for &first in units {
        if of_unit.get(&first) != Some(&None) {
            continue;
        }
        let mut open = vec![first];
        while let Some(unit) = open.pop() {
            if let Some(cluster @ None) = of_unit.get_mut(&unit) {
                *cluster = Some(clusters);
                open.extend(around(grid, unit, 1));
            }
        }
        clusters += 1;
    }
    units.iter().filter_map(|unit| of_unit[unit]).collect()
}

/// The cells at most so many rows and columns from a cell, itself among them.
fn around(grid: &Grid, unit: usize, reach: usize) -> impl Iterator<Item = usize> {
    let Cell { row, col } = grid.cell(unit);
    let rows = row.saturating_sub(reach)..(row + reach + 1).min(grid.rows);
    let cols = col.saturating_sub(reach)..(col + reach + 1).min(grid.cols);
    let (width, reach) = (grid.cols, cols);
    rows.flat_map(move |row| reach.clone().map(move |col| row * width + col))
}

/// The label cells of a scene.
struct Labels<'a> {
    grid: &'a Grid,
    /// The cluster of each.
    cluster: BTreeMap<usize, usize>,
    members: BTreeMap<usize, Vec<usize>>,
}

impl<'a> Labels<'a> {
    fn new(grid: &'a Grid, labelled: &[Sample]) -> Self {
        let deposits = labelled.iter().filter(|sample| sample.is_deposit());
        let cells: BTreeSet<usize> = deposits.map(|sample| sample.unit).collect();
        let cells: Vec<usize> = cells.into_iter().collect();
        let cluster: BTreeMap<usize, usize> =
            cells.iter().copied().zip(touching(grid, &cells)).collect();
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        cluster.iter().for_each(|(cell, cluster)| members.entry(*cluster).or_default().push(*cell));
        Self { grid, cluster, members }
    }

    /// Cells that touch another.
    fn touched(&self) -> Vec<usize> {
        self.members.values().filter(|cells| cells.len() > 1).flatten().copied().collect()
    }

    /// Cells that lie in a square of nine label cells.
    fn in_full_squares(&self) -> usize {
        let full = |cell: &&usize| {
            let mut square = around(self.grid, **cell, 1);
            let count = around(self.grid, **cell, 1).count();
            count == 9 && square.all(|cell| self.cluster.contains_key(&cell))
        };
        let middles = self.cluster.keys().filter(full);
        middles.flat_map(|&cell| around(self.grid, cell, 1)).collect::<BTreeSet<_>>().len()
    }

    /// Clusters with deposits on both sides of some fold.
    fn parted(&self, repeats: &[Repeat<'_>]) -> usize {
        let mut parted = BTreeSet::new();
        for repeat in repeats {
            let of = |sample: &Sample| {
                self.cluster.get(&sample.unit).copied().filter(|_| sample.is_deposit())
            };
            let identity: Vec<Option<usize>> = repeat.samples.iter().map(of).collect();
            parted.extend(twins(repeat, &identity).into_keys().filter_map(|row| identity[row]));
        }
        parted.len()
    }

    /// Whether the cells of every cluster share a group.
    fn grouped(&self, labelled: &[Sample]) -> bool {
        let mut groups: BTreeMap<usize, BTreeSet<Option<&str>>> = BTreeMap::new();
        for sample in labelled.iter().filter(|sample| sample.is_deposit()) {
            let cluster = self.cluster.get(&sample.unit).filter(|c| self.members[c].len() > 1);
            if let Some(cluster) = cluster {
                groups.entry(*cluster).or_default().insert(sample.group.as_deref());
            }
        }
        groups.values().all(|groups| groups.len() == 1 && !groups.contains(&None))
    }
}

/// Clusters of label cells: how many, how large, how many of their cells lie in full squares of nine,
/// and whether a fold has cells of one cluster on both sides.
pub(super) fn find(scene: &Scene<'_>) -> Option<Finding> {
    let labels = Labels::new(scene.stack.grid()?, scene.labelled);
    let touched = labels.touched();
    if touched.is_empty() {
        return None;
    }
    let cells = labels.cluster.len() as f64;
    let (share, full) = (touched.len() as f64 / cells, labels.in_full_squares() as f64 / cells);
    let parted = labels.parted(scene.repeats);
    let severity = match parted > 0 {
        true if share >= PARTED_SHARE => Severity::Severe,
        true => Severity::Warning,
        false if share >= WHOLE_SHARE && !labels.grouped(scene.labelled) => Severity::Warning,
        false => Severity::Note,
    };
    let largest = labels.members.values().map(Vec::len).max().unwrap_or(0);
    let split = match parted {
        _ if scene.repeats.is_empty() => "no split was looked at".into(),
        0 => "no fold parts a cluster".into(),
        _ => format!("folds part {parted} of the clusters"),
    };
    let clusters = labels.members.len();
    let sentence = format!(
        "{cells} label cells are {clusters} clusters of touching cells, the largest of {largest}; {} of \
         the cells touch another, {} lie in full squares of nine; {split}",
        percent(share),
        percent(full)
    );
    let remedy = "a deposit that is drawn over several cells counts several times: give the label cells of one \
                  cluster one `group`, so that no split parts them and they are resampled together, or \
                  label one cell a deposit";
    let finding = Finding::new(Kind::TouchingLabels, severity, sentence, remedy).of_units(touched);
    Some(finding.with([
        ("cells", cells),
        ("clusters", clusters as f64),
        ("largest_cells", largest as f64),
        ("touching_share", share),
        ("in_full_squares_share", full),
        ("parted_clusters", parted as f64),
    ]))
}
