//! What parses but contradicts itself.

use super::{Evidence, GridSettings, Project, TableSettings, Where};
use crate::error::{Error, Result};

/// Longest name in bytes: names become file names, with a few words around them.
const NAME_BYTES: usize = 100;

fn wrong(reason: impl Into<String>, hint: &str) -> Error {
    Error::Project { reason: reason.into(), hint: hint.into() }
}

impl Project {
    /// Refuses what parses but contradicts itself.
    ///
    /// # Errors
    /// [`Error::Project`] with the remedy.
    pub fn validate(&self) -> Result<()> {
        check_name("the project", &self.name)?;
        match (&self.table, &self.grid) {
            (Some(table), None)
                if self.labels.is_none() && self.evidence.is_empty() && self.assays.is_empty() =>
            {
                table.validate()?;
            }
            (None, Some(grid)) => {
                grid.validate()?;
                self.validate_evidence()?;
            }
            _ => {
                return Err(wrong(
                    "a project has either a [grid] with [[evidence]] and [labels], or a [table]",
                    "`paydirt init FOLDER` writes a project file that runs",
                ));
            }
        }
        self.validate_numbers()?;
        if let Some(search) = &self.search {
            self.model.axes(search)?;
        }
        self.explain.validate()?;
        self.validate_training()?;
        self.validate_networks()?;
        self.validate_uncertainty()?;
        self.target.validate()?;
        self.validate_names()
    }

    /// Refuses counts that no run could get through.
    fn validate_numbers(&self) -> Result<()> {
        let counts = [
            ("uncertainty.ensemble.members", self.uncertainty.ensemble.members, 1, 10_000),
            ("split.repeats", self.split.repeats(), 1, 10_000),
        ];
        match counts.iter().find(|(_, count, least, most)| !(least..=most).contains(&count)) {
            None => Ok(()),
            Some((key, found, least, most)) => Err(paydirt_core::Error::BadSetting {
                key: (*key).into(),
                found: found.to_string(),
                expected: format!("{least} to {most}"),
            }
            .into()),
        }
    }

    /// Maps whose names differ by case alone are one file on many disks.
    fn validate_names(&self) -> Result<()> {
        let key = |name: &str| match self.table {
            Some(_) => name.to_owned(),
            None => name.to_lowercase(),
        };
        let mut names = self.names();
        names.sort_by_key(|name| key(name));
        match names.windows(2).find(|pair| key(pair[0]) == key(pair[1])) {
            Some(pair) => Err(paydirt_core::Error::DuplicateName { name: pair[1].into() }.into()),
            None => Ok(()),
        }
    }

    fn validate_evidence(&self) -> Result<()> {
        if self.evidence.is_empty() && self.assays.is_empty() {
            return Err(wrong(
                "a project with a [grid] needs at least one [[evidence]] or [[assays]]",
                "`paydirt init FOLDER` writes a project file that runs",
            ));
        }
        check_layers("evidence", &self.evidence)?;
        for (number, assays) in self.assays.iter().enumerate() {
            check_name(&format!("assays {}", number + 1), &assays.name)?;
        }
        for (number, group) in self.groups.iter().enumerate() {
            check_name(&format!("group {}", number + 1), &group.name)?;
        }
        Ok(())
    }
}

/// Refuses layers whose names or attributes cannot be meant; `what` is how they are called.
pub(crate) fn check_layers(what: &str, layers: &[Evidence]) -> Result<()> {
    for (number, layer) in layers.iter().enumerate() {
        check_name(&format!("{what} {}", number + 1), &layer.name)?;
        layer.validate_attributes()?;
    }
    Ok(())
}

/// Names become names of files and folders, on any system.
fn check_name(what: &str, name: &str) -> Result<()> {
    let odd = |c: char| c.is_control() || "/\\<>:\"|?*".contains(c);
    let plain = !name.trim().is_empty()
        && name.trim() == name
        && !name.contains(odd)
        && !name.starts_with('.')
        && name.len() <= NAME_BYTES;
    if plain {
        return Ok(());
    }
    Err(wrong(
        format!("the name of {what} is `{}`, which is no file name", name.escape_debug()),
        "use up to 100 letters, digits, spaces, `-` and `_`",
    ))
}

/// Codes up to here are told apart in 32-bit floats.
const GREATEST_CODE: u32 = 1 << 24;

impl Evidence {
    /// Refuses what is said of attributes where it contradicts itself.
    fn validate_attributes(&self) -> Result<()> {
        let wrong =
            |reason: &str, hint: &str| wrong(format!("layer `{}` {reason}", self.name), hint);
        if self.attribute.is_none() && (self.legend.is_some() || !self.codes.is_empty()) {
            return Err(wrong(
                "has a `legend` or `codes`, but no `attribute` whose values they mean",
                "name the `attribute`",
            ));
        }
        let mut codes: Vec<u32> = self.codes.values().copied().collect();
        codes.sort_unstable();
        if let Some(twice) = codes.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(wrong(
                &format!("gives the code {} to two texts", twice[0]),
                "give each its own; a `legend` puts several into one class",
            ));
        }
        if let Some(large) = codes.last().filter(|code| **code > GREATEST_CODE) {
            return Err(wrong(&format!("has the code {large}"), "codes go up to 16777216"));
        }
        self.only
            .as_ref()
            .map_or(Ok(()), |only| only.validate().map_err(|(reason, hint)| wrong(&reason, hint)))
    }
}

impl Where {
    /// What contradicts itself, and the remedy.
    fn validate(&self) -> std::result::Result<(), (String, &'static str)> {
        let tests = !self.is.is_empty() || self.min.is_some() || self.max.is_some();
        let numbers = [self.min, self.max];
        let wrong = match (&self.attribute, self.strike_degrees) {
            (None, _) if tests => "asks `is`, `min` or `max` in `where`, but of no attribute",
            (Some(_), _) if !tests => "names an attribute in `where`, but asks nothing of it",
            (None, None) => "has a `where` that asks nothing",
            _ if numbers.iter().flatten().any(|number| !number.is_finite()) => {
                "has a `min` or `max` in `where` that is no number"
            }
            _ if self.min.zip(self.max).is_some_and(|(min, max)| min > max) => {
                "has a `min` over its `max` in `where`"
            }
            (_, Some([from, to]))
                if from == to || ![from, to].iter().all(|d| (0.0..=180.0).contains(d)) =>
            {
                return Err((
                    format!("has `strike_degrees` of [{from}, {to}] in `where`"),
                    "two different azimuths from 0 to 180: [30, 60], or [160, 20] by way of north",
                ));
            }
            _ => return Ok(()),
        };
        Err((wrong.into(), "write `where = { attribute = \"TYPE\", is = [\"thrust\"] }`"))
    }
}

impl GridSettings {
    fn validate(&self) -> Result<()> {
        if self.like.is_some() && (self.cell_m.is_some() || self.region.is_some()) {
            return Err(wrong(
                "[grid] takes its cells from `like`, but has `cell_m` or `region` as well",
                "keep `like`, or the numbers",
            ));
        }
        let numbers = self.crs.is_some() && self.cell_m.is_some();
        let place = self.region.is_some() || self.study_area.is_some();
        if self.like.is_none() && !(numbers && place) {
            return Err(wrong(
                "[grid] needs `like`, or `crs`, `cell_m` and one of `region` and `study_area`",
                "take that of a raster: `like = \"study_area.tif\"`",
            ));
        }
        if let Some(cell_m) = self.cell_m.filter(|cell_m| !(cell_m.is_finite() && *cell_m > 0.0)) {
            return Err(wrong(format!("`grid.cell_m` is {cell_m}"), "give a length over 0"));
        }
        match self.region {
            Some([west, south, east, north])
                if !(west < east && south < north && (east - west + north - south).is_finite()) =>
            {
                Err(wrong(
                    format!("`grid.region` is [{west}, {south}, {east}, {north}]"),
                    "its order is west, south, east, north",
                ))
            }
            _ => Ok(()),
        }
    }
}

impl TableSettings {
    fn validate(&self) -> Result<()> {
        if self.columns.is_empty() {
            return Err(wrong(
                "`table.columns` is empty, so there is no evidence",
                "name columns: `columns = [{ name = \"Cu_ppm\" }]`",
            ));
        }
        for column in &self.columns {
            if let Some(step) =
                column.steps.iter().find(|step| step.surface().is_some() || step.raster().is_some())
            {
                return Err(wrong(
                    format!("step `{}` of `{}` needs a map", step.key(), column.name),
                    "a table of samples has no map to measure on",
                ));
            }
        }
        if self.easting.is_some() == self.northing.is_some() {
            return Ok(());
        }
        Err(wrong(
            "[table] names only one of `easting` and `northing`",
            "name both, or neither and a `group`",
        ))
    }
}
