"""Every alarm, driven over its threshold and back: those of both shipped stacks, and of a stack that uses every kind.

An alarm's points are made up so that one series lies just on the good side of the threshold and another just beyond it,
with everything between the two excluded by the comparison's own wording. They are evaluated as the sandbox evaluates
them, which is compared with a reference of its own elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from infra.config import StackConfig
from infra.model import Monitoring, monitoring
from opslib.monitoring import Alarm, Role
from opslib.monitoring.evaluate import Settings, State, WarmUp, evaluate
from tests.infra.conftest import shipped
from tests.infra.everything import config as everything

REGION = "eu-central-1"
MODELS: dict[str, Monitoring] = {
    "staging": monitoring(shipped("staging"), region=REGION),
    "prod": monitoring(shipped("prod"), region=REGION),
    "everything": monitoring(everything(), region=REGION),
}
ALARMS = [
    pytest.param(alarm, id=f"{name}-{alarm.workload}-{alarm.key}")
    for name, model in MODELS.items()
    for watched in model.everything
    for alarm in watched.alarms
]
every_alarm = pytest.mark.parametrize("alarm", ALARMS)
silences = pytest.mark.parametrize("alarm", [param for param in ALARMS if param.values[0].role is Role.SILENCE])

BAND_AROUND = (40.0, 60.0)
"""What a model is made to expect, where the alarm is on the unusual."""

GOOD = {
    "GreaterThanThreshold": lambda edge: edge,
    "GreaterThanOrEqualToThreshold": lambda edge: math.nextafter(edge, -math.inf),
    "LessThanThreshold": lambda edge: edge,
    "LessThanOrEqualToThreshold": lambda edge: math.nextafter(edge, math.inf),
    "GreaterThanUpperThreshold": lambda _: BAND_AROUND[1],
    "LessThanLowerThreshold": lambda _: BAND_AROUND[0],
    "LessThanLowerOrGreaterThanUpperThreshold": lambda _: BAND_AROUND[1],
}
BAD = {
    "GreaterThanThreshold": lambda edge: math.nextafter(edge, math.inf),
    "GreaterThanOrEqualToThreshold": lambda edge: edge,
    "LessThanThreshold": lambda edge: math.nextafter(edge, -math.inf),
    "LessThanOrEqualToThreshold": lambda edge: edge,
    "GreaterThanUpperThreshold": lambda _: math.nextafter(BAND_AROUND[1], math.inf),
    "LessThanLowerThreshold": lambda _: math.nextafter(BAND_AROUND[0], -math.inf),
    "LessThanLowerOrGreaterThanUpperThreshold": lambda _: math.nextafter(BAND_AROUND[1], math.inf),
}


def states(alarm: Alarm, points: list[float | None]) -> Iterator[State]:
    """The alarm's states while the points arrive, one by one, after a long time of good ones."""
    settings = Settings.of(alarm)
    state: State = "OK"
    seen = [GOOD[alarm.comparison](alarm.threshold)] * settings.points_considered
    for point in points:
        seen.append(point)
        band = None if alarm.deviations is None else [BAND_AROUND] * len(seen)
        state = evaluate(seen, settings, state, band=band).state
        yield state


@pytest.mark.feature("M16", "M27")
@every_alarm
def test_an_alarm_rings_beyond_its_threshold_after_m_points_and_ends(alarm: Alarm) -> None:
    good, bad = GOOD[alarm.comparison](alarm.threshold), BAD[alarm.comparison](alarm.threshold)
    needed, window = alarm.datapoints_to_alarm, alarm.evaluation_periods

    ringing = list(states(alarm, [bad] * needed))
    assert ringing == ["OK"] * (needed - 1) + ["ALARM"], "not before its M-th point, and then at once"

    ended = list(states(alarm, [bad] * needed + [good] * window))
    assert ended[-1] == "OK"


@every_alarm
def test_an_alarm_is_quiet_just_below_its_threshold(alarm: Alarm) -> None:
    good = GOOD[alarm.comparison](alarm.threshold)
    assert set(states(alarm, [good] * (2 * alarm.evaluation_periods))) == {"OK"}


@every_alarm
def test_one_point_fewer_than_it_takes_does_not_ring(alarm: Alarm) -> None:
    good, bad = GOOD[alarm.comparison](alarm.threshold), BAD[alarm.comparison](alarm.threshold)
    needed, window = alarm.datapoints_to_alarm, alarm.evaluation_periods
    points: list[float | None] = [*[bad] * (needed - 1), *[good] * (window - needed + 1)]
    assert set(states(alarm, points * 2)) == {"OK"}


@every_alarm
def test_missing_points_ring_only_where_they_are_meant_to(alarm: Alarm) -> None:
    settings = Settings.of(alarm)
    ended = list(states(alarm, [None] * (settings.points_considered + alarm.evaluation_periods)))[-1]
    assert ended == ("ALARM" if alarm.missing_data == "breaching" else "OK")


@pytest.mark.feature("M16")
@silences
def test_a_silent_workload_rings_but_not_before_it_can_have_spoken(alarm: Alarm) -> None:
    assert alarm.warm_up_minutes is not None
    settings = Settings.of(alarm, warm_up=WarmUp(alarm.warm_up_minutes))
    nothing: list[float | None] = [None] * settings.points_considered
    minutes = alarm.warm_up_minutes
    assert evaluate(nothing, settings, age_seconds=60 * minutes - 1).state == "INSUFFICIENT_DATA"
    assert evaluate(nothing, settings, age_seconds=60 * minutes).state == "ALARM"
    # A workload that lives ends the warm-up by itself.
    alive: list[float | None] = [5.0] * settings.points_considered
    assert evaluate(alive, settings, age_seconds=60).state == "OK"
    assert evaluate(nothing, settings, "OK", age_seconds=120).state == "ALARM"


@pytest.mark.feature("M16")
@pytest.mark.parametrize("name", MODELS)
def test_every_workload_has_an_alarm_that_fires_on_silence(name: str) -> None:
    for key, watched in MODELS[name].watched.items():
        assert [alarm for alarm in watched.alarms if alarm.role is Role.SILENCE], key


@pytest.mark.parametrize("name", MODELS)
def test_every_alarm_leads_to_its_runbook_and_acts_or_is_the_child_of_one_that_does(name: str) -> None:
    model = MODELS[name]
    for watched in model.everything:
        children = {child for composite in watched.composites for child in composite.children}
        rows = {row.key for row in watched.kind.alarms}
        for alarm in watched.alarms:
            page, _, anchor = alarm.runbook.partition("#")
            assert page == f"docs/runbooks/{watched.kind.name}.md"
            assert anchor in rows
            assert f"Runbook: {alarm.runbook}" in alarm.description
            assert (alarm.tier is None) == (alarm.name in children)
        for composite in watched.composites:
            assert composite.runbook == f"docs/runbooks/{watched.kind.name}.md#{composite.key}"


def test_aws_would_take_all_of_it() -> None:
    for model in MODELS.values():
        assert model.problems() == ()


def test_a_stacks_own_place_of_runbooks_is_where_alarms_lead() -> None:
    written = {
        "product": "shop",
        "environment": "prod",
        "runbooks": "https://wiki.example/ops/",
        "queues": {"m": {"queue": "m"}},
    }
    model = monitoring(StackConfig.parse(written, source="test"), region=REGION)
    assert model.watched["m"].alarms[0].runbook == "https://wiki.example/ops/queue.md#age"
