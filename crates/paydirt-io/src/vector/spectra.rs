//! Spectra of soil and rock: a table with one scan a row, coordinates, and a column for each wavelength, as of
//! the Rapid Carbon Assessment (USDA-NRCS) or the Open Soil Spectral Library.

use std::path::Path;

use paydirt_core::grid::{Crs, Point};

use super::csv;
use super::points::PointOptions;
use crate::crs::{self, Transformer};
use crate::table::text::Stream;
use crate::{Error, Result};

/// Columns that are named where none is one of a wavelength.
const NAMED: usize = 20;

/// What is asked of a table of spectra.
#[derive(Clone, Debug)]
pub struct SpectraOptions {
    /// Its coordinates.
    pub places: PointOptions,
    /// Shortest and longest wavelength that is read, in nanometres.
    pub range_nm: [f64; 2],
    /// Width of a band in nanometres: columns within it are averaged.
    pub bin_nm: f64,
}

/// One scan.
#[derive(Clone, Debug, PartialEq)]
pub struct SpectrumRecord {
    /// Where it was taken, in the project's system.
    pub place: Point,
    /// One number a band; NaN where not known.
    pub values: Vec<f32>,
}

/// The scans of a table.
#[derive(Clone, Debug)]
pub struct SpectraTable {
    /// Middle of each band in nanometres, rising.
    pub bands_nm: Vec<f64>,
    /// The scans, in the file's order.
    pub scans: Vec<SpectrumRecord>,
    /// Rows without a place or without any number.
    pub skipped: usize,
    /// The system of the coordinates, by code or name.
    pub crs: String,
}

/// Reads a table of spectra row by row and brings its places into `target`. A column is one of a wavelength
/// where its name has one number, within the range: `365`, `X365`, `scan_visnir.365_ref`.
///
/// # Errors
/// A table without coordinates, without columns of wavelengths, or with text where numbers belong.
pub fn read_spectra(path: &Path, target: &Crs, options: &SpectraOptions) -> Result<SpectraTable> {
    let mut stream = Stream::open(path)?;
    let (places, system) = csv::coordinates(path, &stream.header, &options.places)?;
    let bands = Bands::of(&stream.header, places, options);
    if bands.columns.is_empty() {
        let [from, to] = options.range_nm;
        return Err(Error::Unknown {
            path: path.into(),
            what: "column of wavelengths",
            name: format!("{from} to {to} nm"),
            known: some(&stream.header),
        });
    }
    let way = Transformer::between(&system, target)?;
    let columns: Vec<usize> =
        places.into_iter().chain(bands.columns.iter().map(|(column, _)| *column)).collect();
    let (mut scans, mut skipped) = (Vec::new(), 0);
    while let Some(numbers) = stream.numbers(&columns)? {
        let [easting, northing] = [numbers[0], numbers[1]];
        let known = easting.is_finite() && northing.is_finite() && [easting, northing] != [0.0; 2];
        let place = known.then(|| way.place([easting, northing])).flatten();
        let values = bands.averaged(&numbers[2..]);
        match place.filter(|_| values.iter().any(|value| value.is_finite())) {
            Some(place) => scans.push(SpectrumRecord { place, values }),
            None => skipped += 1,
        }
    }
    Ok(SpectraTable { bands_nm: bands.middles, scans, skipped, crs: crs::name(&system) })
}

/// Which columns make which bands.
struct Bands {
    /// Column and band.
    columns: Vec<(usize, usize)>,
    middles: Vec<f64>,
}

impl Bands {
    fn of(header: &[String], places: [usize; 2], options: &SpectraOptions) -> Self {
        let [from, to] = options.range_nm;
        let wavelength = |(column, name): (usize, &String)| {
            let nm = only_number(name)?;
            ((from..=to).contains(&nm) && !places.contains(&column)).then_some((column, nm))
        };
        let found: Vec<(usize, f64)> = header.iter().enumerate().filter_map(wavelength).collect();
        let bin = |nm: f64| ((nm - from) / options.bin_nm) as usize;
        let mut bins: Vec<usize> = found.iter().map(|(_, nm)| bin(*nm)).collect();
        bins.sort_unstable();
        bins.dedup();
        let band = |(column, nm): &(usize, f64)| {
            (*column, bins.partition_point(|other| *other < bin(*nm)))
        };
        Self {
            columns: found.iter().map(band).collect(),
            middles: bins.iter().map(|bin| from + (*bin as f64 + 0.5) * options.bin_nm).collect(),
        }
    }

    /// Means of what is known in each band.
    fn averaged(&self, numbers: &[f64]) -> Vec<f32> {
        let mut sums = vec![[0.0_f64; 2]; self.middles.len()];
        for ((_, band), number) in self.columns.iter().zip(numbers) {
            if number.is_finite() {
                sums[*band] = [sums[*band][0] + number, sums[*band][1] + 1.0];
            }
        }
        sums.iter()
            .map(|[sum, count]| if *count > 0.0 { (sum / count) as f32 } else { f32::NAN })
            .collect()
    }
}

/// The first names of a header.
fn some(header: &[String]) -> String {
    let first = header[..header.len().min(NAMED)].join(", ");
    match header.len() - header.len().min(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// The number in a name that has one alone.
fn only_number(name: &str) -> Option<f64> {
    let mut numbers = name
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter(|part| part.contains(|c: char| c.is_ascii_digit()));
    let number = numbers.next()?.trim_matches('.').parse().ok()?;
    numbers.next().is_none().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, bin_nm: f64) -> Result<SpectraTable> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scans.csv");
        fs_err::write(&path, text).unwrap();
        let options =
            SpectraOptions { places: PointOptions::default(), range_nm: [365.0, 2500.0], bin_nm };
        read_spectra(&path, &crs::parse("EPSG:4326").unwrap(), &options)
    }

    #[test]
    fn columns_of_wavelengths_become_bands_and_rows_scans() {
        let text = "id,lon,lat,scan_visnir.364_ref,scan_visnir.366_ref,X370,ph_7_2,2500\n\
                    a,-120,38,9,0.2,0.4,5,0.5\n\
                    b,-120,38,9,,0.4,5,NA\n\
                    c,,38,9,0.2,0.4,5,0.5\n\
                    d,-121,38,9,,,5,\n";
        let found = read(text, 10.0).unwrap();
        assert_eq!(found.bands_nm, [370.0, 2500.0]);
        assert_eq!((found.scans.len(), found.skipped), (2, 2));
        assert_eq!(found.scans[0].place, Point { easting: -120.0, northing: 38.0 });
        assert!((found.scans[0].values[0] - 0.3).abs() < 1e-6);
        assert!((found.scans[1].values[0] - 0.4).abs() < 1e-6 && found.scans[1].values[1].is_nan());
        assert_eq!(read(text, 1.0).unwrap().bands_nm.len(), 3);
    }

    #[test]
    fn tables_that_are_none_are_refused_by_name() {
        let none = read("lon,lat,ph\n1,2,3\n", 1.0).unwrap_err();
        assert!(none.to_string().contains("365 to 2500 nm"), "{none}");
        assert!(matches!(read("365,366\n1,2\n", 1.0), Err(Error::NoCoordinates { .. })));
        let odd = read("lon,lat,365\n1,2,3\n1,2,dark\n", 1.0).unwrap_err();
        assert!(odd.to_string().contains("dark") && odd.to_string().contains('3'), "{odd}");
        assert!(read("", 1.0).is_err());
        assert!(matches!(read("lon,lat,365\n1,2,\0\n", 1.0), Err(Error::NotThat { .. })));
    }
}
