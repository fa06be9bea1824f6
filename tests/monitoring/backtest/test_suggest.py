"""Suggestions: only where the part of the history that the choice has not seen confirms them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from opslib.monitoring import Alarm, Metric
from opslib.monitoring.backtest import Column, History, Incident, MetricId, read_csv, read_incidents, replay, suggest
from opslib.monitoring.backtest.history import moment
from opslib.monitoring.backtest.judgement import Calls
from opslib.monitoring.backtest.watching import Span
from opslib.monitoring.backtest.weighing import chance, evidence
from tests.monitoring.backtest.conftest import START

pytestmark = pytest.mark.feature("P2")

REAL = Path(__file__).parent / "history"
DAYS = 20
HOURS = (50, 170, 290, 410)
"""When incidents begin; each lasts half an hour."""

INCIDENTS = tuple(Incident(moment(START + hour * 3_600), moment(START + hour * 3_600 + 1_800), "api") for hour in HOURS)


def history(metric: Metric, *, in_incidents: float, bursts: float, seed: int = 1) -> History:
    """Noise around 30; other values in the incidents, and in bursts of a minute outside of them, one each ten hours."""
    values = np.random.default_rng(seed).normal(30, 2, DAYS * 1_440)
    values[300::600] += bursts
    for hour in HOURS:
        values[hour * 60 : hour * 60 + 30] = in_incidents + np.arange(30) % 3
    return History((Column(MetricId.of(metric), metric.statistic, START, 60, values),))


def test_a_threshold_that_never_fires_is_brought_down(alarm: Alarm, metric: Metric) -> None:
    (found,) = suggest([alarm], history(metric, in_incidents=55, bursts=0), INCIDENTS)
    assert found.suggested.threshold is not None
    assert 38 < found.suggested.threshold < 55
    before, after = found.proven_on
    assert (before.judgement.recall, after.judgement.recall, after.judgement.precision) == (0.0, 1.0, 1.0)
    assert len(after.judgement.detected) == 2
    assert "instead of > 70 for 2 of 3" in found.why
    json.dumps(found.document())


def test_bursts_are_told_from_incidents_by_m_of_n(alarm: Alarm, metric: Metric) -> None:
    nervous = replace(alarm, threshold=45.0, datapoints_to_alarm=1, evaluation_periods=1)
    (found,) = suggest([nervous], history(metric, in_incidents=55, bursts=40), INCIDENTS)
    assert found.suggested.datapoints_to_alarm > 1
    assert found.suggested.threshold == 45.0  # was not what was wrong
    before, after = found.proven_on
    assert before.judgement.false_calls > 10
    assert after.judgement.false_calls == 0
    assert after.judgement.recall == 1.0


def test_delay_counts_where_nothing_else_is_to_be_had(alarm: Alarm, metric: Metric) -> None:
    slow = replace(alarm, threshold=45.0, datapoints_to_alarm=15, evaluation_periods=15)
    (found,) = suggest([slow], history(metric, in_incidents=55, bursts=0), INCIDENTS)
    assert found.gain == "told sooner"
    assert found.suggested.evaluation_periods < 15
    before, after = found.proven_on
    assert (before.judgement.recall, after.judgement.recall) == (1.0, 1.0)
    assert after.judgement.false_calls == before.judgement.false_calls == 0
    assert 2 * (after.judgement.delay_seconds or 0) < (before.judgement.delay_seconds or 0) == 900
    assert before.score is not None
    assert after.score is not None
    assert before.score < after.score < 1
    assert "instead of 15" in found.why


def test_sooner_is_not_bought_with_false_calls(alarm: Alarm, metric: Metric) -> None:
    slow = replace(alarm, threshold=45.0, datapoints_to_alarm=15, evaluation_periods=15)
    for found in suggest([slow], history(metric, in_incidents=55, bursts=40), INCIDENTS):
        assert found.suggested.datapoints_to_alarm > 1  # a burst lasts a minute
        assert all(after.judgement.false_calls == 0 for _, after in (found.chosen_on, found.proven_on))


def test_an_incident_is_worth_the_less_the_later_it_is_told() -> None:
    incident = Incident(moment(START), moment(START + 1_000), "api")
    span = Span(START - 10_000, START + 10_000)

    def score(*times: int) -> float | None:
        return evidence(Calls("api", np.array([START + at for at in times], np.int64)), [incident], span).score

    assert [score(at) for at in (-60, 0, 500, 1_000)] == pytest.approx([1.0, 1.0, 2 * 0.75 / 1.75, 2 * 0.5 / 1.5])
    assert score(2_000) == 0.0
    assert score(0, 2_000) == pytest.approx(2 / 3)
    assert evidence(Calls("api", np.array([], np.int64)), [], span).score is None


@pytest.mark.parametrize("hour", [50, 410], ids=["early", "late"])
def test_a_single_incident_may_make_an_alarm_more_sensitive_where_the_rest_is_quiet(
    alarm: Alarm, metric: Metric, hour: int
) -> None:
    values = np.random.default_rng(2).normal(30, 2, DAYS * 1_440)
    values[hour * 60 : hour * 60 + 30] = 55
    incident = Incident(moment(START + hour * 3_600), moment(START + hour * 3_600 + 1_800), "api")
    (found,) = suggest([alarm], History((Column(MetricId.of(metric), "Average", START, 60, values),)), [incident])
    assert found.gain == "more told"
    assert found.chosen_on[1].judgement.detected == (incident,)
    assert found.proven_on[1].incidents == found.proven_on[1].judgement.false_calls == 0
    assert "had no incident, it makes 0 false calls" in found.why
    values[:: 1_440 // 4] = values[1 :: 1_440 // 4] = 60  # the rest is not
    noisy = History((Column(MetricId.of(metric), "Average", START, 60, values),))
    for other in suggest([alarm], noisy, [incident]):
        assert other.proven_on[1].judgement.false_calls <= 2


def test_a_single_incident_makes_an_alarm_no_less_sensitive_than_it_asks(alarm: Alarm, metric: Metric) -> None:
    nervous = replace(alarm, threshold=45.0, datapoints_to_alarm=1, evaluation_periods=1)
    whole = history(metric, in_incidents=30, bursts=20)  # bursts of a minute to 50 in every ten hours
    values = whole.columns[0].values.copy()
    values[HOURS[0] * 60 : HOURS[0] * 60 + 30] = np.linspace(70, 200, 30)
    (found,) = suggest([nervous], History((replace(whole.columns[0], values=values),)), INCIDENTS[:1])
    assert found.gain == "fewer false calls"
    assert found.suggested.datapoints_to_alarm > 1  # a burst lasts a minute
    assert found.suggested.threshold == 45.0  # its own, though up to 70 would tell that incident as well


def test_what_chance_would_show_as_well_is_not_suggested(alarm: Alarm, metric: Metric) -> None:
    values = np.full(DAYS * 1_440, 30.0)
    values[2_000] = values[16_000] = values[25_000] = 60
    once = replace(alarm, datapoints_to_alarm=1, evaluation_periods=1)
    spikes = History((Column(MetricId.of(metric), "Average", START, 60, values),))
    nearly_a_third_of_the_time = Incident(moment(START), moment(START + 6 * 86_400), "api")
    assert suggest([once], spikes, [nearly_a_third_of_the_time]) == ()
    ten_minutes = Incident(moment(START + 1_995 * 60), moment(START + 2_005 * 60), "api")
    (found,) = suggest([once], spikes, [ten_minutes])
    assert found.chance < 0.01
    calls = Calls("api", np.array([START + at * 60 for at in (2_000, 16_000, 25_000)], np.int64))
    whole = Span(START, START + DAYS * 86_400)
    assert chance(calls, [nearly_a_third_of_the_time], whole) > 0.2


def test_nothing_is_said_of_an_alarm_that_does_well(alarm: Alarm, metric: Metric) -> None:
    assert suggest([replace(alarm, threshold=45.0)], history(metric, in_incidents=55, bursts=0), INCIDENTS) == ()


def test_nothing_is_said_without_incidents(alarm: Alarm, metric: Metric) -> None:
    of_another = [replace(one, workload="worker") for one in INCIDENTS]
    assert suggest([alarm], history(metric, in_incidents=55, bursts=0), ()) == ()
    assert suggest([alarm], history(metric, in_incidents=55, bursts=0), of_another) == ()


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_made_of_noise(alarm: Alarm, metric: Metric, seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(30, 5, DAYS * 1_440)
    noise = History((Column(MetricId.of(metric), metric.statistic, START, 60, values),))
    hours = sorted(random.choice(DAYS * 24 - 2, 6, replace=False).tolist())
    incidents = [Incident(moment(START + h * 3_600), moment(START + h * 3_600 + 1_800), "api") for h in hours]
    assert suggest([alarm], noise, incidents) == ()


def test_what_only_the_first_part_shows_is_not_suggested(alarm: Alarm, metric: Metric) -> None:
    whole = history(metric, in_incidents=55, bursts=0)
    values = whole.columns[0].values.copy()
    values[HOURS[2] * 60 :] = 30.0  # the later incidents do not show in this metric
    assert suggest([alarm], History((replace(whole.columns[0], values=values),)), INCIDENTS) == ()


def test_the_choice_does_not_see_the_second_part(alarm: Alarm, metric: Metric) -> None:
    whole = history(metric, in_incidents=55, bursts=0)
    split = moment(START + 230 * 3_600)
    (found,) = suggest([alarm], whole, INCIDENTS, split=split)
    other = whole.columns[0].values.copy()
    other[230 * 60 :] += 3.0
    (again,) = suggest([alarm], History((replace(whole.columns[0], values=other),)), INCIDENTS, split=split)
    assert again.suggested == found.suggested
    assert again.proven_on[1].since == split + timedelta(0)


# Alarms as somebody would write them who does not know the series.
REAL_ALARMS = {
    "ec2_cpu_utilization_24ae8d": 85.0,
    "ec2_cpu_utilization_5f5533": 85.0,
    "ec2_cpu_utilization_825cc2": 85.0,
    "ec2_cpu_utilization_c6585a": 85.0,
    "ec2_disk_write_bytes_1ef3de": 1e8,
    "ec2_network_in_257a54": 5e6,
    "elb_request_count_8c0756": 500.0,
    "rds_cpu_utilization_cc0c53": 85.0,
}


@pytest.mark.parametrize("stem", REAL_ALARMS)
def test_on_real_series_the_second_part_is_never_worse(stem: str, alarm: Alarm) -> None:
    metric = Metric("AWS/EC2", stem, (), "Average", 300)
    one = replace(alarm, name=stem, workload=f"{stem}.csv", series=metric, threshold=REAL_ALARMS[stem])
    real = read_csv(REAL / f"{stem}.csv", metric=metric)
    incidents = read_incidents(REAL / "incidents.json")
    assert replay([one], real, incidents)[stem].how == "vectorised"
    half = real.start + (real.end - real.start) / 2
    for split in (None, half):
        for found in suggest([one], real, incidents, split=split):
            before, after = (evidence.judgement for evidence in found.proven_on)
            assert len(after.detected) >= len(before.detected)
            assert len(after.detected) > len(before.detected) or 2 * after.false_calls <= before.false_calls
            assert after.false_calls <= max(before.false_calls, 1)
