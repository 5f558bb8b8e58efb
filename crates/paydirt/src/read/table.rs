//! A table of samples with their features.

use std::collections::BTreeMap;
use std::path::Path;

use paydirt_core::grid::Point;
use paydirt_core::label::{Role, Sample};
use paydirt_core::layer::LayerInfo;
use paydirt_core::mask::Mask;
use paydirt_core::stack::{Stack, TableStack};
use paydirt_core::step::Pipeline;
use paydirt_core::table::{Column, Table};
use paydirt_io::digest;
use paydirt_io::table::{self, Values};
use paydirt_io::vector::SkipReason;

use super::{Read, shown};
use crate::console::Console;
use crate::error::{Error, Result};
use crate::labels;
use crate::project::{Opened, TableSettings};
use crate::receipt::{Excluded, LabelReceipt, LayerReceipt, Receipt};

/// Reads a table project.
pub(super) fn read(opened: &Opened, settings: &TableSettings, console: &Console) -> Result<Read> {
    let file = File::read(&opened.path(&settings.path), console)?;
    let map =
        settings.map.as_ref().map(|path| File::read(&opened.path(path), console)).transpose()?;
    let rows = file.table.rows;
    let mut receipt = Receipt::default();
    let mut pipeline = Pipeline {
        features: opened.project.features.steps.clone(),
        groups: super::groups::resolve(&opened.project.groups, &opened.project.names())?,
        ..Pipeline::default()
    };
    let files = [Some(&file), map.as_ref()];
    let told = opened.project.told_layer();
    let stack = stack(files, (settings, told), (&mut receipt, &mut pipeline), console)?;
    let all = stack.units();
    let fitted = pipeline.fit(&stack.read_range(0..all)?)?;
    let features = fitted.apply(&stack.read_range(0..all)?)?;
    let eligible = Mask::from_fn(all, |row| features.complete(row));
    let (mut labelled, mut excluded) = samples(&file, settings, (&stack, &eligible))?;
    if settings.drop_duplicates {
        drop_duplicates(&stack.read_range(0..rows)?, &mut labelled, &mut excluded);
    }
    let count = |role| labelled.iter().filter(|sample: &&Sample| sample.role == role).count();
    receipt.labels = LabelReceipt {
        sha256: digest::sha256(&opened.path(&settings.path))?,
        path: file.path,
        crs: "as given".into(),
        rows,
        deposits: count(Role::Deposit),
        negatives: count(Role::Negative),
        unlabelled: count(Role::Unlabelled),
        excluded,
    };
    super::tell_labels(&receipt.labels, console);
    let names = labelled
        .iter()
        .filter(|sample| sample.is_deposit())
        .map(|sample| (sample.unit, format!("row {}", sample.unit + 1)))
        .collect::<BTreeMap<_, _>>();
    let read = Read {
        extras: None,
        edges: Vec::new(),
        stack: Box::new(stack),
        labelled,
        rocks: Vec::new(),
        names,
        eligible,
        pipeline,
        receipt,
        spooled: false,
        stored: false,
    };
    super::finish(read, console)
}

/// The evidence of both files by row, those of the second standing for the map.
fn stack(
    files: [Option<&File>; 2],
    (settings, told): (&TableSettings, Option<&str>),
    (receipt, pipeline): (&mut Receipt, &mut Pipeline),
    console: &Console,
) -> Result<TableStack> {
    let table = evidence(files, (settings, told), (receipt, pipeline), console)?;
    let infos = settings.columns.iter().map(|column| LayerInfo {
        name: column.name.clone(),
        evidence_type: column.evidence_type,
        unit: column.unit.clone(),
    });
    let places = places(files, settings)?;
    if places.as_ref().is_some_and(|places| places.iter().all(could_be_degrees)) {
        console.warn(
            "the coordinates of the table look like degrees; they are taken as metres, so widths of \
             blocks and buffers are wrong unless they are 0",
        );
    }
    let stack = TableStack::new(infos.collect(), table, places)?;
    let sampled = files[0].map_or(0, |file| file.table.rows);
    let all = stack.units();
    Ok(match files[1] {
        Some(_) => stack.with_map(Mask::from_fn(all, |unit| unit >= sampled)),
        None => stack,
    })
}

fn could_be_degrees(place: &Point) -> bool {
    place.easting.abs() <= 180.0 && place.northing.abs() <= 90.0
}

/// Leaves out samples whose role and evidence are those of one before them.
fn drop_duplicates(evidence: &Table, samples: &mut Vec<Sample>, excluded: &mut Vec<Excluded>) {
    let mut first: BTreeMap<(Role, Vec<u32>), usize> = BTreeMap::new();
    samples.retain(|sample| {
        let values = evidence.columns().iter().map(|column| column.values[sample.unit].to_bits());
        let before = *first.entry((sample.role, values.collect())).or_insert(sample.unit);
        if before != sample.unit {
            excluded.push(Excluded {
                row: format!("row {}", sample.unit + 1),
                reason: format!("its evidence is that of row {}", before + 1),
            });
        }
        before == sample.unit
    });
}

/// The columns that are evidence, each with its line in the receipt and its steps in the pipeline: the
/// rows of the samples, then those of the map.
fn evidence(
    files: [Option<&File>; 2],
    (settings, told): (&TableSettings, Option<&str>),
    (receipt, pipeline): (&mut Receipt, &mut Pipeline),
    console: &Console,
) -> Result<Table> {
    let mut columns = Vec::new();
    let (mut rows, mut path) = (0, String::new());
    for file in files.into_iter().flatten() {
        rows += file.table.rows;
        path = if path.is_empty() { file.path.clone() } else { format!("{path}, {}", file.path) };
    }
    for wanted in &settings.columns {
        let values = appended(files, &wanted.name)?.iter().map(|value| *value as f32).collect();
        let column = Column::new(&wanted.name, &wanted.name, wanted.evidence_type, values);
        let line = layer_line(&column, &wanted.unit, &path);
        for warning in &line.warnings {
            console.warn(format!("column `{}`: {warning}", wanted.name));
        }
        receipt.layers.push(line);
        columns.push(column);
        if told != Some(wanted.name.as_str()) {
            pipeline.layers.push((wanted.name.clone(), wanted.steps.clone()));
        }
    }
    Ok(Table::new(rows, columns)?)
}

/// A column of numbers over the rows of both files.
fn appended(files: [Option<&File>; 2], name: &str) -> Result<Vec<f64>> {
    let mut all = Vec::new();
    for file in files.into_iter().flatten() {
        all.extend_from_slice(file.numbers(name)?);
    }
    Ok(all)
}

/// A table and its name.
struct File {
    table: table::Columns,
    path: String,
}

impl File {
    fn read(path: &Path, console: &Console) -> Result<Self> {
        let file = Self { table: table::read(path)?, path: shown(path) };
        for warning in &file.table.warnings {
            console.warn(format!("`{}`: {warning}", file.path));
        }
        Ok(file)
    }

    fn column(&self, name: &str) -> Result<&Values> {
        let names = || self.table.columns.iter().map(|column| &*column.name).collect::<Vec<_>>();
        self.table.column(name).map(|column| &column.values).ok_or_else(|| Error::Data {
            reason: format!("`{}` has no column `{name}`", self.path),
            hint: format!("there are: {}", names().join(", ")),
        })
    }

    fn numbers(&self, name: &str) -> Result<&[f64]> {
        match self.column(name)? {
            Values::Numbers(numbers) => Ok(numbers),
            Values::Texts(text) => Err(Error::Data {
                reason: format!(
                    "column `{name}` of `{}` holds text, such as `{}`",
                    self.path,
                    text.iter().flatten().next().map_or("", |text| text)
                ),
                hint: "name a column of numbers".into(),
            }),
        }
    }

    /// A column as text, `None` where a row has nothing.
    fn text(&self, name: &str) -> Result<Vec<Option<String>>> {
        Ok(match self.column(name)? {
            Values::Texts(text) => text.clone(),
            Values::Numbers(numbers) => numbers
                .iter()
                .map(|number| number.is_finite().then(|| number.to_string()))
                .collect(),
        })
    }
}

fn places(files: [Option<&File>; 2], settings: &TableSettings) -> Result<Option<Vec<Point>>> {
    let (Some(easting), Some(northing)) = (&settings.easting, &settings.northing) else {
        return Ok(None);
    };
    let (eastings, northings) = (appended(files, easting)?, appended(files, northing)?);
    if let Some(row) =
        (0..eastings.len()).find(|&row| !(eastings[row].is_finite() && northings[row].is_finite()))
    {
        let sampled = files[0].map_or(0, |file| file.table.rows);
        let (file, row) = if row < sampled { (files[0], row) } else { (files[1], row - sampled) };
        return Err(Error::Data {
            reason: format!(
                "row {} of `{}` has no coordinates",
                row + 1,
                file.map_or("", |file| &file.path)
            ),
            hint: "fill them in, or leave `easting` and `northing` out and give a `group`".into(),
        });
    }
    let pairs = eastings.into_iter().zip(northings);
    Ok(Some(pairs.map(|(easting, northing)| Point { easting, northing }).collect()))
}

fn samples(
    file: &File,
    settings: &TableSettings,
    (stack, eligible): (&TableStack, &Mask),
) -> Result<(Vec<Sample>, Vec<Excluded>)> {
    let roles = file.text(&settings.role)?;
    let groups = settings.group.as_ref().map(|column| file.text(column)).transpose()?;
    let weights = settings.weight.as_ref().map(|column| file.text(column)).transpose()?;
    let years = settings.year.as_ref().map(|column| file.text(column)).transpose()?;
    let (mut samples, mut excluded) = (Vec::new(), Vec::new());
    for (unit, role) in roles.iter().enumerate() {
        let nowhere = Point { easting: 0.0, northing: 0.0 };
        let reason = match stack.place(unit) {
            Some(place) if place == nowhere => labels::reason_skipped(SkipReason::AtZero),
            _ if !eligible.get(unit) => "evidence is missing in its row",
            _ => "",
        };
        if !reason.is_empty() {
            excluded.push(Excluded { row: format!("row {}", unit + 1), reason: reason.into() });
            continue;
        }
        let of = |column: &Option<Vec<Option<String>>>| {
            column.as_ref().and_then(|column| column[unit].clone())
        };
        samples.push(Sample {
            unit,
            role: match role {
                Some(value) => labels::role(value, &settings.roles, &settings.role)?,
                None => Role::Unlabelled,
            },
            weight: of(&weights).map_or(Ok(1.0), |weight| labels::weight(&weight, unit + 1))?,
            group: of(&groups),
            year: of(&years)
                .filter(|year| !year.is_empty())
                .map(|year| labels::year(&year, unit + 1))
                .transpose()?,
        });
    }
    Ok((samples, excluded))
}

fn layer_line(column: &Column, unit: &str, path: &str) -> LayerReceipt {
    let known: Vec<f64> = column.known_values().map(f64::from).collect();
    let (min, max) =
        (known.iter().copied().reduce(f64::min), known.iter().copied().reduce(f64::max));
    let constant = min.filter(|_| min == max);
    LayerReceipt {
        name: column.name.clone(),
        path: path.into(),
        evidence_type: column.evidence_type,
        unit: unit.into(),
        grid: format!("{} rows", column.values.len()),
        known_cells: known.len(),
        missing_cells: column.values.len() - known.len(),
        min,
        max,
        warnings: constant
            .map(|value| format!("every known row is {value}, so it can say nothing"))
            .into_iter()
            .collect(),
        mean: (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64),
        ..LayerReceipt::default()
    }
}
