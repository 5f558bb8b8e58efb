//! The steps of a layer that need the map, and where what they make is kept.

use std::path::Path;
use std::sync::Arc;

use paydirt_core::formula::Formula;
use paydirt_core::grid::Grid;
use paydirt_core::layer::{EvidenceType, LayerInfo};
use paydirt_core::mask::Mask;
use paydirt_core::potential::worms::Edge;
use paydirt_core::stack::{GridStack, LayerWriter, Stack};
use paydirt_core::step::{self, AnyStep, Canvas, Found, RasterStep, Surface};

use super::derived;
use crate::error::{Error, Result};
use crate::receipt::LayerReceipt;

/// Where layers are kept: those that are evidence, and the bands that surfaces draw beside them.
pub(crate) struct Kept<'a> {
    pub(crate) stack: GridStack,
    pub(crate) extras: GridStack,
    /// Points on edges that steps found, by layer.
    pub(crate) edges: Vec<(String, Vec<Edge>)>,
    /// Where to keep them on disk, if not in memory.
    pub(crate) spool: Option<&'a Path>,
}

/// What a condition of `keep_where` calls the layer itself.
const VALUE: &str = "value";

/// The steps that need the map: a surface step, then raster steps.
pub(super) struct Way<'a> {
    pub(super) info: LayerInfo,
    pub(super) surface: Option<&'a dyn Surface>,
    /// A condition under which cells keep their value, before the raster steps.
    pub(super) keep_where: Option<Formula>,
    rasters: Vec<&'a dyn RasterStep>,
}

/// What makes a raster from a raster.
enum Stage<'a> {
    Mask(&'a Formula),
    Step(&'a dyn RasterStep),
}

impl<'a> Way<'a> {
    /// These steps of a layer, and the others that follow.
    pub(super) fn of(info: LayerInfo, mut steps: &'a [AnyStep]) -> Result<(Self, Vec<AnyStep>)> {
        let mut way = Self { info, surface: None, keep_where: None, rasters: Vec::new() };
        if let Some(surface) = steps.first().and_then(|step| step.surface()) {
            way.surface = Some(surface);
            steps = &steps[1..];
        }
        while let Some(raster) = steps.first().and_then(|step| step.raster()) {
            way.rasters.push(raster);
            steps = &steps[1..];
        }
        match steps.iter().find(|step| step.surface().is_some() || step.raster().is_some()) {
            None => Ok((way, steps.to_vec())),
            Some(late) => Err(Error::Project {
                reason: format!(
                    "step `{}` of `{}` needs the map, but stands after a step that does not",
                    late.key(),
                    way.info.name
                ),
                hint: "`steps` begin with what makes a layer from shapes, then what looks at the \
                       neighbours of a cell, then what is fitted"
                    .into(),
            }),
        }
    }

    /// The unit of what it makes, given that of its source.
    pub(super) fn unit(&self, unit: &str) -> String {
        let drawn = self.surface.map_or_else(|| unit.into(), |surface| surface.unit(unit));
        self.rasters.iter().fold(drawn, |unit, step| step.unit(&unit))
    }

    /// Keeps what a surface draws, the extra bands beside the layer.
    pub(super) fn draw(
        &self,
        kept: &mut Kept<'_>,
        grid: &Grid,
        canvas: &dyn Canvas,
        line: &mut LayerReceipt,
    ) -> Result<()> {
        let infos = canvas.extras().into_iter().map(|extra| LayerInfo {
            name: format!("{}_{}", self.info.name, extra.suffix),
            evidence_type: EvidenceType::Continuous,
            unit: extra.unit,
        });
        let spool = subfolder(kept.spool, "extras")?;
        let mut extras = infos
            .map(|info| Ok(kept.extras.begin(info, spool.as_deref())?))
            .collect::<Result<Vec<_>>>()?;
        let ((), notes) = self.keep(kept, grid, |writer| {
            Ok(step::draw_surface(canvas, grid, |bands| {
                let mut bands = bands.into_iter();
                writer.write(&bands.next().unwrap_or_default())?;
                extras.iter_mut().zip(bands).try_for_each(|(extra, band)| extra.write(&band))
            })?)
        })?;
        extras.into_iter().try_for_each(|extra| kept.extras.finish(extra))?;
        line.notes = canvas.notes();
        line.notes.extend(notes);
        Ok(())
    }

    /// Keeps what `first` writes once the raster steps have gone over it. What they look at is not
    /// cut to the study area: a cell at its edge has neighbours. Returns what the steps found, too.
    pub(super) fn keep<T>(
        &self,
        kept: &mut Kept<'_>,
        grid: &Grid,
        first: impl FnOnce(&mut LayerWriter) -> Result<T>,
    ) -> Result<(T, Vec<String>)> {
        let info = self.info.clone();
        let stages = self.stages(&kept.stack)?;
        let Some((last, before)) = stages.split_last() else {
            let mut writer = kept.stack.begin(info, kept.spool)?;
            let found = first(&mut writer)?;
            kept.stack.finish(writer)?;
            return Ok((found, Vec::new()));
        };
        let mut found_by_steps = Vec::new();
        let spool = subfolder(kept.spool, "steps")?;
        let everywhere = Arc::new(Mask::new(grid.cells(), true));
        let scratch = || GridStack::new(grid.clone(), Arc::clone(&everywhere));
        let mut held = scratch();
        let mut writer = held.begin(info.clone(), spool.as_deref())?;
        let found = first(&mut writer)?;
        held.finish(writer)?;
        for (turn, stage) in before.iter().enumerate() {
            let spool = subfolder(spool.as_deref(), if turn % 2 == 0 { "odd" } else { "even" })?;
            let mut next = scratch();
            let mut writer = next.begin(info.clone(), spool.as_deref())?;
            found_by_steps.push(self.draw_stage(stage, &held, &kept.stack, &mut writer)?);
            next.finish(writer)?;
            held = next;
        }
        let mut writer = kept.stack.begin(info, kept.spool)?;
        found_by_steps.push(self.draw_stage(last, &held, &kept.stack, &mut writer)?);
        kept.stack.finish(writer)?;
        let mut notes = Vec::new();
        for Found { notes: told, edges } in found_by_steps {
            notes.extend(told);
            if !edges.is_empty() {
                kept.edges.push((self.info.name.clone(), edges));
            }
        }
        Ok((found, notes))
    }

    fn stages(&self, stack: &GridStack) -> Result<Vec<Stage<'_>>> {
        if let Some(mask) = &self.keep_where {
            let names = stack.layers().iter().map(|info| info.name.as_str());
            mask.require_known(&names.chain([VALUE]).collect::<Vec<_>>())?;
        }
        let mask = self.keep_where.iter().map(Stage::Mask);
        Ok(mask.chain(self.rasters.iter().map(|step| Stage::Step(*step))).collect())
    }

    fn draw_stage(
        &self,
        stage: &Stage<'_>,
        held: &GridStack,
        stack: &GridStack,
        writer: &mut LayerWriter,
    ) -> Result<Found> {
        let grid = grid(held)?;
        let own = |units| held.read_stored(&self.info.name, units);
        match stage {
            Stage::Step(step) => {
                Ok(step::draw_raster(*step, grid, own, |rows| writer.write(rows))?)
            }
            Stage::Mask(mask) => {
                let text = format!("where({mask}, {VALUE}, missing)");
                let mask = Formula::parse(&text)?;
                let read = |input: usize, units| match mask.names()[input].as_str() {
                    VALUE => Ok(own(units)?),
                    layer => Ok(stack.read_stored(layer, units)?),
                };
                let notes = derived::evaluate(&mask, grid, read, writer)?;
                Ok(Found { notes, ..Found::default() })
            }
        }
    }
}

/// A folder in the spool folder, if there is one.
pub(super) fn subfolder(spool: Option<&Path>, name: &str) -> Result<Option<std::path::PathBuf>> {
    let Some(folder) = spool.map(|spool| spool.join(name)) else { return Ok(None) };
    fs_err::create_dir_all(&folder)?;
    Ok(Some(folder))
}

pub(super) fn grid(stack: &dyn Stack) -> Result<&Grid> {
    stack.grid().ok_or_else(|| Error::Data {
        reason: "the stack has no grid".into(),
        hint: "give the project a [grid]".into(),
    })
}

/// Counts what is known of the layer just read.
pub(super) fn count(stack: &GridStack, line: &mut LayerReceipt) -> Result<()> {
    let (mut sum, mut range) = (0.0, (f32::INFINITY, f32::NEG_INFINITY));
    for strip in crate::draw::strips(grid(stack)?) {
        for value in stack.read_stored(&line.name, strip)?.into_iter().filter(|v| !v.is_nan()) {
            line.known_cells += 1;
            sum += f64::from(value);
            range = (range.0.min(value), range.1.max(value));
        }
    }
    line.missing_cells = stack.area().count() - line.known_cells;
    if line.known_cells == 0 {
        return Err(Error::Data {
            reason: format!("layer `{}` has no value in the study area", line.name),
            hint: "see that it covers the study area, and what its file says of no data".into(),
        });
    }
    line.min = Some(f64::from(range.0));
    line.max = Some(f64::from(range.1));
    line.mean = Some(sum / line.known_cells as f64);
    if range.0 == range.1 {
        line.warnings.retain(|warning| !warning.starts_with("is constant"));
        line.warnings.push(format!("every known cell is {}, so it can say nothing", range.0));
    }
    // What is missing of the study area says more.
    line.warnings.retain(|warning| !warning.starts_with("covers "));
    if line.missing_cells > 0 {
        let share = line.missing_cells as f64 / stack.area().count() as f64 * 100.0;
        let cells = line.missing_cells;
        line.warnings.push(format!("{cells} cells of the study area ({share:.1} %) have no value"));
    }
    if line.evidence_type == EvidenceType::Categorical && range.0 != range.0.floor() {
        line.warnings.push(format!("it is categorical, but holds {}", range.0));
    }
    Ok(())
}
