use super::*;
use crate::report::sample;

#[test]
fn the_page_as_it_is_written() {
    insta::assert_snapshot!("explanation", html(&sample::report()).unwrap());
}

#[test]
fn every_picture_is_well_formed_and_holds_no_number_that_is_none() {
    let page = html(&sample::report()).unwrap();
    let document = roxmltree::Document::parse_with_options(
        &page.replace("&nbsp;", " ").replace("<br>", "<br/>"),
        roxmltree::ParsingOptions { allow_dtd: false, ..Default::default() },
    )
    .map(|document| document.descendants().filter(|n| n.has_tag_name("svg")).count());
    assert!(document.unwrap() > 8);
    assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
    assert!(!page.contains("<script") && !page.contains("url("));
}

#[test]
fn nothing_explained_writes_nothing() {
    assert_eq!(html(&Report::default()).unwrap(), "");
    let mut report = sample::report();
    report.explanation = Default::default();
    assert_eq!(html(&report).unwrap(), "");
    // A model that says nothing at all: every share is zero.
    let mut report = sample::report();
    let shap = report.explanation.shap.as_mut().unwrap();
    for layer in &mut shap.layers {
        layer.shares.iter_mut().for_each(|share| *share = 0.0);
        layer.values.iter_mut().for_each(|value| *value = None);
    }
    let page = html(&report).unwrap();
    assert!(page.contains("Shares, cell by cell") && !page.contains("Share against value"));
}
