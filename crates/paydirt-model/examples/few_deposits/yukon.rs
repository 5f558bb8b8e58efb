//! Transfer on the tables of the Yukon: the published experiments, and blocks that hold out what they judge.

use std::io::{Error, Result};
use std::path::Path;

use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use paydirt_model::mlp::{Penalty, Transfer};
use paydirt_model::neural::classifier::Mode;
use paydirt_model::neural::train::{Schedule, Training};
use paydirt_model::pretext::{Layers, Trunk, autoencoder, geology};
use paydirt_model::{
    ClassWeight, Estimator, FittedModel, Model, TrainingSet, forest, logistic, mlp, svm,
};

use crate::table::{figure, metric, number, read, select, training};

const COMPONENTS: [&str; 7] = ["PC1", "PC2", "PC3", "PC4", "PC5", "PC6", "PC7"];
const SEEDS: u64 = 5;

/// Rows of components with labels.
pub(crate) struct Labelled {
    pub(crate) rows: Table,
    pub(crate) deposit: Vec<bool>,
}

impl Labelled {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let all = read(path)?;
        let label = select(&all, &["DEP"])?;
        let deposit = label.columns()[0].values.iter().map(|label| *label == 1.0).collect();
        Ok(Self { rows: select(&all, &COMPONENTS)?, deposit })
    }

    fn set(&self) -> TrainingSet {
        training(self.rows.clone(), self.deposit.clone())
    }

    /// Rank and share of right labels at one half.
    pub(crate) fn judge(&self, fitted: &FittedModel) -> Result<[f64; 2]> {
        let scores = fitted.predict(&self.rows).map_err(Error::other)?;
        let right = scores.iter().zip(&self.deposit).filter(|(s, d)| (**s >= 0.5) == **d).count();
        Ok([metric("roc_auc", &scores, &self.deposit), right as f64 / scores.len() as f64])
    }
}

/// What the pretexts learn from.
pub(crate) struct Pretexts {
    /// Any ground.
    pub(crate) ground: Table,
    /// Points with their rock.
    pub(crate) points: Table,
    pub(crate) rock: Vec<i64>,
}

fn adam(epochs: usize, batch: usize, learning_rate: f64) -> Training {
    Training {
        epochs,
        batch,
        learning_rate,
        weight_decay: 0.0,
        schedule: Schedule::Constant {},
        clip_norm: None,
        ..Training::default()
    }
}

/// The perceptron of the publication.
fn perceptron(mode: Mode, class_weight: ClassWeight, training: Training) -> mlp::Settings {
    mlp::Settings {
        hidden: Layers::default().hidden,
        dropout: 0.0,
        class_weight,
        standardise: false,
        head_penalty: Penalty { l1: 0.01, l2: 0.01 },
        transfer: Some(Transfer { mode, ..Transfer::default() }),
        training,
        ..mlp::Settings::default()
    }
}

/// A network, and what its first layers come from.
pub(crate) struct Network {
    pub(crate) name: &'static str,
    settings: mlp::Settings,
    from: From,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    Nothing,
    Autoencoder,
    Geology,
}

/// The five of the publication: epochs, batches and rates as printed.
fn published() -> Vec<Network> {
    let probing = |epochs| perceptron(Mode::Probing, ClassWeight::None, adam(epochs, 82, 1e-3));
    let tuning = || perceptron(Mode::FineTuned, ClassWeight::Balanced, adam(6000, 82, 1e-5));
    let scratch = mlp::Settings { head_penalty: Penalty::default(), ..probing(6000) };
    vec![
        Network { name: "from scratch", settings: scratch, from: From::Nothing },
        Network { name: "autoencoder, probing", settings: probing(6000), from: From::Autoencoder },
        Network { name: "autoencoder, fine tuning", settings: tuning(), from: From::Autoencoder },
        Network { name: "geology, probing", settings: probing(5000), from: From::Geology },
        Network { name: "geology, fine tuning", settings: tuning(), from: From::Geology },
    ]
}

/// The same network on held-out blocks, all with the same weights of classes and course.
pub(crate) fn judged() -> Vec<Network> {
    let of = |mode| perceptron(mode, ClassWeight::Balanced, adam(600, 82, 3e-4));
    vec![
        Network { name: "from scratch", settings: of(Mode::FineTuned), from: From::Nothing },
        Network {
            name: "autoencoder, probing",
            settings: of(Mode::Probing),
            from: From::Autoencoder,
        },
        Network {
            name: "autoencoder, fine tuning",
            settings: of(Mode::FineTuned),
            from: From::Autoencoder,
        },
        Network { name: "geology, probing", settings: of(Mode::Probing), from: From::Geology },
        Network {
            name: "geology, fine tuning",
            settings: of(Mode::FineTuned),
            from: From::Geology,
        },
    ]
}

/// What the networks are judged beside.
pub(crate) fn others() -> Vec<(&'static str, Model)> {
    let class_weight = ClassWeight::Balanced;
    let kernel = svm::Kernel::Rbf(svm::Rbf { gamma: svm::Gamma::Value(0.01) });
    vec![
        (
            "logistic regression, C = 1",
            Model::Logistic(logistic::Settings { c: 1.0, class_weight, ..Default::default() }),
        ),
        (
            "support vector machine, C = 10, gamma 0.01",
            Model::Svm(svm::Settings {
                kernel,
                c: 10.0,
                class_weight,
                standardise: false,
                ..Default::default()
            }),
        ),
        (
            "forest of 200, leaves of 2",
            Model::Forest(forest::Settings {
                trees: 200,
                min_leaf: 2,
                class_weight,
                ..Default::default()
            }),
        ),
    ]
}

impl Pretexts {
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let points = read(&folder.join("03_Train_Pretext.csv"))?;
        let rock = select(&points, &["ETIQUETA"])?;
        Ok(Self {
            rock: rock.columns()[0].values.iter().map(|rock| *rock as i64).collect(),
            points: select(&points, &COMPONENTS)?,
            ground: select(&read(&folder.join("013_Random.csv"))?, &COMPONENTS)?,
        })
    }

    /// Both trunks, the autoencoder's first; they vary with the seed.
    pub(crate) fn fit(&self, epochs: [usize; 2], seed: Seed) -> Result<[Trunk; 2]> {
        let layers = || Layers { standardise: false, ..Layers::default() };
        let all = autoencoder::Settings {
            layers: layers(),
            training: adam(epochs[0], 10_000, 1e-3),
            ..Default::default()
        };
        let rocks = geology::Settings {
            layers: layers(),
            training: adam(epochs[1], 32, 1e-3),
            ..Default::default()
        };
        Ok([
            all.fit(&self.ground, seed.derive("autoencoder", 0)).map_err(Error::other)?,
            rocks.fit(&self.points, &self.rock, seed.derive("geology", 0)).map_err(Error::other)?,
        ])
    }
}

impl Network {
    pub(crate) fn fit(
        &self,
        trunks: &[Trunk; 2],
        set: &TrainingSet,
        seed: Seed,
    ) -> Result<FittedModel> {
        let found = match self.from {
            From::Nothing => self.settings.fit(set, seed),
            From::Autoencoder => self.settings.fit_from(&trunks[0], set, seed),
            From::Geology => self.settings.fit_from(&trunks[1], set, seed),
        };
        found.map_err(Error::other)
    }
}

/// Mean and standard deviation.
pub(crate) fn spread(values: &[f64]) -> String {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    let deviation = (squares / (values.len().max(2) - 1) as f64).sqrt();
    format!("{} ± {}", figure(mean), figure(deviation))
}

/// The authors' validation set: experiment I, and both published slips.
///
/// # Errors
/// Where a table cannot be read or a model not be fitted.
pub(crate) fn validation(folder: &Path) -> Result<String> {
    let set = Labelled::read(&folder.join("02_Train_PCA.csv"))?.set();
    let right = Labelled::read(&folder.join("04_Validation_Points.csv"))?;
    // As published: the fifth component in the place of the sixth.
    let mut columns = right.rows.columns().to_vec();
    columns[5] = number("PC6", columns[4].values.clone());
    let slip = Labelled {
        rows: Table::new(40, columns).map_err(Error::other)?,
        deposit: right.deposit.clone(),
    };
    let pretexts = Pretexts::read(folder)?;
    let trunks: Vec<[Trunk; 2]> =
        (0..SEEDS).map(|seed| pretexts.fit([700, 1000], Seed(seed))).collect::<Result<_>>()?;
    let mut text = String::new();
    for trunk in trunks.iter().flatten() {
        text += &format!("{}. ", trunk.quality.words());
    }
    text += "\n\n| model | validation AUC | accuracy | AUC with PC5 for PC6 |\n|---|---|---|---|\n";
    for network in published() {
        let mut found = [const { Vec::new() }; 3];
        for (seed, trunks) in trunks.iter().enumerate() {
            let fitted = network.fit(trunks, &set, Seed(seed as u64))?;
            let [auc, accuracy] = right.judge(&fitted)?;
            found[0].push(auc);
            found[1].push(accuracy);
            found[2].push(slip.judge(&fitted)?[0]);
        }
        let told = found.map(|values| spread(&values));
        text += &format!("| {} | {} |\n", network.name, told.join(" | "));
    }
    for (name, model) in others() {
        let fitted = model.fit(&set, Seed(1)).map_err(Error::other)?;
        let [auc, accuracy] = right.judge(&fitted)?;
        let slipped = figure(slip.judge(&fitted)?[0]);
        text += &format!("| {name} | {} | {} | {slipped} |\n", figure(auc), figure(accuracy));
        if matches!(model, Model::Svm(_)) {
            let scores = fitted.predict(&right.rows).map_err(Error::other)?;
            let hard: Vec<f32> = scores.iter().map(|s| f32::from(u8::from(*s >= 0.5))).collect();
            let auc = figure(metric("roc_auc", &hard, &right.deposit));
            text += &format!(
                "| the same, scored by its hard labels | {auc} | {} | |\n",
                figure(accuracy)
            );
        }
    }
    Ok(text)
}

/// Experiment III: the fine-tuned autoencoder and the forest with fewer and fewer deposits.
///
/// # Errors
/// As [`validation`].
pub(crate) fn imbalance(folder: &Path) -> Result<String> {
    let right = Labelled::read(&folder.join("04_Validation_Points.csv"))?;
    let trunks = Pretexts::read(folder)?.fit([700, 1000], Seed(0))?;
    let mut networks = published();
    let tuned = networks.swap_remove(2);
    let mut text = String::from(
        "| deposits | fine-tuned autoencoder: AUC | accuracy | forest: AUC | accuracy |\n|---|---|---|---|---|\n",
    );
    for experiment in 1..=8 {
        let file = format!("0{}_exp{experiment}.csv", experiment + 4);
        let given = Labelled::read(&folder.join(file))?;
        let forest = others().swap_remove(2).1;
        let fits = [
            tuned.fit(&trunks, &given.set(), Seed(0))?,
            forest.fit(&given.set(), Seed(0)).map_err(Error::other)?,
        ];
        let told: Vec<String> = fits
            .iter()
            .map(|fitted| right.judge(fitted))
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .flatten()
            .map(figure)
            .collect();
        let deposits = given.deposit.iter().filter(|deposit| **deposit).count();
        text += &format!("| {deposits} | {} |\n", told.join(" | "));
    }
    Ok(text)
}
