"""Steps about an ECS service: it is as it was when this was planned; it is told to run a revision; that one serves.

What counts is what is observed. ECS's circuit breaker may bring the revision back that is to be left behind: after
UpdateService succeeded, and after the service was seen to run the right one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from opslib.procedure import (
    Call,
    Facts,
    Foreign,
    Impossible,
    Intent,
    KnownAfter,
    MayCall,
    Needed,
    Observation,
    Read,
    Satisfied,
    Step,
    Waiting,
)
from opslib.rollback.ecs_service.outcome import fatal_event, fate_of, healthy_targets
from opslib.rollback.ecs_service.seen import ServiceState, see_service

__all__ = ["RevisionDeployed", "RevisionServes", "RolloutStopped", "ServiceAsPlanned"]

_SETTLES_SECONDS = 10
"""How long DescribeServices may lag behind: AWS says that it is eventually consistent and gives no number (ours)."""


class _OfService(Step):
    """A step about a service.

    Attributes:
        cluster: Its cluster.
        service: Its name.
        arn: Its ARN.
    """

    cluster: str
    service: str
    arn: str

    def _see(self, read: Read) -> ServiceState | Impossible:
        state = see_service(read, self.cluster, self.service)
        if state is None or state.status != "ACTIVE":
            return Impossible(f"the service {self.cluster}/{self.service} is {state.status if state else 'gone'}")
        return state


class ServiceAsPlanned(_OfService):
    """The service is to run what it was to run when the plan was made.

    Attributes:
        running: The ARN of that revision.
    """

    kind: Literal["ecs.service_as_planned"] = "ecs.service_as_planned"
    running: str

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        """Somebody may have deployed since."""
        del known, intent
        state = self._see(read)
        if isinstance(state, Impossible):
            return state
        if state.task_definition != self.running:
            return Foreign({"revision": _name(self.running)}, {"revision": _name(state.task_definition)})
        return Satisfied({"task_definition": state.task_definition, "desired": state.desired})

    def may_call(self) -> tuple[MayCall, ...]:
        """It only looks."""
        return (MayCall("ecs", "DescribeServices", (self.arn,)),)


class RevisionDeployed(_OfService):
    """The service is told to run a revision.

    Attributes:
        revision: The ARN of the revision; empty where `from_step` finds it.
        from_step: The step that finds it: its fact `task_definition`.
        running: The ARNs of what it may run before: anything else is somebody else's doing.
        had_served: Whether what ran before served when the plan was made: only then there is a way back to it.
    """

    kind: Literal["ecs.revision_deployed"] = "ecs.revision_deployed"
    settle_seconds: float = Field(default=_SETTLES_SECONDS, ge=0)
    revision: str = ""
    from_step: str = ""
    running: tuple[str, ...]
    had_served: bool = True

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        """Look what it is to run."""
        wanted = self.revision or str(known.get(self.from_step, {}).get("task_definition", ""))
        if not wanted:
            return KnownAfter(self.from_step, self._call(f"<known after {self.from_step}>"))
        state = self._see(read)
        if isinstance(state, Impossible):
            return state
        if state.task_definition == wanted:
            replaced = self._replaced(state, wanted) if intent is not None else ""
            if replaced:
                return Foreign(
                    {"revision": _name(self.running[0])}, {"revision": replaced, "overwritten by": _name(wanted)}
                )
            began = state.primary.created_at if state.primary else None
            return Satisfied({"task_definition": wanted, "deployed_at": began.isoformat() if began else ""})
        if state.task_definition not in self.running:
            expected = " or ".join(map(_name, (*self.running, wanted)))
            return Foreign({"revision": expected}, {"revision": _name(state.task_definition)})
        set_back = self._set_back(read, intent, wanted, state) if intent is not None else None
        return set_back or Needed(self._call(wanted), {"task_definition": state.task_definition})

    def _replaced(self, state: ServiceState, wanted: str) -> str:
        """What somebody else deployed between our last look and our call; empty: nothing.

        UpdateService has no condition, so it cannot be kept from overwriting that; but it is seen, and said. Only AWS's
        own times are compared: what is older than what ran before was there when the plan was made. Where that is gone
        already there is nothing to compare with, and nothing is said: an old one on its way out is nobody's doing.
        """
        expected = (wanted, *self.running)
        since = max((r.created_at for r in state.rollouts if r.task_definition in self.running), default=None)
        foreign = (r for r in state.rollouts if not r.primary and r.task_definition not in expected)
        return next((_name(r.task_definition) for r in foreign if since is not None and r.created_at > since), "")

    def _set_back(self, read: Read, intent: Intent, wanted: str, state: ServiceState) -> Impossible | Foreign | None:
        """It runs what it ran before: because nothing was applied, or because it was and was then set back."""
        fate = fate_of(read, self.cluster, self.service, intent.at, wanted)
        if fate is None:
            return None
        if fate.rolled_back:
            return Impossible(str(fate))
        return Foreign({"revision": _name(wanted)}, {"revision": _name(state.task_definition)})

    def undo(self, known: Mapping[str, Facts], before: Facts) -> Step | None:
        """Back to what it ran, if that served: see docs/decisions/0008."""
        if not self.had_served:
            return None
        wanted = self.revision or str(known.get(self.from_step, {}).get("task_definition", ""))
        back = str(before["task_definition"])
        return RevisionDeployed(
            id=f"undo-{self.id}",
            title=f"{self.service} runs {_name(back)} again",
            part=self.part,
            cluster=self.cluster,
            service=self.service,
            arn=self.arn,
            revision=back,
            running=(wanted,),
        )

    def may_call(self) -> tuple[MayCall, ...]:
        """Forward and back are the same call."""
        return (
            MayCall("ecs", "DescribeServices", (self.arn,)),
            MayCall("ecs", "UpdateService", (self.arn,)),
            MayCall("ecs", "ListServiceDeployments", (self.arn,)),
            MayCall("ecs", "DescribeServiceRevisions"),
        )

    def _call(self, revision: str) -> Call:
        parameters = {"cluster": self.cluster, "service": self.service, "taskDefinition": revision}
        return Call("ecs", "UpdateService", parameters)


class RolloutStopped(_OfService):
    """A deployment that ECS itself rolls back (blue-green, canary, linear) is under way no more.

    ECS moves the traffic back itself: its listener is never touched here.

    Attributes:
        rollout: The ARN of the service deployment.
    """

    kind: Literal["ecs.rollout_stopped"] = "ecs.rollout_stopped"
    settle_seconds: float = Field(default=_SETTLES_SECONDS, ge=0)
    rollout: str

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        """Look how far its stopping is."""
        del known, intent
        found = read("ecs", "DescribeServiceDeployments", serviceDeploymentArns=[self.rollout])["serviceDeployments"]
        status = found[0]["status"] if found else "gone"
        if status in ("STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"):
            return Waiting(f"ECS rolls back ({status})", 10)
        if status in ("PENDING", "IN_PROGRESS"):
            parameters = {"serviceDeploymentArn": self.rollout, "stopType": "ROLLBACK"}
            return Needed(Call("ecs", "StopServiceDeployment", parameters), {"status": "under way"})
        if status == "ROLLBACK_FAILED":
            return Impossible(f"ECS could not roll back: {found[0].get('statusReason', '')}")
        return Satisfied({"status": status})

    def may_call(self) -> tuple[MayCall, ...]:
        """There is no way back: a deployment that was stopped cannot be gone on with."""
        return (
            MayCall("ecs", "DescribeServiceDeployments", (self.rollout,)),
            MayCall("ecs", "StopServiceDeployment", (self.rollout,)),
        )


class RevisionServes(_OfService):
    """The revision that was asked for serves: its deployment is the primary one, completed, all its tasks healthy.

    Attributes:
        revision: The ARN of the revision; empty where `from_step` finds it.
        from_step: The step after which this is to be so; its fact `task_definition` names the revision otherwise.
    """

    kind: Literal["ecs.revision_serves"] = "ecs.revision_serves"
    timeout_seconds: float = Field(default=1800, gt=0)
    revision: str = ""
    from_step: str = ""

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        """Look at the deployment, then at the targets."""
        del intent
        if self.from_step and self.from_step not in known:
            return KnownAfter(self.from_step)
        wanted = self.revision or str(known[self.from_step]["task_definition"])
        state = self._see(read)
        if isinstance(state, Impossible):
            return state
        primary = state.primary
        if primary is None:
            return Waiting("ECS shows no primary deployment")
        if primary.task_definition != wanted:
            return self._is_another(read, state, wanted, known)
        return self._of_primary(read, state)

    def _is_another(self, read: Read, state: ServiceState, wanted: str, known: Mapping[str, Facts]) -> Observation:
        """ECS itself brought another revision back, or somebody deployed one."""
        failed = next((r for r in state.rollouts if r.task_definition == wanted and r.state == "FAILED"), None)
        if failed is not None:
            return Impossible(f"ECS gave it up ({failed.reason}) and runs {_name(state.task_definition)} again")
        began = str(known.get(self.from_step, {}).get("deployed_at", ""))
        if began:
            fate = fate_of(read, self.cluster, self.service, datetime.fromisoformat(began), wanted)
            if fate is not None and fate.rolled_back:
                return Impossible(str(fate))
        return Foreign({"revision": _name(wanted)}, {"revision": _name(state.task_definition)})

    def _of_primary(self, read: Read, state: ServiceState) -> Observation:
        primary = state.primary
        assert primary is not None  # noqa: S101  looked at by the caller
        if primary.state == "FAILED":
            return Impossible(f"its deployment failed: {primary.reason}")
        fatal = fatal_event(state.said_since(primary.created_at))
        if fatal and not primary.pending and primary.running < state.desired:
            return Impossible(f"ECS says that it {fatal}")
        if primary.state != "COMPLETED" or primary.running != state.desired or state.others:
            failed = f", {primary.failed} failed" if primary.failed else ""
            going = f", {sum(r.running for r in state.others)} old ones on their way out" if state.others else ""
            return Waiting(f"{primary.running} of {state.desired} tasks run{failed}{going}", 10)
        facts: dict[str, Any] = {
            "task_definition": primary.task_definition,
            "name": _name(primary.task_definition),
            "running": primary.running,
            "deployed_at": primary.created_at.isoformat(),
        }
        for groups in state.target_groups:
            name = groups[0].split("/")[-2]
            healthy, says = healthy_targets(read, groups)
            if healthy is not None and healthy < state.desired:
                return Waiting(f"{healthy} of {state.desired} targets of {name} are healthy{says}", 5)
            facts[f"targets {name}"] = "in no listener's use" if healthy is None else healthy
        return Satisfied(facts)

    def may_call(self) -> tuple[MayCall, ...]:
        """It only looks."""
        return (
            MayCall("ecs", "DescribeServices", (self.arn,)),
            MayCall("ecs", "ListServiceDeployments", (self.arn,)),
            MayCall("ecs", "DescribeServiceRevisions"),
            MayCall("elbv2", "DescribeTargetHealth"),
        )


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]
