"""Runs: what they give back, progress, interrupts, other threads."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import paydirt
import pytest


def test_a_run_gives_report_maps_and_targets(run: paydirt.Run, project: paydirt.Project) -> None:
    assert run.folder == project.folder / "district.run"
    assert run.report["models"] and (run.folder / "report.html").is_file()
    assert {"prospectivity", "prospectivity_rank", "spread"} <= set(run.maps)
    targets = run.targets
    assert len(targets) == len(run.report["targets"])
    assert targets.crs.to_epsg() == 32635 and (targets.area > 0).all()


def test_a_map_is_an_array_over_northing_and_easting(run: paydirt.Run) -> None:
    array = run.prospectivity()
    assert array.dims == ("northing", "easting") and array.dtype == np.float32
    assert (np.diff(array.northing) < 0).all()
    assert 0.0 <= float(array.min()) <= float(array.max()) <= 1.0
    # Probabilities over the map sum to the number of known deposits.
    deposits = run.report["receipt"]["labels"]["deposits"]
    assert float(array.sum()) == pytest.approx(deposits, rel=0.05)
    causes = run.map("uncertainty")
    assert causes.dims == ("band", "northing", "easting") and causes.sizes["band"] > 1
    with pytest.raises(paydirt.UsageError, match="no map named"):
        run.map("gold")


def test_progress_is_told_in_tasks(run: paydirt.Run, told: list[tuple[str, int, int]]) -> None:
    tasks = {task for task, _, _ in told}
    assert {"read", "fit", "judge"} <= tasks
    assert all(0 < done <= pieces for _, done, pieces in told)


def test_a_run_is_opened_again(run: paydirt.Run, tmp_path: Path) -> None:
    again = paydirt.open_run(run.folder)
    assert again.report == run.report and again.maps == run.maps
    with pytest.raises(paydirt.UsageError) as raised:
        paydirt.open_run(tmp_path)
    assert "no run folder" in str(raised.value) and "paydirt run" in raised.value.hint


def test_a_run_does_not_replace_another(run: paydirt.Run, project: paydirt.Project) -> None:
    with pytest.raises(paydirt.UsageError, match="is there already") as raised:
        paydirt.run(project, progress=False)
    assert raised.value.exit_code == 2 and "overwrite" in raised.value.hint


def test_a_saved_model_draws_the_same_map(
    run: paydirt.Run, project: paydirt.Project, tmp_path: Path
) -> None:
    predicted = paydirt.predict(run, project, tmp_path / "predicted", progress=False)
    assert np.array_equal(predicted.prospectivity(), run.prospectivity(), equal_nan=True)
    assert predicted.report["model_of"] == "district"


def test_shares_make_what_a_run_finds(
    run: paydirt.Run, project: paydirt.Project, tmp_path: Path
) -> None:
    places = {"states": tmp_path / "states", "stack": str(tmp_path / "stack.zarr")}
    told: list[dict[str, object]] = []
    while not (told and told[-1]["last"]):
        told += [paydirt.share(project, f"{number}/2", **places) for number in (1, 2)]
    assert told[0]["phase"] == "judge" and not told[0]["last"]
    assert all(share["missing"] == 0 for share in told[-1:])
    tasks: set[str] = set()
    made = paydirt.run(
        project, tmp_path / "made", progress=lambda task, *_: tasks.add(task), **places
    )
    assert "read" not in tasks  # the evidence is there on the grid
    assert np.array_equal(made.prospectivity(), run.prospectivity(), equal_nan=True)
    for model in (run, run.folder):
        share = paydirt.share(project, "1/1", tmp_path / "drawn", model=model)
    assert share["last"] and share["missing"] == 0
    with pytest.raises(paydirt.UsageError, match="3 of 8"):
        paydirt.share(project, "3 of 8", tmp_path)


def test_a_fork_is_refused(run: paydirt.Run, project: paydirt.Project) -> None:
    with multiprocessing.get_context("fork").Pool(1) as pool:
        said = pool.apply(refused, (str(project.folder / "project.toml"),))
    assert "fork" in said and "spawn" in said


def refused(file: str) -> str:
    try:
        paydirt.Project(file).check()
    except paydirt.UsageError as error:
        return f"{error} {error.hint}"
    return "done"


def test_threads_change_nothing_and_other_threads_go_on(
    run: paydirt.Run, project: paydirt.Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counted, ended = [0], threading.Event()

    def count() -> None:
        while not ended.wait(0.001):
            counted[0] += 1

    counting = threading.Thread(target=count)
    counting.start()
    try:
        again = paydirt.run(project, tmp_path / "again", threads=1)
    finally:
        ended.set()
        counting.join()
    # Were the interpreter held, the thread would have counted a few times, before and after.
    assert counted[0] > 100
    assert np.array_equal(again.prospectivity(), run.prospectivity(), equal_nan=True)
    said = capsys.readouterr().err
    assert "judge: " in said and "deposits count" in said


def test_an_interrupt_stops_a_run_and_leaves_nothing(
    project: paydirt.Project, tmp_path: Path
) -> None:
    out = tmp_path / "stopped"

    def interrupt() -> None:
        while not list(tmp_path.glob(".stopped.partial-*")):
            time.sleep(0.005)
        os.kill(os.getpid(), signal.SIGINT)

    other = threading.Thread(target=interrupt)
    other.start()
    with pytest.raises(KeyboardInterrupt):
        paydirt.run(project, out, progress=False)
    other.join()
    assert list(tmp_path.iterdir()) == []


def test_what_progress_raises_stops_a_run(project: paydirt.Project, tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def stop(task: str, done: int, pieces: int) -> None:
        raise Enough(task)

    with pytest.raises(Enough):
        paydirt.run(project, tmp_path / "stopped", progress=stop)
    assert list(tmp_path.iterdir()) == []
