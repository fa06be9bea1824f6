"""A user's own program: everything works on it, and what AWS would refuse of it is reported and not raised."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.infra.preview.conftest import Ended

Call = Callable[..., Ended]

PROGRAM = """
from opslib.monitoring import *

print("a program that speaks")

def metric(name="Waiting"):
    return Metric("Shop", name, (("Queue", "a"),), "Maximum", label=name)

def alarm(name, series=None, **more):
    given = dict(key=name, workload="queue", title="Too much waits", series=series or metric(), threshold=10,
                 comparison="GreaterThanThreshold", severity="warning", role=Role.SYMPTOM, why="it says so",
                 datapoints_to_alarm=1, evaluation_periods=1, missing_data="missing")
    return Alarm(name=name, **{**given, **more})

def composite(name, *children):
    rule = AnyOf(tuple(InAlarm(child) for child in children))
    return CompositeAlarm(name, name, "queue", "It is bad", rule, "critical", "somebody waits")

def model(stack):
    graph = Graph("waiting", (metric(),), lines=(Line("waiting: warning 10", 10, "#ff7f0e"),), unit="parcels")
    return {"alarms": [alarm("waiting", paged_by="bad")], "composites": [composite("bad", "waiting")],
            "dashboards": [Dashboard(f"queues-{stack}", "queues", (graph,))], "region": "eu-west-1", "topics": "shop"}

def as_tuple():
    return [alarm("waiting")], (), ()

def twice():
    return {"alarms": [alarm("same"), alarm("same")]}

def circle():
    return {"alarms": [alarm("waiting")], "composites": [composite("one", "two"), composite("two", "one")]}

def too_many():
    names = [f"alarm-{number}" for number in range(101)]
    return {"alarms": [alarm(name) for name in names], "composites": [composite("all", *names)]}

def too_many_metrics():
    keys = [f"m{number}" for number in range(11)]
    series = Expression(" + ".join(keys), tuple((key, metric(key)) for key in keys))
    return {"alarms": [alarm("Shop: waiting: all", series)]}

def strange_numbers():
    return {"alarms": [alarm("a", threshold=float("nan")), alarm("b", threshold=float("inf"))]}

def incomplete():
    return {"alarms": [alarm("nothing", threshold=None)]}

def no_text():
    return {"alarms": [alarm("bad\\ud800")]}

def leaves():
    import sys
    sys.exit(7)
"""

HISTORY = """namespace,metric,dimensions,statistic,time,value
Shop,Waiting,Queue=a,Maximum,2026-11-01T00:00:00Z,3
Shop,Waiting,Queue=a,Maximum,2026-11-01T00:01:00Z,30
Shop,Waiting,Queue=a,Maximum,2026-11-01T00:02:00Z,2
"""


@pytest.fixture
def preview(call: Call, here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Ended]]:
    """Previews a function of the program, in every form and with a history."""
    (here / "queues.py").write_text(PROGRAM, encoding="utf-8")
    (here / "history").mkdir()
    (here / "history" / "waiting.csv").write_text(HISTORY, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(here), *sys.path])
    forms = ("--json", "--html", "report.html", "--markdown", "report.md", "--history", "history")
    yield lambda function: call("--stack", "prod", "--program", f"queues:{function}", *forms)
    sys.modules.pop("queues", None)


@pytest.mark.feature("P2", "P3", "P4")
def test_everything_works_on_it(preview: Callable[..., Ended]) -> None:
    ended = preview("model")
    assert ended.code == 0
    found = ended.json
    assert found["region"] == "eu-west-1"
    assert [board["name"] for board in found["dashboards"]] == ["queues-prod"]
    alarms = {one["name"]: one for one in found["alarms"]}
    assert alarms["bad"]["actions"] == ["shop-critical"]
    assert alarms["waiting"]["paged_by"] == "bad"
    assert alarms["waiting"]["unit"] == "parcels"
    assert {one["name"]: one["episodes"] for one in found["backtest"]} == {"bad": 1, "waiting": 1}
    assert found["bill"]["by_tier"]
    assert "queues-prod" in Path("report.html").read_text(encoding="utf-8")


def test_a_tuple_will_do(preview: Callable[..., Ended]) -> None:
    found = preview("as_tuple").json
    assert [one["name"] for one in found["alarms"]] == ["waiting"]
    assert "us-east-1 stands for it" in found["notes"][0]


@pytest.mark.feature("M27")
@pytest.mark.parametrize(
    ("function", "where"),
    [
        ("twice", "alarm same"),
        ("circle", "composite one"),
        ("too_many", "composite all"),
        ("too_many_metrics", "alarm Shop: waiting: all"),
    ],
)
def test_what_aws_would_refuse_is_reported_with_everything_else(
    preview: Callable[..., Ended], function: str, where: str
) -> None:
    ended = preview(function)
    assert ended.code == 1, ended.err
    assert where in [one["where"] for one in ended.json["limits"]]
    assert all(one["what"] and one["way_out"] for one in ended.json["limits"])
    assert Path("report.html").exists()
    assert "What stops it" in Path("report.md").read_text(encoding="utf-8")


def test_strange_numbers_are_no_reason_to_fail(preview: Callable[..., Ended]) -> None:
    assert len(preview("strange_numbers").json["alarms"]) == 2


@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("incomplete", "number 1 of its alarms, nothing, is incomplete"),
        ("no_text", "what no JSON can"),
        ("leaves", "SystemExit: 7"),
    ],
)
def test_what_is_no_model_is_one_line(preview: Callable[..., Ended], function: str, says: str) -> None:
    ended = preview(function)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err.splitlines()[-1]
    assert not Path("report.html").exists()
