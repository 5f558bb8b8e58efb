"""Projects: opening, checking, stacks without copies, GeoDataFrames, errors with hints."""

from __future__ import annotations

import tomllib
from pathlib import Path

import geopandas
import numpy as np
import paydirt
import pandas
import pytest


def test_a_project_is_checked(project: paydirt.Project) -> None:
    checked = project.check()
    assert checked["plan"]["fits"] > 0
    assert checked["receipt"]["labels"]["deposits"] > 0
    assert project.name == "district" and "district" in repr(project)
    assert project.to_dict()["model"]["forest"]["trees"] == 30


def test_a_seed_is_taken(district: Path) -> None:
    assert paydirt.Project(district / "project.toml", seed=11).to_dict()["seed"] == 11


def test_a_typo_is_named_with_a_hint(district: Path) -> None:
    with pytest.raises(paydirt.UsageError) as raised:
        paydirt.Project(district / "project.toml", set={"model.forest.treees": 5})
    assert "treees" in raised.value.message
    assert "paydirt schema" in raised.value.hint
    assert raised.value.exit_code == 2
    assert str(raised.value) == f"{raised.value.message}\nhint: {raised.value.hint}"
    assert isinstance(raised.value, paydirt.PaydirtError)


def test_a_missing_file_is_named_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(paydirt.UsageError, match="no project file") as raised:
        paydirt.Project(tmp_path / "none.toml")
    assert "paydirt init" in raised.value.hint


def test_data_that_are_refused(district: Path) -> None:
    with pytest.raises(paydirt.DataError) as raised:
        paydirt.Project(district / "project.toml", set={"labels.crs": "EPSG:32601"}).check()
    assert raised.value.exit_code == 3 and raised.value.hint


def test_a_size_that_is_none(project: paydirt.Project) -> None:
    with pytest.raises(paydirt.UsageError) as raised:
        project.check(max_memory="plenty")
    assert "2GiB" in raised.value.hint


def test_a_stack_is_the_memory_that_paydirt_read_into(project: paydirt.Project) -> None:
    stack = project.stack()
    values = stack.to_numpy()
    address = values.__array_interface__["data"][0]
    assert address == stack._native.address
    assert stack.to_numpy().__array_interface__["data"][0] == address
    assert not values.flags.owndata and not values.flags.writeable
    assert type(values.base.base).__name__ == "PySliceContainer"
    with pytest.raises(ValueError):
        values[0, 0, 0] = 1.0
    assert values.dtype == np.float32 and values.flags.c_contiguous
    assert values.shape == (len(stack.layers), stack.grid.rows, stack.grid.cols)
    assert np.shares_memory(stack[stack.names[-1]], values[-1])
    assert np.shares_memory(stack.to_xarray().values, values)
    del stack
    assert np.isfinite(values).any()


def test_a_stack_lies_where_its_files_lie(project: paydirt.Project) -> None:
    stack = project.stack()
    array = stack.to_xarray()
    assert array.dims == ("layer", "northing", "easting")
    assert list(array.layer.values) == stack.names
    assert (np.diff(array.northing) < 0).all() and (np.diff(array.easting) > 0).all()
    assert array.attrs["crs"] == "EPSG:32635" and "32635" in array.attrs["crs_wkt"]
    receipt = {line["name"]: line for line in stack.receipt["layers"]}
    for name in stack.names:
        assert np.isfinite(stack[name]).sum() == receipt[name]["known_cells"]
        assert np.nanmin(stack[name]) == np.float32(receipt[name]["min"])
    with pytest.raises(paydirt.UsageError, match="no layer named `gold`"):
        stack["gold"]


def test_labels_and_evidence_as_geodataframes(district: Path, project: paydirt.Project) -> None:
    keys = tomllib.loads((district / "project.toml").read_text())
    table = pandas.read_csv(district / "data" / "deposits.csv")
    points = geopandas.points_from_xy(table.easting, table.northing, crs="EPSG:32635")
    deposits = geopandas.GeoDataFrame(table[["name", "camp"]], geometry=points)
    faults = geopandas.read_file(district / "data" / "faults.gpkg")
    keys["labels"] = {"path": deposits, "name": "name", "group": "camp", "layer": None}
    keys["evidence"].append(
        {"name": "fault_distance_m", "path": faults, "unit": "m", "steps": [{"distance": {}}]}
    )
    made = paydirt.Project.from_dict(keys, folder=district)
    receipt = made.check()["receipt"]
    plain = project.check()["receipt"]
    assert receipt["labels"]["deposits"] == plain["labels"]["deposits"]
    assert len(receipt["layers"]) == len(plain["layers"]) + 1
    changed = paydirt.Project(district / "project.toml", set={"labels": {}, "labels.path": deposits})
    assert changed.check()["receipt"]["labels"]["deposits"] == plain["labels"]["deposits"]


def test_a_geodataframe_without_a_system_is_refused(district: Path) -> None:
    frame = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy([0.0], [0.0]))
    with pytest.raises(paydirt.DataError, match="no coordinate reference system"):
        paydirt.Project(district / "project.toml", set={"labels.path": frame})


def test_a_dictionary_that_is_no_project() -> None:
    with pytest.raises(paydirt.UsageError, match="nmae"):
        paydirt.Project.from_dict({"nmae": "typo"})
