from __future__ import annotations

from typing import Any

import pytest

TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"


@pytest.fixture
def cloudwatch(aws):
    client = aws("cloudwatch")
    for name in ("a", "b"):
        client.put_metric_alarm(
            AlarmName=name,
            MetricName=name,
            Namespace="Shop",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
        )
    return client


def composites(client: Any) -> dict[str, dict[str, Any]]:
    found = client.describe_alarms(AlarmTypes=["CompositeAlarm"])
    assert found["MetricAlarms"] == []
    return {alarm["AlarmName"]: alarm for alarm in found["CompositeAlarms"]}


def turn(client: Any, name: str, state: str) -> None:
    client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="by hand")


def test_everything_it_was_put_with_comes_back(cloudwatch):
    given = {
        "AlarmName": "service",
        "AlarmRule": "ALARM(a) AND ALARM(b)",
        "AlarmDescription": "both",
        "ActionsEnabled": False,
        "AlarmActions": [TOPIC],
        "OKActions": [TOPIC],
        "InsufficientDataActions": [],
        "ActionsSuppressor": "b",
        "ActionsSuppressorWaitPeriod": 60,
        "ActionsSuppressorExtensionPeriod": 120,
    }
    cloudwatch.put_composite_alarm(**given)
    found = composites(cloudwatch)["service"]
    assert {name: found[name] for name in given} == given


def test_only_metric_alarms_are_described_unless_composites_are_asked_for(cloudwatch):
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="TRUE")
    default = cloudwatch.describe_alarms()
    assert ([a["AlarmName"] for a in default["MetricAlarms"]], default["CompositeAlarms"]) == (["a", "b"], [])
    both = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert (len(both["MetricAlarms"]), len(both["CompositeAlarms"])) == (2, 1)


def test_its_state_follows_its_children_through_any_depth(cloudwatch):
    arn = cloudwatch.describe_alarms(AlarmNames=["b"])["MetricAlarms"][0]["AlarmArn"]
    cloudwatch.put_composite_alarm(AlarmName="either", AlarmRule=f'ALARM(a) OR ALARM("{arn}")')
    cloudwatch.put_composite_alarm(AlarmName="top", AlarmRule="ALARM(either) AND NOT INSUFFICIENT_DATA(a)")

    def states() -> tuple[str, str]:
        found = composites(cloudwatch)
        return found["either"]["StateValue"], found["top"]["StateValue"]

    assert states() == ("OK", "OK")
    turn(cloudwatch, "b", "ALARM")
    assert states() == ("ALARM", "OK")
    turn(cloudwatch, "a", "OK")
    assert states() == ("ALARM", "ALARM")
    turn(cloudwatch, "b", "OK")
    assert states() == ("OK", "OK")
    assert "alarm:b transitioned to OK" in composites(cloudwatch)["either"]["StateReason"]


def test_its_state_has_the_time_of_the_child_that_turned_it(account, cloudwatch):
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")
    composites(cloudwatch)
    turn(cloudwatch, "a", "ALARM")
    moment = cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"][0]["StateUpdatedTimestamp"]
    account.clock.advance(5)
    assert composites(cloudwatch)["c"]["StateUpdatedTimestamp"] == moment


def test_a_state_set_by_hand_stays_until_a_child_changes(cloudwatch):
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")
    turn(cloudwatch, "c", "ALARM")
    assert composites(cloudwatch)["c"]["StateValue"] == "ALARM"
    turn(cloudwatch, "a", "OK")
    assert composites(cloudwatch)["c"]["StateValue"] == "OK"


def test_a_new_rule_counts_at_once(cloudwatch):
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="TRUE")
    assert composites(cloudwatch)["c"]["StateValue"] == "ALARM"
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="FALSE")
    assert composites(cloudwatch)["c"]["StateValue"] == "OK"


REFUSED = {
    "no such child": ({"AlarmRule": "ALARM(a) OR ALARM(x)"}, "alarms [x] in the alarm rule do not exist"),
    "itself": ({"AlarmRule": "ALARM(c)"}, "alarms [c] in the alarm rule do not exist"),
    "empty": ({"AlarmRule": "()"}, "Error in AlarmRule [Unsupported token ')' at char 1]"),
    "too long": ({"AlarmRule": "TRUE" + " " * 10_237}, "length less than or equal to 10240"),
    "too many children": ({"AlarmRule": " OR ".join(f"ALARM(a{n})" for n in range(101))}, "101 children"),
    "suppressor without periods": ({"ActionsSuppressor": "a"}, "ActionsSuppressorWaitPeriod must be specified"),
    "no such suppressor": (
        {"ActionsSuppressor": "x", "ActionsSuppressorWaitPeriod": 1, "ActionsSuppressorExtensionPeriod": 1},
        "ActionsSuppressor x does not exist",
    ),
    "periods without suppressor": ({"ActionsSuppressorWaitPeriod": 1}, "without ActionsSuppressor"),
    "ec2 action": ({"AlarmActions": ["arn:aws:automate:eu-west-1:ec2:stop"]}, "do not support the action"),
    "name of a metric alarm": ({"AlarmName": "a"}, "A metric alarm named a exists already"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_composites_that_aws_refuses_are_refused_and_not_made(cloudwatch, refused, case):
    changes, says = REFUSED[case]
    code, message = refused(cloudwatch.put_composite_alarm, **{"AlarmName": "c", "AlarmRule": "ALARM(a)", **changes})
    assert code == "ValidationError"
    assert says in message
    assert composites(cloudwatch) == {}


def test_a_cycle_is_taken_as_in_aws_keeps_its_state_and_cannot_be_deleted(cloudwatch, refused):
    cloudwatch.put_composite_alarm(AlarmName="x", AlarmRule="ALARM(a)")
    cloudwatch.put_composite_alarm(AlarmName="y", AlarmRule="ALARM(x)")
    before = composites(cloudwatch)["x"]["StateValue"]
    cloudwatch.put_composite_alarm(AlarmName="x", AlarmRule="ALARM(a) OR ALARM(y)")
    turn(cloudwatch, "a", "ALARM")
    assert {alarm["StateValue"] for alarm in composites(cloudwatch).values()} == {before}
    assert "Cannot delete x" in refused(cloudwatch.delete_alarms, AlarmNames=["x"])[1]
    cloudwatch.put_composite_alarm(AlarmName="x", AlarmRule="FALSE")
    cloudwatch.delete_alarms(AlarmNames=["y"])
    cloudwatch.delete_alarms(AlarmNames=["x"])
    assert composites(cloudwatch) == {}


def test_children_cannot_be_deleted_before_the_composite(cloudwatch, refused):
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a) OR ALARM(b)")
    code, message = refused(cloudwatch.delete_alarms, AlarmNames=["a", "b"])
    assert (code, message) == (
        "ValidationError",
        "Cannot delete a,b as there are composite alarm(s) depending on them.",
    )
    cloudwatch.delete_alarms(AlarmNames=["c"])
    cloudwatch.delete_alarms(AlarmNames=["a", "b", "never-was"])
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_one_composite_at_a_time_is_deleted(cloudwatch, refused):
    for name in ("c", "d"):
        cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule="ALARM(a)")
    assert refused(cloudwatch.delete_alarms, AlarmNames=["c", "d"])[0] == "ValidationError"
    assert set(composites(cloudwatch)) == {"c", "d"}


def test_relatives_are_described_by_what_aws_tells_of_them(cloudwatch, refused):
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")
    cloudwatch.put_composite_alarm(AlarmName="d", AlarmRule="ALARM(c) OR OK(b)")
    children = cloudwatch.describe_alarms(ChildrenOfAlarmName="d")
    assert [a["AlarmName"] for a in children["MetricAlarms"] + children["CompositeAlarms"]] == ["b", "c"]
    assert set(children["MetricAlarms"][0]) == {"AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp"}
    parents = cloudwatch.describe_alarms(ParentsOfAlarmName="a")["CompositeAlarms"]
    assert [set(parent) for parent in parents] == [{"AlarmName", "AlarmArn"}]
    code, _ = refused(cloudwatch.describe_alarms, ChildrenOfAlarmName="d", StateValue="OK")
    assert code == "ValidationError"
