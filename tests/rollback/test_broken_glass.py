"""Broken glass: what is done while the stack's table does not answer, and how it comes into the table later."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from opslib import rollback
from opslib.calendar import Hold, Holds
from opslib.procedure import Journal
from opslib.procedure.left_behind import carry_over
from opslib.procedure.open_journal import open_journal
from opslib.rollback.history import Records
from opslib.rollback.merging import merge
from tests.rollback.world import TARGET, World

pytestmark = pytest.mark.feature("S3")

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_glass_is_broken_loudly_and_on_record(bad: World) -> None:
    stack = bad.stack_with_table(create=False)
    seen = rollback.service(stack, "api", dry_run=True, break_glass="DynamoDB is down", **bad.options)
    assert any(note.startswith("GLASS BROKEN (DynamoDB is down)") for note in seen.notes)
    assert seen.plan.context["break_glass"] == "DynamoDB is down"


def test_a_plan_of_broken_glass_is_gone_on_with_when_the_table_is_back(bad: World) -> None:
    stack = bad.stack_with_table(create=False)
    prepared = rollback.plan_service(stack, "api", break_glass="DynamoDB is down", **bad.options)
    prepared.bench.opened.journal.claim(prepared.plan)
    stack = bad.stack_with_table(create=True)
    bad.alarm("OK")
    assert rollback.resume(stack, prepared.plan.id, **bad.options).exit_code == 0
    assert bad.running() == "shop-api:3"


def _with_broken_glass(bad: World) -> str:
    """A whole rollback while there is no table; its plan's id."""
    stack = bad.stack_with_table(create=False)
    calm = lambda e: bad.alarm("OK") if (e.step_id, e.kind) == ("serves", "done") else None  # noqa: E731
    outcome = rollback.service(stack, "api", on_event=calm, break_glass="DynamoDB is down", **bad.options)
    assert outcome.exit_code == 0, outcome.ending
    return outcome.plan.id


def test_what_was_done_with_broken_glass_is_merged_into_the_table(bad: World) -> None:
    plan = _with_broken_glass(bad)
    stack = bad.stack_with_table(create=True)
    here = open_journal(stack, environ=bad.environ)
    assert [note for note in here.notes if plan in note and "`opslib merge`" in note]
    assert here.beside is not None
    [merged] = merge(here.beside, here.journal.store)
    assert (merged.plan_id, merged.is_merged) == (plan, True)
    assert [entry.plan_id for entry in here.journal.history()] == [plan]
    assert here.journal.progress(plan).model_dump(exclude={"revision"}) == (
        Journal(here.beside).progress(plan).model_dump(exclude={"revision"})
    )
    assert Records(here.journal.store).of(TARGET) == Records(here.beside).of(TARGET) != ()
    hold = Holds(here.journal.store).get(TARGET)
    assert hold is not None
    assert hold.plan == plan
    assert merge(here.beside, here.journal.store) == (), "once is enough"
    Holds(here.journal.store).lift(TARGET, actor="kim", reason="fixed", at=NOW)
    assert open_journal(stack, environ=bad.environ).notes == ()
    assert rollback.resume(stack, plan, **bad.options).exit_code == 0, "as it ended"


def test_a_merge_that_is_killed_is_done_again_and_a_hold_of_somebody_else_stays(bad: World) -> None:
    plan = _with_broken_glass(bad)
    stack = bad.stack_with_table(create=True)
    here = open_journal(stack, environ=bad.environ)
    assert here.beside is not None
    carry_over(here.beside, here.journal.store, plan)  # and killed here
    Holds(here.journal.store).set(Hold(target=TARGET, scope="deploys", reason="mine", actor="kim", at=NOW))
    [merged] = merge(here.beside, here.journal.store)
    assert merged.is_merged
    assert "its hold is not" in merged.says
    hold = Holds(here.journal.store).get(TARGET)
    assert hold is not None
    assert hold.actor == "kim"
    assert len(here.journal.history()) == 1


def test_one_that_has_not_ended_is_not_merged_yet(bad: World) -> None:
    prepared = rollback.plan_service(bad.stack_with_table(create=False), "api", break_glass="down", **bad.options)
    prepared.bench.opened.journal.claim(prepared.plan)
    here = open_journal(bad.stack_with_table(create=True), environ=bad.environ)
    assert here.beside is not None
    [left] = merge(here.beside, here.journal.store)
    assert (left.is_merged, left.says) == (False, f"has not ended: `opslib resume {prepared.plan.id}`")
    assert here.journal.history() == ()


def test_it_is_kept_in_the_stacks_table(bad: World) -> None:
    stack = bad.stack_with_table(create=True)
    outcome = rollback.service(
        stack, "api", on_event=lambda e: bad.alarm("OK") if (e.step_id, e.kind) == ("serves", "done") else None,
        **bad.options,
    )  # fmt: skip
    assert outcome.exit_code == 0, outcome.ending
    again = rollback.resume(stack, outcome.plan.id, **bad.options)
    assert again.ending == outcome.ending
    assert not bad.state.exists(), "nothing was kept on this machine"
