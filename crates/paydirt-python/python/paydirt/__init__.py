"""Mineral prospectivity maps that can be believed: Paydirt from Python."""

from __future__ import annotations

import importlib
from typing import Any

from ._paydirt import __version__
from .errors import DataError, PaydirtError, UsageError
from .projects import Project, demo
from .runs import Prediction, Run, open_run, predict, run, share
from .splits import SpatialBlocks
from .stacks import Stack

__all__ = [
    "DataError",
    "PaydirtError",
    "Prediction",
    "Project",
    "Run",
    "SpatialBlocks",
    "Stack",
    "UsageError",
    "__version__",
    "demo",
    "models",
    "open_run",
    "predict",
    "run",
    "share",
]


def __getattr__(name: str) -> Any:
    # scikit-learn is imported with the models, and only then.
    if name == "models":
        return importlib.import_module(".models", __name__)
    raise AttributeError(f"module `paydirt` has no attribute `{name}`")
