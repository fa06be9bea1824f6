"""Where documents go: a stream, or the CloudWatch agent's socket."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Protocol, TextIO
from urllib.parse import urlsplit

from opslib.errors import BadRequest
from opslib.monitoring.emit.agent import AgentSink
from opslib.monitoring.emit.losses import Losses

__all__ = ["NowhereSink", "Sink", "StreamSink", "sink_for"]

FORMS = "stdout, off, tcp://host:port or udp://host:port"


class Sink(Protocol):
    """Takes documents."""

    def write(self, lines: Sequence[str]) -> None:
        """Take documents, or count them as lost."""

    def drain(self, seconds: float) -> None:
        """Wait until what was taken has gone out, at most so long."""

    def close(self) -> None:
        """Take no more, and end what runs."""

    def after_fork(self) -> None:
        """Start anew in a child process."""


class StreamSink:
    """Writes a line a document: Lambda, and ECS by `awslogs`, bring standard output to CloudWatch Logs."""

    def __init__(self, stream: TextIO | None, losses: Losses) -> None:
        self._stream = stream
        self._losses = losses

    def write(self, lines: Sequence[str]) -> None:
        """Write and flush. One call a line: a log collector may cut between calls, never within."""
        # Looked up each time: Lambda, servers and tests put another in its place.
        stream = self._stream or sys.stdout
        done = 0
        try:
            for line in lines:
                stream.write(f"{line}\n")
                done += 1
            stream.flush()
        except Exception as failed:  # noqa: BLE001  # a stream may be closed, full, or somebody's own
            self._losses.add("the stream failed", failed, max(1, len(lines) - done))

    def drain(self, seconds: float) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing runs; the stream is its owner's."""

    def after_fork(self) -> None:
        """Nothing is held."""


class NowhereSink:
    """Takes everything and writes nothing."""

    def write(self, lines: Sequence[str]) -> None:
        """Forget."""

    def drain(self, seconds: float) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing runs; the stream is its owner's."""

    def after_fork(self) -> None:
        """Nothing is held."""


def sink_for(to: str | TextIO, losses: Losses) -> Sink:
    """The sink that a word or an address names.

    Args:
        to: ``stdout``, ``off``, the agent's address (its port is 25888 unless changed), or a stream.
        losses: Where it counts.

    Raises:
        BadRequest: It is none of these.
    """
    if not isinstance(to, str):
        return StreamSink(to, losses)
    if to == "stdout":
        return StreamSink(None, losses)
    if to == "off":
        return NowhereSink()
    try:
        address = urlsplit(to)
        protocol, host, port = address.scheme, address.hostname, address.port
    except ValueError:
        protocol, host, port = "", None, None
    if protocol not in ("tcp", "udp") or not host or not port:
        raise BadRequest(f"metrics cannot be written to {to!r}", f"write {FORMS}")
    return AgentSink(protocol, host, port, losses)
