"""The emitter: takes values from any thread or task, gathers them, and writes them in time."""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TextIO

from opslib.monitoring.emit.document import documents
from opslib.monitoring.emit.flushing import Flushing
from opslib.monitoring.emit.instrument import (
    ENVIRONMENT,
    MICROSECONDS,
    SERVICE,
    At,
    Counter,
    Distribution,
    Duration,
    Emitted,
    Gauge,
    Share,
    Unit,
)
from opslib.monitoring.emit.losses import Losses
from opslib.monitoring.emit.places import Places
from opslib.monitoring.emit.series import Gathered, Unusable, Window
from opslib.monitoring.emit.sinks import sink_for

__all__ = ["Emitter", "Written"]

FLUSH_SECONDS = 15.0
"""Four flushes a minute: a value is in CloudWatch Logs well before the minute's alarm is evaluated."""

FLUSH_VALUES = 5_000
"""So many values of distributions are flushed before their time."""

MOST_PENDING = 50_000
"""So many values wait at most: what comes while a stream is blocked is refused, and counted."""

EXIT_SECONDS = 2.0
"""How long the end of the process waits for the agent."""


@dataclass(frozen=True, slots=True)
class Written:
    """What an emitter has done so far.

    Attributes:
        documents: How many were handed to the stream or the socket's queue.
        lost: What was not written as it was meant, by reason.
    """

    documents: int
    lost: Mapping[str, int]


class Emitter:
    """Writes an application's metrics in CloudWatch's embedded metric format.

    Every method may be called from any thread and from async code: none blocks, none raises. What cannot be written is
    counted (`written`) and logged once for each reason, by the logger ``opslib.emit``.

    A thread flushes at :00, :15, :30 and :45 of each minute, so that no document mixes two minutes; on Lambda, whose
    processes are frozen between events, there is no thread: wrap the handler in `flushing`. The end of the process
    flushes too.
    """

    def __init__(
        self,
        *,
        environment: str,
        service: str,
        to: str | TextIO = "stdout",
        log_group: str | None = None,
        flush_seconds: float | None = FLUSH_SECONDS,
    ) -> None:
        """Make an emitter; nothing starts before its first value.

        Args:
            environment: Product and environment, such as ``shop-prod``: the dimension ``Environment``.
            service: Which service this process is part of: the dimension ``Service``.
            to: ``stdout``, ``off``, ``tcp://host:port`` or ``udp://host:port`` of the CloudWatch agent, or a stream.
            log_group: Where the agent puts the documents.
            flush_seconds: Between two flushes; None: only `flush` and `flushing` write, as on Lambda.

        Raises:
            BadRequest: It can not write there.
        """
        self._losses = Losses()
        self._sink = sink_for(to, self._losses)
        self._places = Places({ENVIRONMENT: environment, SERVICE: service}, self._losses)
        self._log_group = log_group
        self._flush_seconds = flush_seconds
        self._documents = 0
        self._alive: dict[object, Gauge[Any] | At[Gauge[Any]]] = {}
        self._closed = False
        self._begin()
        _end_with_the_process()
        _EMITTERS.add(self)

    def _begin(self) -> None:
        self._window = Window(MOST_PENDING)
        self._places.begin(self._window)
        self._writing = threading.RLock()
        self._in_write = False
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def count(self, metric: Counter[Any] | At[Counter[Any]], value: float = 1) -> None:
        """Count something that happened, once or several times."""
        self._put(metric, value)

    def gauge(self, metric: Gauge[Any] | At[Gauge[Any]], value: float) -> None:
        """Say how high a level is now."""
        self._put(metric, value)

    def record(self, metric: Distribution[Any] | At[Distribution[Any]], value: float) -> None:
        """Record one amount, in the metric's unit."""
        self._put(metric, value)

    def duration(self, metric: Duration[Any] | At[Duration[Any]], seconds: float) -> None:
        """Record how long something took, in seconds; it is written in the metric's unit."""
        try:
            unit = metric.metric.unit if isinstance(metric, At) else metric.unit
            microseconds = int(seconds * 1e6 + 0.5)
            # No dictionary for the most usual unit: an enumeration is slow to hash.
            value = microseconds / (1_000_000 if unit is Unit.SECONDS else MICROSECONDS[unit])
        except Exception as failed:  # noqa: BLE001  # whatever was given: nothing is raised into the application
            self._losses.add("a value is no number", failed)
            return
        self._put(metric, value)

    def outcome(self, metric: Share[Any] | At[Share[Any]], *, succeeded: bool) -> None:
        """Record a success as 100 and a failure as 0: the average is the rate."""
        self._put(metric, 100 if succeeded else 0)

    @contextmanager
    def timed(self, metric: Duration[Any] | At[Duration[Any]]) -> Iterator[None]:
        """Record how long the block takes, whether it ends or raises."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.duration(metric, time.perf_counter() - started)

    def heartbeat(self, metric: Gauge[Any] | At[Gauge[Any]]) -> None:
        """From now on write 1 with every flush of the thread: an alarm on silence sees that the process lives."""
        if self._put(metric, 1):
            self._alive[metric.key if isinstance(metric, At) else metric] = metric

    def flush(self, wait_seconds: float = 1.0) -> None:
        """Write what was gathered.

        Args:
            wait_seconds: How long to wait for the agent to take it; a stream takes it at once.
        """
        try:
            self._write()
            self._sink.drain(wait_seconds)
        except Exception as failed:  # noqa: BLE001  # the same
            self._losses.add("a flush failed", failed)

    def close(self, wait_seconds: float = EXIT_SECONDS) -> None:
        """Write what was gathered and end the threads; the end of the process does it unasked.

        Args:
            wait_seconds: How long to wait for the agent.
        """
        self._closed = True
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(EXIT_SECONDS)
        self.flush(wait_seconds)
        self._sink.close()

    def flushing(self) -> Flushing:
        """A block, or a decorator of a handler, sync or async, at whose end everything is written."""
        return Flushing(self.flush)

    @property
    def written(self) -> Written:
        """What it has done so far."""
        return Written(self._documents, self._losses.counts)

    def _put(self, metric: Emitted[Any] | At[Any], value: float) -> bool:
        """Whether it was taken."""
        try:
            self._places.find(metric).add(value)
            if self._thread is None or self._window.pending >= FLUSH_VALUES:
                self._due()
        except Unusable as refused:
            self._losses.add(*refused.args)
            return False
        except Exception as failed:  # noqa: BLE001  # whatever was given: nothing is raised into the application
            self._losses.add("a value could not be taken", failed)
            return False
        return True

    def _due(self) -> None:
        if self._flush_seconds is not None:
            self._start()
            if self._window.pending >= FLUSH_VALUES:
                self._wake.set()
        elif self._window.pending >= FLUSH_VALUES:
            self._write()

    def _start(self) -> None:
        if self._thread is not None or self._flush_seconds is None or self._closed:
            return
        with self._writing:
            if self._thread is None:
                thread = threading.Thread(target=self._run, args=(self._flush_seconds,), name="opslib-emit")
                thread.daemon = True
                self._thread = thread
                thread.start()

    def _run(self, seconds: float) -> None:
        while not self._closed:
            early = self._wake.wait(seconds - time.time() % seconds)
            self._wake.clear()
            if not early:
                for metric in list(self._alive.values()):
                    self._put(metric, 1)
            try:
                self._write()
            except Exception as failed:  # noqa: BLE001  # the thread has to live as long as the process
                self._losses.add("a flush failed", failed)

    def _write(self) -> None:
        with self._writing:
            if self._in_write:  # a signal's handler, in the middle of this: a stream takes no write within a write
                return  # what it has gathered goes out with the next one
            self._in_write = True
            try:
                gathered, opened = self._take()
                if not gathered:
                    return
                lines = list(
                    documents(gathered, timestamp_milliseconds=int(opened * 1000), log_group=self._log_group),
                )
                self._documents += len(lines)
                self._sink.write(lines)
            finally:
                self._in_write = False

    def _take(self) -> tuple[list[Gathered], float]:
        window = self._window
        with window.lock:
            opened = window.opened
            gathered = [Gathered(series.place, values) for series in self._places.opened if (values := series.take())]
            window.opened, window.pending = None, 0
        return gathered, time.time() if opened is None else opened

    def _after_fork(self) -> None:
        self._losses.after_fork()
        self._sink.after_fork()
        self._documents = 0
        self._begin()
        if self._alive:
            self._start()


_EMITTERS: weakref.WeakSet[Emitter] = weakref.WeakSet()


def _flush_all() -> None:
    for emitter in list(_EMITTERS):
        emitter.flush(EXIT_SECONDS)


def _after_fork() -> None:
    for emitter in list(_EMITTERS):
        emitter._after_fork()  # noqa: SLF001  # the class's own


@cache
def _end_with_the_process() -> None:
    atexit.register(_flush_all)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork)
