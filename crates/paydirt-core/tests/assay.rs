//! Laboratory tables: headers, cells, merging, quality, selection, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use paydirt_core::Error;
use paydirt_core::assay::unit::{Unit, analyte};
use paydirt_core::assay::value::Assay::{self, Above, Below, Known, Missing};
use paydirt_core::assay::{Assays, RawTable, Settings, clean};
use paydirt_core::grid::Point;
use proptest::prelude::*;

/// Settings as the project file would give them, with every element and sample kept.
fn settings(text: &str) -> Settings {
    let all = r#""min_known_percent": 0, "min_known_percent_of_elements": 0"#;
    let comma = if text.is_empty() { "" } else { "," };
    serde_json::from_str(&format!("{{{all}{comma}{text}}}")).unwrap()
}

/// A table of lines of cells parted by blanks, `_` for an empty one; samples lie 100 m apart.
fn table(header: &str, rows: &[&str]) -> RawTable {
    let cells = |line: &str| -> Vec<String> {
        line.split(' ').map(|cell| if cell == "_" { String::new() } else { cell.into() }).collect()
    };
    let place = |row: usize| Point { easting: 100.0 * row as f64, northing: 5000.0 };
    RawTable {
        header: cells(header),
        rows: rows.iter().map(|row| cells(row)).collect(),
        places: (0..rows.len()).map(|row| Some(place(row))).collect(),
        ..RawTable::default()
    }
}

fn values(assays: &Assays, element: &str) -> Vec<f64> {
    let element = assays.elements.iter().find(|known| known.name == element).unwrap();
    let cells = element.values.iter().zip(&element.known);
    cells.map(|(value, known)| if *known { *value } else { f64::NAN }).collect()
}

fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?} {expected:?}");
    for (a, b) in found.iter().zip(expected) {
        assert!((a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-9 * b.abs(), "{found:?}");
    }
}

fn message(raw: &RawTable, settings: &Settings) -> String {
    clean(raw, settings).unwrap_err().to_string()
}

#[test]
fn headers_of_every_laboratory() {
    use Unit::{Percent, Ppb, Ppm};
    let headers = [
        ("Cu_ppm", "Cu", "Cu", Some(Ppm)),
        ("Cu (ppm)", "Cu", "Cu", Some(Ppm)),
        ("CU_PPM_ICP", "Cu", "Cu", Some(Ppm)),
        ("Au FA ppb", "Au", "Au", Some(Ppb)),
        ("au_g_t", "Au", "Au", Some(Ppm)),
        ("Ag mg/kg", "Ag", "Ag", Some(Ppm)),
        ("Hg [µg/kg]", "Hg", "Hg", Some(Ppb)),
        ("Al2O3_pct", "Al", "Al2O3", Some(Percent)),
        ("AL2O3 %", "Al", "Al2O3", Some(Percent)),
        ("Fe2O3_wt_percent", "Fe", "Fe2O3", Some(Percent)),
        ("SiO2 wt.%", "Si", "SiO2", Some(Percent)),
        ("BaO__", "Ba", "BaO", Some(Percent)),
        ("CO_ppm", "Co", "Co", Some(Ppm)),
        ("CO2__", "C", "CO2", Some(Percent)),
        ("CaCO3_pct", "Ca", "CaCO3", Some(Percent)),
        ("SNO2_pct", "Sn", "SnO2", Some(Percent)),
        ("U3O8_ppm", "U", "U3O8", Some(Ppm)),
        ("PB", "Pb", "Pb", None),
    ];
    for (header, element, form, unit) in headers {
        let found = analyte(header).unwrap();
        assert_eq!((found.element, found.form.as_str(), found.unit), (element, form, unit));
        assert!(!found.total, "{header}");
    }
    for header in ["Fe2O3T_pct", "TFe2O3 %", "FeOt_pct", "Fe2O3_total_pct", "FeO* %"] {
        let found = analyte(header).unwrap();
        assert!(found.total && found.element == "Fe", "{header}");
    }
    let others = ["H2O__", "H2O_minus_", "FeS2__", "LOI_ppm", "O18__", "Total__", "Pb206_ppm", ""];
    for header in others.iter().chain(&["lon_gda94", "sample_no", "NO", "CO", "µ_ppm"]) {
        let found = analyte(header);
        assert!(found.is_none() || *header == "CO", "{header} {found:?}");
    }
}

#[test]
fn cells_of_every_laboratory() {
    let read = |cell| Assay::parse(cell, Unit::Ppm, &Settings::default());
    let cells = [
        ("12.5", Known(12.5)),
        (" 1e3 ", Known(1000.0)),
        ("-0.0", Known(0.0)),
        ("12,5", Known(12.5)),
        ("0,125", Known(0.125)),
        ("7 ppm", Known(7.0)),
        ("7g/t", Known(7.0)),
        ("<0.5", Below(0.5)),
        ("<= .5", Below(0.5)),
        ("< 2 ppm", Below(2.0)),
        (">10000", Above(10_000.0)),
        ("-5", Below(5.0)),
        ("-9999", Missing),
        ("-999.0", Missing),
        ("-99", Missing),
    ];
    for (cell, expected) in cells {
        assert_eq!(read(cell), Ok(expected), "{cell}");
    }
    for cell in ["", " ", "NA", "n.d.", "N/A", "LNR", "IS", "-", "NaN", "Null"] {
        assert_eq!(read(cell), Ok(Missing), "{cell}");
    }
    for cell in ["120 ppb", "0.1%", "trace", "<", "<0", ">-3", "< n.d.", "1,250", "1.250,5", "inf"]
    {
        assert!(read(cell).is_err(), "{cell}");
    }
    for cell in ["1 200", "5 cps", "0x10", "1e999", "--5", "ppm", "5..2", "½"] {
        assert!(read(cell).is_err(), "{cell}");
    }
    let comma = settings(r#""decimal_comma": true, "missing": ["trace"], "negative": "missing""#);
    assert_eq!(Assay::parse("1,250", Unit::Ppm, &comma), Ok(Known(1.25)));
    assert_eq!(Assay::parse("Trace", Unit::Ppm, &comma), Ok(Missing));
    assert_eq!(Assay::parse("-5", Unit::Ppm, &comma), Ok(Missing));
    let refuse = settings(r#""negative": "refuse""#);
    assert!(Assay::parse("-5", Unit::Ppm, &refuse).is_err());
}

#[test]
fn every_unit_and_form_becomes_ppm_of_the_element() {
    // by hand: K2O is 2 x 39.098 / (2 x 39.098 + 15.999) potassium
    let raw = table("Au_ppb Cu_pct K2O_pct Zn_g/t", &["250 1.2 4.0 80", "_ <0.1 >5 -9999"]);
    let assays = clean(&raw, &settings("")).unwrap();
    let potassium = 78.196 / 94.195 * 1e4;
    assert_close(&values(&assays, "Au"), &[0.25, f64::NAN]);
    assert_close(&values(&assays, "Cu"), &[12_000.0, 750.0]);
    assert_close(&values(&assays, "K"), &[4.0 * potassium, 5.0 * potassium * 4.0 / 3.0]);
    assert_close(&values(&assays, "Zn"), &[80.0, f64::NAN]);
    let copper = &assays.receipt.elements[1];
    assert_eq!((copper.known, copper.below, copper.above, copper.missing), (1, 1, 0, 0));
    assert_eq!((copper.below_percent, copper.min_ppm, copper.max_ppm), (50.0, 750.0, 12_000.0));
    assert_eq!(assays.table().unwrap().names(), ["Au", "Cu", "K", "Zn"]);
}

#[test]
fn zero_is_what_the_settings_say() {
    let raw = table("As_ppm Cu_ppm", &["0 1", "4 1", "<2 1", "9 1"]);
    let arsenic = |rule: &str| values(&clean(&raw, &settings(rule)).unwrap(), "As");
    assert_close(&arsenic(""), &[f64::NAN, 4.0, 1.5, 9.0]);
    assert_close(&arsenic(r#""zero": "censored""#), &[1.5, 4.0, 1.5, 9.0]);
    assert_eq!(arsenic(r#""zero": "value""#), [0.0, 4.0, 1.5, 9.0]);
    let text = message(&raw, &settings(r#""zero": "value", "censoring": {"em": {}}"#));
    assert!(text.starts_with("`assays.zero`"), "{text}");
}

#[test]
fn columns_of_one_element_become_one() {
    let header = "Al2O3_pct Al_ppm Ag_ppm Ag_ppb FeO_pct Fe2O3_pct";
    let rows =
        ["10 52925 <1 300 2 3", "10 _ 2 2000 _ 3", "_ 7 _ <50 2 <0.1", "10 30000 <1 <50 _ _"];
    let assays = clean(&table(header, &rows), &settings("")).unwrap();
    let [alumina, ferric, ferrous] =
        [53.964 / 101.961 * 1e5, 111.69 / 159.687 * 3e4, 55.845 / 71.844 * 2e4];
    // the element itself first; its oxide where it is not known
    assert_close(&values(&assays, "Al"), &[52_925.0, alumina, 7.0, 30_000.0]);
    // what was measured before a limit of detection, the first limit where all are
    assert_close(&values(&assays, "Ag"), &[0.3, 2.0, 0.0375, 0.75]);
    // ferrous and ferric iron are parts of one whole
    assert_close(&values(&assays, "Fe"), &[ferrous + ferric, ferric, ferrous, f64::NAN]);
    let conflict = &assays.receipt.conflicts[0];
    assert_eq!((conflict.column.as_str(), conflict.other.as_str()), ("Al_ppm", "Al2O3_pct"));
    assert_eq!((conflict.compared, conflict.conflicts), (2, 1));
    assert!(assays.receipt.warnings.iter().any(|text| text.starts_with("Al: 1 of 2")));
    assert_eq!(assays.receipt.conflicts.len(), 2, "{:?}", assays.receipt.conflicts);
    // total iron is no part of the sum
    let total = table("Fe2O3T_pct FeO_pct", &["3 2", "_ 2"]);
    assert_close(&values(&clean(&total, &settings("")).unwrap(), "Fe"), &[ferric, ferrous]);
}

#[test]
fn what_cannot_be_read_is_named_or_counted() {
    let raw = table("Cu_ppm Ni_ppm Zn_pct", &["5 3 1", "120ppb 3 1", "5 trace 140", "_ _ 200"]);
    let error = clean(&raw, &settings("")).unwrap_err();
    let text = error.to_string();
    let expected = "row 2, column `Cu_ppm`: `120ppb` is in ppb, its column in ppm (4 such cells in \
                    `Cu_ppm`, `Ni_ppm`, `Zn_pct`)";
    assert_eq!(text, expected);
    assert!(error.hint().unwrap().contains("unreadable"));
    let assays = clean(&raw, &settings(r#""unreadable": "missing""#)).unwrap();
    // nothing is left of the last row
    assert_close(&values(&assays, "Cu"), &[5.0, f64::NAN, 5.0]);
    assert_eq!(assays.receipt.warnings.len(), 3);
    assert!(assays.receipt.warnings[2].contains("2 cells"), "{:?}", assays.receipt.warnings);
    let wrong = r#""columns": {"Zn_pct": "Zn_ppm"}, "ignore": ["Cu_ppm", "Ni_ppm"]"#;
    let assays = clean(&raw, &settings(wrong)).unwrap();
    assert_close(&values(&assays, "Zn"), &[1.0, 1.0, 140.0, 200.0]);
    let ignored: Vec<&str> =
        assays.receipt.ignored_columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(ignored, ["Cu_ppm", "Ni_ppm"]);
}

#[test]
fn a_name_that_no_column_has_and_tables_without_analyses_are_refused() {
    let raw = table("Cu_ppm Ni", &["5 3"]);
    for key in [r#""ignore": ["Au"]"#, r#""columns": {"Au": "Au_ppb"}"#, r#""sample": "Au""#] {
        assert!(matches!(clean(&raw, &settings(key)), Err(Error::Unknown { .. })), "{key}");
    }
    let text = message(&raw, &settings(r#""columns": {"Ni": "nickel"}"#));
    assert!(text.contains("assays.columns.\"Ni\""), "{text}");
    let assays = clean(&raw, &settings(r#""unit": "ppb""#)).unwrap();
    assert_close(&values(&assays, "Ni"), &[0.003]);
    let reason = &clean(&raw, &settings("")).unwrap().receipt.ignored_columns[0].reason;
    assert_eq!(reason, "names an element, but no unit");
    assert!(message(&table("place", &["here"]), &settings("")).contains("1 columns"));
    let mut ragged = raw.clone();
    ragged.rows[0].pop();
    assert!(message(&ragged, &settings("")).contains("row 1 has 1 cells"));
    ragged = raw.clone();
    ragged.places.clear();
    assert!(message(&ragged, &settings("")).contains("0 places for 1 rows"));
    assert!(message(&table("Cu_ppm", &[]), &settings("")).contains("no sample"));
    for (key, text) in [
        (r#""conflict_percent": -1"#, "conflict_percent"),
        (r#""censoring": {"fraction": {"below": 0}}"#, "fraction.below"),
        (r#""censoring": {"fraction": {"above": 0.5}}"#, "fraction.above"),
        (r#""censoring": {"ros": {"above": 0.5}}"#, "ros.above"),
        (r#""censoring": {"em": {"max_rounds": 0}}"#, "em.max_rounds"),
        (r#""duplicates": {"by": "sample"}"#, "duplicates.by"),
    ] {
        assert!(message(&raw, &settings(key)).contains(text), "{key}");
    }
    let percent = Settings { min_known_percent: 101.0, ..Settings::default() };
    assert!(message(&raw, &percent).contains("assays.min_known_percent"));
}

#[test]
fn an_element_never_measured_is_no_layer() {
    let raw = table("Cu_ppm Au_ppb Ni_ppm", &["5 <1 _", "6 <2 _", "7 <1 _"]);
    for rule in ["", r#""censoring": {"ros": {}}"#, r#""censoring": {"em": {}}"#] {
        let assays = clean(&raw, &settings(rule)).unwrap();
        assert_eq!(assays.elements.len(), 1);
        let reasons: Vec<&str> =
            assays.receipt.excluded_elements.iter().map(|one| one.reason.as_str()).collect();
        assert!(reasons[0].contains("all 3 analyses"), "{reasons:?}");
        assert!(reasons[1].contains("no sample"), "{reasons:?}");
        assert!(assays.receipt.warnings[0].starts_with("Au: all 3"));
    }
    let text = message(&table("Au_ppb", &["<1", "<2"]), &settings(""));
    assert!(text.contains("no element and no sample is left (Au all 2 analyses"), "{text}");
}

#[test]
fn elements_are_selected_before_samples() {
    // Sb is known in 1 of 4 samples; without it the last sample holds 1 of 3 elements
    let raw = table("Cu_ppm Ni_ppm Zn_ppm Sb_ppm", &["1 1 1 _", "1 <1 1 _", "1 1 _ _", "1 _ _ 1"]);
    let selected = serde_json::from_str(r#"{"min_known_percent_of_elements": 50}"#).unwrap();
    let assays = clean(&raw, &selected).unwrap();
    assert_eq!((assays.samples.len(), assays.elements.len()), (3, 3));
    assert_eq!(assays.receipt.excluded_elements[0].reason, "was analysed in 1 of 4 samples");
    assert_eq!(assays.receipt.excluded_rows["was analysed for too few elements"], [4]);
}

#[test]
fn duplicates_are_merged_and_measured() {
    let mut raw = table("id Cu_ppm Ni_ppm", &["a 10 4", "b 7 7", "a 14 <4", "_ 3 3", "_ 5 5"]);
    raw.places[2] = raw.places[0];
    let by_place = clean(&raw, &settings(r#""sample": "id""#)).unwrap();
    assert_eq!(by_place.samples.len(), 4);
    assert_eq!(
        (by_place.samples[0].name.as_str(), &by_place.samples[0].rows[..]),
        ("a", &[1, 3][..])
    );
    assert_close(&values(&by_place, "Cu"), &[12.0, 7.0, 3.0, 5.0]);
    assert_close(&values(&by_place, "Ni"), &[3.5, 7.0, 3.0, 5.0]);
    assert_eq!(by_place.elements[1].censored, [true, false, false, false]);
    // by hand: |10 - 14| / 12, and (4 / sqrt 2) / 12
    let precision = &by_place.receipt.precision[0];
    assert_close(&[precision.median_difference_percent], &[100.0 / 3.0]);
    assert_close(&[precision.variation_percent], &[100.0 * 8.0_f64.sqrt() / 12.0]);
    assert_eq!((by_place.receipt.precision.len(), by_place.receipt.duplicates_merged), (1, 1));
    // the same by name, although one lies elsewhere now; no name is no duplicate
    raw.places[2] = raw.places[4];
    let named = r#""sample": "id", "duplicates": {"by": "sample", "keep": "first"}"#;
    let by_name = clean(&raw, &settings(named)).unwrap();
    assert_close(&values(&by_name, "Cu"), &[10.0, 7.0, 3.0, 5.0]);
    assert!(by_name.receipt.warnings[0].contains("1 samples have duplicates elsewhere"));
    let all = clean(&raw, &settings(r#""duplicates": {"by": "none"}"#)).unwrap();
    assert_eq!(all.samples.len(), 5);
}

#[test]
fn standards_and_blanks_are_judged_and_taken_out() {
    let rows = ["s1 10 5", "OREAS 104 5", "OREAS 116 _", "blank <1 0.4", "s2 20 6"];
    let mut raw = table("type Cu_ppm Ni_ppm", &rows);
    raw.places[1] = None; // a standard lies nowhere
    let standards = r#""standards": {"column": "type", "blanks": ["blank"],
        "expected": {"OREAS": {"Cu": 100, "Ni": 5.2}, "GBM": {"Cu": 7}}}"#;
    let assays = clean(&raw, &settings(standards)).unwrap();
    assert_eq!(assays.samples.iter().map(|s| s.rows[0]).collect::<Vec<_>>(), [1, 5]);
    let bias = &assays.receipt.bias[0];
    assert_eq!((bias.element.as_str(), bias.analyses, bias.mean_ppm), ("Cu", 2, 110.0));
    assert_close(&[bias.bias_percent], &[10.0]);
    assert_eq!(assays.receipt.blanks[0].max_ppm, None);
    assert_eq!(
        (assays.receipt.blanks[1].measured, assays.receipt.blanks[1].max_ppm),
        (1, Some(0.4))
    );
    let warnings = assays.receipt.warnings.join("\n");
    assert!(warnings.contains("`GBM`"), "{warnings}");
    assert!(!assays.receipt.excluded_rows.contains_key("has no place"));
    let strict = standards.replace("\"blanks\"", "\"max_bias_percent\": 9, \"blanks\"");
    let warnings = clean(&raw, &settings(&strict)).unwrap().receipt.warnings.join("\n");
    assert!(
        warnings.contains("Cu: the mean of 2 analyses of `OREAS` is +10.0 % off"),
        "{warnings}"
    );
}

#[test]
fn exchanged_coordinates_are_an_error_and_lost_ones_are_named() {
    let mut raw = table("Cu_ppm", &["1", "2", "3", "4"]);
    let place = |easting, northing| Some(Point { easting, northing });
    raw.degrees = true;
    raw.places = vec![place(-30.1, 139.5), place(-30.2, 139.6), place(0.0, 0.0), None];
    assert!(message(&raw, &settings("")).contains("exchanged"));
    // in a system in metres only the region tells
    (raw.degrees, raw.region) = (false, Some([139.0, -31.0, 140.0, -30.0]));
    assert!(message(&raw, &settings("")).contains("exchanged"));
    raw.places = vec![place(139.5, -30.1), place(139.6, -32.0), place(0.0, 0.0), None];
    let receipt = clean(&raw, &settings("")).unwrap().receipt;
    assert_eq!(receipt.excluded_rows["lies at 0, 0"], [3]);
    assert_eq!(receipt.excluded_rows["has no place"], [4]);
    assert!(receipt.warnings.iter().any(|text| text.starts_with("1 of 2 samples lie outside")));
    // the sign of the southern latitude is lost
    raw.places = vec![place(139.5, 30.1); 4];
    assert!(message(&raw, &settings("")).contains("none of 4 samples"));
    raw.places = vec![None; 4];
    assert!(message(&raw, &settings("")).contains("no sample has a place"));
}

#[test]
fn oxides_that_are_called_elements_are_noticed() {
    let rows = ["337000 76700 34600", "300000 70000 30000"];
    let right = table("Si_ppm Al_ppm K_ppm", &rows);
    assert!(clean(&right, &settings("")).unwrap().receipt.warnings.is_empty());
    let wrong = table("Si_ppm Al_ppm K_ppm", &["722000 145000 41200", rows[1]]);
    let warnings = clean(&wrong, &settings("")).unwrap().receipt.warnings;
    assert!(warnings[0].starts_with("in 1 samples the ten major elements"), "{warnings:?}");
}

proptest! {
    #[test]
    fn no_table_of_text_makes_a_panic(
        header in prop::collection::vec("[A-Za-z0-9_ %()/<-]{0,9}|[A-Z][a-z]?(_ppm|__|2O3_pct)", 1..5),
        cells in prop::collection::vec("[<>-]{0,1}[0-9a-z,.]{0,6}|µ|", 20),
        rule in 0_usize..3,
    ) {
        let rows: Vec<Vec<String>> =
            cells.chunks_exact(header.len()).map(<[String]>::to_vec).collect();
        let places = (0..rows.len()).map(|n| Some(Point { easting: n as f64, northing: 1.0 }));
        let raw = RawTable { header, places: places.collect(), rows, ..RawTable::default() };
        let rule = ["", r#","censoring": {"ros": {}}"#, r#","censoring": {"em": {"max_rounds": 50}}"#][rule];
        let text = format!(r#""unreadable": "missing", "unit": "ppm"{rule}"#);
        if let Ok(assays) = clean(&raw, &settings(&text)) {
            for element in &assays.elements {
                prop_assert!(element.values.iter().all(|value| value.is_finite() && *value >= 0.0));
            }
        }
    }
}
