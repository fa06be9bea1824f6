"""What people said to a plan is in its record: asked, yes, no, what did not count, what grew old; for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from opslib import rollback
from opslib.errors import BadRequest, Refused
from opslib.procedure import Journal
from opslib.record import IncidentRecord, export, incident, render_html, render_markdown
from opslib.rollback.approval import Approval, Approvals, approve, refuse
from opslib.rollback.workbench import Workbench
from tests.rollback.world import World

pytestmark = [pytest.mark.feature("S2"), pytest.mark.feature("R19")]

ASKED: dict[str, Any] = {"approval": {"procedures": ["rollback.service"], "hours": 4}}
KIM, LEE = ("arn:aws:iam::123456789012:user/kim", "arn:aws:iam::123456789012:user/lee")


def waiting(world: World, **options: Any) -> tuple[Workbench, str]:
    """A plan that waits for a yes."""
    with pytest.raises(Refused) as found:
        rollback.service(world.stack(**ASKED), "api", reason="5xx since 14:02", **world.options, **options)
    return Workbench.checked(world.stack(**ASKED), **world.options), found.value.what.split()[1]


def said(record: IncidentRecord) -> list[tuple[str, str]]:
    return [(one.event, one.says) for one in record.timeline if one.event in events]


events = ("asked", "approved", "refused", "not_allowed", "expired")


def shown(journal: Journal, plan_id: str) -> IncidentRecord:
    """The record; its page and its Markdown say what it says."""
    record = incident(journal, plan_id)
    page, text = render_html(record), render_markdown(record)
    assert "Second person" in page
    assert "**Second person**" in text
    for _, says in said(record):
        assert says.partition(",")[0].lower() in page.lower()
    assert IncidentRecord.model_validate(record.document()) == record
    return record


def test_a_yes_is_told_with_who_when_why_and_for_how_long(bad: World) -> None:
    bench, plan_id = waiting(bad)
    journal, plan, me = bench.opened.journal, bench.plan(plan_id), bench.stack.clients.identity().arn
    record = shown(journal, plan_id)
    assert record.approval is not None
    assert (record.approval.state, record.approval.hours, record.approval.until) == ("waiting", 4, None)
    assert record.outcome.says.startswith(
        "it waits for a second person, nothing was changed: somebody else runs `opslib"
    )
    bad.wait(60)
    with pytest.raises(Refused):
        approve(journal, plan, Approval(actor=me, at=bad.clock.now()))
    bad.wait(60)
    yes = Approval(actor=KIM, at=bad.clock.now(), reason="seen the graphs")
    approve(journal, plan, yes)
    bad.alarm("OK")
    assert rollback.resume(bad.stack(**ASKED), plan_id, **bad.options).exit_code == 0

    record = shown(journal, plan_id)
    assert said(record) == [
        ("asked", "a second person was asked, whose yes counts for 4 h"),
        ("not_allowed", f"{me} said yes, and has asked for it: that does not count"),
        ("approved", f"{KIM} said yes: seen the graphs"),
    ]
    account = record.approval
    assert account is not None
    assert (account.state, account.actor, account.at, account.reason) == ("approved", KIM, yes.at, "seen the graphs")
    assert account.until == yes.at + timedelta(hours=4)
    acts = [act["event"] for act in export(journal)]
    assert [one for one in acts if one in events] == ["asked", "not_allowed", "approved"], "in the audit as well"
    assert acts.index("approved") < acts.index("called")


def test_a_no_stops_it_until_somebody_else_says_yes(bad: World) -> None:
    bench, plan_id = waiting(bad)
    journal, plan = bench.opened.journal, bench.plan(plan_id)
    refuse(journal, plan, Approval(actor=LEE, at=bad.clock.now(), reason="the database was migrated"))
    bad.sandbox.reset_calls()
    with pytest.raises(Refused, match=f"{LEE} has said no to plan {plan_id} .the database was migrated.*nothing was"):
        rollback.resume(bad.stack(**ASKED), plan_id, **bad.options)
    assert bad.operations(mutating=True) == []
    account = shown(journal, plan_id).approval
    assert account is not None
    assert (account.state, account.actor, account.reason) == ("refused", LEE, "the database was migrated")

    approve(journal, plan, Approval(actor=KIM, at=bad.clock.now()))
    bad.alarm("OK")
    assert rollback.resume(bad.stack(**ASKED), plan_id, **bad.options).exit_code == 0
    assert [event for event, _ in said(shown(journal, plan_id))] == ["asked", "refused", "approved"]
    with pytest.raises(BadRequest, match="is over"):
        refuse(journal, plan, Approval(actor=LEE, at=bad.clock.now(), reason="late"))


def test_a_yes_that_grew_old_is_told_as_that_once(bad: World) -> None:
    bench, plan_id = waiting(bad, deadline=timedelta(hours=9))
    journal = bench.opened.journal
    yes = Approval(actor=KIM, at=bad.clock.now())
    approve(journal, bench.plan(plan_id), yes)
    bad.wait(5 * 3600)
    for _ in range(2):
        with pytest.raises(Refused, match="is over 4 h old"):
            rollback.resume(bad.stack(**ASKED), plan_id, **bad.options)
    record = shown(journal, plan_id)
    assert [event for event, _ in said(record)] == ["asked", "approved", "expired"]
    assert record.approval is not None
    assert record.approval.state == "expired"
    assert [one.at for one in record.timeline if one.event == "expired"] == [yes.at + timedelta(hours=4)]
    assert [one.kind for one in Approvals(journal.store).said(plan_id)] == ["asked", "approved", "expired"]


def test_broken_glass_is_told_in_the_place_of_a_yes(bad: World) -> None:
    bad.alarm("OK")
    options = {**bad.options, "break_glass": "nobody else is awake"}
    outcome = rollback.service(bad.stack(**ASKED), "api", **options)
    account = shown(bad.journal(), outcome.plan.id).approval
    assert account is not None
    assert (account.state, account.reason) == ("glass_broken", "nobody else is awake")


def test_where_nobody_is_asked_the_record_says_nothing_of_it(bad: World) -> None:
    bad.alarm("OK")
    outcome = rollback.service(bad.stack(), "api", **bad.options)
    record = incident(bad.journal(), outcome.plan.id)
    assert record.approval is None
    assert "econd person" not in render_html(record)
