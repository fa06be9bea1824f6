"""Letting go of the world's lock while a handler runs: it calls the sandbox, and has to be answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threading import RLock

__all__ = ["standing_aside"]


@contextmanager
def standing_aside(world: RLock, service: Lock | None = None) -> Iterator[None]:
    """Hold neither lock inside, and both again after, as often as before.

    Args:
        world: The schedule's lock, held any number of times by this thread, or not at all.
        service: The lock of the service whose handler we are in; None: we are in none.
    """
    depth = 0
    while _released(world):
        depth += 1
    if service is not None:
        service.release()
    try:
        yield
    finally:
        # The service's first, as every handler takes them.
        if service is not None:
            service.acquire()
        for _ in range(depth):
            world.acquire()


def _released(lock: RLock) -> bool:
    try:
        lock.release()
    except RuntimeError:  # this thread does not hold it
        return False
    return True
