"""The models of Paydirt that look at rows, as classifiers. Made by `test/stubs.py`."""

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

class Boosting(Classifier):
    def __init__(
        self,
        *,
        bins: int | Any = 255,
        class_weight: str | Any = 'none',
        early_stopping: Any = None,
        feature_share: float | Any = 1.0,
        l2: float | Any = 0.0,
        learning_rate: float | Any = 0.05,
        loss: str | Any = 'log_loss',
        max_depth: Any = None,
        max_leaves: int | Any = 4,
        min_leaf: int | Any = 10,
        monotone: Any = None,
        prior: float | Any = 0.0,
        row_share: float | Any = 1.0,
        trees: int | Any = 100,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class Devnet(Classifier):
    def __init__(
        self,
        *,
        activation: str | Any = 'relu',
        explanation: str | Any = 'kernel',
        hidden: Any = None,
        l2: Any = None,
        margin: float | Any = 5.0,
        members: int | Any = 5,
        redraw: str | Any = 'once',
        reference_draws: int | Any = 5000,
        robust: Any = None,
        standardise: bool | Any = True,
        steps_per_epoch: int | Any = 5,
        training: Any = None,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class ExtraTrees(Classifier):
    def __init__(
        self,
        *,
        bins: int | Any = 255,
        bootstrap: bool | Any = False,
        class_weight: str | Any = 'none',
        max_depth: Any = None,
        max_features: str | Any = 'sqrt',
        min_leaf: int | Any = 5,
        trees: int | Any = 500,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class Forest(Classifier):
    def __init__(
        self,
        *,
        bins: int | Any = 255,
        bootstrap: bool | Any = True,
        class_weight: str | Any = 'none',
        max_depth: Any = None,
        max_features: str | Any = 'sqrt',
        min_leaf: int | Any = 5,
        trees: int | Any = 500,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class Fuzzy(Classifier):
    def __init__(
        self,
        *,
        memberships: Any = None,
        overlay: Any = None,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class GaussianProcess(Classifier):
    def __init__(
        self,
        *,
        amplitude: float | Any = 1.0,
        class_weight: str | Any = 'none',
        kernel: Any = None,
        length: float | Any = 1.0,
        optimise: bool | Any = True,
        rows: int | Any = 500,
        standardise: bool | Any = True,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class IndicatorKriging(Classifier):
    def __init__(
        self,
        *,
        lags: int | Any = 15,
        max_lag_m: Any = None,
        models: Any = None,
        neighbours: int | Any = 24,
        variogram: Any = None,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class IsolationForest(Classifier):
    def __init__(
        self,
        *,
        bins: int | Any = 255,
        sample: int | Any = 256,
        trees: int | Any = 200,
        usual: str | Any = 'all',
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class Logistic(Classifier):
    def __init__(
        self,
        *,
        c: float | Any = 1.0,
        class_weight: str | Any = 'none',
        l1_share: float | Any = 0.5,
        loss: str | Any = 'log_loss',
        max_iterations: int | Any = 100,
        penalty: str | Any = 'l2',
        prior: float | Any = 0.0,
        standardise: bool | Any = True,
        tolerance: float | Any = 1e-08,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class Maxent(Classifier):
    def __init__(
        self,
        *,
        add_deposits: bool | Any = True,
        features: Any = None,
        knots: int | Any = 20,
        regularisation: float | Any = 1.0,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class Mlp(Classifier):
    def __init__(
        self,
        *,
        activation: str | Any = 'relu',
        class_weight: str | Any = 'balanced',
        dropout: float | Any = 0.1,
        explanation: str | Any = 'kernel',
        head_penalty: Any = None,
        hidden: Any = None,
        loss: Any = None,
        normalise: bool | Any = False,
        standardise: bool | Any = True,
        training: Any = None,
        transfer: Any = None,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class Nearest(Classifier):
    def __init__(
        self,
        *,
        class_weight: str | Any = 'none',
        k: int | Any = 15,
        standardise: bool | Any = True,
        weights: str | Any = 'uniform',
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class OneClass(Classifier):
    def __init__(
        self,
        *,
        gamma: str | Any = 'scale',
        nu: float | Any = 0.5,
        standardise: bool | Any = True,
        tolerance: float | Any = 0.001,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class SelfOrganisingMap(Classifier):
    def __init__(
        self,
        *,
        class_weight: str | Any = 'none',
        clusters: Any = None,
        end_radius: float | Any = 0.3,
        epochs: int | Any = 60,
        most_clusters: int | Any = 12,
        prior_samples: float | Any = 5.0,
        size: Any = None,
        standardise: bool | Any = True,
        starts: int | Any = 10,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class Svm(Classifier):
    def __init__(
        self,
        *,
        c: float | Any = 1.0,
        class_weight: str | Any = 'none',
        kernel: Any = None,
        standardise: bool | Any = True,
        tolerance: float | Any = 0.001,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class WeightsOfEvidence(Classifier):
    def __init__(
        self,
        *,
        class_weight: str | Any = 'none',
        classes: int | Any = 10,
        cut: str | Any = 'studentized_contrast',
        kind: str | Any = 'cumulative',
        layers: Any = None,
        min_studentized_contrast: float | Any = 1.645,
        unit_cell_km2: Any = None,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...
