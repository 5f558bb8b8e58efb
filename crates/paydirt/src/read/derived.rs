//! Layers made by formula: from the bands of a file, or from other layers.

use std::collections::BTreeMap;
use std::ops::Range;

use paydirt_core::formula::{Formula, Trouble};
use paydirt_core::grid::Grid;
use paydirt_core::index;
use paydirt_core::stack::{GridStack, LayerWriter, Stack};

use crate::draw::strips;
use crate::error::{Error, Result};
use crate::project::Evidence;

/// A formula and what its names stand for.
pub(super) struct Derived {
    pub(super) formula: Formula,
    /// What each of its names stands for: a band such as `b3`, or a layer.
    pub(super) inputs: Vec<String>,
}

impl Derived {
    /// The formula or index of a layer; `None` if it has neither.
    pub(super) fn of(settings: &Evidence) -> Result<Option<Self>> {
        let formula = match (&settings.formula, &settings.index) {
            (None, None) => return Ok(None),
            (Some(formula), None) => Formula::parse(formula)?,
            (None, Some(key)) => index::find(key)?.parsed()?,
            (Some(_), Some(_)) => {
                return Err(Error::Project {
                    reason: format!("`{}` has a `formula` and an `index`", settings.name),
                    hint: "keep one of them".into(),
                });
            }
        };
        if let Some(odd) = settings.from.keys().find(|name| !formula.names().contains(name)) {
            return Err(Error::Core(paydirt_core::Error::Unknown {
                what: "name in the formula",
                name: odd.clone(),
                known: formula.names().join(", "),
            }));
        }
        // Such a step draws from shapes, points or feature cells, never from what a formula gave.
        if let Some(step) = settings.steps.iter().find(|step| step.surface().is_some()) {
            return Err(Error::Project {
                reason: format!(
                    "the step `{}` of `{}` would not see its formula",
                    step.key(),
                    settings.name
                ),
                hint: "write the formula's layer with `paydirt prepare`, and give the step a layer of its own \
                       that names the file"
                    .into(),
            });
        }
        let meant = |name: &String| settings.from.get(name).unwrap_or(name).clone();
        let inputs = formula.names().iter().map(meant).collect();
        Ok(Some(Self { formula, inputs }))
    }

    /// The bands of a file that it needs, counted from 1.
    pub(super) fn bands(&self) -> Result<Vec<usize>> {
        let band = |name: &String| {
            name.strip_prefix('b').and_then(|number| number.parse().ok()).ok_or_else(|| {
                Error::Project {
                    reason: format!("`{name}` is no band of a file"),
                    hint: "bands are called `b1`, `b2`, ...; say what stands for a name with \
                           `from = { k = \"b1\" }`"
                        .into(),
                }
            })
        };
        self.inputs.iter().map(band).collect()
    }

    /// Refuses layers that do not stand before this one.
    pub(super) fn require_layers(&self, stack: &GridStack) -> Result<()> {
        let known: Vec<&str> = stack.layers().iter().map(|info| info.name.as_str()).collect();
        match self.inputs.iter().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(_) if self.inputs == self.formula.names() => {
                Ok(self.formula.require_known(&known)?)
            }
            Some(name) => Err(Error::Core(paydirt_core::Error::Unknown {
                what: "layer before this one",
                name: name.clone(),
                known: known.join(", "),
            })),
        }
    }
}

/// Writes what a formula gives on every cell; returns a sentence for each cause of cells without a
/// value. `read` gives the values of units of each input.
pub(super) fn evaluate(
    formula: &Formula,
    grid: &Grid,
    read: impl Fn(usize, Range<usize>) -> Result<Vec<f32>>,
    writer: &mut LayerWriter,
) -> Result<Vec<String>> {
    let mut trouble: BTreeMap<Trouble, usize> = BTreeMap::new();
    for strip in strips(grid) {
        let inputs: Vec<Vec<f32>> = (0..formula.names().len())
            .map(|input| read(input, strip.clone()))
            .collect::<Result<_>>()?;
        let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
        let found = formula.evaluate(&inputs)?;
        writer.write(&found.values)?;
        for (cause, cells) in found.trouble {
            *trouble.entry(cause).or_default() += cells;
        }
    }
    let share = |cells: usize| 100.0 * cells as f64 / grid.cells() as f64;
    let sentence = |(cause, cells): (Trouble, usize)| {
        format!("{cells} cells ({:.1} %) have no value: {cause}", share(cells))
    };
    Ok(trouble.into_iter().map(sentence).collect())
}
