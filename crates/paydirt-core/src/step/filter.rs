//! What the filters of potential fields share: a raster step that is a filter of a [`Field`].

use super::{Block, FittedStep, RasterStep, Reach, Step};
use crate::Result;
use crate::grid::Grid;
use crate::potential::field::Cover;
use crate::potential::worms::Edge;
use crate::potential::{Field, Gaps};
use crate::table::Table;

/// A filter of a potential field, which looks over the whole raster.
pub(super) trait Filter: Send + Sync {
    /// Its key in the project file.
    const KEY: &'static str;

    /// What it does about cells without a value.
    fn gaps(&self) -> &Gaps;

    /// Refuses settings out of range.
    fn check(&self, _: &Grid) -> Result<()> {
        Ok(())
    }

    /// Values of the cells of the field's window.
    fn filter(&self, field: &Field) -> Result<Vec<f64>>;

    /// The unit of what it draws.
    fn unit(&self, unit: &str) -> String {
        unit.into()
    }

    /// Whether it finds edges, which are then asked for.
    const HAS_EDGES: bool = false;

    /// The edges that it finds.
    fn edges(&self, _: &Field) -> Result<Vec<Edge>> {
        Ok(Vec::new())
    }

    /// What it adds to the receipt.
    fn note(&self) -> Option<String> {
        None
    }
}

impl<T: Filter> Step for T {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place(T::KEY, training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

impl<T: Filter> RasterStep for T {
    fn reach(&self, grid: &Grid) -> Result<Reach> {
        self.check(grid)?;
        Ok(Reach::Whole)
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        self.check(grid)?;
        let field = Field::new(T::KEY, block.values, grid, self.gaps())?;
        let raster = field.raster(&self.filter(&field)?);
        Ok(block.wanted_of(raster, grid))
    }

    fn unit(&self, unit: &str) -> String {
        Filter::unit(self, unit)
    }

    fn edges(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<Edge>> {
        if !T::HAS_EDGES {
            return Ok(Vec::new());
        }
        Filter::edges(self, &Field::new(T::KEY, block.values, grid, self.gaps())?)
    }

    fn notes(&self, block: &Block<'_>, grid: &Grid) -> Vec<String> {
        let cover = Cover::of(block.values, grid).map(|cover| cover.note());
        cover.into_iter().chain(self.note()).collect()
    }
}
