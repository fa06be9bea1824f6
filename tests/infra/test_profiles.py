"""Profiles: complete, sensible, and as the source tables say; the nearest band wins."""

from __future__ import annotations

from typing import Any

import pytest

from infra.config import StackConfig
from infra.kinds import KINDS
from infra.profiles import PROFILES, QUANTITIES, bands, fault
from opslib.monitoring import Band

pytestmark = pytest.mark.feature("M11")

USED = {row.thresholds for kind in KINDS.values() for row in kind.alarms if isinstance(row.thresholds, str)}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_has_a_band_for_what_is_watched_and_for_nothing_else(profile: str) -> None:
    assert set(PROFILES[profile]) == set(QUANTITIES) == USED


@pytest.mark.parametrize(
    ("profile", "quantity"), [(profile, quantity) for profile, given in PROFILES.items() for quantity in given]
)
def test_every_band_makes_sense(profile: str, quantity: str) -> None:
    assert fault(quantity, PROFILES[profile][quantity]) is None


BASELINE = {
    "responseSeconds": (2, 5),
    "errorRatePercent": (1, 5),
    "cpuPercent": (70, 85),
    "memoryPercent": (80, 90),
    "connectionsPercent": (80, 95),
}


@pytest.mark.parametrize(("quantity", "expected"), BASELINE.items())
def test_the_baseline_is_the_table_of_baselines(quantity: str, expected: tuple[float, float]) -> None:
    band = PROFILES["baseline"][quantity]
    assert (band.warning, band.critical) == expected


FAULTS = {
    "nothing": ("cpuPercent", Band(), "gives no threshold: write info, warning or critical"),
    "too high": ("cpuPercent", Band(warning=101), "warning 101 is out of range: 0 to 100 percent"),
    "too low": ("responseSeconds", Band(critical=-1), "critical -1 is out of range: 0 to 300 seconds"),
    "no number": ("cpuPercent", Band(info=float("nan")), "info nan is out of range: 0 to 100 percent"),
    "falling": (
        "cpuPercent",
        Band(warning=90, critical=80),
        "the thresholds must rise with severity, warning < critical; they are 90, 80",
    ),
    "rising where less is worse": (
        "freeStoragePercent",
        Band(warning=10, critical=20),
        "the thresholds must rise with severity, warning > critical; they are 10, 20",
    ),
    "equal": (
        "cpuPercent",
        Band(info=50, warning=70, critical=70),
        "the thresholds must rise with severity, info < warning < critical; they are 50, 70, 70",
    ),
}


@pytest.mark.parametrize(("quantity", "band", "clause"), FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_with_a_band(quantity: str, band: Band, clause: str) -> None:
    assert fault(quantity, band) == clause


@pytest.mark.parametrize(
    ("quantity", "band"),
    [
        ("cpuPercent", Band(warning=0, critical=100)),
        ("cpuPercent", Band(critical=50)),
        ("freeStoragePercent", Band(info=30, warning=20, critical=10)),
    ],
)
def test_a_band_may_be_partial_and_reach_the_ends(quantity: str, band: Band) -> None:
    assert fault(quantity, band) is None


def test_the_later_override_wins_and_replaces_the_whole_band() -> None:
    merged = bands("baseline", {"cpuPercent": Band(warning=60, critical=75)}, {"cpuPercent": Band(critical=95)})
    assert merged["cpuPercent"] == Band(critical=95)
    assert merged["memoryPercent"] == PROFILES["baseline"]["memoryPercent"]


def test_an_override_leaves_the_profile_as_it_was() -> None:
    bands("baseline", {"cpuPercent": Band(critical=95)})
    assert PROFILES["baseline"]["cpuPercent"] == Band(warning=70, critical=85)


NEAREST: dict[str, tuple[dict[str, Any], dict[str, Any], Band]] = {
    "the default profile": ({}, {}, Band(warning=70, critical=85)),
    "the stack's profile": ({"profile": "latency-sensitive"}, {}, Band(warning=60, critical=75)),
    "the workload's profile over the stack's": (
        {"profile": "latency-sensitive"},
        {"profile": "steady"},
        Band(warning=80, critical=90),
    ),
    "the stack's band over the workload's profile": (
        {"thresholds": {"cpuPercent": {"warning": 50}}},
        {"profile": "steady"},
        Band(warning=50),
    ),
    "the workload's band over the stack's": (
        {"thresholds": {"cpuPercent": {"warning": 50}}},
        {"thresholds": {"cpuPercent": {"critical": 99}}},
        Band(critical=99),
    ),
}


@pytest.mark.parametrize(("stack", "service", "expected"), NEAREST.values(), ids=NEAREST)
def test_the_nearest_band_wins(stack: dict[str, Any], service: dict[str, Any], expected: Band) -> None:
    written = {
        "product": "shop",
        "environment": "prod",
        "services": {"api": {"cluster": "shop", "service": "api", **service}},
        **stack,
    }
    config = StackConfig.parse(written, source="test")
    assert config.subject("api").bands["cpuPercent"] == expected
    assert config.subject("api").bands["memoryPercent"] == PROFILES[service.get("profile", "baseline")]["memoryPercent"]
