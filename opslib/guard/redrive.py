"""What lies in the dead-letter queues is done after all, where it is not too late; the rest is told.

A message leaves its queue only when what it asks for was started, and that is known again by its event's id: so it may
be killed anywhere and run again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from opslib.contract import StackOutputs
from opslib.guard.decision import WITHIN
from opslib.guard.parts import PARTS, Part
from opslib.procedure import Call, Declined, Ports
from opslib.rollback import Workbench

__all__ = ["Redriven", "redrive"]

MOST: Final = 200
"""How many messages of a queue are looked at: more would be a storm, which a person should look at first (ours)."""

_SEEN_AGAIN_SECONDS: Final = 60
"""For how long others do not see a message that is being dealt with; who is killed leaves it to who comes later."""

_NO_QUEUE: Final = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})

What = Literal["start", "record", "late"]


@dataclass(frozen=True, slots=True)
class Redriven:
    """What becomes of one message.

    Attributes:
        queue: Its queue.
        message: Its id.
        at: When its event happened; None where it does not say.
        does: `start`: the state machine is started; `record`: the recorder looks again; `late`: nothing, for it is too
            late, or nobody knows what it asks for.
        says: Why, in a clause.
        done: Whether it has left its queue.
    """

    queue: str
    message: str
    at: datetime | None
    does: What
    says: str
    done: bool

    def document(self) -> dict[str, Any]:
        """In JSON types."""
        return {**asdict(self), "at": self.at.isoformat() if self.at else None}


@dataclass(frozen=True, slots=True)
class _Message:
    """A message as SQS has it."""

    queue: str
    url: str
    id: str
    receipt: str
    event: Mapping[str, Any]

    @property
    def at(self) -> datetime | None:
        try:
            return datetime.fromisoformat(str(self.event["time"])).astimezone(UTC)
        except (KeyError, ValueError):
            return None


def redrive(bench: Workbench, *, dry_run: bool = False, discard: bool = False) -> tuple[Redriven, ...]:
    """Do what lies in the queues, where it is not too late.

    Args:
        bench: What to work with.
        dry_run: Only say what would be done.
        discard: Remove what is too late as well.

    Raises:
        NotNow, Declined, Unknown: AWS does not answer, or refuses; what was done before that is done.
    """
    outputs = bench.stack.outputs
    found = []
    for part in PARTS:
        if part.kind == "queue" and part.is_in(outputs):
            for message in _messages(bench.ports, part.called(outputs)):
                does, says = _asked(part, message, outputs, bench.clock.now())
                done = not dry_run and (does != "late" or discard)
                if done:
                    _ACTS[does](bench, message)
                    _delete(bench.ports, message)
                found.append(Redriven(message.queue, message.id, message.at, does, says, done))
    return tuple(found)


def _asked(part: Part, message: _Message, outputs: StackOutputs, now: datetime) -> tuple[What, str]:
    """What a message asks for. Pure."""
    if part.of == "recorder":
        return "record", "the recorder looks again, at what AWS tells by now"
    alarm = message.event.get("detail", {}).get("alarmName")
    if not alarm or message.at is None:
        return "late", "it is no alarm's event"
    promised = outputs.auto_rollback
    within = WITHIN if promised is None else timedelta(minutes=promised.within_minutes)
    if now - message.at > within:
        return "late", f"{alarm} rang over {round(within.total_seconds() / 60)} min ago"
    return "start", f"{alarm} rang: it is decided whether it still does"


def _start(bench: Workbench, message: _Message) -> None:
    promised = bench.stack.outputs.auto_rollback
    assert promised is not None  # noqa: S101  the queue is its part
    name = re.sub(r"[^A-Za-z0-9_-]", "-", f"again-{message.event.get('id') or message.id}")[:80]
    asked = {"stateMachineArn": promised.state_machine, "name": name, "input": json.dumps(message.event)}
    try:
        bench.ports["stepfunctions"].send(Call("stepfunctions", "StartExecution", asked, repeat="token"))
    except Declined as refused:
        if refused.code != "ExecutionAlreadyExists":  # who was killed before has started it
            raise


def _record(bench: Workbench, message: _Message) -> None:
    promised = bench.stack.outputs.recorder
    assert promised is not None  # noqa: S101  the queue is its part
    event = {**message.event, "time": bench.clock.now().isoformat()}  # it judges by what is so now
    asked = {"FunctionName": promised.function, "InvocationType": "Event", "Payload": json.dumps(event).encode()}
    bench.ports["lambda"].send(Call("lambda", "Invoke", asked))


_ACTS: Mapping[What, Callable[[Workbench, _Message], None]] = {
    "start": _start,
    "record": _record,
    "late": lambda _, __: None,
}


def _messages(ports: Ports, queue: str) -> Iterator[_Message]:
    """What lies in a queue; each once."""
    try:
        url = ports["sqs"].read("GetQueueUrl", {"QueueName": queue})["QueueUrl"]
    except Declined as refused:
        if refused.code in _NO_QUEUE:
            return
        raise
    known: set[str] = set()
    asked = {"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": _SEEN_AGAIN_SECONDS}
    while len(known) < MOST:
        page = ports["sqs"].send(Call("sqs", "ReceiveMessage", asked)).get("Messages", ())
        fresh = [one for one in page if one["MessageId"] not in known]
        if not fresh:
            return
        for one in fresh:
            known.add(one["MessageId"])
            yield _Message(queue, url, one["MessageId"], one["ReceiptHandle"], _event(one["Body"]))


def _event(body: str) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _delete(ports: Ports, message: _Message) -> None:
    asked = {"QueueUrl": message.url, "ReceiptHandle": message.receipt}
    ports["sqs"].send(Call("sqs", "DeleteMessage", asked))
