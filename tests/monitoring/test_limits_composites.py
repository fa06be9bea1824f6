"""AWS's limits of composite alarms: what just fits passes, and what just does not is one line that names it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from opslib.monitoring import Alarm, AnyOf, CompositeAlarm, InAlarm, problems
from tests.monitoring.test_limits import RECOVER, SCALE, only


def family(alarm: Alarm, composite: CompositeAlarm, count: int, *, length: int = 0) -> dict[str, Any]:
    """A composite over so many alarms, whose names may be padded to a length."""
    alarms = [replace(alarm, name=f"a{index}".ljust(length, "x")) for index in range(count)]
    rule = AnyOf(tuple(InAlarm(child.name) for child in alarms))
    return {"alarms": alarms, "composites": [replace(composite, rule=rule)]}


def test_the_children_of_a_composite(alarm: Alarm, composite: CompositeAlarm) -> None:
    assert problems(**family(alarm, composite, 100)) == ()
    only(problems(**family(alarm, composite, 101)), f"composite {composite.name}: 101 children, AWS takes 100")


def test_the_length_of_a_composites_rule(alarm: Alarm, composite: CompositeAlarm) -> None:
    # 80 times `ALARM("…")` (9 characters and the name) and 79 times ` OR `: 316 and 80 times (9 + name).
    inside, beyond = (family(alarm, composite, 80, length=length) for length in (115, 116))
    assert len(inside["composites"][0].expression) == 10_236
    assert problems(**inside) == ()
    only(problems(**beyond), f"composite {composite.name}: a rule of 10316 characters, AWS takes 10240")


def test_a_composite_names_alarms_that_there_are(alarm: Alarm, composite: CompositeAlarm) -> None:
    above = replace(composite, name="emergency", rule=InAlarm(composite.name))
    assert problems(alarms=[alarm], composites=[composite, above]) == ()
    only(problems(alarms=[alarm], composites=[above]), f"composite emergency: there is no alarm {composite.name}")


def test_a_composite_has_children(alarm: Alarm, composite: CompositeAlarm) -> None:
    empty = replace(composite, rule=AnyOf(()))
    only(problems(alarms=[alarm], composites=[empty]), f"composite {composite.name}: its rule names no alarm")


def test_the_composites_of_a_child(alarm: Alarm, composite: CompositeAlarm) -> None:
    def parents(count: int) -> list[CompositeAlarm]:
        return [replace(composite, name=f"c{index}") for index in range(count)]

    assert problems(alarms=[alarm], composites=parents(150)) == ()
    only(
        problems(alarms=[alarm], composites=parents(151)),
        f"alarm {alarm.name}: a child of 151 composites, AWS takes 150",
    )


def test_a_composites_name_and_description(alarm: Alarm, composite: CompositeAlarm) -> None:
    def named(characters: int) -> dict[str, Any]:
        return {"alarms": [alarm], "composites": [replace(composite, name="n" * characters)]}

    assert problems(**named(255)) == ()
    only(problems(**named(256)), f"alarm {'n' * 256}: a name of 256 characters, AWS takes 255")
    bare = len(replace(composite, why="").description)
    wordy = replace(composite, why="w" * (1025 - bare))
    only(
        problems(alarms=[alarm], composites=[wordy]),
        f"alarm {composite.name}: a description of 1025 characters, AWS takes 1024",
    )


def test_a_composite_that_leads_back_to_itself(alarm: Alarm, composite: CompositeAlarm) -> None:
    one = replace(composite, name="one", rule=AnyOf((InAlarm(alarm.name), InAlarm("two"))))
    two = replace(composite, name="two", rule=AnyOf((InAlarm("three"),)))
    three = replace(composite, name="three", rule=AnyOf((InAlarm("one"),)))
    assert problems(alarms=[alarm], composites=[one, two, replace(three, rule=AnyOf((InAlarm(alarm.name),)))]) == ()
    (line,) = problems(alarms=[alarm], composites=[one, two, three])
    assert "its rule leads back to itself (" in line
    assert all(name in line for name in ("one", "two", "three"))


def test_the_actions_of_a_composite(alarm: Alarm, composite: CompositeAlarm) -> None:
    topics = tuple(f"arn:aws:sns:eu-west-1:1:t{n}" for n in range(5))
    assert problems(alarms=[alarm], composites=[replace(composite, actions=topics[:4])]) == ()
    only(
        problems(alarms=[alarm], composites=[replace(composite, actions=topics)]),
        f"composite {composite.name}: 6 actions in one state, AWS takes 5",
    )
    for action in (RECOVER, SCALE):
        (line,) = problems(alarms=[alarm], composites=[replace(composite, actions=(action,))])
        assert "is an EC2 or Auto Scaling action, which AWS takes on no composite" in line


def test_a_composites_children_are_of_its_region(alarm: Alarm, composite: CompositeAlarm) -> None:
    there = replace(alarm, region="us-east-1")
    assert problems(alarms=[there], composites=[replace(composite, region="us-east-1")]) == ()
    only(
        problems(alarms=[there], composites=[composite]),
        f"composite {composite.name}: its child {alarm.name} is in us-east-1, and AWS takes children of its own region",
    )
