//! Whether models that were fitted again, on another draw or with another seed, explain alike.

use std::collections::{BTreeMap, BTreeSet};

use paydirt_core::layer::EvidenceType;
use paydirt_core::step::spearman::Ranked;
use paydirt_core::table::{Column, Table};

/// Signed shares of layers: one a row, by layer.
pub type LayerShares = BTreeMap<String, Vec<f32>>;

/// What one model says of each layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// By layer: mean size of its share, in the unit of the shares.
    pub sizes: BTreeMap<String, f64>,
    /// By layer whose values have an order: rank correlation of value and share, -1 to 1. Above 0, more of
    /// it speaks for a deposit. Missing where either is constant.
    pub directions: BTreeMap<String, f64>,
}

impl View {
    /// Looks at the shares of some rows, whose raw evidence has a column a layer.
    #[must_use]
    pub fn new(evidence: &Table, shares: &LayerShares) -> Self {
        let mut view = Self::default();
        for (layer, shares) in shares {
            let sum: f64 = shares.iter().map(|share| f64::from(share.abs())).sum();
            view.sizes.insert(layer.clone(), sum / shares.len().max(1) as f64);
            let named = evidence.column(layer);
            let ordered = named.filter(|c| c.evidence_type != EvidenceType::Categorical);
            let of_shares = Column::new(layer, layer, EvidenceType::Continuous, shares.clone());
            let rho = ordered.and_then(|c| Ranked::new(c).rho(&Ranked::new(&of_shares)));
            view.directions.extend(rho.map(|rho| (layer.clone(), rho)));
        }
        view
    }
}

/// How far models agree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreement {
    /// Rank correlation of the layers by mean size of their shares, mean over all pairs of models; `None`
    /// for fewer than two models or three layers.
    pub rank_correlation: Option<f64>,
    /// That of the pair that agrees least.
    pub least_rank_correlation: Option<f64>,
    /// By layer, greatest mean size first.
    pub layers: Vec<LayerAgreement>,
}

/// How far models agree on one layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerAgreement {
    /// The layer.
    pub layer: String,
    /// Mean over the models of the mean size of its share.
    pub mean_size: f64,
    /// Standard deviation of that over the models.
    pub spread: f64,
    /// Least and greatest direction; `None` for a layer without order or effect.
    pub directions: Option<[f64; 2]>,
    /// Whether more of it speaks for a deposit in one model and against one in another: directions under -0.1
    /// and over 0.1.
    pub flips: bool,
}

/// A rank correlation under this in size has no sign to speak of.
const NO_SIGN: f64 = 0.1;

/// Whether directions go to both sides: less than -0.1 and more than 0.1.
#[must_use]
pub fn flips([low, high]: [f64; 2]) -> bool {
    low < -NO_SIGN && high > NO_SIGN
}

/// Agreement of models.
#[must_use]
pub fn agreement(views: &[View]) -> Agreement {
    let names: BTreeSet<&String> = views.iter().flat_map(|view| view.sizes.keys()).collect();
    let size = |view: &View, layer: &str| view.sizes.get(layer).copied().unwrap_or(0.0);
    let mut layers: Vec<LayerAgreement> = names
        .iter()
        .map(|layer| {
            let sizes: Vec<f64> = views.iter().map(|view| size(view, layer)).collect();
            let of = views.iter().filter_map(|view| view.directions.get(*layer).copied());
            let directions = of.fold(None, |ends: Option<[f64; 2]>, rho| {
                let [low, high] = ends.unwrap_or([rho, rho]);
                Some([low.min(rho), high.max(rho)])
            });
            LayerAgreement {
                layer: (*layer).clone(),
                mean_size: sizes.iter().sum::<f64>() / sizes.len().max(1) as f64,
                spread: spread(&sizes),
                flips: directions.is_some_and(flips),
                directions,
            }
        })
        .collect();
    layers.sort_by(|a, b| b.mean_size.total_cmp(&a.mean_size));
    let columns: Vec<Column> = views
        .iter()
        .map(|view| names.iter().map(|layer| size(view, layer) as f32).collect())
        .map(|sizes| Column::new("size", "size", EvidenceType::Continuous, sizes))
        .collect();
    let ranked: Vec<Ranked<'_>> = columns.iter().map(Ranked::new).collect();
    let pairs: Vec<f64> = (0..ranked.len())
        .flat_map(|one| (0..one).map(move |other| (one, other)))
        .filter_map(|(one, other)| ranked[one].rho(&ranked[other]))
        .collect();
    let mean = pairs.iter().sum::<f64>() / pairs.len() as f64;
    Agreement {
        rank_correlation: Some(mean).filter(|mean| mean.is_finite()),
        least_rank_correlation: pairs.iter().copied().reduce(f64::min),
        layers,
    }
}

/// How far models agree on the sign of a layer's share in the same rows: the part of the weight of all
/// pairs of models and rows in which both signs are the same, where a pair weighs as much as the product of
/// its shares. 1: they never disagree; about 0.5: as good as a coin. `None` for fewer than two models, or
/// where nothing was shared out.
///
/// ```
/// use paydirt_model::effect::stability::sign_agreement;
/// let agree = sign_agreement(&[&[0.3, -0.2], &[0.2, -0.1]]);
/// let half = sign_agreement(&[&[0.1, 0.1], &[0.1, -0.1]]);
/// assert_eq!((agree, half), (Some(1.0), Some(0.5)));
/// ```
#[must_use]
pub fn sign_agreement(models: &[&[f32]]) -> Option<f64> {
    let rows = models.first()?.len();
    let (mut same, mut all) = (0.0, 0.0);
    for row in 0..rows {
        // Over all pairs: the products of a row sum to (sum^2 - sum of squares) / 2.
        let shares = || models.iter().map(|model| f64::from(model[row]));
        let pairs = |sum: f64, squares: f64| (sum * sum - squares) / 2.0;
        let squares: f64 = shares().map(|share| share * share).sum();
        let signed = pairs(shares().sum(), squares);
        let sized = pairs(shares().map(f64::abs).sum(), squares);
        same += f64::midpoint(sized, signed);
        all += sized;
    }
    (models.len() > 1 && all > 0.0).then(|| (same / all).clamp(0.0, 1.0))
}

/// Standard deviation of values as given; 0 without any.
pub(super) fn spread(values: &[f64]) -> f64 {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt()
}
