"""Steps about task definitions: one that can be run is there; a copy that was made for nothing is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from opslib.procedure import Call, Facts, Impossible, Intent, MayCall, Needed, Observation, Read, Satisfied, Step
from opslib.rollback.ecs_service.revision import MADE_BY, copy_parameters, find_copy, see_revision

__all__ = ["CopyGone", "RevisionReady"]


class RevisionReady(Step):
    """A revision that runs what was asked for is ACTIVE: the very one, or one identical copy of it.

    Attributes:
        source: The ARN of the revision that was asked for.
        digests: By container, the digest that its image has to be pinned to.
        plan: The plan, by whose tag its copy is known again.
        makes_copy: Whether a copy was to be made when this was planned; it is made later too if it has to be.
        roles: ARNs of the roles that a copy hands on.
    """

    kind: Literal["ecs.revision_ready"] = "ecs.revision_ready"
    settle_seconds: float = Field(default=10, ge=0)
    source: str
    digests: dict[str, str] = Field(default_factory=dict)
    plan: str
    makes_copy: bool = False
    roles: tuple[str, ...] = ()

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        """The very revision, else a copy that is there, else one that is made."""
        del known, intent
        source = see_revision(read, self.source)
        if source is None or source.status == "DELETE_IN_PROGRESS":
            return Impossible(f"{self.source} was deleted")
        if source.status == "ACTIVE" and not self.digests:
            return Satisfied({"task_definition": source.arn, "name": source.name})
        wanted = copy_parameters(source, self.digests)
        found = find_copy(read, wanted, self.plan)
        if found is not None:
            return Satisfied({"task_definition": found.arn, "name": found.name, "copy_of": source.name})
        tags = [*wanted["tags"], {"key": MADE_BY, "value": self.plan}]
        call = Call(
            "ecs",
            "RegisterTaskDefinition",
            {**wanted, "tags": tags},
            repeat="look_up_first",
            secret=frozenset({"containerDefinitions"}),  # their environments may hold what nobody should have put there
        )
        return Needed(call, {"copy": None})

    def undo(self, known: Mapping[str, Facts], before: Facts) -> Step:
        """A copy that serves nothing is an orphan."""
        del known, before
        return CopyGone(
            id=f"undo-{self.id}",
            title="the copy that was made is deregistered",
            part=self.part,
            family=self.source.rpartition("/")[2].rpartition(":")[0],
            plan=self.plan,
        )

    def may_call(self) -> tuple[MayCall, ...]:
        """A copy needs more than a look."""
        look = MayCall("ecs", "DescribeTaskDefinition")
        if not self.makes_copy:
            return (look,)
        operations = ("ListTaskDefinitions", "RegisterTaskDefinition", "TagResource", "DeregisterTaskDefinition")
        handing_on = (MayCall("iam", "PassRole", self.roles),) if self.roles else ()
        return (look, *(MayCall("ecs", operation) for operation in operations), *handing_on)


class CopyGone(Step):
    """No revision that a plan has made is ACTIVE.

    Attributes:
        family: The family of the copy.
        plan: The plan that made it.
    """

    kind: Literal["ecs.copy_gone"] = "ecs.copy_gone"
    settle_seconds: float = Field(default=10, ge=0)
    family: str
    plan: str

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        """Look by the plan's tag."""
        del known, intent
        found = find_copy(read, {"family": self.family}, self.plan)
        if found is None:
            return Satisfied()
        return Needed(Call("ecs", "DeregisterTaskDefinition", {"taskDefinition": found.arn}), {"copy": found.arn})
