"""Support vector machine beside libsvm on the same rows and folds: python3 benches/svm.py

The district of benches/forest.py: 200 deposits and 5,000 unlabelled cells x 10 layers, standardised, in 5
folds of blocks. Each side judges a balanced radial machine out of fold, fits it on all samples and predicts
every 20th window of 2,000 cells, 200,000 cells in all. libsvm is called as scikit-learn does; its CPU time
starts after its imports and leaves out the reading of files; ours is that of the whole process.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import forest
import peer

WINDOW, EVERY = 2_000, 20


def machine(rows, labels):
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    return make_pipeline(StandardScaler(), SVC(class_weight="balanced")).fit(rows, labels)


def libsvm(folder):
    """The peer's job."""
    import numpy as np
    from sklearn.svm import SVC  # noqa: F401, before the clock starts

    layers, samples, deposit, fold = forest.read(folder)
    starts = range(0, forest.SIDE * forest.SIDE, WINDOW * EVERY)
    windows = [np.stack([layer[at : at + WINDOW] for layer in layers], axis=1) for at in starts]
    start = time.process_time()
    held_out = np.zeros(len(deposit), "<f4")
    for part in range(5):
        test = fold == part
        model = machine(samples[~test], deposit[~test])
        held_out[test] = model.decision_function(samples[test])
    model = machine(samples, deposit)
    fitted = time.process_time()
    with open(folder / "map-libsvm.f32", "wb") as out:
        for rows in windows:
            known = ~np.isnan(rows).any(axis=1)
            scores = np.full(len(rows), np.nan, "<f4")
            scores[known] = model.decision_function(rows[known])
            scores.tofile(out)
    end = time.process_time()
    held_out.tofile(folder / "held-out-libsvm.f32")
    times = {"fit_cpu_s": fitted - start, "predict_cpu_s": end - fitted, "cpu_s": end - start}
    vectors = int(model[-1].n_support_.sum())
    print(json.dumps({key: round(value, 3) for key, value in times.items()} | {"vectors": vectors}))


def score(folder):
    """The AUC of both sides out of fold, and how far their decision values are apart."""
    import numpy as np
    from sklearn.metrics import roc_auc_score

    deposit = np.fromfile(folder / "deposit.u8", "u1")
    held_out = [np.fromfile(folder / f"held-out-{side}.f32", "<f4") for side in ("libsvm", "paydirt")]
    maps = [np.fromfile(folder / f"map-{side}.f32", "<f4") for side in ("libsvm", "paydirt")]
    known = ~np.isnan(maps[0])
    print(json.dumps({
        "held_out_auc": [round(roc_auc_score(deposit, scores), 5) for scores in held_out],
        "cells": int(known.sum()),
        "largest_difference_on_map": float(np.abs(maps[0] - maps[1])[known].max()),
    }))


def main():
    peer.enter_environment()
    ours = peer.build("bench_svm", "--no-default-features")
    with tempfile.TemporaryDirectory() as folder:
        this = [sys.executable, __file__]
        peer.measure([*this, "make", folder])
        theirs = peer.measure([*this, "libsvm", folder])
        mine = peer.measure([ours, folder])
        both = peer.measure([*this, "score", folder])
    mine["cpu_s"] = mine["process_cpu_s"]
    theirs["held_out_auc"], mine["held_out_auc"] = both["held_out_auc"]
    ratios = {
        "cpu_libsvm_over_paydirt": round(theirs["cpu_s"] / mine["cpu_s"], 2),
        "fit_cpu_libsvm_over_paydirt": round(theirs["fit_cpu_s"] / mine["fit_cpu_s"], 2),
        "predict_cpu_libsvm_over_paydirt": round(theirs["predict_cpu_s"] / mine["predict_cpu_s"], 2),
        "held_out_auc_difference": round(mine["held_out_auc"] - theirs["held_out_auc"], 5),
        "largest_difference_on_map": both["largest_difference_on_map"],
        "cells": both["cells"],
    }
    peer.keep("svm", {"libsvm": theirs, "paydirt": mine, "ratios": ratios})


if __name__ == "__main__":
    jobs = {"make": forest.make, "libsvm": libsvm, "score": score}
    if len(sys.argv) == 3:
        jobs[sys.argv[1]](Path(sys.argv[2]))
    else:
        main()
