//! Small cases whose answer is seen at a glance, and bad input.

use std::sync::Arc;

use paydirt_core::grid::Point;
use paydirt_core::label::Sample;
use paydirt_core::layer::{EvidenceType, Layer};
use paydirt_core::leak::{Kind, Repeat, Scene, Settings, Severity, find};
use paydirt_core::mask::Mask;
use paydirt_core::metric::Figure;
use paydirt_core::seed::Seed;
use paydirt_core::split::Fold;
use paydirt_core::stack::TableStack;
use paydirt_core::table::{Column, Table};
use rand::RngExt;

use super::support::{Judging, grid, info, of_kind, sample, severe, stack};

fn table(columns: &[(&str, EvidenceType, Vec<f32>)], places: Option<Vec<Point>>) -> TableStack {
    let layers = columns.iter().map(|(name, kind, _)| info(name, *kind)).collect();
    let rows = columns.first().map_or(0, |(.., values)| values.len());
    let column = |(name, kind, values): &(&str, EvidenceType, Vec<f32>)| {
        Column::new(name, name, *kind, values.clone())
    };
    let table = Table::new(rows, columns.iter().map(column).collect()).unwrap();
    TableStack::new(layers, table, places).unwrap()
}

fn uniform(rows: usize, seed: u64) -> Vec<f32> {
    let mut rng = Seed(seed).rng();
    (0..rows).map(|_| rng.random()).collect()
}

/// Every tenth row is a deposit.
fn labels(rows: usize) -> Vec<Sample> {
    (0..rows).map(|row| sample(row, row % 10 == 0)).collect()
}

/// The second half is held out.
fn halves(rows: usize) -> Vec<Fold> {
    vec![Fold { training: (0..rows / 2).collect(), held_out: (rows / 2..rows).collect() }]
}

#[test]
fn evidence_in_few_classes_repeats_itself_by_chance() {
    use EvidenceType::Categorical;
    let class = |seed| uniform(400, seed).into_iter().map(|value| (value * 3.0).floor()).collect();
    let stack = table(&[("rock", Categorical, class(1)), ("soil", Categorical, class(2))], None);
    let labelled = labels(400);
    let found = Judging::given(&labelled, halves(400)).find(&stack, &labelled);
    let copies = of_kind(&found, Kind::CopiedRows).unwrap();
    assert_eq!((copies.severity, copies.figures["share"]), (Severity::Note, 1.0));
    assert!(severe(&found).is_empty(), "{found:?}");
}

#[test]
fn rows_that_were_jittered_are_nearly_copies() {
    use EvidenceType::Continuous;
    let (rows, columns) = (400, ["a", "b", "c"]);
    let jittered = |copied: usize| {
        let values = |number: usize| {
            let (mut values, jitter) = (uniform(rows, number as u64), uniform(rows, 9));
            for row in 0..copied {
                values[rows / 2 + row] = values[row] + 1e-4 * jitter[row];
            }
            (columns[number], Continuous, values)
        };
        table(&[values(0), values(1), values(2)], None)
    };
    let labelled = labels(rows);
    let judging = Judging::given(&labelled, halves(rows));
    let found = judging.find(&jittered(40), &labelled);
    let near = of_kind(&found, Kind::NearlyCopiedRows).unwrap();
    assert_eq!(near.severity, Severity::Severe);
    assert!((40.0..44.0).contains(&near.figures["rows"]), "{near:?}");
    assert!(of_kind(&found, Kind::CopiedRows).is_none());
    assert_eq!(judging.find(&jittered(0), &labelled), []);
}

#[test]
fn a_place_and_a_group_on_both_sides_are_named() {
    let place = |row: usize| Point { easting: (row % 50) as f64, northing: (row % 50) as f64 };
    let columns = [("a", EvidenceType::Continuous, uniform(100, 1))];
    let stack = table(&columns, Some((0..100).map(place).collect()));
    let mut labelled = labels(100);
    labelled[0].group = Some("north".into());
    labelled[99].group = Some("north".into());
    let found = Judging::given(&labelled, halves(100)).find(&stack, &labelled);
    let mut rows: Vec<f64> = found
        .iter()
        .filter(|finding| finding.kind == Kind::PartedPlace)
        .map(|finding| finding.figures["rows"])
        .collect();
    rows.sort_by(f64::total_cmp);
    assert_eq!(rows, [1.0, 50.0]);
}

#[test]
fn classes_that_are_the_labels_are_told_and_a_number_for_each_row_is_not() {
    use EvidenceType::Categorical;
    let rows = 300;
    let labelled = labels(rows);
    let by_label = |row: usize| {
        if row.is_multiple_of(10) { 7.0 + (row % 20) as f32 } else { (row % 5) as f32 }
    };
    let class = (0..rows).map(by_label).collect();
    let identity = (0..rows).map(|row| ((row * 7) % rows) as f32).collect();
    let stack = table(&[("class", Categorical, class), ("row", Categorical, identity)], None);
    let found = Judging::given(&labelled, halves(rows)).find(&stack, &labelled);
    let finding = of_kind(&found, Kind::LabelLayer).unwrap();
    assert_eq!(
        (&finding.layers[..], finding.figures["information_share"]),
        (&["class".into()][..], 1.0)
    );
    assert_eq!(found.iter().filter(|f| f.kind == Kind::LabelLayer).count(), 1);
}

#[test]
fn two_deposits_prove_nothing_about_a_layer() {
    // A plane whose two highest cells are deposits: perfect, but of 30 columns one would be by chance.
    let grid = grid(20, 20, 100.0);
    let area = Arc::new(Mask::new(400, true));
    let plane = (0..400).map(|unit| unit as f32).collect();
    let layer = Layer::new(info("plane", EvidenceType::Continuous), plane, Arc::clone(&area));
    let stack = stack(&grid, &area, &[layer]);
    let touching = [sample(398, true), sample(399, true)];
    let found = Judging::given(&touching, Vec::new()).find(&stack, &touching);
    assert!(of_kind(&found, Kind::LabelLayer).is_none(), "{found:?}");
}

#[test]
fn coordinates_are_told_by_their_figure() {
    let stack = table(&[("a", EvidenceType::Continuous, uniform(100, 1))], None);
    let labelled = labels(100);
    let severity = |value: f64, low: f64| {
        let figure = Figure { value, low, high: 1.0, spread: 0.0 };
        let judging = Judging::given(&labelled, halves(100));
        let found = judging.find_with(&stack, &labelled, Some(figure));
        of_kind(&found, Kind::Coordinates).map(|finding| finding.severity)
    };
    assert_eq!(severity(0.69, 0.6), None);
    assert_eq!(severity(0.8, 0.45), None);
    assert_eq!(severity(0.8, 0.7), Some(Severity::Warning));
    assert_eq!(severity(0.95, 0.9), Some(Severity::Severe));
}

#[test]
fn a_full_square_is_counted() {
    let grid = grid(12, 12, 100.0);
    let area = Arc::new(Mask::new(144, true));
    let values = (0..144).map(|unit| ((unit * 89) % 144) as f32).collect();
    let layer = Layer::new(info("a", EvidenceType::Continuous), values, Arc::clone(&area));
    let stack = stack(&grid, &area, &[layer]);
    let square = (3..6).flat_map(|row| (4..7).map(move |col| sample(row * 12 + col, true)));
    let labelled: Vec<Sample> = square.chain([sample(143, true)]).collect();
    let found = Judging::given(&labelled, Vec::new()).find(&stack, &labelled);
    let touched = of_kind(&found, Kind::TouchingLabels).unwrap();
    assert_eq!(touched.figures["in_full_squares_share"], 0.9);
    assert_eq!([touched.figures["clusters"], touched.figures["largest_cells"]], [2.0, 9.0]);
}

#[test]
fn poor_input_is_looked_at_without_trouble() {
    use EvidenceType::{Categorical, Continuous};
    let columns = |rows: usize| {
        [
            ("constant", Continuous, vec![3.0; rows]),
            ("nothing", Continuous, vec![f32::NAN; rows]),
            ("huge", Continuous, (0..rows).map(|row| 3e38 * (row % 2) as f32).collect()),
            ("class", Categorical, vec![1.0; rows]),
        ]
    };
    for rows in [0, 1, 2, 12] {
        let places = (0..rows).map(|row| Point { easting: row as f64, northing: 0.0 }).collect();
        let stack = table(&columns(rows), Some(places));
        for labelled in [Vec::new(), labels(rows), (0..rows).map(|row| sample(row, true)).collect()]
        {
            let rows = labelled.len();
            for folds in
                [Vec::new(), halves(rows), vec![Fold { training: vec![], held_out: vec![] }]]
            {
                Judging::given(&labelled, folds).find(&stack, &labelled);
            }
        }
    }
    let none = table(&[], None);
    assert_eq!(Judging::given(&[], Vec::new()).find(&none, &[]), []);
}

#[test]
fn bad_settings_and_units_are_refused() {
    let stack = table(&[("a", EvidenceType::Continuous, uniform(10, 1))], None);
    let asked = |samples: &[Sample], settings: &Settings| {
        let repeats = [Repeat { samples, folds: &[] }];
        let seed = Seed(1);
        let scene =
            Scene { stack: &stack, labelled: samples, repeats: &repeats, coordinates: None, seed };
        find(&scene, settings).map_err(|error| error.to_string())
    };
    assert!(asked(&labels(10), &Settings::default()).is_ok());
    assert!(asked(&labels(11), &Settings::default()).unwrap_err().contains("unit 10"));
    let near = Settings { near: f64::NAN, ..Settings::default() };
    assert!(asked(&labels(10), &near).unwrap_err().contains("leaks.near"));
    let shifts = Settings { shifts: 1, ..Settings::default() };
    assert!(asked(&labels(10), &shifts).unwrap_err().contains("leaks.shifts"));
}
