"""The catalogue's models in scikit-learn's protocol."""

from __future__ import annotations

import copy
import hashlib
import pickle
from pathlib import Path

import numpy as np
import paydirt
import pandas
import pytest
from paydirt import models
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.pipeline import make_pipeline
from sklearn.impute import SimpleImputer
from sklearn.utils.estimator_checks import check_estimator

#: Models on which all of scikit-learn's checks are run, with settings that take little time.
CHECKED = {
    "boosting": {"random_state": 0},
    "extra_trees": {"trees": 20, "random_state": 0},
    "forest": {"trees": 20, "random_state": 0},
    "logistic": {},
    "maxent": {},
    "nearest": {},
    "svm": {},
}

#: Checks that a model cannot pass, by its key; `*` are those of all models.
WEIGHTS = "check_sample_weight_equivalence_on_dense_data"
COUNTED = "counts rows (in a leaf, among neighbours), and so a weight of 2 is not the same row twice"
NOT_PASSED: dict[str, dict[str, str]] = {
    "*": {
        "check_estimators_pickle": "it asks `predict` for the class of rows with NaN, which have none; "
        "`test_every_model_of_rows_fits` pickles",
    },
    "boosting": {WEIGHTS: COUNTED},
    "extra_trees": {WEIGHTS: COUNTED},
    "forest": {WEIGHTS: "draws rows by weight, as scikit-learn's, and counts them in its leaves"},
    "nearest": {WEIGHTS: COUNTED},
    "svm": {WEIGHTS: "is solved to a tolerance of 1e-3, and the check asks for 1e-7"},
}


@pytest.mark.parametrize("key", CHECKED)
def test_scikit_learn_accepts_it(key: str) -> None:
    model = models.BY_KEY[key](**CHECKED[key])
    not_passed = {**NOT_PASSED["*"], **NOT_PASSED.get(key, {})}
    results = check_estimator(
        model, expected_failed_checks=not_passed, on_skip=None, on_fail=None
    )
    failed = {of["check_name"]: str(of["exception"]) for of in results if of["status"] == "failed"}
    assert failed == {}
    # What is said not to pass must not pass.
    xfailed = {of["check_name"] for of in results if of["status"] == "xfail"}
    assert xfailed == set(not_passed)


@pytest.fixture(scope="module")
def rows() -> tuple[pandas.DataFrame, np.ndarray]:
    X, y = make_classification(150, 5, n_informative=3, weights=[0.8], random_state=3)
    return pandas.DataFrame(X, columns=["sb", "as", "k", "ca", "faults"]), y


@pytest.mark.parametrize("key", models.BY_KEY)
def test_every_model_of_rows_fits(key: str, rows: tuple) -> None:
    X, y = rows
    model = models.BY_KEY[key](random_state=0)
    if key == "indicator_kriging":
        X = X.rename(columns={"sb": "easting", "as": "northing"})[["easting", "northing"]]
    probability = model.fit(X, y).predict_proba(X)
    assert probability.shape == (150, 2) and ((probability >= 0) & (probability <= 1)).all()
    assert list(model.feature_names_in_) == list(X.columns)
    again = pickle.loads(pickle.dumps(copy.deepcopy(model)))
    assert np.array_equal(again.predict_proba(X), probability)
    assert np.array_equal(clone(model).fit(X, y).predict_proba(X), probability)


def seed(of: int, purpose: str, index: int) -> int:
    """`paydirt_core::seed::Seed::derive`."""
    told = of.to_bytes(8, "little") + index.to_bytes(8, "little") + purpose.encode()
    return int.from_bytes(hashlib.sha256(told).digest()[:8], "little")


def test_a_forest_is_that_of_a_run_on_the_same_rows(tmp_path: Path, rows: tuple) -> None:
    X, y = rows
    order = np.argsort(y == 0, kind="stable")
    X, y = X.iloc[order].reset_index(drop=True).astype(np.float32), y[order]
    rng = np.random.default_rng(8)
    places = rng.uniform(0.0, 90_000.0, (len(X), 2))
    table = X.assign(easting=places[:, 0], northing=places[:, 1], role=y)
    table.to_csv(tmp_path / "samples.csv", index=False)
    keys = {
        "name": "rows",
        "seed": 5,
        "table": {
            "path": "samples.csv",
            "easting": "easting",
            "northing": "northing",
            "role": "role",
            "roles": {"1": "deposit", "0": "negative"},
            "columns": [{"name": name} for name in X.columns],
        },
        "sample": {"given_negatives": {}},
        "split": {"blocks": {"folds": 2, "repeats": 1}},
        "model": {"forest": {"trees": 40}},
        "uncertainty": {"ensemble": {"members": 1}},
    }
    run = paydirt.run(paydirt.Project.from_dict(keys, folder=tmp_path), progress=False)
    [member] = run.members
    assert member.names == list(X.columns)
    of_fit = seed(seed(5, "member", 0), "model", 0)
    forest = models.Forest(trees=40, random_state=of_fit).fit(X, y)
    values = X.to_numpy(np.float32)
    assert np.array_equal(member.score(values), forest.predict_proba(X)[:, 1].astype(np.float32))


def test_a_typo_raises_with_the_hint() -> None:
    with pytest.raises(paydirt.UsageError) as raised:
        models.Forest(treees=5)
    assert "treees" in str(raised.value) and raised.value.hint == "did you mean `trees`?"
    with pytest.raises(ValueError):
        models.Forest().set_params(treees=5)


def test_settings_out_of_range_are_refused_in_fit(rows: tuple) -> None:
    with pytest.raises(paydirt.UsageError, match="min_leaf") as raised:
        models.Forest(min_leaf=0).fit(*rows)
    assert raised.value.hint
    with pytest.raises(paydirt.UsageError, match="max_features"):
        models.Forest(max_features="sqrrt").fit(*rows)


def test_missing_evidence_has_no_probability(rows: tuple) -> None:
    X, y = rows
    gaps = X.copy()
    gaps.iloc[::7, 2] = np.nan
    known = gaps.notna().all(axis=1).to_numpy()
    model = models.Forest(trees=30, random_state=0).fit(gaps, y)
    whole = models.Forest(trees=30, random_state=0).fit(gaps[known], y[known])
    probability = model.predict_proba(gaps)
    assert np.array_equal(np.isnan(probability[:, 1]), ~known)
    assert np.array_equal(probability[known], whole.predict_proba(gaps[known]))
    with pytest.raises(paydirt.DataError, match="missing evidence") as raised:
        model.predict(gaps)
    assert "impute" in raised.value.hint
    filled = make_pipeline(SimpleImputer(strategy="median"), models.Forest(trees=30))
    assert set(filled.fit(gaps, y).predict(gaps)) == {0, 1}


def test_shares_sum_to_the_score(rows: tuple) -> None:
    X, y = rows
    model = models.Forest(trees=30, random_state=0).fit(X, y)
    told = model.attribution(X)
    assert told.unit == "score" and told.shares.shape == X.shape
    sums = told.base + told.shares.sum(axis=1)
    np.testing.assert_allclose(sums, model.predict_proba(X)[:, 1], atol=1e-4)


def test_classes_may_be_texts_and_columns_names(rows: tuple) -> None:
    X, y = rows
    names = np.where(y == 1, "deposit", "barren")
    model = models.WeightsOfEvidence(categorical=["k"]).fit(X.round(), names)
    assert list(model.classes_) == ["barren", "deposit"]
    assert set(model.predict(X.round())) <= {"barren", "deposit"}
    with pytest.raises(paydirt.UsageError, match="no column `gold`"):
        models.Forest(categorical=["gold"]).fit(X, y)


def test_what_would_be_misread_is_refused() -> None:
    X, y = np.random.default_rng(3).normal(size=(60, 3)), np.arange(60) % 2
    with pytest.raises(paydirt.UsageError, match="mask") as raised:
        models.Forest(categorical=[False, False, True]).fit(X, y)
    assert "flatnonzero" in raised.value.hint
    X[7, 1] = 1e39
    with pytest.raises(paydirt.DataError, match="over 3.4e38"):
        models.Forest().fit(X, y)


def test_a_class_documents_its_settings() -> None:
    assert "Number of trees" in models.Forest.__doc__
    assert models.Forest().get_params()["trees"] == 500
    assert repr(models.Forest(trees=7)) == "Forest(trees=7)"
    assert "Vit" not in vars(models)
