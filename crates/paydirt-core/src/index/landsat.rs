//! Landsat 8 and 9 (OLI): bands 1 to 7.

use super::{Band, Index, Sensor, band, index};

pub(super) const SENSOR: Sensor =
    Sensor { key: "landsat", name: "Landsat 8 and 9 OLI", bands: &BANDS, indices: &INDICES };

const BANDS: [Band; 7] = [
    band("b1", "coastal aerosol, 0.43 to 0.45 um, reflectance"),
    band("b2", "blue, 0.45 to 0.51 um, reflectance"),
    band("b3", "green, 0.53 to 0.59 um, reflectance"),
    band("b4", "red, 0.64 to 0.67 um, reflectance"),
    band("b5", "near infrared, 0.85 to 0.88 um, reflectance"),
    band("b6", "shortwave infrared, 1.57 to 1.65 um, reflectance"),
    band("b7", "shortwave infrared, 2.11 to 2.29 um, reflectance"),
];

const SABINS: &str = "Sabins (1999), doi:10.1016/S0169-1368(99)00007-4, with the bands of OLI";
const ITO: &str = "Ito and others (2022), Remote Sensing 14, Altiplano-Puna volcanic complex";

#[rustfmt::skip]
const INDICES: [Index; 11] = [
    index("landsat.iron_oxide", "b4 / b2", "ratio", "iron oxide: hematite, goethite, jarosite", SABINS),
    index("landsat.hydroxyl", "b6 / b7", "ratio", "clay, mica, alunite, carbonate: hydroxyl-bearing alteration", SABINS),
    index("landsat.ferrous_minerals", "b6 / b5", "ratio", "ferrous minerals", "Segal (1982), with the bands of OLI"),
    index("landsat.ferric_iron", "b4 / b2 * ((b4 + b6) / b5)", "ratio", "ferric iron", ITO),
    index("landsat.ferrous_iron", "(b3 + b6) / (b4 + b5)", "ratio", "ferrous iron, coarse ferric iron", ITO),
    index("landsat.clay_sulphate_mica", "b6 / b7 / (b5 / b4)", "ratio", "clay, sulphate, mica, marble, less vegetation", ITO),
    index("landsat.iron_sulphate", "b2 / b1 - b5 / b4", "1", "iron sulphate", ITO),
    index("landsat.ndvi", "(b5 - b4) / (b5 + b4)", "1", "green vegetation, -1 to 1: bare ground below about 0.2", "Rouse and others (1974), https://ntrs.nasa.gov/citations/19740022614"),
    index("landsat.ndwi", "(b3 - b5) / (b3 + b5)", "1", "open water, over 0", "McFeeters (1996), doi:10.1080/01431169608948714"),
    index("landsat.mndwi", "(b3 - b6) / (b3 + b6)", "1", "open water, over 0, also beside buildings", "Xu (2006), doi:10.1080/01431160600589179"),
    index("landsat.bare_soil", "(b6 + b4 - (b5 + b2)) / (b6 + b4 + (b5 + b2))", "1", "bare ground (high) to vegetation (low)", "BI of Awesome Spectral Indices (Montero and others 2023), doi:10.1038/s41597-023-02096-0"),
];
