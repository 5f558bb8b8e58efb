"""Blocks of ground in scikit-learn's cross-validation."""

from __future__ import annotations

import geopandas
import numpy as np
import paydirt
import pandas
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_score


@pytest.fixture
def ground() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows over 100 km of ground: evidence, labels, places."""
    rng = np.random.default_rng(4)
    places = rng.uniform(0.0, 100_000.0, (400, 2)) + [500_000.0, 7_000_000.0]
    X = rng.normal(size=(400, 3))
    return X, (X[:, 0] + 0.3 * rng.normal(size=400) > 0.8).astype(int), places


def test_folds_part_the_ground_and_keep_the_buffer(ground: tuple) -> None:
    X, y, places = ground
    split = paydirt.SpatialBlocks(block_m=20_000, buffer_m=4_000, folds=4)
    folds = list(split.split(X, y, places))
    assert len(folds) == split.get_n_splits(X, y, places) == 4
    held_out = np.sort(np.concatenate([held for _, held in folds]))
    assert np.array_equal(held_out, np.arange(400))
    for training, held in folds:
        assert y[training].any() and y[held].any()
        assert not set(training) & set(held)
        blocks = np.floor((places - places.min(axis=0)) / 20_000)
        # No row that trains lies in a held-out block: blocks begin in the north-west.
        south = np.floor((places[:, 1].max() - places[:, 1]) / 20_000)
        block = south * 100 + blocks[:, 0]
        assert not set(block[training]) & set(block[held])
    assert [len(t) + len(h) for t, h in folds] != [400] * 4


def test_places_as_a_table_and_as_points(ground: tuple) -> None:
    X, y, places = ground
    split = paydirt.SpatialBlocks(folds=3, repeats=2, random_state=5)
    table = pandas.DataFrame(places, columns=["easting", "northing"])
    points = geopandas.GeoDataFrame(
        geometry=geopandas.points_from_xy(*places.T, crs="EPSG:3067")
    )
    of = [list(split.split(X, y, groups)) for groups in (places, table, points)]
    assert len(of[0]) == 6
    for other in of[1:]:
        for (training, held), (same, also) in zip(of[0], other, strict=True):
            assert np.array_equal(training, same) and np.array_equal(held, also)


def test_feet_are_no_metres(ground: tuple) -> None:
    X, y, places = ground
    split = paydirt.SpatialBlocks(block_m=20_000, buffer_m=np.int64(4_000), folds=3)
    foot_m = 1200 / 3937
    feet = geopandas.GeoDataFrame(
        geometry=geopandas.points_from_xy(*(places / foot_m).T, crs="EPSG:2227")
    )
    in_feet, in_metres = (list(split.split(X, y, of)) for of in (feet, places))
    for (training, held), (same, also) in zip(in_feet, in_metres, strict=True):
        assert np.array_equal(training, same) and np.array_equal(held, also)


def test_scikit_learn_takes_it(ground: tuple) -> None:
    X, y, places = ground
    cv = paydirt.SpatialBlocks(folds=3)
    model = paydirt.models.Forest(trees=20, random_state=0)
    scores = cross_val_score(model, X, y, groups=places, cv=cv, scoring="roc_auc")
    assert scores.shape == (3,) and (scores > 0.8).all()
    search = GridSearchCV(model, {"min_leaf": [1, 30]}, cv=cv, scoring="roc_auc")
    assert search.fit(X, y, groups=places).best_params_["min_leaf"] in (1, 30)


def test_what_it_refuses(ground: tuple) -> None:
    X, y, places = ground
    with pytest.raises(paydirt.UsageError, match="no places"):
        next(paydirt.SpatialBlocks().split(X, y))
    with pytest.raises(paydirt.UsageError, match="array of shape"):
        next(paydirt.SpatialBlocks().split(X, y, places[:, 0]))
    degrees = geopandas.GeoSeries(geopandas.points_from_xy([25.0] * 400, [62.0] * 400, crs=4326))
    with pytest.raises(paydirt.DataError, match="degrees"):
        next(paydirt.SpatialBlocks().split(X, y, degrees))
    with pytest.raises(paydirt.UsageError, match="block_m"):
        next(paydirt.SpatialBlocks(block_m=-1).split(X, y, places))
    with pytest.raises(paydirt.DataError) as raised:
        next(paydirt.SpatialBlocks(block_m=500_000).split(X, y, places))
    assert raised.value.hint
    with pytest.warns(UserWarning, match="folds"):
        next(paydirt.SpatialBlocks(block_m=60_000, folds=9, buffer_m=0).split(X, y, places))
