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
        loss: str | Any = 'log_loss',
        prior: float | Any = 0.0,
        trees: int | Any = 100,
        learning_rate: float | Any = 0.05,
        max_leaves: int | Any = 4,
        max_depth: Any = None,
        min_leaf: int | Any = 10,
        l2: float | Any = 0.0,
        feature_share: float | Any = 1.0,
        row_share: float | Any = 1.0,
        bins: int | Any = 255,
        monotone: Any = None,
        early_stopping: Any = None,
        class_weight: str | Any = 'none',
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class Devnet(Classifier):
    def __init__(
        self,
        *,
        hidden: Any = None,
        activation: str | Any = 'relu',
        l2: Any = None,
        margin: float | Any = 5.0,
        reference_draws: int | Any = 5000,
        redraw: str | Any = 'once',
        robust: Any = None,
        steps_per_epoch: int | Any = 5,
        members: int | Any = 5,
        standardise: bool | Any = True,
        explanation: str | Any = 'kernel',
        training: Any = None,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class ExtraTrees(Classifier):
    def __init__(
        self,
        *,
        trees: int | Any = 500,
        max_features: str | Any = 'sqrt',
        min_leaf: int | Any = 5,
        max_depth: Any = None,
        bins: int | Any = 255,
        bootstrap: bool | Any = False,
        class_weight: str | Any = 'none',
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class Forest(Classifier):
    def __init__(
        self,
        *,
        trees: int | Any = 500,
        max_features: str | Any = 'sqrt',
        min_leaf: int | Any = 5,
        max_depth: Any = None,
        bins: int | Any = 255,
        bootstrap: bool | Any = True,
        class_weight: str | Any = 'none',
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
        kernel: Any = None,
        amplitude: float | Any = 1.0,
        length: float | Any = 1.0,
        optimise: bool | Any = True,
        rows: int | Any = 500,
        class_weight: str | Any = 'none',
        standardise: bool | Any = True,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class IndicatorKriging(Classifier):
    def __init__(
        self,
        *,
        variogram: Any = None,
        models: Any = None,
        lags: int | Any = 15,
        max_lag_m: Any = None,
        neighbours: int | Any = 24,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class IsolationForest(Classifier):
    def __init__(
        self,
        *,
        trees: int | Any = 200,
        sample: int | Any = 256,
        usual: str | Any = 'all',
        bins: int | Any = 255,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class Logistic(Classifier):
    def __init__(
        self,
        *,
        loss: str | Any = 'log_loss',
        prior: float | Any = 0.0,
        penalty: str | Any = 'l2',
        l1_share: float | Any = 0.5,
        c: float | Any = 1.0,
        max_iterations: int | Any = 100,
        tolerance: float | Any = 1e-08,
        class_weight: str | Any = 'none',
        standardise: bool | Any = True,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class Maxent(Classifier):
    def __init__(
        self,
        *,
        features: Any = None,
        regularisation: float | Any = 1.0,
        knots: int | Any = 20,
        add_deposits: bool | Any = True,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class Mlp(Classifier):
    def __init__(
        self,
        *,
        hidden: Any = None,
        activation: str | Any = 'relu',
        dropout: float | Any = 0.1,
        normalise: bool | Any = False,
        class_weight: str | Any = 'balanced',
        loss: Any = None,
        standardise: bool | Any = True,
        head_penalty: Any = None,
        transfer: Any = None,
        explanation: str | Any = 'kernel',
        training: Any = None,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class Nearest(Classifier):
    def __init__(
        self,
        *,
        k: int | Any = 15,
        weights: str | Any = 'uniform',
        class_weight: str | Any = 'none',
        standardise: bool | Any = True,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class OneClass(Classifier):
    def __init__(
        self,
        *,
        nu: float | Any = 0.5,
        gamma: str | Any = 'scale',
        tolerance: float | Any = 0.001,
        standardise: bool | Any = True,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class SelfOrganisingMap(Classifier):
    def __init__(
        self,
        *,
        size: Any = None,
        epochs: int | Any = 60,
        end_radius: float | Any = 0.3,
        clusters: Any = None,
        most_clusters: int | Any = 12,
        starts: int | Any = 10,
        prior_samples: float | Any = 5.0,
        class_weight: str | Any = 'none',
        standardise: bool | Any = True,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class Svm(Classifier):
    def __init__(
        self,
        *,
        kernel: Any = None,
        c: float | Any = 1.0,
        class_weight: str | Any = 'none',
        tolerance: float | Any = 0.001,
        standardise: bool | Any = True,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...

class WeightsOfEvidence(Classifier):
    def __init__(
        self,
        *,
        classes: int | Any = 10,
        kind: str | Any = 'cumulative',
        cut: str | Any = 'studentized_contrast',
        min_studentized_contrast: float | Any = 1.645,
        layers: Any = None,
        class_weight: str | Any = 'none',
        unit_cell_km2: Any = None,
        categorical: Any = None,
        random_state: Any = None,
    ) -> None: ...
