//! What the project file chooses among: its catalogues, where their sources lie, what they hold.

use std::path::{Path, PathBuf};

use paydirt_core::step::AnyStep;
use paydirt_model::Model;
use serde_json::Value;

use crate::schema::{Schema, choices, definition};

/// A catalogue of the project file.
pub(crate) struct Catalogue {
    /// Folder of its pages, and name of its own.
    pub(crate) folder: &'static str,
    /// Title of its own page.
    pub(crate) title: &'static str,
    /// What it is, for the head of its own page.
    pub(crate) said: &'static str,
    /// Table of the project file; steps stand in lists.
    pub(crate) table: &'static str,
    /// Folders of its sources, from the folder of all crates.
    sources: &'static [&'static str],
}

const CORE: &str = "paydirt-core/src";

pub(crate) const CATALOGUES: [Catalogue; 11] = [
    Catalogue {
        folder: "models",
        title: "Models",
        said: "What learns from the samples and scores the map. One of them is chosen, by `[model.KEY]`; \
               logistic regression and a model that sees coordinates alone are always judged beside it, and \
               more by `[[contestants]]` or `paydirt compare`. Every model gives a score in [0, 1] that \
               ranks; probabilities are made of it by calibration on held-out ground. \
               [How all of them do on seven grounds](../benchmark.md).",
        table: "model",
        sources: &["paydirt-model/src"],
    },
    Catalogue {
        folder: "steps",
        title: "Steps",
        said: "What is done to evidence between the file and the model, in lists: \
               `steps = [{ log = {} }, { standardise = {} }]`. [How the three kinds work](../evidence.md).",
        table: "",
        sources: &["paydirt-core/src/step"],
    },
    Catalogue {
        folder: "splits",
        title: "Splits",
        said: "How ground is held out, by `[split.KEY]`. There is no random split: it is printed as a \
               control beside the honest figure. [What to ask of a split](../believe.md).",
        table: "split",
        sources: &["paydirt-core/src/split"],
    },
    Catalogue {
        folder: "samplers",
        title: "Samplers",
        said: "What stands against the deposits, by `[sample.KEY]`.",
        table: "sample",
        sources: &["paydirt-core/src/sample"],
    },
    Catalogue {
        folder: "calibrations",
        title: "Calibrations",
        said: "How scores become probabilities, by `[calibration.KEY]`: fitted on scores of held-out ground.",
        table: "calibration",
        sources: &["paydirt-core/src/calibrate"],
    },
    Catalogue {
        folder: "searches",
        title: "Searches",
        said: "How settings of the model are searched, by `[search.KEY]`: inside each fold, on folds of its \
               training side alone.",
        table: "search",
        sources: &["paydirt-core/src/search"],
    },
    Catalogue {
        folder: "selections",
        title: "Selections of columns",
        said: "How columns are chosen by the labels, by `[select.KEY]`: inside each fold, on its training side \
               alone.",
        table: "select",
        sources: &["paydirt-model/src/select"],
    },
    Catalogue {
        folder: "unlabelled",
        title: "Ways with unlabelled samples",
        said: "How a model learns from unlabelled samples, by `[unlabelled.KEY]`. \
               [When which is of use](../unlabelled.md).",
        table: "unlabelled",
        sources: &["paydirt-model/src/unlabelled"],
    },
    Catalogue {
        folder: "balances",
        title: "Balances of the classes",
        said: "How the classes are evened out by made samples, by `[balance.KEY]`. Try \
               `class_weight = \"balanced\"` of the model first, which makes nothing up.",
        table: "balance",
        sources: &["paydirt-model/src/balance"],
    },
    Catalogue {
        folder: "pretraining",
        title: "Pretraining",
        said: "What a network learns of the ground without a label of deposits, by `[pretrain.KEY]`, in each \
               fold on the ground that may train alone. [Networks](../networks.md), [few deposits](../few-deposits.md).",
        table: "pretrain",
        sources: &["paydirt-model/src/pretext", "paydirt-model/src/neural"],
    },
    Catalogue {
        folder: "explanations",
        title: "Kinds of explanation",
        said: "What is told of how the model uses the evidence. All that suit the model are made; \
               `[explain.KEY]` changes how. [What each picture says](../explanation.md).",
        table: "explain",
        sources: &["paydirt/src/explain"],
    },
];

impl Catalogue {
    /// The definition of its choices.
    fn choices<'a>(&self, schema: &'a Schema) -> &'a Value {
        let name = match self.table {
            "" => Some("AnyStep"),
            table => definition(&schema.root["properties"][table]),
        };
        schema.part(name.unwrap_or_default())
    }

    /// Its keys in order, each with the name of the definition of its settings.
    pub(crate) fn entries(&self, schema: &Schema) -> Vec<(String, String)> {
        let part = self.choices(schema);
        let entries: Vec<(String, String)> = match self.table {
            "explain" => {
                let keys = part["properties"].as_object().into_iter().flatten();
                keys.filter_map(|(key, value)| Some((key.clone(), definition(value)?.into())))
                    .collect()
            }
            _ => choices(part)
                .into_iter()
                .filter_map(|choice| Some((choice.key?, definition(choice.value?)?.into())))
                .collect(),
        };
        assert!(!entries.is_empty(), "the schema has no `{}`", self.folder);
        entries
    }

    /// The source of an entry.
    pub(crate) fn source(&self, key: &str) -> PathBuf {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let named = |folder: &&str| {
            let folder = crates.join(folder);
            [folder.join(format!("{key}.rs")), folder.join(key).join("mod.rs")]
        };
        let found = self.sources.iter().flat_map(named).find(|path| path.is_file());
        found.unwrap_or_else(|| panic!("no source of `{key}` in {:?}", self.sources))
    }
}

/// A source of the core.
pub(crate) fn core(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(CORE).join(file)
}

pub(crate) fn model(key: &str) -> Model {
    Model::all().into_iter().find(|model| model.key() == key).unwrap()
}

pub(crate) fn step(key: &str) -> AnyStep {
    AnyStep::all().into_iter().find(|step| step.key() == key).unwrap()
}
