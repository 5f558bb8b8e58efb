use super::*;

const SHAPE: Shape = Shape { species: 10, side: 50 };

/// E[hidden share] = (25.5 / 50)^2 for rectangles, 5.5 / 10 for layers.
#[test]
fn shares_of_the_published_modes_are_those_of_their_law() {
    let settings = Settings::default();
    let mean = |mode| {
        let shares = (0..2000).map(|draw| settings.draw_mode(mode, SHAPE, Seed(draw)).share());
        shares.sum::<f64>() / 2000.0
    };
    assert!((mean(Mode::Rectangle) - 0.2601).abs() < 0.015);
    assert!((mean(Mode::Layers) - 0.55).abs() < 0.02);
    assert!((mean(Mode::OneLayer) - 0.1).abs() < 1e-12);
    // Both: 0.55 + 0.45 x 0.2601.
    assert!((mean(Mode::Both) - 0.667).abs() < 0.02);
    for mode in [Mode::Blob, Mode::Holes] {
        assert!((mean(mode) - 0.5).abs() < 0.04, "{mode:?}: {}", mean(mode));
    }
}

#[test]
fn intensity_and_probability_bound_what_is_hidden() {
    let settings = Settings {
        layer_intensity: 0.3,
        area_intensity: 0.25,
        probability: 0.5,
        ..Settings::default()
    };
    for draw in 0..200 {
        let seed = Seed(draw);
        assert!(settings.draw_mode(Mode::Layers, SHAPE, seed).share() <= 0.3);
        assert!(settings.draw_mode(Mode::Rectangle, SHAPE, seed).share() <= 0.25);
        assert!(settings.draw_mode(Mode::Blob, SHAPE, seed).share() < 0.3);
    }
    let sum: f64 =
        (0..500).map(|d| settings.draw_mode(Mode::Rectangle, SHAPE, Seed(d)).share()).sum();
    // Sides of 1 to 25, and half of the cells.
    assert!((sum / 500.0 - 0.5 * (13.0_f64 / 50.0).powi(2)).abs() < 0.005);
    assert!(Settings { probability: 0.0, ..settings.clone() }.check().is_err());
    assert!(Settings { modes: vec![], ..settings }.check().is_err());
}

#[test]
fn series_are_seeded_and_come_back_from_their_file() {
    let tiles = [Tile { row: 0, col: 0 }, Tile { row: 50, col: 100 }];
    let settings = Settings::default();
    let of = |mode, seed| settings.series(mode, &tiles, SHAPE, (2, Seed(seed)));
    assert_eq!(of(Mode::OneLayer, 1).len(), 20);
    assert_eq!(of(Mode::Rectangle, 1), of(Mode::Rectangle, 1));
    assert_ne!(of(Mode::Rectangle, 1), of(Mode::Rectangle, 2));
    for masked in of(Mode::Blob, 3).iter().chain(&of(Mode::Layers, 3)) {
        let text = serde_json::to_string(&Saved::from(masked)).unwrap();
        let saved: Saved = serde_json::from_str(&text).unwrap();
        assert_eq!(Masked::from(&saved), *masked);
    }
}

#[test]
fn a_mask_through_all_layers_hides_the_same_cells_of_each() {
    for mode in [Mode::Rectangle, Mode::Blob, Mode::Holes] {
        let hidden = Settings::default().draw_mode(mode, SHAPE, Seed(5));
        assert!((0..25_000).all(|index| hidden.get(index) == hidden.get(index % 2500)));
    }
}
