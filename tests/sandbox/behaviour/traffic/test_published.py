"""What is published of a small shop, by GetMetricStatistics: under AWS's names, and absent when AWS is silent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from opslib.sandbox import Sandbox, Workload
from opslib.sandbox.behaviour.traffic.script import Flow, Program, TrafficScript

WORKER = {"ClusterName": "shop", "ServiceName": "worker"}
API = {"ClusterName": "shop", "ServiceName": "api"}
BALANCER = {"LoadBalancer": "app/shop/50dc6c495c0c9188"}
API_GROUP = {**BALANCER, "TargetGroup": "targetgroup/shop-api/6d0ecf831eec9f09"}
STANDBY_GROUP = {**BALANCER, "TargetGroup": "targetgroup/shop-api-standby/943f017f100becff"}
DATABASE = {"DBInstanceIdentifier": "shop-main"}
ELB = "AWS/ApplicationELB"
Statistic = Callable[..., "float | None"]


@pytest.fixture
def shop(account: Sandbox) -> Sandbox:
    """A shop at a full ten minutes of the clock: GetMetricStatistics rounds to whole periods."""
    account.seed(Workload.sample())
    account.clock.advance(600 - account.clock.now().timestamp() % 600)
    return account


@pytest.fixture
def statistic(shop: Sandbox) -> Statistic:
    """One statistic over the last minutes; None without a sample."""
    cloudwatch = shop.client("cloudwatch")

    def over(namespace: str, name: str, dimensions: dict[str, str], statistic: str, minutes: int = 10) -> float | None:
        now = shop.clock.now().replace(second=0, microsecond=0)
        extended = statistic.startswith("p")
        found = cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=now - timedelta(minutes=minutes),
            EndTime=now,
            Period=60 * minutes,
            **({"ExtendedStatistics": [statistic]} if extended else {"Statistics": [statistic]}),
        )["Datapoints"]
        if not found:
            return None
        point: dict[str, Any] = found[0]
        return float(point["ExtendedStatistics"][statistic] if extended else point[statistic])

    return over


def pass_minutes(shop: Sandbox, minutes: float) -> None:
    shop.clock.advance(60 * minutes)


def test_nothing_is_published_until_there_is_a_script_and_nothing_after_it(shop: Sandbox, ask: Any) -> None:
    pass_minutes(shop, 5)
    assert shop.client("cloudwatch").list_metrics()["Metrics"] == []
    assert ask("GET", "/traffic")["script"] is None
    started = ask("POST", "/traffic", {})
    assert started["script"]["flows"][0]["requests_per_minute"] == 600
    pass_minutes(shop, 3)
    state = ask("GET", "/traffic")
    assert state["minutes"] == 3
    assert 1_600 < state["requests"] < 2_000
    assert ask("DELETE", "/traffic")["script"] is None
    assert shop.client("cloudwatch").list_metrics()["Metrics"]
    pass_minutes(shop, 3)
    assert ask("GET", "/traffic") == {"script": None, "started": None, "minutes": 0, "requests": 0}


def test_the_sandbox_has_a_method_for_it(shop: Sandbox) -> None:
    flow = Flow(of="/api/*", requests_per_minute=10)
    assert shop.traffic(TrafficScript(flows=(flow,))).script == TrafficScript(flows=(flow,))
    assert shop.traffic(None).script is None


def test_a_reset_ends_it(shop: Sandbox, ask: Any) -> None:
    ask("POST", "/traffic", {})
    pass_minutes(shop, 2)
    shop.reset()
    pass_minutes(shop, 2)
    assert shop.client("cloudwatch").list_metrics()["Metrics"] == []


@pytest.mark.parametrize(
    ("script", "because"),
    [
        ({"flows": [{"of": "/typo/*"}]}, "no load balancer and no rule that forwards is called /typo/*"),
        ({"flows": [{"latency": {"median": 1}}]}, "flows.0.latency.median: Extra inputs"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_a_bad_script_is_refused_in_one_line_and_the_one_that_runs_goes_on(ask: Any, script: Any, because: str) -> None:
    ask("POST", "/traffic", {})
    problem = ask("POST", "/traffic", script, status=400)["problem"]
    assert because in problem
    assert "\n" not in problem
    assert ask("GET", "/traffic")["script"] is not None


def test_a_healthy_shop(shop: Sandbox, ask: Any, statistic: Statistic) -> None:
    ask("POST", "/traffic", {})
    pass_minutes(shop, 10.5)
    requests = statistic(ELB, "RequestCount", BALANCER, "Sum")
    assert requests == pytest.approx(6_000, rel=0.1)
    assert statistic(ELB, "RequestCount", API_GROUP, "Sum") == requests, "the default rule gets nothing beside a rule"
    assert statistic(ELB, "TargetResponseTime", API_GROUP, "p99") == pytest.approx(0.12, rel=0.25)
    assert statistic(ELB, "TargetResponseTime", API_GROUP, "SampleCount") == requests
    assert statistic(ELB, "HealthyHostCount", API_GROUP, "Minimum") == 3
    per_target = statistic(ELB, "RequestCountPerTarget", {"TargetGroup": API_GROUP["TargetGroup"]}, "Sum")
    assert per_target == pytest.approx((requests or 0) / 3)
    assert statistic("AWS/ECS", "CPUUtilization", API, "SampleCount") == 30, "a sample a minute for each of three tasks"
    assert 10 < (statistic("AWS/ECS", "CPUUtilization", API, "Average") or 0) < 50
    assert statistic("ECS/ContainerInsights", "RunningTaskCount", WORKER, "Minimum") == 2
    assert statistic("AWS/RDS", "DatabaseConnections", DATABASE, "Maximum") == 33
    assert statistic(
        "AWS/ElastiCache", "CacheHitRate", {"CacheClusterId": "shop-sessions-001"}, "Average"
    ) == pytest.approx(95, abs=0.5)
    assert statistic(
        "AWS/ElastiCache", "ReplicationLag", {"CacheClusterId": "shop-sessions-002"}, "Average"
    ) == pytest.approx(0.2)
    assert statistic("AWS/ElastiCache", "ReplicationLag", {"CacheClusterId": "shop-sessions-001"}, "Average") is None


def test_counts_of_trouble_are_absent_without_trouble_and_hosts_without_targets(
    ask: Any, shop: Sandbox, statistic: Statistic
) -> None:
    ask("POST", "/traffic", {})
    pass_minutes(shop, 10.5)
    for name in ("HTTPCode_ELB_5XX_Count", "HTTPCode_ELB_503_Count", "RejectedConnectionCount"):
        assert statistic(ELB, name, BALANCER, "Sum") is None, name
    assert statistic(ELB, "HealthyHostCount", STANDBY_GROUP, "Minimum") is None
    assert statistic(ELB, "AnomalousHostCount", STANDBY_GROUP, "Maximum") == 0


def test_a_load_balancer_that_nobody_asks_is_silent_but_for_what_aws_reports_always(
    shop: Sandbox, ask: Any, statistic: Statistic
) -> None:
    ask("POST", "/traffic", {"flows": [{"requests_per_minute": 0}]})
    pass_minutes(shop, 10.5)
    assert statistic(ELB, "ConsumedLCUs", BALANCER, "Average") == 0
    assert statistic(ELB, "RequestCountPerTarget", {"TargetGroup": API_GROUP["TargetGroup"]}, "Sum") == 0
    assert statistic(ELB, "HealthyHostCount", API_GROUP, "Minimum") == 3
    for name in ("RequestCount", "TargetResponseTime", "HTTPCode_Target_2XX_Count", "HTTPCode_Target_5XX_Count"):
        assert statistic(ELB, name, BALANCER, "SampleCount") is None, name
        assert statistic(ELB, name, API_GROUP, "SampleCount") is None, name
    assert statistic("AWS/ElastiCache", "CacheHitRate", {"CacheClusterId": "shop-sessions-001"}, "Average") is None
    assert statistic("AWS/ECS", "CPUUtilization", API, "Average") == pytest.approx(8, abs=1)


def test_a_service_without_tasks_has_no_cpu_but_is_counted(shop: Sandbox, ask: Any, statistic: Statistic) -> None:
    shop.client("ecs").update_service(cluster="shop", service="api", desiredCount=0)
    pass_minutes(shop, 10)
    ask("POST", "/traffic", {"flows": [{"noise_percent": 0, "refused_percent": 0}]})
    pass_minutes(shop, 10.5)
    assert statistic("AWS/ECS", "CPUUtilization", API, "SampleCount") is None
    assert statistic("ECS/ContainerInsights", "RunningTaskCount", API, "Maximum") == 0
    assert statistic("ECS/ContainerInsights", "NetworkRxBytes", API, "SampleCount") is None
    assert statistic(ELB, "HealthyHostCount", API_GROUP, "SampleCount") is None
    assert statistic(ELB, "HTTPCode_ELB_503_Count", BALANCER, "Sum") == 6_000
    assert statistic(ELB, "HTTPCode_ELB_5XX_Count", BALANCER, "Sum") == 6_000
    assert statistic(ELB, "HTTPCode_ELB_5XX_Count", API_GROUP, "Sum") is None, "no target group has it"
    assert statistic(ELB, "RequestCount", BALANCER, "Sum") is None


@pytest.mark.parametrize(
    ("insights", "published"), [("disabled", (None, None)), ("enabled", (2, None)), ("enhanced", (2, 20))]
)
def test_container_insights_are_as_the_cluster_has_them(
    shop: Sandbox, ask: Any, statistic: Statistic, insights: str, published: tuple[float | None, float | None]
) -> None:
    setting = {"name": "containerInsights", "value": insights}
    shop.client("ecs").update_cluster(cluster="shop", settings=[setting])
    ask("POST", "/traffic", {})
    pass_minutes(shop, 10.5)
    counted = statistic("ECS/ContainerInsights", "DesiredTaskCount", WORKER, "Maximum")
    in_tasks = statistic("ECS/ContainerInsights", "TaskCpuUtilization", WORKER, "SampleCount")
    assert (counted, in_tasks) == published


def test_a_database_that_is_stopped_is_silent_and_requests_that_need_it_fail(
    shop: Sandbox, ask: Any, statistic: Statistic
) -> None:
    ask("POST", "/traffic", {})
    shop.client("rds").stop_db_instance(DBInstanceIdentifier="shop-main")
    pass_minutes(shop, 10.5)
    assert statistic("AWS/RDS", "CPUUtilization", DATABASE, "SampleCount") is None
    failed = statistic(ELB, "HTTPCode_Target_5XX_Count", BALANCER, "Sum") or 0
    assert failed == pytest.approx(6_000 * 0.6, rel=0.15)


def test_a_function_is_published_by_name_and_by_alias(shop: Sandbox, ask: Any, statistic: Statistic) -> None:
    ask("POST", "/traffic", {"functions": {"*": {"invocations_per_minute": 100, "errors_percent": 20}}})
    pass_minutes(shop, 10.5)
    function = {"FunctionName": "shop-invoice-mailer"}
    invoked = statistic("AWS/Lambda", "Invocations", function, "Sum") or 0
    assert invoked == pytest.approx(1_000, rel=0.1)
    assert statistic("AWS/Lambda", "Errors", function, "SampleCount") == invoked, "a success is a 0"
    assert statistic("AWS/Lambda", "Errors", function, "Average") == pytest.approx(0.2, abs=0.05)
    alias = {**function, "Resource": "shop-invoice-mailer:live"}
    assert statistic("AWS/Lambda", "Invocations", alias, "Sum") == invoked
    assert statistic("AWS/Lambda", "IteratorAge", function, "Maximum") is None, "it reads no stream"


def test_a_function_with_nothing_reserved_is_throttled(shop: Sandbox, ask: Any, statistic: Statistic) -> None:
    name = "shop-invoice-mailer"
    shop.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    ask("POST", "/traffic", {})
    pass_minutes(shop, 10.5)
    assert (statistic("AWS/Lambda", "Throttles", {"FunctionName": name}, "Sum") or 0) > 30
    assert statistic("AWS/Lambda", "Invocations", {"FunctionName": name}, "Sum") is None


def test_every_minute_is_published_once_in_one_leap_and_in_many_steps_and_carries_its_beginning(
    shop: Sandbox, ask: Any
) -> None:
    ask("POST", "/traffic", {})
    begun = shop.clock.now().replace(second=0, microsecond=0)
    pass_minutes(shop, 3)
    for _ in range(6):
        pass_minutes(shop, 0.5)
    found = shop.client("cloudwatch").get_metric_statistics(
        Namespace=ELB,
        MetricName="ConsumedLCUs",
        Dimensions=[{"Name": "LoadBalancer", "Value": BALANCER["LoadBalancer"]}],
        StartTime=begun - timedelta(minutes=5),
        EndTime=begun + timedelta(minutes=10),
        Period=60,
        Statistics=["SampleCount"],
    )["Datapoints"]
    counts = {point["Timestamp"]: point["SampleCount"] for point in found}
    assert counts == {begun + timedelta(minutes=minute): 1.0 for minute in range(6)}


def test_programs_write_what_the_script_says(shop: Sandbox, statistic: Statistic) -> None:
    failing = Program(environment="shop-prod", agent="clerk", failing_percent=50, things_per_minute=40, times_slower=3)
    dead = Program(environment="shop-prod", agent="ghost", lives=False)
    service = Program(environment="shop-prod", service="api", by={"Endpoint": ("/items", "/orders")})
    shop.traffic(TrafficScript(programs=(failing, dead, service)))
    pass_minutes(shop, 10)
    clerk, ghost = ({"Environment": "shop-prod", "Agent": name} for name in ("clerk", "ghost"))
    agents, api = "Application/Agents", {"Environment": "shop-prod", "Service": "api"}
    assert 40 < (statistic(agents, "ExecutionSuccess", clerk, "Average") or 0) < 60
    assert 15 < (statistic(agents, "ExecutionDuration", clerk, "p50") or 0) < 22, "three times six seconds"
    assert statistic(agents, "Heartbeat", clerk, "Maximum") == 1
    assert statistic(agents, "Heartbeat", ghost, "Maximum") is None
    total = statistic("Application/Api", "Requests", api, "Sum")
    parts = [
        statistic("Application/Api", "Requests", {**api, "Endpoint": name}, "Sum") for name in ("/items", "/orders")
    ]
    assert total == sum(part or 0 for part in parts) > 0
    assert statistic("Application/Api", "UnhandledErrors", api, "Sum") is None, "nothing fails of it"
