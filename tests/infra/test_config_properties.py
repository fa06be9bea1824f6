"""Configurations that nobody would write: each is either valid or refused by one clear line, never by a traceback."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.config import StackConfig
from infra.model import monitoring
from opslib.errors import BadRequest
from tests.infra.everything import EVERYTHING

KEYS = sorted(StackConfig.known_keys())


def paths(value: Any, where: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a configuration."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([where] if where else []), *(path for key, part in inner for path in paths(part, (*where, key)))]


PATHS = paths(EVERYTHING)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from(
        ["arn:aws:sns:eu-west-1:123456789012:t", "arn:", "api", "edge", "shop", "[", "{}", '{"a": 1}', "1"]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["api", "arn", "cpuPercent", "warning", "fromStack", "output", "A b", ""]), inner
        ),
    ),
    max_leaves=6,
)


def judged(written: Any) -> None:
    """Whatever is written is taken whole, or refused on one line that names where."""
    try:
        config = StackConfig.parse(written, source="Pulumi.x.yaml")
        model = monitoring(config, region="eu-west-1")
        assert all(": " in line and "\n" not in line for line in model.problems())
        config.elsewhere(account="123456789012", region="eu-west-1")
    except BadRequest as refused:
        line = str(refused)
        assert line.startswith("Pulumi.x.yaml: ")
        assert "\n" not in line
        assert "Traceback" not in line


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(PATHS), value=VALUES)
def test_one_wrong_place_is_one_line(path: tuple[Any, ...], value: Any) -> None:
    written = deepcopy(EVERYTHING)
    place: Any = written
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    judged(written)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=10)), VALUES, max_size=6))
def test_anything_at_all_is_one_line(written: dict[str, Any]) -> None:
    judged(written)


NAMED_BY_AWS = {"containers", "targetGroups"}
SPELT = [path for path in PATHS if isinstance(path[-1], str) and not NAMED_BY_AWS & {*path[-2:-1]}]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(SPELT))
def test_a_misspelt_key_is_named_with_its_path(path: tuple[Any, ...]) -> None:
    written = deepcopy(EVERYTHING)
    place: Any = written
    for part in path[:-1]:
        place = place[part]
    place["no such key"] = place.pop(path[-1])
    judged(written)
    # Keys of a map are names of ours: one that is refused is named just as well.
    with pytest.raises(BadRequest) as refused:
        StackConfig.parse(written, source="x")
    assert str(path[0] if len(path) > 1 else "no such key") in str(refused.value)
