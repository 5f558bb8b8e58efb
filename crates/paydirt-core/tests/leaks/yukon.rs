//! Porphyry tables of the Yukon (DOI 10.1016/j.gr.2024.09.004): 24 of 40 validation rows are training
//! rows, and occurrences of one pixel repeat rows in training.

use paydirt_core::grid::Point;
use paydirt_core::label::Sample;
use paydirt_core::layer::EvidenceType;
use paydirt_core::leak::{Kind, Severity};
use paydirt_core::sample::{Sampling, all_unlabelled};
use paydirt_core::seed::Seed;
use paydirt_core::split::{Fold, Split, blocks, random_control};
use paydirt_core::stack::TableStack;
use paydirt_core::table::{Column, Table};

use super::support::{Judging, info, of_kind, sample, severe, shared};

/// The numbers of a table with a header, by column.
fn read(file: &str, columns: &[&str]) -> Option<Vec<Vec<f64>>> {
    let text = fs_err::read_to_string(shared("yukon")?.join(file)).unwrap();
    let mut lines =
        text.lines().map(|line| line.trim().split(',').map(|cell| cell.trim_matches('"')));
    let header: Vec<&str> = lines.next().unwrap().collect();
    let rows: Vec<Vec<&str>> = lines.map(Iterator::collect).collect();
    let column = |name: &&str| {
        let place = header.iter().position(|other| other == name).unwrap();
        rows.iter().map(|row| row[place].parse().unwrap()).collect()
    };
    Some(columns.iter().map(column).collect())
}

fn stack(names: &[&str], columns: &[Vec<f64>], places: Option<Vec<Point>>) -> TableStack {
    let kind = EvidenceType::Continuous;
    let layers = names.iter().map(|name| info(name, kind)).collect();
    let column = |(name, values): (&&str, &Vec<f64>)| {
        Column::new(name, name, kind, values.iter().map(|value| *value as f32).collect())
    };
    let table = names.iter().zip(columns).map(column).collect();
    TableStack::new(layers, Table::new(columns[0].len(), table).unwrap(), places).unwrap()
}

fn labels(deposit: &[f64]) -> Vec<Sample> {
    deposit.iter().enumerate().map(|(unit, label)| sample(unit, *label == 1.0)).collect()
}

const PCS: [&str; 8] = ["DEP", "PC1", "PC2", "PC3", "PC4", "PC5", "PC6", "PC7"];

#[test]
fn the_published_validation_rows_are_training_rows() {
    let Some(mut columns) = read("02_Train_PCA.csv", &PCS) else { return };
    let validation = read("04_Validation_Points.csv", &PCS).unwrap();
    columns.iter_mut().zip(validation).for_each(|(column, more)| column.extend(more));
    let labelled = labels(&columns[0]);
    let stack = stack(&PCS[1..], &columns[1..], None);
    let fold = Fold { training: (0..313).collect(), held_out: (313..353).collect() };
    let found = Judging::given(&labelled, vec![fold]).find(&stack, &labelled);
    let copies = of_kind(&found, Kind::CopiedRows).unwrap();
    assert_eq!(copies.severity, Severity::Severe);
    let figure = |name: &str| copies.figures[name];
    assert_eq!([figure("rows"), figure("held_out"), figure("same_label")], [24.0, 40.0, 24.0]);
    assert_eq!(copies.units.len(), 24);
    assert!(copies.units.iter().all(|unit| (313..353).contains(unit)));
    // 6 positives and 18 negatives.
    assert_eq!(copies.units.iter().filter(|&&unit| labelled[unit].is_deposit()).count(), 6);
    assert!(copies.sentence.starts_with("24 of 40 held-out rows (60 %) are copies"));
    assert_eq!(found.len(), 1, "{found:?}");
}

/// The 313 training rows with their places; only one of each place and evidence if they are to be unique.
fn raw(unique: bool) -> Option<(TableStack, Vec<Sample>)> {
    let names = ["DEP", "ESTE", "NORTE", "X3", "X4", "X5", "X6", "X7", "X8", "X9"];
    let mut columns = read("01_Train_VO.csv", &names)?;
    if unique {
        let rows: Vec<Vec<u64>> = (0..columns[0].len())
            .map(|row| columns[3..].iter().map(|column| column[row].to_bits()).collect())
            .collect();
        // Rows at 0, 0 have no place.
        let kept: Vec<bool> = (0..rows.len())
            .map(|row| columns[1][row] > 0.0 && !rows[..row].contains(&rows[row]))
            .collect();
        for column in &mut columns {
            let mut keep = kept.iter();
            column.retain(|_| *keep.next().unwrap());
        }
    }
    let place =
        |(easting, northing): (&f64, &f64)| Point { easting: *easting, northing: *northing };
    let places = columns[1].iter().zip(&columns[2]).map(place).collect();
    Some((stack(&names[3..], &columns[3..], Some(places)), labels(&columns[0])))
}

#[test]
fn a_random_split_of_the_raw_rows_is_caught() {
    let Some((stack, labelled)) = raw(false) else { return };
    let folds = random_control(&labelled, 5, Seed(1));
    let found = Judging::given(&labelled, folds).find(&stack, &labelled);
    let kinds: Vec<Kind> = severe(&found).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds.len(), found.len(), "{found:?}");
    assert!(kinds.contains(&Kind::CopiedRows) && kinds.contains(&Kind::PartedPlace), "{found:?}");
}

#[test]
fn unique_rows_in_blocks_are_clean() {
    let Some((stack, labelled)) = raw(true) else { return };
    assert_eq!(labelled.len(), 289);
    let split = Split::Blocks(blocks::Settings {
        block_m: 20_000.0,
        buffer_m: 2_500.0,
        folds: 5,
        repeats: 4,
        ..Default::default()
    });
    let sampling = Sampling::AllUnlabelled(all_unlabelled::Settings::default());
    let found = Judging::new(&stack, &labelled, &sampling, &split).find(&stack, &labelled);
    assert_eq!(severe(&found), [], "{found:?}");
}
