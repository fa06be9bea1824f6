"""Routes on the real engine: what comes and goes is its subscription alone, and no address is in the state."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from demo.deployment import engine_for
from demo.stack_file import StackFile
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.engine import Changes, Engine

Account = tuple[StackFile, Sandbox]

SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


def touched(changes: Changes) -> dict[str, str]:
    """What a run did to each AWS resource, by its type and name; what only changes with outputs left out."""
    return {
        f"{step.token.rpartition(':')[2]} {step.name}": step.operation
        for step in changes.steps.values()
        if step.operation != "same" and step.token.startswith("aws:")
    }


def readable(engine: Engine, changes: Changes) -> list[str]:
    """Everything that a run leaves behind: its state, its outputs, what it said, every file."""
    files = [path for path in Path(engine._directory.name).rglob("*") if path.is_file()]
    return [
        json.dumps(engine.export()),
        json.dumps(engine.outputs(show_secrets=True)),
        *(diagnostic.text for diagnostic in changes.diagnostics),
        *(path.read_bytes().decode("utf-8", "replace") for path in files),
    ]


@pytest.mark.xdist_group("engine-staging")
@pytest.mark.feature("M12", "M13")
def test_a_route_that_comes_is_its_subscription_and_nothing_else(account: Account) -> None:
    shipped, sandbox = account
    sns = sandbox.client("sns", shipped.region)
    with engine_for(shipped, sandbox) as engine:
        changes = engine.up()
        left = readable(engine, changes)
        assert len(shipped.secrets) == 2, "a pager and a webhook of Slack"
        assert not [text[:80] for text in left for secret in shipped.secrets.values() if secret in text]
        topics = {topic["TopicArn"] for topic in sns.list_topics()["Topics"]}

        # In front of the others: what a route is called has nothing to do with where it stands.
        first = shipped.config.alerting.warning[0]
        engine.set_config("opslib:alerting.warning[1].protocol", first.protocol, path=True)
        engine.set_config("opslib:alerting.warning[1].endpoint", str(first.endpoint), path=True)
        engine.set_config("opslib:alerting.warning[0].endpoint", "second@parcel.example", path=True)
        expected = {f"alerting-{where}warning-email-second@parcel.example" for where in ("", "us-east-1-")}
        assert touched(engine.up()) == {f"TopicSubscription {name}": "create" for name in expected}

        engine.set_config("opslib:alerting.slackChannels.team.workspace", "T0PARCEL00", path=True)
        engine.set_config("opslib:alerting.slackChannels.team.channel", "C0TEAM0000", path=True)
        engine.set_config("opslib:alerting.slackChannels.team.tiers[0]", "critical", path=True)
        engine.set_config("opslib:alerting.fallback[0].protocol", "email", path=True)
        engine.set_config("opslib:alerting.fallback[0].endpoint", "lead@parcel.example", path=True)
        engine.set_config("opslib:alerting.summary.at", "07:30", path=True)
        more = touched(engine.up())
        # What names or shows the new alarms, and those on our own ways that now speak by the other; nothing else.
        assert {name for name, how in more.items() if how != "create"} == {
            "Parameter mirror-stack",
            *(f"Dashboard dashboards-{board}" for board in ("detailed", "overview")),
            *(f"MetricAlarm alerting-{key}-chatUrl-warning" for key in ("function-failing", "given-up")),
        }, more
        assert "SlackChannelConfiguration channel-team" in more
        assert "Schedule summary" in more
        assert topics < {topic["TopicArn"] for topic in sns.list_topics()["Topics"]}, "every topic is the one it was"
        assert set(engine.up().counts) == {"same"}
