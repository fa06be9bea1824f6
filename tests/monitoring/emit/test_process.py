"""The life of a process: standard output, the thread, the end, a fork, Lambda, the environment's variables."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from opslib.monitoring import emitted
from opslib.monitoring.emit import Emitter, from_environment
from tests.monitoring.emit.extract import extract

pytestmark = pytest.mark.feature("M9")

PROGRAM = """
import os, sys, threading, time
from opslib.monitoring import emit, emitted
emitter = emit.from_environment()
"""


def run(program: str, **variables: str) -> tuple[list[Any], str]:
    """What a program wrote, and what it said."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OPSLIB_", "AWS_"))}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + program],
        env=clean | variables,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return extract(done.stdout.splitlines()), done.stderr


def test_the_end_of_the_process_writes() -> None:
    found, said = run(
        "emitter.count(emitted.CLAIMS, 3)",
        OPSLIB_EMIT_ENVIRONMENT="shop-prod",
        OPSLIB_EMIT_SERVICE="api",
    )
    assert [(one.dimensions, one.values) for one in found] == [
        ((("Environment", "shop-prod"), ("Service", "api")), (3,))
    ]
    assert said == ""


def test_nothing_starts_before_the_first_value() -> None:
    found, _ = run("sys.stderr.write(str(threading.active_count()))")
    assert found == []
    _, said = run("sys.stderr.write(str(threading.active_count()))")
    assert said == "1"
    _, said = run("emitter.count(emitted.CLAIMS); sys.stderr.write(str(threading.active_count()))")
    assert said == "2"


def test_a_child_process_writes_its_own_and_only_its_own() -> None:
    found, said = run(
        """
emitter.count(emitted.CLAIMS, 1)
emitter.heartbeat(emitted.HEARTBEAT)
child = os.fork()
emitter.count(emitted.CLAIMS, 10 if child else 200)
if child:
    assert os.waitpid(child, 0)[1] == 0
else:
    emitter.flush()
    os._exit(0)
"""
    )
    assert sorted(one.values for one in found if one.name == "Claims") == [(11,), (200,)]
    assert said == ""


def test_a_child_process_keeps_its_parents_heartbeat(tmp_path: Path) -> None:
    run(
        f"""
class OwnFile:
    def write(self, text):
        with open(r"{tmp_path}/" + ("child" if os.getpid() != parent else "parent"), "a") as file:
            file.write(text)
    def flush(self):
        pass
parent = os.getpid()
beating = emit.Emitter(environment="shop-prod", service="api", to=OwnFile(), flush_seconds=0.02)
beating.heartbeat(emitted.HEARTBEAT)
child = os.fork()
if child:
    assert os.waitpid(child, 0)[1] == 0
else:
    own, deadline = r"{tmp_path}/child", time.monotonic() + 60
    while not (os.path.exists(own) and os.path.getsize(own)) and time.monotonic() < deadline:
        time.sleep(0.01)
    os._exit(0)
"""
    )
    found = extract((tmp_path / "child").read_text(encoding="utf-8").splitlines())
    assert {(one.name, one.values) for one in found} == {("Heartbeat", (1,))}


def test_a_signals_handler_may_write_at_any_moment() -> None:
    found, said = run(
        """
import signal
sent = 0
def handler(number, frame):
    global sent
    sent += 1
    emitter.count(emitted.CLAIMS, 1000)
    emitter.flush()
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
for _ in range(100_000):
    emitter.count(emitted.CLAIMS)
signal.setitimer(signal.ITIMER_REAL, 0)
sys.stderr.write(str(sent))
"""
    )
    # Python runs handlers at calls and jumps, and none stands between the reading and the writing of a sum.
    assert sum(one.values[0] for one in found) == 100_000 + 1000 * int(said)
    assert int(said) > 3


def test_a_closed_standard_output_is_survived_and_counted() -> None:
    _, said = run(
        """
emitter.count(emitted.CLAIMS)
sys.stdout.close()
emitter.flush()
sys.stderr.write(str(dict(emitter.written.lost)))
sys.stdout = None
emitter.count(emitted.CLAIMS)
"""
    )
    assert "{'the stream failed': 1}" in said
    assert "Traceback" not in said


def test_on_lambda_the_handlers_end_writes_and_no_thread_runs() -> None:
    found, said = run(
        """
@emitter.flushing()
def handler(event, context):
    emitter.count(emitted.CLAIMS, event)
    if event == 2:
        raise KeyError(event)
    return event

assert handler(1, None) == 1
try:
    handler(2, None)
except KeyError:
    pass
sys.stderr.write(str(threading.active_count()))
sys.stderr.flush()
os._exit(0)  # frozen for ever
""",
        AWS_LAMBDA_FUNCTION_NAME="claims",
    )
    assert [(dict(one.dimensions)["Service"], one.values) for one in found] == [("claims", (1,)), ("claims", (2,))]
    assert said == "1"


def test_an_async_handler_writes_at_its_end(emitter) -> None:
    @emitter.flushing()
    async def handler() -> int:
        emitter.count(emitted.CLAIMS)
        await asyncio.sleep(0)
        emitter.count(emitted.CLAIMS)
        return 7

    assert asyncio.run(handler()) == 7
    assert [one.values for one in extract(emitter.out.getvalue().splitlines())] == [(2,)]


def test_a_block_writes_at_its_end(emitter) -> None:
    emitter.count(emitted.CLAIMS)
    with pytest.raises(KeyError), emitter.flushing():
        raise KeyError
    assert emitter.out.getvalue().count("\n") == 1


def test_the_thread_writes_in_time_with_a_heartbeat() -> None:
    out = io.StringIO()
    emitter = Emitter(environment="shop-prod", service="api", to=out, flush_seconds=0.05)
    emitter.heartbeat(emitted.HEARTBEAT)
    deadline = time.monotonic() + 60
    while out.getvalue().count("\n") < 4:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    emitter.close()
    found = extract(out.getvalue().splitlines())
    assert {(one.name, one.values) for one in found} == {("Heartbeat", (1,))}
    written = out.getvalue()
    emitter.count(emitted.CLAIMS)
    time.sleep(0.1)
    assert out.getvalue() == written


def test_a_document_is_dated_by_its_first_value(emitter, monkeypatch) -> None:
    clock = iter([1_800_000_059.9, 1_800_000_060.1])
    monkeypatch.setattr("opslib.monitoring.emit.series.time.time", lambda: next(clock))
    emitter.count(emitted.CLAIMS)
    emitter.count(emitted.CLAIMS)
    assert [one.timestamp_milliseconds for one in emitter.extracted()] == [1_800_000_059_900]


def test_a_stream_that_fails_is_survived_and_counted() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, f"No space left on device for {text}")

    emitter = Emitter(environment="shop-prod", service="api", to=Full(), flush_seconds=None)
    emitter.count(emitted.CLAIMS)
    emitter.flush()
    assert emitter.written.lost == {"the stream failed": 1}


def test_off_writes_nothing() -> None:
    found, said = run("emitter.count(emitted.CLAIMS)", OPSLIB_EMIT="off")
    assert (found, said) == ([], "")


def test_a_wrong_address_does_not_stop_the_application(caplog, capsys) -> None:
    with caplog.at_level(logging.WARNING, "opslib.emit"):
        emitter = from_environment({"OPSLIB_EMIT": "smoke signals", "AWS_LAMBDA_FUNCTION_NAME": "f"})
    assert "OPSLIB_EMIT: metrics cannot be written to 'smoke signals'" in caplog.text
    emitter.count(emitted.CLAIMS)
    emitter.flush()
    (found,) = extract(capsys.readouterr().out.splitlines())
    assert found.dimensions == (("Environment", "unknown"), ("Service", "f"))


def test_a_write_within_a_write_is_left_to_the_next_and_nothing_is_lost() -> None:
    class Interrupted(io.StringIO):
        """A stream in the middle of whose writes a signal's handler comes; like Python's own it takes none of its."""

        handler = staticmethod(lambda: None)
        inside = False

        def write(self, text: str) -> int:
            if self.inside:
                raise RuntimeError("reentrant call")
            self.inside = True
            self.handler()
            self.inside = False
            return super().write(text)

    stream = Interrupted()
    emitter = Emitter(environment="shop-prod", service="api", to=stream)

    def handler() -> None:
        stream.handler = lambda: None
        emitter.count(emitted.CLAIMS, 1000)
        emitter.flush()

    stream.handler = handler
    emitter.count(emitted.CLAIMS)
    emitter.flush()
    emitter.flush()
    assert sum(one.values[0] for one in extract(stream.getvalue().splitlines())) == 1001
    assert emitter.written.lost == {}
