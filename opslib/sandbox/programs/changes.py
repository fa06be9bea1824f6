"""What a run of the Pulumi engine changed, read from its events."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pulumi.automation import DiagnosticEvent, EngineEvent, StepEventMetadata

from opslib.sandbox.programs.urns import name_of

__all__ = ["Changes", "Diagnostic", "EventReader", "Operation", "ResourceStep"]

Operation = Literal["create", "update", "replace", "delete", "same", "read", "import", "refresh"]
Outcome = Literal["started", "done", "failed"]

_OPERATIONS: dict[str, Operation] = {
    "same": "same",
    "create": "create",
    "update": "update",
    "delete": "delete",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "discard-replaced": "replace",
    "read-replacement": "replace",
    "import-replacement": "replace",
    "remove-pending-replace": "delete",
    "read": "read",
    "discard": "delete",
    "import": "import",
    "refresh": "refresh",
}
"""The engine's steps as what becomes of a resource: a replacement is three steps of one resource."""

_COLOUR = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class ResourceStep:
    """What happens to one resource.

    Attributes:
        urn: Its URN.
        token: Its type.
        name: Its logical name.
        operation: What happens to it.
        outcome: How far it is; in a preview `started` is all there is.
        changed: The names of the properties that differ, sorted.
    """

    urn: str
    token: str
    name: str
    operation: Operation
    outcome: Outcome
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diagnostic:
    """A message of the engine, of a provider, or of the program.

    Attributes:
        severity: `error`, `warning`, `info`, or `info#err` for what the program wrote to its standard error.
        text: The message.
        urn: The resource it is about; empty for none.
    """

    severity: str
    text: str
    urn: str = ""


@dataclass(frozen=True)
class Changes:
    """What a preview, an update, a refresh or a destruction did.

    The stack itself counts as a resource, as in the engine's own summary; providers do not.

    Attributes:
        counts: Resources by operation; an operation that nothing underwent is absent.
        steps: What happened to each resource, by URN.
        diagnostics: What was said, in order.
        duration_seconds: The whole time, the CLI's start included.
    """

    counts: Mapping[Operation, int]
    steps: Mapping[str, ResourceStep]
    diagnostics: tuple[Diagnostic, ...]
    duration_seconds: float

    @property
    def none(self) -> bool:
        """Whether nothing changes."""
        return set(self.counts) <= {"same", "read", "refresh"}


@dataclass
class EventReader:
    """Collects the events of one run of the engine, and tells a live view of each step.

    Attributes:
        on_step: What is called with each step as it starts, ends or fails; what it raises ends up in `raised`.
        raised: The first exception of `on_step`, to be raised where somebody sees it.
    """

    on_step: Callable[[ResourceStep], None] | None = None
    raised: Exception | None = None
    _steps: dict[str, ResourceStep] = field(default_factory=dict)
    _diagnostics: list[Diagnostic] = field(default_factory=list)

    def __call__(self, event: EngineEvent) -> None:
        """Take one event."""
        if event.resource_pre_event:
            self._take(event.resource_pre_event.metadata, "started")
        elif event.res_outputs_event:
            self._take(event.res_outputs_event.metadata, "done")
        elif event.res_op_failed_event:
            self._take(event.res_op_failed_event.metadata, "failed")
        elif event.diagnostic_event:
            self._hear(event.diagnostic_event)

    def changes(self, duration_seconds: float) -> Changes:
        """Sum up."""
        steps = {urn: self._steps[urn] for urn in sorted(self._steps)}
        return Changes(
            counts=dict(Counter(step.operation for step in steps.values())),
            steps=steps,
            diagnostics=tuple(self._diagnostics),
            duration_seconds=duration_seconds,
        )

    def _take(self, metadata: StepEventMetadata, outcome: Outcome) -> None:
        if metadata.type.startswith("pulumi:providers:"):
            return
        step = ResourceStep(
            urn=metadata.urn,
            token=metadata.type,
            name=name_of(metadata.urn),
            operation=_OPERATIONS[str(metadata.op.value if hasattr(metadata.op, "value") else metadata.op)],
            outcome=outcome,
            changed=tuple(sorted(metadata.detailed_diff or metadata.diffs or ())),
        )
        before = self._steps.get(step.urn)
        if before is not None:
            step = _joined(before, step)
        self._steps[step.urn] = step
        if self.on_step is not None and self.raised is None:
            try:
                self.on_step(step)
            except Exception as error:  # noqa: BLE001 - this is the thread of the events; the caller raises it
                self.raised = error

    def _hear(self, said: DiagnosticEvent) -> None:
        text = _COLOUR.sub("", said.message).strip()
        if text and not said.ephemeral and said.severity != "debug":
            self._diagnostics.append(Diagnostic(said.severity, text, said.urn or ""))


def _joined(before: ResourceStep, now: ResourceStep) -> ResourceStep:
    """One step of a resource from two events: a refresh becomes what it found; `same` takes nothing back."""
    operation = now.operation
    if operation == "same" and before.operation != "refresh":
        operation = before.operation
    outcome = "failed" if before.outcome == "failed" else now.outcome
    return replace(now, operation=operation, outcome=outcome, changed=now.changed or before.changed)
