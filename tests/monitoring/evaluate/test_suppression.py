"""The actions suppressor: AWS's six examples, with their WaitPeriod of 2 and ExtensionPeriod of 3, and what follows."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opslib.errors import BadRequest
from opslib.monitoring.evaluate import Act, ActionsSuppressor, State, Suppression, advance

pytestmark = pytest.mark.feature("M15")

PERIODS = ActionsSuppressor(wait_seconds=2, extension_seconds=3)
QUIET = Suppression("OK", "OK")

# When: what changes (c the composite, s the suppressor; A to ALARM, O to OK); then what is done, and what suppresses
# actions after each moment. The examples and their numbers are those of AWS's page on action suppression.
EXAMPLES: dict[str, tuple[dict[int, str], list[Act], dict[int, str | None]]] = {
    "1: not suppressed after WaitPeriod": (
        {2: "cA"},
        [Act("ALARM", 4)],
        {1: None, 2: "WaitPeriod", 3: "WaitPeriod", 4: None},
    ),
    "2: suppressed by alarm before WaitPeriod expires": (
        {2: "cA", 3: "sA"},
        [],
        {2: "WaitPeriod", 3: "Alarm", 4: "Alarm", 9: "Alarm"},
    ),
    "3: transition while suppressed by WaitPeriod": (
        {2: "cA", 3: "cO"},
        [Act("OK", 5)],
        {2: "WaitPeriod", 3: "WaitPeriod", 4: "WaitPeriod", 5: None},
    ),
    "4: transition while suppressed by alarm": (
        {1: "sA", 2: "cA"},
        [],
        {1: "Alarm", 2: "Alarm", 9: "Alarm"},
    ),
    "5: not suppressed after ExtensionPeriod": (
        {2: "cA", 3: "sA", 6: "sO"},
        [Act("ALARM", 9)],
        {2: "WaitPeriod", 3: "Alarm", 6: "ExtensionPeriod", 8: "ExtensionPeriod", 9: None},
    ),
    "6: transition while suppressed by ExtensionPeriod": (
        {2: "cA", 3: "sA", 6: "sO", 7: "cO"},
        [Act("OK", 9)],
        {6: "ExtensionPeriod", 7: "WaitPeriod", 8: "WaitPeriod", 9: None},
    ),
    # And what follows from them.
    "the suppressor comes and goes, the composite does not change": (
        {2: "sA", 4: "sO"},
        [],
        {4: "ExtensionPeriod", 7: None},
    ),
    "both change in one moment": ({2: "cA sA"}, [], {2: "Alarm"}),
    "the suppressor returns within ExtensionPeriod": (
        {1: "sA", 2: "cA", 4: "sO", 5: "sA"},
        [],
        {4: "ExtensionPeriod", 5: "Alarm", 9: "Alarm"},
    ),
    "the composite recovers under its suppressor": (
        {1: "sA", 2: "cA", 3: "cO", 4: "sO"},
        [Act("OK", 7)],
        {3: "Alarm", 4: "ExtensionPeriod", 7: None},
    ),
    "WaitPeriod ends in the moment in which the suppressor comes": (
        {2: "cA", 4: "sA"},
        [Act("ALARM", 4)],
        {3: "WaitPeriod", 4: "Alarm"},
    ),
}
STATES: dict[str, State] = {"A": "ALARM", "O": "OK"}


def changes(text: str) -> dict[str, State]:
    names = {"c": "composite", "s": "suppressor"}
    return {names[change[0]]: STATES[change[1]] for change in text.split()}


@pytest.mark.parametrize(("events", "acts", "suppressed"), EXAMPLES.values(), ids=EXAMPLES)
def test_awss_examples(events: dict[int, str], acts: list[Act], suppressed: dict[int, str | None]) -> None:
    now, done, by = QUIET, [], {}
    for at in range(11):
        now, due = advance(now, PERIODS, at=at, **changes(events.get(at, "")))
        done += due
        by[at] = now.by
    assert done == acts
    assert {at: by[at] for at in suppressed} == suppressed


@pytest.mark.parametrize(("events", "acts", "_suppressed"), EXAMPLES.values(), ids=EXAMPLES)
def test_it_does_not_matter_how_often_one_looks(events: dict[int, str], acts: list[Act], _suppressed: Any) -> None:
    """Only at the changes, and once more in the end: what was due in between is done with its own time."""
    now, done = QUIET, []
    for at, text in {**events, 99: ""}.items():
        now, due = advance(now, PERIODS, at=at, **changes(text))
        done += due
    assert done == acts


def test_a_suppressor_without_data_does_not_suppress() -> None:
    now, _ = advance(QUIET, PERIODS, at=1, suppressor="INSUFFICIENT_DATA")
    now, _ = advance(now, PERIODS, at=2, composite="ALARM")
    assert advance(now, PERIODS, at=4)[1] == (Act("ALARM", 4),)


def test_without_a_wait_period_the_composite_acts_at_once() -> None:
    at_once = ActionsSuppressor(0, 0)
    now, due = advance(QUIET, at_once, at=5, composite="ALARM")
    assert (now.by, due) == (None, (Act("ALARM", 5),))


def test_negative_periods_are_refused() -> None:
    with pytest.raises(BadRequest, match="waits -1"):
        ActionsSuppressor(-1, 0)


moves = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from([None, *get_args(State)]), st.sampled_from([None, *get_args(State)])),
    max_size=12,
)


@given(moves)
def test_nothing_is_done_while_the_suppressor_is_in_alarm_and_nothing_is_lost(events: Any) -> None:
    now, at, changed = QUIET, 0.0, False
    for after, composite, suppressor in events:
        at += after
        before = now
        now, due = advance(now, PERIODS, at=at, composite=composite, suppressor=suppressor)
        assert not (before.suppressor == "ALARM" and due)
        changed = (changed and not due) or now.composite != before.composite
        assert now.held == changed
        assert now.held is False or now.by is not None
    if now.suppressor == "ALARM":
        now, due = advance(now, PERIODS, at=at, suppressor="OK")
    _, due = advance(now, PERIODS, at=at + 100)
    assert [act.state for act in due] == ([now.composite] if changed else [])
