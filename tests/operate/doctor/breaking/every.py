"""Everything that is broken on purpose, one thing at a time."""

from __future__ import annotations

from tests.operate.doctor.breaking import (
    access,
    alarms,
    backups,
    evidence,
    rolling_back,
    safeguards,
    telling,
    watched,
)
from tests.operate.doctor.breaking.means import Broken

__all__ = ["BROKEN"]

BROKEN: tuple[Broken, ...] = (
    *telling.BROKEN,
    *alarms.BROKEN,
    *rolling_back.BROKEN,
    *backups.BROKEN,
    *access.BROKEN,
    *watched.BROKEN,
    *safeguards.BROKEN,
    *evidence.BROKEN,
)
