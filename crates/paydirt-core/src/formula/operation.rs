//! What a formula consists of: operations in the order in which they are done.

/// What an operand is: nothing is both, so that `(a < b) + 1` is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Truth,
}

/// One operation; it takes its operands from the top of a stack and leaves its result there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operation {
    Number(f64),
    Missing,
    /// A layer, by its place among the formula's names.
    Layer(usize),
    Unary(Unary),
    Binary(Binary),
    Clamp,
    Where,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Negate,
    Not,
    IsMissing,
    Abs,
    Sqrt,
    Exp,
    Log,
    Log10,
    Log2,
    Sin,
    Cos,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Or,
    And,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Equal,
    Unequal,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Min,
    Max,
    Atan2,
}

/// How tightly `not`, a minus sign and a power bind; a name or a call binds tightest.
pub(super) const NOT: u8 = 3;
pub(super) const NEGATE: u8 = 7;
pub(super) const POWER: u8 = 8;
pub(super) const ATOM: u8 = 9;

/// Operations that are written between their operands, and how tightly they bind.
pub(super) const INFIX: [(&str, Binary, u8); 13] = [
    ("or", Binary::Or, 1),
    ("and", Binary::And, 2),
    ("<=", Binary::AtMost, 4),
    (">=", Binary::AtLeast, 4),
    ("==", Binary::Equal, 4),
    ("!=", Binary::Unequal, 4),
    ("<", Binary::Less, 4),
    (">", Binary::Greater, 4),
    ("+", Binary::Add, 5),
    ("-", Binary::Subtract, 5),
    ("*", Binary::Multiply, 6),
    ("/", Binary::Divide, 6),
    ("^", Binary::Power, POWER),
];

/// Operations that are written as a function.
pub(super) const FUNCTIONS: [(&str, Operation); 14] = [
    ("min", Operation::Binary(Binary::Min)),
    ("max", Operation::Binary(Binary::Max)),
    ("abs", Operation::Unary(Unary::Abs)),
    ("sqrt", Operation::Unary(Unary::Sqrt)),
    ("exp", Operation::Unary(Unary::Exp)),
    ("log", Operation::Unary(Unary::Log)),
    ("log10", Operation::Unary(Unary::Log10)),
    ("log2", Operation::Unary(Unary::Log2)),
    ("sin", Operation::Unary(Unary::Sin)),
    ("cos", Operation::Unary(Unary::Cos)),
    ("atan2", Operation::Binary(Binary::Atan2)),
    ("clamp", Operation::Clamp),
    ("where", Operation::Where),
    ("is_missing", Operation::Unary(Unary::IsMissing)),
];

/// Words that are no layer unless they are quoted.
pub(super) const WORDS: [&str; 5] = ["and", "or", "not", "missing", "pi"];

impl Binary {
    /// Of which kind its operands must be, and of which kind its result is.
    pub(super) const fn kinds(self) -> (Kind, Kind) {
        match self {
            Self::Or | Self::And => (Kind::Truth, Kind::Truth),
            Self::Less
            | Self::AtMost
            | Self::Greater
            | Self::AtLeast
            | Self::Equal
            | Self::Unequal => (Kind::Number, Kind::Truth),
            _ => (Kind::Number, Kind::Number),
        }
    }
}

impl Operation {
    /// How many operands it takes.
    pub(super) const fn operands(self) -> usize {
        match self {
            Self::Number(_) | Self::Missing | Self::Layer(_) => 0,
            Self::Unary(_) => 1,
            Self::Binary(_) => 2,
            Self::Clamp | Self::Where => 3,
        }
    }
}

/// Whether a name stands for itself: it is neither a word nor a function.
pub(super) fn is_plain(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
        && !WORDS.contains(&name)
        && FUNCTIONS.iter().all(|(function, _)| *function != name)
}
