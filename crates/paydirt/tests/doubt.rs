//! How sure a map is: parts that add up, causes that are told apart where the truth is known, and cells
//! where the model may not speak.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};

use paydirt::cli::Common;
use paydirt::command::Session;
use paydirt::console::Console;
use paydirt::doubt::Cause;
use paydirt::doubt::summary::DoubtLine;
use paydirt::report::Report;
use paydirt_core::district::{District, Settings};
use paydirt_core::layer::EvidenceType;
use paydirt_io::raster::{self, Request};

/// A small district as files, and its truth.
fn small_demo(folder: &Path) -> (PathBuf, District) {
    let settings = Settings { rows: 90, cols: 110, deposits: 50.0, ..Settings::default() };
    let district = paydirt::demo::write(folder, &settings).unwrap();
    let file = folder.join("project.toml");
    let text = fs_err::read_to_string(&file).unwrap();
    let light =
        "trees = 30\n[explain]\nshap = { rasters = false }\npermutation = { shuffles = 1 }\n";
    let text = text.replace("repeats = 3", "repeats = 1").replace("trees = 200\n", light);
    fs_err::write(&file, text).unwrap();
    (file, district)
}

/// Runs a project with more in its file.
fn run(project: &Path, more: &str, name: &str) -> (PathBuf, Report) {
    let text = fs_err::read_to_string(project).unwrap();
    let file = project.with_file_name(format!("{name}.toml"));
    fs_err::write(&file, format!("{text}\n{more}")).unwrap();
    let out = project.with_file_name(format!("{name}.run"));
    let session = Session { console: Console::silent(), common: Common::default() };
    let opened = paydirt::project::open(&file, &[]).unwrap();
    let report = paydirt::run::run(&opened, &out, &session).unwrap();
    (out, report)
}

/// The bands of a map, by name.
fn bands(run: &Path, name: &str) -> Vec<(String, Vec<f32>)> {
    let path = run.join("maps").join(format!("{name}.tif"));
    let info = raster::inspect(&path).unwrap();
    let grid = info.grid(&path).unwrap();
    let read = |(number, band): (usize, &raster::BandInfo)| {
        let request = Request {
            evidence_type: EvidenceType::Categorical,
            band: number + 1,
            ..Request::default()
        };
        (band.description.clone(), raster::read(&path, &grid, &request).unwrap().0)
    };
    info.bands.iter().enumerate().map(read).collect()
}

fn band<'a>(bands: &'a [(String, Vec<f32>)], name: &str) -> &'a [f32] {
    &bands.iter().find(|band| band.0 == name).unwrap().1
}

fn doubt(report: &Report) -> &DoubtLine {
    report.doubt.as_ref().unwrap()
}

fn share(report: &Report, cause: Cause) -> f64 {
    let line = doubt(report).causes.iter().find(|line| line.cause == cause).unwrap();
    line.share_of_map.unwrap()
}

#[test]
fn parts_add_up_and_every_map_says_what_the_report_says() {
    let folder = tempfile::tempdir().unwrap();
    let (project, district) = small_demo(&folder.path().join("demo"));
    let (out, report) = run(&project, "", "whole");
    let uncertainty = bands(&out, "uncertainty");
    let names: Vec<&str> = uncertainty.iter().map(|band| band.0.as_str()).collect();
    let causes = ["negatives", "model", "evidence", "workflow", "extrapolation"];
    let shares = causes.map(|cause| format!("share_{cause}"));
    assert_eq!(names[..6], [&["total"], &causes[..]].concat());
    assert_eq!(names[6..], shares);
    let spread = &bands(&out, "spread")[0].1;
    let map = bands(&out, "prospectivity");
    let applicability = bands(&out, "applicability");
    let threshold = doubt(&report).applicability.as_ref().unwrap().threshold as f32;
    let [mut gaps, mut outside, mut cells] = [0; 3];
    for (unit, spread) in spread.iter().enumerate() {
        let total = band(&uncertainty, "total")[unit];
        assert_eq!((total.is_nan(), total.to_bits()), (map[0].1[unit].is_nan(), spread.to_bits()));
        if total.is_nan() {
            continue;
        }
        cells += 1;
        let sum: f64 = causes.iter().map(|c| f64::from(band(&uncertainty, c)[unit]).powi(2)).sum();
        assert!((sum.sqrt() - f64::from(total)).abs() <= 1e-5 * f64::from(total), "{sum} {total}");
        let of_all: f32 = shares.iter().map(|share| band(&uncertainty, share)[unit]).sum();
        assert!((of_all - 1.0).abs() < 1e-4 || total == 0.0, "{of_all} {total}");
        // What missing evidence leaves open is nothing where all is known.
        let missing = district.layers.iter().any(|layer| layer.value(unit).is_none());
        let evidence = band(&uncertainty, "evidence")[unit];
        assert!(missing || evidence == 0.0);
        gaps += usize::from(evidence > 0.0);
        let index = band(&applicability, "dissimilarity")[unit];
        let inside = band(&applicability, "inside")[unit];
        assert_eq!(inside == 1.0, band(&applicability, "point_density")[unit] > 0.0);
        assert!(if inside == 1.0 { index <= threshold * 1.0001 } else { index > threshold });
        assert_eq!(inside == 1.0, band(&uncertainty, "extrapolation")[unit] == 0.0);
        assert_eq!(inside == 1.0, band(&map, "opacity")[unit] == 255.0);
        outside += usize::from(inside == 0.0);
    }
    assert!(gaps > 200, "{gaps}");
    let told = doubt(&report).applicability.as_ref().unwrap().outside;
    assert!((told - outside as f64 / cells as f64).abs() < 1e-9);
    let counted = |map: &str| {
        let values = &bands(&out, map)[0].1;
        let share = |class: usize| {
            values.iter().filter(|value| **value == class as f32).count() as f64 / cells as f64
        };
        [0, 1, 2, 3].map(share)
    };
    assert_eq!(counted("prediction_set"), doubt(&report).conformal.as_ref().unwrap().shares);
    let risk = counted("risk_return");
    assert_eq!(risk, doubt(&report).risk_return.shares);
    assert!((risk[2] + risk[3] - 0.1).abs() < 0.01, "{risk:?}");
}

/// Worlds in which it is known what can move the map: the draw alone, or the deposits alone.
#[test]
fn a_cause_that_cannot_move_the_map_gets_no_share() {
    let folder = tempfile::tempdir().unwrap();
    let (project, _) = small_demo(&folder.path().join("demo"));
    let text = fs_err::read_to_string(&project).unwrap();
    let logistic = text.replace("[model.forest]\ntrees = 30", "[model.logistic]");
    assert_ne!(text, logistic);
    let causes = |report: &Report| -> Vec<Cause> {
        doubt(report).causes.iter().map(|line| line.cause).collect()
    };
    let rest = "[uncertainty]\nworkflow = []\n[uncertainty.evidence]\nimputations = 0\n\
                [uncertainty.applicability]\ndraw = false\n";

    // Draws that take all ground there is are all the same, and so is what is fitted to them.
    let all = logistic.replace("per_deposit = 20", "per_deposit = 100000");
    fs_err::write(&project, &all).unwrap();
    let (_, report) = run(&project, rest, "deposits");
    assert_eq!(causes(&report), [Cause::Negatives, Cause::Model]);
    let of_draws = share(&report, Cause::Negatives);
    assert!(of_draws < 0.25, "{of_draws}");

    // No refits: the draws have all of it.
    fs_err::write(&project, &logistic).unwrap();
    let (out, report) = run(&project, &format!("{rest}[uncertainty.model]\nrefits = 0\n"), "draws");
    assert_eq!(causes(&report), [Cause::Negatives]);
    assert_eq!(share(&report, Cause::Negatives), 1.0);
    assert!(!out.join("maps/applicability.tif").exists());
    assert!(bands(&out, "prospectivity").len() == 1);

    // Nothing is drawn, and nothing refitted.
    let whole = logistic
        .replace("[sample.distant_unlabelled]\nper_deposit = 20\n", "[sample.all_unlabelled]\n");
    let whole: String = whole
        .lines()
        .filter(|line| !line.starts_with("at_least_m"))
        .map(|line| format!("{line}\n"))
        .collect();
    fs_err::write(&project, &whole).unwrap();
    let (out, report) =
        run(&project, &format!("{rest}[uncertainty.model]\nrefits = 0\n"), "nothing");
    assert!(causes(&report).is_empty());
    let spread = &bands(&out, "spread")[0].1;
    assert!(spread.iter().all(|spread| spread.is_nan() || *spread == 0.0));
}

/// The posterior of weights of evidence, also where a layer is missing, by its closed form.
#[test]
fn weights_of_evidence_say_how_sure_their_own_posterior_is() {
    let folder = tempfile::tempdir().unwrap();
    let (project, district) = small_demo(&folder.path().join("demo"));
    let text = fs_err::read_to_string(&project).unwrap();
    let text = text
        .replace(
            "[model.forest]\ntrees = 30\n",
            "[model.weights_of_evidence]\nunit_cell_km2 = 0.04\n",
        )
        .replace("shap = { rasters = false }", "shap = { rasters = true }")
        .replace("steps = [{ winsorise = {} }, { impute_median = {} }]\n", "");
    fs_err::write(&project, &text).unwrap();
    let (out, report) = run(&project, "[uncertainty.ensemble]\nmembers = 1\n", "weights");
    let found = bands(&out, "posterior_deviation");
    let names: Vec<&str> = found.iter().map(|band| band.0.as_str()).collect();
    assert_eq!(names, ["total", "from_weights", "from_missing", "posterior", "studentized"]);
    let shares: Vec<Vec<f32>> = report
        .attribution
        .iter()
        .map(|line| bands(&out, &format!("attribution_{}", line.layer)).swap_remove(0).1)
        .collect();
    let logit = |p: f64| (p / (1.0 - p)).ln();
    let map = &bands(&out, "prospectivity")[0].1;
    let cell_km2 = report.map.as_ref().unwrap().cell_area_km2;
    let prior = report.calibration.prior * 0.04 / cell_km2;
    let [mut complete, mut incomplete] = [0; 2];
    for (unit, probability) in map.iter().enumerate() {
        let [total, weights, missing, posterior, studentized] =
            [0, 1, 2, 3, 4].map(|band| f64::from(found[band].1[unit]));
        assert_eq!(posterior.is_nan(), !district.area.get(unit), "{unit}");
        if posterior.is_nan() {
            continue;
        }
        assert!(weights > 0.0 && (total - weights.hypot(missing)).abs() < 1e-5 * total);
        assert!((studentized - posterior / total).abs() < 1e-4 * studentized);
        if probability.is_nan() {
            incomplete += 1;
            assert!(missing > 0.0, "{unit}");
        } else {
            complete += 1;
            assert_eq!(missing, 0.0);
            let sum: f64 = shares.iter().map(|share| f64::from(share[unit])).sum();
            let told = logit(posterior) - logit(prior);
            assert!((told - sum).abs() < 1e-3, "{told} {sum}");
        }
    }
    assert!(complete > 1_000 && incomplete > 500, "{complete} {incomplete}");
    let style = fs_err::read_to_string(out.join("maps/posterior_deviation.qml")).unwrap();
    assert!(style.contains("most spread"));
    assert!(!out.join("maps/posterior.tif").exists());
}
