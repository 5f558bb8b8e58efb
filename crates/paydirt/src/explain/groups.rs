//! Groups of layers that are shuffled together, so that twins do not hide each other: while one of two
//! layers that say the same is shuffled, the model still hears the other, and both seem worthless.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::permutation;
use crate::error::{Error, Result};
use crate::read::{Read, matches};

/// How a group came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// Named in `[explain.permutation]`.
    Setting,
    /// A `[[group]]` of the project.
    Group,
    /// Its layers go together.
    Correlation,
}

/// Layers that are shuffled together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LayerGroup {
    /// Name of the group; of layers that go together, all of theirs.
    pub name: String,
    /// Its layers, two or more.
    pub layers: Vec<String>,
    /// How it came about.
    pub found_by: FoundBy,
}

/// The groups of a project: those of the settings, the `[[group]]`s, and of the layers in neither, those
/// that are linked by rank correlations of `correlation` and more in size, over the cells that the receipt
/// looks at. So no two layers of different groups of the last kind go together as closely.
///
/// # Errors
/// A pattern that no layer is called.
pub fn find(settings: &permutation::Settings, read: &Read) -> Result<Vec<LayerGroup>> {
    let layers: Vec<&str> = read.pipeline.layers.iter().map(|(layer, _)| layer.as_str()).collect();
    let mut groups = Vec::new();
    for (name, patterns) in &settings.groups {
        let layers = named(name, patterns, &layers)?;
        groups.push(LayerGroup { name: name.clone(), layers, found_by: FoundBy::Setting });
    }
    for group in &read.pipeline.groups {
        let (name, layers) = (group.name.clone(), group.layers.clone());
        groups.push(LayerGroup { name, layers, found_by: FoundBy::Group });
    }
    let free: Vec<&str> = layers
        .into_iter()
        .filter(|layer| !groups.iter().any(|group| group.layers.iter().any(|l| l == layer)))
        .collect();
    let pairs = read.receipt.correlations.iter();
    let close: Vec<(&str, &str)> = pairs
        .filter(|pair| pair.rho.abs() >= settings.correlation)
        .map(|pair| (pair.layer.as_str(), pair.with.as_str()))
        .collect();
    groups.extend(linked(&free, &close).into_iter().map(|layers| LayerGroup {
        name: layers.join(" + "),
        layers,
        found_by: FoundBy::Correlation,
    }));
    groups.retain(|group| group.layers.len() > 1);
    Ok(groups)
}

fn named(group: &str, patterns: &[String], layers: &[&str]) -> Result<Vec<String>> {
    if let Some(pattern) = patterns.iter().find(|p| !layers.iter().any(|layer| matches(p, layer))) {
        return Err(Error::Project {
            reason: format!(
                "`explain.permutation.groups.{group}` names `{pattern}`, which no layer is called"
            ),
            hint: "name layers of [[evidence]]; `*` stands for any letters".into(),
        });
    }
    let is_member = |layer: &&&str| patterns.iter().any(|pattern| matches(pattern, layer));
    Ok(layers.iter().filter(is_member).map(|layer| (*layer).to_string()).collect())
}

/// What pairs link, directly or by way of others; each set in the order of `layers`.
fn linked(layers: &[&str], pairs: &[(&str, &str)]) -> Vec<Vec<String>> {
    let mut set: Vec<usize> = (0..layers.len()).collect();
    let place = |layer: &str| layers.iter().position(|other| *other == layer);
    for (one, other) in pairs {
        let (Some(one), Some(other)) = (place(one), place(other)) else { continue };
        let (keep, drop) = (set[one].min(set[other]), set[one].max(set[other]));
        set.iter_mut().filter(|set| **set == drop).for_each(|set| *set = keep);
    }
    let members = |number: usize| -> Vec<String> {
        (0..layers.len()).filter(|&at| set[at] == number).map(|at| layers[at].into()).collect()
    };
    (0..layers.len()).map(members).filter(|members| !members.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_by_way_of_a_third_is_one_group() {
        let found = linked(&["a", "b", "c", "d"], &[("d", "b"), ("a", "d"), ("x", "c")]);
        assert_eq!(found, [vec!["a", "b", "d"], vec!["c"]]);
        assert!(linked(&[], &[]).is_empty());
    }
}
