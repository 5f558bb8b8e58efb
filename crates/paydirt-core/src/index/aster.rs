//! ASTER on Terra: 14 bands. Its shortwave infrared (`b4` to `b9`) failed in April 2008.

use super::{Band, Index, Sensor, band, index};

pub(super) const SENSOR: Sensor =
    Sensor { key: "aster", name: "Terra ASTER", bands: &BANDS, indices: &INDICES };

const BANDS: [Band; 14] = [
    band("b1", "green, 0.52 to 0.60 um, reflectance"),
    band("b2", "red, 0.63 to 0.69 um, reflectance"),
    band("b3", "near infrared, nadir (3N), 0.78 to 0.86 um, reflectance"),
    band("b4", "shortwave infrared, 1.60 to 1.70 um, reflectance"),
    band("b5", "shortwave infrared, 2.145 to 2.185 um, reflectance"),
    band("b6", "shortwave infrared, 2.185 to 2.225 um, reflectance"),
    band("b7", "shortwave infrared, 2.235 to 2.285 um, reflectance"),
    band("b8", "shortwave infrared, 2.295 to 2.365 um, reflectance"),
    band("b9", "shortwave infrared, 2.36 to 2.43 um, reflectance"),
    band("b10", "thermal infrared, 8.125 to 8.475 um, emissivity or radiance"),
    band("b11", "thermal infrared, 8.475 to 8.825 um, emissivity or radiance"),
    band("b12", "thermal infrared, 8.925 to 9.275 um, emissivity or radiance"),
    band("b13", "thermal infrared, 10.25 to 10.95 um, emissivity or radiance"),
    band("b14", "thermal infrared, 10.95 to 11.65 um, emissivity or radiance"),
];

/// The products of the national map.
const CUDAHY: &str = "Cudahy (2012), ASTER geoscience product notes for Australia, CSIRO EP-30-07-12-44, http://pid.geoscience.gov.au/dataset/ga/74347";
/// Many authors, in one manual.
const KALINOWSKI: &str = "Kalinowski & Oliver (2004), ASTER mineral index processing manual, Geoscience Australia GA7833";
const ROWAN: &str = "Rowan & Mars (2003), doi:10.1016/S0034-4257(02)00127-X";
const NINOMIYA_2003: &str = "Ninomiya (2003), A stabilized vegetation index and several mineralogic indices defined for ASTER VNIR and SWIR data, IGARSS 3, 1552-1554";
const NINOMIYA: &str = "Ninomiya, Fu & Cudahy (2005), doi:10.1016/j.rse.2005.06.009";

#[rustfmt::skip]
const INDICES: [Index; 39] = [
    index("aster.green_vegetation", "b3 / b2", "ratio", "green vegetation, which hides rocks", CUDAHY),
    index("aster.ferric_oxide_content", "b4 / b3", "ratio", "abundance of hematite, goethite and jarosite", CUDAHY),
    index("aster.ferric_oxide_composition", "b2 / b1", "ratio", "hematite (high) to goethite (low), where there is ferric oxide", CUDAHY),
    index("aster.ferrous_iron_index", "b5 / b4", "ratio", "ferrous silicates and carbonates: fresh mafic rocks, chlorite, ankerite", CUDAHY),
    index("aster.opaque_index", "b1 / b4", "ratio", "magnetite, manganese oxides, graphite, sulphides", CUDAHY),
    index("aster.aloh_group_content", "(b5 + b7) / b6", "ratio", "abundance of white mica, Al-smectite and kaolin", CUDAHY),
    index("aster.aloh_group_composition", "b5 / b7", "ratio", "phengite (high) to muscovite, kaolinite and pyrophyllite (low)", CUDAHY),
    index("aster.kaolin_group_index", "b6 / b5", "ratio", "pyrophyllite, alunite, well-ordered kaolinite", CUDAHY),
    index("aster.feoh_group_content", "(b6 + b8) / b7", "ratio", "chlorite, epidote, jarosite, nontronite, gibbsite", CUDAHY),
    index("aster.mgoh_group_content", "(b6 + b9) / (b7 + b8)", "ratio", "carbonate, chlorite, epidote, amphibole, talc, serpentine", CUDAHY),
    index("aster.mgoh_group_composition", "b7 / b8", "ratio", "calcite, epidote, amphibole (high) to magnesite, dolomite, chlorite (low)", CUDAHY),
    index("aster.silica_index", "b13 / b10", "ratio", "silica content: quartz, feldspar, Al-clay", CUDAHY),
    index("aster.quartz_index", "b11 / (b10 + b12)", "ratio", "crystalline quartz rather than opal, feldspar or clay", CUDAHY),
    index("aster.gypsum_index", "(b10 + b12) / b11", "ratio", "gypsum: evaporites, acid waters on carbonate", CUDAHY),
    index("aster.iron_oxide", "b2 / b1", "ratio", "ferric iron: hematite, goethite, jarosite", ROWAN),
    index("aster.ferrous_iron", "b5 / b3 + b1 / b2", "ratio", "ferrous iron", ROWAN),
    index("aster.laterite", "b4 / b5", "ratio", "laterite and alteration", KALINOWSKI),
    index("aster.gossan", "b4 / b2", "ratio", "gossan", KALINOWSKI),
    index("aster.ferrous_silicates", "b5 / b4", "ratio", "biotite, chlorite, amphibole", KALINOWSKI),
    index("aster.ferric_oxides", "b4 / b3", "ratio", "ferric oxides; can be ambiguous", KALINOWSKI),
    index("aster.carbonate_chlorite_epidote", "(b7 + b9) / b8", "ratio", "carbonate, chlorite, epidote: propylitic alteration", ROWAN),
    index("aster.epidote_chlorite_amphibole", "(b6 + b9) / (b7 + b8)", "ratio", "epidote, chlorite, amphibole: endoskarn", KALINOWSKI),
    index("aster.amphibole_mgoh", "(b6 + b9) / b8", "ratio", "amphibole and other MgOH, or carbonate", KALINOWSKI),
    index("aster.amphibole", "b6 / b8", "ratio", "amphibole", KALINOWSKI),
    index("aster.dolomite", "(b6 + b8) / b7", "ratio", "dolomite", ROWAN),
    index("aster.carbonate", "b13 / b14", "ratio", "carbonate: calcite and dolomite, exoskarn", NINOMIYA),
    index("aster.white_mica", "(b5 + b7) / b6", "ratio", "sericite, muscovite, illite, smectite: phyllic alteration", ROWAN),
    index("aster.alunite_kaolinite_pyrophyllite", "(b4 + b6) / b5", "ratio", "alunite, kaolinite, pyrophyllite: advanced argillic alteration", ROWAN),
    index("aster.phengitic", "b5 / b6", "ratio", "phengite, or host rock", KALINOWSKI),
    index("aster.muscovite", "b7 / b6", "ratio", "muscovite", KALINOWSKI),
    index("aster.kaolinite", "b7 / b5", "ratio", "kaolinite; approximate only", KALINOWSKI),
    index("aster.clay", "b5 * b7 / b6 ^ 2", "ratio", "clay", KALINOWSKI),
    index("aster.hydroxyl", "b7 / b6 * (b4 / b6)", "ratio", "OH-bearing minerals: Ninomiya's OHI", NINOMIYA_2003),
    index("aster.kaolinite_index", "b4 / b5 * (b8 / b6)", "ratio", "kaolinite: Ninomiya's KLI", NINOMIYA_2003),
    index("aster.alunite_index", "b7 / b5 * (b7 / b8)", "ratio", "alunite: Ninomiya's ALI", NINOMIYA_2003),
    index("aster.calcite_index", "b6 / b8 * (b9 / b8)", "ratio", "calcite: Ninomiya's CLI", NINOMIYA_2003),
    index("aster.quartz", "b11 ^ 2 / (b10 * b12)", "ratio", "quartz: Ninomiya's QI", NINOMIYA),
    index("aster.mafic", "b12 / b13", "ratio", "mafic rocks: Ninomiya's MI; its inverse rises with silica", NINOMIYA),
    index("aster.ndvi", "(b3 - b2) / (b3 + b2)", "1", "green vegetation, -1 to 1: bare ground below about 0.2", "Rouse and others (1974), https://ntrs.nasa.gov/citations/19740022614"),
];
