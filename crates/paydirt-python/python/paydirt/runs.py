"""Runs: the whole walk, and what it leaves in its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _paydirt
from ._places import Grid, needed
from ._ways import Progress, ways
from .errors import UsageError
from .projects import Project

if TYPE_CHECKING:
    import geopandas
    import xarray

#: A project, its file, or its keys.
AnyProject = Project | str | PathLike[str] | Mapping[str, Any]


class Prediction:
    """A folder of maps, and figures about them."""

    def __init__(self, folder: Path, report: dict[str, Any]) -> None:
        self.folder = folder
        #: Everything as data: `paydirt schema report` documents it.
        self.report = report

    @property
    def maps(self) -> dict[str, Path]:
        """The maps by name."""
        return {path.stem: path for path in sorted((self.folder / "maps").glob("*.tif"))}

    def map(self, name: str) -> xarray.DataArray:
        """A map as a DataArray over `northing` (falling) and `easting`; over `band` first where it has several.

        The band that makes cells pale outside the area of applicability is left out: `map("applicability")`
        says more.
        """
        if name not in self.maps:
            raise UsageError(f"no map named `{name}`", f"there are {', '.join(self.maps)}")
        values, grid, bands = _paydirt.read_raster(self.maps[name])
        array = Grid.of(grid).array(values, name, bands, "band")
        if bands[-1][0] == "opacity":
            array = array[:-1]
        return array.isel(band=0) if array.sizes["band"] == 1 else array

    def prospectivity(self) -> xarray.DataArray:
        """The probability that a cell holds a deposit like those known; NaN where evidence is missing."""
        return self.map("prospectivity")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.folder}>"


class Run(Prediction):
    """A run folder."""

    @property
    def targets(self) -> geopandas.GeoDataFrame:
        """The ranked targets: polygons with area, score, spread and drivers."""
        return needed("geopandas").read_file(self.folder / "targets.gpkg", layer="targets")

    @property
    def members(self) -> list[_paydirt.Fitted]:
        """The models that drew the map, as they were saved."""
        return _paydirt.members(self.folder)


def opened(project: AnyProject) -> Project:
    """A project, of whatever names one."""
    if isinstance(project, Project):
        return project
    return Project.from_dict(project) if isinstance(project, Mapping) else Project(project)


def run(
    project: AnyProject,
    out: str | PathLike[str] | None = None,
    overwrite: bool = False,
    progress: Progress = True,
    threads: int | None = None,
    max_memory: int | str | None = None,
    states: str | PathLike[str] | None = None,
    stack: str | PathLike[str] | None = None,
) -> Run:
    """Runs the whole walk: read, judge, fit, draw, explain, target, report.

    `out` is `NAME.run` beside the project file unless it is said. `progress` may be a function of the name of
    a task, the pieces done and the pieces in all; what it raises stops the run, as Ctrl-C does, and nothing
    half-written is left then. Other threads of Python go on meanwhile.

    With `states`, a folder or an address, an interrupted run goes on where it was, and finds what `share` made.
    With `stack` the evidence is kept on the grid, as Zarr, and read from there by the next call.
    """
    project = opened(project)
    folder = Path(out) if out is not None else project.folder / f"{project.name}.run"
    told = project._native.run(folder, ways(progress, threads, max_memory, overwrite, states, stack))
    return Run(folder, json.loads(told))


def share(
    project: AnyProject,
    shard: str,
    states: str | PathLike[str],
    model: Run | str | PathLike[str] | None = None,
    progress: Progress = False,
    threads: int | None = None,
    max_memory: int | str | None = None,
    stack: str | PathLike[str] | None = None,
) -> dict[str, Any]:
    """Makes a share of a run, such as "3/8", and no result; with `model` a share of what `predict` makes.

    Any number of processes and machines that see `states` make shares side by side, called again until
    `last` is true and `missing` 0; then `run` with the same `states` ends in a moment. Returns the `phase` of
    the last pieces, how many pieces of other shares are `missing`, and whether that phase is the `last`.
    """
    run = model.folder if isinstance(model, Run) else None if model is None else Path(model)
    how = ways(progress, threads, max_memory, states=states, stack=stack)
    return json.loads(opened(project)._native.share(shard, run, how))


def open_run(folder: str | PathLike[str]) -> Run:
    """Opens the folder of a run."""
    return Run(Path(folder), json.loads(_paydirt.report(Path(folder))))


def predict(
    run: Run | str | PathLike[str],
    project: AnyProject,
    out: str | PathLike[str] | None = None,
    overwrite: bool = False,
    progress: Progress = True,
    threads: int | None = None,
    max_memory: int | str | None = None,
    states: str | PathLike[str] | None = None,
    stack: str | PathLike[str] | None = None,
) -> Prediction:
    """Applies the saved model of a run to the evidence of another project.

    `out` is `NAME.predicted` beside that project's file unless it is said.
    """
    project = opened(project)
    model = run.folder if isinstance(run, Run) else Path(run)
    folder = Path(out) if out is not None else project.folder / f"{project.name}.predicted"
    how = ways(progress, threads, max_memory, overwrite, states, stack)
    return Prediction(folder, json.loads(project._native.predict(model, folder, how)))
