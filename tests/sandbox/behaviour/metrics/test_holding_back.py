"""Suppressors and mute rules: states that change, and actions that wait."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest


@pytest.fixture
def suppressed(story):
    """A composite on `cpu` that `maintenance` suppresses: it waits 120 s, and 180 s after the end."""
    topic = story.topic()
    story.alarm("cpu", TreatMissingData="ignore")
    story.alarm("maintenance", TreatMissingData="ignore")
    for name in ("cpu", "maintenance"):
        story.turn(name, "OK")
    story.cloudwatch.put_composite_alarm(
        AlarmName="page",
        AlarmRule="ALARM(cpu)",
        AlarmActions=[topic],
        OKActions=[topic],
        ActionsSuppressor="maintenance",
        ActionsSuppressorWaitPeriod=120,
        ActionsSuppressorExtensionPeriod=180,
    )
    story.sandbox.clock.advance(121)
    story.cloudwatch.describe_alarms()
    assert story.pages() == [("page", "OK")], "a new composite's first state acts, after its wait"
    story.ask("DELETE", "/inbox")
    return story


def test_without_the_suppressor_it_acts_after_the_wait(suppressed):
    suppressed.turn("cpu", "ALARM")
    assert suppressed.state("page") == "ALARM"
    assert suppressed.described("page")["ActionsSuppressedBy"] == "WaitPeriod"
    suppressed.sandbox.clock.advance(115)
    assert suppressed.pages() == []
    suppressed.sandbox.clock.advance(10)
    assert suppressed.pages() == [("page", "ALARM")]
    assert "ActionsSuppressedBy" not in suppressed.described("page")


def test_what_happens_and_ends_under_the_suppressor_is_never_acted_on(suppressed):
    suppressed.turn("maintenance", "ALARM")
    suppressed.turn("cpu", "ALARM")
    assert suppressed.described("page")["ActionsSuppressedBy"] == "Alarm"
    suppressed.sandbox.clock.advance(3600)
    assert suppressed.pages() == []


def test_what_outlasts_the_suppressor_and_its_extension_is_acted_on(suppressed):
    suppressed.turn("maintenance", "ALARM")
    suppressed.turn("cpu", "ALARM")
    suppressed.turn("maintenance", "OK")
    assert suppressed.described("page")["ActionsSuppressedBy"] == "ExtensionPeriod"
    suppressed.sandbox.clock.advance(175)
    assert suppressed.pages() == []
    suppressed.sandbox.clock.advance(10)
    assert suppressed.pages() == [("page", "ALARM")]


def mute(story, name: str = "night", *, minutes: int = 30, starts_in: int = 1) -> None:
    starts = story.minute() + timedelta(minutes=starts_in)
    story.cloudwatch.put_alarm_mute_rule(
        Name=name,
        Rule={"Schedule": {"Expression": f"at({starts:%Y-%m-%dT%H:%M})", "Duration": f"PT{minutes}M"}},
        MuteTargets={"AlarmNames": ["cpu"]},
    )


def test_a_muted_alarm_changes_state_and_acts_at_the_end_of_the_window_if_it_still_is_in_alarm(story):
    story.alarm("cpu", AlarmActions=[story.topic()], EvaluationPeriods=1, TreatMissingData="ignore")
    mute(story)
    story.pass_minutes(2)
    assert story.cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="night")["Status"] == "ACTIVE"
    story.minutes_of("CPUUtilization", [99.0])
    assert (story.state("cpu"), story.pages()) == ("ALARM", [])
    story.pass_minutes(27)
    assert story.pages() == []
    story.pass_minutes(2)
    assert story.pages() == [("cpu", "ALARM")]
    assert story.cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="night")["Status"] == "SCHEDULED"


def test_a_muted_alarm_that_recovers_says_nothing_at_the_end(story):
    topic = story.topic()
    story.alarm("cpu", AlarmActions=[topic], OKActions=[topic], EvaluationPeriods=1, TreatMissingData="ignore")
    mute(story)
    story.pass_minutes(2)
    story.minutes_of("CPUUtilization", [99.0, 1.0])
    story.pass_minutes(60)
    assert (story.state("cpu"), story.inbox()) == ("OK", [])
    assert len(story.history("cpu", "StateUpdate")) == 2


def test_a_mute_rule_that_is_deleted_lets_the_alarm_act_at_once_unless_another_mutes_it(story):
    story.alarm("cpu", AlarmActions=[story.topic()], EvaluationPeriods=1, TreatMissingData="ignore")
    mute(story, "one")
    mute(story, "two", minutes=60)
    story.pass_minutes(2)
    story.minutes_of("CPUUtilization", [99.0])
    story.cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="two")
    assert story.inbox() == []
    story.cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="one")
    assert story.pages() == [("cpu", "ALARM")]


def test_mute_rules_are_listed_by_alarm_and_status_and_refused_when_wrong(story, refused):
    mute(story, "one")
    mute(story, "two", starts_in=600)
    listed = story.cloudwatch.list_alarm_mute_rules(AlarmName="cpu")["AlarmMuteRuleSummaries"]
    assert [rule["AlarmMuteRuleArn"].rpartition(":")[2] for rule in listed] == ["one", "two"]
    story.pass_minutes(2)
    listed = story.cloudwatch.list_alarm_mute_rules(Statuses=["ACTIVE"])["AlarmMuteRuleSummaries"]
    assert [rule["AlarmMuteRuleArn"].rpartition(":")[2] for rule in listed] == ["one"]
    assert story.cloudwatch.list_alarm_mute_rules(AlarmName="other")["AlarmMuteRuleSummaries"] == []
    rule = {"Schedule": {"Expression": "cron(0 2 * * 2#1)", "Duration": "PT1H"}}
    code, message = refused(story.cloudwatch.put_alarm_mute_rule, Name="x", Rule=rule)
    assert (code, "2#1" in message) == ("ValidationError", True)
    assert refused(story.cloudwatch.get_alarm_mute_rule, AlarmMuteRuleName="x")[0] == "ResourceNotFoundException"


def test_history_tells_everything_in_aws_shapes_even_of_a_deleted_alarm(story):
    topic = story.topic()
    story.alarm("cpu", AlarmActions=[topic, f"{topic}-gone"], EvaluationPeriods=1)
    story.alarm("cpu", AlarmActions=[topic, f"{topic}-gone"], EvaluationPeriods=1, Threshold=50.0)
    story.minutes_of("CPUUtilization", [60.0, 60.0])
    story.cloudwatch.delete_alarms(AlarmNames=["cpu"])

    configured = story.history("cpu", "ConfigurationUpdate")
    assert [item["HistorySummary"] for item in configured] == [
        'Alarm "cpu" created',
        'Alarm "cpu" updated',
        'Alarm "cpu" deleted',
    ]
    created, updated, _ = (json.loads(item["HistoryData"]) for item in configured)
    assert (created["type"], created["createdAlarm"]["threshold"]) == ("Create", 80.0)
    assert updated["updatedAlarm"]["threshold"] == 50.0

    (changed,) = story.history("cpu", "StateUpdate")
    assert changed["HistorySummary"] == "Alarm updated from INSUFFICIENT_DATA to ALARM"
    data = json.loads(changed["HistoryData"])
    assert data["oldState"] == {"stateValue": "INSUFFICIENT_DATA", "stateReason": "Unchecked: Initial alarm creation"}
    assert data["newState"]["stateReasonData"]["threshold"] == 50.0

    done, failed = story.history("cpu", "Action")
    assert done["HistorySummary"] == f"Successfully executed action {topic}"
    said = json.loads(done["HistoryData"])
    assert (said["actionState"], said["notificationResource"]) == ("Succeeded", topic)
    assert json.loads(said["publishedMessage"])["AlarmName"] == "cpu"
    assert failed["HistorySummary"].startswith(f"Failed to execute action {topic}-gone. Received error:")

    pages = story.cloudwatch.get_paginator("describe_alarm_history").paginate(
        AlarmName="cpu", PaginationConfig={"PageSize": 2}
    )
    everything = [item for page in pages for item in page["AlarmHistoryItems"]]
    assert len(everything) == 6
    assert everything == sorted(everything, key=lambda item: item["Timestamp"], reverse=True)
