//! Indicator kriging: the probability of a deposit from where the samples lie, and nothing else.
//!
//! The indicator is 1 at deposits and 0 at other samples; its ordinary kriging estimates the share of
//! deposits about a place (Journel 1983, <https://doi.org/10.1007/BF01031292>), cut off at 0 and 1. The
//! variogram is given, or fitted to the indicator by weighted least squares; where nothing can be fitted
//! (few samples, or all alike), it is all nugget and the estimate the mean of the neighbours. Samples
//! at one place become one, with the weighted mean of their indicators.
//!
//! The columns must be `easting` and `northing`, in that order, as the control that sees coordinates only
//! has them; distances are those of the plane, in their unit, so both must be in metres (or any one
//! length; degrees are taken as they are). It knows no ground beyond its samples, so as a map it
//! says where deposits have been found. Shares are Kernel SHAP values ([`crate::explain`]) of the score.

use std::collections::BTreeMap;

use paydirt_core::gridding::ordinary::Ordinary;
use paydirt_core::gridding::variogram::{self, Model, Variogram};
use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::columns::{bad_setting, check_columns, check_training, checked_when_read};
use crate::explain::Background;
use crate::{Attribution, Error, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// The columns, in their order.
const COLUMNS: [&str; 2] = ["easting", "northing"];

/// Fewest places to which a variogram is fitted.
const FEWEST: usize = 10;

/// Places that are estimated at a time: those of a batch that share their neighbours share a solution.
const BATCH: usize = 4096;

/// Settings of indicator kriging.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The variogram of the indicator. By default it is fitted.
    pub variogram: Option<Variogram>,
    /// Models that are fitted, of which the best is taken.
    pub models: Vec<Model>,
    /// Lags of the experimental variogram, 3 to 1,000.
    pub lags: usize,
    /// The farthest lag in metres. By default a third of the diagonal of the samples' extent.
    pub max_lag_m: Option<f64>,
    /// Most samples that count at a place, 1 to 1,000: the nearest, each eighth of the horizon giving its
    /// share first.
    pub neighbours: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            variogram: None,
            models: Model::ALL.to_vec(),
            lags: 15,
            max_lag_m: None,
            neighbours: 24,
        }
    }
}

/// The samples and their variogram.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Fitted {
    variogram: Variogram,
    neighbours: usize,
    places: Vec<[f64; 2]>,
    indicator: Vec<f64>,
    background: Background,
}

checked_when_read!(Fitted);

impl Settings {
    fn check(&self) -> Result<()> {
        let bad = |key: &str, found: String, expected: &str| {
            Err(bad_setting(&format!("indicator_kriging.{key}"), found, expected))
        };
        if !(3..=1000).contains(&self.lags) {
            return bad("lags", self.lags.to_string(), "3 to 1000");
        }
        if !(1..=1000).contains(&self.neighbours) {
            return bad("neighbours", self.neighbours.to_string(), "1 to 1000");
        }
        if let Some(lag) = self.max_lag_m.filter(|lag| !(lag.is_finite() && *lag > 0.0)) {
            return bad("max_lag_m", lag.to_string(), "over zero");
        }
        if self.models.is_empty() {
            return bad("models", "empty".into(), "one model or more");
        }
        Ok(())
    }

    /// The variogram of the indicator.
    fn variogram(&self, places: &[[f64; 2]], indicator: &[f64]) -> Variogram {
        if let Some(given) = self.variogram {
            return given;
        }
        let extent = [0, 1].map(|axis| {
            let numbers = places.iter().map(|place| place[axis]);
            let (low, high) =
                numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            high - low
        });
        let farthest_m = self.max_lag_m.unwrap_or(extent[0].hypot(extent[1]) / 3.0);
        let lags = match farthest_m > 0.0 {
            true => variogram::experimental(places, indicator, self.lags, farthest_m),
            false => Vec::new(),
        };
        let found = (places.len() >= FEWEST).then(|| variogram::fit(&self.models, &lags)).flatten();
        let nugget = Variogram { model: Model::Spherical, nugget: 1.0, sill: 1.0, range_m: 1.0 };
        found.filter(|found| found.sill.is_finite() && found.sill > 0.0).unwrap_or(nugget)
    }
}

/// One place for each that has samples with weight, with the weighted mean of their indicators.
fn merged(set: &TrainingSet) -> (Vec<[f64; 2]>, Vec<f64>) {
    let places = places(&set.features);
    let mut sums: BTreeMap<[u64; 2], ([f64; 2], [f64; 2])> = BTreeMap::new();
    for (row, place) in places.into_iter().enumerate().filter(|(row, _)| set.weight[*row] > 0.0) {
        let weight = f64::from(set.weight[row]);
        let place = place.map(|number| number + 0.0);
        let (_, sum) = sums.entry(place.map(f64::to_bits)).or_insert((place, [0.0; 2]));
        sum[0] += weight;
        sum[1] += if set.deposit[row] { weight } else { 0.0 };
    }
    sums.into_values().map(|(place, [weight, deposits])| (place, deposits / weight)).unzip()
}

/// Easting and northing of each row.
fn places(features: &Table) -> Vec<[f64; 2]> {
    let [eastings, northings] = [0, 1].map(|column| &features.columns()[column].values);
    eastings.iter().zip(northings).map(|(e, n)| [f64::from(*e), f64::from(*n)]).collect()
}

impl Estimator for Settings {
    fn check_settings(&self) -> Result<()> {
        self.check()
    }

    fn space(&self) -> Space {
        Space::from([
            ("neighbours".into(), Scope::log(8, 100)),
            ("lags".into(), Scope::even(8, 30)),
        ])
    }

    fn fit(&self, set: &TrainingSet, _: Seed) -> Result<FittedModel> {
        self.check()?;
        check_training("indicator_kriging", set)?;
        if set.features.names() != COLUMNS {
            let (expected, found) = (COLUMNS.join("`, `"), set.features.names().join("`, `"));
            return Err(Error::CoordinatesOnly { model: "indicator_kriging", expected, found });
        }
        let (places, indicator) = merged(set);
        let variogram = self.variogram(&places, &indicator);
        let Self { neighbours, .. } = *self;
        let mut fitted =
            Fitted { variogram, neighbours, places, indicator, background: Background::default() };
        fitted.background = Background::new(&|table| fitted.predict(table), set)?;
        Ok(FittedModel::IndicatorKriging(fitted))
    }
}

impl Fitted {
    /// The variogram of the indicator.
    #[must_use]
    pub const fn variogram(&self) -> Variogram {
        self.variogram
    }

    fn check_saved(&self) -> std::result::Result<(), String> {
        self.kriging().map(|_| ()).map_err(|error| error.to_string())
    }

    fn kriging(&self) -> Result<Ordinary> {
        Ok(Ordinary::new(&self.places, &self.indicator, self.variogram, self.neighbours)?)
    }
}

impl Predictor for Fitted {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        check_columns(COLUMNS.into_iter(), features)?;
        let kriging = self.kriging()?;
        let places = places(features);
        let mean = self.indicator.iter().sum::<f64>() / self.indicator.len() as f64;
        let batches = places.par_chunks(BATCH).map(|batch| kriging.estimate(batch));
        let score = |found: f64| if found.is_nan() { mean } else { found.clamp(0.0, 1.0) } as f32;
        Ok(batches.collect::<Vec<_>>().concat().into_iter().map(score).collect())
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        self.background.explain(&|table| self.predict(table), "score", features)
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::reference::{number, twice_and_weighted};

    fn at(places: &[[f32; 2]]) -> Table {
        let of = |axis: usize| places.iter().map(|place| place[axis]).collect();
        let columns = vec![number("easting", of(0)), number("northing", of(1))];
        Table::new(places.len(), columns).unwrap()
    }

    fn fit(settings: &Settings, set: &TrainingSet) -> Result<Fitted> {
        match settings.fit(set, Seed(1))? {
            FittedModel::IndicatorKriging(fitted) => Ok(fitted),
            other => panic!("{other:?}"),
        }
    }

    /// 400 places in a square of 20 km; deposits are twenty times as frequent within 4 km of a centre.
    fn world() -> TrainingSet {
        let mut rng = Seed(2).rng();
        let places: Vec<[f32; 2]> = (0..400)
            .map(|_| [5e5_f32, 6e6].map(|corner| corner + rng.random_range(0.0..20_000.0_f32)))
            .collect();
        let near = |place: &[f32; 2]| (place[0] - 508_000.0).hypot(place[1] - 6_012_000.0) < 4000.0;
        let deposit = places.iter().map(|p| rng.random_bool(if near(p) { 0.6 } else { 0.03 }));
        let deposit: Vec<bool> = deposit.collect();
        TrainingSet { features: at(&places), weight: vec![1.0; deposit.len()], deposit }
    }

    #[test]
    fn ground_among_deposits_scores_high_and_samples_are_honoured() {
        let world = world();
        let fitted = fit(&Settings::default(), &world).unwrap();
        let scores = fitted.predict(&world.features).unwrap();
        for (score, deposit) in scores.iter().zip(&world.deposit) {
            assert!((score - f32::from(u8::from(*deposit))).abs() < 1e-3);
        }
        let found = fitted.predict(&at(&[[508_010.0, 6_012_020.0], [518_000.0, 6_002_000.0]]));
        let found = found.unwrap();
        assert!(found[0] > 0.3 && found[1] < 0.15, "{found:?}");
        assert!(fitted.variogram().range_m > 500.0, "{}", fitted.variogram());
    }

    /// Two samples 100 m apart, by hand: the weights are halves in the middle; all nugget gives the mean.
    #[test]
    fn two_samples_are_weighed_by_hand() {
        let places = [[0.0, 0.0], [100.0, 0.0]];
        let set =
            TrainingSet { features: at(&places), deposit: vec![true, false], weight: vec![1.0; 2] };
        let given = Variogram { model: Model::Spherical, nugget: 0.0, sill: 1.0, range_m: 200.0 };
        let settings = Settings { variogram: Some(given), ..Settings::default() };
        let fitted = fit(&settings, &set).unwrap();
        let rows = at(&[[0.0, 0.0], [50.0, 0.0], [25.0, 0.0]]);
        let scores = fitted.predict(&rows).unwrap();
        // Of weights a and 1 - a: a - 1/2 = (c(25) - c(75)) / (2 (1 - c(100))), c the covariance.
        let c = |h: f64| Model::Spherical.correlation(h, 200.0);
        let weight = 0.5 + (c(25.0) - c(75.0)) / (2.0 * (1.0 - c(100.0)));
        assert!((scores[0] - 1.0).abs() < 1e-6 && (scores[1] - 0.5).abs() < 1e-6);
        assert!((f64::from(scores[2]) - weight).abs() < 1e-6, "{} {weight}", scores[2]);
        let scores = fit(&Settings::default(), &set).unwrap().predict(&rows).unwrap();
        assert!((scores[1] - 0.5).abs() < 1e-6 && (scores[2] - 0.5).abs() < 1e-6);
        // Both at one place: the share of deposits, by weight, everywhere.
        let one = TrainingSet { features: at(&[[7.0, 7.0]; 2]), weight: vec![1.0, 3.0], ..set };
        let scores = fit(&Settings::default(), &one).unwrap().predict(&rows).unwrap();
        assert!(scores.iter().all(|score| (score - 0.25).abs() < 1e-6), "{scores:?}");
    }

    #[test]
    fn a_weight_of_two_is_the_sample_twice() {
        let world = world();
        let rows = at(&[[508_010.0, 6_012_020.0], [512_000.0, 6_002_000.0]]);
        let [twice, weighted] = twice_and_weighted(&world)
            .map(|set| fit(&Settings::default(), &set).unwrap().predict(&rows).unwrap());
        assert_eq!(twice, weighted);
    }

    #[test]
    fn evidence_and_settings_out_of_range_are_refused() {
        let world = world();
        let columns = vec![number("gravity", vec![0.0; 400]), number("easting", vec![0.0; 400])];
        let evidence = TrainingSet { features: Table::new(400, columns).unwrap(), ..world.clone() };
        let error = fit(&Settings::default(), &evidence).unwrap_err();
        assert!(
            matches!(error, Error::CoordinatesOnly { .. }) && error.hint().is_some(),
            "{error}"
        );
        let bad = Variogram { model: Model::Gaussian, nugget: 2.0, sill: 1.0, range_m: 1.0 };
        let usual = Settings::default;
        for (settings, key) in [
            (Settings { lags: 2, ..usual() }, "lags"),
            (Settings { neighbours: 0, ..usual() }, "neighbours"),
            (Settings { max_lag_m: Some(f64::NAN), ..usual() }, "max_lag_m"),
            (Settings { models: vec![], ..usual() }, "models"),
            (Settings { variogram: Some(bad), ..usual() }, "variogram.sill"),
        ] {
            let error = fit(&settings, &world).unwrap_err().to_string();
            assert!(error.contains(key), "{key}: {error}");
        }
        let fitted = fit(&usual(), &world).unwrap();
        let text = serde_json::to_string(&fitted).unwrap();
        assert_eq!(serde_json::from_str::<Fitted>(&text).unwrap(), fitted);
        let wrong = text.replace("\"neighbours\":24", "\"neighbours\":0");
        assert!(serde_json::from_str::<Fitted>(&wrong).is_err());
    }
}
