"""Prints `models.pyi`: the classes that `paydirt.models` makes of the catalogue.

    python crates/paydirt-python/test/stubs.py > crates/paydirt-python/python/paydirt/models.pyi
"""

from __future__ import annotations

from paydirt import models

HEAD = '''"""The models of Paydirt that look at rows, as classifiers. Made by `test/stubs.py`."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from . import _paydirt

class Attribution(NamedTuple):
    base: float
    unit: str
    shares: NDArray[np.float32]

class Classifier(ClassifierMixin, BaseEstimator):
    classes_: NDArray[Any]
    n_features_in_: int
    feature_names_in_: NDArray[Any]
    model_: _paydirt.Fitted
    categorical: Any
    random_state: Any
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Classifier: ...
    def predict_proba(self, X: Any) -> NDArray[np.float64]: ...
    def predict(self, X: Any) -> NDArray[Any]: ...
    def attribution(self, X: Any) -> Attribution: ...

BY_KEY: dict[str, type[Classifier]]
'''


def kind(default: object) -> str:
    return "Any" if default is None else f"{type(default).__name__} | Any"


def text() -> str:
    parts = [HEAD]
    for made in models.BY_KEY.values():
        parts.append(f"\nclass {made.__name__}(Classifier):\n    def __init__(\n        self,\n        *,\n")
        defaults = {**made._defaults, "categorical": None, "random_state": None}
        parts += [f"        {name}: {kind(of)} = {of!r},\n" for name, of in defaults.items()]
        parts.append("    ) -> None: ...\n")
    return "".join(parts)


if __name__ == "__main__":
    print(text(), end="")
