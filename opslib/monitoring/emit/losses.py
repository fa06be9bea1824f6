"""What could not be written, counted; each reason is logged once, and nothing is ever raised into the application."""

from __future__ import annotations

import logging
from collections import Counter as Tally
from collections.abc import Mapping
from contextlib import suppress
from threading import RLock

__all__ = ["Losses"]

_LOG = logging.getLogger("opslib.emit")


class Losses:
    """How much was lost, by reason."""

    def __init__(self) -> None:
        # Re-entrant, as every lock here: a signal's handler may count while its thread is counting.
        self._lock = RLock()
        self._counts: Tally[str] = Tally()

    def add(self, reason: str, detail: object = "", count: int = 1) -> None:
        """Count a loss, and log it if it is the first for this reason.

        Args:
            reason: One of few words: a key of `counts`.
            detail: What is told of the first one.
            count: How many values or documents.
        """
        with self._lock:
            first = reason not in self._counts
            self._counts[reason] += count
        if first:
            # A logging handler of the application's may raise anything.
            with suppress(Exception):
                _LOG.warning("metrics: %s (%s); counted from now on, not logged again", reason, str(detail)[:200])

    @property
    def counts(self) -> Mapping[str, int]:
        """How many by reason."""
        with self._lock:
            return dict(self._counts)

    def after_fork(self) -> None:
        """Start anew in a child process, where a thread of the parent's may have held the lock."""
        self._lock = RLock()
        self._counts = Tally()
