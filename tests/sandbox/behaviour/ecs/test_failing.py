"""Bad revisions, and what ECS does about them by itself."""

from __future__ import annotations

import pytest

from opslib.sandbox.behaviour.ecs.deployments import breaker_threshold

BAD = {"dockerLabels": {"sandbox.never_healthy": "true"}}
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def test_a_revision_that_never_gets_healthy_leaves_the_old_tasks_alone(shop):
    old = {task["taskArn"] for task in shop.tasks()}
    shop.update(taskDefinition=shop.register(**BAD))
    shop.wait(1800)
    assert shop.deployments()[0][:3] == ("PRIMARY", "IN_PROGRESS", "4")
    assert shop.deployments()[1] == ("ACTIVE", "COMPLETED", "3", 3)
    assert old <= {task["taskArn"] for task in shop.tasks()}
    assert shop.states().count("healthy") == 3
    assert shop.service()["deployments"][0]["failedTasks"] > 10
    assert shop.said("is unhealthy in (target-group") > 0
    group = shop.service()["loadBalancers"][0]["targetGroupArn"]
    stopped = shop.tasks("STOPPED")[-1]
    assert stopped["stoppedReason"] == f"Task failed ELB health checks in (target-group {group})"
    assert stopped["stopCode"] == "ServiceSchedulerInitiated"


def test_the_circuit_breaker_rolls_back_to_the_last_deployment_that_completed(shop):
    before = shop.service()["deployments"][0]["id"]
    shop.update(taskDefinition=shop.register(**BAD), deploymentConfiguration=BREAKER)
    bad = shop.service()["deployments"][0]["id"]
    shop.wait(85)  # RUNNING at 24 s, unhealthy at the second failed check, 60 s later
    rolling = {d["id"]: d for d in shop.service()["deployments"]}
    assert (rolling[bad]["status"], rolling[bad]["rolloutState"]) == ("ACTIVE", "FAILED")
    assert rolling[bad]["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert (rolling[before]["status"], rolling[before]["rolloutState"]) == ("PRIMARY", "IN_PROGRESS")
    reason = f"ECS deployment circuit breaker: rolling back to deploymentId {before}."
    assert rolling[before]["rolloutStateReason"] == reason
    assert shop.service()["taskDefinition"].endswith(":3")
    rollout = shop.rollout()
    assert (rollout["status"], rollout["rollback"]["reason"]) == ("ROLLBACK_IN_PROGRESS", reason)
    assert rollout["deploymentCircuitBreaker"] == {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}
    shop.wait(600)
    assert shop.deployments() == [("PRIMARY", "COMPLETED", "3", 3)]
    assert shop.rollout()["status"] == "ROLLBACK_SUCCESSFUL"
    assert shop.said(f"(deployment {bad}) deployment failed: tasks failed to start.") == 1
    assert shop.said(f"rolling back to deployment {before}.") == 1


def test_the_circuit_breaker_without_rollback_only_stops_starting_tasks(shop):
    configuration = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    shop.update(taskDefinition=shop.register(**BAD), deploymentConfiguration=configuration)
    shop.wait(900)
    assert [d[:3] for d in shop.deployments()] == [("PRIMARY", "FAILED", "4"), ("ACTIVE", "COMPLETED", "3")]
    assert shop.deployments()[1][3] == 3
    assert shop.rollout()["status"] == "STOPPED"
    started = shop.said("has started")
    shop.wait(3600)
    assert shop.said("has started") == started


def test_a_first_deployment_that_fails_has_nothing_to_go_back_to(shop):
    shop.ecs.create_service(
        cluster="shop",
        serviceName="new",
        taskDefinition=shop.register("new", dockerLabels={"sandbox.crashes_after_seconds": "1"}),
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration=shop.network(),
        deploymentConfiguration=BREAKER,
    )
    shop.wait(900)
    assert [d["rolloutState"] for d in shop.service("new")["deployments"]] == ["FAILED"]


def test_a_deployment_that_is_being_rolled_back_to_is_nothing_to_roll_back_to_yet(shop):
    crashing = {"dockerLabels": {"sandbox.crashes_after_seconds": "1"}}
    shop.configure(minimumHealthyPercent=0, maximumPercent=100, **BREAKER)  # the old tasks go first
    shop.update(taskDefinition=shop.register(**crashing))
    shop.wait(30)
    assert [d[:3] for d in shop.deployments()] == [("PRIMARY", "IN_PROGRESS", "3")]
    assert shop.rollout()["status"] == "ROLLBACK_IN_PROGRESS"
    shop.update(taskDefinition=shop.register(**crashing))
    shop.wait(600)
    assert shop.deployments()[0][:3] == ("PRIMARY", "FAILED", "5")
    assert [rollout["status"] for rollout in shop.rollouts()[:2]] == ["STOPPED", "STOPPED"]
    assert shop.service()["runningCount"] == 0, "nothing brings the service back by itself"


def test_a_crash_counts_before_the_task_was_healthy_and_not_after(shop):
    early = shop.register(dockerLabels={"sandbox.crashes_after_seconds": "10", "sandbox.exit_code": "3"})
    shop.update(taskDefinition=early, deploymentConfiguration=BREAKER)
    shop.wait(36)
    stopped = shop.tasks("STOPPED")[0]
    assert (stopped["stopCode"], stopped["stoppedReason"]) == (
        "EssentialContainerExited",
        "Essential container in task exited",
    )
    assert stopped["containers"][0]["exitCode"] == 3
    assert shop.rollout()["status"] == "ROLLBACK_SUCCESSFUL", "at once: the old tasks had not been touched"
    late = shop.register(dockerLabels={"sandbox.crashes_after_seconds": "45"})
    shop.update(taskDefinition=late)
    shop.wait(3600)
    assert shop.service()["deployments"][0]["failedTasks"] == 0
    assert shop.rollout()["status"] in ("IN_PROGRESS", "SUCCESSFUL")


@pytest.mark.parametrize(("resets", "status"), [(True, "IN_PROGRESS"), (False, "ROLLBACK_IN_PROGRESS")])
def test_a_healthy_task_resets_the_count_so_that_a_limping_deployment_may_never_trip(shop, resets, status):
    shop.update(desiredCount=1)
    shop.wait(400)
    revision = shop.register()
    shop.conduct(revision, crashes_after_seconds=5)
    breaker = {"enable": True, "rollback": True, "resetOnHealthyTask": resets}
    shop.update(taskDefinition=revision, deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    shop.wait(60)  # two tasks have crashed, at 29 s and 58 s
    assert shop.service()["deployments"][0]["failedTasks"] == 2
    shop.post("/conduct", {"of": revision})
    shop.wait(60)  # the third is healthy at 112 s; the old one drains for five minutes
    assert shop.service()["deployments"][0]["failedTasks"] == (0 if resets else 2)
    shop.conduct(revision, crashes_after_seconds=5)
    shop.wait(60)  # that one crashes, which does not count, and two more, at 149 s and 178 s
    assert shop.rollout()["status"] == status
    assert shop.rollout()["deploymentCircuitBreaker"]["failureCount"] == (2 if resets else 3)


@pytest.mark.parametrize(
    ("desired", "threshold"),
    [(1, 3), (3, 3), (6, 3), (7, 4), (25, 13), (400, 200), (800, 200)],  # AWS's table, with today's least of 3
)
def test_the_threshold_is_half_the_tasks_rounded_up_between_3_and_200(desired, threshold):
    assert breaker_threshold({"enable": True}, desired) == threshold


@pytest.mark.parametrize(
    ("kind", "value", "desired", "threshold"),
    [
        ("COUNT", 7, 100, 7),
        ("BOUNDED_PERCENT", 10, 100, 10),
        ("BOUNDED_PERCENT", 1, 100, 3),
        ("UNBOUNDED_PERCENT", 1, 100, 1),
    ],
)
def test_the_threshold_can_be_configured(kind, value, desired, threshold):
    configured = {"enable": True, "thresholdConfiguration": {"type": kind, "value": value}}
    assert breaker_threshold(configured, desired) == threshold


def alarm(shop, state):
    cloudwatch = shop.sandbox.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="Shop",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=2,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue=state, StateReason="test")


WATCHED = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}


def test_a_deployment_alarm_rolls_back(shop):
    alarm(shop, "OK")
    before = shop.service()["deployments"][0]["id"]
    shop.update(taskDefinition="shop-api:2", deploymentConfiguration=WATCHED)
    shop.wait(60)
    alarm(shop, "ALARM")
    shop.wait(35)
    rollout = shop.rollout()
    assert rollout["status"] == "ROLLBACK_IN_PROGRESS"
    assert rollout["alarms"] == {"status": "TRIGGERED", "alarmNames": ["errors"], "triggeredAlarmNames": ["errors"]}
    assert shop.service()["deployments"][0]["id"] == before
    shop.wait(700)
    assert (shop.deployments(), shop.rollout()["status"]) == (
        [("PRIMARY", "COMPLETED", "3", 3)],
        "ROLLBACK_SUCCESSFUL",
    )


def test_alarms_are_watched_for_a_while_after_the_service_is_steady(shop):
    alarm(shop, "OK")
    shop.update(taskDefinition="shop-api:2", deploymentConfiguration=WATCHED)
    shop.wait(24 + 30 + 300 + 10)
    assert shop.deployments() == [("PRIMARY", "IN_PROGRESS", "2", 3)]
    shop.wait(120)
    assert shop.deployments() == [("PRIMARY", "COMPLETED", "2", 3)]


def test_an_alarm_that_is_in_alarm_already_is_not_watched(shop):
    alarm(shop, "ALARM")
    shop.update(taskDefinition="shop-api:2", deploymentConfiguration=WATCHED)
    shop.wait(400)
    assert shop.deployments() == [("PRIMARY", "COMPLETED", "2", 3)]
    assert shop.rollout()["alarms"]["status"] == "DISABLED"


def test_the_grace_period_ignores_failing_health_checks(shop):
    shop.update(taskDefinition=shop.register(**BAD), healthCheckGracePeriodSeconds=600)
    shop.wait(300)
    assert (shop.service()["deployments"][0]["failedTasks"], shop.states().count("unhealthy")) == (0, 3)
    shop.wait(400)
    assert shop.service()["deployments"][0]["failedTasks"] >= 3


def test_an_image_that_turns_bad_later_is_replaced_by_tasks_that_are_no_better(shop):
    shop.conduct("shop-api", never_healthy=True)
    shop.wait(61)
    assert "unhealthy" in shop.states()
    shop.post("/conduct", {"of": "shop-api"})
    shop.wait(900)
    assert (shop.states(), shop.deployments()) == (["healthy"] * 3, [("PRIMARY", "COMPLETED", "3", 3)])


def test_tasks_that_cannot_start_are_delayed_more_and_more(shop):
    ecr = shop.sandbox.client("ecr")
    ecr.create_repository(repositoryName="shop-empty")
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-empty:1"
    shop.update(taskDefinition=shop.register(image=image))
    shop.wait(4 * 3600)
    assert shop.said("is unable to consistently start tasks successfully.") == 1
    created = sorted(task["createdAt"] for task in shop.tasks("STOPPED"))
    assert 2 <= len({moment.replace(microsecond=0) for moment in created}) <= 4, "every 27 minutes, kept for an hour"
