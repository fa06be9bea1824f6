"""The doctor, by roles of the stack that may do what their deployed policies say, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from opslib.permissions import ACTIVITIES
from tests.operate.doctor.test_guide import ELSEWHERE
from tests.permissions.enforced import ASKS_NOBODY

pytestmark = [pytest.mark.feature("O14", "S1"), pytest.mark.xdist_group("doctor")]

OF_LISTENERS = {"subscription-confirmed", "tier-heard", "sms-released", "sms-affordable", "sms-wanted"}
"""The checks that have to know who is told."""


def test_an_operator_may_look_at_everything(ask: Any) -> None:
    found = ask("as_operator")
    assert found["denied"] == []
    assert (found["findings"], found["notChecked"], found["exitCode"]) == ([], [], 0)
    granted = {row.action for activity in ("examining", "seeing who is told") for row in ACTIVITIES[activity]}
    assert {*found["asked"], *ELSEWHERE} - ASKS_NOBODY == granted, "no more than it asks, and no less"


def test_a_viewer_may_look_at_all_but_who_is_told(ask: Any) -> None:
    found = ask("as_viewer")
    assert found["denied"] == ["sns:ListSubscriptionsByTopic"]
    assert {one["check"] for one in found["notChecked"]} == OF_LISTENERS
    assert all("sns:ListSubscriptionsByTopic" in one["why"] for one in found["notChecked"])
    assert {one["check"] for one in found["findings"]} == {"caller-may"}, "who looks cannot roll back"
