"""The models of Paydirt that look at rows, as scikit-learn's classifiers: one class each, made from the catalogue.

`paydirt.models.Forest(trees=200, random_state=0).fit(X, y).predict_proba(X)`. `y` has two values, of which the
greater one is a deposit. Settings are those of the project file (`[model.forest]`); `class_weight` may be a
dictionary of classes, too.

A row with missing evidence (NaN) is left out of a fit and has no probability, as in a map: `predict_proba`
gives NaN for it, and `predict` refuses it.
"""

from __future__ import annotations

import inspect
import json
import numbers
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from . import _paydirt
from .errors import DataError, UsageError

#: What a class takes beside the settings of its model.
_OWN = {"categorical": None, "random_state": None}
_OWN_DOC = {
    "categorical": "Columns whose numbers are names: their names, or their places.",
    "random_state": "Seed, as a run takes it; or a `RandomState` of NumPy.",
}


class Attribution(NamedTuple):
    """Signed shares of the columns in the scores: `base` and the shares of a row sum to its score, in `unit`."""

    base: float
    unit: str
    shares: np.ndarray


class Classifier(ClassifierMixin, BaseEstimator):
    """What the models have in common."""

    _key = ""
    #: The default of each setting; of a setting that holds several, None.
    _defaults: dict[str, Any] = {}
    _needs_places = False

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Classifier:
        """Fits the model to those rows of which all is known and whose weight is not 0."""
        X, y = validate_data(
            self, X, y, dtype=[np.float32, np.float64], ensure_all_finite="allow-nan"
        )
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y", raise_unknown=True)
        if kind != "binary":
            raise ValueError(
                f"Only binary classification is supported. The type of the target is {kind}."
            )
        weight = _check_sample_weight(sample_weight, X, dtype=np.float32, ensure_non_negative=True)
        if isinstance(getattr(self, "class_weight", None), dict):
            weight = weight * compute_sample_weight(self.class_weight, y).astype(np.float32)
        counts = weight > 0
        X, y, weight = X[counts], y[counts], weight[counts]
        self.classes_, deposit = np.unique(y, return_inverse=True)
        if len(self.classes_) != 2:
            raise DataError(
                f"a classifier needs rows of two classes, but `y` has {len(self.classes_)} class",
                "give deposits, and other ground",
            )
        self.model_ = _paydirt.fit(
            self._settings(), self._columns(), _floats(X), (deposit.astype(bool), weight), self._seed()
        )
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """The score of each row for either class: in [0, 1], not calibrated; NaN where evidence is missing."""
        score = self._score(X)
        return np.column_stack([1.0 - score, score])

    def predict(self, X: Any) -> np.ndarray:
        """The likelier class of each row.

        Raises `DataError` for rows with missing evidence: what is not known is not barren.
        """
        score = self._score(X)
        missing = int(np.isnan(score).sum())
        if missing:
            raise DataError(
                f"{missing} of {len(score)} rows have missing evidence, and so no class",
                "fill them before (`sklearn.impute`), or take `predict_proba`, which is NaN there",
            )
        return self.classes_[(score > 0.5).astype(int)]

    def attribution(self, X: Any) -> Attribution:
        """The signed share of each column in each row's score."""
        rows = self._rows(X)
        return Attribution(*self.model_.shares(rows))

    def _score(self, X: Any) -> np.ndarray:
        rows = self._rows(X)
        return self.model_.score(rows).astype(np.float64)

    def _rows(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        X = validate_data(
            self, X, reset=False, dtype=[np.float32, np.float64], ensure_all_finite="allow-nan"
        )
        return _floats(X)

    def _settings(self) -> str:
        """The settings as the project file has them."""
        given = {name: getattr(self, name) for name in self._defaults}
        default = self._defaults
        if isinstance(given.get("class_weight"), dict):
            given["class_weight"] = "none"  # `fit` has put it into the weights of the rows
        said = {k: v for k, v in given.items() if v is not None or default[k] is not None}
        return json.dumps({self._key: said}, default=_plain)

    def _columns(self) -> _Columns:
        names = getattr(self, "feature_names_in_", None)
        if names is None and self._needs_places and self.n_features_in_ == 2:
            names = ["easting", "northing"]
        if names is None:
            names = [f"x{place}" for place in range(self.n_features_in_)]
        names = [str(name) for name in names]
        kinds = [False] * len(names)
        for column in self.categorical if self.categorical is not None else ():
            if isinstance(column, (bool, np.bool_)):
                raise UsageError(
                    "`categorical` is a mask", "give names or places of columns: `np.flatnonzero(mask)`"
                )
            if column not in names and column not in range(len(names)):
                raise UsageError(f"no column `{column}`", f"there are {', '.join(names)}")
            kinds[names.index(column) if column in names else column] = True
        return _Columns(names, kinds)

    def _seed(self) -> int:
        if isinstance(self.random_state, numbers.Integral):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags


class _Columns(NamedTuple):
    """What the native part reads."""

    names: list[str]
    categorical: list[bool]


def _floats(X: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        floats = np.ascontiguousarray(X, dtype=np.float32)
    if X.dtype != np.float32 and (np.isinf(floats) & np.isfinite(X)).any():
        raise DataError("`X` has a number over 3.4e38", "take logarithms of it, or bring it to another unit")
    return floats


def _plain(value: Any) -> Any:
    """A number or array of NumPy as JSON has it."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise UsageError(f"`{value!r}` is no value of a setting", "give numbers, texts, lists or dicts")


def _init(key: str, defaults: dict[str, Any]) -> Any:
    """The `__init__` of a class, whose signature scikit-learn reads."""
    everything = {**defaults, **_OWN}

    def __init__(self: Any, **settings: Any) -> None:
        unknown = [name for name in settings if name not in everything]
        if unknown:
            # The native part names what it does not know, and what was meant.
            _paydirt.check_settings(json.dumps({key: {unknown[0]: None}}))
        for name, default in everything.items():
            setattr(self, name, settings.get(name, default))

    kinds = inspect.Parameter
    parameters = [kinds("self", kinds.POSITIONAL_OR_KEYWORD)]
    parameters += [kinds(n, kinds.KEYWORD_ONLY, default=d) for n, d in everything.items()]
    __init__.__signature__ = inspect.Signature(parameters)
    return __init__


def _class(model: dict[str, Any], definitions: dict[str, Any], variant: dict[str, Any]) -> type:
    """The class of a model of the catalogue."""
    key = model["key"]
    settings = definitions[variant["properties"][key]["$ref"].rpartition("/")[2]]
    told = {name: of.get("default") for name, of in settings["properties"].items()}
    # scikit-learn wants defaults that cannot be changed: None stands for a default that holds several.
    several = (dict, list)
    defaults = {n: None if isinstance(of, several) else of for n, of in told.items()}
    about = {name: of.get("description", "") for name, of in settings["properties"].items()}
    page = f"docs/reference/models/{key}.md says what it does and where it comes from."
    lines = [f"{settings.get('description', key)}\n\n{page}\n", "Parameters", "----------"]
    for name, text in {**about, **_OWN_DOC}.items():
        lines.append(f"{name} : default {told.get(name)!r}\n    " + " ".join(text.split()))
    name = "".join(part.capitalize() for part in key.split("_"))
    body = {
        "__init__": _init(key, defaults),
        "__doc__": "\n".join(lines),
        "__module__": __name__,
        "_key": key,
        "_defaults": defaults,
        "_needs_places": model["sees_coordinates_only"],
    }
    return type(name, (Classifier,), body)


def _classes() -> Iterator[type]:
    told = json.loads(_paydirt.catalogue())
    schema = told["schema"]
    variants = {next(iter(of["properties"])): of for of in schema["oneOf"]}
    for model in told["models"]:
        if not model["sees_ground"]:
            yield _class(model, schema["$defs"], variants[model["key"]])


#: The classes by the keys of the catalogue, as the project file writes them.
BY_KEY: dict[str, type[Classifier]] = {made._key: made for made in _classes()}

globals().update({made.__name__: made for made in BY_KEY.values()})

__all__ = ["BY_KEY", "Attribution", "Classifier", *(made.__name__ for made in BY_KEY.values())]
