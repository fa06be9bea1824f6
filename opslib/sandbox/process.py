"""The sandbox's server as a process, from the side of the one that starts it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile

from opslib.errors import SandboxFailed
from opslib.sandbox.messages import Ready

__all__ = ["ServerProcess"]

STOP_SECONDS = 10.0

# Variables that would lead an AWS SDK away from the sandbox.
_LEADING_AWAY = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)


class ServerProcess:
    """A server that this process started, and that ends with it.

    Args:
        port: Where it listens on 127.0.0.1; 0 takes a free port.
        start_seconds: How long to wait for it.

    Attributes:
        url: Where it is reached.
        pid: Its process.

    Raises:
        SandboxFailed: It ended, or was not ready in time; the message has its last words.
    """

    def __init__(self, port: int, start_seconds: float) -> None:
        self._start_seconds = start_seconds
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # closed by stop()
        command = [sys.executable, "-m", "opslib.sandbox", "--port", str(port), "--parent-pipe"]
        self._process = subprocess.Popen(  # noqa: S603  # our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={name: value for name, value in os.environ.items() if name not in _LEADING_AWAY},
            start_new_session=True,  # Ctrl-C is for the parent, which then ends the sandbox
        )
        line = self._ready_line()
        if not line:
            raise self._failed()
        ready = Ready.model_validate_json(line)
        self.url, self.pid = ready.url, ready.pid

    def stop(self) -> None:
        """End it."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _ready_line(self) -> bytes:
        """The server's first line, or nothing when it ended or was too slow."""
        output = self._process.stdout
        if output is None:
            return b""
        readable, _, _ = select.select([output], [], [], self._start_seconds)
        return output.readline() if readable else b""

    def _failed(self) -> SandboxFailed:
        """Take leave of a server that did not come up, with its last words."""
        try:
            how = f"ended with code {self._process.wait(1)}"
        except subprocess.TimeoutExpired:
            self._process.kill()
            how = f"was not ready after {self._start_seconds:g} s"
        self._log.seek(0)
        last_lines = self._log.read().decode(errors="replace").strip().splitlines()[-3:]
        self.stop()
        said = " | ".join(last_lines) or "it said nothing; is opslib-aws[sandbox] installed?"
        return SandboxFailed(f"the sandbox {how}", said)
