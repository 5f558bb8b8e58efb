"""Exact TreeSHAP beside the shap package on the same trees: python3 benches/shap_peer.py

scikit-learn grows 500 trees on 2,000 rows of 20 columns whose values are 0 to 99, so that both sides
hold the same trees; 1,000,000 rows are explained by ours, and the first 1,000 of them by shap (it takes
the same time for each row), whose CPU time is scaled up. shap's time leaves out imports and reading, ours
is that of the whole process.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import peer

ROWS, COLUMNS, TREES, ASKED = 1_000_000, 20, 500, 1000


def stored_tree(tree, edges):
    """A scikit-learn tree as ours are saved: depth first, left before right."""
    split, bins, leaves, pending = [], [], [], [0]
    while pending:
        node = pending.pop()
        if tree.children_left[node] < 0:
            split.append(-1)
            weight = float(tree.weighted_n_node_samples[node])
            leaves.append({"share": float(tree.value[node, 0, 1]), "weight": weight})
            continue
        feature = int(tree.feature[node])
        split.append(feature)
        bins.append(edges[feature].index(float(tree.threshold[node])))
        pending += [tree.children_right[node], tree.children_left[node]]
    return {"split": split, "bin": bins, "leaves": leaves}


def run(folder):
    import numpy as np
    import shap
    from sklearn.ensemble import RandomForestClassifier

    rng = np.random.default_rng(1)
    rows = rng.integers(0, 100, (ROWS, COLUMNS)).astype("<f4")
    train = rng.integers(0, 100, (2000, COLUMNS)).astype("<f4")
    score = train[:, 0] + train[:, 1] * (train[:, 2] > 60) - 0.5 * train[:, 3]
    labels = score + rng.normal(0, 15, 2000) > 110
    model = RandomForestClassifier(TREES, random_state=0).fit(train, labels)
    trees = [tree.tree_ for tree in model.estimators_]
    edges = [
        sorted({float(t) for tree in trees for t in tree.threshold[tree.feature == column]})
        for column in range(COLUMNS)
    ]
    forest = {
        "columns": [f"layer-{column}" for column in range(COLUMNS)],
        "edges": edges,
        "trees": [stored_tree(tree, edges) for tree in trees],
    }
    (folder / "forest.json").write_text(json.dumps({"forest": forest}))
    (folder / "shape.json").write_text(json.dumps([ROWS, COLUMNS]))
    rows.T.tofile(folder / "rows.f32")
    explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    start = time.process_time()
    shares = explainer.shap_values(rows[:ASKED])[:, :, 1]
    taken = (time.process_time() - start) * ROWS / ASKED
    shares.T.tofile(folder / "shares-shap.f64")
    leaves = int(sum(tree.n_leaves for tree in trees))
    print(json.dumps({"cpu_s": round(taken, 2), "leaves": leaves}))


def compare(folder):
    import numpy as np

    theirs = np.fromfile(folder / "shares-shap.f64").reshape(COLUMNS, ASKED)
    ours = np.fromfile(folder / "shares-paydirt.f32", "<f4").reshape(COLUMNS, ROWS)
    print(json.dumps({"largest_difference": float(np.abs(ours[:, :ASKED] - theirs).max())}))


def main():
    peer.enter_environment()
    ours = peer.build("bench_shap", "--no-default-features")
    with tempfile.TemporaryDirectory() as folder:
        this = [sys.executable, __file__]
        theirs = peer.measure([*this, "run", folder])
        mine = peer.measure([ours, folder])
        difference = peer.measure([*this, "compare", folder])["largest_difference"]
    mine["cpu_s"] = mine["process_cpu_s"]
    for side in (theirs, mine):
        side["cpu_s_per_million_row_trees"] = round(side["cpu_s"] / ROWS / TREES * 1e6, 4)
    ratio = round(theirs["cpu_s"] / mine["cpu_s"], 1)
    result = {"shap": theirs, "paydirt": mine, "cpu_shap_over_paydirt": ratio}
    peer.keep("shap", result | {"largest_difference": difference})


if __name__ == "__main__":
    if len(sys.argv) == 3:
        {"run": run, "compare": compare}[sys.argv[1]](Path(sys.argv[2]))
    else:
        main()
