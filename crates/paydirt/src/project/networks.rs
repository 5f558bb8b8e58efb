//! What a project says of networks that see the ground around cells.

use std::path::Path;

use paydirt_model::Model;
use paydirt_model::neural::classifier::{Backbone, Mode};

use super::Project;
use crate::error::{Error, Result};

impl Project {
    /// Models of the project, but for those that are named on the command line.
    fn models(&self) -> impl Iterator<Item = &Model> {
        let others = self.contestants.iter().map(|other| &other.model);
        let ways = self.uncertainty.workflow.iter().flatten().filter_map(|way| way.model.as_ref());
        std::iter::once(&self.model).chain(others).chain(ways)
    }

    fn models_mut(&mut self) -> impl Iterator<Item = &mut Model> {
        let others = self.contestants.iter_mut().map(|other| &mut other.model);
        let ways =
            self.uncertainty.workflow.iter_mut().flatten().filter_map(|way| way.model.as_mut());
        std::iter::once(&mut self.model).chain(others).chain(ways)
    }

    /// Whether any model of the project sees the ground around cells.
    #[must_use]
    pub fn sees_ground(&self) -> bool {
        self.models().any(Model::sees_ground)
    }

    /// A chosen transformer takes what is pretrained, unless it says otherwise.
    pub(super) fn join_pretraining(&mut self) {
        if self.pretrain.is_some()
            && let Model::Vit(settings) = &mut self.model
            && settings.backbone.is_none()
        {
            settings.backbone = Some(Backbone { path: None, mode: Mode::default() });
        }
    }

    /// Makes the paths of backbones, which are relative to the project file, absolute.
    pub(super) fn find_backbones(&mut self, folder: &Path) {
        for model in self.models_mut() {
            if let Model::Vit(settings) = model
                && let Some(path) = settings.backbone.as_mut().and_then(|one| one.path.as_mut())
            {
                let joined = folder.join(&*path);
                *path = std::path::absolute(&joined).unwrap_or(joined);
            }
        }
    }

    /// Refuses what contradicts itself.
    pub(super) fn validate_networks(&self) -> Result<()> {
        let wrong = |reason: String, hint: &str| Err(Error::Project { reason, hint: hint.into() });
        let backbone = |model: &Model| match model {
            Model::Vit(settings) => settings.backbone.clone(),
            _ => None,
        };
        if let Some(pretrain) = &self.pretrain {
            pretrain.check()?;
            let joined = |model| backbone(model).is_some_and(|one: Backbone| one.path.is_none());
            if !self.models().any(joined) {
                return wrong(
                    format!("no model takes what [pretrain.{}] learns", pretrain.key()),
                    "name [model.vit], or leave it out",
                );
            }
        } else if self.models().filter_map(backbone).any(|one| one.path.is_none()) {
            return wrong(
                "`backbone` of [model.vit] names no file, and there is no [pretrain]".into(),
                "give it a `path`, or add [pretrain.masked_autoencoder]",
            );
        }
        let Some(network) = self.models().find(|model| model.sees_ground()) else { return Ok(()) };
        let key = network.key();
        if self.grid.is_none() {
            return wrong(
                format!("[model.{key}] sees the ground around cells, and a [table] has none"),
                "name a model of rows, such as [model.forest] or [model.mlp]",
            );
        }
        if self.model.sees_ground() && (self.select.is_some() || self.balance.is_some()) {
            let what = if self.select.is_some() { "[select]" } else { "[balance]" };
            return wrong(
                format!("{what} looks at rows, but [model.{key}] sees the ground around cells"),
                "leave it out: the network weighs layers itself, and `class_weight = \"balanced\"` \
                 evens out the classes",
            );
        }
        Ok(())
    }
}
