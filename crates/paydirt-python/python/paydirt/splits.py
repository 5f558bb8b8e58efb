"""Ground that is held out, for cross-validation by scikit-learn."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import _paydirt
from .errors import DataError, UsageError


class SpatialBlocks:
    """Blocks of ground, dealt whole to folds, with a buffer around them that does not train.

    It follows scikit-learn's protocol for cross-validation, with the places of the rows as `groups`: an array
    `[row, (easting, northing)]` in metres, a table with columns `easting` and `northing`, or a GeoDataFrame of
    points. `cross_val_score(model, X, y, groups=places, cv=SpatialBlocks(block_m=20_000))`.

    `y` has two values, of which the greater one is a deposit. Blocks with deposits are dealt first, so that
    every fold holds some. Rows nearer than `buffer_m` to a held-out block are in neither part of that fold.
    """

    def __init__(
        self,
        block_m: float = 20_000.0,
        buffer_m: float = 5_000.0,
        folds: int = 5,
        repeats: int = 1,
        shape: str = "square",
        random_state: int = 0,
    ) -> None:
        self.block_m = block_m
        self.buffer_m = buffer_m
        self.folds = folds
        self.repeats = repeats
        self.shape = shape
        self.random_state = random_state

    def split(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Row numbers that train, and row numbers that are held out, fold by fold."""
        yield from self._folds(y, groups)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of folds of all repeats; fewer than asked for where few blocks hold deposits."""
        if y is None or groups is None:
            return self.folds * self.repeats
        return len(self._folds(y, groups))

    def _folds(self, y: Any, groups: Any) -> list[tuple[np.ndarray, np.ndarray]]:
        if y is None or groups is None:
            missing = "labels `y`" if y is None else "places"
            raise UsageError(
                f"SpatialBlocks has no {missing}", "give `groups=` the easting and northing of each row"
            )
        settings = {
            key: value for key, value in vars(self).items() if key != "random_state"
        }
        known = np.unique(np.asarray(y))
        if len(known) != 2:
            raise DataError(f"`y` has {len(known)} values, but must have 2", "deposits, and all else")
        deposit = (np.asarray(y) == known[1]).tolist()
        folds, told = _paydirt.block_folds(
            json.dumps(settings, default=_plain), places(groups), deposit, self.random_state
        )
        for warning in told:
            warnings.warn(warning, stacklevel=3)
        return folds

    def __repr__(self) -> str:
        settings = ", ".join(f"{key}={value!r}" for key, value in vars(self).items())
        return f"SpatialBlocks({settings})"


def _plain(value: Any) -> Any:
    """A number of NumPy as JSON has it."""
    if isinstance(value, np.generic):
        return value.item()
    raise UsageError(f"`{value!r}` is no value of a setting", "give numbers")


def places(groups: Any) -> tuple[np.ndarray, np.ndarray]:
    """Easting and northing of rows, in metres."""
    if hasattr(groups, "geometry"):
        points = groups.geometry
        if points.crs is not None and not points.crs.is_projected:
            raise DataError(
                "the places are in degrees, but blocks are measured in metres",
                "project them: `frame.to_crs(frame.estimate_utm_crs())`",
            )
        unit_m = 1.0 if points.crs is None else points.crs.axis_info[0].unit_conversion_factor
        pair = points.x * unit_m, points.y * unit_m
    elif hasattr(groups, "columns"):
        pair = groups["easting"], groups["northing"]
    else:
        table = np.asarray(groups, dtype=float)
        if table.ndim != 2 or table.shape[1] != 2:
            raise UsageError(
                f"the places are an array of shape {table.shape}", "give `[row, (easting, northing)]`"
            )
        pair = table[:, 0], table[:, 1]
    easting, northing = (np.ascontiguousarray(axis, dtype=np.float64) for axis in pair)
    return easting, northing
