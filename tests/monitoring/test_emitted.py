"""The table of what applications write, and what the four agents are held to."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter as Tally
from pathlib import Path

import pytest
from mypy import api

from infra.kinds import agent
from infra.kinds.table import MetricRow
from infra.profiles import PROFILES
from opslib.monitoring import Role, emitted
from opslib.monitoring.emit import Counter, Duration, Emitted, Gauge, Share

pytestmark = pytest.mark.feature("M9")

ROOT = Path(__file__).parents[2]


def test_no_two_rows_are_one_metric() -> None:
    names = Tally((row.namespace, row.name) for row in emitted.EMITTED)
    assert [name for name, times in names.items() if times > 1] == []


def test_the_table_has_what_is_asked_of_it() -> None:
    rows = {row.name for row in emitted.EMITTED}
    usage = {"Requests", "ActiveSessions", "FeatureUses", "Errors"}
    web, business = {"PageLoadDuration", "JavaScriptErrors"}, {"Claims", "TransactionSuccess"}
    agents = {"Executions", "ExecutionDuration", "ExecutionSuccess", "Tokens", "ExecutionCost"}
    assert usage | web | business | agents <= rows


@pytest.mark.parametrize("row", emitted.EMITTED, ids=lambda row: f"{row.namespace}/{row.name}")
def test_a_row_reads_well_and_keeps_stacks_apart(row: Emitted) -> None:
    assert re.fullmatch(r"[A-Z][A-Za-z]+", row.name)
    assert row.label[0].isupper()
    assert row.meaning
    assert all("Environment" in names for names in row.dimension_sets)


TARGETS = {
    ("development", "completion"): ("LessThanOrEqualToThreshold", 95),
    ("development", "errors"): ("GreaterThanOrEqualToThreshold", 1),
    ("development", "response"): ("GreaterThanOrEqualToThreshold", 30),
    ("development", "validation"): ("LessThanOrEqualToThreshold", 80),
    ("retrieval", "document"): ("GreaterThanOrEqualToThreshold", 120),
    ("retrieval", "query"): ("GreaterThanOrEqualToThreshold", 2),
    ("retrieval", "relevance"): ("LessThanOrEqualToThreshold", 80),
    ("retrieval", "vector-store"): ("LessThanThreshold", 100),
    ("compliance", "document"): ("GreaterThanOrEqualToThreshold", 60),
    ("compliance", "accuracy"): ("LessThanOrEqualToThreshold", 95),
    ("compliance", "rules"): ("LessThanThreshold", 100),
    ("compliance", "confidentiality"): ("GreaterThanThreshold", 0),
    ("quality", "suite"): ("GreaterThanOrEqualToThreshold", 300),
    ("quality", "coverage"): ("LessThanOrEqualToThreshold", 80),
    ("quality", "scans"): ("LessThanThreshold", 100),
    ("quality", "benchmarks"): ("GreaterThanThreshold", 10),
}


def test_each_agent_has_its_targets() -> None:
    assert {(one.role, one.key): (one.missed_when, one.threshold) for one in emitted.TARGETS} == TARGETS


@pytest.mark.parametrize("target", emitted.TARGETS, ids=lambda target: f"{target.role}: {target.key}")
def test_a_target_is_for_a_metric_of_agents_that_can_miss_it(target: emitted.Target) -> None:
    assert target.metric in emitted.EMITTED
    assert target.metric.dimension_sets == (("Environment", "Agent"),)
    above = target.missed_when.startswith("Greater")
    good_is_much = isinstance(target.metric, Share) and target.metric is not emitted.EXECUTION_ERRORS
    assert above != good_is_much
    if isinstance(target.metric, Share):
        assert 0 <= target.threshold <= 100


@pytest.mark.parametrize("target", emitted.TARGETS, ids=lambda target: f"{target.role}: {target.key}")
def test_the_alarms_on_agents_are_held_to_the_targets(target: emitted.Target) -> None:
    rows = [
        row
        for row in agent.KIND.alarms
        if isinstance(metric := agent.KIND.metrics[row.series], MetricRow)
        and (metric.namespace, metric.name) == (target.metric.namespace, target.metric.name)
        and row.role is not Role.SILENCE
        and row.only_with in (None, target.role)
    ]
    assert len(rows) == 1
    (row,) = rows
    band = PROFILES["baseline"][row.thresholds] if isinstance(row.thresholds, str) else row.thresholds
    assert target.threshold in (band.warning, band.critical)
    assert row.comparison.startswith("Greater") == target.missed_when.startswith("Greater")
    assert (row.statistic or target.metric.statistic) == target.metric.statistic


PROGRAM = """
from opslib.monitoring import emit, emitted
emitter = emit.Emitter(environment="shop-prod", service="api")
emitter.count(emitted.REQUESTS.at({"Endpoint": "GET /"}))
emitter.count(emitted.CLAIMS, 2)
emitter.gauge(emitted.SESSIONS, 3)
emitter.duration(emitted.QUERY_DURATION.at({"Agent": "retrieval"}), 0.1)
emitter.record(emitted.TOKENS.at({"Agent": "retrieval"}), 100)
emitter.outcome(emitted.TRANSACTION_SUCCESS.at({"Transaction": "swap"}), succeeded=True)
"""
WRONG = """\
emitter.count(emitted.CLAMS)
emitter.count(emitted.REQUESTS.at({"Endpiont": "GET /"}))
emitter.count(emitted.CLAIMS.at({"Endpoint": "GET /"}))
emitter.gauge(emitted.CLAIMS, 1)
emitter.count(emitted.QUERY_DURATION)
emitter.duration(emitted.TOKENS.at({"Agent": "retrieval"}), 0.1)
emitter.outcome(emitted.CLAIMS, succeeded=True)
emitter.count(emitted.CLAIMS, "2")
"""


def test_a_typing_mistake_is_a_type_error(tmp_path: Path) -> None:
    file = tmp_path / "application.py"
    file.write_text(PROGRAM + WRONG)
    said, _, _ = api.run(
        [
            "--strict",
            "--config-file=",
            f"--cache-dir={ROOT / '.mypy_cache/application'}",
            "--no-error-summary",
            str(file),
        ]
    )
    lines = [int(line) for line in re.findall(r"application\.py:(\d+): error:", said)]
    first = PROGRAM.count("\n") + 1
    assert lines == list(range(first, first + WRONG.count("\n"))), said


def test_writing_needs_nothing_but_python_and_what_the_model_needs() -> None:
    program = (
        "import sys; from opslib.monitoring import emitted; from opslib.monitoring.emit import asgi;"
        "print(*sorted({name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)))"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"boto3", "starlette", "numpy", "pulumi", "rich", "typer"}.isdisjoint(run.stdout.split())


def test_the_page_names_every_metric() -> None:
    page = (ROOT / "docs/custom-metrics.md").read_text(encoding="utf-8")
    for row in emitted.EMITTED:
        assert f"`{row.name}`" in page, row.name
        assert row.namespace in page
    for target in emitted.TARGETS:
        cells = (target.role, target.key, f"`{target.metric.name}` {target.metric.statistic}")
        assert f"| {' | '.join(cells)} | " in page, target
        assert f" {target.threshold:g} | {target.why} |" in page, target
    for kind in (Counter, Gauge, Duration, Share):
        assert f"`{kind.__name__}`" in page
