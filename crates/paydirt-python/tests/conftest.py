"""A small district with known truth, and a run on it."""

from __future__ import annotations

from pathlib import Path

import paydirt
import pytest

#: A run of few seconds.
SHORT = {
    "model.forest.trees": 30,
    "split.blocks.repeats": 1,
    "split.blocks.folds": 3,
    "uncertainty.ensemble.members": 2,
    "explain.permutation.shuffles": 1,
}


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ground") / "district"
    paydirt.demo(folder, size_cells=60)
    return folder


@pytest.fixture(scope="session")
def project(district: Path) -> paydirt.Project:
    return paydirt.Project(district / "project.toml", set=SHORT)


@pytest.fixture(scope="session")
def told() -> list[tuple[str, int, int]]:
    """What the run of the session said of its progress."""
    return []


@pytest.fixture(scope="session")
def run(project: paydirt.Project, told: list[tuple[str, int, int]]) -> paydirt.Run:
    return paydirt.run(project, progress=lambda *said: told.append(said))
