"""A fault: which calls it is for, and what becomes of them. What is said over HTTP about faults, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self, TypedDict, Unpack

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["KINDS", "ArmedFault", "Colleague", "Fault", "Fired", "Kind", "Match", "Pid", "Row", "Script"]

Kind = Literal[
    "throttle",
    "internal_error",
    "timeout",
    "lost_response",
    "dropped",
    "slow",
    "kill_before",
    "kill_after",
    "stale",
    "interfere",
]
Applied = Literal["no", "yes", "as it is read"]


@dataclass(frozen=True)
class Row:
    """What a kind is.

    Attributes:
        meaning: What becomes of the call.
        applied: Whether the call takes effect.
        seconds: Its time where the fault does not say, and the longest it may say; None where it takes no time.
        statuses: The HTTP statuses it may answer with, the first where the fault does not say.
        colleague: Whether it needs somebody else's call.
    """

    meaning: str
    applied: Applied
    seconds: tuple[float, float] | None = None
    statuses: tuple[int | None, ...] = ()
    colleague: bool = False


KINDS: Mapping[Kind, Row] = {
    "throttle": Row("refused with the service's own throttling error, which SDKs retry", "no"),
    "internal_error": Row("refused with the service's own internal error", "no", statuses=(500, 503)),
    # botocore gives up after 60 s.
    "timeout": Row("no answer until the client gives up, then the connection closes", "no", seconds=(120, 600)),
    "lost_response": Row("the connection closes, or a 5xx is answered", "yes", statuses=(None, 500, 503)),
    "dropped": Row("the connection closes without an answer", "no"),
    "slow": Row("the answer comes so many seconds of real time late", "yes", seconds=(1, 60)),
    "kill_before": Row("the calling process is killed (SIGKILL)", "no"),
    "kill_after": Row("the calling process is killed (SIGKILL) before it hears the answer", "yes"),
    "stale": Row("a read is given its answer of up to so many seconds ago", "as it is read", seconds=(5, 3600)),
    "interfere": Row("somebody else's call comes right before or after", "yes", colleague=True),
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Match(_Part):
    """Which calls a fault is for: those that fit every field that is given, and of these the ones chosen.

    Attributes:
        service: botocore's name of the service.
        operation: The operation's name.
        parameters: Top-level parameters of the call, under AWS's names, and the value that each must have.
        actor: Who calls: the application id in the user agent (`AWS_SDK_UA_APP_ID`), else the access key.
        mutating_only: Leave reads alone.
        nth: Choose the n-th fitting call since the fault was armed, counted from 1.
        probability: Choose each fitting call with this probability, by the sandbox's seeded random numbers.
        sequences: Choose fitting calls whose sequence number is in this window, both ends included.
        times: How many calls are chosen at most; with `nth`, one if this is not given, else so many in a row.
    """

    service: str | None = None
    operation: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    actor: str | None = None
    mutating_only: bool = False
    nth: Annotated[int, Field(ge=1)] | None = None
    probability: Annotated[float, Field(ge=0, le=1)] | None = None
    sequences: tuple[Annotated[int, Field(ge=1)], int] | None = None
    times: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _chooses_one_way(self) -> Self:
        if sum(way is not None for way in (self.nth, self.probability, self.sequences)) > 1:
            raise ValueError("nth, probability and sequences are three ways to choose a call: give one of them")
        if self.sequences and self.sequences[1] < self.sequences[0]:
            raise ValueError("the window of sequence numbers ends before it begins")
        return self


class Colleague(_Part):
    """A call that somebody else makes right before or after the one that the fault is for.

    Attributes:
        service: botocore's name of the service.
        operation: The operation's name.
        parameters: Its parameters, under AWS's names, as one gives them to boto3.
        actor: Who makes it.
        region: Where; that of the other call if it is not given.
        when: Before or after the other call.
    """

    service: str
    operation: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    actor: str = Field(default="colleague", pattern=r"^[\w.-]+$")
    region: str | None = None
    when: Literal["before", "after"] = "before"


class _Choice(TypedDict, total=False):
    """The fields of `Match` beside service and operation."""

    parameters: dict[str, Any]
    actor: str
    mutating_only: bool
    nth: int
    probability: float
    sequences: tuple[int, int]
    times: int


@dataclass(frozen=True)
class _Constructor:
    """Makes faults of one kind: `Fault.throttle("ecs", "UpdateService", nth=1)`."""

    kind: Kind

    def __call__(
        self,
        service: str | None = None,
        operation: str | None = None,
        *,
        seconds: float | None = None,
        status: int | None = None,
        colleague: Colleague | None = None,
        **choice: Unpack[_Choice],
    ) -> Fault:
        """A fault of this kind.

        Args:
            service: botocore's name of the service; any if it is not given.
            operation: The operation's name; any if it is not given.
            seconds: See `Fault`.
            status: See `Fault`.
            colleague: See `Fault`.
            **choice: The other fields of `Match`.

        Raises:
            pydantic.ValidationError: The kind does not take what is given, or lacks what it needs.
        """
        match = Match(service=service, operation=operation, **choice)
        return Fault(kind=self.kind, match=match, seconds=seconds, status=status, colleague=colleague)


class Fault(_Part):
    """What becomes of the calls that match. Each kind has a constructor of its name, such as `Fault.throttle`.

    Attributes:
        match: Which calls.
        kind: What becomes of them; see `KINDS`.
        seconds: Of `slow`, `timeout`: how long, in real time; of `stale`: how old at most, by the sandbox's clock.
        status: The HTTP status of `internal_error` and `lost_response`; the latter closes the connection without one.
        colleague: What somebody else does, of `interfere`.
    """

    match: Match = Match()
    kind: Kind
    seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    status: int | None = None
    colleague: Colleague | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        row = KINDS[self.kind]
        if self.seconds is not None and (row.seconds is None or self.seconds > row.seconds[1]):
            most = "takes no seconds" if row.seconds is None else f"takes at most {row.seconds[1]:g} seconds"
            raise ValueError(f"{self.kind} {most}")
        if self.status is not None and self.status not in row.statuses:
            allowed = ", ".join(str(status) for status in row.statuses if status) or "no status"
            raise ValueError(f"{self.kind} cannot answer {self.status}: {allowed}")
        if (self.colleague is not None) != row.colleague:
            raise ValueError(f"{self.kind} {'needs' if row.colleague else 'takes no'} colleague's call")
        return self

    @property
    def lasts_seconds(self) -> float:
        """Its time: what it says, else its kind's; 0 for a kind that takes none."""
        row = KINDS[self.kind]
        return self.seconds or (row.seconds[0] if row.seconds else 0.0)

    @property
    def answers(self) -> int | None:
        """The HTTP status: what it says, else its kind's first; None for a closed connection."""
        return self.status or next(iter(KINDS[self.kind].statuses), None)

    throttle: ClassVar[_Constructor] = _Constructor("throttle")
    internal_error: ClassVar[_Constructor] = _Constructor("internal_error")
    timeout: ClassVar[_Constructor] = _Constructor("timeout")
    lost_response: ClassVar[_Constructor] = _Constructor("lost_response")
    dropped: ClassVar[_Constructor] = _Constructor("dropped")
    slow: ClassVar[_Constructor] = _Constructor("slow")
    kill_before: ClassVar[_Constructor] = _Constructor("kill_before")
    kill_after: ClassVar[_Constructor] = _Constructor("kill_after")
    stale: ClassVar[_Constructor] = _Constructor("stale")
    interfere: ClassVar[_Constructor] = _Constructor("interfere")


class ArmedFault(_Part):
    """A fault of the script, and what it has met.

    Attributes:
        number: Its place in the script, from 1.
        fault: It.
        fitting: How many calls fitted since it was armed, chosen or not.
        fired: How often it fired.
    """

    number: int
    fault: Fault
    fitting: int
    fired: int


class Fired(_Part):
    """A fault that fired.

    Attributes:
        sequence: The sequence number of the call that it befell.
        at: When, by the sandbox's clock.
        number: The fault's place in the script, from 1.
        kind: Its kind.
        service: The call's service.
        operation: The call's operation.
        actor: Who made the call.
        detail: What exactly happened.
    """

    sequence: int
    at: datetime
    number: int
    kind: Kind
    service: str
    operation: str
    actor: str
    detail: str = ""


class Script(_Part):
    """All faults that are armed, in order, and what fired.

    Attributes:
        faults: Those that are armed. Where several befall one call, the first is the outermost.
        fired: What fired since the script was last cleared.
    """

    faults: tuple[ArmedFault, ...] = ()
    fired: tuple[Fired, ...] = ()


class Pid(_Part):
    """The process that `kill_before` and `kill_after` kill, where the call itself does not say by `X-Sandbox-Pid`."""

    pid: int = Field(gt=1)
