"""A world small enough to see through, with every way of failing that a real one has, and steps against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal

from opslib.procedure import (
    Call,
    Declined,
    Facts,
    Foreign,
    Impossible,
    Intent,
    KnownAfter,
    Needed,
    NotNow,
    Observation,
    Plan,
    Read,
    Satisfied,
    Step,
    Unknown,
    Waiting,
)
from opslib.procedure.store import Item, Store

START = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)

FAULTS = ("kill before", "kill after", "not now", "declined", "lost", "applied and lost")


class Killed(BaseException):
    """The process is gone: no `except Exception`, no clean-up that is not the operating system's."""


class ToyClock:
    def __init__(self) -> None:
        self.seconds = 0.0
        self.on_sleep: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.on_sleep()


@dataclass
class World:
    """Values by name, messages sent, and a fault at the n-th thing that is asked or told."""

    clock: ToyClock
    values: dict[str, Any] = field(default_factory=lambda: {"writers": 3, "endpoint": "old", "rule": "blue"})
    messages: list[tuple[datetime, str]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    interactions: int = 0
    fault: tuple[int, str] | None = None
    after_call: Callable[[], None] = lambda: None

    def meets(self, act: Callable[[], Any]) -> Any:
        """Do one thing, or fail at it."""
        self.interactions += 1
        kind = self.fault[1] if self.fault and self.fault[0] == self.interactions else ""
        if kind == "kill before":
            raise Killed
        result = act()
        if kind == "kill after":
            raise Killed
        return result

    # The port

    def read(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        del operation
        if self._kind() in ("not now", "declined", "lost", "applied and lost"):
            self.interactions += 1
            raise NotNow("the toy is busy")
        return self.meets(lambda: {"value": self._read(**parameters)})

    def send(self, call: Call) -> Mapping[str, Any]:
        kind = self._kind()
        if kind in ("not now", "declined", "lost"):
            self.interactions += 1
            raise {"not now": NotNow, "declined": Declined, "lost": Unknown}[kind]("the toy failed")
        self.meets(lambda: self._apply(call))
        if kind == "applied and lost":
            raise Unknown("the answer was lost")
        return {}

    def _kind(self) -> str:
        return self.fault[1] if self.fault and self.fault[0] == self.interactions + 1 else ""

    def _read(self, name: str) -> Any:
        if name == "messages":
            return [(at.isoformat(), text) for at, text in self.messages]
        return self.values[name]

    def _apply(self, call: Call) -> None:
        self.sent.append(str(call))
        if call.operation == "Set":
            self.values[call.parameters["name"]] = call.parameters["value"]
        else:
            self.messages.append((self.clock.now(), call.parameters["text"]))
        self.after_call()


class FailingStore:
    """A real store, each of whose answers is one of the things that can be killed before or after."""

    def __init__(self, store: Store, world: World) -> None:
        self._store, self._world = store, world

    def get(self, pk: str, sk: str) -> Item | None:
        return self._world.meets(lambda: self._store.get(pk, sk))

    def put(self, pk: str, sk: str, value: Mapping[str, Any], *, expected: int | None) -> Item:
        return self._world.meets(lambda: self._store.put(pk, sk, value, expected=expected))

    def delete(self, pk: str, sk: str, *, expected: int) -> None:
        self._world.meets(lambda: self._store.delete(pk, sk, expected=expected))

    def query(self, pk: str) -> tuple[Item, ...]:
        return self._world.meets(lambda: self._store.query(pk))


class SetValue(Step):
    """A value is as wanted; `was` makes it the undoing of another."""

    kind: Literal["toy.set"] = "toy.set"
    name: str
    wanted: Any
    was: Any = None

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        del known, intent
        found = read("toy", "Get", name=self.name)["value"]
        if found == self.wanted:
            return Satisfied({"value": found})
        if self.was is not None and found != self.was:
            return Foreign({"value": self.was}, {"value": found})
        return Needed(Call("toy", "Set", {"name": self.name, "value": self.wanted}), {"value": found})

    def undo(self, known: Mapping[str, Facts], before: Facts) -> Step | None:
        del known
        back = before["value"]
        return SetValue(id=f"undo-{self.id}", title=f"{self.name} is {back} again", name=self.name, wanted=back,
                        was=self.wanted, settle_seconds=self.settle_seconds)  # fmt: skip


class Tell(Step):
    """A message was sent: it leaves nothing to compare, so satisfied means one that is newer than the intent."""

    kind: Literal["toy.tell"] = "toy.tell"
    nothing_to_undo: ClassVar[bool] = True
    text: str

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        del known
        if intent is not None:
            for at, text in read("toy", "Get", name="messages")["value"]:
                if text == self.text and datetime.fromisoformat(at) >= intent.at:
                    return Satisfied()
        return Needed(Call("toy", "Tell", {"text": self.text}, repeat="look_up_first"))


class Never(Step):
    """What cannot be."""

    kind: Literal["toy.never"] = "toy.never"

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        del read, known, intent
        return Impossible("it cannot be")


class Until(Step):
    """Some time has passed since another step was done."""

    kind: Literal["toy.until"] = "toy.until"
    name: str
    becomes: Any

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        del known, intent
        found = read("toy", "Get", name=self.name)["value"]
        return Satisfied() if found == self.becomes else Waiting(f"{self.name} is {found}", 10)


class Copy(Step):
    """A value is what an earlier step found."""

    kind: Literal["toy.copy"] = "toy.copy"
    name: str
    from_step: str

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        del intent
        if self.from_step not in known:
            placeholder = f"<known after {self.from_step}>"
            return KnownAfter(self.from_step, Call("toy", "Set", {"name": self.name, "value": placeholder}))
        wanted = known[self.from_step]["value"]
        found = read("toy", "Get", name=self.name)["value"]
        if found == wanted:
            return Satisfied({"value": found})
        return Needed(Call("toy", "Set", {"name": self.name, "value": wanted}), {"value": found})

    def undo(self, known: Mapping[str, Facts], before: Facts) -> Step | None:
        del known, before
        return None


def set_value(name: str, wanted: Any, step_id: str = "", **more: Any) -> SetValue:
    return SetValue(id=step_id or f"set-{name}", title=f"{name} is {wanted}", name=name, wanted=wanted, **more)


def plan(*steps: Step, plan_id: str = "plan-one", target: str = "toy:shop", minutes: float = 60) -> Plan:
    return Plan(
        id=plan_id,
        procedure="toy",
        target=target,
        actor="ada",
        reason="a test",
        created_at=START,
        expires_at=START + timedelta(minutes=minutes),
        steps=steps,
    )
