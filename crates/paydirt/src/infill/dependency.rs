//! Which species tells of which: each is hidden beside each other, and what that costs is measured.

use paydirt_core::infill::Hidden;
use paydirt_core::infill::mask::Masked;
use paydirt_core::infill::side::Side;
use paydirt_model::infill;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::judge::Judged;
use super::read::Read;
use crate::console::Console;
use crate::error::Result;

/// What the other species lose when one is hidden.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DependencyLine {
    /// The species that is hidden beside each other.
    pub hidden: String,
    /// Average precision of each species while it alone is hidden, less that while both are; none for itself,
    /// and where a species is in no test tile.
    pub loss: Vec<Option<f64>>,
}

/// Hides every two species of the test tiles together, and asks the model that draws the map.
pub(super) fn measure(
    read: &Read,
    judged: &Judged,
    console: &Console,
) -> Result<Vec<DependencyLine>> {
    let field = &read.field;
    let names = &field.layers.names;
    let Some(model) = judged.drawer() else { return Ok(Vec::new()) };
    let tiles = read.sides.tiles(field, Side::Test);
    let count = names.len();
    let task = console.task("dependency", (count * count) as u64, "pairs");
    // Average precision of one species while it and another are hidden; itself twice is it alone.
    let together = |of: usize, other: usize| -> Result<Option<f64>> {
        let mut hidden = Hidden::layer(count, field.side, of);
        hidden.hide_layer(other);
        let masks: Vec<Masked> =
            tiles.iter().map(|tile| Masked { tile: *tile, hidden: hidden.clone() }).collect();
        let found = infill::judge(model, field, &masks)?.pr_auc_of(of);
        task.advance(1)?;
        Ok(found)
    };
    let mut alone = Vec::new();
    for of in 0..count {
        alone.push(together(of, of)?);
    }
    let mut lines = Vec::new();
    for (other, name) in names.iter().enumerate() {
        let mut loss = Vec::new();
        for (of, alone) in alone.iter().enumerate() {
            let both = if of == other { None } else { together(of, other)? };
            loss.push(alone.zip(both).map(|(alone, both)| alone - both));
        }
        lines.push(DependencyLine { hidden: name.clone(), loss });
    }
    Ok(lines)
}
