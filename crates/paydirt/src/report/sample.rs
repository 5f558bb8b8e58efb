//! A report such as a run makes, for the tests of this folder: numbers like those of the Carlin
//! gold district, on a small made-up map.

use std::collections::BTreeMap;
use std::sync::Arc;

use paydirt_core::assay;
use paydirt_core::grid::{Crs, GeoTransform, Grid, Point};
use paydirt_core::layer::{EvidenceType, Layer, LayerInfo};
use paydirt_core::mask::Mask;
use paydirt_core::metric::Figure;
use paydirt_core::split::SplitKind;
use paydirt_core::stack::GridStack;

use super::*;
use crate::doubt::Cause;
use crate::doubt::maps::Bounds;
use crate::doubt::summary::{
    ApplicabilityLine, CauseLine, ConformalLine, DoubtLine, RiskLine, TargetDoubt,
};
use crate::receipt::{AssayReceipt, Excluded, GridReceipt, LabelReceipt, LayerReceipt};

const LAYERS: [&str; 7] =
    ["antimony", "arsenic", "geology", "fault_distance", "potassium", "calcium", "aluminium"];

fn figure(value: f64, low: f64, high: f64) -> Figure {
    Figure { value, low, high, spread: 0.008 }
}

fn model(name: &str, role: Standing, split: SplitKind, auc: [f64; 3], capture: f64) -> ModelLine {
    let [value, low, high] = auc;
    let near = |value: f64| figure(value, (value - 0.12).max(0.0), (value + 0.11).min(1.0));
    let metrics = BTreeMap::from([
        ("roc_auc".into(), figure(value, low, high)),
        ("pr_auc".into(), near(value - 0.35)),
        ("brier".into(), figure(0.031, 0.024, 0.039)),
        ("log_loss".into(), figure(0.118, 0.09, 0.15)),
        ("ece".into(), figure(0.012, 0.006, 0.03)),
        ("capture_1".into(), near(capture * 0.45)),
        ("capture_2".into(), near(capture * 0.65)),
        ("capture_5".into(), near(capture)),
        ("capture_10".into(), near((capture * 1.25).min(1.0))),
        ("capture_20".into(), near((capture * 1.45).min(1.0))),
        ("prediction_area".into(), near(0.818)),
    ]);
    ModelLine { name: name.into(), role, split, metrics }
}

fn models() -> Vec<ModelLine> {
    use SplitKind::{Random, Spatial};
    use Standing::{Baseline, Chosen, Control};
    vec![
        model("forest", Chosen, Spatial, [0.925, 0.882, 0.958], 0.61),
        model("logistic", Baseline, Spatial, [0.886, 0.823, 0.936], 0.48),
        model("forest", Control, Random, [0.932, 0.899, 0.961], 0.66),
        model(COORDINATES_ONLY, Control, Spatial, [0.714, 0.601, 0.811], 0.21),
        model(COORDINATES_ONLY, Control, Random, [0.845, 0.778, 0.902], 0.39),
    ]
}

fn curves() -> Curves {
    let bend = |power: f64| (0..=40).map(|i| f64::from(i) / 40.0).map(move |t| [t, t.powf(power)]);
    let bin = |count, predicted, observed, half: f64| ReliabilityBin {
        count,
        predicted,
        observed,
        low: f64::max(observed - half, 0.0),
        high: observed + half,
    };
    Curves {
        roc: bend(0.09).collect(),
        precision_recall: (1..=29)
            .map(|k| f64::from(k) / 29.0)
            .map(|recall| [recall, 1.0 - 0.8 * recall * recall])
            .collect(),
        success_rate: bend(0.05).collect(),
        prediction_rate: bend(0.12).collect(),
        reliability: vec![
            bin(2400.0, 0.008, 0.01, 0.006),
            bin(400.0, 0.06, 0.07, 0.04),
            bin(200.0, 0.2, 0.17, 0.09),
            bin(90.0, 0.42, 0.48, 0.17),
            bin(40.0, 0.7, 0.62, 0.22),
        ],
    }
}

fn map() -> MapLine {
    let class = |top_percent, at_least, known| MapClass {
        top_percent,
        at_least,
        known_deposits: Some(known),
    };
    MapLine {
        cells: 894_569,
        area_km2: 55_910.6,
        cell_area_km2: 0.0625,
        probability_sum: 29.3,
        classes: vec![
            class(1.0, 0.00779, 0.862),
            class(2.0, 0.00599, 0.931),
            class(5.0, 0.00328, 1.0),
            class(10.0, 0.00163, 1.0),
            class(20.0, 0.000667, 1.0),
            class(50.0, 0.0000667, 1.0),
        ],
        attribution_unit: "probability".into(),
        attribution_base: 0.048,
    }
}

fn targets() -> Vec<TargetLine> {
    (1..=30)
        .map(|rank| {
            let part = rank as f64 / 30.0;
            let inside = rank % 4 == 1;
            TargetLine {
                rank,
                easting: -150_000.0 + (rank * 7_919 % 220_000) as f64,
                northing: 4_580_000.0 + (rank * 104_729 % 260_000) as f64,
                area_km2: 64.0 / rank as f64,
                mean_score: 0.009 - 0.004 * part,
                max_score: 0.018 - 0.006 * part,
                percentile: 99.98 - part,
                mean_spread: 0.0012,
                known_deposits: usize::from(inside),
                deposit_names: if inside { vec![format!("PROSPECT {rank}")] } else { Vec::new() },
                distance_to_deposit_m: Some(if inside { 0.0 } else { 730.0 * rank as f64 }),
                drivers: vec![
                    Driver { layer: "antimony".into(), share: 0.21 },
                    Driver { layer: "arsenic".into(), share: 0.13 },
                    Driver { layer: "fault_distance".into(), share: -0.02 },
                ],
                doubt: TargetDoubt {
                    outside: Some(if inside { 0.0 } else { 0.12 }),
                    cause: Some(Cause::Workflow),
                    share: Some(0.61),
                },
            }
        })
        .collect()
}

fn layer(name: &str) -> LayerReceipt {
    let evidence_type =
        if name == "geology" { EvidenceType::Categorical } else { EvidenceType::Ordinal };
    LayerReceipt {
        name: name.into(),
        path: format!("carlin/{name}.tif"),
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        evidence_type,
        unit: "class".into(),
        source: "USGS DDS-41".into(),
        crs: "Lambert Conic Conformal, Clarke 1866".into(),
        grid: "1010x1114 cells of 250 m".into(),
        resampling: "as it is".into(),
        nodata_rule: "255 (tag of the file)".into(),
        known_cells: 896_744,
        missing_cells: 12_041,
        min: Some(1.0),
        max: Some(10.0),
        mean: Some(4.2),
        steps: vec!["standardise".into()],
        notes: Vec::new(),
        outliers: None,
        nodata_cells: 0,
        legend: Vec::new(),
        legend_sha256: String::new(),
        warnings: Vec::new(),
    }
}

fn assays() -> AssayReceipt {
    let element = assay::ElementReceipt {
        element: "As".into(),
        sources: vec![assay::Source {
            column: "As_ppm".into(),
            form: "As".into(),
            unit: assay::unit::Unit::Ppm,
            to_ppm: 1.0,
        }],
        known: 590,
        below: 20,
        below_percent: 3.3,
        above: 0,
        missing: 5,
        rule: "below: half the limit".into(),
        min_ppm: 0.5,
        median_ppm: 7.0,
        max_ppm: 610.0,
    };
    let precision = assay::Precision {
        element: "As".into(),
        groups: 12,
        median_difference_percent: 6.1,
        variation_percent: 5.0,
    };
    AssayReceipt {
        name: "soil".into(),
        path: "carlin/soil.csv".into(),
        sha256: "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8".into(),
        crs: "EPSG:4326".into(),
        cleaned: assay::Receipt {
            rows: 640,
            samples: 615,
            elements: vec![element],
            excluded_rows: BTreeMap::from([("no coordinates".into(), vec![3, 77])]),
            duplicates_merged: 23,
            precision: vec![precision],
            ..assay::Receipt::default()
        },
    }
}

fn receipt() -> Receipt {
    let excluded = |row: &str, reason: &str| Excluded { row: row.into(), reason: reason.into() };
    Receipt {
        grid: Some(GridReceipt {
            text: "1010x1114 cells of 250 m".into(),
            crs: "PROJCRS[\"unknown\",CONVERSION[\"Lambert\",METHOD[\"Lambert Conic Conformal (2SP)\"]]]".into(),
            rows: 1114,
            cols: 1010,
            region: [-164_174.0, 4_570_126.0, 88_325.0, 4_848_626.0],
            study_area_cells: 908_785,
            study_area_km2: 56_799.1,
            complete_cells: 894_569,
        }),
        layers: LAYERS.map(layer).to_vec(),
        assays: vec![assays()],
        correlations: Vec::new(),
        labels: LabelReceipt {
            path: "carlin/carlin_deposits.gpkg".into(),
            sha256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae".into(),
            rows: 32,
            deposits: 29,
            excluded: vec![
                excluded("SCREAMER DEPOSIT", "another deposit lies in the same cell"),
                excluded("GENESIS", "another deposit lies in the same cell"),
                excluded("HILLTOP", "evidence is missing there"),
            ],
            ..LabelReceipt::default()
        },
        warnings: Vec::new(),
    }
}

fn metrics() -> Vec<MetricLine> {
    let line = |key: &str, name: &str, direction: &str, unit: &str, citation: &str| MetricLine {
        key: key.into(),
        name: name.into(),
        direction: direction.into(),
        unit: unit.into(),
        citation: citation.into(),
    };
    let roc = "10.1148/radiology.143.1.7063747";
    let brier = "10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2";
    vec![
        line("roc_auc", "ROC AUC", "higher", "share of pairs", roc),
        line("brier", "Brier score", "lower", "squared probability", brier),
    ]
}

fn importance() -> Vec<Importance> {
    let falls = [0.081, 0.052, 0.031, 0.024, 0.006, 0.003, -0.002];
    let line = |(layer, auc_fall): (&&str, f64)| Importance {
        layer: (*layer).into(),
        auc_fall,
        spread: 0.009,
    };
    LAYERS.iter().zip(falls).map(line).collect()
}

fn attribution() -> Vec<AttributionLine> {
    let sizes = [0.0121, 0.0093, 0.0078, 0.0051, 0.0022, 0.0019, 0.0012];
    let line =
        |(layer, mean_size): (&&str, f64)| AttributionLine { layer: (*layer).into(), mean_size };
    LAYERS.iter().zip(sizes).map(line).collect()
}

fn split() -> SplitLine {
    let hash = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";
    SplitLine {
        settings: serde_json::json!({"blocks": {"block_m": 20000.0, "buffer_m": 2500.0, "folds": 5}}),
        against: "an unlabelled cell at least 5 km from any known deposit".into(),
        folds: 5,
        repeats: 5,
        hashes: vec![hash.into(); 5],
        samples: 609,
        deposits: 29,
        notes: Vec::new(),
    }
}

/// A report such as a run makes.
pub(crate) fn report() -> Report {
    let gap = |name: &str, spatial_auc: f64, random_auc: f64| OptimismGap {
        name: name.into(),
        spatial_auc,
        random_auc,
        gap: random_auc - spatial_auc,
    };
    let project = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    Report {
        next_find: None,
        paydirt_version: "0.1.0".into(),
        project: "carlin-gold".into(),
        seed: 7,
        model: "forest".into(),
        models: models(),
        optimism_gap: vec![gap("forest", 0.925, 0.932), gap(COORDINATES_ONLY, 0.714, 0.845)],
        metrics: metrics(),
        curves: curves(),
        leaks: Vec::new(),
        search: None,
        pretraining: None,
        importance: importance(),
        attribution: attribution(),
        explanation: super::explanation::sample::found(),
        split: split(),
        training: Vec::new(),
        calibration: CalibrationLine { method: "platt".into(), prior: 3.24e-5 },
        map: Some(map()),
        doubt: Some(doubt()),
        targets: targets(),
        targets_too_small: 12,
        targets_left_out: 3,
        receipt: receipt(),
        weights_of_evidence: Vec::new(),
        independence: Vec::new(),
        reproduce: Reproduce {
            command: "paydirt run carlin-gold.run/project.toml --seed 7".into(),
            project_sha256: project.into(),
            gdal_version: "3.6.2".into(),
        },
        warnings: vec!["`calcium`: 12,041 cells of the study area (1.3 %) have no value".into()],
    }
}

fn doubt() -> DoubtLine {
    let numbers =
        [(5, 0.14, 0.11), (10, 0.24, 0.22), (5, 0.0, 0.0), (3, 0.58, 0.62), (609, 0.04, 0.05)];
    let line = |(cause, (repetitions, of_map, of_targets)): (Cause, (usize, f64, f64))| CauseLine {
        cause,
        repetitions,
        share_of_map: Some(of_map),
        share_of_targets: Some(of_targets),
        dominates: of_map,
    };
    DoubtLine {
        causes: Cause::ALL.into_iter().zip(numbers).map(line).collect(),
        workflows: vec!["logistic".into(), "forest, leaves of 20".into()],
        applicability: Some(ApplicabilityLine {
            threshold: 0.42,
            training_rows: 609,
            outside: 0.081,
            left_out: vec!["calcium".into()],
        }),
        conformal: Some(ConformalLine {
            alpha: 0.1,
            deposit_groups: 17,
            other_groups: 140,
            shares: [0.0, 0.84, 0.09, 0.07],
        }),
        risk_return: RiskLine {
            top_percent: 10.0,
            bounds: Bounds { mean_at_least: 0.0016, spreads: 1.0 },
            shares: [0.87, 0.03, 0.05, 0.05],
            cells: (1..200).map(f64::from).map(|i| [i * i * 1e-7, i * 1e-5]).collect(),
        },
    }
}

fn doubt_pictures(stack: &GridStack) -> DoubtPictures {
    let of = |values: fn(usize) -> f32| {
        let strip = |units: std::ops::Range<usize>| Ok(units.map(values).collect());
        Miniature::of(stack, Keep::Middle, 420, &strip).unwrap()
    };
    DoubtPictures {
        dominant: Some(of(|unit| (unit % 6) as f32)),
        shares: Cause::ALL.map(|cause| (cause, of(|unit| (unit % 10) as f32 / 10.0))).to_vec(),
        dissimilarity: Some(of(|unit| (unit % 9) as f32 / 9.0)),
        set: Some(of(|unit| (unit % 4) as f32)),
        risk: Some(of(|unit| (unit % 4) as f32)),
    }
}

/// Maps for [`report`].
pub(crate) fn pictures() -> Pictures {
    let transform = GeoTransform {
        west: -164_174.0,
        north: 4_848_626.0,
        cell_width: 5_000.0,
        cell_height: 5_000.0,
    };
    let grid = Grid::new(Crs::local_metres(), transform, 56, 51).unwrap();
    let area = Arc::new(Mask::from_fn(grid.cells(), |unit| unit % 51 > 3));
    let value =
        |unit: usize| if unit.is_multiple_of(97) { f32::NAN } else { (unit % 53) as f32 / 5000.0 };
    let mut stack = GridStack::new(grid.clone(), area.clone());
    for name in ["prospectivity", "spread"] {
        let info = LayerInfo {
            name: name.into(),
            evidence_type: EvidenceType::Continuous,
            unit: "probability".into(),
        };
        let values = (0..grid.cells()).map(value).collect();
        stack.push(&Layer::new(info, values, area.clone()), None).unwrap();
    }
    let deposits = [(-100_000.0, 4_700_000.0), (50_000.0, 4_800_000.0)]
        .map(|(easting, northing)| Point { easting, northing });
    Pictures {
        grid,
        prospectivity: Miniature::read(&stack, "prospectivity", Keep::Greatest).unwrap(),
        spread: Miniature::read(&stack, "spread", Keep::Middle).unwrap(),
        doubt: doubt_pictures(&stack),
        deposits: deposits.to_vec(),
    }
}
