"""One severity by the names of every scheme."""

from __future__ import annotations

import pytest

from opslib.errors import BadRequest
from opslib.record import Scheme, grade, grade_in, severity_of

pytestmark = pytest.mark.feature("O2")

# What the schemes' own tables say: a name, the tier, the minutes until somebody is at work on it.
SAID = [
    ("SEV-1", "emergency", 15),
    ("SEV-2", "critical", 60),
    ("SEV-3", "warning", 240),
    ("SEV-4", "info", 1440),
    ("P0", "emergency", 15),
    ("P1", "emergency", 15),
    ("P2", "critical", 60),
    ("P3", "warning", 240),
    ("P4", "info", 1440),
    ("Level 1", "emergency", 5),
    ("Level 2", "critical", 15),
    ("Level 3", "warning", 120),
]


@pytest.mark.parametrize(("name", "severity", "minutes"), SAID)
def test_every_name_is_a_tier_with_a_time(name: str, severity: str, minutes: int) -> None:
    for written in (name, name.lower(), name.replace("-", "").replace(" ", ""), f" {name} "):
        assert severity_of(written) == severity
        assert grade(written).respond_within_minutes == minutes


@pytest.mark.parametrize("scheme", ["SEV", "P", "Level"])
def test_every_tier_has_a_name_in_every_scheme_that_is_no_less(scheme: Scheme) -> None:
    tiers = ("info", "warning", "critical", "emergency")
    for place, tier in enumerate(tiers):
        back = severity_of(grade_in(scheme, tier).name)
        assert tiers.index(back) >= place
        assert severity_of(tier.upper()) == tier


def test_one_schemes_name_in_another() -> None:
    assert grade_in("P", severity_of("SEV-1")).name == "P1"
    assert grade_in("SEV", severity_of("Level 2")).name == "SEV-2"


@pytest.mark.parametrize("name", ["", "SEV-5", "P5", "Level 4", "bad"])
def test_other_names_are_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(BadRequest, match="use one of SEV-1, SEV-2"):
        severity_of(name)
