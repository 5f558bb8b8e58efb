//! The list of models: one file and one line each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Estimator, Predictor};

/// Declares the models: settings and fitted numbers of each file.
macro_rules! models {
    ($($file:ident => $variant:ident),+ $(,)?) => {
        /// A model as the project file names it: `[model.forest]`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Model {
            $(#[doc = concat!("See [`crate::", stringify!($file), "`].")] $variant(crate::$file::Settings),)+
        }

        impl Model {
            /// Every model with its default settings.
            #[must_use]
            pub fn all() -> Vec<Self> { vec![$(Self::$variant(crate::$file::Settings::default())),+] }

            /// Whether another seed fits another model to the same samples.
            #[must_use]
            pub const fn varies(&self) -> bool {
                match self {
                    Self::Forest(_)
                    | Self::ExtraTrees(_)
                    | Self::IsolationForest(_)
                    | Self::GaussianProcess(_)
                    | Self::Mlp(_)
                    | Self::Devnet(_)
                    | Self::Vit(_)
                    | Self::Resnet(_)
                    | Self::Cnn(_)
                    | Self::SelfOrganisingMap(_) => true,
                    Self::Boosting(settings) => settings.varies(),
                    Self::Logistic(settings) => settings.varies(),
                    _ => false,
                }
            }

            /// The same model as it is fitted without a loss of its own for unlabelled samples; `None`
            /// where it has no such loss.
            #[must_use]
            pub fn without_unlabelled_loss(&self) -> Option<Self> {
                match self {
                    Self::Boosting(settings) => settings.plain().map(Self::Boosting),
                    Self::Logistic(settings) => settings.plain().map(Self::Logistic),
                    _ => None,
                }
            }

            /// The same network without what was pretrained; `None` where it takes nothing of the kind.
            #[must_use]
            pub fn from_scratch(&self) -> Option<Self> {
                match self {
                    Self::Vit(settings) => settings.from_scratch().map(Self::Vit),
                    Self::Mlp(settings) => settings.from_scratch().map(Self::Mlp),
                    _ => None,
                }
            }

            /// Whether it takes over what a pretext learned of rows.
            #[must_use]
            pub const fn takes_trunk(&self) -> bool {
                matches!(self, Self::Mlp(settings) if settings.transfer.is_some())
            }

            /// The model on what a pretext learned, if it takes it.
            #[must_use]
            pub fn on_trunk(&self, trunk: &std::sync::Arc<crate::pretext::Trunk>) -> Self {
                match self {
                    Self::Mlp(settings) if settings.transfer.is_some() => Self::Mlp(
                        crate::mlp::Settings { trunk: Some(trunk.clone()), ..settings.clone() },
                    ),
                    other => other.clone(),
                }
            }

            /// The window that it sees of the ground; `None` for models of rows, and where a backbone brings
            /// its own.
            #[must_use]
            pub fn window(&self) -> Option<crate::neural::WindowShape> {
                match self {
                    Self::Vit(settings) => {
                        settings.backbone.is_none().then(|| settings.window.shape())
                    }
                    Self::Resnet(settings) => Some(settings.window.shape()),
                    Self::Cnn(settings) => Some(settings.window.shape()),
                    _ => None,
                }
            }

            /// Whether its columns are `easting` and `northing`, and no evidence.
            #[must_use]
            pub const fn sees_coordinates_only(&self) -> bool { matches!(self, Self::IndicatorKriging(_)) }

            /// Whether it sees the ground around samples, beside their rows.
            #[must_use]
            pub const fn sees_ground(&self) -> bool {
                matches!(self, Self::Vit(_) | Self::Resnet(_) | Self::Cnn(_))
            }

            /// The keys of the catalogue, as the project file writes them.
            #[must_use]
            pub const fn keys() -> &'static [&'static str] { &[$(stringify!($file)),+] }

            /// The key of this model.
            #[must_use]
            pub const fn key(&self) -> &'static str {
                match self { $(Self::$variant(_) => stringify!($file)),+ }
            }
        }

        impl std::ops::Deref for Model {
            type Target = dyn Estimator;
            fn deref(&self) -> &(dyn Estimator + 'static) {
                match self { $(Self::$variant(settings) => settings),+ }
            }
        }

        /// A model with its fitted numbers: what is saved.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FittedModel {
            $(#[doc = concat!("See [`crate::", stringify!($file), "`].")] $variant(crate::$file::Fitted),)+
            /// One of them on selected columns: see [`crate::select`].
            Selected(crate::select::FittedSelected),
            /// Some of them, or one, on parts of the unlabelled samples: see [`crate::unlabelled`].
            Unlabelled(crate::unlabelled::FittedUnlabelled),
        }

        impl FittedModel {
            /// Whether it sees the ground around rows, beside the rows: see [`Model::sees_ground`].
            #[must_use]
            pub fn sees_ground(&self) -> bool {
                match self {
                    Self::Vit(_) | Self::Resnet(_) | Self::Cnn(_) => true,
                    Self::Unlabelled(fitted) => fitted.members.iter().any(Self::sees_ground),
                    _ => false,
                }
            }

            /// The network of windows that it is, if it is one.
            #[must_use]
            pub fn window(&self) -> Option<&crate::neural::classifier::Fitted> {
                match self {
                    Self::Vit(fitted) | Self::Resnet(fitted) | Self::Cnn(fitted) => Some(fitted),
                    Self::Unlabelled(fitted) => match &fitted.members[..] {
                        [only] => only.window(),
                        _ => None,
                    },
                    _ => None,
                }
            }

            /// The networks of rows that it is, if it is such.
            pub(crate) fn row_networks(&self) -> Option<&crate::neural::rows::RowNetworks> {
                match self {
                    Self::Mlp(fitted) => Some(fitted.networks()),
                    Self::Devnet(fitted) => Some(fitted.networks()),
                    _ => None,
                }
            }

            /// What there is to tell of the fit, in words: of the unlabelled samples where it looked at them as
            /// such, and of networks that died.
            #[must_use]
            pub fn notes(&self) -> Vec<String> {
                let prior = |prior: &Option<crate::prior::ClassPrior>| {
                    prior.iter().map(crate::prior::ClassPrior::words).collect()
                };
                match self {
                    Self::Boosting(fitted) => prior(&fitted.prior),
                    Self::Logistic(fitted) => prior(&fitted.prior),
                    Self::Mlp(fitted) => fitted.notes(),
                    Self::Devnet(fitted) => fitted.notes(),
                    Self::Selected(fitted) => {
                        fitted.model.as_ref().map_or_else(Vec::new, |model| model.notes())
                    }
                    Self::Unlabelled(fitted) => vec![fitted.note.clone()],
                    _ => Vec::new(),
                }
            }
        }

        impl std::ops::Deref for FittedModel {
            type Target = dyn Predictor;
            fn deref(&self) -> &(dyn Predictor + 'static) {
                match self {
                    $(Self::$variant(fitted) => fitted,)+
                    Self::Selected(fitted) => fitted,
                    Self::Unlabelled(fitted) => fitted,
                }
            }
        }
    };
}

models! {
    boosting => Boosting,
    cnn => Cnn,
    devnet => Devnet,
    extra_trees => ExtraTrees,
    forest => Forest,
    fuzzy => Fuzzy,
    gaussian_process => GaussianProcess,
    indicator_kriging => IndicatorKriging,
    isolation_forest => IsolationForest,
    logistic => Logistic,
    maxent => Maxent,
    mlp => Mlp,
    nearest => Nearest,
    one_class => OneClass,
    resnet => Resnet,
    self_organising_map => SelfOrganisingMap,
    svm => Svm,
    vit => Vit,
    weights_of_evidence => WeightsOfEvidence,
}
