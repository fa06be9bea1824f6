"""What a traffic script says, and what it may not say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from opslib.sandbox.behaviour.traffic.script import DailySine, Steps, TrafficScript, rate_at

START = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_day_has_its_peak_at_the_hour_that_is_said() -> None:
    day = DailySine(low=100, high=900, peak_hour=14)
    hours = [rate_at(day, START + timedelta(hours=hour), START) for hour in range(24)]
    assert max(hours) == hours[14] == pytest.approx(900)
    assert min(hours) == hours[2] == pytest.approx(100)
    assert hours[8] == pytest.approx(500), "half-way up, six hours before the peak"


def test_steps_begin_when_they_say() -> None:
    steps = Steps.model_validate(
        {"steps": [{"after_minutes": 5, "per_minute": 10}, {"after_minutes": 9, "per_minute": 2}]}
    )
    minutes = [rate_at(steps, START + timedelta(minutes=minute), START) for minute in (0, 4, 5, 8, 9, 100)]
    assert minutes == [0, 0, 10, 10, 2, 2]


@pytest.mark.parametrize(
    ("bad", "because"),
    [
        ({"flows": [{}, {}]}, "two flows of every load balancer"),
        ({"flows": [{"requests_per_minute": -1}]}, "greater than or equal to 0"),
        ({"flows": [{"errors_percent": 101}]}, "less than or equal to 100"),
        ({"flows": [{"latency": {"median_seconds": 1, "p99_seconds": 0.5}}]}, "below the median"),
        ({"flows": [{"requests": 3}]}, "Extra inputs are not permitted"),
        (
            {"flows": [{"requests_per_minute": {"steps": [{"after_minutes": 1, "per_minute": 1}] * 2}}]},
            "each step starts later",
        ),
    ],
)
def test_a_script_that_makes_no_sense_is_refused(bad: dict[str, object], because: str) -> None:
    with pytest.raises(ValidationError, match=because):
        TrafficScript.model_validate(bad)


def test_what_is_not_named_is_as_the_star_says() -> None:
    script = TrafficScript.model_validate({"services": {"*": {"cpu_percent": 50}, "shop/api": {"cpu_percent": 20}}})
    assert script.service("shop/api").cpu_percent == 20
    assert script.service("shop/web").cpu_percent == 50
    assert TrafficScript().service("shop/web").cpu_percent == 8
