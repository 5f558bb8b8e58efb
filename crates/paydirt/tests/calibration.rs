//! Every calibration through a whole run: probabilities over the map, and what the report says of them.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use paydirt::report::Report;
use paydirt_core::calibrate::Calibration;
use support::{District, PROJECT};

#[test]
fn each_calibration_draws_probabilities_that_sum_to_the_known_deposits() {
    let district = District::new();
    for key in Calibration::keys() {
        let project = district.project();
        project.write("project.toml", format!("{PROJECT}\n[calibration.{key}]\n"));
        project.paydirt(&["run", "--quiet", "--out", "one.run"]).expect(0, &[]);
        let report: Report = serde_json::from_slice(&project.read("one.run/report.json")).unwrap();
        assert_eq!(report.calibration.method, *key);
        let path = project.path("one.run/maps/prospectivity.tif");
        let grid = paydirt_io::raster::inspect(&path).unwrap().grid(&path).unwrap();
        let (map, _) = paydirt_io::raster::read(&path, &grid, &Default::default()).unwrap();
        let known: Vec<f64> = map.into_iter().filter(|p| p.is_finite()).map(f64::from).collect();
        assert!(known.iter().all(|p| (0.0..=1.0).contains(p)), "{key}");
        let deposits = report.receipt.labels.deposits as f64;
        let sum: f64 = known.iter().sum();
        assert!((sum / deposits - 1.0).abs() < 0.02, "{key}: {sum} for {deposits}");
    }
}
