//! GeoTIFFs written by hand, so that any part of them can be wrong.

use super::CELLS;

/// What an uncompressed GeoTIFF of float32 says of itself, whether it is true or not.
#[derive(Clone)]
pub(crate) struct Tiff {
    pub(crate) cols: u32,
    pub(crate) rows: u32,
    /// Pixel by pixel, one value a band.
    pub(crate) cells: Vec<f32>,
    /// One or two.
    pub(crate) bands: u16,
    /// Easting and northing of the north-west corner.
    pub(crate) corner: [f64; 2],
    pub(crate) cell: f64,
    /// How far each row is pushed east, in units of the system.
    pub(crate) skew: f64,
    /// Code of a projected system.
    pub(crate) projected: Option<u16>,
    /// Code of a geographic system.
    pub(crate) geographic: Option<u16>,
    pub(crate) nodata: Option<&'static str>,
}

impl Tiff {
    /// A raster on the district's grid, of a value for each cell.
    pub(crate) fn of(value: impl Fn(usize) -> f32) -> Self {
        Self {
            cols: CELLS as u32,
            rows: CELLS as u32,
            cells: (0..CELLS * CELLS).map(value).collect(),
            bands: 1,
            corner: [400_000.0, 7_000_000.0],
            cell: 100.0,
            skew: 0.0,
            projected: Some(32635),
            geographic: None,
            nodata: None,
        }
    }

    /// A raster of values that bear on nothing, all different.
    pub(crate) fn smooth() -> Self {
        Self::of(|unit| (unit as f32 * 0.37).sin() * 50.0 + unit as f32 * 0.01)
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let entries = self.entries();
        let mut head = b"II*\0\x08\0\0\0".to_vec();
        let mut tail = Vec::new();
        let tail_starts = 8 + 2 + entries.len() * 12 + 4;
        head.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, count, mut data) in entries {
            head.extend(tag.to_le_bytes());
            head.extend(kind.to_le_bytes());
            head.extend(count.to_le_bytes());
            // Strip offset: what follows all else.
            let place = match (tag, data.len()) {
                (273, _) => data,
                (_, 0..=4) => {
                    data.resize(4, 0);
                    data
                }
                _ => {
                    let at = (tail_starts + tail.len()) as u32;
                    tail.extend(data);
                    tail.resize(tail.len().next_multiple_of(8), 0);
                    at.to_le_bytes().to_vec()
                }
            };
            head.extend(place);
        }
        head.extend([0; 4]);
        head.extend(tail);
        let strip = head.len() as u32;
        let at = head.windows(8).position(|bytes| bytes == [0x11, 1, 4, 0, 1, 0, 0, 0]).unwrap();
        head[at + 8..at + 12].copy_from_slice(&strip.to_le_bytes());
        head.extend(self.cells.iter().flat_map(|value| value.to_le_bytes()));
        head
    }

    fn entries(&self) -> Vec<(u16, u16, u32, Vec<u8>)> {
        let short = |tag, value: u16| (tag, 3, 1, value.to_le_bytes().to_vec());
        let long = |tag, value: u32| (tag, 4, 1, value.to_le_bytes().to_vec());
        let each = |tag, value: u16| {
            let values = std::iter::repeat_n(value.to_le_bytes(), self.bands.into());
            (tag, 3, u32::from(self.bands), values.flatten().collect())
        };
        let [west, north] = self.corner;
        let (cell, skew) = (self.cell, self.skew);
        let matrix = [
            [cell, skew, 0.0, west],
            [0.0, -cell, 0.0, north],
            [0.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ];
        let matrix: Vec<u8> = matrix.as_flattened().iter().flat_map(|n| n.to_le_bytes()).collect();
        let mut entries = vec![
            long(256, self.cols),
            long(257, self.rows),
            each(258, 32),
            short(259, 1),
            short(262, 1),
            long(273, 0),
            short(277, self.bands),
            long(278, self.rows),
            long(279, self.cells.len() as u32 * 4),
        ];
        if self.bands > 1 {
            entries.push(short(338, 0));
        }
        entries.push(each(339, 3));
        entries.push((34264, 12, 16, matrix));
        let keys = match (self.projected, self.geographic) {
            (Some(code), _) => vec![[1024, 0, 1, 1], [1025, 0, 1, 1], [3072, 0, 1, code]],
            (_, Some(code)) => vec![[1024, 0, 1, 2], [1025, 0, 1, 1], [2048, 0, 1, code]],
            _ => Vec::new(),
        };
        if !keys.is_empty() {
            let mut words = vec![1, 1, 0, keys.len() as u16];
            words.extend(keys.as_flattened());
            let bytes = words.iter().flat_map(|word: &u16| word.to_le_bytes()).collect();
            entries.push((34735, 3, words.len() as u32, bytes));
        }
        if let Some(nodata) = self.nodata {
            let bytes = [nodata.as_bytes(), &[0]].concat();
            entries.push((42113, 2, bytes.len() as u32, bytes));
        }
        entries
    }
}
