use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;

use super::*;
use crate::neural::ground::{GroundLayer, MemoryGround};

/// 24 x 24 cells: waves, the same waves upside down (so that either tells the other), a gap in the first.
/// The eastern third is held out.
fn ground() -> MemoryGround {
    let side = 24;
    let wave = |unit: usize| {
        let (row, col) = ((unit / side) as f32, (unit % side) as f32);
        (row * 0.7).sin() + (0.5 * col).cos()
    };
    let mut first: Vec<f32> = (0..side * side).map(wave).collect();
    let second = first.iter().map(|value| 5.0 - 3.0 * value).collect();
    first[100..130].fill(f32::NAN);
    let layer = |name: &str| GroundLayer::new(name, EvidenceType::Continuous);
    let training = Mask::from_fn(side * side, |unit| unit % side < 16);
    MemoryGround::new([side, side], vec![(layer("up"), first), (layer("down"), second)], training)
        .unwrap()
}

fn settings() -> Settings {
    Settings {
        window_cells: 6,
        patch_cells: 2,
        width: 32,
        depth: 2,
        heads: 4,
        decoder_width: 24,
        decoder_depth: 1,
        decoder_heads: 2,
        mask_ratio: 0.5,
        layer_mask_ratio: 0.5,
        windows_per_epoch: 384,
        held_out_windows: 64,
        training: Training {
            epochs: 25,
            batch: 32,
            learning_rate: 3e-3,
            warmup_steps: 20,
            ..Training::default()
        },
        ..Settings::default()
    }
}

fn held_out(ground: &dyn Ground) -> Vec<usize> {
    (0..576).filter(|unit| !ground.may_train(*unit)).step_by(3).collect()
}

#[test]
fn hidden_ground_is_told_far_better_than_by_its_mean_and_weights_are_read_back() {
    let ground = ground();
    let (fitted, outcome) = settings().fit(&ground, Seed(4), Run::default()).unwrap();
    let quality = fitted.quality(&ground, &held_out(&ground), Seed(9)).unwrap();
    assert!(quality.mse < 0.35 * quality.mse_of_mean, "{quality:?}");
    assert!(quality.ssim > 0.6 && quality.psnr_db > 12.0, "{quality:?}");
    assert!(outcome.held_out_loss.unwrap() < 0.5, "{outcome:?}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backbone.safetensors");
    fitted.save(&path).unwrap();
    let read = Pretrained::load(&path).unwrap();
    assert_eq!(read.contract(), fitted.contract());
    assert_eq!(read.quality(&ground, &held_out(&ground), Seed(9)).unwrap(), quality);
    let bytes = fs_err::read(&path).unwrap();
    for length in [0, 8, 500, bytes.len() - 4] {
        fs_err::write(&path, &bytes[..length]).unwrap();
        assert!(matches!(Pretrained::load(&path), Err(Error::Weights { .. })), "{length}");
    }
    // A contract of another shape than its numbers.
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(text.contains("\\\"depth\\\":2"));
    let place =
        bytes.windows(11).position(|window| window == b"\\\"depth\\\":2".as_slice()).unwrap();
    let mut other = bytes.clone();
    other[place + 10] = b'3';
    fs_err::write(&path, &other).unwrap();
    assert!(matches!(Pretrained::load(&path), Err(Error::Weights { .. })));
}

#[test]
fn what_is_held_out_changes_nothing() {
    let brief = Settings { training: Training { epochs: 1, ..settings().training }, ..settings() };
    let plain = ground();
    let values = |layer: usize| {
        let mut values = plain.read(layer, 0..24, 0..24).unwrap();
        for (unit, value) in
            values.iter_mut().enumerate().filter(|(unit, _)| !plain.may_train(*unit))
        {
            *value = unit as f32;
        }
        values
    };
    let layers = (0..2).map(|layer| (plain.layers()[layer].clone(), values(layer))).collect();
    let training = Mask::from_fn(576, |unit| plain.may_train(unit));
    let changed = MemoryGround::new([24, 24], layers, training).unwrap();
    let [a, b] =
        [&plain, &changed].map(|ground| brief.fit(ground, Seed(4), Run::default()).unwrap().0);
    assert!(a.named() == b.named());
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    let brief = Settings { training: Training { epochs: 2, ..settings().training }, ..settings() };
    let [one, four] = [1, 4].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| brief.fit(&ground(), Seed(4), Run::default()).unwrap().0.named())
    });
    assert!(one == four);
}

#[test]
fn settings_out_of_range_are_refused() {
    let refused = |settings: Settings, key: &str| {
        let error = settings.fit(&ground(), Seed(0), Run::default()).unwrap_err().to_string();
        assert!(error.contains(key), "{error}");
    };
    refused(Settings { patch_cells: 4, ..settings() }, "patch_cells");
    refused(Settings { patch_cells: 0, ..settings() }, "patch_cells");
    refused(Settings { heads: 5, ..settings() }, "heads");
    refused(Settings { depth: usize::MAX, ..settings() }, "depth");
    refused(Settings { mask_ratio: 1.0, ..settings() }, "mask_ratio");
    refused(Settings { windows_per_epoch: 0, ..settings() }, "windows_per_epoch");
    refused(Settings { scales: vec![], ..settings() }, "scales");
}

#[test]
fn a_window_larger_than_the_ground_and_one_constant_layer_are_no_trouble() {
    let layer = GroundLayer::new("flat", EvidenceType::Continuous);
    let ground =
        MemoryGround::new([3, 4], vec![(layer, vec![2.0; 12])], Mask::new(12, true)).unwrap();
    let settings = Settings {
        window_cells: 12,
        scales: vec![1, 2],
        training: Training { epochs: 1, ..settings().training },
        ..settings()
    };
    let (fitted, _) = settings.fit(&ground, Seed(1), Run::default()).unwrap();
    let quality = fitted.quality(&ground, &[0, 11], Seed(1)).unwrap();
    assert!(quality.mse.is_finite());
    let nothing = MemoryGround::new([3, 4], vec![], Mask::new(12, true)).unwrap();
    assert!(matches!(
        settings.fit(&nothing, Seed(1), Run::default()),
        Err(Error::Untrainable { .. })
    ));
    assert!(matches!(fitted.quality(&nothing, &[0], Seed(1)), Err(Error::OtherColumns { .. })));
    let unit =
        GroundLayer { unit: "nT".into(), ..GroundLayer::new("flat", EvidenceType::Continuous) };
    let unit = MemoryGround::new([1, 1], vec![(unit, vec![2.0])], Mask::new(1, true)).unwrap();
    let error = fitted.quality(&unit, &[0], Seed(1)).unwrap_err().to_string();
    assert!(error.contains("`flat`") && error.contains("`flat (nT)`"), "{error}");
}

/// `structural_similarity(a, b, data_range=2.0, win_size=7)` of scikit-image 0.26.0, and over the first 7 x 7
/// cells with range 1.
#[test]
fn structural_similarity_is_that_of_scikit_image() {
    let square = |side: usize, of: fn(usize, usize) -> f32| -> Vec<f32> {
        (0..side * side).map(|cell| of(cell / side, cell % side)).collect()
    };
    let a = |row: usize, col: usize| ((row * 7 + col * 3) % 11) as f32 / 11.0;
    let b = |row: usize, col: usize| ((row * 5 + col * 2) % 7) as f32 / 7.0;
    let nine = ssim([&square(9, a), &square(9, b)], 9, 2.0).unwrap();
    assert!((nine + 0.268_891_806_785_139_9).abs() < 1e-6, "{nine}");
    let seven = ssim([&square(7, a), &square(7, b)], 7, 1.0).unwrap();
    assert!((seven + 0.100_327_390_178_990_81).abs() < 1e-6, "{seven}");
}
