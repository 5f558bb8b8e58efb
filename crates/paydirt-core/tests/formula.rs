//! Formulas: what is read, what is refused and where, and what comes out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use paydirt_core::formula::{Formula, Trouble};
use proptest::prelude::*;

const GAP: f32 = f32::NAN;

fn parse(source: &str) -> Formula {
    Formula::parse(source).unwrap()
}

/// The values where `a` and `b` (as far as the formula names them, in this order) have these values.
fn values(source: &str, a: &[f32], b: &[f32]) -> (Vec<f32>, Vec<(Trouble, usize)>) {
    let formula = parse(source);
    let layers: Vec<&[f32]> =
        formula.names().iter().map(|name| if name == "a" { a } else { b }).collect();
    let found = formula.evaluate(&layers).unwrap();
    (found.values, found.trouble)
}

/// The value at one place.
fn value(source: &str, a: f32, b: f32) -> f32 {
    values(source, &[a], &[b]).0[0]
}

#[test]
fn what_binds_tighter_is_done_first() {
    let answers = [
        ("a + b * 3", 17.0),
        ("(a + b) * 3", 21.0),
        ("a - b - 1", -4.0),
        ("a - (b - 1)", -2.0),
        ("16 / a / b", 1.6),
        ("a ^ 3 ^ 2", 512.0),
        ("(a ^ 3) ^ 2", 64.0),
        ("-a ^ 2", -4.0),
        ("(-a) ^ 2", 4.0),
        ("a ^ -1", 0.5),
        ("2 ^ -a * b", 1.25),
        ("a * -b", -10.0),
        ("--a", 2.0),
        ("-a + b", 3.0),
        (".5e1 * a + 1.", 11.0),
        ("1e-1 * a", 0.2),
        ("min(b, a, 3) + max(a, b, 7, 1)", 9.0),
        ("clamp(a, 3, 4) + clamp(b, 3, 4)", 7.0),
        ("abs(-a) + sqrt(b - 1) + exp(a - 2) + log(a / 2)", 5.0),
        ("log10(50 * a) + log2(a)", 3.0),
        ("sin(pi / a) + cos(pi * (b - 5))", 2.0),
        ("atan2(a, 2) * 4 - pi", 0.0),
        ("where(a < b, a, b) * 10", 20.0),
        ("a < b", 1.0),
        ("a > b or a == 2 and b != 5", 0.0),
        ("not a > b and b >= 5 and a <= 2", 1.0),
        ("not (a < b or is_missing(a))", 0.0),
        ("where(where(a < b, a < 1, b < 1), 1, 2)", 2.0),
    ];
    for (source, expected) in answers {
        let found = value(source, 2.0, 5.0);
        assert!((found - expected).abs() < 1e-6, "{source} is {found}");
    }
}

#[test]
fn names_are_letters_or_stand_in_quotes() {
    let formula =
        parse("'K (percent)' / Thorium_2 + \"it's\" * 'min' + b8a + \u{3b2} + 'K (percent)'");
    let names = ["K (percent)", "Thorium_2", "it's", "min", "b8a", "\u{3b2}"];
    assert_eq!(formula.names(), names);
    assert_eq!(
        formula.to_string(),
        "'K (percent)' / Thorium_2 + \"it's\" * 'min' + b8a + \u{3b2} + 'K (percent)'"
    );
}

#[test]
fn missing_in_is_missing_out() {
    let operations = [
        "a + 1",
        "1 - a",
        "a * 0",
        "0 / a",
        "a ^ 0",
        "-a",
        "abs(a)",
        "min(a, 1)",
        "max(1, a)",
        "clamp(1, a, 2)",
        "a < 1",
        "a != a",
        "a < 1 or 1 == 1",
        "a < 1 and 1 == 2",
        "not a < 1",
        "where(a < 1, 1, 2)",
        "atan2(1, a)",
        "a + missing",
        "where(a == a, a, 1)",
    ];
    for source in operations {
        let (found, trouble) = values(source, &[GAP, f32::INFINITY], &[]);
        assert!(found.iter().all(|value| value.is_nan()), "{source}: {found:?}");
        assert_eq!(trouble, [], "{source}");
    }
    assert_eq!(values("is_missing(a)", &[GAP, 1.0], &[]).0, [1.0, 0.0]);
    assert_eq!(values("where(is_missing(a), b, a)", &[GAP, 1.0], &[7.0, GAP]).0, [7.0, 1.0]);
    assert!(value("where(a < 3, b, missing)", 4.0, 1.0).is_nan());
}

#[test]
fn each_cell_without_a_value_has_one_cause() {
    use Trouble::{DivisionByZero, Logarithm, Overflow, Power, Root};
    let a = [0.0, -1.0, 4.0, GAP, -0.0, 3.0e38];
    let answers: [(&str, &[(Trouble, usize)]); 11] = [
        ("1 / a", &[(DivisionByZero, 2)]),
        ("a / a", &[(DivisionByZero, 2)]),
        ("log(a)", &[(Logarithm, 3)]),
        ("log10(a) + log2(a)", &[(Logarithm, 3)]),
        ("sqrt(a)", &[(Root, 1)]),
        ("a ^ 0.5", &[(Power, 1)]),
        ("a ^ -1", &[(DivisionByZero, 2)]),
        ("a * 10", &[(Overflow, 1)]),
        ("exp(a * a)", &[(Overflow, 1)]),
        // the first from the left is the cause
        ("1 / a + log(a)", &[(DivisionByZero, 2), (Logarithm, 1)]),
        // what is not chosen has no trouble, nor what is only asked for
        ("where(a > 0, log(a), 0) + where(is_missing(1 / a), 0, 1)", &[]),
    ];
    for (source, expected) in answers {
        assert_eq!(values(source, &a, &[]).1, expected, "{source}");
    }
    // large in between is not large in the end; comparisons are of numbers as they are stored
    assert_eq!(value("a * 10 / 10", 3.0e38, 0.0), 3.0e38);
    assert_eq!(value("a == 0.1", 0.1, 0.0), 1.0);
    assert_eq!(value("a + 0.2 == 0.3", 0.1, 0.0), 1.0);
    assert_eq!(value("a ^ 3", -2.0, 0.0), -8.0);
    assert_eq!(Trouble::DivisionByZero.to_string(), "division by zero");
}

#[test]
fn blocks_of_any_length_are_computed_alike() {
    let formula = parse("where(b != 0, (a + b) / b, missing) + log10(a)");
    let make = |scale: usize| -> Vec<f32> {
        (0..100_000).map(|cell| ((cell * scale) % 1009) as f32 - 3.0).collect()
    };
    let (a, b) = (make(31), make(57));
    assert_eq!(formula.names(), ["b", "a"]);
    let whole = formula.evaluate(&[&b, &a]).unwrap();
    let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let again = pool.install(|| formula.evaluate(&[&b, &a]).unwrap());
        assert_eq!((bits(&again.values), &again.trouble), (bits(&whole.values), &whole.trouble));
    }
    for range in [0..0, 0..1, 5..1029, 1000..99_999] {
        let part = formula.evaluate(&[&b[range.clone()], &a[range.clone()]]).unwrap();
        assert_eq!(bits(&part.values), bits(&whole.values[range]));
    }
    assert!(formula.evaluate(&[&a]).is_err());
    assert!(formula.evaluate(&[&a, &b[1..]]).is_err());
}

#[test]
fn an_error_points_at_its_place() {
    // the source, the place counted from 1, and what is said
    let refused = [
        ("", 1, "expected a number, a layer, a function or `(`, found the end"),
        ("b4 +", 5, "found the end"),
        ("(b4 + ) / b5", 7, "found `)`"),
        ("(b4 + b5", 9, "expected an operator or `)`, found the end"),
        ("b4 b5", 4, "expected an operator such as `+`, or the end, found `b5`"),
        ("b4)", 3, "found `)`"),
        ("2b", 2, "found `b`"),
        ("b4 = 2", 4, "expected `==` instead of `=`"),
        ("b4 ** 2", 4, "expected `^` instead of `**`"),
        ("b4 > 1 && b5 > 1", 8, "expected `and` instead of `&`"),
        ("!b4", 1, "expected `not` instead of `!`"),
        ("b4 % 2", 4, "`%` says nothing"),
        ("1e999 * b4", 1, "no number that can be stored"),
        ("b4 + .", 6, "no number"),
        ("'b4", 1, "expected ' after the name"),
        ("'' + b4", 1, "between the quotes"),
        ("sqroot(b4)", 1, "did you mean `sqrt`? there are: min, max, abs"),
        ("sqrt + b4", 6, "a layer of that name is written 'sqrt'"),
        ("clamp(b4, 1)", 1, "`clamp` takes 3 arguments, found 2"),
        ("abs(b4, 1)", 1, "`abs` takes 1 arguments, found 2"),
        ("max(b4)", 1, "`max` takes 2 or more arguments, found 1"),
        ("abs()", 5, "expected a number"),
        ("1 < b4 < 2", 8, "write `a < b and b < c`"),
        ("b4 + (b5 < 2)", 6, "expected a number, but this is true or false"),
        ("where(b4, 1, 2)", 7, "expected a condition such as `ndvi < 0.3`"),
        ("where(b4 < 1, 1, b4 < 2)", 18, "expected a number"),
        ("b4 and b5", 1, "expected a condition"),
        ("and b4", 1, "expected a condition before `and`"),
        ("not b4", 5, "expected a condition"),
        ("-(b4 < 1)", 2, "expected a number"),
        ("1 + pi", 1, "names no layer"),
    ];
    for (source, character, reason) in refused {
        let message = Formula::parse(source).unwrap_err().to_string();
        let start = format!("formula, character {character}: ");
        assert!(message.starts_with(&start) && message.contains(reason), "{source}: {message}");
        let lines: Vec<&str> = message.lines().collect();
        assert_eq!(lines[1], format!("    {source}"));
        assert_eq!(lines[2], format!("    {}^", " ".repeat(character - 1)));
    }
}

#[test]
fn a_long_formula_shows_the_part_that_is_wrong() {
    let source = format!("{}b4 + + b5{}", "b1 + ".repeat(100), " + b2".repeat(100));
    let message = Formula::parse(&source).unwrap_err().to_string();
    let lines: Vec<&str> = message.lines().collect();
    let caret = lines[2].chars().position(|letter| letter == '^').unwrap();
    assert_eq!(lines[1].chars().nth(caret), Some('+'));
    assert!(lines[1].len() < 100);
}

#[test]
fn unknown_layers_are_named_with_what_was_meant() {
    let formula = parse("b4 / B45 + ndvi");
    let message = formula.require_known(&["b4", "b45", "ndvi"]).unwrap_err().to_string();
    assert!(
        message.contains("character 6: no layer is named `B45` (did you mean `b45`?"),
        "{message}"
    );
    assert!(message.contains("there are: b4, b45, ndvi"));
    assert!(formula.require_known(&["b4", "B45", "ndvi", "more"]).is_ok());
    let far = formula.require_known(&["magnetics"]).unwrap_err().to_string();
    assert!(!far.contains("did you mean"));
    assert!(parse("ndvi < 0.4").require_condition().is_ok());
    assert!(
        parse("ndvi")
            .require_condition()
            .unwrap_err()
            .to_string()
            .contains("a mask is a condition")
    );
}

#[test]
fn depth_and_length_are_bounded() {
    let message = |source: String| Formula::parse(&source).unwrap_err().to_string();
    for open in ["(", "-", "not ", "abs(", "b ^ ", "where(b < 1, 1, "] {
        assert!(message(open.repeat(150) + "b").contains("more than 100 brackets"), "{open}");
        assert!(message(open.repeat(10_000) + "b").contains("at most 2000"), "{open}");
    }
    assert!(message("b + ".repeat(100_000) + "b").contains("at most 2000"));
    let deep = format!("{}b{}", "(".repeat(99), ")".repeat(99));
    assert_eq!(parse(&deep).to_string(), "b");
    let long = "b + ".repeat(999) + "b";
    assert_eq!(parse(&long).evaluate(&[&[1.0]]).unwrap().values, [1000.0]);
    assert_eq!(parse(&long).to_string(), long);
    let wide = format!("max(b{})", ", b".repeat(900));
    assert_eq!(parse(&wide).to_string(), wide);
}

/// Numbers and conditions with all their brackets.
fn number() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (0.0..1e30_f64).prop_map(|number| format!("{number:?}")),
        (0_u32..1000).prop_map(|number| number.to_string()),
        Just("pi".to_owned()),
        Just("missing".to_owned()),
        "[a-z_][a-z0-9_]{0,3}".prop_map(|name| format!("'{name}'")),
        "[ -&(-~]{1,8}".prop_map(|name| format!("'{name}'")),
    ];
    leaf.prop_recursive(6, 40, 3, |inner| {
        let sign = prop_oneof![Just("+"), Just("-"), Just("*"), Just("/"), Just("^"),];
        let function = prop_oneof![Just("abs"), Just("sqrt"), Just("log10"), Just("sin")];
        let many = prop_oneof![Just("min"), Just("max")];
        let compare = prop_oneof![Just("<"), Just("<="), Just("=="), Just("!=")];
        let logic = prop_oneof![Just("and"), Just("or")];
        prop_oneof![
            (inner.clone(), sign, inner.clone()).prop_map(|(a, s, b)| format!("({a} {s} {b})")),
            inner.clone().prop_map(|a| format!("(-{a})")),
            (function, inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
            (many, inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(f, a, b, c)| format!("{f}({a}, {b}, {c})")),
            (inner.clone(), compare, inner.clone(), logic, inner.clone()).prop_map(
                |(a, s, b, l, c)| format!(
                    "where((not ({a} {s} {b})) {l} (is_missing({c})), {a}, {c})"
                )
            ),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_the_same(source in number()) {
        let formula = parse(&format!("({source}) + layer"));
        let printed = formula.to_string();
        let again = parse(&printed);
        prop_assert_eq!(&again, &formula, "{}", printed);
        prop_assert_eq!(again.to_string(), printed);
    }

    #[test]
    fn no_text_panics(source in "[a-c0-9.<>=!+*/^()'\", -]{0,40}|\\PC{0,20}") {
        match Formula::parse(&source) {
            Ok(formula) => {
                let layers = vec![&[1.0_f32, 0.0, -1.0, GAP][..]; formula.names().len()];
                let found = formula.evaluate(&layers).unwrap();
                prop_assert!(found.values.iter().all(|value| !value.is_infinite()));
            }
            Err(error) => prop_assert!(error.to_string().contains('^')),
        }
    }

    #[test]
    fn values_are_those_of_the_arithmetic(a in -1e3..1e3_f32, b in -1e3..1e3_f32) {
        let (x, y) = (f64::from(a), f64::from(b));
        let expected = ((x - y) / (x + y) * 2.5 - x.powi(3)) as f32;
        let found = value("(a - b) / (a + b) * 2.5 - a ^ 3", a, b);
        prop_assert!((found - expected).abs() <= expected.abs() * 1e-6, "{found} {expected}");
    }
}
