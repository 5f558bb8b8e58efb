//! The fair test: each deposit is left out and ranked among the 672 cells of the map, none of which trains.

use std::io::{Error, Result};
use std::path::Path;

use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use paydirt_model::devnet::{DownWeight, Robust, Settings};
use paydirt_model::neural::train::Training;
use paydirt_model::{ClassWeight, Model, logistic};

use crate::table::{apply, area_fraction, beside, figure, fit, read, select, training};

/// The 48 raster columns that the published pruning keeps; m, s, d, c: mean, deviation, dissimilarity and
/// correlation of a window.
const RASTERS: &str = "SA_TMI:md SA_TMI_VRTP_1VD:mdc SA_TMI_VRTP_AS:d SA_TMI_VRTP_BigE:d \
    SA_TMI_VRTP_BigT:md SA_TMI_VRTP_CAUCHY_3rd:msd SA_TMI_VRTP:d SA_TMI_VRTP_PseudoGrav:sd \
    SA_TMI_VRTP_Tilt:sd SA_GRAV_1VD_ONSHORE:md SA_GRAV_ONSHORE:s SA_RAD_DOSE:md SA_RAD_K:sd \
    SA_RAD_U:d AlOH_Group_Composition:sdc AlOH_Group_Content:msdc FeOH_Group_Content:m \
    Ferric_Oxide_Composition:dc Ferric_Oxide_Content:sdc Ferrous_Iron_Index:sd Green_Vegetation:c \
    Gypsum_Index:m Kaolin_Group_Index:m Opaque_Index:c Quartz_Index:d Silica_Index:d";

const GEOLOGY: [&str; 3] = ["fault_distance", "granite_distance", "strata_distance"];

/// Distances in degrees are measured with these, km.
const DEGREE_KM: [f32; 2] = [96.4, 110.9];

/// Which evidence the models see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// The published 58 columns.
    Published,
    /// Means of 34 rasters, geology, and seven components of the elements.
    Means,
    /// Means of dose, K, Th and U.
    Radiometric,
}

impl Evidence {
    const ALL: [Self; 3] = [Self::Radiometric, Self::Published, Self::Means];

    const fn name(self) -> &'static str {
        match self {
            Self::Published => "the published 58 columns, fitted once",
            Self::Means => "means of 34 rasters, geology, components",
            Self::Radiometric => "four radiometric means",
        }
    }
}

/// Points with their places and labels, and the cells of the map.
pub(crate) struct Ground {
    places: Vec<[f32; 2]>,
    deposit: Vec<bool>,
    points: Table,
    cells: Table,
}

impl Ground {
    /// Reads both tables and makes the columns.
    ///
    /// # Errors
    /// Where a table cannot be read, or lacks a column.
    pub(crate) fn read(folder: &Path, evidence: Evidence) -> Result<Self> {
        let all = read(&folder.join("train_points_870.csv"))?;
        let map = read(&folder.join("grid_672.csv"))?;
        let of = |name: &str| -> Result<Vec<f32>> {
            Ok(select(&all, &[name])?.columns()[0].values.clone())
        };
        let (eastings, northings, labels) = (of("X")?, of("Y")?, of("label")?);
        let [points, cells] = columns(&all, &map, evidence)?;
        Ok(Self {
            places: eastings.into_iter().zip(northings).map(|(e, n)| [e, n]).collect(),
            deposit: labels.iter().map(|label| *label == 1.0).collect(),
            points,
            cells,
        })
    }

    /// The other deposits, and the unlabelled points over 5 km from all of them (or all of them).
    fn training_rows(&self, left_out: usize, all_unlabelled: bool) -> Vec<usize> {
        let deposits: Vec<usize> =
            (0..self.deposit.len()).filter(|row| self.deposit[*row] && *row != left_out).collect();
        let far = |row: usize| {
            deposits.iter().all(|deposit| {
                let apart = |axis: usize| {
                    (self.places[row][axis] - self.places[*deposit][axis]) * DEGREE_KM[axis]
                };
                apart(0).hypot(apart(1)) > 5.0
            })
        };
        let rows = (0..self.deposit.len()).filter(|row| {
            if self.deposit[*row] { *row != left_out } else { all_unlabelled || far(*row) }
        });
        rows.collect()
    }

    /// The share of the cells that score higher than each deposit that is left out in turn.
    fn fractions(&self, contestant: &Contestant, seed: u64) -> Result<Vec<f64>> {
        let deposits = (0..self.deposit.len()).filter(|row| self.deposit[*row]);
        let fraction = |left_out: usize| {
            let rows = self.training_rows(left_out, contestant.all_unlabelled);
            let raw = self.points.select(&rows);
            let scaler = fit(contestant.scaler, &raw)?;
            let labels = rows.iter().map(|row| self.deposit[*row]).collect();
            let set = training(apply(&scaler, &raw)?, labels);
            let fitted = contestant.model.fit(&set, Seed(seed)).map_err(Error::other)?;
            let score = |table: &Table| -> Result<Vec<f32>> {
                fitted.predict(&apply(&scaler, table)?).map_err(Error::other)
            };
            Ok(area_fraction(score(&self.points.select(&[left_out]))?[0], &score(&self.cells)?))
        };
        deposits.map(fraction).collect()
    }

    /// What one contestant comes to over the seeds.
    fn row(&self, contestant: &Contestant) -> Result<String> {
        let seeds: &[u64] = if contestant.model.varies() { &[42, 0, 1] } else { &[42] };
        let runs: Vec<Vec<f64>> =
            seeds.iter().map(|seed| self.fractions(contestant, *seed)).collect::<Result<_>>()?;
        let auc = |run: &Vec<f64>| figure(1.0 - run.iter().sum::<f64>() / run.len() as f64);
        let aucs: Vec<String> = runs.iter().map(auc).collect();
        let within = |share: f64| {
            let counts = runs.iter().map(|run| run.iter().filter(|f| **f <= share).count());
            let counts: Vec<String> = counts.map(|count| count.to_string()).collect();
            format!("{} of 7", counts.join("/"))
        };
        let mean = |place| runs.iter().map(|run| run[place]).sum::<f64>() / runs.len() as f64;
        let means: Vec<String> = (0..7).map(|place| figure(mean(place))).collect();
        let (aucs, means) = (aucs.join(" / "), means.join(" "));
        Ok(format!("{aucs} | {} | {} | {} | {means}", within(0.02), within(0.1), within(0.3)))
    }
}

/// Evidence of points and cells.
fn columns(points: &Table, cells: &Table, evidence: Evidence) -> Result<[Table; 2]> {
    let mut names: Vec<String> = Vec::new();
    match evidence {
        Evidence::Published => {
            for raster in RASTERS.split_whitespace() {
                let (raster, kinds) = raster.split_once(':').unwrap_or((raster, ""));
                for kind in kinds.chars() {
                    let kind = match kind {
                        'm' => "mean",
                        's' => "std",
                        'd' => "dissimilarity",
                        _ => "correlation",
                    };
                    names.push(format!("{raster}_{kind}"));
                }
            }
            names.extend(["DEM_9s_dx".into(), "DEM_9s_dy".into()]);
        }
        Evidence::Means => {
            names.extend(points.names().into_iter().filter(|n| n.ends_with("_mean")));
        }
        Evidence::Radiometric => {
            let four = ["DOSE", "U", "TH", "K"].map(|one| format!("SA_RAD_{one}_mean"));
            names.extend(four);
            return Ok([select(points, &names)?, select(cells, &names)?]);
        }
    }
    names.extend(GEOLOGY.map(String::from));
    let elements: Vec<String> = points
        .names()
        .into_iter()
        .filter(|name| {
            name.starts_with("geochem_") && name != "geochem_n" && name != "geochem_nearest_deg"
        })
        .collect();
    let log_ratios = fit("{\"clr\": {}}", &select(points, &elements)?)?;
    let ratios = |table: &Table| apply(&log_ratios, &select(table, &elements)?);
    let components = fit("{\"pca\": {\"components\": 7}}", &ratios(points)?)?;
    let of = |table: &Table| beside(apply(&components, &ratios(table)?)?, select(table, &names)?);
    Ok([of(points)?, of(cells)?])
}

/// A model with the scaler that it gets.
struct Contestant {
    name: String,
    model: Model,
    scaler: &'static str,
    all_unlabelled: bool,
}

const STANDARD: &str = "{\"standardise\": {}}";
const MIN_MAX: &str = "{\"min_max\": {}}";

fn contestants() -> Vec<Contestant> {
    let devnet = |name: &str, settings: Settings, scaler: &'static str| Contestant {
        name: name.into(),
        model: Model::Devnet(settings),
        scaler,
        all_unlabelled: false,
    };
    let training = |epochs| Training { epochs, ..Settings::default().training };
    let house = || Settings { members: 10, training: training(100), ..Settings::default() };
    let linear = || Settings { hidden: Vec::new(), ..house() };
    let plain =
        logistic::Settings { c: 0.01, class_weight: ClassWeight::Balanced, ..Default::default() };
    let mut list = vec![
        Contestant {
            name: "logistic regression, C = 0.01".into(),
            model: Model::Logistic(plain),
            scaler: STANDARD,
            all_unlabelled: false,
        },
        devnet("as published, a = 20, one network", Settings::published(), MIN_MAX),
        devnet(
            "as published, a = 5, one network",
            Settings { margin: 5.0, ..Settings::published() },
            MIN_MAX,
        ),
        devnet(
            "as published, a = 20, mean of ten networks",
            Settings { members: 10, ..Settings::published() },
            MIN_MAX,
        ),
        devnet("our settings, mean of ten", house(), STANDARD),
        devnet(
            "our settings, mean of ten, down-weighted",
            Settings { robust: Robust::DownWeight(DownWeight::default()), ..house() },
            STANDARD,
        ),
        devnet("no hidden layer, mean of ten", linear(), STANDARD),
    ];
    let mut open = devnet(
        "our settings, mean of ten, down-weighted, all 863 unlabelled",
        Settings { robust: Robust::DownWeight(DownWeight::default()), ..house() },
        STANDARD,
    );
    open.all_unlabelled = true;
    list.push(open);
    list
}

/// Prints the table of the fair test, row by row.
///
/// # Errors
/// Where a table cannot be read or a model not be fitted.
pub(crate) fn print(folder: &Path) -> Result<()> {
    println!(
        "| evidence | model | AUC, seeds 42, 0, 1 | best 2 % | best 10 % | best 30 % | area fractions, mean \
         over seeds |\n|---|---|---|---|---|---|---|"
    );
    for evidence in Evidence::ALL {
        let ground = Ground::read(folder, evidence)?;
        for contestant in contestants() {
            let told = ground.row(&contestant)?;
            println!("| {} | {} | {told} |", evidence.name(), contestant.name);
        }
    }
    Ok(())
}
