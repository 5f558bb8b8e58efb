//! Sentinel-2: 13 bands. Its two shortwave infrared bands tell groups of minerals, not minerals.

use super::{Band, Index, Sensor, band, index};

pub(super) const SENSOR: Sensor =
    Sensor { key: "sentinel2", name: "Sentinel-2 MSI", bands: &BANDS, indices: &INDICES };

const BANDS: [Band; 13] = [
    band("b1", "coastal aerosol, 443 nm, 60 m, reflectance"),
    band("b2", "blue, 490 nm, 10 m, reflectance"),
    band("b3", "green, 560 nm, 10 m, reflectance"),
    band("b4", "red, 665 nm, 10 m, reflectance"),
    band("b5", "red edge, 705 nm, 20 m, reflectance"),
    band("b6", "red edge, 740 nm, 20 m, reflectance"),
    band("b7", "red edge, 783 nm, 20 m, reflectance"),
    band("b8", "near infrared, 842 nm, 10 m, reflectance"),
    band("b8a", "narrow near infrared, 865 nm, 20 m, reflectance"),
    band("b9", "water vapour, 945 nm, 60 m, reflectance"),
    band("b10", "cirrus, 1375 nm, 60 m, reflectance"),
    band("b11", "shortwave infrared, 1610 nm, 20 m, reflectance"),
    band("b12", "shortwave infrared, 2190 nm, 20 m, reflectance"),
];

/// ASTER's ratios with the bands of Sentinel-2.
const VAN_DER_MEER: &str =
    "van der Meer, van der Werff & van Ruitenbeek (2014), doi:10.1016/j.rse.2014.03.022";
const SABINS: &str =
    "Sabins (1999), doi:10.1016/S0169-1368(99)00007-4, with the bands of Sentinel-2";
const GE: &str = "Ge and others (2020), doi:10.3390/rs12183028";

#[rustfmt::skip]
const INDICES: [Index; 16] = [
    index("sentinel2.ferric_iron", "b4 / b3", "ratio", "ferric iron", VAN_DER_MEER),
    index("sentinel2.ferrous_iron", "b12 / b8 + b3 / b4", "ratio", "ferrous iron", VAN_DER_MEER),
    index("sentinel2.laterite", "b11 / b12", "ratio", "laterite and alteration", VAN_DER_MEER),
    index("sentinel2.gossan", "b11 / b4", "ratio", "gossan", VAN_DER_MEER),
    index("sentinel2.ferrous_silicates", "b12 / b11", "ratio", "biotite, chlorite, amphibole", VAN_DER_MEER),
    index("sentinel2.ferric_oxides", "b11 / b8", "ratio", "ferric oxides; can be ambiguous", VAN_DER_MEER),
    index("sentinel2.iron_oxide", "b4 / b2", "ratio", "iron oxide: hematite, goethite, jarosite", SABINS),
    index("sentinel2.hydroxyl", "b11 / b12", "ratio", "clay, mica, alunite, carbonate: hydroxyl-bearing alteration", SABINS),
    index("sentinel2.hematite_goethite", "b6 / b1", "ratio", "hematite and goethite", GE),
    index("sentinel2.hematite_jarosite", "b6 / b8a", "ratio", "hematite and jarosite", GE),
    index("sentinel2.iron_minerals", "(b6 + b7) / b8a", "ratio", "hematite, goethite and jarosite mixed", GE),
    index("sentinel2.ndvi", "(b8 - b4) / (b8 + b4)", "1", "green vegetation, -1 to 1: bare ground below about 0.2", "Rouse and others (1974), https://ntrs.nasa.gov/citations/19740022614"),
    index("sentinel2.ndwi", "(b3 - b8) / (b3 + b8)", "1", "open water, over 0", "McFeeters (1996), doi:10.1080/01431169608948714"),
    index("sentinel2.mndwi", "(b3 - b11) / (b3 + b11)", "1", "open water, over 0, also beside buildings", "Xu (2006), doi:10.1080/01431160600589179"),
    index("sentinel2.ndmi", "(b8 - b11) / (b8 + b11)", "1", "water in leaves", "Wilson & Sader (2002), doi:10.1016/S0034-4257(01)00318-2"),
    index("sentinel2.bare_soil", "(b11 + b4 - (b8 + b2)) / (b11 + b4 + (b8 + b2))", "1", "bare ground (high) to vegetation (low)", "BI of Awesome Spectral Indices (Montero and others 2023), doi:10.1038/s41597-023-02096-0"),
];
