"""Projects: what a run reads, and how it judges and draws."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from . import _paydirt
from ._places import written
from ._ways import Progress, ways
from .stacks import Stack

#: Changes of a project: `{"model.forest.trees": 200}`, or `["model.forest.trees=200"]` as on the command line.
Changes = Mapping[str, Any] | Sequence[str] | None


class Project:
    """A project file, opened and checked.

    `set` changes keys of it, as `--set` does; a GeoDataFrame may stand for a file, as in
    `set={"labels.path": deposits}`.
    """

    def __init__(
        self, path: str | PathLike[str], set: Changes = None, seed: int | None = None
    ) -> None:
        self._tables = tempfile.TemporaryDirectory(prefix="paydirt-")
        self._native = _paydirt.Project.open(Path(path), self._changes(set), seed)

    @classmethod
    def from_dict(
        cls,
        project: Mapping[str, Any],
        folder: str | PathLike[str] = ".",
        set: Changes = None,
        seed: int | None = None,
    ) -> Project:
        """A project with the keys of the project file; its paths are relative to `folder`.

        Wherever a path to a vector file stands, a GeoDataFrame may stand: it is written to a temporary
        GeoPackage that lives as long as the project.
        """
        made = cls.__new__(cls)
        made._tables = tempfile.TemporaryDirectory(prefix="paydirt-")
        keys = json.dumps(written(dict(project), Path(made._tables.name)))
        made._native = _paydirt.Project.made(keys, Path(folder), made._changes(set), seed)
        return made

    def _changes(self, changes: Changes) -> list[str]:
        if not isinstance(changes, Mapping):
            return list(changes or [])
        values = written(dict(changes), Path(self._tables.name))
        return [f"{key}={json.dumps(value)}" for key, value in values.items()]

    @property
    def folder(self) -> Path:
        """The folder that its paths are relative to."""
        return Path(self._native.folder)

    @property
    def name(self) -> str:
        """Name of the project."""
        return self.to_dict()["name"]

    def to_dict(self) -> dict[str, Any]:
        """The project with every default written out."""
        return json.loads(self._native.resolved())

    def check(
        self,
        progress: Progress = False,
        threads: int | None = None,
        max_memory: int | str | None = None,
    ) -> dict[str, Any]:
        """Reads everything and changes nothing: the `plan` of a run, and the `receipt` of what was read."""
        return json.loads(self._native.check(ways(progress, threads, max_memory)))

    def stack(
        self,
        progress: Progress = False,
        threads: int | None = None,
        max_memory: int | str | None = None,
    ) -> Stack:
        """Brings all evidence onto the one grid, in memory. Labels are not used."""
        return Stack(self._native.stack(ways(progress, threads, max_memory)))

    prepare = stack

    def __repr__(self) -> str:
        return f"<Project {self.name} in {self.folder}>"


def demo(
    folder: str | PathLike[str],
    size_cells: int = 200,
    seed: int | None = None,
    overwrite: bool = False,
) -> Project:
    """Writes a synthetic district with known truth into a folder, as `paydirt demo` does, and opens it."""
    _paydirt.demo(Path(folder), size_cells, seed, overwrite)
    return Project(Path(folder) / "project.toml")
