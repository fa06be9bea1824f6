from __future__ import annotations

from tests.guard.conftest import guarded
from tests.rollback.conftest import bad, world

__all__ = ["bad", "guarded", "world"]
