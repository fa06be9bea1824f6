"""The scheduler's decision, alone: over all small standings it keeps to the percentages, and it gets there."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from opslib.sandbox.behaviour.ecs.decision import decide, stand

COUNTS = st.integers(0, 6)


def some(number, deployment, health):
    return [SimpleNamespace(is_wanted=True, deployment_id=deployment, health=health) for _ in range(number)]


@given(
    healthy=COUNTS,
    starting=COUNTS,
    unhealthy=COUNTS,
    old=COUNTS,
    rest=COUNTS,
    desired=COUNTS,
    least=st.integers(0, 100),
    most=st.integers(100, 250),
)
def test_it_keeps_to_the_percentages(*, healthy, starting, unhealthy, old, rest, desired, least, most):
    tasks = [
        *some(healthy, "new", "healthy"),
        *some(starting, "new", "starting"),
        *some(unhealthy, "new", "unhealthy"),
        *some(old, "old", "healthy"),
        *some(rest, "old", "unhealthy"),
    ]
    seen = stand(tasks, "new", desired, least, most, may_start=True)
    move = decide(seen)
    assert len(set(map(id, move.stop))) == len(move.stop)
    if move.start:
        assert seen.total + move.start <= seen.most, "no more than maximumPercent run or start"
    stopped_healthy = sum(task.health == "healthy" for task in move.stop)
    if healthy + starting <= desired and stopped_healthy:
        assert healthy + old - stopped_healthy >= seen.least, "minimumHealthyPercent stay healthy"
    assert not (move.is_stuck and (move.start or move.stop))


@settings(max_examples=60)
@given(desired=st.integers(1, 8), least=st.integers(0, 100), most=st.integers(100, 250))
def test_a_good_revision_gets_there_unless_it_is_stuck_from_the_start(desired, least, most):
    tasks = some(desired, "old", "healthy")
    for _ in range(200):
        move = decide(stand(tasks, "new", desired, least, most, may_start=True))
        if move.is_stuck:
            assert stand(tasks, "new", desired, least, most, may_start=True).total == desired
            return
        if not move.start and not move.stop and all(task.health == "healthy" for task in tasks):
            break
        tasks = [task for task in tasks if not any(task is gone for gone in move.stop)]
        tasks += some(move.start, "new", "starting")
        for task in tasks:
            if task.health == "starting" and not move.start:
                task.health = "healthy"
    assert [task.deployment_id for task in tasks] == ["new"] * desired


def test_a_failed_deployment_starts_nothing_and_stops_nothing_old():
    tasks = [*some(3, "old", "healthy"), *some(1, "new", "unhealthy")]
    move = decide(stand(tasks, "new", 3, 100, 200, may_start=False))
    assert (move.start, move.stop, move.is_stuck) == (0, (), False)
