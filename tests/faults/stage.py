"""The stage on which a procedure is played: actors, whose every call and journal access can be watched.

What is watched is what leaves the process: a request to AWS, an access to the journal. A watcher is given each of them
before it goes out, and may do to it what it likes.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import boto3
import botocore.endpoint
import botocore.session
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from opslib.clients import Clients
from opslib.procedure import SqliteStore
from opslib.procedure.store import Item
from opslib.sandbox.calls import is_mutating
from opslib.sandbox.connection import ConnectionCut
from opslib.sandbox.inside import _send
from tests.faults.inside import ADDRESS, Inside

__all__ = ["Actor", "Interaction", "Killed", "Proceed", "Stage", "WatchedStore", "Watcher"]

NAMES = ("ada", "ben", "cleo", "dora", "emil", "fay", "gus", "hana")
"""Whoever goes on with a plan is somebody else than the one before."""

Proceed = Callable[[], Any]


class Killed(BaseException):
    """The process is gone: no `except Exception`, and no clean-up that is not the operating system's."""


@dataclass(frozen=True)
class Interaction:
    """Something that leaves the process.

    Attributes:
        number: The how-many-th, from 1.
        service: AWS's service; `journal` for an access to a journal that is a file.
        operation: AWS's operation; of the journal get, put, delete or query, and of what.
        mutating: Whether it can change anything.
    """

    number: int
    service: str
    operation: str
    mutating: bool

    @property
    def in_aws(self) -> bool:
        """Whether it is a call to AWS."""
        return self.service != "journal"

    @property
    def of_journal(self) -> bool:
        """Whether it is an access to the journal, wherever that is."""
        return self.service in ("journal", "dynamodb")

    def __str__(self) -> str:
        return f"{self.service} {self.operation}"


class Watcher(Protocol):
    """Whatever is done to an interaction instead of letting it go."""

    def __call__(self, interaction: Interaction, proceed: Proceed, /) -> Any:
        """Let it go, or not."""
        ...


class Turning:
    """The sandbox's clock for one who works in it: whoever sleeps turns it, and then it is another's turn."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def now(self) -> datetime:
        return self._stage.sandbox.account.clock.now()

    def monotonic(self) -> float:
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self._stage.sandbox.account.schedule.advance(max(seconds, self._stage.least_seconds))
        self._stage.time_went_by()
        self._stage.yield_turn()


@dataclass
class Actor:
    """Somebody who runs procedures, in a process of their own.

    Attributes:
        name: Their name: their calls carry it.
        clients: AWS clients with their credentials.
        clock: The clock they look at.
    """

    name: str
    clients: Clients
    clock: Turning


@dataclass
class Stage:
    """One world, and those who act in it.

    Attributes:
        sandbox: The sandbox.
        state: The directory of the journal's file.
        time_went_by: What of the story happens as time goes by.
        yield_turn: Lets somebody else act, after a sleep.
        watcher: Whoever watches; None: nobody.
        least_seconds: What every sleep lasts at least: who looks twice a second sees nothing else, and each look would
            be a row of the matrix.
        seen: How many interactions were watched.
    """

    sandbox: Inside
    state: Path
    time_went_by: Callable[[], None] = lambda: None
    yield_turn: Callable[[], None] = lambda: None
    watcher: Watcher | None = None
    least_seconds: float = 4.0
    seen: int = 0
    _sessions: dict[str, boto3.session.Session] = field(default_factory=dict)
    _made: dict[str, dict[Any, Any]] = field(default_factory=dict)
    _loader: Any = None

    def watch(self, watcher: Watcher | None) -> None:
        """Watch from here on, and count from 1."""
        self.watcher, self.seen = watcher, 0

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """Look at something without being watched."""
        watcher, self.watcher = self.watcher, None
        try:
            yield
        finally:
            self.watcher = watcher

    def through(self, service: str, operation: str, *, mutating: bool, proceed: Proceed) -> Any:
        """Let one interaction through, by way of whoever watches."""
        if self.watcher is None:
            return proceed()
        self.seen += 1
        return self.watcher(Interaction(self.seen, service, operation, mutating), proceed)

    def actor(self, name: str) -> Actor:
        """Somebody, in a new process: nothing is remembered. (Making clients takes long: that alone is kept.)"""
        if name not in self._sessions:
            self._sessions[name] = self._session(name)
            self._made[name] = {}
        clients = Clients(session=self._sessions[name])
        clients._made = self._made[name]
        return Actor(name, clients, Turning(self))

    def actors(self) -> Iterator[Actor]:
        """One after the other."""
        return (self.actor(name) for name in itertools.cycle(NAMES))

    def warm_up(self) -> None:
        """Make for everybody the clients that anybody has made."""
        wanted = {key for made in self._made.values() for key in made}
        for name in NAMES:
            clients = self.actor(name).clients
            for service, region, purpose in sorted(wanted):
                clients.client(service, region=region, purpose=purpose)

    def _session(self, name: str) -> boto3.session.Session:
        below = botocore.session.Session()
        self._loader = self._loader or below.get_component("data_loader")
        below.register_component("data_loader", self._loader)
        below.register("before-send", self._carry)
        return boto3.session.Session(
            aws_access_key_id=name, aws_secret_access_key="sandbox", region_name="eu-west-1", botocore_session=below
        )

    def _carry(self, request: Any, event_name: str, **_: Any) -> Any:
        """Carry a request to the sandbox; what a cut connection looks like to its caller is botocore's word for it."""
        service, operation = event_name.removeprefix("before-send.").split(".")
        try:
            return self.through(
                BOTO_NAMES.get(service, service),
                operation,
                mutating=is_mutating(service, operation),
                proceed=lambda: _send(self.sandbox.answer, request),
            )
        except ConnectionCut as cut:
            if str(cut) == "timeout":
                raise ReadTimeoutError(endpoint_url=ADDRESS) from None
            raise ConnectionClosedError(endpoint_url=ADDRESS, request=request) from None

    def sleep_by_turning(self) -> None:
        """botocore's pauses between attempts turn the sandbox's clock, too."""
        botocore.endpoint.time = _Time(self.sandbox.account.schedule.advance)  # type: ignore[attr-defined]


BOTO_NAMES: Mapping[str, str] = {
    "elastic-load-balancing-v2": "elbv2",
    "application-auto-scaling": "application-autoscaling",
}
"""botocore's names of services where its events have others."""


class _Time:
    def __init__(self, sleep: Callable[[float], Any]) -> None:
        self.sleep = sleep

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class WatchedStore(SqliteStore):
    """The journal's file; every access is an interaction.

    It is opened in the place of the one that is asked for, and is always in the stage's directory: a snapshot has its
    own.
    """

    stage: Stage | None = None

    def __init__(self, path: Path) -> None:
        self._name = path.name

    @property
    def _path(self) -> Path:  # type: ignore[override]  # where it is depends on the snapshot
        assert self.stage is not None, "nobody set the stage"
        return self.stage.state / self._name

    def get(self, pk: str, sk: str) -> Item | None:
        return self._through("get", pk, sk, functools.partial(super().get, pk, sk))

    def put(self, pk: str, sk: str, value: Mapping[str, Any], *, expected: int | None) -> Item:
        return self._through("put", pk, sk, functools.partial(super().put, pk, sk, value, expected=expected))

    def delete(self, pk: str, sk: str, *, expected: int) -> None:
        self._through("delete", pk, sk, functools.partial(super().delete, pk, sk, expected=expected))

    def query(self, pk: str) -> tuple[Item, ...]:
        return self._through("query", pk, "", functools.partial(super().query, pk))

    def _through(self, operation: str, pk: str, sk: str, proceed: Proceed) -> Any:
        assert self.stage is not None
        what = " ".join(filter(None, (operation, pk.partition("#")[0], "" if "#" in sk or ":" in sk else sk)))
        return self.stage.through("journal", what, mutating=operation in ("put", "delete"), proceed=proceed)
