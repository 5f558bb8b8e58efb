//! Weights of evidence, from the rasters and points themselves to the 24 tables of EIS Toolkit 1.1.6.
//! Says so and passes where the data are not there.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use std::path::{Path, PathBuf};

use paydirt_core::layer::EvidenceType;
use paydirt_io::raster::{self, Request};
use paydirt_io::vector::{self, PointOptions};
use paydirt_model::weights_of_evidence::count::{ClassCount, ClassCounter};
use paydirt_model::weights_of_evidence::overlap::EmptyCount;
use paydirt_model::weights_of_evidence::tables::{Cut, Generalized, Kind, Row, WeightsTable};

/// A folder of the shared data, where it lies beside the repository.
fn shared(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("not tested: there is no {}", folder.display());
    None
}

/// Counts of the classes of a raster on its own grid; a cell with several deposits counts once.
fn counts(path: &Path, deposits: &Path) -> Vec<ClassCount> {
    let grid = raster::inspect(path).unwrap().grid(path).unwrap();
    let request = Request { evidence_type: EvidenceType::Categorical, ..Request::default() };
    let (values, _) = raster::read(path, &grid, &request).unwrap();
    let points = vector::read_points(deposits, &grid.crs, &PointOptions::default()).unwrap();
    let mut deposit = vec![false; grid.cells()];
    for unit in points.records.iter().filter_map(|record| grid.locate(record.place)) {
        deposit[unit] = true;
    }
    let mut counter = ClassCounter::default();
    for (value, deposit) in values.into_iter().zip(deposit) {
        counter.add(value, deposit, 1.0);
    }
    counter.finish()
}

/// A row in the columns and digits of EIS Toolkit.
fn printed(row: &Row) -> Vec<f64> {
    let digits = |value: f64| (value * 1e4).round_ties_even() / 1e4;
    let w = row.weights;
    let mut numbers = vec![f64::from(row.class), row.cells, row.deposits];
    numbers.extend([w.w_plus, w.s_w_plus, w.w_minus, w.s_w_minus].map(digits));
    numbers.extend([w.contrast, w.s_contrast, w.studentized_contrast].map(digits));
    if let Some(generalized) = row.generalized {
        let class = if generalized.class == Generalized::Inside { 2.0 } else { 1.0 };
        numbers.extend([class, digits(generalized.weight), digits(generalized.s_weight)]);
    }
    numbers
}

#[test]
fn weights_of_evidence_from_the_files_equal_the_published_tables() {
    let (Some(carlin), Some(eis)) = (shared("carlin"), shared("eis_reference")) else { return };
    let names = ["geology", "fault_distance_rcl", "nure_al_rcl", "nure_as_rcl", "nure_ca_rcl"];
    let names = names.iter().chain(&["nure_k_rcl", "nure_sb_rcl"]);
    let mut layers: Vec<(String, Vec<ClassCount>)> = names
        .map(|name| {
            let raster = carlin.join(format!("{name}.tif"));
            (format!("carlin_{name}"), counts(&raster, &carlin.join("carlin_deposits.gpkg")))
        })
        .collect();
    let wofe = eis.join("wofe");
    let counted = counts(&wofe.join("wofe_evidence_raster.tif"), &wofe.join("wofe_deposits.shp"));
    layers.push(("eis_wofe".into(), counted));
    for (name, counts) in layers {
        for (kind, key) in [
            (Kind::Unique, "unique"),
            (Kind::Ascending, "ascending"),
            (Kind::Descending, "descending"),
        ] {
            let mut table = WeightsTable::new(&counts, kind, EmptyCount::Published);
            let cut = table.best_cut(Cut::Contrast, 1.0).filter(|_| kind != Kind::Unique);
            cut.into_iter().for_each(|cut| table.generalize_at(cut));
            let found: Vec<Vec<f64>> = table.rows().iter().map(printed).collect();
            let file = format!("expected_weights_of_evidence/eis116_{name}_{key}.csv");
            let text = fs_err::read_to_string(eis.join(file)).unwrap();
            let numbers = |line: &str| line.split(',').map(|n| n.parse().unwrap()).collect();
            let expected: Vec<Vec<f64>> = text.lines().skip(1).map(numbers).collect();
            assert_eq!(found, expected, "{name} {key}");
        }
    }
}
