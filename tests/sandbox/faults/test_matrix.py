"""Every fault at every call of a run: the cases, and that each befalls exactly its call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from opslib.sandbox.faults import KINDS, cases


@dataclass(frozen=True)
class Made:
    service: str
    operation: str
    mutating: bool = False


RUN = [Made("ssm", "GetParameters"), Made("ssm", "PutParameter", mutating=True), Made("ssm", "GetParameters")]


def test_every_call_with_every_kind():
    made = list(cases(RUN, kinds=("throttle", "dropped")))
    assert [str(case) for case in made] == [
        "0-throttle-ssm-GetParameters-1",
        "0-dropped-ssm-GetParameters-1",
        "1-throttle-ssm-PutParameter-1",
        "1-dropped-ssm-PutParameter-1",
        "2-throttle-ssm-GetParameters-2",
        "2-dropped-ssm-GetParameters-2",
    ]


def test_only_writes_and_only_reads():
    assert {case.index for case in cases(RUN, mutating_only=True)} == {1}
    assert {case.index for case in cases(RUN, kinds=("stale",))} == {0, 2}, "a write cannot be stale"


def test_throttling_may_outlast_the_retries():
    [case] = cases(RUN[:1], kinds=("throttle",), throttled_times=4)
    assert case.fault.match.times == 4


def test_all_kinds_but_interference_need_nothing_told():
    kinds = [kind for kind, row in KINDS.items() if not row.colleague]
    assert len(list(cases(RUN, kinds=kinds))) == 3 * len(kinds) - 1


def procedure(ssm: Any) -> None:
    if not ssm.get_parameters(Names=["/a"])["Parameters"]:
        ssm.put_parameter(Name="/a", Value="1", Type="String")
    ssm.get_parameters(Names=["/a"])


def test_each_case_befalls_its_call_and_no_other(account):
    ssm = account.client("ssm", "eu-west-1")
    procedure(ssm)
    calls = account.calls()
    assert [call.operation for call in calls] == ["GetParameters", "PutParameter", "GetParameters"]
    for case in cases(calls, kinds=("throttle", "internal_error", "dropped", "lost_response")):
        account.reset()
        account.faults(case.fault)
        with pytest.raises((ClientError, BotoCoreError)):
            procedure(ssm)
        [fired] = account.fired()
        assert (fired.sequence, fired.kind) == (case.index + 1, case.fault.kind)
        applied = (case.index, case.fault.kind) == (1, "lost_response") or case.index == 2
        account.clear_faults()
        assert bool(ssm.get_parameters(Names=["/a"])["Parameters"]) is applied
