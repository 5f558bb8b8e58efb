//! Settings out of range, and a command line that asks for what cannot be.

use crate::{Case, table};

const SETTING_HINT: &str = "hint: give it another value in the project file";
const LABEL_HINT: &str =
    "hint: add labels, widen the study area, or use smaller blocks, buffers and distances";

const SETTINGS_OUT_OF_RANGE_NAME_THEIR_KEY: &[Case] = &[
    Case::new(
        "one fold",
        |p| p.edit("folds = 2", "folds = 1"),
        2,
        &["`split.blocks.folds` is 1, but must be at least 2", SETTING_HINT],
    ),
    Case::new(
        "no repeats",
        |p| p.edit("repeats = 1", "repeats = 0"),
        2,
        &["`split.repeats` is 0, but must be 1 to 10000"],
    ),
    Case::new(
        "no trees",
        |p| p.edit("trees = 20", "trees = 0"),
        2,
        &["`model.forest.trees` is 0, but must be 1 to 100000"],
    ),
    Case::new(
        "no bags",
        |p| p.edit("[model.forest]", "[unlabelled.bagging]\nbags = 0\n[model.forest]"),
        2,
        &["`unlabelled.bagging.bags` is 0, but must be 1 to 1000", SETTING_HINT],
    ),
    Case::new(
        "no neighbours to make samples between",
        |p| p.edit("[model.forest]", "[balance.smote]\nneighbours = 0\n[model.forest]"),
        2,
        &["`balance.smote.neighbours` is 0, but must be 1 to 1000", SETTING_HINT],
    ),
    Case::new(
        "deposits that keep no distance",
        |p| p.edit("[model.forest]", "[thinning]\nat_least_m = 0\n[model.forest]"),
        2,
        &["`thinning.at_least_m` is 0, but must be a length over 0", SETTING_HINT],
    ),
    Case::new(
        "two ways to learn from unlabelled samples at once",
        |p| {
            let both = "[unlabelled.spy]\n[model.boosting]\nloss = \"nnpu\"";
            p.edit("[model.forest]", both);
        },
        2,
        &["the loss of [model.boosting] is one for unlabelled samples", "keep one of them"],
    ),
    Case::new(
        "unlabelled samples where there are none",
        |p| {
            p.edit(
                "[sample.distant_unlabelled]\nper_deposit = 5\nat_least_m = 200",
                "[sample.given_negatives]",
            );
            p.edit("[model.forest]", "[unlabelled.bagging]\n[model.forest]");
        },
        2,
        &["[unlabelled.bagging] learns from unlabelled samples", "verified negatives need no"],
    ),
    Case::new(
        "no members",
        |p| p.edit("members = 1", "members = 0"),
        2,
        &["`uncertainty.ensemble.members` is 0, but must be 1 to 10000", SETTING_HINT],
    ),
    Case::new(
        "one refit, which varies from nothing",
        |p| p.edit("members = 1", "members = 1\n[uncertainty.model]\nrefits = 1"),
        2,
        &["`uncertainty.model.refits` is 1, but must be 0, or 2 to 1000", SETTING_HINT],
    ),
    Case::new(
        "one imputation",
        |p| p.edit("members = 1", "members = 1\n[uncertainty.evidence]\nimputations = 1"),
        2,
        &["`uncertainty.evidence.imputations` is 1, but must be 0, or 2 to 100"],
    ),
    Case::new(
        "no cell to take what is missing from",
        |p| p.edit("members = 1", "members = 1\n[uncertainty.evidence]\nneighbours = 0"),
        2,
        &["`uncertainty.evidence.neighbours` is 0, but must be 1 to 1000"],
    ),
    Case::new(
        "a certain error",
        |p| p.edit("members = 1", "members = 1\n[uncertainty.conformal]\nalpha = 1"),
        2,
        &["`uncertainty.conformal.alpha` is 1, but must be over 0 and under 1"],
    ),
    Case::new(
        "all of the area the best",
        |p| p.edit("members = 1", "members = 1\n[uncertainty.risk_return]\ntop_percent = 100"),
        2,
        &["`uncertainty.risk_return.top_percent` is 100, but must be over 0 and under 100"],
    ),
    Case::new(
        "so many spreads that are none",
        |p| p.edit("members = 1", "members = 1\n[uncertainty.risk_return]\nspreads = nan"),
        2,
        &["`uncertainty.risk_return.spreads` is NaN, but must be over 0 and finite"],
    ),
    Case::new(
        "another way to work that sees no evidence",
        |p| {
            p.edit(
                "members = 1",
                "members = 1\n[[uncertainty.workflow]]\nmodel = { indicator_kriging = {} }",
            );
        },
        2,
        &[
            "`uncertainty.workflow` is model `indicator_kriging`, but must be models that see the evidence",
        ],
    ),
    Case::new(
        "nothing to stand against deposits",
        |p| p.edit("per_deposit = 5", "per_deposit = 0"),
        2,
        &["`sample.distant_unlabelled.per_deposit` is 0, but must be at least 1", SETTING_HINT],
    ),
    Case::new(
        "trees beyond number",
        |p| p.edit("trees = 20", "trees = 9000000000000000000"),
        2,
        &["`model.forest.trees` is 9000000000000000000, but must be 1 to 100000"],
    ),
    Case::new(
        "repeats beyond number",
        |p| p.edit("repeats = 1", "repeats = 9000000000000000000"),
        2,
        &["`split.repeats` is 9000000000000000000, but must be 1 to 10000"],
    ),
    Case::new(
        "shuffles beyond number",
        |p| p.edit("shuffles = 0", "shuffles = 9000000000000000000"),
        2,
        &["`explain.permutation.shuffles` is 9000000000000000000, but must be 0 to 1000"],
    ),
    Case::new(
        "explained in too few cells",
        |p| p.edit("shap = { rasters = false }", "shap = { rasters = false, cells = 3 }"),
        2,
        &["`explain.shap.cells` is 3, but must be 50 to 10000"],
    ),
    Case::new(
        "an effect in one part",
        |p| p.edit("[explain]", "[explain]\neffects = { parts = 1 }"),
        2,
        &["`explain.effects.parts` is 1, but must be 2 to 200"],
    ),
    Case::new(
        "the best of everything",
        |p| p.edit("[explain]", "[explain]\ncounterfactual = { best_percent = 100 }"),
        2,
        &["`explain.counterfactual.best_percent` is 100, but must be over 0 and under 100"],
    ),
    Case::new(
        "changeable layers that are none",
        |p| p.edit("[explain]", "[explain]\ncounterfactual = { changeable = [\"gold\"] }"),
        2,
        &["`explain.counterfactual.changeable` names `gold`, which no layer is called"],
    ),
    Case::new(
        "a correlation of nothing",
        |p| p.edit("shuffles = 0", "shuffles = 1, correlation = 0.1"),
        2,
        &["`explain.permutation.correlation` is 0.1, but must be 0.5 to 1"],
    ),
    Case::new(
        "targets of no area, told before the run",
        |p| p.edit("[model.forest]", "[target]\ntop_share_percent = 0\n\n[model.forest]"),
        2,
        &["`target.top_share_percent` is 0, but must be over 0 to 100", SETTING_HINT],
    ),
    Case::new(
        "a length that is none",
        |p| p.edit("block_m = 1000", "block_m = nan"),
        2,
        &["`split.blocks.block_m` is NaN, but must be a length over 0", SETTING_HINT],
    ),
    Case::new(
        "a negative length",
        |p| p.edit("buffer_m = 0", "buffer_m = -1"),
        2,
        &["`split.blocks.buffer_m` is -1, but must be a length of 0 or more"],
    ),
    Case::new(
        "an infinite distance",
        |p| p.edit("at_least_m = 200", "at_least_m = inf"),
        2,
        &["`sample.distant_unlabelled.at_least_m` is inf"],
    ),
    Case::new(
        "blocks beyond number",
        |p| p.edit("block_m = 1000", "block_m = 1e-6"),
        2,
        &["`split.blocks.block_m` is 0.000001, but must be at least so large"],
    ),
    Case::new(
        "one block over all",
        |p| p.edit("block_m = 1000", "block_m = 1e12"),
        3,
        &["blocks of 1000000000000 m with deposits", "1 found, at least 2 needed", LABEL_HINT],
    ),
    Case::new(
        "a buffer over all",
        |p| p.edit("buffer_m = 0", "buffer_m = 1e9"),
        3,
        &["deposits to train on while fold 1 is held out: 0 found, at least 1 needed", LABEL_HINT],
    ),
    Case::new(
        "too far from every deposit",
        |p| p.edit("at_least_m = 200", "at_least_m = 1e9"),
        3,
        &["unlabelled units 1000000000 m from every deposit", "0 found, at least 1 needed"],
    ),
    Case::new(
        "no principal component",
        |p| p.edit("[labels]", "[features]\nsteps = [{ pca = { components = 0 } }]\n\n[labels]"),
        2,
        &["`pca.components` is 0, but must be at least 1", SETTING_HINT],
    ),
    Case::new(
        "more than all variance",
        |p| {
            p.edit(
                "[labels]",
                "[features]\nsteps = [{ pca = { explained_share = 1.5 } }]\n\n[labels]",
            );
        },
        2,
        &["`pca.explained_share` is 1.5, but must be over 0 and up to 1"],
    ),
    Case::new(
        "categories beyond number",
        |p| {
            p.edit("unit = \"ppm\"", "type = \"categorical\"");
            p.edit("impute_median", "one_hot");
        },
        3,
        &[
            "step `one_hot` on `arsenic`: has",
            "categories, more than `max_categories` = 64",
            "hint: ",
        ],
    ),
    Case::new(
        "an average of categories",
        |p| p.edit("unit = \"class\"", "resample = \"bilinear\""),
        3,
        &[
            "lithology.tif` is categorical, which `bilinear` would falsify",
            "hint: name one of the allowed",
        ],
    ),
    Case::new(
        "more folds than there are blocks",
        |p| p.edit("folds = 2", "folds = 9000000000000000000"),
        0,
        &["blocks of 1000 m hold deposits", "folds instead of 9000000000000000000"],
    )
    .ask(&["compare", "project.toml", "--models", "logistic"]),
    Case::new(
        "more to draw than there is",
        |p| p.edit("per_deposit = 5", "per_deposit = 9223372036854775807"),
        0,
        &["unlabelled units could be drawn"],
    )
    .ask(&["compare", "project.toml", "--models", "logistic"]),
];

#[test]
fn settings_out_of_range_name_their_key() {
    table(SETTINGS_OUT_OF_RANGE_NAME_THEIR_KEY);
}

const THE_COMMAND_LINE_IS_CHECKED: &[Case] = &[
    Case::new("nothing asked", |_| {}, 2, &["unrecognized subcommand"]).ask(&["dig"]),
    Case::new("an option that is none", |_| {}, 2, &["unexpected argument '--treads'"])
        .ask(&["run", "--treads=2"]),
    Case::new("no threads", |_| {}, 2, &["'0'", "1..=1024"]).ask(&["run", "--threads", "0"]),
    Case::new("too many threads", |_| {}, 2, &["'100000'", "1..=1024"]).ask(&[
        "run",
        "--threads",
        "100000",
    ]),
    Case::new("a seed beyond number", |_| {}, 2, &["18446744073709551616"]).ask(&[
        "run",
        "--seed",
        "18446744073709551616",
    ]),
    Case::new("no size", |_| {}, 2, &["`lots` is no unit of memory; write `2GiB`"]).ask(&[
        "run",
        "--max-memory",
        "lots",
    ]),
    Case::new(
        "too little memory",
        |_| {},
        1,
        &["the run needs", "MiB, but `--max-memory` allows 1 MiB", "hint: raise `--max-memory`"],
    )
    .ask(&["run", "--max-memory", "1MiB"]),
    Case::new(
        "set without a value",
        |_| {},
        2,
        &["cannot apply `--set seed`: there is no `=`", "hint: write it"],
    )
    .ask(&["run", "--set", "seed"]),
    Case::new("set an unknown key", |_| {}, 2, &["unknown field `tree`, expected one of `trees`"])
        .ask(&["run", "--set", "model.forest.tree=2"]),
    Case::new("set what is not in the list", |_| {}, 2, &["there is no `99`"]).ask(&[
        "run",
        "--set",
        "evidence.99.unit=m",
    ]),
    Case::new("set a second model", |_| {}, 2, &["more than one choice of a kind"]).ask(&[
        "run",
        "--set",
        "model.logistic.penalty=1",
    ]),
    Case::new("a district too small", |_| {}, 2, &["'5'", "30..=10000"]).ask(&[
        "demo",
        "--size-cells",
        "5",
    ]),
    Case::new(
        "a model that is none",
        |_| {},
        2,
        &["there is no model `woods`", "hint: there are: boosting"],
    )
    .ask(&["compare", "project.toml", "--models", "woods"]),
    Case::new(
        "a project beside a run",
        |_| {},
        2,
        &["compare takes one project file, or run folders"],
    )
    .ask(&["compare", "project.toml", "data"]),
    Case::new("a file that has no schema", |_| {}, 2, &["'map'", "project, report, receipt"])
        .ask(&["schema", "map"]),
    Case::new("a folder that is not there", |_| {}, 2, &["nowhere"]).ask(&["init", "nowhere"]),
    Case::new(
        "a project to be made where one is",
        |_| {},
        2,
        &["`project.toml` is there already", "--overwrite"],
    )
    .ask(&["init", "data", "--out", "project.toml"]),
];

#[test]
fn the_command_line_is_checked() {
    table(THE_COMMAND_LINE_IS_CHECKED);
}
