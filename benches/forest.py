"""Random forest beside scikit-learn on the same rows and folds: python3 benches/forest.py

One synthetic district: 2000 x 2000 cells, 10 smooth layers (float32), 50,000 cells without data, 200
deposits and 5,000 unlabelled cells in 5 folds of blocks. Each side judges 100 trees out of fold, fits them on
all samples and predicts the 3.95 million cells, reading windows of 100 rows of the grid. scikit-learn's CPU time
starts after its imports; ours is that of the whole process. The AUC of one seed has a standard deviation
of 0.005 on either side, so the AUC out of fold is the mean over 20 seeds, whose time is not counted.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import peer

SIDE, LAYERS, WINDOW, SEEDS = 2000, 10, 200_000, 20


def make(folder):
    """Writes layer-0.f32 ..., cells.i32, deposit.u8 and fold.u8 (one a sample), truth.u8."""
    import numpy as np
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(7)
    fields = []
    for layer in range(LAYERS):
        rough = gaussian_filter(rng.normal(size=(SIDE, SIDE)), [2, 4, 8, 16, 32][layer % 5])
        fields.append(((rough - rough.mean()) / rough.std()).ravel())
    a, b, c, d = fields[1], fields[2], fields[3], fields[4]
    logit = 1.6 * a + 1.2 * np.maximum(b, 0) * (c > 0) - 0.8 * np.abs(d) + 0.6 * a * b
    chance = 1 / (1 + np.exp(-(logit - 4)))
    missing = rng.choice(SIDE * SIDE, 50_000, replace=False)
    chance[missing] = 0
    truth = rng.random(SIDE * SIDE) < chance
    deposits = rng.choice(np.flatnonzero(truth), 200, replace=False)
    free = np.setdiff1d(np.arange(SIDE * SIDE), np.concatenate([missing, deposits]))
    cells = np.concatenate([deposits, rng.choice(free, 5000, replace=False)])
    block = (cells // SIDE // 100) * 20 + cells % SIDE // 100
    fold = rng.integers(0, 5, 400)[block]
    for layer, field in enumerate(fields):
        field[missing] = np.nan
        field.astype("<f4").tofile(folder / f"layer-{layer}.f32")
    cells.astype("<i4").tofile(folder / "cells.i32")
    (np.arange(len(cells)) < 200).astype("u1").tofile(folder / "deposit.u8")
    fold.astype("u1").tofile(folder / "fold.u8")
    truth.astype("u1").tofile(folder / "truth.u8")
    print("{}")


def read(folder):
    """The layers, and the samples' rows, labels and folds."""
    import numpy as np

    layers = [np.memmap(folder / f"layer-{i}.f32", "<f4", "r") for i in range(LAYERS)]
    cells = np.fromfile(folder / "cells.i32", "<i4")
    samples = np.stack([layer[cells] for layer in layers], axis=1)
    deposit = np.fromfile(folder / "deposit.u8", "u1")
    return layers, samples, deposit, np.fromfile(folder / "fold.u8", "u1")


def forest(rows, labels, seed):
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(100, n_jobs=1, random_state=seed).fit(rows, labels)


def out_of_fold(samples, deposit, fold, seed):
    """Each sample's score from the forest that did not see its fold."""
    import numpy as np

    scores = np.zeros(len(deposit), "<f4")
    for part in range(5):
        test = fold == part
        model = forest(samples[~test], deposit[~test], seed)
        scores[test] = model.predict_proba(samples[test])[:, 1]
    return scores


def sklearn(folder):
    """The peer's job."""
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier  # noqa: F401, before the clock starts

    start = time.process_time()
    layers, samples, deposit, fold = read(folder)
    out_of_fold(samples, deposit, fold, 0)
    model = forest(samples, deposit, 0)
    fitted = time.process_time()
    with open(folder / "map-sklearn.f32", "wb") as out:
        for first in range(0, SIDE * SIDE, WINDOW):
            rows = np.stack([layer[first : first + WINDOW] for layer in layers], axis=1)
            known = ~np.isnan(rows).any(axis=1)
            scores = np.full(len(rows), np.nan, "<f4")
            scores[known] = model.predict_proba(rows[known])[:, 1]
            scores.tofile(out)
    end = time.process_time()
    leaves = sum(int(tree.tree_.n_leaves) for tree in model.estimators_)
    times = {"fit_cpu_s": fitted - start, "predict_cpu_s": end - fitted, "cpu_s": end - start}
    print(json.dumps({key: round(value, 3) for key, value in times.items()} | {"leaves": leaves}))


def folds(folder):
    """The peer's scores out of fold for every seed: not counted."""
    _, samples, deposit, fold = read(folder)
    with open(folder / "held-out-sklearn.f32", "wb") as out:
        for seed in range(SEEDS):
            out_of_fold(samples, deposit, fold, seed).tofile(out)
    print("{}")


def score(folder):
    """The AUC of both sides: out of fold, and of the map against the true deposits."""
    import numpy as np
    from sklearn.metrics import roc_auc_score

    deposit = np.fromfile(folder / "deposit.u8", "u1")
    truth = np.fromfile(folder / "truth.u8", "u1")
    aucs = {}
    for side in ("sklearn", "paydirt"):
        held_out = np.fromfile(folder / f"held-out-{side}.f32", "<f4").reshape(SEEDS, -1)
        held_out = [roc_auc_score(deposit, scores) for scores in held_out]
        drawn = np.fromfile(folder / f"map-{side}.f32", "<f4")
        known = ~np.isnan(drawn)
        aucs[side] = {
            "held_out_auc": round(np.mean(held_out), 5),
            "held_out_auc_sd": round(np.std(held_out, ddof=1), 5),
            "map_auc": round(roc_auc_score(truth[known], drawn[known]), 5),
            "cells": int(known.sum()),
        }
    print(json.dumps(aucs))


def main():
    peer.enter_environment()
    ours = peer.build("bench_forest")
    with tempfile.TemporaryDirectory() as folder:
        this = [sys.executable, __file__]
        peer.measure([*this, "make", folder])
        theirs = peer.measure([*this, "sklearn", folder])
        mine = peer.measure([ours, folder])
        peer.measure([*this, "folds", folder])
        peer.measure([ours, folder, str(SEEDS)])
        aucs = peer.measure([*this, "score", folder])
    theirs |= aucs["sklearn"]
    mine |= aucs["paydirt"]
    mine["cpu_s"] = mine["process_cpu_s"]
    ratios = {
        "cpu_sklearn_over_paydirt": round(theirs["cpu_s"] / mine["cpu_s"], 2),
        "peak_sklearn_over_paydirt": round(theirs["peak_mib"] / mine["peak_mib"], 2),
        "held_out_auc_difference": round(mine["held_out_auc"] - theirs["held_out_auc"], 5),
        "map_auc_difference": round(mine["map_auc"] - theirs["map_auc"], 5),
    }
    peer.keep("forest", {"sklearn": theirs, "paydirt": mine, "ratios": ratios})


if __name__ == "__main__":
    jobs = {"make": make, "sklearn": sklearn, "folds": folds, "score": score}
    if len(sys.argv) == 3:
        jobs[sys.argv[1]](Path(sys.argv[2]))
    else:
        main()
