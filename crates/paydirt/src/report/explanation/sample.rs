//! An explanation such as a run makes, for the tests of the page.

use crate::explain::Found;
use crate::explain::counterfactual::{self, OfTarget};
use crate::explain::effects::{self, Effect};
use crate::explain::groups::{FoundBy, LayerGroup};
use crate::explain::permutation::{self, GroupImportance};
use crate::explain::place::Part;
use crate::explain::shap::{self, CellLine, LayerLine, Waterfall};
use crate::explain::stability;
use crate::explain::told::{Told, Value};
use crate::explain::trees;

const LAYERS: [&str; 3] = ["antimony", "arsenic", "geology"];
const CELLS: usize = 40;

fn shap() -> shap::Found {
    let cell = |row: usize| CellLine {
        easting: Some(row as f64),
        northing: Some(0.0),
        drawn: row < 36,
        target: (row == 36).then_some(1),
        deposit: row == 37,
    };
    let layer = |(at, name): (usize, &&str)| LayerLine {
        layer: (*name).into(),
        unit: "class".into(),
        ordered: at < 2,
        mean_size: 0.1 / (at + 1) as f64,
        values: (0..CELLS).map(|row| (row % 11 > 0).then_some((row * 7 % 10) as f32)).collect(),
        shares: (0..CELLS)
            .map(|row| ((row * 7 % 10) as f32 - 4.0) / (30 * (at + 1)) as f32)
            .collect(),
        companion: (at == 0).then(|| "arsenic".into()),
    };
    let part = |(at, name): (usize, &&str)| Part {
        layer: (*name).into(),
        value: Value { number: Some(9.0), class: None, unit: "class".into() },
        share: [0.3, 0.2, -0.05][at],
    };
    shap::Found {
        unit: "score".into(),
        base: 0.048,
        cells: (0..CELLS).map(cell).collect(),
        layers: LAYERS.iter().enumerate().map(layer).collect(),
        waterfalls: vec![Waterfall {
            target: 1,
            score: 0.498,
            parts: LAYERS.iter().enumerate().map(part).collect(),
        }],
    }
}

fn effects() -> effects::Found {
    let effect = |(at, name): (usize, &&str)| Effect {
        layer: (*name).into(),
        unit: "class".into(),
        ordered: at < 2,
        points: vec![1.0, 2.0, 5.0, 9.0],
        classes: vec![None, None, None, (at == 2).then(|| "granite".into())],
        partial_dependence: vec![Some(0.1), Some(0.15), Some(0.2), None],
        accumulated: (at < 2).then(|| vec![-0.05, 0.0, 0.02, 0.1]),
        curves: vec![vec![Some(0.05), Some(0.1), None, Some(0.2)], vec![Some(0.4); 4]],
        deposits: vec![5.0, 9.0, 9.0],
    };
    effects::Found {
        unit: "score".into(),
        cells: 36,
        layers: LAYERS.iter().enumerate().map(effect).collect(),
        constant: vec!["calcium".into()],
    }
}

fn stability() -> stability::Found {
    let layer = |(at, name): (usize, &&str)| stability::LayerLine {
        layer: (*name).into(),
        mean_size: 0.1 / (at + 1) as f64,
        spread: 0.01,
        sign_agreement: Some(0.93),
        directions: (at < 2).then_some([0.5, 0.9]),
        directions_of_repeats: (at < 2).then_some([-0.1, 0.8]),
        flips: at == 1,
    };
    stability::Found {
        members: 5,
        members_rank_correlation: Some(0.94),
        members_least: Some(0.89),
        repeats: 5,
        repeats_rank_correlation: Some(0.91),
        repeats_least: Some(0.79),
        layers: LAYERS.iter().enumerate().map(layer).collect(),
    }
}

fn trees() -> trees::Found {
    let layer = |(at, name): (usize, &&str)| trees::LayerLine {
        layer: (*name).into(),
        path_dependent: 0.1 / (at + 1) as f64,
        interventional: 0.12 / (at + 2) as f64,
    };
    let pair = trees::PairLine { layers: ["antimony", "arsenic"].map(Into::into), size: 0.021 };
    trees::Found {
        unit: "score".into(),
        cells: 36,
        background: 18,
        layers: LAYERS.iter().enumerate().map(layer).collect(),
        pairs: vec![pair],
    }
}

/// An explanation such as a run makes.
pub(crate) fn found() -> Found {
    let group = LayerGroup {
        name: "antimony + arsenic".into(),
        layers: vec!["antimony".into(), "arsenic".into()],
        found_by: FoundBy::Correlation,
    };
    let group =
        GroupImportance { group, auc_fall: 0.171, spread: 0.02, alone: vec![Some(0.081), None] };
    let told = Told {
        inside: true,
        sentence: "It would drop out of the best 5\u{a0}% of the area if `antimony` were class 3 \
                   instead of 9."
            .into(),
        ..Told::default()
    };
    Found {
        shap: Some(shap()),
        permutation: Some(permutation::Found { groups: vec![group] }),
        stability: Some(stability()),
        trees: Some(trees()),
        network: None,
        effects: Some(effects()),
        counterfactual: Some(counterfactual::Found {
            best_percent: 5.0,
            at_least: 0.00328,
            targets: vec![OfTarget { target: 1, told }],
        }),
    }
}
