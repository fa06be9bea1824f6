"""The CloudWatch agent's socket: a thread of its own sends, so that an agent that is gone delays nobody."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence

from opslib.monitoring.emit.losses import Losses

__all__ = ["AgentSink"]

MOST_WAITING = 1_000
"""Documents that wait for an agent; at 16 KB the most are 16 MB."""

SOCKET_SECONDS = 1.0
"""How long the sending thread waits for a connection, or for an agent that does not read."""

SHORTEST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


class AgentSink:
    """Sends documents, a line each, by TCP or a datagram each by UDP.

    By TCP a document that could not be sent is sent again on a new connection; by UDP it is gone. The oldest wait
    longest: what finds no room any more is lost, and counted.
    """

    def __init__(self, protocol: str, host: str, port: int, losses: Losses) -> None:
        self._kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
        self._address = (host, port)
        self._losses = losses
        self.after_fork()

    def after_fork(self) -> None:
        """Start anew in a child process: the connection and what waited are the parent's."""
        self._changed = threading.Condition()
        self._waiting: deque[str] = deque()
        self._busy = False
        self._closed = False
        self._thread: threading.Thread | None = None
        self._socket: socket.socket | None = None

    def write(self, lines: Sequence[str]) -> None:
        """Put documents into the queue; never blocks."""
        with self._changed:
            room = MOST_WAITING - len(self._waiting)
            self._waiting.extend(lines[:room])
            self._changed.notify_all()
            self._start()
        if len(lines) > room:
            self._losses.add("the agent's queue is full", self._address, len(lines) - room)

    def drain(self, seconds: float) -> None:
        """Wait until the queue is empty, at most so long."""
        until = time.monotonic() + seconds
        with self._changed:
            while self._thread is None and self._waiting and time.monotonic() < until:
                if not self._sent(self._waiting.popleft()):
                    self._losses.add("the process ended before the agent was reached", self._address)
            self._changed.wait_for(lambda: not self._waiting and not self._busy, until - time.monotonic())

    def close(self) -> None:
        """End the thread; what still waits is lost, and counted."""
        with self._changed:
            left = len(self._waiting) + self._busy
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        if left:
            self._losses.add("the agent did not take it before the end", self._address, left)

    def _start(self) -> None:
        if self._thread is not None:
            return
        thread = threading.Thread(target=self._run, name="opslib-emit-agent", daemon=True)
        # From Python 3.12 no thread starts once the process ends; then `drain` sends.
        with contextlib.suppress(RuntimeError):
            thread.start()
            self._thread = thread

    def _run(self) -> None:
        pause = SHORTEST_PAUSE_SECONDS
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                line = self._waiting.popleft()
                self._busy = True
            while not self._sent(line):
                with self._changed:
                    if self._changed.wait_for(lambda: self._closed, pause):
                        return
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            pause = SHORTEST_PAUSE_SECONDS

    def _sent(self, line: str) -> bool:
        """Send a document; whether it is done with, sent or lost for good."""
        try:
            if self._socket is None:
                self._socket = self._connected()
            self._socket.sendall(f"{line}\n".encode())
        except OSError as failed:
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.close()
                self._socket = None
            if self._kind == socket.SOCK_DGRAM:
                self._losses.add("a datagram could not be sent", failed)
                return True
            self._losses.add("the agent was not reached; tried again", failed)
            return False
        return True

    def _connected(self) -> socket.socket:
        if self._kind == socket.SOCK_STREAM:
            return socket.create_connection(self._address, SOCKET_SECONDS)
        family, kind, protocol, _, address = socket.getaddrinfo(*self._address, type=self._kind)[0]
        connected = socket.socket(family, kind, protocol)
        connected.settimeout(SOCKET_SECONDS)
        connected.connect(address)
        return connected
