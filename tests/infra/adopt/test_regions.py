"""What is global has its alarms in us-east-1: they are read, matched, priced and left alone as those at home are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.adopt import main
from opslib.sandbox import Sandbox
from tests.discover.everything import EDGE, Furnished, furnish
from tests.infra.adopt.conftest import ACCOUNT, REGION

pytestmark = pytest.mark.feature("P5")

OURS = "shop-prod-shop-example"


@pytest.fixture
def made(aws: Sandbox) -> Furnished:
    return furnish(aws)


@pytest.fixture
def put(aws: Sandbox, made: Furnished) -> Callable[..., None]:
    """Makes an alarm on the errors of the distribution, in us-east-1 or where it is said."""

    def alarm(name: str, region: str = EDGE, **more: Any) -> None:
        plain: dict[str, Any] = {
            "Namespace": "AWS/CloudFront",
            "MetricName": "5xxErrorRate",
            "Dimensions": [
                {"Name": "DistributionId", "Value": made.distribution},
                {"Name": "Region", "Value": "Global"},
            ],
            "Statistic": "Average",
            "Period": 60,
            "EvaluationPeriods": 5,
            "Threshold": 3,
            "ComparisonOperator": "GreaterThanThreshold",
        }
        aws.client("cloudwatch", region).put_metric_alarm(AlarmName=name, **plain | more)

    return alarm


@pytest.fixture
def reported(out: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    def report(*more: str) -> dict[str, Any]:
        assert main(["--out", str(out), "--json", *more]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return report


def host_alarm(aws: Sandbox, made: Furnished, name: str) -> None:
    aws.client("cloudwatch", REGION).put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "InstanceId", "Value": made.host}],
        Statistic="Average",
        Period=300,
        EvaluationPeriods=3,
        Threshold=90,
        ComparisonOperator="GreaterThanThreshold",
    )


def test_alarms_of_both_regions_stand_beside_ours(aws: Sandbox, made: Furnished, put: Any, reported: Any) -> None:
    host_alarm(aws, made, "old-host")
    put("old-errors")
    put("of-another-stack", Namespace="Other", MetricName="Errors", Dimensions=[])
    cloudwatch = aws.client("cloudwatch", EDGE)
    cloudwatch.put_composite_alarm(AlarmName="old-site", AlarmRule='ALARM("old-errors")')
    put("misplaced", region=REGION)  # CloudFront publishes nothing there
    found = reported()
    theirs = {one["name"]: one for one in found["alarms"]["theirs"]}
    assert set(theirs) == {"old-host", "old-errors", "old-site", "misplaced"}
    assert (theirs["old-host"]["workload"], theirs["old-errors"]["workload"]) == ("bastion", "shop-example")
    assert theirs["old-host"]["besideOurs"] == ["shop-prod-bastion-cpu-warning", "shop-prod-bastion-cpu-critical"]
    assert theirs["old-errors"]["besideOurs"] == [f"{OURS}-errors-warning", f"{OURS}-errors-critical"]
    assert theirs["misplaced"]["besideOurs"] == []
    covered = {one["name"]: one for one in found["alarms"]["covered"]}
    assert "old-errors is > 3 for 5 of 5 x 60 s" in covered[f"{OURS}-errors-warning"]["differs"][0]
    assert found["alarms"]["elsewhere"] == 0
    assert found["bill"]["nowUsd"] == pytest.approx(0.50)  # the composite; ten alarm-metrics are free


def test_each_kind_is_matched_by_its_own_metrics(aws: Sandbox, made: Furnished, reported: Any) -> None:
    names = {
        "apis": ("AWS/ApiGateway", "Count", {"ApiId": made.http_api, "Stage": "$default"}, "LessThanThreshold"),
        "webAcls": (
            "AWS/WAFV2",
            "BlockedRequests",
            {"WebACL": "shop_firewall", "Region": REGION, "Rule": "ALL"},
            "GreaterThanThreshold",
        ),
        "serverlessCaches": ("AWS/ElastiCache", "ThrottledCmds", {"clusterId": "shop-tokens"}, "GreaterThanThreshold"),
        "fleets": ("AWS/EC2", "StatusCheckFailed", {"AutoScalingGroupName": "shop-workers"}, "GreaterThanThreshold"),
        "natGateways": ("AWS/NATGateway", "ErrorPortAllocation", {"NatGatewayId": made.nat}, "GreaterThanThreshold"),
        "certificates": (
            "AWS/CertificateManager",
            "DaysToExpiry",
            {"CertificateArn": made.certificate},
            "LessThanThreshold",
        ),
        "canaries": ("CloudWatchSynthetics", "SuccessPercent", {"CanaryName": "shop-checkout"}, "LessThanThreshold"),
        "healthChecks": ("AWS/Route53", "HealthCheckStatus", {"HealthCheckId": made.health_check}, "LessThanThreshold"),
    }
    for section, (namespace, metric, dimensions, comparison) in names.items():
        aws.client("cloudwatch", EDGE if section == "healthChecks" else REGION).put_metric_alarm(
            AlarmName=f"old-{section}",
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator=comparison,
        )
    found = reported()
    theirs = {one["name"]: one for one in found["alarms"]["theirs"]}
    assert set(theirs) == {f"old-{section}" for section in names}
    for section in names:
        assert theirs[f"old-{section}"]["workload"] in found["workloads"][section]
        assert theirs[f"old-{section}"]["besideOurs"], section


def test_one_name_in_both_regions_is_two_alarms(
    aws: Sandbox, made: Furnished, put: Any, reported: Any, tmp_path: Path
) -> None:
    host_alarm(aws, made, "old")
    put("old")
    history = tmp_path / "history"
    history.mkdir()
    dimensions = f"DistributionId={made.distribution};Region=Global"
    rows = [f"AWS/CloudFront,5xxErrorRate,{dimensions},Average,2026-06-01T00:{m:02}:00Z,9" for m in range(30)]
    rows += [f"AWS/EC2,CPUUtilization,InstanceId={made.host},Average,2026-06-01T00:{m:02}:00Z,1" for m in range(30)]
    (history / "h.csv").write_text("\n".join(["namespace,metric,dimensions,statistic,time,value", *rows]))
    found = reported("--history", str(history))
    theirs = {one["name"]: one["workload"] for one in found["alarms"]["theirs"]}
    assert theirs == {"old": "bastion", f"old ({EDGE})": "shop-example"}
    replayed = {one["name"]: one["episodes"] for one in found["backtest"]["theirs"]}
    assert replayed == {"old": 0, f"old ({EDGE})": 1}
    ours = {one["name"]: one["episodes"] for one in found["backtest"]["ours"]}
    assert ours[f"{OURS}-errors-critical"] == 1


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("kind", ["alarm", "topic"])
def test_a_name_that_is_taken_in_the_other_region_is_refused(
    aws: Sandbox, put: Any, out: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    if kind == "alarm":
        put(f"{OURS}-errors-warning", region=REGION)  # there it is in nobody's way
        assert main(["--out", str(out)]) == 0
        out.unlink()
        put(f"{OURS}-errors-warning")
    else:
        aws.client("sns", EDGE).create_topic(Name="shop-prod-critical")
    assert main(["--out", str(out)]) == 3
    assert f"the {kind} shop-prod-" in capsys.readouterr().err
    assert not out.exists()


def test_whom_the_alarms_of_the_other_region_tell_by_mail_is_told(aws: Sandbox, put: Any, out: Path) -> None:
    sns = aws.client("sns", EDGE)
    used, other = (sns.create_topic(Name=name)["TopicArn"] for name in ("ops", "others"))
    sns.subscribe(TopicArn=used, Protocol="email", Endpoint="team@shop.example")
    sns.subscribe(TopicArn=other, Protocol="email", Endpoint="others@shop.example")
    put("old-errors", AlarmActions=[used])
    put("of-another-stack", Namespace="Other", Dimensions=[], AlarmActions=[other])
    assert main(["--out", str(out)]) == 0
    route = [{"protocol": "email", "endpoint": "team@shop.example"}]
    assert yaml.safe_load(out.read_text())["config"]["opslib:alerting"] == dict.fromkeys(
        ("warning", "critical", "emergency"), route
    )


def test_a_stack_in_us_east_1_reads_its_alarms_once(aws: Sandbox, put: Any, reported: Any) -> None:
    put("old-errors")
    aws.reset_calls()
    found = reported("--region", EDGE)
    (theirs,) = found["alarms"]["theirs"]
    assert theirs["besideOurs"] == [f"{OURS}-errors-warning", f"{OURS}-errors-critical"]
    assert [call.region for call in aws.calls() if call.operation == "DescribeAlarms"] == [EDGE, EDGE]
    assert (found["account"], found["region"]) == (ACCOUNT, EDGE)
