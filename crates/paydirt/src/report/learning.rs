//! A learning curve as a picture that stands alone.

use std::fmt::Write as _;

use paydirt_core::metric::Figure;

use super::number::{figure, round_step};

/// What is varied.
#[derive(Clone, Debug)]
pub struct Across {
    /// What the numbers are.
    pub name: String,
    /// What the bars are.
    pub note: String,
}

impl Across {
    /// Deposits that train.
    #[must_use]
    pub fn deposits() -> Self {
        Self {
            name: "deposits that train, at most".into(),
            note: "Bars: 95 % intervals, bootstrap over groups of ground. Deposits on a logarithmic scale; \
                   other samples as they are."
                .into(),
        }
    }
}

/// A figure at a value of what is varied.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// The value, over 0: deposits that train, layers of a network.
    pub across: f64,
    /// The figure.
    pub figure: Figure,
}

/// A model over the values.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// Its figures, by ascending values.
    pub points: Vec<Point>,
}

const WIDTH: f64 = 820.0;
const HEIGHT: f64 = 484.0;
/// The frame.
const LEFT: f64 = 66.0;
const RIGHT: f64 = 580.0;
const TOP: f64 = 52.0;
const BOTTOM: f64 = 404.0;
/// Okabe and Ito's colours, which all eyes tell apart, without the yellow; dashes tell more than seven.
const COLOURS: [&str; 7] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#4d4d4d"];
const DASHES: [&str; 3] = ["none", "7 4", "2 3"];
/// Between names at the right.
const APART: f64 = 15.0;

/// Where numbers lie.
struct Scale {
    across: [f64; 2],
    value: [f64; 2],
    step: f64,
}

impl Scale {
    fn of(lines: &[Line]) -> Self {
        let points = || lines.iter().flat_map(|line| &line.points);
        let ends = |values: &mut dyn Iterator<Item = f64>| {
            values
                .filter(|v| v.is_finite())
                .fold([f64::MAX, f64::MIN], |[low, high], v| [low.min(v), high.max(v)])
        };
        let across = ends(&mut points().map(|point| point.across.ln()));
        let [low, high] =
            ends(&mut points().flat_map(|p| [p.figure.low, p.figure.high, p.figure.value]));
        let [low, high] = if low < high { [low, high] } else { [low - 0.1, low + 0.1] };
        let step = round_step(high - low, 5.0);
        Self { across, value: [(low / step).floor() * step, (high / step).ceil() * step], step }
    }

    fn left(&self, across: f64) -> f64 {
        let [first, last] = self.across;
        let share = (across.ln() - first) / (last - first).max(f64::MIN_POSITIVE);
        LEFT + 14.0 + share * (RIGHT - LEFT - 28.0)
    }

    fn top(&self, value: f64) -> f64 {
        let [low, high] = self.value;
        BOTTOM - (value - low) / (high - low) * (BOTTOM - TOP)
    }
}

/// The curve as SVG: a line a model, its 95 % intervals, and its name where it ends.
#[must_use]
pub fn drawn(ground: &str, metric: &str, across: &Across, lines: &[Line]) -> String {
    let scale = Scale::of(lines);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#222\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"24\" font-size=\"16\" font-weight=\"600\">{}: {} on held-out ground</text>\n",
        escaped(ground),
        escaped(metric)
    );
    axes(&mut svg, &scale, across, lines);
    let names = name_tops(&scale, lines);
    for (number, line) in lines.iter().enumerate() {
        let look = (COLOURS[number % COLOURS.len()], DASHES[number / COLOURS.len() % DASHES.len()]);
        model(&mut svg, &scale, line, (number, lines.len()), (look, names[number]));
    }
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"{}\" fill=\"#555\">{}</text>\n</svg>",
        HEIGHT - 12.0,
        escaped(&across.note)
    );
    svg
}

fn axes(svg: &mut String, scale: &Scale, across: &Across, lines: &[Line]) {
    let [low, high] = scale.value;
    for tick in 0..=((high - low) / scale.step).round() as usize {
        let value = low + tick as f64 * scale.step;
        let top = scale.top(value);
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {top:.1}H{RIGHT}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{:.1}\" \
             text-anchor=\"end\">{}</text>",
            LEFT - 8.0,
            top + 4.0,
            figure(value)
        );
    }
    let mut counts: Vec<f64> =
        lines.iter().flat_map(|line| line.points.iter().map(|point| point.across)).collect();
    counts.sort_by(f64::total_cmp);
    counts.dedup();
    let mut last = f64::MIN;
    for count in counts {
        let left = scale.left(count);
        let _ = write!(svg, "<path d=\"M{left:.1} {BOTTOM}v5\" stroke=\"#888\"/>");
        if left - last > 24.0 {
            last = left;
            let _ = writeln!(
                svg,
                "<text x=\"{left:.1}\" y=\"{}\" text-anchor=\"middle\">{count}</text>",
                BOTTOM + 20.0
            );
        }
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
        f64::midpoint(LEFT, RIGHT),
        BOTTOM + 40.0,
        escaped(&across.name)
    );
}

/// Heights of the names at the right, none on another.
fn name_tops(scale: &Scale, lines: &[Line]) -> Vec<f64> {
    let end = |line: &Line| line.points.last().map_or(TOP, |point| scale.top(point.figure.value));
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|a, b| end(&lines[*a]).total_cmp(&end(&lines[*b])));
    let (mut tops, mut least) = (vec![0.0; lines.len()], TOP);
    for number in order {
        tops[number] = end(&lines[number]).max(least);
        least = tops[number] + APART;
    }
    // What was pushed under the frame pushes the others up.
    let over = (least - APART - BOTTOM).max(0.0);
    tops.into_iter().map(|top| top - over).collect()
}

fn model(
    svg: &mut String,
    scale: &Scale,
    line: &Line,
    (number, of): (usize, usize),
    ((colour, dash), name_top): ((&str, &str), f64),
) {
    // Bars of models stand side by side.
    let aside = (number as f64 - (of as f64 - 1.0) / 2.0) * 2.0;
    let at = |point: &Point| (scale.left(point.across) + aside, scale.top(point.figure.value));
    let mut path = String::new();
    for point in &line.points {
        let (left, top) = at(point);
        let _ = write!(path, "{}{left:.1} {top:.1}", if path.is_empty() { 'M' } else { 'L' });
        let (low, high) = (scale.top(point.figure.low), scale.top(point.figure.high));
        let _ = writeln!(
            svg,
            "<path d=\"M{left:.1} {low:.1}V{high:.1}\" stroke=\"{colour}\" stroke-opacity=\".35\"/>\
             <circle cx=\"{left:.1}\" cy=\"{top:.1}\" r=\"3\" fill=\"{colour}\"/>"
        );
    }
    let (left, top) = line.points.last().map_or((RIGHT, TOP), at);
    let _ = writeln!(
        svg,
        "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>\
         <path d=\"M{:.1} {top:.1}L{:.1} {name_top:.1}\" stroke=\"{colour}\" stroke-opacity=\".5\"/>\
         <text x=\"{}\" y=\"{:.1}\" fill=\"{colour}\">{}</text>",
        left + 5.0,
        RIGHT + 8.0,
        RIGHT + 12.0,
        name_top + 4.0,
        escaped(&line.name)
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, values: &[f64]) -> Line {
        let point = |(at, value): (usize, &f64)| Point {
            across: f64::from(5 << at),
            figure: Figure { value: *value, low: value - 0.05, high: value + 0.05, spread: 0.01 },
        };
        Line { name: name.into(), points: values.iter().enumerate().map(point).collect() }
    }

    #[test]
    fn names_stand_apart_and_inside() {
        let lines: Vec<Line> =
            (0..12).map(|number| line(&format!("m{number}"), &[0.6, 0.7])).collect();
        let mut tops = name_tops(&Scale::of(&lines), &lines);
        tops.sort_by(f64::total_cmp);
        assert!(tops.windows(2).all(|pair| pair[1] - pair[0] > APART - 1e-9));
        assert!(*tops.last().unwrap() <= BOTTOM + 1e-9);
    }

    #[test]
    fn a_curve_of_one_number_and_of_equal_figures_is_drawn() {
        for lines in
            [vec![line("a < b & c", &[0.5])], vec![line("a", &[0.5; 3]), line("b", &[0.5; 3])]]
        {
            let svg = drawn("ground", "ROC AUC", &Across::deposits(), &lines);
            assert!(
                !svg.contains("NaN") && !svg.contains("inf") && !svg.contains("a < b"),
                "{svg}"
            );
            let points: usize = lines.iter().map(|line| line.points.len()).sum();
            assert_eq!(svg.matches("<circle").count(), points);
        }
    }
}
