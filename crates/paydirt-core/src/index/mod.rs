//! Named indices: band ratios and radiometric ratios with their formula, meaning and source.
//!
//! One file a sensor, one line an index. A formula names the bands of its sensor (`b4`, `k`); the
//! project says which layer is which band. Bands in the visible to shortwave infrared are
//! surface reflectance, those in the thermal infrared emissivity or radiance at the sensor: ratios
//! of raw numbers of two instruments differ by a factor. Ratios are without unit, and what they show
//! is relative: a high value says *more than its surroundings*, no more.

mod aster;
mod landsat;
mod radiometric;
mod sentinel2;

use crate::formula::{Formula, distance};
use crate::{Error, Result};

/// A band of a sensor: a name in formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// Its name, such as `b4`.
    pub name: &'static str,
    /// What it measures, with its unit.
    pub meaning: &'static str,
}

/// A sensor: its bands, and the indices that are made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sensor {
    /// The first part of the keys of its indices, such as `aster`.
    pub key: &'static str,
    /// Its full name.
    pub name: &'static str,
    /// Its bands.
    pub bands: &'static [Band],
    /// The indices.
    pub indices: &'static [Index],
}

/// A named formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its key, such as `aster.opaque_index`.
    pub key: &'static str,
    /// The formula, whose names are bands of its sensor.
    pub formula: &'static str,
    /// Unit of its values.
    pub unit: &'static str,
    /// What it shows.
    pub meaning: &'static str,
    /// Who published it.
    pub source: &'static str,
}

/// The sensors, in order.
pub const SENSORS: [Sensor; 4] =
    [aster::SENSOR, sentinel2::SENSOR, landsat::SENSOR, radiometric::SENSOR];

/// An index by its key.
///
/// ```
/// use paydirt_core::index::find;
/// let kaolin = find("aster.kaolin_group_index")?;
/// assert_eq!(kaolin.formula, "b6 / b5");
/// let bands: Vec<&str> = kaolin.bands()?.iter().map(|band| band.name).collect();
/// assert_eq!(bands, ["b6", "b5"]);
/// # Ok::<(), paydirt_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Unknown`], which names those of the sensor, the nearest one first.
pub fn find(key: &str) -> Result<&'static Index> {
    let all = || SENSORS.iter().flat_map(|sensor| sensor.indices);
    all().find(|index| index.key == key).ok_or_else(|| {
        let sensor = key.split_once('.').map_or("", |(sensor, _)| sensor);
        let of_sensor = |index: &&Index| index.key.split('.').next() == Some(sensor);
        let mut known: Vec<&str> = all().filter(of_sensor).map(|index| index.key).collect();
        if known.is_empty() {
            known = all().map(|index| index.key).collect();
        }
        known.sort_by_key(|other| distance(key, other));
        Error::Unknown { what: "index", name: key.into(), known: known.join(", ") }
    })
}

impl Index {
    /// Its formula, read.
    ///
    /// # Errors
    /// None for those of the catalogue, which are tested.
    pub fn parsed(&self) -> Result<Formula> {
        Formula::parse(self.formula)
    }

    /// The bands that it needs, in the order of the formula's names.
    ///
    /// # Errors
    /// As [`Index::parsed`].
    pub fn bands(&self) -> Result<Vec<Band>> {
        let formula = self.parsed()?;
        let bands = self.sensor().map_or(&[][..], |sensor| sensor.bands);
        let band = |name: &String| bands.iter().find(|band| band.name == name).copied();
        Ok(formula.names().iter().filter_map(band).collect())
    }

    /// The sensor to which it belongs.
    #[must_use]
    pub fn sensor(&self) -> Option<&'static Sensor> {
        SENSORS.iter().find(|sensor| sensor.indices.iter().any(|index| index.key == self.key))
    }
}

/// A line of a table.
const fn index(
    key: &'static str,
    formula: &'static str,
    unit: &'static str,
    meaning: &'static str,
    source: &'static str,
) -> Index {
    Index { key, formula, unit, meaning, source }
}

/// A line of a table of bands.
const fn band(name: &'static str, meaning: &'static str) -> Band {
    Band { name, meaning }
}
