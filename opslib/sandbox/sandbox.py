"""A running sandbox, from the outside: start one or attach to it, call it, seed it, turn its clock, count its calls."""

from __future__ import annotations

import http.client
import os
import select
import subprocess
import sys
import tempfile
from datetime import datetime
from http import HTTPStatus
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel

from opslib.errors import BadRequest, SandboxError, SandboxFailed, SandboxNotRunning
from opslib.sandbox.messages import (
    AdvanceClock,
    CallRecord,
    Calls,
    ClockReading,
    Confirm,
    Problem,
    Ready,
    SandboxStatus,
)

if TYPE_CHECKING:
    from opslib.sandbox.workload import Workload

__all__ = ["Sandbox", "SandboxClock"]

MessageType = TypeVar("MessageType", bound=BaseModel)

START_SECONDS = 30.0  # it takes about one; a machine under full load takes several
STOP_SECONDS = 10.0
CONTROL_SECONDS = 60.0  # seeding makes some fifty AWS calls in one control request

# Variables that would lead an AWS SDK away from the sandbox.
_LEADING_AWAY = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)


class SandboxClock:
    """The clock of a running sandbox, read and turned over HTTP."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def now(self) -> datetime:
        """The sandbox's time, in UTC."""
        return self._sandbox._ask("GET", "/clock", ClockReading).now  # noqa: SLF001  # the other half of one class

    def advance(self, seconds: float) -> datetime:
        """Turn the clock forward.

        Args:
            seconds: How far; the clock never turns back.

        Returns:
            The time it is then.

        Raises:
            BadRequest: `seconds` is negative.
        """
        if seconds < 0:
            raise BadRequest(f"the sandbox's clock was to turn back by {-seconds:g} s", "it only turns forward")
        message = AdvanceClock(advance_seconds=seconds)
        return self._sandbox._ask("POST", "/clock", ClockReading, message).now  # noqa: SLF001  # as above


class Sandbox:
    """An AWS account in a box.

    As a context manager it starts a server in a process of its own, which ends with the context, and with this process
    however that ends. `Sandbox.attach(url)` takes one that already runs.

    Args:
        port: Where it listens on 127.0.0.1; 0 takes a free port.
        start_seconds: How long to wait for it.
    """

    def __init__(self, port: int = 0, start_seconds: float = START_SECONDS) -> None:
        self._port = port
        self._start_seconds = start_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._url = ""
        self._session: Any = None
        self.clock = SandboxClock(self)

    @classmethod
    def attach(cls, url: str) -> Sandbox:
        """Take a sandbox that already runs; leaving it as a context does not end it.

        Args:
            url: Its address.

        Raises:
            SandboxNotRunning: Nothing answers there.
        """
        sandbox = cls()
        sandbox._url = url.rstrip("/")
        sandbox.status()
        return sandbox

    def __enter__(self) -> Self:
        if not self._url:
            self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and wait until it can be called.

        Raises:
            SandboxFailed: It ended, or was not ready in time; the message has its last words.
        """
        self._log = log = tempfile.TemporaryFile()  # noqa: SIM115  # closed by stop()
        command = [sys.executable, "-m", "opslib.sandbox", "--port", str(self._port), "--parent-pipe"]
        self._process = process = subprocess.Popen(  # noqa: S603  # our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=_without_leading_away(),
            start_new_session=True,  # Ctrl-C is for the parent, which then ends the sandbox
        )
        line = self._ready_line(process)
        if not line:
            raise self._failed(process, log)
        self._url = Ready.model_validate_json(line).url

    def stop(self) -> None:
        """End the server that this object started; of one that it attached to, only let go."""
        process, self._process = self._process, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._log is not None:
            self._log.close()
            self._log = None
        self._url = ""

    @property
    def url(self) -> str:
        """Where it is reached.

        Raises:
            SandboxNotRunning: It was not started, or has been stopped.
        """
        if not self._url:
            raise SandboxNotRunning("this sandbox is not running", "use it as `with Sandbox() as sandbox:`")
        return self._url

    def environment(self) -> dict[str, str]:
        """The variables with which any process's boto3, AWS CLI or SDK reaches the sandbox and nothing else.

        Returns:
            Only the variables to set. A caller that passes them on to a process should also leave out AWS_PROFILE and
            AWS_SESSION_TOKEN of its own environment.
        """
        region = self.status().region
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
            # Files of the machine's user must not lead elsewhere either.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client of the sandbox, whatever the environment says.

        Args:
            service: botocore's name of the service (`ecs`).
            region: Another region than the sandbox's default.
        """
        import boto3
        from botocore.config import Config

        if self._session is None:
            self._session = boto3.session.Session()  # one, because each reads AWS's models anew
        return self._session.client(
            service,
            region_name=region or self.status().region,
            endpoint_url=self.url,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",  # noqa: S106  # not a secret
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )

    def seed(self, workload: Workload) -> SandboxStatus:
        """Create a workload, with exactly its ARNs and identifiers.

        Raises:
            SandboxError: Something of it exists already, or the account holds another account's resources.
        """
        return self._ask("POST", "/seed", SandboxStatus, workload)

    def status(self) -> SandboxStatus:
        """How the sandbox is, and what is in it.

        Raises:
            SandboxNotRunning: Nothing answers.
        """
        return self._ask("GET", "/status", SandboxStatus)

    def calls(self) -> list[CallRecord]:
        """Every AWS call since the start or the last reset, in order of arrival."""
        return list(self._ask("GET", "/calls", Calls).calls)

    def reset_calls(self) -> None:
        """Forget the calls made so far, and count from 1 again."""
        self._ask("DELETE", "/calls", Calls)

    def confirm_subscription(self, subscription_arn: str) -> None:
        """Confirm an SNS subscription, as the owner of the endpoint would.

        Raises:
            SandboxError: There is no such subscription.
        """
        self._ask("POST", "/confirm", Confirm, Confirm(subscription_arn=subscription_arn))

    def reset(self) -> None:
        """Empty the account and forget its calls. The clock keeps its time."""
        self._ask("POST", "/reset", SandboxStatus)

    def _ask(self, method: str, path: str, answer: type[MessageType], message: BaseModel | None = None) -> MessageType:
        # http.client, because urllib would go by way of the environment's proxy.
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=CONTROL_SECONDS)
        body = None if message is None else message.model_dump_json()
        try:
            connection.request(method, f"/_sandbox{path}", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = response.read()
            if response.status != HTTPStatus.OK:
                problem = Problem.model_validate_json(content).problem
                kind = SandboxFailed if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR else SandboxError
                raise kind(f"the sandbox refused {method} {path}", problem)
            return answer.model_validate_json(content)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SandboxNotRunning(
                f"no sandbox answers at {self.url} ({error})", "start one: opslib sandbox"
            ) from error
        finally:
            connection.close()

    def _ready_line(self, process: subprocess.Popen[bytes]) -> bytes:
        """The server's first line, or nothing when it ended or was too slow."""
        output = process.stdout
        if output is None:
            return b""
        readable, _, _ = select.select([output], [], [], self._start_seconds)
        return output.readline() if readable else b""

    def _failed(self, process: subprocess.Popen[bytes], log: IO[bytes]) -> SandboxFailed:
        """Take leave of a server that did not come up, with its last words."""
        try:
            how = f"ended with code {process.wait(1)}"
        except subprocess.TimeoutExpired:
            process.kill()
            how = f"was not ready after {self._start_seconds:g} s"
        log.seek(0)
        last_lines = log.read().decode(errors="replace").strip().splitlines()[-3:]
        self.stop()
        said = " | ".join(last_lines) or "it said nothing; is opslib-aws[sandbox] installed?"
        return SandboxFailed(f"the sandbox {how}", said)


def _without_leading_away() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _LEADING_AWAY}
