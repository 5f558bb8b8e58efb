//! Gamma-ray spectrometry: potassium, thorium and uranium at the surface.

use super::{Band, Index, Sensor, band, index};

pub(super) const SENSOR: Sensor =
    Sensor { key: "radiometric", name: "gamma-ray spectrometry", bands: &BANDS, indices: &INDICES };

const BANDS: [Band; 3] = [
    band("k", "potassium, %"),
    band("th", "equivalent thorium, ppm"),
    band("u", "equivalent uranium, ppm"),
];

const IAEA: &str = "IAEA-TECDOC-1363 (2003), Guidelines for radioelement mapping using gamma ray spectrometry data";
/// Shares of the three elements, each over its mean in the upper continental crust (K 2.32 % of
/// 2.80 % K2O, Th 10.5 ppm, U 2.7 ppm).
const TERNARY: &str = "upper crust of Rudnick & Gao (2003), doi:10.1016/B0-08-043751-6/03016-4";

#[rustfmt::skip]
const INDICES: [Index; 11] = [
    index("radiometric.th_k", "th / k", "ppm/%", "low where potassium was added: potassic and sericitic alteration", IAEA),
    index("radiometric.k_th", "k / th", "%/ppm", "high where potassium was added: potassic and sericitic alteration", "Moxham, Foote & Bunker (1965), doi:10.2113/gsecongeo.60.4.653"),
    index("radiometric.u_k", "u / k", "ppm/%", "uranium over potassium", IAEA),
    index("radiometric.u_th", "u / th", "ratio", "uranium that moved: redox fronts, roll fronts", IAEA),
    index("radiometric.u2_th", "u ^ 2 / th", "ppm", "enrichment of uranium, small anomalies raised", IAEA),
    index("radiometric.f_parameter", "k * u / th", "%", "potassium and uranium added together: alteration", "Efimov (1978), after IAEA-TECDOC-1363 (2003)"),
    index("radiometric.dose_rate", "13.078 * k + 5.675 * u + 2.494 * th", "nGy/h", "absorbed dose rate in air one metre over the ground", IAEA),
    index("radiometric.heat_production", "2700 * (3.387e-5 * k + 2.618e-5 * th + 9.829e-5 * u)", "uW/m3", "heat of radioactive decay in rock of 2700 kg/m3", "McDonough, Sramek & Wipperfurth (2020), doi:10.1029/2019GC008865"),
    index("radiometric.k_share", "k / 2.32 / (k / 2.32 + th / 10.5 + u / 2.7)", "share", "potassium's corner of the ternary picture, 0 to 1", TERNARY),
    index("radiometric.th_share", "th / 10.5 / (k / 2.32 + th / 10.5 + u / 2.7)", "share", "thorium's corner of the ternary picture, 0 to 1", TERNARY),
    index("radiometric.u_share", "u / 2.7 / (k / 2.32 + th / 10.5 + u / 2.7)", "share", "uranium's corner of the ternary picture, 0 to 1", TERNARY),
];
