"""Saved queries, whatever stands in them: created, they are what was asked for, and a second up changes nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opslib.sandbox.provider import StandInProvider

TOKEN = "aws:cloudwatch/queryDefinition:QueryDefinition"
PART = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=":*/"), min_size=1, max_size=20)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=80)
GROUPS = st.lists(st.from_regex(r"[._/#A-Za-z0-9-]{1,40}", fullmatch=True), max_size=4)
QUERIES = st.builds(
    lambda parts, text, groups: {"name": "/".join(parts), "queryString": text, "logGroupNames": groups},
    st.lists(PART, min_size=1, max_size=3),
    TEXT,
    GROUPS,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=QUERIES, after=QUERIES)
def test_what_was_put_is_read_and_nothing_is_left_to_do(
    provider: StandInProvider, before: dict[str, Any], after: dict[str, Any]
) -> None:
    first = provider.check(TOKEN, before)
    assert first.failures == ()
    created = provider.create(TOKEN, first.inputs)
    assert provider.diff(TOKEN, created.id, first.inputs, created.outputs, first.inputs).changed == ()

    second = provider.check(TOKEN, after, first.inputs).inputs
    differing = {name for name in after if before[name] != after[name]}
    difference = provider.diff(TOKEN, created.id, first.inputs, created.outputs, second)
    assert (set(difference.changed), difference.replaces) == (differing, ())
    updated = provider.update(TOKEN, created.id, first.inputs, created.outputs, second)
    live = provider.read(TOKEN, created.id, second, updated)
    assert live is not None
    assert live.id == created.id
    assert provider.diff(TOKEN, created.id, live.inputs, live.outputs, second).changed == ()
    provider.delete(TOKEN, created.id, updated)
    assert provider.read(TOKEN, created.id, second, updated) is None
