"""What is said of theirs and ours: who watches what already, what it costs, what it would have done."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.adopt import main
from opslib.sandbox import Sandbox
from tests.infra.adopt.conftest import OPS, REGION

pytestmark = pytest.mark.feature("P5")

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def reported(out: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """The report as JSON, of a run that went well; and what was said besides."""

    def report(*more: str) -> dict[str, Any]:
        assert main(["--out", str(out), "--json", *more]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return report


def test_theirs_and_ours_are_held_against_each_other(shop: Sandbox, put_alarm: Any, reported: Any) -> None:
    put_alarm("old-cpu")
    put_alarm("old-cpu-low", ComparisonOperator="LessThanThreshold", Threshold=1)
    put_alarm("orders", Namespace="Shop", MetricName="Orders", Dimensions=[])
    put_alarm("TargetTracking-service/shop/api-AlarmHigh-1", Threshold=70)
    shop.client("cloudwatch", REGION).put_composite_alarm(
        AlarmName="old-all", AlarmRule='ALARM("old-cpu")', AlarmActions=[OPS]
    )
    shop.client("cloudwatch", REGION).put_composite_alarm(AlarmName="old-ok", AlarmRule='OK("old-cpu")')
    found = reported()
    alarms = found["alarms"]
    theirs = {one["name"]: one for one in alarms["theirs"]}
    assert set(theirs) == {"old-cpu", "old-cpu-low", "orders", "old-all"}
    assert theirs["old-cpu"]["besideOurs"] == ["shop-prod-api-cpu-warning", "shop-prod-api-cpu-critical"]
    assert (theirs["old-cpu"]["workload"], theirs["orders"]["workload"]) == ("api", "")
    assert theirs["orders"]["besideOurs"] == theirs["old-all"]["besideOurs"] == []
    covered = {one["name"]: one for one in alarms["covered"]}
    assert "shop-prod-api-cpu-warning" in covered
    assert covered["shop-prod-api-cpu-warning"]["theirs"] == ["old-cpu"]
    assert "old-cpu is > 80 for 3 of 3 x 60 s" in covered["shop-prod-api-cpu-warning"]["differs"][0]
    assert not set(covered) & {one["name"] for one in alarms["added"]}
    assert alarms["managed"] == ["TargetTracking-service/shop/api-AlarmHigh-1"]
    assert alarms["unknown"] == [{"name": "old-ok", "why": alarms["unknown"][0]["why"]}]
    assert "more than ALARM" in alarms["unknown"][0]["why"]


def test_the_same_threshold_does_not_differ(put_alarm: Any, reported: Any, out: Path) -> None:
    ours = {one["name"]: one["condition"] for one in reported()["alarms"]["added"]}
    warning = float(ours["shop-prod-api-cpu-warning"].split()[1])
    out.unlink()
    put_alarm("old-cpu", Threshold=warning, EvaluationPeriods=5)
    (covered,) = (one for one in reported()["alarms"]["covered"] if one["name"] == "shop-prod-api-cpu-warning")
    assert covered["differs"] == []


def test_an_alarm_of_a_balancer_is_about_it_and_one_of_a_cluster_about_no_service(
    put_alarm: Any, reported: Any
) -> None:
    balancer = [{"Name": "LoadBalancer", "Value": "app/shop/50dc6c495c0c9188"}]
    put_alarm("old-5xx", Namespace="AWS/ApplicationELB", MetricName="HTTPCode_ELB_5XX_Count", Dimensions=balancer)
    group = [*balancer, {"Name": "TargetGroup", "Value": "targetgroup/shop-web/73e2d6bc24d8a067"}]
    put_alarm("old-web", Namespace="AWS/ApplicationELB", MetricName="UnHealthyHostCount", Dimensions=group)
    put_alarm("old-cluster", Dimensions=[{"Name": "ClusterName", "Value": "shop"}])
    theirs = {one["name"]: one["workload"] for one in reported()["alarms"]["theirs"]}
    assert theirs == {"old-5xx": "public", "old-web": "web", "old-cluster": ""}


def test_with_tags_only_alarms_about_what_was_found_count(shop: Sandbox, put_alarm: Any, reported: Any) -> None:
    tag = {"key": "product", "value": "shop"}
    shop.client("ecs", REGION).tag_resource(
        resourceArn="arn:aws:ecs:eu-west-1:123456789012:service/shop/api", tags=[tag]
    )
    put_alarm("old-cpu")
    put_alarm("of-others", Namespace="Other", Dimensions=[])
    cloudwatch = shop.client("cloudwatch", REGION)
    cloudwatch.put_composite_alarm(AlarmName="old-all", AlarmRule='ALARM("old-cpu")')
    cloudwatch.put_composite_alarm(AlarmName="old-top", AlarmRule='ALARM("old-all")')
    cloudwatch.put_composite_alarm(AlarmName="all-of-others", AlarmRule='ALARM("of-others")')
    found = reported("--tag", "product=shop")
    assert [one["name"] for one in found["alarms"]["theirs"]] == ["old-all", "old-cpu", "old-top"]
    assert found["alarms"]["elsewhere"] == 2
    assert found["bill"]["nowUsd"] == pytest.approx(2 * 0.50)


def test_the_bill_is_theirs_and_both(shop: Sandbox, put_alarm: Any, reported: Any) -> None:
    for number in range(30):
        put_alarm(f"old-{number}")
    shop.client("cloudwatch", REGION).put_composite_alarm(AlarmName="old-all", AlarmRule='ALARM("old-0")')
    bill = reported()["bill"]
    assert bill["nowUsd"] == pytest.approx((30 - 10) * 0.10 + 0.50)  # ten alarm-metrics are free
    assert bill["bothUsd"] == pytest.approx(bill["nowUsd"] + bill["addedUsd"])
    assert bill["addedUsd"] > 5


def test_clusters_without_container_insights_are_named(shop: Sandbox, reported: Any) -> None:
    shop.client("ecs", REGION).update_cluster_settings(
        cluster="shop", settings=[{"name": "containerInsights", "value": "disabled"}]
    )
    (blind,) = reported()["blind"]
    assert blind.startswith("cluster shop: containerInsights is disabled, so ")


def history(directory: Path) -> Path:
    """A week of CPU: at 90 for ten minutes of every day, once in an incident."""
    rows = ["namespace,metric,dimensions,statistic,time,value"]
    start = NOW - timedelta(days=7)
    for minute in range(7 * 1_440):
        busy = 600 <= minute % 1_440 < 610
        at = (start + timedelta(minutes=minute)).isoformat()
        rows.append(f"AWS/ECS,CPUUtilization,ClusterName=shop;ServiceName=api,Average,{at},{90 if busy else 20}")
    directory.mkdir()
    (directory / "cpu.csv").write_text("\n".join(rows))
    begin = start + timedelta(days=2, minutes=600)
    incident = f"start,end,workload\n{begin.isoformat()},{(begin + timedelta(minutes=10)).isoformat()},api\n"
    (directory / "incidents.csv").write_text(incident)
    return directory


def test_a_history_says_what_both_would_have_done(put_alarm: Any, reported: Any, tmp_path: Path) -> None:
    put_alarm("old-cpu")
    put_alarm("quiet", AlarmActions=[])
    files = history(tmp_path / "history")
    found = reported("--history", str(files), "--incidents", str(files / "incidents.csv"))["backtest"]
    theirs = {one["name"]: one for one in found["theirs"]}
    assert (theirs["old-cpu"]["pages"], theirs["quiet"]["pages"], theirs["quiet"]["episodes"]) == (7, 0, 7)
    judgement = theirs["old-cpu"]["judgement"]
    assert (judgement["trueCalls"], judgement["falseCalls"], judgement["recall"]) == (1, 6, 1.0)
    ours = {one["name"]: one for one in found["ours"]}
    assert ours["shop-prod-api-cpu-critical"]["episodes"] == 7
    assert (
        ours["shop-prod-main-cpu-critical"]["how"] == "not replayed" if "shop-prod-main-cpu-critical" in ours else True
    )


def test_what_reading_costs_is_said_before_it_is_spent(
    shop: Sandbox, put_alarm: Any, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_alarm("old-cpu")
    cache = tmp_path / "cache"
    given = ["--out", str(out), "--days", "2", "--cache", str(cache)]
    assert main(given) == 0
    said = capsys.readouterr().out
    assert "history: 2 days would be" in said
    assert "with --spend 0.01 they are read" in said
    assert not [call for call in shop.calls() if call.operation == "GetMetricData"]
    out.unlink()
    assert main([*given, "--spend", "0.01"]) == 0
    said, warned = capsys.readouterr()
    assert "infra.adopt: reading" in warned
    assert "backtest of theirs, " in said
    since = datetime.now(UTC) - timedelta(days=2)
    assert f"{since:%Y-%m-%d}" in said
    assert [call for call in shop.calls() if call.operation == "GetMetricData"]
    assert list(cache.iterdir())


def test_the_report_as_markdown(put_alarm: Any, out: Path, tmp_path: Path) -> None:
    put_alarm("old-cpu|with a bar")
    put_alarm("orders", Namespace="Shop", MetricName="Orders", Dimensions=[])
    page = tmp_path / "report.md"
    assert main(["--out", str(out), "--markdown", str(page)]) == 0
    text = page.read_text()
    assert "## Watched by both" in text
    assert "`old-cpu\\|with a bar`" in text
    assert "## Theirs alone, left as they are\n\n- `orders`" in text
    table = [line for line in text.splitlines() if line.startswith("| `shop-prod-api-memory")]
    assert all(line.replace("\\|", "").count("|") == 4 for line in table)
    assert table
