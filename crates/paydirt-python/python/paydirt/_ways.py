"""How long calls work: threads, memory, and where progress is told."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike, fspath

#: `True` writes a line on standard error, `False` says nothing; a function is called with the name of a task,
#: the pieces done and the pieces in all.
Progress = bool | Callable[[str, int, int], object] | None


class Line:
    """One line on standard error that is written over while a task goes on; messages stay."""

    EVERY_S = 0.1

    def __init__(self) -> None:
        self.width = 0
        self.written = 0.0

    def progress(self, task: str, done: int, pieces: int) -> None:
        now = time.monotonic()
        if now - self.written >= self.EVERY_S:
            self.written = now
            self.write(f"{task}: {done}/{pieces}")

    def message(self, text: str) -> None:
        self.write("")
        sys.stderr.write(f"\r{text}\n")

    def write(self, text: str) -> None:
        sys.stderr.write(f"\r{text:{self.width}}")
        sys.stderr.flush()
        self.width = len(text)


class Calls:
    """Calls a function of the user's; messages are in the report, too, and are left out."""

    def __init__(self, function: Callable[[str, int, int], object]) -> None:
        self.progress = function

    def message(self, text: str) -> None:
        pass


@dataclass
class Ways:
    """What the native part reads."""

    overwrite: bool
    threads: int | None
    max_memory: str | None
    progress: Line | Calls | None
    states: str | None
    stack: str | None


def ways(
    progress: Progress,
    threads: int | None,
    max_memory: int | str | None,
    overwrite: bool = False,
    states: str | PathLike[str] | None = None,
    stack: str | PathLike[str] | None = None,
) -> Ways:
    hears = Calls(progress) if callable(progress) else Line() if progress else None
    kept = [None if place is None else fspath(place) for place in (states, stack)]
    return Ways(overwrite, threads, None if max_memory is None else str(max_memory), hears, *kept)
