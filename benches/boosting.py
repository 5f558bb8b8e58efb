"""Boosting and extremely randomised trees beside scikit-learn: python3 benches/boosting.py

The synthetic district of `benches/forest.py`, with the same samples, folds and map. Each side judges
boosting of 100 trees of 31 leaves and a forest of 100 extremely randomised trees out of fold, fits them on
all samples and predicts the 3.95 million cells. CPU times of both sides leave out imports and the reading
of samples. scikit-learn's boosting draws nothing at random, nor does ours: the AUC out of fold of boosting
is that of one fit a fold; that of extremely randomised trees is the mean over 20 seeds, whose time is
not counted.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import forest
import peer

MODELS = ["boosting", "extra_trees"]


def fit(model, rows, labels, seed):
    from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier

    if model == "boosting":
        judge = HistGradientBoostingClassifier(early_stopping=False, random_state=seed)
    else:
        judge = ExtraTreesClassifier(100, n_jobs=1, random_state=seed)
    return judge.fit(rows, labels)


def out_of_fold(model, samples, deposit, fold, seed):
    import numpy as np

    scores = np.zeros(len(deposit), "<f4")
    for part in range(5):
        test = fold == part
        judge = fit(model, samples[~test], deposit[~test], seed)
        scores[test] = judge.predict_proba(samples[test])[:, 1]
    return scores


def sklearn(folder, model):
    """The peer's job."""
    import numpy as np
    import sklearn.ensemble  # noqa: F401, before the clock starts

    layers, samples, deposit, fold = forest.read(folder)
    start = time.process_time()
    out_of_fold(model, samples, deposit, fold, 0)
    judge = fit(model, samples, deposit, 0)
    fitted = time.process_time()
    with open(folder / f"map-{model}-sklearn.f32", "wb") as out:
        for first in range(0, forest.SIDE**2, forest.WINDOW):
            rows = np.stack([layer[first : first + forest.WINDOW] for layer in layers], axis=1)
            known = ~np.isnan(rows).any(axis=1)
            scores = np.full(len(rows), np.nan, "<f4")
            scores[known] = judge.predict_proba(rows[known])[:, 1]
            scores.tofile(out)
    times = {"fit_cpu_s": fitted - start, "predict_cpu_s": time.process_time() - fitted}
    print(json.dumps({key: round(value, 3) for key, value in times.items()}))


def seeds_of(model):
    return 1 if model == "boosting" else forest.SEEDS


def folds(folder, model):
    """The peer's scores out of fold for every seed: not counted."""
    _, samples, deposit, fold = forest.read(folder)
    with open(folder / f"held-out-{model}-sklearn.f32", "wb") as out:
        for seed in range(seeds_of(model)):
            out_of_fold(model, samples, deposit, fold, seed).tofile(out)
    print("{}")


def score(folder, model):
    """The AUC of both sides: out of fold, fold by fold, and of the map against the true deposits."""
    import numpy as np
    from sklearn.metrics import roc_auc_score

    deposit = np.fromfile(folder / "deposit.u8", "u1")
    fold = np.fromfile(folder / "fold.u8", "u1")
    truth = np.fromfile(folder / "truth.u8", "u1")
    aucs = {}
    for side in ("sklearn", "paydirt"):
        held_out = np.fromfile(folder / f"held-out-{model}-{side}.f32", "<f4")
        held_out = held_out.reshape(seeds_of(model), -1)
        of_fold = [
            np.mean([roc_auc_score(deposit[fold == k], s[fold == k]) for k in range(5)])
            for s in held_out
        ]
        drawn = np.fromfile(folder / f"map-{model}-{side}.f32", "<f4")
        known = ~np.isnan(drawn)
        aucs[side] = {
            "held_out_auc": round(np.mean([roc_auc_score(deposit, s) for s in held_out]), 5),
            "mean_fold_auc": round(np.mean(of_fold), 5),
            "map_auc": round(roc_auc_score(truth[known], drawn[known]), 5),
        }
    print(json.dumps(aucs))


def beside(folder, model, ours):
    """Both sides of one model."""
    this = [sys.executable, __file__]
    theirs = peer.measure([*this, "sklearn", folder, model])
    mine = peer.measure([ours, folder, model])
    peer.measure([*this, "folds", folder, model])
    peer.measure([ours, folder, model, str(seeds_of(model))])
    aucs = peer.measure([*this, "score", folder, model])
    for side, of_side in (("sklearn", theirs), ("paydirt", mine)):
        of_side["cpu_s"] = round(of_side["fit_cpu_s"] + of_side["predict_cpu_s"], 3)
        of_side |= aucs[side]
    ratios = {
        f"{key}_sklearn_over_paydirt": round(theirs[key] / mine[key], 2)
        for key in ("fit_cpu_s", "predict_cpu_s", "cpu_s", "peak_mib")
    }
    differences = {
        f"{key}_difference": round(mine[key] - theirs[key], 5)
        for key in ("held_out_auc", "mean_fold_auc", "map_auc")
    }
    return {"sklearn": theirs, "paydirt": mine, "ratios": ratios | differences}


def main():
    peer.enter_environment()
    ours = peer.build("bench_boosting", "--no-default-features")
    with tempfile.TemporaryDirectory() as folder:
        peer.measure([sys.executable, str(Path(__file__).with_name("forest.py")), "make", folder])
        peer.keep("boosting", {model: beside(folder, model, ours) for model in MODELS})


if __name__ == "__main__":
    if len(sys.argv) == 4:
        jobs = {"sklearn": sklearn, "folds": folds, "score": score}
        jobs[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
    else:
        main()
