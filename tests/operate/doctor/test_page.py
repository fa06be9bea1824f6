"""A test page goes the way of an alarm's: it arrives, is counted, and is taken back."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.feature("O14"), pytest.mark.xdist_group("doctor")]

PAGER = "pager.example"
REGIONS = ["eu-central-1", "us-east-1"]
"""Where the stack has topics: its own, and that of global services."""


def test_a_page_arrives_says_that_it_is_a_test_and_is_taken_back(ask: Any) -> None:
    found = ask("page_arrives")
    assert (found["verdict"], found["faults"], found["why"]) == ("in place", [], [])
    in_each = [[PAGER, "OK", "ALARM"]] * 2 + [[PAGER, "ALARM", "OK"]] * 2
    assert found["arrived"] == in_each, "in each region once; and a function that relays it"
    assert found["regions"] == REGIONS * 2
    rings, _, over, _ = found["reasons"]
    assert rings.startswith("THIS IS A TEST: `opslib doctor --page critical`, by arn:aws:iam::123456789012:user/ada")
    assert over.startswith("THE TEST IS OVER")


def test_of_recoveries_one_message_is_enough(ask: Any) -> None:
    found = ask("page_of_recovery")
    assert found["verdict"] == "in place"
    assert [states[1:] for states in found["arrived"]] == [["ALARM", "OK"]] * 2, "in each region"


def test_a_subscriber_that_cannot_be_reached_is_a_finding(ask: Any) -> None:
    found = ask("page_refused")
    assert found["verdict"] == "missing"
    assert found["faults"] == ["the test page did not reach 1 of 3 subscribers"]


def test_a_filter_that_does_not_let_it_pass_is_a_finding(ask: Any) -> None:
    found = ask("page_filtered")
    assert found["verdict"] == "missing"
    assert found["faults"] == ["the filters of 1 of 3 subscriptions do not let it pass"]


def test_what_sns_does_not_say_in_time_is_not_checked_and_the_page_is_taken_back(ask: Any) -> None:
    found = ask("page_unsaid")
    assert (found["verdict"], found["faults"]) == ("not checked", [])
    assert found["why"] == ["SNS has said of 2 of 3 subscriptions what became of it: ask whoever should have heard"]
    pager = [states[1:] for states in found["arrived"] if states[0] == PAGER]
    assert pager == [["OK", "ALARM"]] * 2 + [["ALARM", "OK"]] * 2


def test_nobody_is_paged_where_nobody_listens(ask: Any) -> None:
    found = ask("page_unheard")
    assert found["faults"] == ["nobody listens: no page can arrive"] * 2, "in neither region"
    assert found["arrived"] == []


def test_the_tiers_topics_of_all_regions_are_tried(ask: Any) -> None:
    found = ask("page_elsewhere")
    assert found["verdict"] == "missing"
    nobody = "nobody listens: no page can arrive"
    assert dict(zip(found["on"], found["faults"], strict=True)) == {
        "parcel-far in eu-west-1": nobody,
        "parcel-far in ap-south-1": nobody,
    }
    rang = [region for region, states in zip(found["regions"], found["arrived"], strict=True) if states[1] == "OK"]
    assert rang == REGIONS
    assert [states for states in found["arrived"] if states[0] == "far.example"] == [
        ["far.example", "OK", "ALARM"],
        ["far.example", "ALARM", "OK"],
    ]
