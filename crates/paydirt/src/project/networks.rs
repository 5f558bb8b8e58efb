//! What a project says of networks that see the ground around cells.

use std::path::Path;

use paydirt_model::Model;
use paydirt_model::neural::classifier::{Backbone, Mode};
use paydirt_model::pretrain::Pretrain;

use super::{Project, whole};
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

    /// Whether any model takes over what a pretext learned of rows.
    #[must_use]
    pub fn takes_trunk(&self) -> bool {
        self.models().any(Model::takes_trunk)
    }

    /// The layer that a pretext tells: no model has it as evidence.
    #[must_use]
    pub fn told_layer(&self) -> Option<&str> {
        self.pretrain.as_ref().and_then(Pretrain::told_layer)
    }

    /// A chosen network takes what is pretrained for its kind, unless it says otherwise.
    pub(super) fn join_pretraining(&mut self) {
        let Some(pretrain) = &self.pretrain else { return };
        match &mut self.model {
            Model::Vit(settings)
                if pretrain.of_windows().is_some() && settings.backbone.is_none() =>
            {
                settings.backbone = Some(Backbone { path: None, mode: Mode::default() });
            }
            Model::Mlp(settings) => {
                let Some(layers) = pretrain.layers() else { return };
                let transfer = settings.transfer.get_or_insert_default();
                // So that it is the same network from scratch.
                settings.hidden = [&layers.hidden[..], &transfer.head].concat();
                settings.activation = layers.activation;
                settings.standardise = layers.standardise;
                settings.normalise = false;
            }
            _ => {}
        }
    }

    /// Makes the paths of backbones and of points for pretexts, which are relative to the project file, absolute.
    pub(super) fn find_backbones(&mut self, folder: &Path) {
        for model in self.models_mut() {
            if let Model::Vit(settings) = model
                && let Some(path) = settings.backbone.as_mut().and_then(|one| one.path.as_mut())
            {
                whole(folder, path);
            }
        }
        if let Some(Pretrain::Geology(settings)) = &mut self.pretrain
            && let Some(points) = &mut settings.points
        {
            whole(folder, &mut points.path);
        }
    }

    /// Refuses pretexts on rows that nothing takes, or that have nothing to tell.
    fn validate_pretexts(&self) -> Result<()> {
        let wrong = |reason: String, hint: &str| Err(Error::Project { reason, hint: hint.into() });
        let pretext = self.pretrain.as_ref().filter(|one| one.rows().is_some());
        if let Some(pretrain) = &self.pretrain {
            pretrain.check()?;
        }
        match pretext {
            None if self.takes_trunk() => wrong(
                "`transfer` of [model.mlp] has nothing to take over".into(),
                "add [pretrain.autoencoder] or [pretrain.geology], or leave it out",
            ),
            Some(pretext) if !self.takes_trunk() => wrong(
                format!("no model takes what [pretrain.{}] learns", pretext.key()),
                "name [model.mlp], or leave it out",
            ),
            Some(pretext) if self.select.is_some() => wrong(
                format!("[select] drops columns that [pretrain.{}] learned from", pretext.key()),
                "leave one of them out",
            ),
            Some(pretext) if pretext.points().is_some() && self.grid.is_none() => wrong(
                "points of [pretrain.geology] lie on a grid, and a [table] has none".into(),
                "give the rock as a column, and name it: `layer`",
            ),
            Some(Pretrain::Geology(settings))
                if settings.points.is_some() && !settings.layer.is_empty() =>
            {
                wrong(
                    "[pretrain.geology] names a `layer` and `points`".into(),
                    "keep one of them: a pretext tells one kind of rock",
                )
            }
            _ => match self.told_layer() {
                Some(layer) if !self.names().contains(&layer) => wrong(
                    format!(
                        "[pretrain.geology] tells the classes of `{layer}`, which is no evidence layer"
                    ),
                    "name an [[evidence]] layer, or a column of the table, of type categorical: `layer`",
                ),
                _ => Ok(()),
            },
        }
    }

    /// Refuses what contradicts itself.
    pub(super) fn validate_networks(&self) -> Result<()> {
        let wrong = |reason: String, hint: &str| Err(Error::Project { reason, hint: hint.into() });
        let backbone = |model: &Model| match model {
            Model::Vit(settings) => settings.backbone.clone(),
            _ => None,
        };
        self.validate_pretexts()?;
        if let Some(pretrain) = self.pretrain.as_ref().filter(|one| one.of_windows().is_some()) {
            let joined = |model| backbone(model).is_some_and(|one: Backbone| one.path.is_none());
            if !self.models().any(joined) {
                return wrong(
                    format!("no model takes what [pretrain.{}] learns", pretrain.key()),
                    "name [model.vit], or leave it out",
                );
            }
        } else if self.models().filter_map(backbone).any(|one| one.path.is_none()) {
            return wrong(
                "`backbone` of [model.vit] names no file, and there is no [pretrain.masked_autoencoder]"
                    .into(),
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
