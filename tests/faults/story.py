"""A service's life, made up as it goes: releases, rollbacks that are killed, colleagues, holds, alarms, time.

After every chapter it is looked whether all is as it must be. Whatever else happens, a rollback that was begun can be
brought to its end, and then nothing of it is left but what it was for.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from opslib import rollback
from opslib.calendar import Hold, Holds
from opslib.errors import OpslibError, Overtaken, Refused
from opslib.procedure import Outcome
from tests.faults.service import VARIANTS, ServiceWorld, resume
from tests.faults.stage import Actor, Interaction, Killed, Proceed, Stage
from tests.rollback.world import CLUSTER, FAMILY, SERVICE, SYMPTOM, TARGET

__all__ = ["Story"]

HERE = {"cluster": CLUSTER, "service": SERVICE}
WATCHED = ("capacity_never_zero", "rollback_target_kept", "no_orphan_revision", "no_overwriting")
"""What is good is for the alarms to say here, and scaling is changed by colleagues: both are looked at below."""

NEEDS_A_PERSON, OVERTAKEN = 5, 6
KILL = st.tuples(st.integers(1, 170), st.booleans())
"""At which interaction somebody is killed, and whether before it."""


class Story(RuleBasedStateMachine):
    """See the module. The stage is set once, and given by whoever runs it."""

    stage: ClassVar[Stage]
    lives: ClassVar[itertools.count[int]] = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        stage = self.stage
        stage.watch(None)
        stage.sandbox.reset()
        stage.state = stage.state.with_name(f"story-{next(self.lives)}")
        with stage.sandbox.listening():
            self.world = ServiceWorld(stage.sandbox, stage.state, VARIANTS[0])
            self.world.arrange()
        stage.sandbox.invariants(*WATCHED)
        stage.time_went_by = self._alarm_follows
        self.actors = stage.actors()
        self.bad: set[str] = set()
        self.bounds, self.suspended = (2, 10), {False}
        self.outcomes: dict[str, Outcome] = {}
        self.version = itertools.count(16)
        self.deployed_at = self.world.clock.now()  # when somebody else last did
        self.told: list[str] = []

    # What happens

    @rule(minutes=st.sampled_from((1, 10, 45)))
    def deploy_good(self, minutes: int) -> None:
        """The pipeline deploys, unless it is held."""
        self._release(minutes, lambda _: None)

    @rule(minutes=st.sampled_from((1, 10, 45)))
    def deploy_bad(self, minutes: int) -> None:
        """A release with errors: its tasks are healthy, its users are not."""
        self._release(minutes, lambda arn: self.bad.add(arn.rpartition("/")[2]))

    @rule(minutes=st.sampled_from((1, 10)), how=st.sampled_from(("never_healthy", "crashes_after_seconds")))
    def deploy_broken(self, minutes: int, how: str) -> None:
        """A release that never comes up."""
        self._release(minutes, lambda arn: self.world.conduct(arn, **{how: True if how == "never_healthy" else 20}))

    @rule(kill=st.none() | KILL, rollout_minutes=st.sampled_from((3, 30)))
    def roll_back(self, kill: tuple[int, bool] | None, rollout_minutes: int) -> None:
        """Somebody rolls back, and may be killed."""

        def begin(actor: Actor) -> Outcome:
            given = self.world.given(actor) | {"rollout": timedelta(minutes=rollout_minutes)}
            return rollback.service(self.world.stack_of(actor), "api", reason="the story", **given)

        self._act(begin, kill)

    @precondition(lambda self: self.open_plans())
    @rule(kill=st.none() | KILL)
    def go_on(self, kill: tuple[int, bool] | None) -> None:
        """Somebody else goes on with what was left."""
        plan = self.open_plans()[0]
        self._act(lambda actor: resume(self.world, actor, plan), kill)

    @rule(number=st.integers(1, 6))
    def colleague_deploys(self, number: int) -> None:
        """Kim deploys some revision that is there, whatever a hold says."""
        if f"{FAMILY}:{number}" in self.world.revisions() and self.world.running() != f"{FAMILY}:{number}":
            self.world.kim["ecs"].update_service(**HERE, taskDefinition=f"{FAMILY}:{number}")
            self.deployed_at = self.world.clock.now()

    @rule(minimum=st.integers(1, 3))
    def colleague_scales(self, minimum: int) -> None:
        """Kim changes the bounds."""
        self.bounds = (minimum, 10)
        self.world.kim["application-autoscaling"].register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{CLUSTER}/{SERVICE}",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=minimum,
        )

    @rule(scope=st.sampled_from(("deploys", "changes")))
    def hold(self, scope: Any) -> None:
        """Kim holds it."""
        if self._holds.get(TARGET) is None:
            self._holds.set(
                Hold(target=TARGET, scope=scope, reason="the story", actor="kim", at=self.world.clock.now())
            )

    @rule()
    def lift(self) -> None:
        """Kim lifts the hold."""
        if self._holds.get(TARGET) is not None:
            self._holds.lift(TARGET, actor="kim", reason="the story", at=self.world.clock.now())

    @rule(state=st.sampled_from(("OK", "ALARM")))
    def alarm(self, state: str) -> None:
        """The alarm changes, for whatever reason."""
        self.world.alarm(state)

    @rule(seconds=st.sampled_from((1, 20, 300, 1500)))
    def time_goes_by(self, seconds: int) -> None:
        """Nothing happens."""
        self.world.wait(seconds)
        self._alarm_follows()

    # What must be true

    @invariant()
    def nothing_was_violated(self) -> None:
        """By those who run procedures; what kim and the pipeline do is theirs."""
        ours = [found for found in self.stage.sandbox.violations() if found.actor not in ("kim", "deployer", "sandbox")]
        untold = [found for found in ours if found.invariant != "no_overwriting" or not self.told]
        assert not untold, untold

    @invariant()
    def whoever_has_ended_has_left_nothing_behind(self) -> None:
        """Scaling is as it was, the target is free, copies that serve nothing are gone."""
        if self.open_plans():
            return
        assert self.world.journal().store.get(f"target#{TARGET}", "claim") is None
        assert self.world.suspended() == self.suspended
        [found] = self.world.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
        assert (found["MinCapacity"], found["MaxCapacity"]) == self.bounds

    def teardown(self) -> None:
        """Every plan can be brought to its end."""
        for _ in range(5):
            for plan in self.open_plans():
                self._act(lambda actor, plan=plan: resume(self.world, actor, plan), None)  # type: ignore[misc]
        assert not self.open_plans()
        self.whoever_has_ended_has_left_nothing_behind()
        self.nothing_was_violated()

    # How

    def open_plans(self) -> list[str]:
        """The plans that have not ended, or of whose end nobody was told."""
        journal = self.world.journal()
        claim = journal.store.get(f"target#{TARGET}", "claim")
        listed = [entry.plan_id for entry in journal.history() if entry.plan_id not in self.outcomes]
        return list(dict.fromkeys([*([claim.value["plan"]] if claim else []), *listed]))

    def _act(self, life: Callable[[Actor], Outcome], kill: tuple[int, bool] | None) -> None:
        self.stage.watch(_killing(*kill) if kill else None)
        try:
            outcome = life(next(self.actors))
        except Killed:
            return
        except (Refused, Overtaken) as problem:
            if isinstance(problem, Overtaken):
                self.told.append(str(problem))
            return
        except OpslibError as problem:
            raise AssertionError(f"told of {type(problem).__name__}: {problem}") from problem
        finally:
            self.stage.watch(None)
        self._ended(outcome)

    def _ended(self, outcome: Outcome) -> None:
        self.outcomes[outcome.plan.id] = outcome
        says = outcome.ending.says
        progress = self.world.journal().progress(outcome.plan.id)
        assert progress.ending == outcome.ending
        if outcome.exit_code == 0:
            serves = progress.record("serves")
            assert serves.done_at is not None
            if serves.done_at >= self.deployed_at:  # what came later is another's, and no step that is done is undone
                found = serves.facts["task_definition"]
                assert self.world.service()["taskDefinition"] == found, "it ended well, and something else runs"
        if outcome.exit_code == OVERTAKEN:
            self.told.append(says)
        if outcome.exit_code == NEEDS_A_PERSON and "still borrowed" in says:
            self.world.suspend(dict.fromkeys(SUSPENDED, False))  # what the person then does

    def _release(self, minutes: int, then: Callable[[str], Any]) -> None:
        if self._holds.get(TARGET) is not None:
            return
        version = f"2.{next(self.version)}.0"
        self.world.push(version, version)
        arn = self.world.register(version)
        then(arn)
        self.world.ecs.update_service(**HERE, taskDefinition=arn)
        self.deployed_at = self.world.clock.now()
        self.world.wait(minutes * 60)
        self._alarm_follows()

    def _alarm_follows(self) -> None:
        """The alarm rings while a bad release serves, and returns when it does no more."""
        ringing = self.world.running() in self.bad
        [found] = self.world.cloudwatch.describe_alarms(AlarmNames=[SYMPTOM])["MetricAlarms"]
        wanted = "ALARM" if ringing else "OK"
        if found["StateValue"] != wanted:
            self.world.alarm(wanted)

    @property
    def _holds(self) -> Holds:
        return Holds(self.world.journal().store)


SUSPENDED = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")


def _killing(number: int, before: bool) -> Callable[[Interaction, Proceed], Any]:  # as it is drawn
    def watch(interaction: Interaction, proceed: Proceed) -> Any:
        if interaction.number != number:
            return proceed()
        if not before:
            proceed()
        raise Killed

    return watch
