//! Attributes of features: numbers, texts, and which features take part.

use std::collections::BTreeMap;
use std::path::Path;

use gdal::vector::{Feature, Layer, LayerAccess, OGRFieldType};

use crate::{Error, Result};

/// Most values that an error lists.
const LISTED: usize = 20;

/// Which features take part: those of which an attribute is one of some values, or a number in a
/// range, or both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Only {
    /// The attribute that decides.
    pub attribute: String,
    /// Values of which it must be one; any will do where there are none. `1`, `1.0` and `01` are one
    /// value.
    pub is: Vec<String>,
    /// Least number that takes part.
    pub min: Option<f64>,
    /// Greatest number that takes part.
    pub max: Option<f64>,
}

/// Whether two texts are the same value: letter by letter, or as numbers.
fn same(one: &str, other: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    one == other || number(one).is_some_and(|one| number(other) == Some(one))
}

/// An attribute of a layer.
pub(super) struct Attribute<'a> {
    path: &'a Path,
    name: &'a str,
    index: usize,
    is_text: bool,
}

impl<'a> Attribute<'a> {
    pub(super) fn find(layer: &Layer<'_>, path: &'a Path, name: &'a str) -> Result<Self> {
        let known = super::attributes(layer);
        let index = known.iter().position(|known| known == name).ok_or_else(|| Error::Unknown {
            path: path.into(),
            what: "attribute",
            name: name.into(),
            known: known.join(", "),
        })?;
        let kind = layer.defn().fields().nth(index).map(|field| field.field_type());
        let number = [OGRFieldType::OFTInteger, OGRFieldType::OFTInteger64, OGRFieldType::OFTReal];
        Ok(Self { path, name, index, is_text: !kind.is_some_and(|kind| number.contains(&kind)) })
    }

    /// What a feature says; `None` where it says nothing.
    pub(super) fn text(&self, feature: &Feature<'_>) -> Option<String> {
        let text = feature.field_as_string(self.index).ok().flatten()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// The number of a feature. Text is one if it reads as one.
    pub(super) fn number(&self, feature: &Feature<'_>) -> Result<Option<f32>> {
        let finite = |number: f64| Some(number as f32).filter(|number| number.is_finite());
        if !self.is_text {
            return Ok(feature.field_as_double(self.index).ok().flatten().and_then(finite));
        }
        let Some(text) = self.text(feature) else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(number) => Ok(finite(number)),
            Err(_) => Err(Error::BadValues {
                path: self.path.into(),
                what: "attribute",
                name: self.name.into(),
                found: format!("the text `{text}`"),
                expected: "numbers",
            }),
        }
    }
}

/// Says which features take part, and keeps what was found on the way.
pub(super) struct Filter<'a> {
    only: &'a Only,
    attribute: Attribute<'a>,
    /// How often each value was met.
    met: BTreeMap<String, usize>,
    taken: usize,
}

impl<'a> Filter<'a> {
    pub(super) fn new(layer: &Layer<'_>, path: &'a Path, only: &'a Only) -> Result<Self> {
        let attribute = Attribute::find(layer, path, &only.attribute)?;
        Ok(Self { only, attribute, met: BTreeMap::new(), taken: 0 })
    }

    pub(super) fn takes(&mut self, feature: &Feature<'_>) -> bool {
        let Some(text) = self.attribute.text(feature) else { return false };
        let Only { is, min, max, .. } = self.only;
        let listed = is.is_empty() || is.iter().any(|wanted| same(wanted.trim(), &text));
        let in_range = (min.is_none() && max.is_none())
            || text.parse::<f64>().is_ok_and(|number| {
                min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max)
            });
        *self.met.entry(text).or_default() += 1;
        self.taken += usize::from(listed && in_range);
        listed && in_range
    }

    /// One sentence for each value that no feature has.
    ///
    /// # Errors
    /// [`Error::NoMatch`] where no feature takes part.
    pub(super) fn finish(self) -> Result<Vec<String>> {
        let Only { attribute, is, min, max } = self.only;
        if self.taken == 0 {
            let bound = |word: &str, bound: &Option<f64>| bound.map(|b| format!("{word} {b}"));
            let list = (!is.is_empty()).then(|| format!("is {}", is.join(" or ")));
            let wanted: Vec<String> = [list, bound("is at least", min), bound("is at most", max)]
                .into_iter()
                .flatten()
                .collect();
            return Err(Error::NoMatch {
                path: self.attribute.path.into(),
                attribute: attribute.clone(),
                wanted: wanted.join(" and "),
                known: listed(&self.met),
            });
        }
        let unmet = is.iter().filter(|wanted| !self.met.keys().any(|met| same(wanted.trim(), met)));
        Ok(unmet.map(|wanted| format!("no feature has `{attribute}` `{wanted}`")).collect())
    }
}

/// Values and how often each was met, the most frequent first.
fn listed(met: &BTreeMap<String, usize>) -> String {
    let mut values: Vec<(&String, &usize)> = met.iter().collect();
    values.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let mut texts: Vec<String> =
        values.iter().take(LISTED).map(|(value, count)| format!("{value} ({count})")).collect();
    if values.len() > LISTED {
        texts.push(format!("and {} more", values.len() - LISTED));
    }
    if texts.is_empty() { "nothing in any feature".into() } else { texts.join(", ") }
}
