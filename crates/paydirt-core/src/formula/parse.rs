//! From text to operations: what binds tighter is done first, kinds of operands are checked.

use super::operation::{Binary, FUNCTIONS, INFIX, Kind, NEGATE, NOT, Operation, POWER, Unary};
use super::token::{self, Token};
use super::{Formula, nearest, trouble_at};
use crate::Result;

/// Most brackets within brackets.
const DEEPEST: usize = 100;

/// An operand that was read: its kind, and the place of its first character.
#[derive(Clone, Copy)]
struct Operand {
    kind: Kind,
    place: usize,
}

struct Parser<'a> {
    source: &'a str,
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    formula: Formula,
}

/// Reads a formula.
pub(super) fn parse(source: &str) -> Result<Formula> {
    let formula = Formula {
        source: source.into(),
        names: Vec::new(),
        places: Vec::new(),
        operations: Vec::new(),
        kind: Kind::Number,
    };
    let tokens = token::tokens(source)?;
    let mut parser = Parser { source, tokens, next: 0, depth: 0, formula };
    parser.formula.kind = parser.expression(0)?.kind;
    if *parser.peek() != token::Kind::End {
        return Err(parser.expected("an operator such as `+`, or the end"));
    }
    if parser.formula.names.is_empty() {
        return Err(trouble_at(source, 0, "names no layer, so it is the same number everywhere"));
    }
    Ok(parser.formula)
}

impl Parser<'_> {
    fn peek(&self) -> &token::Kind {
        &self.tokens[self.next].kind
    }

    fn place(&self) -> usize {
        self.tokens[self.next].place
    }

    /// The next token; the end is never passed.
    fn advance(&mut self) -> Token {
        let token = self.tokens[self.next].clone();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        token
    }

    fn takes(&mut self, sign: &'static str) -> bool {
        let found = *self.peek() == token::Kind::Sign(sign);
        if found {
            self.advance();
        }
        found
    }

    fn expected(&self, what: &str) -> crate::Error {
        let reason = format!("expected {what}, found {}", self.peek());
        trouble_at(self.source, self.place(), reason)
    }

    fn require(&self, operand: Operand, kind: Kind) -> Result<()> {
        let reason = match kind {
            _ if operand.kind == kind => return Ok(()),
            Kind::Number => "expected a number, but this is true or false",
            Kind::Truth => "expected a condition such as `ndvi < 0.3`, but this is a number",
        };
        Err(trouble_at(self.source, operand.place, reason))
    }

    fn push(&mut self, operation: Operation) {
        self.formula.operations.push(operation);
    }

    /// The operator that comes next, if it binds at least so tightly.
    fn infix(&self, least: u8) -> Option<(Binary, u8)> {
        let written = match self.peek() {
            token::Kind::Sign(sign) => sign,
            token::Kind::Word(word) => word.as_str(),
            _ => return None,
        };
        let (_, operator, level) = INFIX.iter().find(|(sign, ..)| *sign == written)?;
        (*level >= least).then_some((*operator, *level))
    }

    /// Reads what binds at least so tightly.
    fn expression(&mut self, least: u8) -> Result<Operand> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let reason = format!("more than {DEEPEST} brackets or signs within each other");
            return Err(trouble_at(self.source, self.place(), reason));
        }
        let mut left = self.operand()?;
        while let Some((operator, level)) = self.infix(least) {
            let place = self.advance().place;
            let (wanted, kind) = operator.kinds();
            if (wanted, kind, left.kind) == (Kind::Number, Kind::Truth, Kind::Truth) {
                let reason = "comparisons are not chained: write `a < b and b < c`";
                return Err(trouble_at(self.source, place, reason));
            }
            self.require(left, wanted)?;
            let right = self.expression(if level == POWER { POWER } else { level + 1 })?;
            self.require(right, wanted)?;
            self.push(Operation::Binary(operator));
            left.kind = kind;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// Reads one operand, with the signs before it.
    fn operand(&mut self) -> Result<Operand> {
        const OPERAND: &str = "a number, a layer, a function or `(`";
        let place = self.place();
        let mut kind = Kind::Number;
        match self.peek().clone() {
            token::Kind::Number(number) => {
                self.advance();
                self.push(Operation::Number(number));
            }
            token::Kind::Quoted(name) => {
                self.advance();
                self.layer(name, place);
            }
            token::Kind::Word(word) => kind = self.word(word)?,
            token::Kind::Sign("-") => {
                self.advance();
                self.prefixed(Unary::Negate, Kind::Number, NEGATE)?;
            }
            token::Kind::Sign("(") => {
                self.advance();
                kind = self.expression(0)?.kind;
                if !self.takes(")") {
                    return Err(self.expected("an operator or `)`"));
                }
            }
            _ => return Err(self.expected(OPERAND)),
        }
        Ok(Operand { kind, place })
    }

    fn prefixed(&mut self, sign: Unary, kind: Kind, level: u8) -> Result<()> {
        let operand = self.expression(level)?;
        self.require(operand, kind)?;
        self.push(Operation::Unary(sign));
        Ok(())
    }

    fn layer(&mut self, name: String, place: usize) {
        let names = &mut self.formula.names;
        let index = names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            self.formula.places.push(place);
            names.len() - 1
        });
        self.push(Operation::Layer(index));
    }

    /// Reads a word: a constant, `not`, a function with its arguments, or a layer.
    fn word(&mut self, word: String) -> Result<Kind> {
        let place = self.advance().place;
        let function = FUNCTIONS.iter().find(|(name, _)| *name == word);
        let call = *self.peek() == token::Kind::Sign("(");
        match (word.as_str(), function) {
            ("pi", _) => self.push(Operation::Number(std::f64::consts::PI)),
            ("missing", _) => self.push(Operation::Missing),
            ("not", _) => {
                self.prefixed(Unary::Not, Kind::Truth, NOT)?;
                return Ok(Kind::Truth);
            }
            ("and" | "or", _) => {
                let reason = format!("expected a condition before `{word}`");
                return Err(trouble_at(self.source, place, reason));
            }
            (_, Some((_, operation))) if call => return self.call(&word, *operation, place),
            (_, Some(_)) => {
                let what = format!(
                    "`(` after the function `{word}` (a layer of that name is written '{word}')"
                );
                return Err(self.expected(&what));
            }
            _ if call => {
                let known = FUNCTIONS.map(|(name, _)| name);
                let reason = format!("no function `{word}` ({})", nearest(&word, &known));
                return Err(trouble_at(self.source, place, reason));
            }
            _ => self.layer(word, place),
        }
        Ok(Kind::Number)
    }

    /// Reads the arguments of a function.
    fn call(&mut self, name: &str, operation: Operation, place: usize) -> Result<Kind> {
        self.advance();
        let many = matches!(operation, Operation::Binary(Binary::Min | Binary::Max));
        let mut arguments: Vec<Operand> = Vec::new();
        loop {
            arguments.push(self.expression(0)?);
            if many && arguments.len() > 1 {
                self.push(operation);
            }
            if !self.takes(",") {
                break;
            }
        }
        if !self.takes(")") {
            return Err(self.expected("an operator, `,` or `)`"));
        }
        let needed = operation.operands();
        let found = arguments.len();
        if found < needed || (found > needed && !many) {
            let more = if many { " or more" } else { "" };
            let reason = format!("`{name}` takes {needed}{more} arguments, found {found}");
            return Err(trouble_at(self.source, place, reason));
        }
        if !many {
            self.push(operation);
        }
        self.kind_of_call(operation, &arguments)
    }

    fn kind_of_call(&self, operation: Operation, arguments: &[Operand]) -> Result<Kind> {
        match (operation, arguments) {
            (Operation::Unary(Unary::IsMissing), _) => return Ok(Kind::Truth),
            (Operation::Where, [condition, yes, no]) => {
                self.require(*condition, Kind::Truth)?;
                self.require(*no, yes.kind)?;
                return Ok(yes.kind);
            }
            _ => {}
        }
        arguments.iter().try_for_each(|argument| self.require(*argument, Kind::Number))?;
        Ok(Kind::Number)
    }
}
