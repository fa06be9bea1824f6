"""What reads answered: AWS's reads may lag behind its writes, and a lagging read is one answered from here.

Which read will lag is not known when the write before it comes. So each read that was ever made while a `stale` fault
is armed is made again, unseen, right before anything changes, and its answer kept. A read that was not made before the
change has no past: it is answered as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from opslib.sandbox.answer import Answer
from opslib.sandbox.arrival import Arrival
from opslib.sandbox.request import Environ

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["OldAnswer", "Past"]

# S3 is strongly consistent (https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel).
_NEVER_STALE = frozenset({"s3", "sts"})

_Key = tuple[str, ...]


@dataclass(frozen=True)
class OldAnswer:
    """What a read answered, and when.

    Attributes:
        at: By the sandbox's clock.
        answer: Its answer.
    """

    at: datetime
    answer: Answer


@dataclass
class _Read:
    """A read that was made, so that it can be made again."""

    environ: Environ
    body: bytes
    answers: list[OldAnswer] = field(default_factory=list)


class Past:
    """The answers of reads, as long as a fault may want them. Thread-safe.

    Args:
        account: The account that is read.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._lock = Lock()
        self._reads: dict[_Key, _Read] = {}
        self._longest = timedelta(0)

    def before(self, arrival: Arrival, *, longest_seconds: float) -> None:
        """Take notice of a call that is about to be answered.

        Args:
            arrival: The call.
            longest_seconds: How far back any fault may want to look.
        """
        self._longest = timedelta(seconds=longest_seconds)
        if arrival.mutating:
            with self._lock:
                reads = list(self._reads.values())
            for read in reads:
                self._keep(read, self._account.door(dict(read.environ), read.body))
        elif _may_lag(arrival):
            with self._lock:
                self._reads.setdefault(_key(arrival), _Read(_without_connection(arrival.environ), arrival.body))

    def note(self, arrival: Arrival, answer: Answer) -> None:
        """Take down what a read has answered just now, if it is one that may be asked for again."""
        read = self._reads.get(_key(arrival)) if self._reads else None
        if read is not None and not read.answers:
            self._keep(read, answer)

    def answer(self, arrival: Arrival, seconds: float) -> OldAnswer | None:
        """The oldest answer of a read that is at most so old, or None.

        Args:
            arrival: The read.
            seconds: By the sandbox's clock.
        """
        read = self._reads.get(_key(arrival))
        if read is None or not _may_lag(arrival):
            return None
        since = self._account.clock.now() - timedelta(seconds=seconds)
        with self._lock:
            return next((old for old in read.answers if old.at >= since), None)

    def _keep(self, read: _Read, answer: Answer) -> None:
        now = self._account.clock.now()
        with self._lock:
            read.answers = [old for old in read.answers if old.at >= now - self._longest]
            read.answers.append(OldAnswer(now, answer))


def _may_lag(arrival: Arrival) -> bool:
    return (
        not arrival.mutating
        and arrival.service not in _NEVER_STALE
        and not (arrival.service == "dynamodb" and arrival.parameters.get("ConsistentRead"))
    )


def _key(arrival: Arrival) -> _Key:
    """What makes two reads the same: everything that is asked, whoever asks."""
    environ = arrival.environ
    where = (arrival.service, arrival.operation, arrival.region)
    return (*where, environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""), arrival.body.decode("latin-1"))


def _without_connection(environ: Environ) -> Environ:
    return {name: value for name, value in environ.items() if name.startswith("HTTP_") or isinstance(value, str)}
