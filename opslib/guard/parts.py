"""What a stack runs to guard itself, as a table: functions, rules, the state machine, and queues of what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from opslib.contract import StackOutputs
from opslib.procedure import Declined, NotNow, Ports

__all__ = ["PARTS", "Part", "Seen", "see_part"]

Kind = Literal["function", "rule", "state machine", "queue"]
Of = Literal["automatic rollback", "recorder"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part.

    Attributes:
        of: What it is a part of.
        kind: What it is in AWS.
        name: What comes after the stack's prefix in its name.
        does: What it is for, in a clause.
    """

    of: Of
    kind: Kind
    name: str
    does: str

    def is_in(self, outputs: StackOutputs) -> bool:
        """Whether a stack should have it."""
        return (outputs.auto_rollback if self.of == "automatic rollback" else outputs.recorder) is not None

    def called(self, outputs: StackOutputs) -> str:
        """Its name in AWS."""
        return f"{outputs.stack.product}-{outputs.stack.environment}-{self.name}"


@dataclass(frozen=True, slots=True)
class Seen:
    """A part as AWS has it.

    Attributes:
        part: Which one.
        name: Its name in AWS.
        state: Whether it is alive.
        says: How it is, in a clause.
        messages: How many messages lie in it, of a queue.
    """

    part: Part
    name: str
    state: Literal["alive", "amiss", "not checked"]
    says: str
    messages: int | None = None

    def document(self) -> dict[str, Any]:
        """In JSON types."""
        return {
            "of": self.part.of,
            "kind": self.part.kind,
            "name": self.name,
            "does": self.part.does,
            "state": self.state,
            "says": self.says,
            "messages": self.messages,
        }


def see_part(ports: Ports, part: Part, outputs: StackOutputs) -> Seen:
    """Look at a part.

    Args:
        ports: Where to look.
        part: The part.
        outputs: The contract.
    """
    name = part.called(outputs)
    reading = _READINGS[part.kind]
    try:
        says, alive, messages = reading.look(ports, name, outputs)
    except Declined as refused:
        if refused.code in reading.gone:
            return Seen(part, name, "amiss", "it is not there")
        return Seen(part, name, "not checked", str(refused))
    except NotNow as problem:
        return Seen(part, name, "not checked", str(problem))
    return Seen(part, name, "alive" if alive else "amiss", says, messages)


_Found = tuple[str, bool, int | None]


def _function(ports: Ports, name: str, outputs: StackOutputs) -> _Found:
    del outputs
    found = ports["lambda"].read("GetFunctionConfiguration", {"FunctionName": name})
    state = str(found.get("State") or "Active")
    return state, state in ("Active", "Inactive", "Pending"), None


def _rule(ports: Ports, name: str, outputs: StackOutputs) -> _Found:
    del outputs
    found = ports["events"].read("DescribeRule", {"Name": name})
    targets = ports["events"].read("ListTargetsByRule", {"Rule": name})["Targets"]
    state = str(found.get("State", "ENABLED"))
    if not targets:
        return f"{state}, and starts nothing", False, None
    return state, state.startswith("ENABLED"), None


def _machine(ports: Ports, name: str, outputs: StackOutputs) -> _Found:
    del name
    promised = outputs.auto_rollback
    arn = promised.state_machine if promised is not None else ""
    status = str(ports["stepfunctions"].read("DescribeStateMachine", {"stateMachineArn": arn}).get("status", "ACTIVE"))
    return status, status == "ACTIVE", None


def _queue(ports: Ports, name: str, outputs: StackOutputs) -> _Found:
    del outputs
    url = ports["sqs"].read("GetQueueUrl", {"QueueName": name})["QueueUrl"]
    asked = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
    found: Mapping[str, str] = ports["sqs"].read("GetQueueAttributes", asked).get("Attributes", {})
    count = int(found.get("ApproximateNumberOfMessages", 0))
    return ("empty" if not count else f"{count} messages lie in it"), not count, count


@dataclass(frozen=True, slots=True)
class _Reading:
    """How parts of a kind are looked at, and what AWS answers where there is no such thing."""

    look: Callable[[Ports, str, StackOutputs], _Found]
    gone: frozenset[str]


_READINGS: Mapping[Kind, _Reading] = {
    "function": _Reading(_function, frozenset({"ResourceNotFoundException"})),
    "rule": _Reading(_rule, frozenset({"ResourceNotFoundException"})),
    "state machine": _Reading(_machine, frozenset({"StateMachineDoesNotExist"})),
    "queue": _Reading(_queue, frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})),
}

PARTS: tuple[Part, ...] = (
    Part("automatic rollback", "rule", "auto-rollback", "hears alarms ring"),
    Part("automatic rollback", "state machine", "auto-rollback", "calls the function until it is done"),
    Part("automatic rollback", "function", "auto-rollback", "decides, and rolls back"),
    Part("automatic rollback", "queue", "auto-rollback-unheard", "keeps alarms that started nothing"),
    Part("automatic rollback", "queue", "auto-rollback-failed", "keeps what the function failed on"),
    Part("recorder", "rule", "deployed", "hears of deployments"),
    Part("recorder", "rule", "recorder-hourly", "has everything looked at once an hour"),
    Part("recorder", "function", "recorder", "writes down what was deployed"),
    Part("recorder", "queue", "recorder-failed", "keeps what the function failed on"),
)
"""All parts; a stack has those of what is switched on."""
