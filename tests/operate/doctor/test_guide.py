"""docs/doctor.md has the table of checks, row by row. Run as a program, it prints what should stand there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from opslib.operate.doctor import CHECKS, PAGE
from opslib.operate.doctor.check import GROUPS

GUIDE = Path(__file__).parents[3] / "docs" / "doctor.md"


def tables() -> str:
    """The checks by group, as the guide has them."""
    parts = []
    for group in GROUPS:
        rows = [check for check in (*CHECKS, PAGE) if check.group == group]
        parts.append(
            f"### {group}\n\n| check | level | what should be so | if not, at 3 a.m. |\n|---|---|---|---|\n"
            + "".join(f"| `{one.id}` | {one.level} | {one.looks_at} | {one.why} |\n" for one in rows)
        )
    return "\n".join(parts)


@pytest.mark.feature("O14")
def test_the_guide_has_every_check_as_it_is() -> None:
    assert tables() in GUIDE.read_text(encoding="utf-8"), "python -m tests.operate.doctor.test_guide prints it"


ELSEWHERE = {"autoscaling:DescribeAutoScalingGroups", "ec2:DescribeInstances"}
"""Of hosts and fleets, which the shipped stack has none of."""


@pytest.mark.xdist_group("doctor")
@pytest.mark.feature("O14")
def test_the_guide_says_what_it_has_to_be_allowed(ask: Any) -> None:
    (section,) = re.findall(r"## What it has to be allowed\n(.*?)\n## ", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert set(re.findall(r"`([a-z0-9-]+:[A-Za-z]+)`", section)) == {
        *ask("nothing_broken")["actions"],
        *ELSEWHERE,
    }


if __name__ == "__main__":
    print(tables())  # noqa: T201  # it is a program then
