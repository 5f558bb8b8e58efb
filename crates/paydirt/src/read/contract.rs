//! The evidence that a saved model asks for, picked from another project.

use paydirt_core::layer::LayerInfo;

use crate::error::{Error, Result};
use crate::fit::Contract;
use crate::project::{Evidence, Opened, Project};
use crate::read::Read;

const HINT: &str = "give the project the layers of the model's contract (`model/model.json`)";

/// The project with the layers of the contract alone, in its order.
///
/// # Errors
/// A layer that the project lacks, or has in another unit or type.
pub(super) fn only_wanted(opened: &Opened, contract: &Contract) -> Result<Opened> {
    let mut wanted = opened.clone();
    wanted.project.groups.clear(); // the contract's pipeline knows them
    wanted.project.evidence.clear();
    wanted.project.assays.iter_mut().for_each(|assays| assays.elements.clear());
    for layer in &contract.layers {
        if let Some(found) = opened.project.evidence.iter().find(|e| e.name == layer.name) {
            same(found, layer)?;
            let mut found = found.clone();
            if let Some(codes) = contract.codes.get(&layer.name) {
                found.codes.clone_from(codes);
            }
            wanted.project.evidence.push(found);
        } else if let Some((index, element)) = assayed(&opened.project, &layer.name) {
            wanted.project.assays[index].elements.push(element);
        } else {
            return Err(Error::Data {
                reason: format!(
                    "the model was fitted on a layer `{}`, which the project lacks",
                    layer.name
                ),
                hint: HINT.into(),
            });
        }
    }
    wanted.project.assays.retain(|assays| !assays.elements.is_empty());
    Ok(wanted)
}

/// The table of assays that gives a layer, and the element.
fn assayed(project: &Project, layer: &str) -> Option<(usize, String)> {
    project.assays.iter().enumerate().find_map(|(index, assays)| {
        let element = layer.strip_prefix(&assays.name)?.strip_prefix('_')?;
        let named = assays.elements.is_empty() || assays.elements.iter().any(|e| e == element);
        named.then(|| (index, element.to_string()))
    })
}

/// Refuses classes that are text here and numbers in the model, or the other way round: their codes
/// would mean something else.
pub(super) fn same_legends(read: &Read, contract: &Contract) -> Result<()> {
    let (here, there) = (read.receipt.codes(), &contract.codes);
    let odd =
        |layer: &&LayerInfo| here.contains_key(&layer.name) != there.contains_key(&layer.name);
    let Some(LayerInfo { name, .. }) = contract.layers.iter().find(odd) else { return Ok(()) };
    let (found, fitted) =
        if here.contains_key(name) { ("text", "numbers") } else { ("numbers", "text") };
    Err(Error::Data {
        reason: format!(
            "the classes of `{name}` are {found}, but the model was fitted on {fitted}"
        ),
        hint:
            "name an `attribute` of the same kind, or bring its values to the classes of the model \
               with a `legend`"
                .into(),
    })
}

fn same(found: &Evidence, wanted: &LayerInfo) -> Result<()> {
    if found.evidence_type == wanted.evidence_type && found.unit == wanted.unit {
        return Ok(());
    }
    Err(Error::Data {
        reason: format!(
            "layer `{}` is {} in `{}`, but the model was fitted on {} in `{}`",
            wanted.name,
            format!("{:?}", found.evidence_type).to_lowercase(),
            found.unit,
            format!("{:?}", wanted.evidence_type).to_lowercase(),
            wanted.unit
        ),
        hint: HINT.into(),
    })
}
