"""What ends a state, or an execution: an error's name and its cause."""

from __future__ import annotations

__all__ = ["StateFailed", "names_match"]

# AWS: States.ALL does not catch these.
_NEVER_CAUGHT = ("States.Runtime", "States.DataLimitExceeded")


class StateFailed(Exception):
    """A state failed.

    Attributes:
        error: The error's name (`States.Timeout`, or the name of a handler's exception).
        cause: What is known beside it.
    """

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


def names_match(wanted: list[str], error: str) -> bool:
    """Whether a Retry's or Catch's ErrorEquals takes an error.

    AWS: States.ALL takes every error but those two; States.TaskFailed every error of a task but a time-out.
    """
    if error in wanted:
        return True
    if error in _NEVER_CAUGHT:
        return False
    return "States.ALL" in wanted or ("States.TaskFailed" in wanted and error != "States.Timeout")
