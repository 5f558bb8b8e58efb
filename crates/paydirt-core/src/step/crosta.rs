//! Feature-oriented principal components (Crosta & Moore 1989; Loughlin 1991, Photogrammetric
//! Engineering & Remote Sensing 57, 1163-1169): of a few bands, among them one in which a mineral
//! is bright and one in which it absorbs, the principal component in which these two stand against
//! each other. Of the components whose two loadings differ in sign it takes the one with the largest
//! product of their sizes, and turns it so that the bright band's loading is positive: high values
//! then say *mineral*, whatever the lighting. ASTER's hydroxyl: bands 1, 3, 4 and 6, `bright` 4,
//! `dark` 6; iron oxide with Landsat's OLI: bands 2, 4, 5 and 6, `bright` 4, `dark` 2.
//!
//! The component is one column, without unit where bands are standardised and else in theirs. Rows
//! with a missing band are not fitted on and have none.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, is_numeric, refuse, require_columns, unknown};
use super::components::{
    Component, Input, complete_rows, covariance, decompose, project, varying, without,
};
use super::{FittedStep, Step};
use crate::Result;
use crate::table::Table;

/// Makes one component that shows a mineral by a bright and an absorbing band.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The band in which the mineral is bright.
    pub bright: String,
    /// The band in which it absorbs.
    pub dark: String,
    /// The bands that go in, most often four; without any, all that are no category.
    pub bands: Vec<String>,
    /// Name of the column that comes out.
    pub name: String,
    /// Whether each band is divided by its standard deviation first. The published method does not.
    pub standardise: bool,
    /// Whether the bands stay beside the component, for a further step. Else it replaces them.
    pub keep_bands: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bright: String::new(),
            dark: String::new(),
            bands: Vec::new(),
            name: "crosta".into(),
            standardise: false,
            keep_bands: false,
        }
    }
}

/// The bands and the component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The bands that go in.
    pub inputs: Vec<Input>,
    /// Which of the components it is, counted from 1, largest variance first.
    pub number: usize,
    /// The component, turned so that the mineral is bright.
    pub component: Component,
    /// Name of the column that comes out.
    pub name: String,
    /// Whether the bands stay.
    pub keep_bands: bool,
}

impl Settings {
    /// The columns that go in, in their order here.
    fn bands(&self, training: &Table) -> Result<Table> {
        let numeric = training.columns().iter().filter(|column| is_numeric(column));
        let known: Vec<&String> = numeric.map(|column| &column.name).collect();
        let wanted: Vec<&String> =
            if self.bands.is_empty() { known.clone() } else { self.bands.iter().collect() };
        if let Some(missing) = wanted.iter().find(|name| !known.contains(name)) {
            return Err(unknown(missing, known.into_iter()));
        }
        for (key, band) in [("crosta.bright", &self.bright), ("crosta.dark", &self.dark)] {
            if !wanted.contains(&band) {
                let names: Vec<&str> = wanted.iter().map(|name| name.as_str()).collect();
                let expected = format!("one of the bands ({})", names.join(", "));
                return Err(bad_setting(key, format!("\"{band}\""), &expected));
            }
        }
        if self.bright == self.dark {
            return Err(bad_setting("crosta.dark", &self.dark, "another band than `bright`"));
        }
        let columns = wanted.into_iter().filter_map(|name| training.column(name)).cloned();
        Table::new(training.rows(), columns.collect())
    }
}

/// Where the two bands stand most against each other: the component's number, and how it is turned.
fn choose(components: &[Component], bright: usize, dark: usize) -> Option<(usize, f64)> {
    let against = |component: &Component| component.loadings[bright] * component.loadings[dark];
    let (number, component) = components
        .iter()
        .enumerate()
        .filter(|(_, component)| against(component) < 0.0)
        .min_by(|(_, a), (_, b)| against(a).total_cmp(&against(b)))?;
    Some((number, component.loadings[bright].signum()))
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let complete = complete_rows("crosta", &self.bands(training)?)?;
        let inputs = Input::all(&complete, self.standardise);
        let mut components =
            decompose(varying("crosta", covariance(&inputs, &complete), &complete)?);
        let place = |name: &String| inputs.iter().position(|input| input.name == *name);
        let chosen = match (place(&self.bright), place(&self.dark)) {
            (Some(bright), Some(dark)) => choose(&components, bright, dark),
            _ => None,
        };
        let Some((number, turn)) = chosen else {
            let reason = format!(
                "no component sets `{}` against `{}`: one of them does not vary on the training side",
                self.bright, self.dark
            );
            return Err(refuse("crosta", complete.names().join(", "), reason));
        };
        let mut component = components.swap_remove(number);
        component.loadings.iter_mut().for_each(|loading| *loading *= turn);
        let (name, keep_bands) = (self.name.clone(), self.keep_bands);
        Ok(FittedStep::Crosta(Fitted { inputs, number: number + 1, component, name, keep_bands }))
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        require_columns(&table, self.inputs.iter().map(|input| &input.name))?;
        let name = self.name.as_str();
        let column = project(&table, &self.inputs, &self.component.loadings, [name, name])?;
        let mut columns =
            if self.keep_bands { table.columns().to_vec() } else { without(&table, &self.inputs) };
        columns.push(column);
        Table::new(table.rows(), columns)
    }
}
