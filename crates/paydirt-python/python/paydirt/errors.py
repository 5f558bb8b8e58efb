"""What goes wrong, as the command line says it: a message, what to do about it, and the exit code."""

from __future__ import annotations


class PaydirtError(Exception):
    """Something went wrong. `hint` says what can be done about it; `exit_code` is that of the command line."""

    def __init__(self, message: str, hint: str | None = None, exit_code: int = 1) -> None:
        super().__init__(message, hint, exit_code)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\nhint: {self.hint}"


class UsageError(PaydirtError, ValueError):
    """A project, setting or argument that does not do."""

    def __init__(self, message: str, hint: str | None = None, exit_code: int = 2) -> None:
        super().__init__(message, hint, exit_code)


class DataError(PaydirtError, ValueError):
    """Data that are refused."""

    def __init__(self, message: str, hint: str | None = None, exit_code: int = 3) -> None:
        super().__init__(message, hint, exit_code)


def made(message: str, hint: str | None, exit_code: int) -> PaydirtError:
    """The error of an exit code; the native part calls this."""
    kind = {2: UsageError, 3: DataError}.get(exit_code, PaydirtError)
    return kind(message, hint, exit_code)
