//! What the attributes of features mean: which features take part, classes from texts, and tables
//! that put values into groups or give them scores.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use paydirt_core::layer::EvidenceType;
use paydirt_io::digest;
use paydirt_io::table::{self, Values};
use paydirt_io::vector::{Only, Shapes};

use crate::error::{Error, Result};
use crate::project::{Evidence, Named, Where};
use crate::receipt::LayerReceipt;

/// Most classes of a layer: more are names of places, not of rocks.
const MOST_CLASSES: usize = 10_000;
/// Most values that a warning names.
const NAMED: usize = 10;

fn data(reason: String, hint: &str) -> Error {
    Error::Data { reason, hint: hint.into() }
}

/// Refuses what is said of attributes where there are none.
pub(super) fn refuse_raster(settings: &Evidence) -> Result<()> {
    let keys = [("attribute", settings.attribute.is_some()), ("where", settings.only.is_some())];
    match keys.into_iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((key, _)) => Err(Error::Project {
            reason: format!(
                "layer `{}` is a raster, which has no attributes, but has `{key}`",
                settings.name
            ),
            hint: "leave it out; the step `reclassify` gives the values of a raster others".into(),
        }),
    }
}

/// Whether the attribute is read as text.
pub(super) fn is_text(settings: &Evidence, reads_classes: bool) -> bool {
    let named = settings.legend.is_some() || !settings.codes.is_empty();
    let classes = reads_classes || settings.evidence_type == EvidenceType::Categorical;
    settings.attribute.is_some() && (named || classes)
}

/// What the reader of features is asked.
pub(super) fn only(settings: &Where) -> Option<Only> {
    let text = |named: &Named| match named {
        Named::Number(number) => number.to_string(),
        Named::Text(text) => text.clone(),
    };
    Some(Only {
        attribute: settings.attribute.clone()?,
        is: settings.is.iter().map(text).collect(),
        min: settings.min,
        max: settings.max,
    })
}

/// Keeps the segments that strike as the layer wants them.
pub(super) fn keep_strikes(
    settings: &Evidence,
    found: &mut Shapes,
    unit_m: [f64; 2],
) -> Result<()> {
    let Some([from, to]) = settings.only.as_ref().and_then(|only| only.strike_degrees) else {
        return Ok(());
    };
    let mut texts = std::mem::take(&mut found.texts).into_iter();
    for mut shape in std::mem::take(&mut found.shapes) {
        let text = texts.next();
        if let Some(part) = shape.geometry.striking([from, to], unit_m) {
            shape.geometry = part;
            found.shapes.push(shape);
            found.texts.extend(text);
        }
    }
    if found.shapes.is_empty() {
        return Err(data(
            format!("no line of layer `{}` strikes from {from} to {to} degrees", settings.name),
            "azimuths run from 0 to 180 east of north; `[160, 20]` goes by way of north",
        ));
    }
    Ok(())
}

/// A value as it is looked up: numbers are one however they are written.
fn key(text: &str) -> String {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number.map_or_else(|| text.trim().to_owned(), |number| (number + 0.0).to_string())
}

/// What a table says of each value.
pub(super) struct Legend {
    path: String,
    sha256: String,
    classes: Option<BTreeMap<String, Option<String>>>,
    scores: Option<BTreeMap<String, Option<f64>>>,
}

impl Legend {
    /// Reads a table with columns `value` and `class` or `score`.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        let columns = table::read(path)?;
        let texts = |name: &str| columns.column(name).map(|column| texts(&column.values));
        let Some(values) = texts("value") else {
            return Err(bad_legend(&shown, "has no column `value`"));
        };
        let (mut keys, mut seen) = (Vec::new(), BTreeSet::new());
        for (row, value) in values.into_iter().enumerate() {
            let Some(value) = value.map(|value| key(&value)) else {
                return Err(bad_legend(&shown, &format!("has no value in row {}", row + 1)));
            };
            if !seen.insert(value.clone()) {
                return Err(bad_legend(&shown, &format!("has the value `{value}` twice")));
            }
            keys.push(value);
        }
        let scores = match columns.column("score").map(|column| &column.values) {
            None => None,
            Some(Values::Numbers(scores)) => {
                let known = scores.iter().map(|score| Some(*score).filter(|s| s.is_finite()));
                Some(keys.iter().cloned().zip(known).collect())
            }
            Some(Values::Texts(_)) => {
                return Err(bad_legend(&shown, "has a column `score` that is not all numbers"));
            }
        };
        let classes = texts("class").map(|classes| keys.into_iter().zip(classes).collect());
        Ok(Self { path: shown, sha256: digest::sha256(path)?, classes, scores })
    }
}

fn bad_legend(path: &str, reason: &str) -> Error {
    let hint = "a legend has a column `value`, each value once, and a column `class` or `score`";
    data(format!("the legend `{path}` {reason}"), hint)
}

/// A column as text, `None` where a row has nothing.
fn texts(values: &Values) -> Vec<Option<String>> {
    match values {
        Values::Texts(texts) => texts.clone(),
        Values::Numbers(numbers) => {
            let text = |number: &f64| number.is_finite().then(|| number.to_string());
            numbers.iter().map(text).collect()
        }
    }
}

/// How the texts of features become values.
pub(super) struct Wanted<'a> {
    settings: &'a Evidence,
    legend: Option<&'a Legend>,
    /// Whether classes are asked for, not scores.
    classes: bool,
}

impl<'a> Wanted<'a> {
    pub(super) fn of(
        settings: &'a Evidence,
        legend: Option<&'a Legend>,
        reads_classes: bool,
    ) -> Self {
        let categorical = settings.evidence_type == EvidenceType::Categorical;
        Self { settings, legend, classes: categorical || reads_classes || legend.is_none() }
    }

    /// Gives each shape the value of its text.
    pub(super) fn code(
        &self,
        found: &mut Shapes,
        unit_m: [f64; 2],
        line: &mut LayerReceipt,
    ) -> Result<()> {
        let mut unknown = BTreeSet::new();
        if let Some(legend) = self.legend {
            line.legend_sha256.clone_from(&legend.sha256);
        }
        if self.classes {
            let classes = self.classes_of(found, &mut unknown)?;
            self.number(found, &classes, &mut unknown, line)?;
        } else {
            self.scores(found, &mut unknown)?;
        }
        if !unknown.is_empty() {
            found.warnings.push(told(found, &unknown, unit_m));
        }
        Ok(())
    }

    fn lacks(&self, legend: &Legend, column: &str) -> Error {
        let kind = format!("{:?}", self.settings.evidence_type).to_lowercase();
        let name = &self.settings.name;
        bad_legend(
            &legend.path,
            &format!("has no column `{column}`, which the {kind} layer `{name}` asks for"),
        )
    }

    fn scores(&self, found: &mut Shapes, unknown: &mut BTreeSet<String>) -> Result<()> {
        let Some(legend) = self.legend else { return Ok(()) };
        let scores = legend.scores.as_ref().ok_or_else(|| self.lacks(legend, "score"))?;
        for (shape, text) in found.shapes.iter_mut().zip(&found.texts) {
            let Some(text) = text else { continue };
            match scores.get(&key(text)) {
                Some(score) => shape.value = score.map(|score| score as f32),
                None => {
                    unknown.insert(text.clone());
                }
            }
        }
        Ok(())
    }

    /// The class of each shape by its text.
    fn classes_of(
        &self,
        found: &Shapes,
        unknown: &mut BTreeSet<String>,
    ) -> Result<Vec<Option<String>>> {
        let Some(legend) = self.legend else { return Ok(found.texts.clone()) };
        let classes = legend.classes.as_ref().ok_or_else(|| self.lacks(legend, "class"))?;
        let mut class = |text: &Option<String>| {
            let text = text.as_ref()?;
            classes.get(&key(text)).cloned().unwrap_or_else(|| {
                unknown.insert(text.clone());
                None
            })
        };
        Ok(found.texts.iter().map(&mut class).collect())
    }

    /// Gives each shape the code of its class.
    fn number(
        &self,
        found: &mut Shapes,
        classes: &[Option<String>],
        unknown: &mut BTreeSet<String>,
        line: &mut LayerReceipt,
    ) -> Result<()> {
        let number = |class: &str| class.parse::<f32>().ok().filter(|number| number.is_finite());
        let given = &self.settings.codes;
        if given.is_empty() && classes.iter().flatten().all(|class| number(class).is_some()) {
            for (shape, class) in found.shapes.iter_mut().zip(classes) {
                shape.value = class.as_deref().and_then(number);
            }
            return Ok(());
        }
        let codes = if given.is_empty() { self.in_order(classes)? } else { given.clone() };
        for ((shape, class), text) in found.shapes.iter_mut().zip(classes).zip(&found.texts) {
            shape.value =
                class.as_ref().and_then(|class| codes.get(class)).map(|code| *code as f32);
            if class.is_some() && shape.value.is_none() {
                unknown.extend(text.clone());
            }
        }
        if self.settings.evidence_type == EvidenceType::Categorical {
            line.legend = codes.into_iter().map(|(text, code)| (code, text)).collect();
            line.legend.sort_unstable();
        }
        Ok(())
    }

    /// The different classes in the order of their letters, from 1.
    fn in_order(&self, classes: &[Option<String>]) -> Result<BTreeMap<String, u32>> {
        let different: BTreeSet<&String> = classes.iter().flatten().collect();
        if different.len() > MOST_CLASSES {
            let attribute = self.settings.attribute.as_deref().unwrap_or_default();
            return Err(data(
                format!(
                    "attribute `{attribute}` of layer `{}` has {} different texts, but at most \
                     {MOST_CLASSES} are classes",
                    self.settings.name,
                    different.len()
                ),
                "name an attribute of classes, or put its values into classes with a `legend`",
            ));
        }
        Ok((1..).zip(different).map(|(code, class)| (class.clone(), code)).collect())
    }
}

/// A sentence on the texts that have no meaning, with their share of the area (of polygons) or of the
/// features.
fn told(found: &Shapes, unknown: &BTreeSet<String>, unit_m: [f64; 2]) -> String {
    let is_unknown = |text: &Option<String>| text.as_ref().is_some_and(|t| unknown.contains(t));
    let sum = |size: &dyn Fn(usize) -> f64| {
        let all: f64 = (0..found.shapes.len()).map(size).sum();
        let lost = (0..found.shapes.len()).filter(|at| is_unknown(&found.texts[*at])).map(size);
        (lost.sum::<f64>(), all)
    };
    let mut share = sum(&|at| found.shapes[at].geometry.area_m2(unit_m));
    let mut of = "area";
    if share.1 == 0.0 {
        (share, of) = (sum(&|_| 1.0), "features");
    }
    let names: Vec<String> = unknown.iter().take(NAMED).map(|text| format!("`{text}`")).collect();
    let more = unknown.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(
        "{}{more} not in the legend, so {:.1} % of the {of} is missing",
        names.join(", "),
        100.0 * share.0 / share.1.max(f64::MIN_POSITIVE)
    )
}
