"""A log group that is there already is taken over by the real engine: as it is, then with the stack's retention."""

from __future__ import annotations

import pytest

from demo.deployment import engine_for
from demo.stack_file import StackFile
from opslib.sandbox import Sandbox

GROUP = "/ecs/parcel-staging/api"


@pytest.mark.feature("M21")
@pytest.mark.xdist_group("engine-staging")
@pytest.mark.parametrize("account", ["staging"], indirect=True)
def test_a_log_group_is_adopted_and_then_kept_as_long_as_the_stack_says(account: tuple[StackFile, Sandbox]) -> None:
    shipped, sandbox = account
    logs = sandbox.client("logs", shipped.region)
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=365)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="before")

    def days() -> int:
        [found] = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
        return int(found["retentionInDays"])

    with engine_for(shipped, sandbox) as engine:
        engine.set_config("opslib:logs.ours[1]", "api", path=True)
        engine.set_config("opslib:logs.adopt[0]", "api", path=True)
        engine.up()
        assert days() == 365, "adopted as it is"
        assert set(engine.up().counts) == {"same"}

        engine.set_config("opslib:logs", '{"retentionDays": 30, "ours": ["webhooks", "api"]}')
        changed = {step.name: step.operation for step in engine.up().steps.values() if step.operation != "same"}
        assert changed == {"logs-api": "update"}
        assert days() == 30
        assert logs.describe_log_streams(logGroupName=GROUP)["logStreams"], "and nothing in it is lost"
