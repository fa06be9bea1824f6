"""What the report says of a stack by itself: alarms, dashboards, limits, bill, blindness."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from infra.model import monitoring
from infra.preview.blind import NEEDS
from infra.preview.document import schema
from opslib.monitoring import Requirement
from tests.infra.preview.conftest import Ended
from tests.infra.product import REGION, config_of

ROOT = Path(__file__).parents[3]
Call = Callable[..., Ended]
Write = Callable[..., Path]


@pytest.mark.feature("P2", "P3", "P4")
def test_the_published_schema_is_that_of_the_code_and_a_report_keeps_to_it(call: Call, stack_file: Write) -> None:
    stack_file()
    published = json.loads((ROOT / "docs/preview.schema.json").read_text(encoding="utf-8"))
    assert published == schema(), "run `make preview-examples`"
    jsonschema.Draft202012Validator(published).validate(call("--stack", "test", "--json").json)


def test_every_alarm_and_dashboard_of_the_model_is_in_it(call: Call, stack_file: Write) -> None:
    stack_file(3)
    found = call("--stack", "test", "--json").json
    model = monitoring(config_of(3), region=REGION)
    watched = model.watched.values()
    names = {one.name for w in watched for one in (*w.alarms, *w.composites)}
    names |= {one.name for one in (*model.of_stack, *model.stack_alarms)}
    assert {alarm["name"] for alarm in found["alarms"]} == names
    boards = {board.name: len(board.widgets) for board in model.dashboards}
    assert {board["name"]: len(board["widgets"]) for board in found["dashboards"]} == boards
    assert found["exit_code"] == 0
    assert found["limits"] == []


def test_alarms_say_what_they_act_on_and_whether_silence_rings_them(call: Call, stack_file: Write) -> None:
    stack_file()
    alarms = {one["name"]: one for one in call("--stack", "test", "--json").json["alarms"]}
    assert alarms["many-test-service-0-cpu-warning"]["actions"] == ["many-test-warning"]
    assert not alarms["many-test-service-0-cpu-warning"]["fires_on_silence"]
    silent = alarms["many-test-service-0-silent-critical"]
    assert silent["fires_on_silence"]
    assert alarms[silent["paged_by"]]["kind"] == "composite"
    assert alarms[silent["paged_by"]]["fires_on_silence"], "any of its children rings it"
    assert alarms["many-test-emergency"]["actions"] == ["many-test-emergency"]
    assert alarms["many-test-service-0-response-critical"]["unit"] == "s"


def test_every_workload_has_an_alarm_that_fires_on_silence(call: Call, stack_file: Write) -> None:
    stack_file()
    alarms = call("--stack", "test", "--json").json["alarms"]
    workloads = {one["workload"] for one in alarms}
    assert workloads == {one["workload"] for one in alarms if one["fires_on_silence"]}


@pytest.mark.feature("M27")
def test_what_aws_would_refuse_is_reported_with_its_place_and_the_way_out(call: Call, stack_file: Write) -> None:
    stack_file(60, dashboardParts=1)
    ended = call("--stack", "test", "--json")
    assert ended.code == ended.json["exit_code"] == 1
    places = {one["where"]: one for one in ended.json["limits"]}
    limit = places["dashboard many-test-detailed-eu-central-1"]
    assert "AWS takes" in limit["what"]
    assert "group" in limit["way_out"]
    assert len(ended.json["alarms"]) > 60, "everything else is reported too"


@pytest.mark.feature("P3")
def test_a_bill_over_its_limit_fails_the_check(call: Call, stack_file: Write) -> None:
    stack_file()
    costs = call("--stack", "test", "--json").json["bill"]["monthly_usd"]
    stack_file(bill={"limitUsd": costs})
    assert call("--stack", "test").code == 0
    stack_file(bill={"limitUsd": round(costs - 0.01, 2)})
    ended = call("--stack", "test", "--json")
    assert ended.code == 1
    assert [one["where"] for one in ended.json["limits"]] == ["bill"]
    assert f"{costs:.2f} USD a month" in ended.json["bill"]["exceeded"]


@pytest.mark.feature("P3")
def test_the_bill_takes_what_the_file_says_of_it(call: Call, stack_file: Write) -> None:
    stack_file()
    free = call("--stack", "test", "--json").json["bill"]
    stack_file(bill={"freeTier": False, "logGb": {"service-0": 100}, "customMetrics": {"service-1": 10}})
    paid = call("--stack", "test", "--json").json["bill"]
    assert free["free_usd"] > 0 == paid["free_usd"]
    assert paid["gross_usd"] == pytest.approx(free["gross_usd"] + 100 * 0.50 + 10 * 0.30)
    stack_file(bill={"logGb": {"nobody": 1}})
    assert "there is no workload nobody" in call("--stack", "test").err


def test_the_bill_counts_every_run_of_a_canary_that_is_made(call: Call, stack_file: Write) -> None:
    def gross(**canary: Any) -> float:
        stack_file(bill={"freeTier": False}, canaries={"site": canary})
        return float(call("--stack", "test", "--json").json["bill"]["gross_usd"])

    made = {"urls": ["https://shop.example/"], "runtime": "syn-python-selenium-6.0"}
    runs = 30 * 24 * 60 / 5
    assert gross(**made) - gross(**made, everyMinutes=10) == pytest.approx(runs / 2 * 0.0012, abs=0.01)
    assert gross(**made) - gross(canary="site") == pytest.approx(runs * 0.0012, abs=0.01), "another pays for that one"


def test_alarms_that_need_a_setting_are_named_with_it(call: Call, stack_file: Write) -> None:
    stack_file()
    found = call("--stack", "test", "--json").json
    needing = {one["name"] for one in found["alarms"] if one["requires"]}
    assert needing
    assert {name for one in found["blind"] for name in one["alarms"]} == needing
    assert all(one["says"] == NEEDS[one["requires"]] for one in found["blind"])


def test_every_requirement_of_the_model_has_words() -> None:
    assert {requirement.value for requirement in Requirement} <= set(NEEDS)


def test_references_to_other_stacks_are_shown_as_placeholders(call: Call, stack_file: Write) -> None:
    given = {"fromStack": "acme/network/prod", "output": "balancers.public.arn"}
    group = {"arn": {"fromStack": "acme/network/prod", "output": "groups.service-0"}}
    stack_file(1, loadBalancers={"public": {"arn": given, "targetGroups": {"service-0": group}}})
    ended = call("--stack", "test", "--json")
    assert ended.code == 0, ended.err
    shown = {one["where"]: one["shown"] for one in ended.json["placeholders"]}
    assert ":loadbalancer/app/balancers-public-arn/" in shown["loadBalancers.public.arn"]
    assert ":targetgroup/groups-service-0/" in shown["loadBalancers.public.targetGroups.service-0.arn"]
    assert len(ended.json["alarms"]) == len(_alarms_of(call, stack_file))


def _alarms_of(call: Call, stack_file: Write) -> list[Any]:
    stack_file(1)
    found: list[Any] = call("--stack", "test", "--json").json["alarms"]
    return found


def test_it_needs_neither_the_engine_nor_what_only_a_history_needs() -> None:
    program = (
        "import sys; from infra.preview import main; from infra.preview import page, markdown;"
        "main(['--stack', 'staging', '--html', sys.argv[1], '--markdown', sys.argv[1]]);"
        "print('loaded', *{name.partition('.')[0] for name in sys.modules})"
    )
    command = [sys.executable, "-c", program, "/dev/null"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.splitlines()[-1].split())
    assert loaded.isdisjoint({"pulumi", "boto3", "botocore", "numpy", "pyarrow", "jinja2", "rich"})
