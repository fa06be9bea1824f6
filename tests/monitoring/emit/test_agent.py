"""The CloudWatch agent's socket, real: it is there, it is not, it comes back, it does not read."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from opslib.errors import BadRequest
from opslib.monitoring import emitted
from opslib.monitoring.emit import Emitter
from opslib.monitoring.emit import agent as agents
from tests.monitoring.emit.extract import extract

pytestmark = pytest.mark.feature("M9")

HOST = "127.0.0.1"


class Agent:
    """A CloudWatch agent as far as the socket goes: it keeps the lines that it was sent."""

    def __init__(self, port: int = 0) -> None:
        self._server = socket.create_server((HOST, port))
        self.port = self._server.getsockname()[1]
        self.lines: list[str] = []
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self._connections.append(connection)
                threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection.makefile(encoding="utf-8") as lines:
            self.lines.extend(line.rstrip("\n") for line in lines if line.endswith("\n"))

    def stop(self) -> None:
        # The listening socket first, so that nobody gets through to it any more.
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


@pytest.fixture
def free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def emitter_to() -> Iterator[Callable[[str], Emitter]]:
    made: list[Emitter] = []

    def make(address: str) -> Emitter:
        made.append(Emitter(environment="shop-prod", service="api", to=address, log_group="/shop", flush_seconds=None))
        return made[-1]

    yield make
    for emitter in made:
        emitter.close(wait_seconds=0)


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_documents_arrive_by_tcp(emitter_to) -> None:
    agent = Agent()
    emitter = emitter_to(f"tcp://{HOST}:{agent.port}")
    for value in (1, 2, 3):
        emitter.count(emitted.CLAIMS, value)
        emitter.flush()
    until(lambda: len(agent.lines) == 3)
    assert [one.values for one in extract(agent.lines)] == [(1,), (2,), (3,)]
    assert all('"LogGroupName":"/shop"' in line for line in agent.lines)
    agent.stop()


def test_documents_arrive_by_udp_a_datagram_each(emitter_to) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((HOST, 0))
        server.settimeout(60)
        emitter = emitter_to(f"udp://{HOST}:{server.getsockname()[1]}")
        for value in (1, 2):
            emitter.count(emitted.CLAIMS, value)
            emitter.flush()
        lines = [server.recv(65_536).decode().rstrip("\n") for _ in range(2)]
    assert [one.values for one in extract(lines)] == [(1,), (2,)]


def test_a_dead_agent_delays_nobody_and_what_it_misses_is_counted(emitter_to, free_port, monkeypatch) -> None:
    monkeypatch.setattr(agents, "MOST_WAITING", 20)
    emitter = emitter_to(f"tcp://{HOST}:{free_port}")
    began = time.perf_counter()
    for _ in range(200):
        emitter.count(emitted.CLAIMS)
        emitter.flush(wait_seconds=0)
    assert time.perf_counter() - began < 60, "who waited for each new attempt would take ten minutes"
    until(lambda: "the agent was not reached; tried again" in emitter.written.lost)
    lost = emitter.written.lost["the agent's queue is full"]
    assert 200 - 20 - 1 <= lost <= 200 - 20
    emitter.flush(wait_seconds=0.2)  # and not until the agent is there
    emitter.close(wait_seconds=0)
    assert emitter.written.lost["the agent did not take it before the end"] == 200 - lost


def test_an_agent_that_does_not_read_delays_nobody(emitter_to, monkeypatch) -> None:
    monkeypatch.setattr(agents, "MOST_WAITING", 5)
    with socket.create_server((HOST, 0), backlog=1) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        emitter = emitter_to(f"tcp://{HOST}:{server.getsockname()[1]}")
        tokens = emitted.TOKENS.at({"Agent": "rag"})
        began = time.perf_counter()
        for _ in range(200):
            for number in range(400):
                emitter.record(tokens, number / 7)
            emitter.flush(wait_seconds=0)
        assert time.perf_counter() - began < 120, "who waited for the socket each time would take 200 seconds"
        assert emitter.written.lost["the agent's queue is full"] > 0


def test_an_agent_that_comes_back_gets_what_waited(emitter_to) -> None:
    first = Agent()
    emitter = emitter_to(f"tcp://{HOST}:{first.port}")
    emitter.count(emitted.CLAIMS, 1)
    emitter.flush()
    until(lambda: len(first.lines) == 1)
    first.stop()
    # What TCP took into its buffers as the agent went is gone; it is only noticed with what comes next.
    until(lambda: _notices(emitter))
    emitter.count(emitted.CLAIMS, 7)
    emitter.flush(wait_seconds=0)
    second = Agent(first.port)
    until(lambda: any(one.values == (7,) for one in extract(second.lines)))
    second.stop()


def _notices(emitter: Emitter) -> bool:
    emitter.count(emitted.CLAIMS, 0)
    emitter.flush(wait_seconds=0.05)
    return "the agent was not reached; tried again" in emitter.written.lost


def test_a_dead_agent_by_udp_is_counted(emitter_to, free_port) -> None:
    emitter = emitter_to(f"udp://{HOST}:{free_port}")

    def refused() -> bool:
        emitter.count(emitted.CLAIMS)
        emitter.flush()
        return bool(emitter.written.lost)

    # The network says of a datagram that it was refused when the next one is sent.
    until(refused)
    assert set(emitter.written.lost) == {"a datagram could not be sent"}


@pytest.mark.parametrize(
    "address",
    ["", "stderr", "http://127.0.0.1:1", "tcp://127.0.0.1", "tcp://:1", "udp://h:99999", "tcp://[::1", "tcp:h:1"],
)
def test_an_address_that_is_none_says_which_there_are(address: str) -> None:
    with pytest.raises(BadRequest, match=r"stdout, off, tcp://host:port or udp://host:port"):
        Emitter(environment="shop-prod", service="api", to=address)
