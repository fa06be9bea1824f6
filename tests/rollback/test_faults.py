"""Every call of a rollback, times the ways to fail there, then gone on with: a cut of the whole matrix."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from opslib.sandbox import Fault
from opslib.sandbox.faults import cases
from tests.rollback.failing import Script, assert_ended_well, until_it_ends
from tests.rollback.world import World

pytestmark = [pytest.mark.feature("R19"), pytest.mark.feature("S3")]


@contextmanager
def fresh(world: World) -> Iterator[World]:
    """The story once more, in an empty account and with an empty journal."""
    world.again()
    yield world


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_call(bad: World, when: str) -> None:
    script = Script()
    assert_ended_well(bad, until_it_ends(bad, script))
    calls = [number for number, (_, _, sends) in enumerate(script.seen, start=1) if sends]
    assert [script.seen[number - 1][1] for number in calls] == [
        "Tell", "RegisterScalableTarget", "UpdateService", "RegisterScalableTarget", "Set", "Record", "Tell",
    ]  # fmt: skip
    # Before a call the world is as after the one before it: the first two of AWS are enough.
    for number in calls if when == "after" else calls[1:3]:
        with fresh(bad):
            assert_ended_well(bad, until_it_ends(bad, Script({number: when})))


def test_killed_at_reads_and_again_while_resuming(bad: World) -> None:
    script = Script()
    until_it_ends(bad, script)
    for first in range(2, len(script.seen), 10):
        with fresh(bad):
            assert_ended_well(bad, until_it_ends(bad, Script({first: "before", first + 3: "after"})))


def test_what_aws_does_to_calls(bad: World) -> None:
    bad.sandbox.reset_calls()
    until_it_ends(bad)
    calls = [call for call in bad.sandbox.calls() if call.service != "cloudwatch"]
    matrix = [
        *cases(calls, kinds=("throttle", "lost_response"), mutating_only=True),
        *(
            case
            for case in cases(calls, kinds=("internal_error", "dropped"), mutating_only=True)
            if case.fault.match.operation == "UpdateService"
        ),
    ]
    assert len(matrix) == 8
    for case in matrix:
        with fresh(bad):
            bad.sandbox.faults(case.fault)
            assert_ended_well(bad, until_it_ends(bad))
            assert len(bad.sandbox.fired()) == 1, case


@pytest.mark.parametrize("fault", ["before", "after", "lost"])
def test_a_copy_is_made_once(bad: World, fault: str) -> None:
    """RegisterTaskDefinition has no client token: what was lost on the way is looked for."""
    for number in (1, 2, 3):
        bad.ecs.deregister_task_definition(taskDefinition=f"shop-api:{number}")
    bad.sandbox.invariants("no_orphan_revision", "capacity_never_zero", "scaling_restored")
    if fault == "lost":
        bad.sandbox.faults(Fault.lost_response("ecs", "RegisterTaskDefinition", nth=1))
    outcome = until_it_ends(bad, Script() if fault == "lost" else Script({"RegisterTaskDefinition": fault}))
    assert outcome.exit_code == 0, outcome.ending
    assert bad.revisions() == ["shop-api:4", "shop-api:5"]
    assert bad.running() == "shop-api:5"
    assert bad.sandbox.settled() == []
    assert bad.sandbox.violations() == []
