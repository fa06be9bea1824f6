"""Metric math that AWS would refuse is a limit like any other: a line before the deploy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opslib.monitoring import Alarm, Expression, Metric, problems

WRONG = {
    "100 * errors /": "the end where a number",
    "errors / requests": "names requests: its metrics are errors",
    "SUM(errors)": "it gives a number and has to give a time series",
    "[errors, errors]": "gives 2 time series",
}


@pytest.mark.parametrize(("expression", "said"), WRONG.items())
def test_it_is_one_line_that_names_the_alarm(alarm: Alarm, metric: Metric, expression: str, said: str) -> None:
    math = replace(alarm, series=Expression(expression, (("errors", metric),)))
    (line,) = problems(alarms=[math])
    assert line.startswith(f"alarm {alarm.name}: metric math")
    assert said in line


def test_what_aws_takes_gives_none(alarm: Alarm, metric: Metric) -> None:
    math = replace(alarm, series=Expression("100 * FILL(errors, 0) / 5", (("errors", metric),)))
    assert problems(alarms=[math]) == ()
