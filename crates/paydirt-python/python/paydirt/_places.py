"""Grids as xarray knows them, and tables of places as GeoPandas knows them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import DataError, UsageError

if TYPE_CHECKING:
    import xarray


def needed(name: str) -> Any:
    """A package that is not always there."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UsageError(f"this needs `{name}`", f"pip install {name}") from error


@dataclass(frozen=True)
class Grid:
    """The one grid of a project: rows run south, sizes are in units of the coordinate reference system."""

    rows: int
    cols: int
    west: float
    north: float
    cell_width: float
    cell_height: float
    #: Authority and code, such as `EPSG:3067`; well-known text where there is none.
    crs: str
    crs_wkt: str
    text: str

    @classmethod
    def of(cls, text: str) -> Grid:
        """The grid that the native part tells."""
        told = json.loads(text)
        crs = told["crs"]
        return cls(
            rows=told["rows"],
            cols=told["cols"],
            **told["transform"],
            crs=crs["authority"] or crs["wkt"],
            crs_wkt=crs["wkt"],
            text=told["text"],
        )

    @property
    def easting(self) -> np.ndarray:
        """Easting of the centre of each column, rising."""
        return self.west + (np.arange(self.cols) + 0.5) * self.cell_width

    @property
    def northing(self) -> np.ndarray:
        """Northing of the centre of each row, falling."""
        return self.north - (np.arange(self.rows) + 0.5) * self.cell_height

    def __repr__(self) -> str:
        return f"<Grid of {self.text}, {self.crs[:40]}>"

    def array(
        self, values: np.ndarray, name: str, bands: Sequence[tuple[str, str]], of: str
    ) -> xarray.DataArray:
        """Values `[band, row, col]` as a DataArray that holds the same memory; `of` names the first axis."""
        coords = {
            of: [band for band, _ in bands],
            "northing": self.northing,
            "easting": self.easting,
            "unit": (of, [unit for _, unit in bands]),
        }
        return needed("xarray").DataArray(
            values,
            dims=(of, "northing", "easting"),
            coords=coords,
            name=name,
            attrs={"crs": self.crs, "crs_wkt": self.crs_wkt},
        )


def written(value: Any, folder: Path) -> Any:
    """The same value with each GeoDataFrame in it written to a GeoPackage in a folder, as its path."""
    if isinstance(value, dict):
        return {key: written(inner, folder) for key, inner in value.items() if inner is not None}
    if isinstance(value, (list, tuple)):
        return [written(inner, folder) for inner in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, np.generic):
        return value.item()
    if not hasattr(value, "to_file"):
        return value
    if value.crs is None:
        raise DataError(
            "a GeoDataFrame of the project has no coordinate reference system",
            'say which it is: `frame.set_crs("EPSG:3067")`',
        )
    path = folder / f"table{sum(1 for _ in folder.iterdir())}.gpkg"
    value.to_file(path, driver="GPKG", layer="table")
    return str(path)
