"""The demo tells the truth: it ends with 0 only where each chapter was observed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator

import pytest

from demo import __main__ as demo
from demo import chapter, stack_file, story
from demo.chapter import Chapter, Told
from opslib import rollback
from opslib.calendar import Hold, Holds
from opslib.contract import StackOutputs
from opslib.procedure.open_journal import open_journal
from opslib.sandbox.programs.engine import find_pulumi


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """The demo leads its own process into the sandbox, and leaves its files in build/demo."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setattr(chapter, "BUILD", tmp_path / "demo")


def sabotaged(before: str, act: Callable[[Told], None]) -> Callable[[], Iterator[Chapter]]:
    """The story, with something going wrong in the account before a chapter."""

    def chapters() -> Iterator[Chapter]:
        for told in story_chapters():
            if told.title == before:
                yield Chapter("Meanwhile", lambda told: act(told) or "somebody does something")
            yield told

    return chapters


story_chapters = story.chapters


@pytest.mark.feature("M26")
def test_without_the_engine_it_says_so_and_leaves_what_it_promises(
    capsys: pytest.CaptureFixture[str], tmp_path
) -> None:
    assert demo.main(["--without-engine"]) == 0
    said = capsys.readouterr().out
    assert "in-process run" in said
    outputs = StackOutputs.parse((tmp_path / "demo/outputs.json").read_text(), source="the demo")
    page = (tmp_path / "demo/index.html").read_text()
    assert "at the topic critical: parcel-staging-" in said
    assert "none of them made" in said
    assert "ecs:UpdateService(" in said
    assert "no alarm rings; at the topic recovery: parcel-staging-" in said
    assert "errors since 1.1.0" in (tmp_path / "demo/incident.html").read_text()
    assert all(alarm.title.replace("'", "&#39;") in page for alarm in outputs.alarms)
    for place, _ in story.where_to_look(tmp_path / "demo"):
        first = place.split()[0]
        assert first in said


@pytest.mark.engine
@pytest.mark.xdist_group("engine-staging")
@pytest.mark.skipif(find_pulumi(stack_file.ROOT) is None, reason="no Pulumi CLI: `make pulumi` builds one")
def test_with_the_engine_it_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.main([]) == 0
    said = capsys.readouterr().out
    assert "Pulumi CLI v3" in said
    assert "a second `pulumi up` changes nothing" in said


def delete_an_alarm(told: Told) -> None:
    name = f"{told.stack.config.prefix}-api-cpu-warning"
    told.sandbox.client("cloudwatch", told.stack.region).delete_alarms(AlarmNames=[name])


def delete_a_parameter(told: Told) -> None:
    name = f"/opslib/{told.stack.config.product}/{told.stack.config.environment}/workloads/web"
    told.sandbox.client("ssm", told.stack.region).delete_parameter(Name=name)


def add_a_dashboard(told: Told) -> None:
    name = f"{told.stack.config.prefix}-by-hand"
    body = json.dumps({"widgets": []})
    told.sandbox.client("cloudwatch", told.stack.region).put_dashboard(DashboardName=name, DashboardBody=body)


def unsubscribe_everybody(told: Told) -> None:
    sns = told.sandbox.client("sns", told.stack.region)
    for subscription in sns.list_subscriptions()["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])


def hold_everything(told: Told) -> None:
    store, now = open_journal(chapter.opened(told)).journal.store, told.sandbox.clock.now()
    target = rollback.service_target(chapter.opened(told), "api")
    Holds(store).set(Hold(target=target, scope="changes", reason="an audit", actor="ada", at=now))


@pytest.mark.parametrize(
    ("before", "act", "told"),
    [
        ("A bad release", unsubscribe_everybody, "nobody was woken"),
        ("Rolled back", hold_everything, "an audit"),
        ("AWS agrees", delete_an_alarm, "api-cpu-warning is in the contract and not in AWS"),
        ("AWS agrees", add_a_dashboard, "by-hand is in AWS and not in the contract"),
        ("What opslib sees", delete_an_alarm, "alarms are missing: parcel-staging-api-cpu-warning"),
        ("The outputs", delete_a_parameter, "web"),
    ],
    ids=["nobody listens", "held", "alarm gone", "dashboard too many", "alarm gone at the end", "mirror incomplete"],
)
def test_what_is_not_observed_ends_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], before: str, act, told: str
) -> None:
    monkeypatch.setattr(story, "chapters", sabotaged(before, act))
    assert demo.main(["--without-engine"]) != 0
    said = " ".join(capsys.readouterr().out.split())
    assert "not observed" in said
    assert told in said
    assert "Look at" not in said
