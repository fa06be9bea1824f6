"""The windows that a stack's file says are asked by its rollbacks, beside those that a caller gives."""

from __future__ import annotations

from typing import Any

import pytest

from opslib import rollback
from opslib.calendar import Calendar
from opslib.errors import BadRequest, Refused
from opslib.rollback.before import calendar_of
from tests.rollback.world import World

pytestmark = pytest.mark.feature("M17")

FROZEN = {"name": "year-end", "kind": "freeze", "from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
AT_WORK = {"name": "move", "from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}


def stack(world: World, *windows: dict[str, Any]) -> Any:
    return world.stack(maintenance={"windows": list(windows)})


def test_a_freeze_of_the_stack_refuses_and_a_reason_passes_it(bad: World) -> None:
    with pytest.raises(Refused, match=r"the calendar says: frozen \(year-end\)"):
        rollback.service(stack(bad, FROZEN), "api", dry_run=True, **bad.options)
    seen = rollback.service(stack(bad, FROZEN), "api", dry_run=True, **bad.options, despite="it loses orders")
    assert any("frozen (year-end)" in note and "it loses orders" in note for note in seen.notes)


def test_a_window_of_the_stack_is_said_and_stops_nothing(bad: World) -> None:
    seen = rollback.service(stack(bad, AT_WORK), "api", dry_run=True, **bad.options)
    assert any("the calendar says: maintenance (move)" in note for note in seen.notes)


def test_both_calendars_count_and_of_two_windows_of_a_name_the_callers(bad: World) -> None:
    given = Calendar.parse({"windows": [{**AT_WORK, "name": "year-end"}, {**FROZEN, "name": "audit"}]}, source="here")
    both = calendar_of(stack(bad, FROZEN, AT_WORK), given)
    assert both is not None
    assert [(window.name, window.kind) for window in both.windows] == [
        ("year-end", "maintenance"),
        ("audit", "freeze"),
        ("move", "maintenance"),
    ]
    assert calendar_of(bad.stack(), given) is given
    assert calendar_of(bad.stack(), None) is None


def test_windows_in_the_outputs_that_cannot_be_read_are_refused_by_their_name(bad: World) -> None:
    with pytest.raises(BadRequest, match=r"the calendar in the outputs of shop/prod cannot be read: windows\.0"):
        rollback.service(stack(bad, {"name": "x"}), "api", dry_run=True, **bad.options)
