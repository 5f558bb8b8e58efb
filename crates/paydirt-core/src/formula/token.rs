//! A formula's text, cut into numbers, names and signs.

use super::operation::INFIX;
use super::trouble_at;
use crate::Result;

/// Most tokens of a formula.
pub(super) const MOST_TOKENS: usize = 2000;

/// A piece of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Number(f64),
    /// A word, which may be the name of a layer or of a function.
    Word(String),
    /// A name in quotes: always that of a layer.
    Quoted(String),
    /// A sign, such as `+` or `<=`.
    Sign(&'static str),
    End,
}

/// A piece of the text and its first character, counted from 0.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) place: usize,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "the number {number}"),
            Self::Word(word) => write!(f, "`{word}`"),
            Self::Quoted(name) => write!(f, "the layer `{name}`"),
            Self::Sign(sign) => write!(f, "`{sign}`"),
            Self::End => write!(f, "the end"),
        }
    }
}

/// Cuts a text into tokens, the last of which is the end.
pub(super) fn tokens(source: &str) -> Result<Vec<Token>> {
    let text: Vec<char> = source.chars().collect();
    let (mut tokens, mut at) = (Vec::new(), 0);
    loop {
        at += text[at..].iter().take_while(|letter| letter.is_whitespace()).count();
        let place = at;
        if tokens.len() >= MOST_TOKENS {
            let reason = format!("a formula has at most {MOST_TOKENS} numbers, names and signs");
            return Err(trouble_at(source, place, reason));
        }
        let kind = match text.get(at) {
            None => Kind::End,
            Some(&first) if first.is_ascii_digit() || first == '.' => {
                number(source, &text, &mut at)?
            }
            Some(&first) if first.is_alphabetic() || first == '_' => {
                let word = text[at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_');
                let word: String = word.collect();
                at += word.chars().count();
                Kind::Word(word)
            }
            Some('\'' | '"') => quoted(source, &text, &mut at)?,
            Some(_) => sign(source, &text, &mut at)?,
        };
        let end = kind == Kind::End;
        tokens.push(Token { kind, place });
        if end {
            return Ok(tokens);
        }
    }
}

/// Digits, perhaps a point and digits, perhaps an exponent.
fn number(source: &str, text: &[char], at: &mut usize) -> Result<Kind> {
    let start = *at;
    let digits =
        |from: usize| text[from..].iter().take_while(|letter| letter.is_ascii_digit()).count();
    *at += digits(*at);
    if text.get(*at) == Some(&'.') {
        *at += 1 + digits(*at + 1);
    }
    if matches!(text.get(*at), Some('e' | 'E')) {
        let sign = usize::from(matches!(text.get(*at + 1), Some('+' | '-')));
        match digits((*at + 1 + sign).min(text.len())) {
            0 => {}
            count => *at += 1 + sign + count,
        }
    }
    let written: String = text[start..*at].iter().collect();
    match written.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Kind::Number(number)),
        _ => Err(trouble_at(source, start, format!("`{written}` is no number that can be stored"))),
    }
}

fn quoted(source: &str, text: &[char], at: &mut usize) -> Result<Kind> {
    let quote = text[*at];
    let name: String = text[*at + 1..].iter().take_while(|letter| **letter != quote).collect();
    let length = name.chars().count();
    if *at + 1 + length == text.len() {
        return Err(trouble_at(source, *at, format!("expected {quote} after the name of a layer")));
    }
    if length == 0 {
        return Err(trouble_at(source, *at, "expected the name of a layer between the quotes"));
    }
    *at += length + 2;
    Ok(Kind::Quoted(name))
}

fn sign(source: &str, text: &[char], at: &mut usize) -> Result<Kind> {
    const MISTAKEN: [(&str, &str); 5] =
        [("**", "^"), ("&", "and"), ("|", "or"), ("!", "not"), ("=", "==")];
    let starts = |sign: &str| sign.chars().eq(text[*at..].iter().copied().take(sign.len()));
    let signs = INFIX.iter().map(|(sign, ..)| *sign).chain(["(", ")", ","]);
    let known = signs.filter(|sign| !sign.starts_with(char::is_alphabetic));
    let mistaken = MISTAKEN.iter().find(|(sign, _)| starts(sign));
    // The longest that fits: `<=` before `<`. `**` is no two signs `*`.
    let found = known.filter(|sign| starts(sign)).max_by_key(|sign| sign.len());
    match (found, mistaken) {
        (Some(sign), None | Some(("!" | "=", _))) => {
            *at += sign.len();
            Ok(Kind::Sign(sign))
        }
        (_, Some((wrong, right))) => {
            Err(trouble_at(source, *at, format!("expected `{right}` instead of `{wrong}`")))
        }
        (None, None) => {
            let reason = format!("`{}` says nothing in a formula", text[*at].escape_debug());
            Err(trouble_at(source, *at, reason))
        }
    }
}
