//! From operations back to text, with no bracket more than is needed.

use std::fmt;

use super::Formula;
use super::operation::{
    ATOM, Binary, FUNCTIONS, INFIX, NEGATE, NOT, Operation, POWER, Unary, is_plain,
};

/// What was written so far of an operand.
struct Written {
    text: String,
    /// How tightly its outermost operation binds.
    level: u8,
    /// Set where it is a call of `min` or `max`, which takes further arguments.
    call: Option<Binary>,
}

impl Written {
    fn atom(text: String) -> Self {
        Self { text, level: ATOM, call: None }
    }

    /// In brackets, unless it binds tightly enough.
    fn within(self, least: u8) -> String {
        if self.level < least { format!("({})", self.text) } else { self.text }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut stack: Vec<Written> = Vec::new();
        for operation in &self.operations {
            let operands = stack.split_off(stack.len() - operation.operands());
            stack.push(write(*operation, operands, &self.names));
        }
        stack.iter().try_for_each(|written| f.write_str(&written.text))
    }
}

fn write(operation: Operation, operands: Vec<Written>, names: &[String]) -> Written {
    let infix = INFIX.iter().find(|(_, operator, _)| operation == Operation::Binary(*operator));
    let mut operands = operands.into_iter();
    match (operation, operands.next(), operands.next()) {
        (Operation::Number(value), ..) => Written::atom(number(value)),
        (Operation::Missing, ..) => Written::atom("missing".into()),
        (Operation::Layer(index), ..) => Written::atom(name(&names[index])),
        (Operation::Unary(Unary::Negate), Some(only), _) => {
            Written { text: format!("-{}", only.within(NEGATE)), level: NEGATE, call: None }
        }
        (Operation::Unary(Unary::Not), Some(only), _) => {
            Written { text: format!("not {}", only.within(NOT)), level: NOT, call: None }
        }
        (Operation::Binary(operator), Some(left), Some(right)) => match infix {
            Some((sign, _, level)) => between(sign, *level, left, right),
            None => call_of_two(operator, left, right),
        },
        (_, first, second) => {
            let operands = first.into_iter().chain(second).chain(operands);
            let texts: Vec<String> = operands.map(|operand| operand.text).collect();
            Written::atom(format!("{}({})", function(operation), texts.join(", ")))
        }
    }
}

/// An operation that is written between its operands.
fn between(sign: &str, level: u8, left: Written, right: Written) -> Written {
    // A power groups from the right, and its exponent may have a sign; all others from the left.
    let (least_left, least_right) =
        if level == POWER { (ATOM, NEGATE) } else { (level, level + 1) };
    let mut text = left.within(least_left);
    text.push_str(&format!(" {sign} {}", right.within(least_right)));
    Written { text, level, call: None }
}

fn call_of_two(operator: Binary, left: Written, right: Written) -> Written {
    let mut text = match left.call == Some(operator) {
        true => left.text.strip_suffix(')').unwrap_or(&left.text).into(),
        false => format!("{}({}", function(Operation::Binary(operator)), left.text),
    };
    text.push_str(&format!(", {})", right.text));
    let takes_more = matches!(operator, Binary::Min | Binary::Max);
    Written { text, level: ATOM, call: takes_more.then_some(operator) }
}

fn function(operation: Operation) -> &'static str {
    FUNCTIONS.iter().find(|(_, known)| *known == operation).map_or("", |(name, _)| name)
}

/// The shortest text that reads as the same number.
fn number(value: f64) -> String {
    if value == std::f64::consts::PI {
        return "pi".into();
    }
    let text = format!("{value:?}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), Into::into)
}

/// The name of a layer, in quotes where it would be read as something else.
fn name(name: &str) -> String {
    match (is_plain(name), name.contains('\'')) {
        (true, _) => name.into(),
        (false, false) => format!("'{name}'"),
        (false, true) => format!("\"{name}\""),
    }
}
