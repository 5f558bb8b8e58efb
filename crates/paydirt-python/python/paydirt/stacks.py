"""Evidence layers on one grid."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _paydirt
from ._places import Grid
from .errors import UsageError

if TYPE_CHECKING:
    import xarray


class Stack:
    """Evidence layers on the project grid, in memory: `[layer, row, col]`, NaN where not known.

    Rows run from north to south. `Project.stack` makes one.
    """

    def __init__(self, native: _paydirt.Stack) -> None:
        self._native = native
        #: Name, type and unit of each layer.
        self.layers: list[dict[str, str]] = json.loads(native.layers)
        self.grid = Grid.of(native.grid)
        #: What was read, how, and what was left out.
        self.receipt: dict[str, Any] = json.loads(native.receipt)

    @property
    def names(self) -> list[str]:
        """Names of the layers, in order."""
        return [layer["name"] for layer in self.layers]

    def to_numpy(self) -> np.ndarray:
        """The values as float32 `[layer, row, col]`: the memory that Paydirt read them into, and no copy.

        Nobody may change it; `stack.to_numpy().copy()` may be changed.
        """
        return self._native.values

    def to_xarray(self) -> xarray.DataArray:
        """The same memory as a DataArray over `layer`, `northing` (falling) and `easting`."""
        bands = [(layer["name"], layer["unit"]) for layer in self.layers]
        return self.grid.array(self.to_numpy(), "evidence", bands, "layer")

    def __getitem__(self, name: str) -> np.ndarray:
        """One layer, `[row, col]`."""
        if name not in self.names:
            raise UsageError(f"no layer named `{name}`", f"there are {', '.join(self.names)}")
        return self.to_numpy()[self.names.index(name)]

    def __len__(self) -> int:
        return len(self.layers)

    def __repr__(self) -> str:
        return f"<Stack of {len(self)} layers on {self.grid.text}: {', '.join(self.names)}>"
