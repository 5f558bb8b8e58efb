"""The program: found, started without a shell, heard, stopped."""

from __future__ import annotations

import os
import queue
import re
import shlex
import shutil
import subprocess
import threading
import time
from pathlib import Path

from processing.core.ProcessingConfig import ProcessingConfig
from qgis.core import QgsProcessingException, QgsProcessingFeedback

# Name of the Processing setting that holds the program's path.
PROGRAM_SETTING = "PAYDIRT_PROGRAM"
# What the exit codes of `paydirt` say.
MEANINGS = {1: "failed", 2: "wrong usage", 3: "data refused", 4: "interrupted"}
# Time for the program to end by itself once it is asked to.
GRACE_S = 60.0
# Time between two looks at whether the user has cancelled.
LOOK_S = 0.1
# The colours and cursor moves of a terminal.
TERMINAL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def find_program() -> str:
    """The program: the setting, else what PATH finds, else where `cargo install` puts it."""
    told = str(ProcessingConfig.getSetting(PROGRAM_SETTING) or "").strip()
    if told:
        if os.path.isfile(told) and os.access(told, os.X_OK):
            return told
        raise QgsProcessingException(
            f"`{told}` is no program, but Settings > Options > Processing > Providers > Paydirt names it"
        )
    found = shutil.which("paydirt") or shutil.which(str(Path.home() / ".cargo" / "bin" / "paydirt"))
    if found:
        return found
    raise QgsProcessingException(
        "The program `paydirt` is neither on PATH nor in ~/.cargo/bin. Install it (./install.sh of Paydirt), "
        "or name it under Settings > Options > Processing > Providers > Paydirt."
    )


def run(arguments: list[str], feedback: QgsProcessingFeedback) -> str:
    """Runs `paydirt` and returns what it prints on standard output; its messages go to the feedback as they come.

    Raises QgsProcessingException with the program's own words for every exit code but 0.
    """
    command = [find_program(), *arguments]
    feedback.pushCommandInfo(shlex.join(command))
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise QgsProcessingException(f"cannot start `{command[0]}`: {error.strerror}") from error
    answer: list[str] = []
    with child:
        reader = threading.Thread(target=lambda: answer.append(child.stdout.read()), daemon=True)
        reader.start()
        try:
            messages = _hear(child, feedback)
        except BaseException:
            child.kill()
            raise
        finally:
            reader.join()
    if child.returncode != 0:
        raise QgsProcessingException(_failure(child.returncode, messages))
    return "".join(answer)


def _hear(child: subprocess.Popen, feedback: QgsProcessingFeedback) -> list[str]:
    """Passes messages on until the program has none left, and stops it when the user cancels."""
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read, args=(child.stderr, lines), daemon=True).start()
    messages: list[str] = []
    asked_at: float | None = None
    while True:
        try:
            line = lines.get(timeout=LOOK_S)
            if line is None:
                return messages
            messages.append(line)
            _tell(line, messages, feedback)
        except queue.Empty:
            pass
        if asked_at is None and feedback.isCanceled():
            asked_at = time.monotonic()
            feedback.pushInfo("cancelled: asking paydirt to end")
            child.terminate()
        elif asked_at is not None and time.monotonic() - asked_at > GRACE_S:
            child.kill()


def _read(stream, lines: queue.Queue) -> None:
    """Puts the lines of a stream into a queue, and None behind the last."""
    for line in stream:
        lines.put(TERMINAL.sub("", line).rstrip())
    lines.put(None)


def _tell(line: str, messages: list[str], feedback: QgsProcessingFeedback) -> None:
    """Tells one message; from the error on, they are kept for the exception."""
    if any(said.startswith("error:") for said in messages):
        return
    if line.startswith("warning:"):
        feedback.pushWarning(line)
    elif line:
        feedback.pushInfo(line)


def _failure(code: int, messages: list[str]) -> str:
    """Why the program did not do it, in its own words."""
    starts = [at for at, line in enumerate(messages) if line.startswith("error:")]
    words = messages[starts[0] :] if starts else messages[-5:]
    meaning = f"ended by signal {-code}" if code < 0 else f"{MEANINGS.get(code, 'failed')} (exit code {code})"
    return "\n".join([f"paydirt: {meaning}", *words])
