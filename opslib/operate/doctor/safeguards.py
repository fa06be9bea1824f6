"""What the stack runs of its own: its functions and what they failed on, and how far ahead windows are muted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from opslib.contract import StackOutputs
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.look import Look

__all__ = ["CHECKS"]

AHEAD: Final = timedelta(days=14)
"""How far ahead windows should be muted (ours): time enough for a `pulumi up` that nobody was in a hurry for."""

_FAILED: Final = ("-failed", "-unheard")
"""How the names of the stack's dead-letter queues end: those of its functions, and of its state machine's starts."""

_GONE: Final = frozenset({"ResourceNotFoundException"})
_NO_QUEUE: Final = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})


@dataclass(frozen=True, slots=True)
class OwnFunction:
    """A function that the stack runs.

    Attributes:
        name: Its name.
        does: What it is for.
    """

    name: str
    does: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class FunctionSeen:
    """A function as Lambda has it.

    Attributes:
        function: Which one.
        state: Its state; empty: there is none.
        queue: The ARN of its dead-letter queue; empty: it has none.
    """

    function: OwnFunction
    state: str
    queue: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A dead-letter queue.

    Attributes:
        queue: Its name.
        messages: How many events lie in it; None: there is no such queue.
    """

    queue: str
    messages: int | None


def functions_of(outputs: StackOutputs) -> Iterator[OwnFunction]:
    """The functions of the stack's own that the contract names."""
    if outputs.recorder is not None:
        yield OwnFunction(outputs.recorder.function, "writes down what was deployed")
    if outputs.auto_rollback is not None:
        yield OwnFunction(outputs.auto_rollback.function, "rolls back by itself")


def _see_function(look: Look, function: OwnFunction) -> FunctionSeen:
    found = look.unless_gone(_GONE, lambda: look.read("lambda", "GetFunctionConfiguration", FunctionName=function.name))
    if found is None:
        return FunctionSeen(function, "", "")
    queue = found.get("DeadLetterConfig", {}).get("TargetArn", "")
    return FunctionSeen(function, found.get("State") or "Active", queue if ":sqs:" in queue else "")


def _see_failed(look: Look, outputs: StackOutputs) -> tuple[Failed, ...] | None:
    prefix = f"{outputs.stack.product}-{outputs.stack.environment}-"
    arns = [_see_function(look, function).queue for function in functions_of(outputs)]
    urls = look.pages("sqs", "ListQueues", "QueueUrls", QueueNamePrefix=prefix)
    listed = [name for name in (url.rpartition("/")[2] for url in urls) if name.endswith(_FAILED)]
    names = dict.fromkeys((*(arn.rpartition(":")[2] for arn in arns if arn), *listed))
    return tuple(_see_queue(look, name) for name in names) or None


def _see_queue(look: Look, name: str) -> Failed:
    def ask() -> Mapping[str, Any]:
        url = look.read("sqs", "GetQueueUrl", QueueName=name)["QueueUrl"]
        return look.read("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])

    found = look.unless_gone(_NO_QUEUE, ask)
    count = None if found is None else int(found.get("Attributes", {}).get("ApproximateNumberOfMessages", 0))
    return Failed(name, count)


@dataclass(frozen=True, slots=True)
class Machine:
    """The state machine by which the stack rolls back by itself; its status is empty where there is none."""

    name: str
    status: str


def _machines(outputs: StackOutputs) -> Iterator[str]:
    if outputs.auto_rollback is not None:
        yield outputs.auto_rollback.state_machine


def _see_machine(look: Look, arn: str) -> Machine:
    found = look.unless_gone(
        frozenset({"StateMachineDoesNotExist"}),
        lambda: look.read("stepfunctions", "DescribeStateMachine", stateMachineArn=arn),
    )
    return Machine(arn.rpartition(":")[2], str(found.get("status", "ACTIVE")) if found else "")


def _stopped(seen: Machine, _: datetime) -> Iterator[Fault]:
    if seen.status != "ACTIVE":
        yield Fault(seen.name, f"the state machine that rolls back by itself is {seen.status or 'not there'}")


def _idle(seen: FunctionSeen, _: datetime) -> Iterator[Fault]:
    name, does = seen.function.name, seen.function.does
    if not seen.state:
        yield Fault(name, f"the function that {does} is not there")
    elif seen.state not in ("Active", "Inactive", "Pending"):
        yield Fault(name, f"the function that {does} is {seen.state}")


def _not_done(seen: tuple[Failed, ...], _: datetime) -> Iterator[Fault]:
    for one in seen:
        if one.messages is None:
            yield Fault(one.queue, "the queue for what a function fails on is not there")
        elif one.messages:
            yield Fault(one.queue, f"{one.messages} events failed, and lie here")


def _muted_until(_: Look, outputs: StackOutputs) -> datetime | None:
    return outputs.maintenance.muted_until if outputs.maintenance else None


def _short(until: datetime, now: datetime) -> Iterator[Fault]:
    if until - now < AHEAD:
        yield Fault("maintenance", f"from {until:%Y-%m-%d %H:%M} UTC on, windows mute nobody")


CHECKS: Final[tuple[Check[Any, Any], ...]] = (
    Check(
        id="function-runs",
        group="Safeguards",
        level="critical",
        looks_at="the stack's own functions are there",
        why="deployments go unrecorded, and nothing rolls back by itself",
        next_step="`pulumi refresh`, then `pulumi up`",
        subjects=functions_of,
        read=_see_function,
        judge=_idle,
    ),
    Check(
        id="machine-there",
        group="Safeguards",
        level="critical",
        looks_at="the state machine that rolls back by itself is there",
        why="the release that should have been taken back stays",
        next_step="`pulumi refresh`, then `pulumi up`",
        subjects=_machines,
        read=_see_machine,
        judge=_stopped,
    ),
    Check(
        id="events-done",
        group="Safeguards",
        level="warning",
        looks_at="nothing lies in the dead-letter queues of the stack's own functions",
        why="something should have been done, and was not",
        next_step="read the function's log, and what lies in the queue {on}; purge it when that is dealt with",
        subjects=lambda outputs: (outputs,),
        read=_see_failed,
        judge=_not_done,
        on=lambda _: "dead-letter queues",
    ),
    Check(
        id="windows-muted",
        group="Safeguards",
        level="warning",
        looks_at=f"maintenance windows are muted for {AHEAD.days} days ahead",
        why="the next window pages everybody",
        next_step="`pulumi up` writes the rules of the next windows",
        subjects=lambda outputs: (outputs,),
        read=_muted_until,
        judge=_short,
        on=lambda _: "maintenance",
    ),
)
"""What is checked of the stack's own safeguards."""
