"""Where the environment asks for a second person, nothing is changed before that person says yes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from opslib import rollback
from opslib.errors import BadRequest, Refused
from opslib.rollback.approval import Approval, Approvals, approve
from opslib.rollback.workbench import Workbench
from tests.rollback.world import World

pytestmark = pytest.mark.feature("S2")

ASKED: dict[str, Any] = {"approval": {"procedures": ["rollback.service"], "hours": 4}}
KIM = "arn:aws:iam::123456789012:user/kim"


def refused(world: World, **options: Any) -> str:
    """The id of a plan that waits for a yes, and that nothing was changed."""
    world.sandbox.reset_calls()
    with pytest.raises(Refused, match=r"waits for a second person, nothing was changed: .*`opslib approve ") as found:
        rollback.service(world.stack(**ASKED), "api", **world.options, **options)
    assert found.value.exit_code == 3
    assert world.operations(mutating=True) == []
    return found.value.what.split()[1]


def test_without_a_yes_nothing_is_changed_and_with_it_it_is_resumed(
    bad: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_id = refused(bad)
    with pytest.raises(Refused, match="waits for a second person"):
        rollback.resume(bad.stack(**ASKED), plan_id, **bad.options)

    me = Workbench.checked(bad.stack(**ASKED), **bad.options)
    yes = Approval(actor=me.stack.clients.identity().arn, at=bad.clock.now())
    with pytest.raises(Refused, match="somebody else has to say yes"):
        approve(me.opened.journal, me.plan(plan_id), yes)

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "kim")
    kim = Workbench.checked(bad.stack(**ASKED), **bad.options)
    assert kim.stack.clients.identity().arn == KIM
    approve(kim.opened.journal, kim.plan(plan_id), Approval(actor=KIM, at=bad.clock.now(), reason="seen the graphs"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")

    bad.alarm("OK")
    outcome = rollback.resume(bad.stack(**ASKED), plan_id, **bad.options)
    assert outcome.exit_code == 0, outcome.ending.says
    assert bad.running() == "shop-api:3"
    given = Approvals(bad.journal().store).of(plan_id)
    assert given is not None
    assert (given.actor, given.reason) == (KIM, "seen the graphs")
    with pytest.raises(BadRequest, match="is over"):
        approve(kim.opened.journal, kim.plan(plan_id), given)


def test_who_asks_under_another_name_is_still_the_same_person(bad: World) -> None:
    plan_id = refused(bad, actor="night shift")
    bench = Workbench.checked(bad.stack(**ASKED), **bad.options)
    mine = Approval(actor=bench.stack.clients.identity().arn, at=bad.clock.now())
    with pytest.raises(Refused, match="somebody else has to say yes"):
        approve(bench.opened.journal, bench.plan(plan_id), mine)


def test_a_yes_grows_old(bad: World) -> None:
    plan_id = refused(bad, deadline=timedelta(hours=9))
    bench = Workbench.checked(bad.stack(**ASKED), **bad.options)
    approve(bench.opened.journal, bench.plan(plan_id), Approval(actor=KIM, at=bad.clock.now()))
    bad.wait(5 * 3600)
    with pytest.raises(Refused, match=f"the yes of {KIM} to plan {plan_id} is over 4 h old"):
        rollback.resume(bad.stack(**ASKED), plan_id, **bad.options)


def test_in_an_emergency_the_glass_is_broken_and_it_is_kept_why(bad: World) -> None:
    bad.alarm("OK")
    options = {**bad.options, "break_glass": "nobody else is awake"}
    outcome = rollback.service(bad.stack(**ASKED), "api", **options)
    assert outcome.exit_code == 0, outcome.ending.says
    assert outcome.plan.context["unapproved"] == "nobody else is awake"
    assert "GLASS BROKEN (nobody else is awake): nobody else was asked" in outcome.plan.context["notes"]


def test_a_dry_run_needs_no_yes_and_says_that_one_will_be_needed(bad: World) -> None:
    seen = rollback.service(bad.stack(**ASKED), "api", dry_run=True, **bad.options)
    assert "a second person has to say yes before the first change" in seen.notes
