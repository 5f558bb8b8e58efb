use super::*;
use crate::report::sample;

#[test]
fn the_page_holds_every_part_and_asks_nothing_of_the_network() {
    let report = sample::report();
    let page = html(&report, Some(&sample::pictures())).unwrap();
    for part in [
        "verdict",
        "map",
        "models",
        "optimism",
        "curves",
        "layers",
        "targets",
        "cards",
        "doubt",
        "applicability",
        "conformal",
        "risk",
        "data",
        "method",
        "limits",
        "warnings",
        "reproduce",
    ] {
        assert!(page.contains(&format!("id=\"{part}\"")), "{part}");
    }
    for outside in ["<script", "src=\"http", "@import", "url(", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    // Map, spread, dominant cause, five shares, applicability, sets, mean against spread; and eight cards.
    assert_eq!(page.matches("data:image/png;base64,").count(), 11 + 8);
}

#[test]
fn foreign_text_stays_text() {
    let mut report = sample::report();
    let evil = "<script>alert('\"&')</script>";
    report.project = evil.into();
    report.warnings = vec![evil.into()];
    report.importance[0].layer = evil.into();
    report.attribution[0].layer = evil.into();
    report.optimism_gap[0].name = evil.into();
    report.targets[0].drivers[0].layer = evil.into();
    report.targets[0].deposit_names = vec![evil.into()];
    report.receipt.layers[0].name = evil.into();
    report.receipt.layers[0].path = evil.into();
    report.receipt.labels.excluded[0].reason = evil.into();
    report.reproduce.command = evil.into();
    let page = html(&report, Some(&sample::pictures())).unwrap();
    assert!(!page.contains("<script"));
    assert!(page.matches("&lt;script&gt;").count() >= 10);
}

#[test]
fn what_was_searched_is_on_the_page_with_every_kind_of_value() {
    let line = |own: serde_json::Value, chosen: serde_json::Value| super::super::SettingLine {
        setting: "max_depth".into(),
        range: "2 to 9, whole".into(),
        own,
        chosen,
        over_folds: "<i>4 (3)</i>".into(),
    };
    let mut report = sample::report();
    report.search = Some(super::super::SearchReport {
        settings: vec![
            line(serde_json::Value::Null, 4.into()),
            line("a <b>".into(), serde_json::json!({ "rbf": {} })),
        ],
        said: "Searching changed ROC AUC by +0.004.".into(),
        ..Default::default()
    });
    let page = html(&report, None).unwrap();
    for part in ["id=\"search\"", "<td>none</td><td><b>4</b></td>", "changed ROC AUC by +0.004"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<i>4") && !page.contains("a <b>"), "foreign text stays text");
    assert!(!html(&sample::report(), None).unwrap().contains("id=\"search\""));
}

#[test]
fn a_run_that_found_nothing_and_a_table_of_samples_make_a_page() {
    let page = html(&Report::default(), None).unwrap();
    assert!(page.contains("No held-out figure could be measured"));
    let mut table = sample::report();
    table.map = None;
    table.split.against = "an unlabelled sample".into();
    table.targets.clear();
    table.receipt.grid = None;
    let page = html(&table, None).unwrap();
    assert!(page.contains("unlabelled sample") && !page.contains("<image"));
}

#[test]
fn settings_in_words() {
    let value = serde_json::json!({"blocks": {"block_m": 20000.0, "folds": 5}});
    assert_eq!(settings(&value), "blocks (block_m 20000, folds 5)");
    assert_eq!(settings(&serde_json::json!({"leave_one_group_out": {}})), "leave_one_group_out");
}

#[test]
fn a_coordinate_system_has_a_short_name() {
    assert_eq!(crs_name("EPSG:3067"), "EPSG:3067");
    assert_eq!(crs_name("PROJCRS[\"ETRS89 / TM35FIN\",BASEGEOGCRS[\"x\"]]"), "ETRS89 / TM35FIN");
    let unnamed = sample::report().receipt.grid.unwrap().crs;
    assert_eq!(crs_name(&unnamed), "Lambert Conic Conformal (2SP), unnamed");
    assert_eq!(crs_name("LOCAL_CS[]"), "unnamed");
}
