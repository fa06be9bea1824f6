"""What the matrix has found, each once more in small."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opslib.errors import Overtaken
from opslib.procedure import Foreign, Intent, Journal, Satisfied, SqliteStore, run
from opslib.rollback.ecs_service.service_steps import RevisionDeployed
from opslib.rollback.history import PointRecorded, PointsPort, Record, Records
from tests.procedure.toy import ToyClock, World, plan, set_value

PREFIX = "arn:aws:ecs:eu-west-1:123456789012:task-definition/api"
NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


@pytest.mark.feature("R19")
def test_whoever_sends_too_late_says_what_had_gone_out(tmp_path: Path) -> None:
    """Paused between the check of the lease and the call, for so long that another came to the end meanwhile."""
    journal, clock = Journal(SqliteStore(tmp_path / "journal.sqlite")), ToyClock()
    world, the_plan = World(clock), plan(set_value("writers", 0, "stop"), set_value("writers", 3, "start"))

    class Paused(World):
        def send(self, call: Any) -> Any:
            other = run(the_plan, {"toy": world}, journal, clock=clock, runner="ben")
            assert other.exit_code == 0
            return world.send(call)

        def read(self, operation: str, parameters: Any) -> Any:
            return world.read(operation, parameters)

    with pytest.raises(Overtaken, match=r"gone out late: toy:Set\(name='writers', value=0\)|gone out late: toy:Set"):
        run(the_plan, {"toy": Paused(clock)}, journal, clock=clock, runner="ada")
    assert world.values["writers"] == 0, "AWS knows no fence: it was applied, and that is what is said"


@pytest.mark.feature("R1")
def test_a_deployment_that_another_plan_wrote_down_is_written_down(tmp_path: Path) -> None:
    """Two plans came to the same deployment: the second used to try five times, and ended with 5."""
    records = Records(SqliteStore(tmp_path / "journal.sqlite"))
    records.add("ecs:shop/api", Record(f"{PREFIX}:3", NOW, (), f"{PREFIX}:3", plan="plan-one"))
    step = PointRecorded(
        id="recorded", title="", target="ecs:shop/api", plan="plan-two", actor="ben", from_step="serves", source=""
    )

    def seen_at(deployed_at: datetime) -> Any:
        known = {"serves": {"task_definition": f"{PREFIX}:3", "deployed_at": deployed_at.isoformat()}}
        port = PointsPort(records)
        return step.observe(lambda _, operation, /, **asked: port.read(operation, asked), known, None)

    assert isinstance(seen_at(NOW), Satisfied)
    assert not isinstance(seen_at(NOW + timedelta(seconds=1)), Satisfied)


@pytest.mark.feature("R2")
@pytest.mark.parametrize(
    ("theirs", "minutes", "shows", "detected"),
    [
        (9, -1, True, True),
        (9, -90, True, False),
        (4, -1, True, False),
        (9, -90, False, False),  # what ran before never came up, and shows no more: an older one is nobody's doing
    ],
)
def test_what_was_overwritten_in_the_same_moment_is_seen(
    theirs: int, minutes: float, shows: bool, detected: bool
) -> None:
    """Kim deployed after our last look and before our call; older ones on their way out are nobody's."""

    def rollout(number: int, minutes_ago: float, status: str) -> dict[str, Any]:
        at = NOW + timedelta(minutes=minutes_ago)
        return {
            "id": str(number),
            "taskDefinition": f"{PREFIX}:{number}",
            "status": status,
            "runningCount": 1,
            "createdAt": at,
        }

    deployments = [rollout(3, 0, "PRIMARY"), rollout(theirs, minutes, "ACTIVE")]
    deployments += [rollout(4, -60, "ACTIVE")] if shows else []
    service = {"serviceArn": "a", "status": "ACTIVE", "taskDefinition": f"{PREFIX}:3", "deployments": deployments}
    service |= {"desiredCount": 2, "runningCount": 2}
    step = RevisionDeployed(
        id="d", title="", cluster="shop", service="api", arn="a", revision=f"{PREFIX}:3", running=(f"{PREFIX}:4",)
    )
    intent = Intent(at=NOW, attempt=1, before={})
    seen = step.observe(lambda *_, **__: {"services": [service]}, {}, intent)
    assert isinstance(seen, Foreign) == detected
