use paydirt_core::grid::{Crs, GeoTransform, Grid, Point};
use paydirt_core::infill::occurrence::{Record, Rules, sites};
use paydirt_core::infill::{Hidden, SpeciesLayers, side};
use rand::RngExt;

use super::*;
use crate::infill::{asks, judge};
use crate::neural::train::{Checkpoints, EarlyStopping};
use crate::neural::unet;

/// 64 x 64 cells; lead is scattered in spots, zinc lies wherever lead does, gold at random.
fn world() -> (Field, Sides) {
    let transform = GeoTransform { west: 0.0, north: 64.0, cell_width: 1.0, cell_height: 1.0 };
    let grid = Grid::new(Crs::local_metres(), transform, 64, 64).unwrap();
    let record = |list: &str, easting: f64, northing: f64| Record {
        id: None,
        name: None,
        commodities: vec![list.into()],
        status: None,
        score: None,
        place: Point { easting, northing },
    };
    let mut rng = Seed(4).rng();
    let mut records = Vec::new();
    for _ in 0..220 {
        let mut place = || [rng.random_range(0.0..64.0), rng.random_range(0.0..64.0)];
        let [lead, gold] = [place(), place()];
        records.push(record("Lead|Zinc", lead[0], lead[1]));
        records.push(record("Gold", gold[0], gold[1]));
    }
    let names = ["Lead".to_owned(), "Zinc".into(), "Gold".into()];
    let layers = SpeciesLayers::new(grid, &sites(&records, &Rules::default()), &names).unwrap();
    let split = side::Settings {
        block_m: 16.0,
        test_blocks: vec![[0, 0], [1, 2], [3, 1]],
        ..side::Settings::default()
    };
    let sides = split.part(&layers, Seed(1)).unwrap();
    (
        Field { layers, auxiliary: Vec::new(), plane_layers: Vec::new(), spectra: None, side: 8 },
        sides,
    )
}

fn settings() -> Settings {
    Settings {
        body: Body::Unet(unet::Size { depth: 10, width: 8, stages: 2, gated: false }),
        tiles_per_epoch: 64,
        training: Training {
            epochs: 25,
            batch: 16,
            learning_rate: 5e-3,
            early_stopping: Some(EarlyStopping { patience: 20, share: 0.2 }),
            ..Training::default()
        },
        ..Settings::default()
    }
}

fn masks(mode: Mode, field: &Field, sides: &Sides, side: Side) -> Vec<mask::Masked> {
    let shape = mask::Shape { species: 3, side: field.side };
    mask::Settings::default().series(mode, &sides.tiles(field, side), shape, (2, Seed(7)))
}

#[test]
fn what_another_layer_tells_is_learned_and_what_nothing_tells_is_not() {
    let (field, sides) = world();
    let mask = mask::Settings::default();
    let on = Learning { field: &field, sides: &sides, mask: &mask };
    let (network, outcome) = settings().fit(on, Seed(1), Run::default()).unwrap();
    assert!(outcome.held_out_loss.unwrap() < 0.9);
    let scored =
        judge(&network, &field, &masks(Mode::OneLayer, &field, &sides, Side::Test)).unwrap();
    let auc: Vec<f64> = (0..3).filter_map(|species| scored.pr_auc_of(species)).collect();
    assert!(auc[0] > 0.85 && auc[1] > 0.85, "{auc:?}");
    assert!(auc[2] < 0.3, "{auc:?}");
    // The same figures from the file.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.safetensors");
    network.save(&path).unwrap();
    let again = Network::load(&path).unwrap();
    let asked = asks(&field, &masks(Mode::Rectangle, &field, &sides, Side::Test));
    assert_eq!(network.fill(&asked).unwrap(), again.fill(&asked).unwrap());
    // A tile's scores are the same among others.
    assert_eq!(network.fill(&asked[3..4]).unwrap()[0], network.fill(&asked).unwrap()[3]);
}

/// Records on test ground are changed: nothing that was fitted moves.
#[test]
fn nothing_of_test_ground_reaches_a_fit() {
    let (field, sides) = world();
    let mut other = field.clone();
    for (unit, side) in sides.of.iter().enumerate() {
        if *side == Side::Test {
            other.layers.presence.iter_mut().for_each(|cells| cells.set(unit, unit % 3 == 0));
        }
    }
    let mask = mask::Settings::default();
    let quick = Settings { training: Training { epochs: 2, ..settings().training }, ..settings() };
    let fit = |field: &Field| {
        let on = Learning { field, sides: &sides, mask: &mask };
        quick.fit(on, Seed(1), Run::default()).unwrap().0
    };
    let (one, two) = (fit(&field), fit(&other));
    assert_eq!(one.parameters.numbers(), two.parameters.numbers());
    let asked = asks(&field, &masks(Mode::Layers, &field, &sides, Side::Training));
    let trees = |field: &Field| {
        let settings = crate::infill::trees::Settings { min_leaf: 3, ..Default::default() };
        let masks = masks(Mode::Layers, field, &sides, Side::Training);
        settings.fit(field, &masks, Seed(1)).unwrap().fill(&asked).unwrap()
    };
    assert_eq!(trees(&field), trees(&other));
    let counts =
        |field: &Field| crate::infill::counts::Counts::fit(field, &sides).fill(&asked).unwrap();
    assert_eq!(counts(&field), counts(&other));
    let kriging = |field: &Field| {
        let fitted = crate::infill::kriging::Settings::default().fit(field, &sides).unwrap();
        fitted.fill(&asked).unwrap()
    };
    assert_eq!(kriging(&field), kriging(&other));
}

/// What is hidden is changed: no score of any model moves.
#[test]
fn no_model_sees_what_is_hidden() {
    let (field, sides) = world();
    let tile = sides.tiles(&field, Side::Test)[0];
    let hidden = mask::Settings::default().draw_mode(
        Mode::Rectangle,
        mask::Shape { species: 3, side: field.side },
        Seed(3),
    );
    let mut other = field.clone();
    for index in hidden.iter() {
        let unit = field.unit(tile, index % 64);
        let was = field.layers.presence[index / 64].get(unit);
        other.layers.presence[index / 64].set(unit, !was);
    }
    assert_eq!(field.view(tile, &hidden), other.view(tile, &hidden));
    let none = Hidden::none(3, field.side);
    assert_ne!(field.view(tile, &none), other.view(tile, &none));
    let fitted = crate::infill::kriging::Settings::default();
    let asked = |field: &Field| asks(field, &[mask::Masked { tile, hidden: hidden.clone() }]);
    let one = fitted.fit(&field, &sides).unwrap().fill(&asked(&field)).unwrap();
    let two = fitted.fit(&other, &sides).unwrap().fill(&asked(&other)).unwrap();
    assert_eq!(one, two);
}

#[test]
fn a_fit_goes_on_from_its_checkpoint_and_refuses_that_of_another() {
    let (field, sides) = world();
    let mask = mask::Settings::default();
    let on = Learning { field: &field, sides: &sides, mask: &mask };
    let quick = Settings { training: Training { epochs: 3, ..settings().training }, ..settings() };
    let whole = quick.fit(on, Seed(1), Run::default()).unwrap().0;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.checkpoint");
    let run = |stop: usize| Run {
        checkpoints: Some(Checkpoints { path: path.clone(), every_steps: None, every: None }),
        log: None,
        progress: Some(Box::new(move |row, _| row.step != stop)),
    };
    assert!(matches!(quick.fit(on, Seed(1), run(5)), Err(Error::Interrupted { steps: 5 })));
    let other = Settings { loss: Loss { recall: 0.5, ..Loss::default() }, ..quick.clone() };
    let error = other.fit(on, Seed(1), run(0)).unwrap_err();
    assert!(matches!(error, Error::Weights { .. }) && error.hint().is_some(), "{error}");
    let resumed = quick.fit(on, Seed(1), run(0)).unwrap().0;
    assert_eq!(whole.parameters.numbers(), resumed.parameters.numbers());
}

#[test]
fn losses_are_those_of_their_formulas() {
    let device = burn_tensor::Device::flex();
    let of = |numbers: [f32; 4]| tensor::<4>(numbers.to_vec(), [1, 2, 1, 2], &device);
    // Scores 3/4, 1/2 of one species; 1/2 and a visible cell of another.
    let odds = of([3.0_f32.ln(), 0.0, 0.0, 99.0]);
    let (truth, counts) = (of([1.0, 0.0, 1.0, 0.0]), of([1.0, 1.0, 1.0, 0.0]));
    let loss = |loss: Loss| to_numbers(loss.of(odds.clone(), truth.clone(), counts.clone()))[0];
    let only = |bce, dice, recall| Loss { bce, dice, recall, ..Loss::default() };
    let log_loss = ((4.0_f32 / 3.0).ln() + 2.0 * 2.0_f32.ln()) / 3.0;
    assert!((loss(only(1.0, 0.0, 0.0)) - log_loss).abs() < 1e-5);
    // Found 5/4 of 7/4 claimed and 2 present.
    assert!((loss(only(0.0, 1.0, 0.0)) - (1.0 - 2.5 / 3.75)).abs() < 1e-5);
    assert!((loss(only(0.0, 2.0, 1.0)) - (2.0 * (1.0 - 2.5 / 3.75) + 0.375)).abs() < 1e-5);
    let each = Loss { per_species: true, ..only(0.0, 1.0, 0.0) };
    assert!((loss(each) - (1.0 - 0.5 * (1.5 / 2.25 + 1.0 / 1.5))).abs() < 1e-5);
    // Three deposits a record: 3 ln(4/3) of the first species, whose other cells are no worse than barren; of the
    // second 3 ln 2, and barren is ln 2 - 3 ln 2, which counts as 0.
    let risk = Loss { deposits_per_record: 3.0, ..only(1.0, 0.0, 0.0) };
    let barren = (4.0_f32.ln() + 2.0_f32.ln() - 3.0 * 4.0_f32.ln()).max(0.0);
    let expected = (3.0 * (4.0_f32 / 3.0).ln() + barren + 3.0 * 2.0_f32.ln()) / 3.0;
    assert!((loss(risk) - expected).abs() < 1e-5, "{} {expected}", loss(risk));
    // Focal: times (1 - p)^2.
    let focal = Loss { focal_gamma: 2.0, ..only(1.0, 0.0, 0.0) };
    let expected = ((4.0_f32 / 3.0).ln() / 16.0 + 2.0 * 2.0_f32.ln() / 4.0) / 3.0;
    assert!((loss(focal) - expected).abs() < 1e-5);
}

#[test]
fn a_record_is_spread_by_its_position_error_and_stays_in_its_plane() {
    let mut present = vec![0.0; 2 * 25];
    present[25 + 12] = 1.0;
    let loss = Loss { position_error_cells: 1.0, ..Loss::default() };
    let blurred = loss.blurred(present.clone(), 5);
    assert!(blurred[..25].iter().all(|share| *share == 0.0));
    assert_eq!(blurred[25 + 12], 1.0);
    assert!((blurred[25 + 13] - (-0.5_f32).exp()).abs() < 1e-6);
    assert!((blurred[25] - (-4.0_f32).exp()).abs() < 1e-6);
    assert_eq!(Loss::default().blurred(present.clone(), 5), present);
}

#[test]
fn settings_and_shapes_that_cannot_be_are_refused() {
    for (settings, key) in [
        (Settings { turns: 9, ..settings() }, "network.turns"),
        (Settings { density_cells: vec![-1.0], ..settings() }, "network.density_cells"),
        (Settings { tiles_per_epoch: 0, ..settings() }, "network.tiles_per_epoch"),
        (
            Settings { loss: Loss { bce: 0.0, dice: 0.0, ..Loss::default() }, ..settings() },
            "loss.bce",
        ),
    ] {
        assert!(settings.check().unwrap_err().to_string().contains(key), "{key}");
    }
    let (field, sides) = world();
    let mask = mask::Settings::default();
    let quick = Settings { training: Training { epochs: 1, ..settings().training }, ..settings() };
    let on = Learning { field: &field, sides: &sides, mask: &mask };
    let network = quick.fit(on, Seed(1), Run::default()).unwrap().0;
    let other = Field { side: 10, ..field };
    let hidden = Hidden::layer(3, 10, 0);
    let tile = paydirt_core::infill::Tile { row: 0, col: 0 };
    let asked = asks(&other, &[mask::Masked { tile, hidden }]);
    assert!(matches!(network.fill(&asked), Err(Error::Weights { .. })));
}

/// Scans of soil tell where lead is in the whole world; the records of the tile are all hidden.
#[test]
fn scans_of_soil_tell_what_records_do_not() {
    let (mut field, sides) = world();
    let mut rng = Seed(6).rng();
    let lead = &field.layers.presence[0];
    let mut scans = Vec::new();
    for unit in 0..64 * 64 {
        for _ in 0..rng.random_range(0..3) {
            let dip = if lead.get(unit) { 1.0 } else { 0.0 };
            let band =
                |band: i32| (f64::from(band) * 0.4).sin() - dip * f64::from(i32::from(band == 9));
            let noise = 0.1 * rng.random::<f64>();
            scans.push((unit, (0..16).map(|number| (band(number) + noise) as f32).collect()));
        }
    }
    let trains = |unit: usize| sides.of[unit] == Side::Training;
    let spectra = paydirt_core::infill::Spectra::new(scans, 64 * 64, trains).unwrap();
    let mask = mask::Settings { modes: vec![Mode::Rectangle], ..mask::Settings::default() };
    let spectral = crate::neural::spectral::Size { channels: 8, convolutions: 2, width: 4 };
    let with = Settings { spectral, ..settings() };
    let mut of = |spectra: Option<paydirt_core::infill::Spectra>| {
        field.spectra = spectra;
        let on = Learning { field: &field, sides: &sides, mask: &mask };
        let network = with.fit(on, Seed(1), Run::default()).unwrap().0;
        let masks = masks(Mode::Rectangle, &field, &sides, Side::Test);
        judge(&network, &field, &masks).unwrap().pr_auc_of(0).unwrap()
    };
    let (without, with) = (of(None), of(Some(spectra.clone())));
    assert!(without < 0.3 && with > without + 0.2, "{without} {with}");
    // Where scans are never known while it learns, nothing is learned from them.
    let forgetful = mask::Settings { auxiliary: 0.999_999, ..mask.clone() };
    field.spectra = Some(spectra);
    let on = Learning { field: &field, sides: &sides, mask: &forgetful };
    let network = settings().fit(on, Seed(1), Run::default()).unwrap().0;
    let masks = masks(Mode::Rectangle, &field, &sides, Side::Test);
    let never = judge(&network, &field, &masks).unwrap().pr_auc_of(0).unwrap();
    assert!(never < with - 0.2, "{never} {with}");
    assert!(mask::Settings { auxiliary: 1.0, ..forgetful }.check().is_err());
}
