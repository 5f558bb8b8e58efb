"""One file a command."""

from .check import Check
from .explain import Explain
from .infill import Infill
from .init import Init
from .predict import Predict
from .prepare import Prepare
from .run import Run

ALGORITHMS = (Init, Check, Prepare, Run, Predict, Explain, Infill)
