//! The value below which a share of a disc's known cells lies, around each cell.

use rayon::prelude::*;

use super::disc::Disc;
use super::quantiles::key;

/// Rows and columns of a tile whose values are sorted together.
const TILE: [usize; 2] = [32, 512];

/// Cells of a tile by rank: the values from small to large, and each cell's place among them, so
/// that a window is a set of bits.
struct Ranks {
    sorted: Vec<f32>,
    /// `u32::MAX` where not known.
    ranks: Vec<u32>,
}

impl Ranks {
    fn new(values: &[f32]) -> Self {
        let keys = values.iter().map(|value| key(*value)).zip(0_u64..);
        let mut order: Vec<u64> =
            keys.filter_map(|(key, cell)| Some(u64::from(key?) << 32 | cell)).collect();
        order.sort_unstable();
        let mut ranks = vec![u32::MAX; values.len()];
        let cells = order.iter().map(|key| *key as u32 as usize);
        cells.clone().zip(0..).for_each(|(cell, rank)| ranks[cell] = rank);
        Self { sorted: cells.map(|cell| values[cell]).collect(), ranks }
    }
}

/// A place in the order of a window's cells that follows as they come and go (Huang and others 1979,
/// doi:10.1109/TASSP.1979.1163188): how many cells of the window have a lower rank.
#[derive(Clone, Copy, Default)]
struct Place {
    rank: usize,
    below: usize,
}

/// The ranks of a window's cells, one bit each.
struct Window {
    words: Vec<u64>,
    known: usize,
    places: [Place; 2],
}

impl Window {
    fn new(cells: usize) -> Self {
        Self { words: vec![0; cells / 64 + 1], known: 0, places: [Place::default(); 2] }
    }

    fn clear(&mut self) {
        self.words.fill(0);
        self.known = 0;
        self.places = [Place::default(); 2];
    }

    fn add(&mut self, rank: u32) {
        if rank != u32::MAX {
            self.words[rank as usize / 64] |= 1 << (rank % 64);
            self.known += 1;
            for place in &mut self.places {
                place.below += usize::from((rank as usize) < place.rank);
            }
        }
    }

    fn remove(&mut self, rank: u32) {
        if rank != u32::MAX {
            self.words[rank as usize / 64] &= !(1 << (rank % 64));
            self.known -= 1;
            for place in &mut self.places {
                place.below -= usize::from((rank as usize) < place.rank);
            }
        }
    }

    /// The lowest rank in the window from a rank on; there must be one.
    fn next(&self, from: usize) -> usize {
        let (mut word, mut bits) = (from / 64, self.words[from / 64] >> (from % 64) << (from % 64));
        while bits == 0 {
            word += 1;
            bits = self.words[word];
        }
        word * 64 + bits.trailing_zeros() as usize
    }

    /// The highest rank in the window below a rank; there must be one.
    fn previous(&self, before: usize) -> usize {
        let mut word = before / 64;
        let mut bits = self.words[word] & ((1 << (before % 64)) - 1);
        while bits == 0 {
            word -= 1;
            bits = self.words[word];
        }
        word * 64 + 63 - bits.leading_zeros() as usize
    }

    /// The rank of the window's cell below which `index` others lie; there must be one.
    fn nth(&mut self, place: usize, index: usize) -> usize {
        let Place { mut rank, mut below } = self.places[place];
        while below > index {
            rank = self.previous(rank);
            below -= 1;
        }
        rank = self.next(rank);
        while below < index {
            rank = self.next(rank + 1);
            below += 1;
        }
        self.places[place] = Place { rank, below };
        rank
    }

    /// Interpolated between neighbours, as numpy's default (type 7 of Hyndman & Fan 1996,
    /// doi:10.1080/00031305.1996.10473566).
    fn percentile(&mut self, place: usize, percent: f64, sorted: &[f32]) -> f64 {
        let exact = percent / 100.0 * (self.known - 1) as f64;
        let share = exact - exact.floor();
        let rank = self.nth(place, exact.floor() as usize);
        let low = f64::from(sorted[rank]);
        if share == 0.0 {
            return low;
        }
        low + share * (f64::from(sorted[self.next(rank + 1)]) - low)
    }
}

/// The percentile of the known cells of the disc around each cell of a grid of `cols` columns, less
/// another percentile if one is given. The plane is as [`Disc::fold`] takes it, NaN where not
/// known. NaN where fewer than `least` cells are known. A step to the next cell costs as many
/// changes as the disc has rows.
///
/// ```
/// use paydirt_core::raster::{disc::Disc, percentile::percentiles};
/// let line = [5.0, f32::NAN, 3.0, 9.0, 3.0];
/// let disc = Disc::new(1.0, 1.0, 9.0);
/// assert_eq!(percentiles(&disc, &line, 3, (50.0, None), 1.0), [4.0, 6.0, 3.0]);
/// assert_eq!(percentiles(&disc, &line, 3, (100.0, Some(0.0)), 1.0), [2.0, 6.0, 6.0]);
/// ```
#[must_use]
pub fn percentiles(
    disc: &Disc,
    plane: &[f32],
    cols: usize,
    (percent, less): (f64, Option<f64>),
    least: f64,
) -> Vec<f32> {
    let (reach, margin) = (disc.rows(), disc.cols());
    let width = cols + 2 * margin;
    let rows = (plane.len() / width).saturating_sub(2 * reach);
    let mut drawn = vec![f32::NAN; rows * cols];
    drawn.par_chunks_mut(TILE[0] * cols).enumerate().for_each(|(band, drawn)| {
        let high = drawn.len() / cols;
        for west in (0..cols).step_by(TILE[1]) {
            let wide = TILE[1].min(cols - west);
            let lines = plane[band * TILE[0] * width..].chunks(width).take(high + 2 * reach);
            let values: Vec<f32> =
                lines.flat_map(|line| &line[west..west + wide + 2 * margin]).copied().collect();
            let ranks = Ranks::new(&values);
            let mut window = Window::new(values.len());
            for (row, drawn) in drawn.chunks_mut(cols).enumerate() {
                let lines = &ranks.ranks[row * (wide + 2 * margin)..];
                window.clear();
                slide(disc, lines, &mut drawn[west..west + wide], &mut window, |window| {
                    if window.known == 0 || (window.known as f64) < least {
                        return f32::NAN;
                    }
                    let value = window.percentile(0, percent, &ranks.sorted);
                    let less = less.map_or(0.0, |less| window.percentile(1, less, &ranks.sorted));
                    (value - less) as f32
                });
            }
        }
    });
    drawn
}

/// Moves the window along a row from the west; `lines` are the ranks around it.
fn slide(
    disc: &Disc,
    lines: &[u32],
    drawn: &mut [f32],
    window: &mut Window,
    mut value: impl FnMut(&mut Window) -> f32,
) {
    let (reach, margin) = (disc.rows(), disc.cols());
    let width = drawn.len() + 2 * margin;
    let spans: Vec<[usize; 2]> = (0..=2 * reach)
        .filter_map(|row| {
            let half_width = disc.half_width(row.abs_diff(reach))?;
            let centre = row * width + margin;
            Some([centre - half_width, centre + half_width])
        })
        .collect();
    for [first, last] in &spans {
        lines[*first..*last].iter().for_each(|rank| window.add(*rank));
    }
    for (col, cell) in drawn.iter_mut().enumerate() {
        spans.iter().for_each(|[_, last]| window.add(lines[last + col]));
        *cell = value(window);
        spans.iter().for_each(|[first, _]| window.remove(lines[first + col]));
    }
}
