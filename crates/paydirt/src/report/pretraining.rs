//! Pretraining in the report: how well held-out ground is completed, in figures and pictures.

use paydirt_core::metric::METRICS;
use paydirt_model::neural::masked_autoencoder::{CompletedLayer, Quality};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gain::{self, Words};
use super::picture::address_of;
use crate::error::{Error, Result};
use crate::judge::{Judged, ROC_AUC, from_scratch};
use crate::project::Project;

/// How its gain is told.
const GAIN: Words = Words {
    what: "Pretraining",
    worse: "the same network from scratch does better",
    helps: "pretraining helps here",
};

/// What was pretrained, and what it is worth.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PretrainReport {
    /// Key of the pretraining.
    pub method: String,
    /// Whether the project lets it learn on ground that is held out.
    #[serde(default)]
    pub independent: bool,
    /// What it did for the held-out AUC, in a sentence.
    pub said: String,
    /// How well the windows that each fold held out are completed.
    pub folds: Vec<FoldQuality>,
    /// Some windows of the first fold.
    pub windows: Vec<CompletedLayer>,
}

/// How well the windows that a fold held out are completed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoldQuality {
    /// The repeat, from 1.
    pub repeat: usize,
    /// The fold, from 1.
    pub fold: usize,
    /// In figures.
    pub quality: Quality,
}

/// What judging says of pretraining; `None` where nothing was.
pub(super) fn report(project: &Project, judged: &Judged) -> Option<PretrainReport> {
    let pretrain = project.pretrain.as_ref()?;
    let quality = |([repeat, fold], told): &([usize; 2], crate::ground::Completion)| FoldQuality {
        repeat: repeat + 1,
        fold: fold + 1,
        quality: told.quality,
    };
    let metric = METRICS.iter().find(|metric| metric.key == ROC_AUC)?;
    let gain = gain::over(&from_scratch(&project.model), project, judged, metric);
    let first = judged.completions.first();
    Some(PretrainReport {
        method: pretrain.key().into(),
        independent: pretrain.is_independent(),
        said: gain::said(gain, metric, &GAIN),
        folds: judged.completions.iter().map(quality).collect(),
        windows: first.map_or_else(Vec::new, |(_, told)| told.windows.clone()),
    })
}

/// One row of pictures: a layer of a window as it is, as it was seen, and as it was completed.
#[derive(Serialize)]
pub(super) struct Row {
    layer: String,
    images: [String; 3],
}

/// Colours of the least, middle and greatest value: blue, white, red.
const ENDS: [[f32; 3]; 3] = [[33.0, 102.0, 172.0], [247.0, 247.0, 247.0], [178.0, 24.0, 43.0]];
/// What is hidden, and what is not known.
const HIDDEN: [u8; 3] = [120, 124, 130];
const UNKNOWN: [u8; 3] = [201, 205, 210];
/// Pixels along a picture's side, about.
const PIXELS: usize = 132;

/// The pictures of a report.
///
/// # Errors
/// Where one cannot be encoded.
pub(super) fn rows(report: Option<&PretrainReport>) -> Result<Vec<Row>> {
    let Some(report) = report else { return Ok(Vec::new()) };
    report.windows.iter().map(row).collect()
}

fn row(window: &CompletedLayer) -> Result<Row> {
    let [low, high] = range(window);
    let colour = |value: Option<f32>| value.map_or(UNKNOWN, |v| ramp((v - low) / (high - low)));
    let seen = |at: usize| if window.hidden[at] { HIDDEN } else { colour(window.truth[at]) };
    let picture = |pixel: &dyn Fn(usize) -> [u8; 3]| {
        png(window.side, pixel)
            .map_err(|error| Error::Saved { path: "picture.png".into(), reason: error.to_string() })
    };
    Ok(Row {
        layer: window.layer.clone(),
        images: [
            picture(&|at| colour(window.truth[at]))?,
            picture(&seen)?,
            picture(&|at| colour(window.told[at]))?,
        ],
    })
}

/// Values from the first to the last colour: all that is known or told, and one training deviation at least, so
/// that a layer that is the same everywhere is not made to look wild.
fn range(window: &CompletedLayer) -> [f32; 2] {
    let values = || window.truth.iter().chain(&window.told).flatten().copied();
    let (low, high) =
        values().fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(v), high.max(v)));
    let wider = (1.0 - (high - low)).max(0.0) / 2.0;
    [low - wider, high + wider]
}

fn ramp(share: f32) -> [u8; 3] {
    let share = if share.is_nan() { 0.5 } else { share.clamp(0.0, 1.0) };
    let (from, to, part) = match share < 0.5 {
        true => (ENDS[0], ENDS[1], share * 2.0),
        false => (ENDS[1], ENDS[2], share * 2.0 - 1.0),
    };
    std::array::from_fn(|band| (from[band] + (to[band] - from[band]) * part).round() as u8)
}

/// A square picture as a data address.
fn png(
    side: usize,
    pixel: &dyn Fn(usize) -> [u8; 3],
) -> std::result::Result<String, png::EncodingError> {
    let enlarge = (PIXELS / side.max(1)).max(1);
    let width = side * enlarge;
    let mut pixels = Vec::with_capacity(3 * width * width);
    for row in 0..width {
        for col in 0..width {
            pixels.extend(pixel(row / enlarge * side + col / enlarge));
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, width as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(address_of(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ramp_goes_from_blue_by_way_of_white_to_red() {
        assert_eq!([0.0, 0.5, 1.0].map(ramp), [[33, 102, 172], [247; 3], [178, 24, 43]]);
        assert_eq!(ramp(f32::NAN), [247; 3]);
    }

    #[test]
    fn colours_span_what_is_known_and_told_and_one_deviation_at_least() {
        let of = |truth: f32, told: f32| {
            let (truth, told) = (vec![Some(truth), None], vec![Some(told), None]);
            range(&CompletedLayer { truth, told, ..CompletedLayer::default() })
        };
        assert_eq!(of(2.0, 2.0), [1.5, 2.5]);
        assert_eq!(of(-1.0, 2.0), [-1.0, 2.0]);
    }

    #[test]
    fn a_window_is_shown_as_it_is_as_it_was_seen_and_as_it_was_completed() {
        let window = CompletedLayer {
            unit: 7,
            layer: "gravity".into(),
            side: 2,
            truth: vec![Some(0.0), Some(1.0), None, Some(0.5)],
            told: vec![Some(0.0), Some(0.8), None, Some(0.5)],
            hidden: vec![false, true, false, false],
        };
        let Row { layer, images: [truth, seen, told] } = row(&window).unwrap();
        assert_eq!(layer, "gravity");
        assert!(truth != seen && seen != told && truth != told);
        assert!(truth.starts_with("data:image/png;base64,"));
    }
}
