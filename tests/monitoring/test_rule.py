"""Rules of composites: CloudWatch's syntax, and whose states decide."""

from __future__ import annotations

import pytest

from opslib.monitoring import AllOf, AnyOf, InAlarm, NotInAlarm, Rule
from opslib.monitoring.rule import children, render

pytestmark = pytest.mark.feature("M15")

A, B, C, D = (InAlarm(name) for name in "abcd")

RENDERED: dict[str, tuple[Rule, str]] = {
    "one alarm": (A, 'ALARM("a")'),
    "all but": (AllOf((A, NotInAlarm("b"))), 'ALARM("a") AND NOT ALARM("b")'),
    "any of one": (AnyOf((A,)), 'ALARM("a")'),
    "any of two": (AnyOf((A, B)), 'ALARM("a") OR ALARM("b")'),
    "all of three": (AllOf((A, B, C)), 'ALARM("a") AND ALARM("b") AND ALARM("c")'),
    "all within any": (AnyOf((A, AllOf((B, C)))), 'ALARM("a") OR (ALARM("b") AND ALARM("c"))'),
    # AND binds tighter than OR, so this one changes its meaning without the brackets.
    "any within all": (AllOf((AnyOf((A, B)), C)), '(ALARM("a") OR ALARM("b")) AND ALARM("c")'),
    "three levels": (
        AllOf((A, AnyOf((B, AllOf((C, D)))))),
        'ALARM("a") AND (ALARM("b") OR (ALARM("c") AND ALARM("d")))',
    ),
    "any within a lone all": (AllOf((AnyOf((A, B)),)), 'ALARM("a") OR ALARM("b")'),
    "a lone all within an any": (AnyOf((A, AllOf((AnyOf((B, C)),)))), 'ALARM("a") OR (ALARM("b") OR ALARM("c"))'),
}


@pytest.mark.parametrize(("rule", "expected"), RENDERED.values(), ids=RENDERED)
def test_a_rule_in_cloudwatchs_syntax(rule: Rule, expected: str) -> None:
    assert render(rule) == expected


def test_a_lone_member_among_others_keeps_its_own_brackets() -> None:
    """What a lone member holds stands in the brackets of the one above it."""
    assert render(AllOf((AnyOf((AnyOf((A, B)),)), C))) == '(ALARM("a") OR ALARM("b")) AND ALARM("c")'


def test_children_are_found_at_every_depth_in_order() -> None:
    assert list(children(AllOf((C, AnyOf((A, AllOf((D, B)))))))) == ["c", "a", "d", "b"]


def test_children_are_repeated_where_the_rule_repeats_them() -> None:
    assert list(children(AnyOf((AllOf((A, B)), AllOf((A, C)))))) == ["a", "b", "a", "c"]
