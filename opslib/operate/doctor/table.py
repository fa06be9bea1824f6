"""Every check, in the order in which it is told."""

from __future__ import annotations

from typing import Any

from opslib.operate.doctor import (
    alarms,
    blindness,
    databases,
    delivery,
    evidence,
    journal,
    live,
    permissions,
    safeguards,
    services,
    sms,
    standby,
    topics,
    upkeep,
    vaults,
)
from opslib.operate.doctor.check import GROUPS, Check

__all__ = ["CHECKS"]

_PARTS = (
    *(topics, sms, delivery, alarms, blindness, services, standby, journal),
    *(databases, vaults, permissions, live, upkeep, safeguards, evidence),
)

CHECKS: tuple[Check[Any, Any], ...] = tuple(
    sorted((check for part in _PARTS for check in part.CHECKS), key=lambda check: GROUPS.index(check.group))
)
"""Ids are unique, and stay: people have them in scripts."""
