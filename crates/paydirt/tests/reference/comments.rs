//! Documentation comments as the sources hold them, made fit for a page.

use std::path::Path;

/// The comment at the head of a file.
pub(crate) fn of_file(path: &Path) -> String {
    let source = fs_err::read_to_string(path).unwrap();
    let head = source.lines().take_while(|line| line.starts_with("//!"));
    head.map(|line| line.trim_start_matches("//!").trim_start()).collect::<Vec<_>>().join("\n")
}

/// The comment over a function of a file.
pub(crate) fn of_function(path: &Path, name: &str) -> String {
    let source = fs_err::read_to_string(path).unwrap();
    let lines: Vec<&str> = source.lines().collect();
    let starts = |line: &&str| {
        let rest = line.split_once("fn ").map(|(_, rest)| rest).and_then(|r| r.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with(['(', '<']))
    };
    let at = lines.iter().position(starts).unwrap_or_else(|| panic!("no `{name}` in {path:?}"));
    let above = lines[..at].iter().rev().take_while(|line| line.starts_with("///"));
    let mut said: Vec<&str> =
        above.map(|line| line.trim_start_matches("///").trim_start()).collect();
    said.reverse();
    said.join("\n")
}

/// A comment without what only Rust's documentation understands, and with links to its sources. `page`
/// knows the pages of what a path names.
pub(crate) fn tidy(text: &str, page: &dyn Fn(&str) -> Option<String>) -> String {
    let mut tidied = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("[`") {
        let Some((path, after)) = after.split_once("`]") else { break };
        tidied.push_str(before);
        let name = path.rsplit("::").next().unwrap_or(path);
        let shown = path.trim_start_matches("crate::").trim_start_matches("super::");
        let shown = shown.trim_start_matches("Settings::");
        match page(path) {
            Some(page) => tidied.push_str(&format!("[{name}]({page})")),
            None => tidied.push_str(&format!("`{shown}`")),
        }
        rest = after;
    }
    tidied.push_str(rest);
    cited(&tidied)
}

/// How a source is named, and where its identifier leads.
const SOURCES: [(&str, &str, &str); 7] = [
    ("<https://doi.org/", "doi:", "https://doi.org/"),
    ("<https://arxiv.org/abs/", "arXiv:", "https://arxiv.org/abs/"),
    ("doi:", "doi:", "https://doi.org/"),
    ("doi ", "doi:", "https://doi.org/"),
    ("DOI ", "doi:", "https://doi.org/"),
    ("arXiv:", "arXiv:", "https://arxiv.org/abs/"),
    ("arXiv ", "arXiv:", "https://arxiv.org/abs/"),
];

/// Every source that a text names, as a link.
fn cited(text: &str) -> String {
    let mut linked = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let named = SOURCES.iter().find_map(|(mark, label, address)| {
            let after = strip(rest, mark)?.trim_start();
            after.starts_with(|c: char| c.is_ascii_digit()).then_some((mark, label, address, after))
        });
        let Some((mark, label, address, after)) = named else {
            linked.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        let id = identifier(after, mark.starts_with('<'));
        rest = &after[id.len()..];
        if mark.starts_with('<') {
            rest = rest.strip_prefix('>').unwrap_or(rest);
        }
        let mut target = String::from(*address);
        for c in id.chars() {
            match c {
                '<' | '>' | '(' | ')' => target.push_str(&format!("%{:X}", c as u32)),
                _ => target.push(c),
            }
        }
        linked.push_str(&format!("[{label}{id}]({target})"));
    }
    linked
}

/// A text without a mark at its beginning, whose spaces may be ends of lines.
fn strip<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let same = |(a, b): (u8, u8)| a == b || (a == b'\n' && b == b' ');
    let long = text.len() >= mark.len() && text.is_char_boundary(mark.len());
    (long && text.bytes().zip(mark.bytes()).all(same)).then(|| &text[mark.len()..])
}

/// The identifier that a text begins with: up to a space, less the punctuation around it.
fn identifier(text: &str, bracketed: bool) -> &str {
    if bracketed {
        return text.split('>').next().unwrap_or(text);
    }
    let mut id = text.split([' ', '\n', '`', ']']).next().unwrap_or(text);
    loop {
        let open = id.matches('(').count() < id.matches(')').count();
        match id.strip_suffix(['.', ',', ';', ':']) {
            Some(shorter) => id = shorter,
            None if open && id.ends_with(')') => id = &id[..id.len() - 1],
            None => match id.rfind(')') {
                // A bracket that closes before the identifier ends: what follows is the sentence's.
                Some(at) if open => id = &id[..at],
                _ => return id,
            },
        }
    }
}
