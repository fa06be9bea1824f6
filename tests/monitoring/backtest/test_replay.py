"""What a report says, on histories small enough to be worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from opslib.errors import BadRequest
from opslib.monitoring import Alarm, AllOf, AnyOf, CompositeAlarm, Expression, InAlarm, Insights, Metric, Ref
from opslib.monitoring.backtest import Column, History, Incident, MetricId, Suppressor, compare, replay
from opslib.monitoring.backtest.history import moment
from opslib.monitoring.evaluate import ActionsSuppressor, MuteRule
from tests.monitoring.backtest.conftest import START, MakeHistory

pytestmark = pytest.mark.feature("P2")

MINUTE = timedelta(minutes=1)
BEGIN = moment(START)

# Minutes 5 to 9 are high, and so are 12 to 14: in ALARM from the second high minute's end until two of three are low.
VALUES = [10.0] * 5 + [90.0] * 5 + [10.0] * 2 + [90.0] * 3 + [10.0] * 45


def test_pages_flaps_and_time_in_alarm(alarm: Alarm, made: MakeHistory) -> None:
    report = replay([alarm], made(VALUES))
    said = report["cpu"]
    assert (said.pages, said.episodes, said.flaps) == (2, 2, 1)
    assert said.alarm_seconds == ((12 - 7) + (17 - 14)) * 60
    assert said.longest_seconds == 5 * 60
    assert said.insufficient_seconds == 60
    assert said.pages_a_week == pytest.approx(2 * 7 * 24)
    assert said.judgement is None
    assert [(tier.tier, tier.alarms, tier.pages) for tier in report.tiers] == [("warning", 1, 2)]


def test_calls_are_held_against_incidents(alarm: Alarm, made: MakeHistory) -> None:
    told = Incident(BEGIN + 5 * MINUTE, BEGIN + 11 * MINUTE, "api")
    missed = Incident(BEGIN + 40 * MINUTE, BEGIN + 48 * MINUTE, "api")
    elsewhere = Incident(BEGIN + 5 * MINUTE, BEGIN + 11 * MINUTE, "worker")
    outside = Incident(BEGIN - 90 * MINUTE, BEGIN - 80 * MINUTE, "api")
    report = replay([alarm], made(VALUES), [missed, told, elsewhere, outside])
    judgement = report["cpu"].judgement
    assert judgement is not None
    assert (judgement.detected, judgement.missed) == ((told,), (missed,))
    assert judgement.delays_seconds == (120,)
    # The second call is at minute 14, the last moment at which the alarm's window still holds a point of the incident.
    assert (judgement.true_calls, judgement.false_calls) == (2, 0)
    assert (judgement.precision, judgement.recall) == (1.0, 0.5)
    of_tier = report.tiers[0].judgement
    assert of_tier is not None
    assert set(of_tier.missed) == {missed, elsewhere}
    assert report.notes == ("1 of 4 incidents began outside of the span",)


def test_an_alarm_that_is_always_on_detects_nothing(alarm: Alarm, made: MakeHistory) -> None:
    incident = Incident(BEGIN + 40 * MINUTE, BEGIN + 50 * MINUTE, "api")
    judgement = replay([alarm], made([90.0] * 60), [incident])["cpu"].judgement
    assert judgement is not None
    assert judgement.missed == (incident,)
    assert judgement.false_calls == 1


def test_a_child_pages_through_its_composite(alarm: Alarm, made: MakeHistory) -> None:
    child = replace(alarm, paged_by="down")
    composite = CompositeAlarm("down", "down", "api", "Down", AnyOf((InAlarm("cpu"),)), "critical", "w")
    report = replay([composite, child], made(VALUES))
    assert (report["cpu"].tier, report["cpu"].pages, report["cpu"].episodes) == (None, 0, 2)
    assert (report["down"].how, report["down"].pages) == ("rule", 2)
    assert [tier.tier for tier in report.tiers] == ["critical"]


def test_a_suppressor_and_a_mute_window_keep_pages_away(alarm: Alarm, made: MakeHistory) -> None:
    composite = CompositeAlarm("down", "down", "api", "Down", AnyOf((InAlarm("cpu"),)), "critical", "w")
    slow = replace(alarm, name="deploying", threshold=5.0, datapoints_to_alarm=1, evaluation_periods=1)
    every = [alarm, slow, composite]
    suppressor = {"down": Suppressor("deploying", ActionsSuppressor(60, 60))}
    assert replay(every, made(VALUES))["down"].pages == 2
    assert replay(every, made(VALUES), suppressors=suppressor)["down"].pages == 0
    muted = MuteRule.parse(f"at({BEGIN:%Y-%m-%dT%H:%M})", "PT10M", alarms=["down"])
    report = replay(every, made(VALUES), mutes=[muted])
    # The first is muted and still on when the window ends; the second comes after it.
    assert report["down"].acts is not None
    assert report["down"].acts.of(1).tolist() == [START + 600, START + 14 * 60]


def test_what_cannot_be_replayed_says_why(alarm: Alarm, metric: Metric, made: MakeHistory) -> None:
    unknown = replace(metric, name="Other")
    alarms = [
        replace(alarm, name="silent", series=unknown),
        replace(alarm, name="query", series=Insights("SELECT MAX(x) FROM y")),
        replace(alarm, name="wrong", series=Expression("m +", (("m", metric),))),
        replace(alarm, name="half", series=Expression("FILL(e, 0) + m", (("m", metric), ("e", unknown)))),
        CompositeAlarm("blind", "b", "api", "t", AllOf((InAlarm("silent"),)), "critical", "w"),
    ]
    report = replay(alarms, made(VALUES))
    assert [one.name for one in report.not_replayed] == ["silent", "query", "wrong", "blind"]
    assert "there is no history of AWS/ECS Other" in report["silent"].notes[0]
    assert "three hours" in report["query"].notes[0]
    assert "m +" in report["wrong"].notes[0]
    assert report["half"].how == "vectorised"
    assert report["half"].notes == ("there is no history of AWS/ECS Other {ServiceName=api}: taken for no data",)


def test_references_are_bound_or_stay(alarm: Alarm, metric: Metric, made: MakeHistory) -> None:
    referring = replace(metric, dimensions=(("ServiceName", Ref("api", "service")),))
    one = replace(alarm, series=referring)
    assert replay([one], made(VALUES), bind=lambda ref: ref.workload)["cpu"].pages == 2
    assert replay([one], made(VALUES))["cpu"].how == "not replayed"
    assert replay([one], made(VALUES, of=referring))["cpu"].pages == 2


def test_metric_math_that_is_not_vectorised_is_named(alarm: Alarm, metric: Metric, made: MakeHistory) -> None:
    one = replace(alarm, series=Expression("m - AVG(m) + 75", (("m", metric),)))
    said = replay([one], made(VALUES))["cpu"]
    assert said.how == "plain"
    assert any("one time after the other" in note for note in said.notes)


def test_approximations_are_named(alarm: Alarm, metric: Metric, made: MakeHistory) -> None:
    coarse = replay([alarm], made([50.0] * 9, step=300))["cpu"]
    assert "points of 300 s" in coarse.notes[0]
    longer = replay([replace(alarm, series=metric.with_period(300))], made(VALUES))["cpu"]
    assert "no SampleCount" in longer.notes[0]
    p95 = metric.with_statistic("p95")
    few = replay([replace(alarm, series=p95, low_samples="ignore")], made(VALUES, of=p95))["cpu"]
    assert "enough samples" in few.notes[0]
    unit = replay([alarm], made([0.5] * 9))["cpu"]
    assert "same unit" in unit.notes[0]


def test_an_anomaly_band_is_learnt_from_the_weeks_before(alarm: Alarm, metric: Metric) -> None:
    hours = 24 * 21
    values = np.tile(np.repeat(np.arange(24.0), 12), 21) + np.tile([0.0, 0.4, 0.2, 0.1], hours * 3)
    values[-30:-20] += 50
    history = History((Column(MetricId.of(metric), "Average", START, 300, values),))
    one = replace(
        alarm,
        series=metric.with_period(300),
        comparison="GreaterThanUpperThreshold",  # type: ignore[arg-type] # a band's comparison
        threshold=None,
        deviations=6.0,
    )
    said = replay([one], history, since=moment(START + 14 * 86_400))["cpu"]
    assert said.pages == 1
    assert "approximation" in said.notes[0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda alarm: {"alarms": [alarm, alarm]}, "two alarms are called cpu"),
        (lambda _: {"since": BEGIN + MINUTE, "until": BEGIN}, "give a span that ends after it begins"),
        (lambda _: {"suppressors": {"cpu": Suppressor("x", ActionsSuppressor(0, 0))}}, "suppressor x of cpu is not"),
    ],
)
def test_bad_requests_are_refused(change: Any, says: str, alarm: Alarm, made: MakeHistory) -> None:
    more = change(alarm)
    with pytest.raises(BadRequest, match=says):
        replay(more.pop("alarms", [alarm]), made(VALUES), **more)


def test_composites_in_a_circle_are_refused(made: MakeHistory) -> None:
    one, other = (
        CompositeAlarm(name, name, "api", "t", AnyOf((InAlarm(child),)), "critical", "w")
        for name, child in ("ab", "ba")
    )
    with pytest.raises(BadRequest, match="in a circle"):
        replay([one, other], made(VALUES))


def test_two_versions_are_compared(alarm: Alarm, made: MakeHistory) -> None:
    composite = CompositeAlarm("down", "down", "api", "Down", AnyOf((InAlarm("cpu"),)), "critical", "w")
    same = replace(alarm, name="same")
    before = [alarm, same, composite, replace(alarm, name="gone")]
    after = [replace(alarm, threshold=95.0), same, composite, replace(alarm, name="new", severity="info")]
    found = compare(before, after, made(VALUES))
    assert [(one.name, one.what) for one in found.differences] == [
        ("cpu", "changed"),
        ("new", "added"),
        ("gone", "removed"),
        ("down", "affected"),
    ]
    assert found.differences[0].pages_a_week == pytest.approx(-2 * 7 * 24)
    assert [(one.tier, one.before is None, one.after is None) for one in found.tiers] == [
        ("info", True, False),
        ("warning", False, False),
        ("critical", False, False),
    ]
    json.dumps(found.document())


def test_the_document_is_json_with_stable_keys(alarm: Alarm, made: MakeHistory) -> None:
    document = replay([alarm], made(VALUES), [Incident(BEGIN + 5 * MINUTE, BEGIN + 11 * MINUTE)]).document()
    assert json.loads(json.dumps(document)) == document
    assert list(document) == ["schemaVersion", "since", "until", "weeks", "alarms", "tiers", "incidents", "notes"]
    assert {"name", "pages", "pagesAWeek", "flaps", "alarmSeconds", "judgement"} <= document["alarms"][0].keys()


def with_counts(made: MakeHistory, of: Metric, values: list[float], counts: list[float]) -> History:
    return made(values, of=of).with_columns(made(counts, of=of.with_statistic("SampleCount")).columns)


def test_few_samples_keep_the_state_and_none_are_no_reason_to(alarm: Alarm, metric: Metric, made: MakeHistory) -> None:
    p95 = metric.with_statistic("p95")
    one = replace(alarm, series=p95, low_samples="ignore", datapoints_to_alarm=1, evaluation_periods=1)
    high = [10.0] * 5 + [90.0] * 5
    assert replay([one], with_counts(made, p95, high, [200.0] * 10))["cpu"].pages == 1
    assert replay([one], with_counts(made, p95, high, [200.0] * 5 + [199.0] * 5))["cpu"].pages == 0
    assert replay([one], with_counts(made, p95, high, [200.0] * 5 + [0.0] * 5))["cpu"].pages == 1


def test_averages_of_shorter_periods_are_weighted_by_their_samples(
    alarm: Alarm, metric: Metric, made: MakeHistory
) -> None:
    one = replace(alarm, series=metric.with_period(300), datapoints_to_alarm=1, evaluation_periods=1)
    values = [10.0, 10.0, 10.0, 10.0, 100.0]
    assert replay([one], with_counts(made, metric, values, [1.0] * 5))["cpu"].pages == 0
    assert replay([one], with_counts(made, metric, values, [1.0, 1.0, 1.0, 1.0, 40.0]))["cpu"].pages == 1


def test_a_change_at_the_end_of_a_mute_window_acts(alarm: Alarm, made: MakeHistory) -> None:
    one = replace(alarm, datapoints_to_alarm=1, evaluation_periods=1)
    muted = MuteRule.parse(f"at({BEGIN:%Y-%m-%dT%H:%M})", "PT6M", alarms=["cpu"])
    high = [90.0] * 5 + [10.0] * 5
    report = replay([one], made(high), mutes=[muted])
    assert report["cpu"].acts is not None
    assert [*zip(report["cpu"].acts.times.tolist(), report["cpu"].acts.states.tolist(), strict=True)] == [
        (START + 360, 0)
    ]
