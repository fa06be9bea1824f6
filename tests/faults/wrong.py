"""Procedures that are wrong in the ways that procedures are wrong: the matrix has to find each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from opslib.procedure import Call, Facts, Foreign, Intent, Needed, Observation, Read
from opslib.procedure.gate import Gate
from opslib.rollback.ecs_service import planning
from opslib.rollback.ecs_service.revision import copy_parameters, see_revision
from opslib.rollback.ecs_service.revision_steps import RevisionReady
from opslib.rollback.ecs_service.service_steps import RevisionDeployed
from opslib.rollback.scaling import SuspensionIs
from tests.faults.procedure import Procedure
from tests.faults.service import SERVICES

__all__ = ["WRONG", "Wrong"]


@dataclass(frozen=True)
class Wrong:
    """A wrong procedure.

    Attributes:
        procedure: It.
        kinds: The ways to go wrong that show it; none: its undisturbed course does.
        says: Part of what is then amiss.
    """

    procedure: Procedure
    kinds: frozenset[str]
    says: str


def _intends_afterwards() -> None:
    """The call first, then the note of it: a process that dies in between has done what nobody knows of."""

    def send(gate: Gate, call: Call, write_intent: Callable[[], None]) -> None:
        gate.lease.beat()
        try:
            gate.ports[call.port].send(call)
        finally:
            gate.reader.forget()
        write_intent()

    Gate.send = send  # type: ignore[method-assign]


def _registers_again() -> None:
    """A new revision every time, as the best-known tools do."""
    observe = RevisionReady.observe

    def always_a_new_one(step: RevisionReady, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Any:
        source = see_revision(read, step.source)
        if intent is None and source is not None:
            return Needed(Call("ecs", "RegisterTaskDefinition", copy_parameters(source, {})), {"copy": None})
        return observe(step, read, known, intent)

    RevisionReady.observe = always_a_new_one  # type: ignore[method-assign]


def _lends_for_good() -> None:
    """Scaling is suspended, and that it is only borrowed was forgotten."""
    borrowed = planning._borrowed

    def for_good(seen: Any) -> SuspensionIs | None:
        step = borrowed(seen)
        return None if step is None else step.model_copy(update={"loan": False})

    planning._borrowed = for_good


def _forgets_to_undo() -> None:
    """What fails is left as it stands."""
    SuspensionIs.nothing_to_undo = True


def _overwrites() -> None:
    """Whatever the service runs, it is told to run what was planned."""
    observe = RevisionDeployed.observe

    def whatever(step: RevisionDeployed, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        seen = observe(step, read, known, intent)
        if isinstance(seen, Foreign):
            wanted = str(known[step.from_step]["task_definition"])
            return Needed(step._call(wanted), {"task_definition": step.running[0]})
        return seen

    RevisionDeployed.observe = whatever  # type: ignore[method-assign]


def _wrong(name: str, variant: str, spoil: Callable[[], None], kinds: set[str], says: str) -> Wrong:
    right = next(procedure for procedure in SERVICES if procedure.name.endswith(f":{variant}"))
    return Wrong(replace(right, name=f"wrong:{name}", spoil=spoil, journal_every=1000), frozenset(kinds), says)


WRONG: tuple[Wrong, ...] = (
    _wrong("intends-afterwards", "plain", _intends_afterwards, {"kill after"}, "and the journal knows of"),
    _wrong("registers-again", "plain", _registers_again, set(), "no_orphan_revision"),
    _wrong("lends-for-good", "plain", _lends_for_good, {"colleague deploys"}, "scaling was not restored"),
    _wrong("forgets-to-undo", "undoing", _forgets_to_undo, set(), "scaling_restored"),
    _wrong("overwrites", "plain", _overwrites, {"colleague deploys"}, "was overwritten with"),
)
