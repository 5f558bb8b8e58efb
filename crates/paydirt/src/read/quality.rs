//! What the values of the layers say of themselves: outliers, and layers that say the same.

use paydirt_core::layer::EvidenceType;
use paydirt_core::seed::Seed;
use paydirt_core::stack::Stack;
use paydirt_core::step::spearman::Ranked;
use paydirt_core::table::Column;

use crate::error::Result;
use crate::receipt::{Correlation, LayerReceipt, Outliers, Receipt};

/// Cells that are looked at, drawn evenly from the study area.
const CELLS: usize = 5_000;

/// How many scaled median deviations from the median a value is an outlier: what one in 2 million
/// values of a normal distribution passes.
const DEVIATIONS: f64 = 5.0;

/// From this rank correlation on two layers say the same.
const SAME: f64 = 0.999;

/// Correlations from here on are kept in the receipt.
const KEPT: f64 = 0.5;

/// Adds outliers, correlations and files that are used twice to the receipt.
pub(super) fn examine(stack: &dyn Stack, receipt: &mut Receipt, seed: Seed) -> Result<()> {
    let units = crate::judge::draw_units(stack.area(), CELLS, seed.derive("quality", 0));
    let table = stack.read_units(&units)?;
    for line in &mut receipt.layers {
        if let Some(column) = table.column(&line.name) {
            line.outliers = outliers(column);
        }
    }
    let named = |column: &&Column| column.evidence_type != EvidenceType::Categorical;
    let ranked: Vec<(&str, Ranked<'_>)> =
        table.columns().iter().filter(named).map(|c| (c.name.as_str(), Ranked::new(c))).collect();
    for (index, (layer, ranks)) in ranked.iter().enumerate() {
        for (with, other) in &ranked[index + 1..] {
            if let Some(rho) = ranks.rho(other).filter(|rho| rho.abs() >= KEPT) {
                let (layer, with) = ((*layer).into(), (*with).into());
                receipt.correlations.push(Correlation { layer, with, rho });
            }
        }
    }
    receipt.correlations.sort_by(|a, b| b.rho.abs().total_cmp(&a.rho.abs()));
    let same = receipt.correlations.iter().filter(|pair| pair.rho.abs() >= SAME);
    let same: Vec<(String, String)> =
        same.map(|pair| (pair.layer.clone(), pair.with.clone())).collect();
    for (layer, with) in same {
        warn(
            &mut receipt.layers,
            &with,
            format!("says the same as `{layer}` (rank correlation 1)"),
        );
    }
    tell_twins(&mut receipt.layers);
    Ok(())
}

/// Values far from the middle of a layer.
fn outliers(column: &Column) -> Option<Outliers> {
    if column.evidence_type != EvidenceType::Continuous {
        return None;
    }
    let mut values: Vec<f64> = column.known_values().map(f64::from).collect();
    let median = median(&mut values)?;
    let mut deviations: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    let reach = DEVIATIONS * 1.4826 * self::median(&mut deviations)?;
    let beyond = deviations.iter().filter(|deviation| **deviation > reach).count();
    // Where more than half of the values are one, there is no scale to measure by.
    (reach > 0.0).then(|| Outliers {
        below: median - reach,
        above: median + reach,
        percent: 100.0 * beyond as f64 / values.len() as f64,
    })
}

/// The middle value; sorts the values.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    Some(f64::midpoint(values[last / 2], values[last.div_ceil(2)]))
}

/// Names files that are the same to the byte and treated alike.
fn tell_twins(layers: &mut [LayerReceipt]) {
    for index in 1..layers.len() {
        let (before, rest) = layers.split_at_mut(index);
        let line = &mut rest[0];
        let same = |other: &&LayerReceipt| {
            other.path != line.path && other.sha256 == line.sha256 && other.steps == line.steps
        };
        if let Some(twin) = before.iter().find(same).map(|twin| twin.name.clone()) {
            line.warnings.push(format!("its file is that of `{twin}`, byte for byte"));
        }
    }
}

fn warn(layers: &mut [LayerReceipt], name: &str, warning: String) {
    if let Some(line) = layers.iter_mut().find(|line| line.name == name) {
        line.warnings.push(warning);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: Vec<f32>) -> Column {
        Column::new("as", "as", EvidenceType::Continuous, values)
    }

    #[test]
    fn a_spike_is_an_outlier_and_a_constant_layer_has_none() {
        // 0 to 99: median 49.5, median deviation 25, so 5 scaled deviations are 185.3
        let mut values: Vec<f32> = (0..100_u8).map(f32::from).collect();
        let calm = outliers(&column(values.clone())).unwrap();
        assert!((calm.above - (49.5 + 185.325)).abs() < 1e-9 && calm.percent == 0.0, "{calm:?}");
        values[99] = 9999.0;
        assert_eq!(outliers(&column(values)).unwrap().percent, 1.0);
        assert_eq!(outliers(&column(vec![3.0; 9])), None);
        assert_eq!(outliers(&column(vec![f32::NAN; 9])), None);
    }
}
