//! Contacts: the distance in metres from each cell's centre to the nearest contact, where polygons of
//! one class touch polygons of another. The class is the value of the attribute that the layer
//! names, text or number; features without one are no ground. A boundary within one class is no
//! contact, nor is one with ground that has no class; a gap narrower than half a cell's diagonal
//! parts nothing. The distance is that between centres of cells, as [`super::distance`] measures it, to the
//! nearest cell that a contact passes; such a cell is 0, so a distance is true to within half a
//! cell's diagonal (a whole one beside a gap and where an outline leaves a contact).
//!
//! Contacts around the grid count up to half its height and width beyond it. Of a raster, each value
//! is a class and the cells to both sides of a contact are 0. A grid in degrees is refused. Contacts
//! of two rocks alone: keep those two with `where`, or name their codes with `between`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::classes::{Class, Classes, require_polygons};
use super::columns::{bad_setting, refuse};
use super::distance::cell_size_m;
use super::{Canvas, FittedStep, Source, Step, Surface, Whole};
use crate::Result;
use crate::grid::Grid;
use crate::table::Table;

/// Measures the distance to the nearest contact between classes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Two classes, by their numbers, of which alone contacts count. All by default.
    pub between: Option<[f64; 2]>,
    /// Largest distance told apart, in metres: what is farther gets this value. None by default.
    pub max_m: Option<f64>,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("contacts", training)
    }

    fn surface(&self) -> Option<&dyn Surface> {
        Some(self)
    }
}

/// The values of a source in order, each once.
fn distinct(source: &Source<'_>) -> Result<Vec<f32>> {
    let finite = |value: &f32| value.is_finite();
    let mut values: Vec<f32> = match source {
        Source::Shapes(shapes) => {
            shapes.iter().filter_map(|shape| shape.value).filter(finite).collect()
        }
        Source::Raster(values) => values.iter().copied().filter(finite).collect(),
    };
    values.iter_mut().for_each(|value| *value += 0.0);
    values.sort_unstable_by(f32::total_cmp);
    values.dedup();
    match values.len() {
        0 => Err(refuse("contacts", "source", "no feature has a class: name an `attribute`")),
        found if found >= usize::from(Class::MAX) => {
            let reason = format!("{found} different values are no classes");
            Err(refuse("contacts", "source", reason))
        }
        _ => Ok(values),
    }
}

impl Settings {
    /// The two classes of which contacts count, if not all.
    fn pair(&self, values: &[f32]) -> Result<Option<[Class; 2]>> {
        let Some(pair) = self.between else { return Ok(None) };
        if pair[0] == pair[1] {
            let found = format!("[{}, {}]", pair[0], pair[1]);
            return Err(bad_setting("contacts.between", found, "two different classes"));
        }
        let class = |wanted: f64| {
            class_of(values, wanted as f32).ok_or_else(|| {
                let known: Vec<_> = values.iter().take(20).map(f32::to_string).collect();
                let expected = format!("a class that there is (such as {})", known.join(", "));
                bad_setting("contacts.between", wanted, &expected)
            })
        };
        Ok(Some([class(pair[0])?, class(pair[1])?]))
    }
}

/// The class of a value: 1 for the first.
fn class_of(values: &[f32], value: f32) -> Option<Class> {
    values.binary_search_by(|known| known.total_cmp(&(value + 0.0))).ok().map(|at| at as Class + 1)
}

impl Surface for Settings {
    fn prepare<'a>(&'a self, source: &Source<'a>, grid: &'a Grid) -> Result<Box<dyn Canvas + 'a>> {
        let size_m = cell_size_m("contacts", grid)?;
        let max_m = self.max_m.unwrap_or(f64::INFINITY);
        if max_m.is_nan() || max_m <= 0.0 {
            return Err(bad_setting("contacts.max_m", max_m, "over 0"));
        }
        require_polygons("contacts", source)?;
        let values = distinct(source)?;
        let pair = self.pair(&values)?;
        let class = |value: Option<f32>| value.and_then(|value| class_of(&values, value));
        let ground = Classes::of(source, grid, max_m, |value| class(value).unwrap_or(0))?;
        let contacts = ground.meetings(|classes| match pair {
            Some(pair) => pair.iter().all(|class| classes.contains(class)),
            None => {
                let mut known = classes.iter().filter(|class| **class > 0);
                known.next().is_some_and(|first| known.any(|class| class != first))
            }
        });
        if !contacts.any() {
            let reason = "no two classes touch in the grid or within half its size around it";
            return Err(refuse("contacts", "source", reason));
        }
        let values = contacts.distances(size_m[0], size_m[1], max_m);
        Ok(Box::new(Whole { values, cols: grid.cols }))
    }

    fn unit(&self, _: &str) -> String {
        "m".into()
    }

    fn reads_classes(&self) -> bool {
        true
    }
}
