use std::process::Command;

use super::*;
use crate::doubt::Cause;
use crate::doubt::summary::DoubtLine;

fn classes() -> Vec<MapClass> {
    [(1.0, 0.25), (2.0, 0.1), (5.0, 0.05), (10.0, 0.02), (20.0, 0.004), (50.0, 1e-4)]
        .map(|(top_percent, at_least)| MapClass {
            top_percent,
            at_least,
            known_deposits: Some(0.5),
        })
        .to_vec()
}

fn styles() -> Vec<(&'static str, String)> {
    let codes = Coverage { outside: 0, missing: 1, known: 2 };
    let DoubtLine { conformal, risk_return: risk, applicability, .. } =
        crate::report::sample::report().doubt.unwrap();
    let (conformal, applicability) = (conformal.unwrap(), applicability.unwrap());
    vec![
        ("prospectivity", discrete(&prospectivity_classes(&classes())).unwrap()),
        ("prospectivity_rank", discrete(&rank_classes(&classes())).unwrap()),
        ("faded", discrete_faded(&prospectivity_classes(&classes()[..1])).unwrap()),
        ("dominant_cause", numbered(&cause_classes(&Cause::ALL)).unwrap()),
        ("prediction_set", numbered(&set_classes(&conformal)).unwrap()),
        ("risk_return", numbered(&risk_classes(&risk)).unwrap()),
        ("applicability", discrete(&dissimilarity_classes(&applicability)).unwrap()),
        ("spread", discrete(&spread_classes([0.08, 0.06, 0.04, 0.02])).unwrap()),
        ("attribution_as", diverging(0.2, "<log-odds> & \"more\"").unwrap()),
        ("coverage", coverage(codes).unwrap()),
        ("targets", targets().unwrap()),
        ("deposits", deposits().unwrap()),
    ]
}

#[test]
fn every_style_is_well_formed_and_keeps_foreign_text_as_text() {
    for (name, text) in styles() {
        let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
        let parsed = roxmltree::Document::parse_with_options(&text, options)
            .unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        assert_eq!(parsed.root_element().tag_name().name(), "qgis", "{name}");
        if name == "attribution_as" {
            let label = parsed.descendants().find_map(|node| node.attribute("label")).unwrap();
            assert_eq!(label, "-0.200 <log-odds> & \"more\" lowers");
        }
    }
}

#[test]
fn a_cell_on_a_bound_belongs_to_the_class_above_as_in_the_report() {
    let text = discrete(&prospectivity_classes(&classes()[..1])).unwrap();
    let below = f64::from(0.25_f32.next_down());
    assert!(text.contains(&format!("value=\"{below}\" label=\"the other 99 % (&lt; 0.250)\"")));
    assert!(text.contains("value=\"inf\" label=\"top 1 % (≥ 0.250)\""));
}

#[test]
fn no_classes_and_other_numbers_of_classes_still_have_colours() {
    assert_eq!(prospectivity_classes(&[]).len(), 1);
    assert_eq!(discrete(&prospectivity_classes(&[])).unwrap().matches("<item").count(), 1);
    assert_eq!(prospectivity_classes(&classes())[0].colour, HOT[0]);
    assert_eq!(along(&HOT, 13)[12], HOT[6]);
}

#[test]
fn a_map_without_spread_has_one_class_and_equal_quantiles_make_none_empty() {
    assert_eq!(spread_classes([0.0; 4]).len(), 1);
    let labels: Vec<String> =
        spread_classes([0.3, 0.1, 0.1, 0.0]).into_iter().map(|class| class.label).collect();
    assert_eq!(labels, ["most spread (≥ 0.300)", "0.100 to 0.300", "least spread (< 0.100)"]);
}

/// Loads every style in QGIS itself, and asks it for the colours of cells on either side of a bound.
#[test]
fn qgis_reads_every_style() {
    let python = "/usr/bin/python3";
    let present = Command::new(python).args(["-c", "import qgis.core"]).output();
    if !present.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: QGIS is not here (apt-get install python3-qgis)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in styles() {
        fs_err::write(folder.path().join(format!("{name}.qml")), text).unwrap();
    }
    let output = Command::new(python)
        .args(["-c", include_str!("load_in_qgis.py")])
        .arg(folder.path())
        .env("QT_QPA_PLATFORM", "offscreen")
        .env("HOME", folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    insta::assert_snapshot!(said, @r#"
    prospectivity singlebandpseudocolor ['the other 50 % (< 0.000100)', 'top 50 % (≥ 0.000100)', 'top 20 % (≥ 0.00400)', 'top 10 % (≥ 0.0200)', 'top 5 % (≥ 0.0500)', 'top 2 % (≥ 0.100)', 'top 1 % (≥ 0.250)']
      0.25 is #780020 and a float below is #ce1221
    prospectivity_rank singlebandpseudocolor ['the other 50 % (< 0.500)', 'top 50 % (≥ 0.500)', 'top 20 % (≥ 0.800)', 'top 10 % (≥ 0.900)', 'top 5 % (≥ 0.950)', 'top 2 % (≥ 0.980)', 'top 1 % (≥ 0.990)']
    faded singlebandpseudocolor ['pale: outside the area of applicability', 'the other 99 % (< 0.250)', 'top 1 % (≥ 0.250)']
      opaque by band 2
    spread singlebandpseudocolor ['least spread (< 0.0200)', '0.0200 to 0.0400', '0.0400 to 0.0600', '0.0600 to 0.0800', 'most spread (≥ 0.0800)']
    attribution_as singlebandpseudocolor ['-0.200 <log-odds> & "more" lowers', '-0.100 <log-odds> & "more"', '+0.000 <log-odds> & "more" no effect', '+0.100 <log-odds> & "more"', '+0.200 <log-odds> & "more" raises']
    applicability singlebandpseudocolor ['inside: half the threshold or less', 'inside: over half the threshold', 'outside: over the threshold (0.420)', 'outside: over twice the threshold']
    coverage paletted [(0.0, 'outside the study area', 0), (1.0, 'evidence missing', 255), (2.0, 'evidence known', 255)]
    dominant_cause paletted [(0.0, 'nothing varies', '#ececec'), (1.0, 'draw of the unlabelled', '#0072b2'), (2.0, 'seed and deposits of the model', '#e69f00'), (3.0, 'missing evidence', '#009e73'), (4.0, 'choice of the workflow', '#cc79a7'), (5.0, 'extrapolation', '#5a5a5a')]
    prediction_set paletted [(0.0, 'like neither (0\xa0%)', '#762a83'), (1.0, 'like other ground, unlike deposits (84\xa0%)', '#d1e5f0'), (2.0, 'like deposits, unlike other ground (9\xa0%)', '#b2182b'), (3.0, 'like both: not told apart (7\xa0%)', '#fdc878')]
    risk_return paletted [(0.0, 'low, surely (87\xa0%)', '#e8e8e8'), (1.0, 'low, perhaps high (3\xa0%)', '#6c97c8'), (2.0, 'high, surely (5\xa0%)', '#d63027'), (3.0, 'high, perhaps low (5\xa0%)', '#62266e')]
    targets RuleRenderer [('targets 1 to 10', '"rank" <= 10', 0.7), ('other targets', 'ELSE', 0.35)]
      labels True rank
    deposits singleSymbol #084594 2.6
      labels True name
    "#);
}
