use super::tree::{Block, read};
use super::*;
use crate::report::{html, sample};

#[test]
fn the_whole_page_is_on_paper() {
    let page = html(&sample::report(), Some(&sample::pictures())).unwrap();
    let bytes = pdf(&page, "foot").unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
    assert_eq!(bytes, pdf(&page, "foot").unwrap());
    if let Some(folder) = std::env::var_os("PAPER") {
        fs_err::write(std::path::Path::new(&folder).join("report.pdf"), &bytes).unwrap();
    }
}

#[test]
fn nothing_of_the_page_is_lost_on_the_way() {
    let page = html(&sample::report(), Some(&sample::pictures())).unwrap();
    let (title, blocks) = read(&page).unwrap();
    let told = serde_json::to_string(&blocks).unwrap();
    assert_eq!(title, format!("{}: prospectivity report", sample::report().project));
    // Every word of the page that is not in a drawing is there.
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(&page, options).unwrap();
    let main = document.descendants().find(|node| node.has_tag_name("main")).unwrap();
    let shown = main
        .descendants()
        .filter(|node| node.is_text() && !node.ancestors().any(|above| above.has_tag_name("svg")));
    let words = shown.flat_map(|node| node.text().unwrap_or_default().split_ascii_whitespace());
    let mut count = 0;
    for word in words {
        let quoted = serde_json::to_string(word).unwrap();
        assert!(told.contains(quoted.trim_matches('"')), "{word}");
        count += 1;
    }
    assert!(count > 500, "{count}");
    let drawings = page.matches("<svg").count() + page.matches("<img").count();
    assert_eq!(told.matches("<svg xmlns").count(), drawings);
}

#[test]
fn signs_that_no_markup_may_hold_do_no_harm() {
    let mut report = sample::report();
    report.targets[0].deposit_names = vec!["Gold\u{b}Quarry\u{1a}".into()];
    let page = html(&report, Some(&sample::pictures())).unwrap();
    assert!(pdf(&page, "foot").unwrap().starts_with(b"%PDF-"));
}

#[test]
fn a_page_that_is_not_well_formed_is_told() {
    assert!(matches!(pdf("<html><main>", ""), Err(Error::Saved { .. })));
    assert!(matches!(pdf("<html/>", ""), Err(Error::Saved { .. })));
}

#[test]
fn bars_and_rows_keep_their_places() {
    let page = "<html><main><div class=\"bars\"><div class=\"bar\"><span class=\"name\">a</span><span \
                class=\"track\"><i class=\"fill below\" style=\"left:10%;width:20.5%\"/><i class=\"zero\" \
                style=\"left:30.5%\"/></span><span class=\"value\">-1</span></div></div><table><tbody><tr \
                class=\"chosen\"><th>b</th><td class=\"figure\">2</td></tr></tbody></table></main></html>";
    let (_, blocks) = read(page).unwrap();
    let told = serde_json::to_value(&blocks).unwrap();
    assert_eq!(told[0]["bars"]["zero"], 30.5);
    assert_eq!(told[0]["bars"]["bars"][0]["fill"], serde_json::json!([10.0, 20.5]));
    assert_eq!(told[1]["table"]["body"][0][1]["figure"], true);
    assert!(matches!(blocks[1], Block::Table(_)));
}
