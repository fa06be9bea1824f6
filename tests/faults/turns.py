"""Two who act at the same time, and yet always in the same order: whoever sleeps lets the other go on."""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["Turns"]

LONGEST_SECONDS = 60.0


class Turns:
    """The turns of this thread and of one other. Only one of them moves at any time."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._other: threading.Thread | None = None
        self._others_turn = False
        self._finished = True

    def begin(self, act: Callable[[], None]) -> None:
        """Let somebody else act, until they sleep or have finished."""

        def acting() -> None:
            with self._condition:
                self._await(turn=True)
            try:
                act()
            finally:
                with self._condition:
                    self._finished, self._others_turn = True, False
                    self._condition.notify_all()

        self._finished = False
        self._other = threading.Thread(target=acting, daemon=True)
        self._other.start()
        self.hand_over()

    def hand_over(self) -> None:
        """Let the other go on, if there is one."""
        mine = threading.current_thread() is self._other
        with self._condition:
            if self._finished:
                return
            self._others_turn = not mine
            self._condition.notify_all()
            self._await(turn=mine)

    def let_finish(self) -> None:
        """Let the other go on until they have finished."""
        while not self._finished:
            self.hand_over()

    def _await(self, *, turn: bool) -> None:
        came = self._condition.wait_for(lambda: self._others_turn == turn or self._finished, LONGEST_SECONDS)
        if not came:
            raise RuntimeError(f"nobody handed over within {LONGEST_SECONDS:g} s")
