"""A running sandbox, from the outside: start one or attach to it, call it, seed it, turn its clock, count its calls."""

from __future__ import annotations

import http.client
import os
from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, RootModel

from opslib.errors import SandboxError, SandboxFailed, SandboxNotRunning
from opslib.sandbox.messages import (
    AllSettings,
    CallRecord,
    Calls,
    Confirm,
    Problem,
    SandboxStatus,
    SeedRandom,
)
from opslib.sandbox.process import ServerProcess
from opslib.sandbox.turned_clock import SandboxClock

if TYPE_CHECKING:
    from opslib.sandbox.behaviour.traffic.script import TrafficScript, TrafficState
    from opslib.sandbox.faults.fault import Fault, Fired
    from opslib.sandbox.invariants.violation import Violation
    from opslib.sandbox.workload import Workload

__all__ = ["Sandbox"]

MessageType = TypeVar("MessageType", bound=BaseModel)

START_SECONDS = 120.0  # it takes about one; a process that ends before is told at once
CONTROL_SECONDS = 60.0  # seeding makes some fifty AWS calls in one control request


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
        self._process: ServerProcess | None = None
        self._url = ""
        self._session: Any = None
        self.clock = SandboxClock(self._ask)

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
        self._process = ServerProcess(self._port, self._start_seconds)
        self._url = self._process.url

    def stop(self) -> None:
        """End the server that this object started; of one that it attached to, only let go."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()
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

    def client(self, service: str, region: str | None = None, *, actor: str = "sandbox") -> Any:
        """A boto3 client of the sandbox, whatever the environment says; it makes each call once.

        Args:
            service: botocore's name of the service (`ecs`).
            region: Another region than the sandbox's default.
            actor: Who calls, where a test has several people or programs act: its access key.
        """
        import boto3
        from botocore.config import Config

        if self._session is None:
            self._session = boto3.session.Session()  # one, because each reads AWS's models anew
        return self._session.client(
            service,
            region_name=region or self.status().region,
            endpoint_url=self.url,
            aws_access_key_id=actor,
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

    def confirm_subscription(self, subscription: str) -> None:
        """Confirm SNS subscriptions, as the owner of the endpoint would.

        Args:
            subscription: The ARN of one, or an endpoint: an address or a URL.

        Raises:
            SandboxError: There is no such subscription.
        """
        self._ask("POST", "/confirm", Confirm, Confirm(subscription=subscription))

    def faults(self, *faults: Fault) -> None:
        """Let things go wrong: add faults to the script, in this order. A reset disarms them.

        Args:
            *faults: What befalls which call.
        """
        from opslib.sandbox.faults.fault import Script

        self._ask("POST", "/faults", Script, RootModel(faults))

    def fired(self) -> list[Fired]:
        """Every fault that fired since the script was last cleared, in the order of the calls they befell."""
        from opslib.sandbox.faults.fault import Script

        return list(self._ask("GET", "/faults", Script).fired)

    def clear_faults(self) -> None:
        """Disarm all faults, and forget what fired."""
        from opslib.sandbox.faults.fault import Script

        self._ask("DELETE", "/faults", Script)

    def victim(self, pid: int) -> None:
        """Say which process the faults `kill_before` and `kill_after` kill.

        Args:
            pid: The process that calls the sandbox; calls that carry a header `X-Sandbox-Pid` say it themselves.
        """
        from opslib.sandbox.faults.fault import Pid

        self._ask("POST", "/pid", Pid, Pid(pid=pid))

    def invariants(self, *names: str) -> None:
        """Check these invariants after every call from now on, and no others; earlier violations are forgotten.

        Args:
            *names: Those of `opslib.sandbox.invariants`, or `all`; none switches them off.

        Raises:
            SandboxError: There is no such invariant.
        """
        from opslib.sandbox.invariants.violation import Invariants, SwitchOn

        self._ask("POST", "/invariants", Invariants, SwitchOn(on=names))

    def violations(self) -> list[Violation]:
        """What did not hold since the invariants were switched on, in order."""
        from opslib.sandbox.invariants.violation import Violations

        return list(self._ask("GET", "/violations", Violations).violations)

    def settled(self) -> list[Violation]:
        """Check what has to be true when a procedure has ended.

        Returns:
            What does not hold; it is among the violations from now on.
        """
        from opslib.sandbox.invariants.violation import Violations

        return list(self._ask("POST", "/invariants/settled", Violations).violations)

    def good(self, cluster: str, service: str, *task_definitions: str) -> None:
        """Say which revisions of a service were good: what a rollback may go back to.

        Args:
            cluster: The service's cluster.
            service: Its name.
            *task_definitions: As `family:revision` or ARN; they take the place of those said before.
        """
        from opslib.sandbox.invariants.violation import Good

        told = Good(cluster=cluster, service=service, task_definitions=task_definitions)
        self._ask("POST", "/good", Good, told)

    def seed_random(self, seed: int) -> None:
        """Begin the sandbox's random numbers anew; `status().seed` tells what they began with.

        Args:
            seed: What they follow from, at least 0.
        """
        self._ask("POST", "/seed-random", SeedRandom, SeedRandom(seed=seed))

    def behaviour(self, **settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Change settings of behaviours; without any, only read them. A reset brings AWS's own back.

        Args:
            **settings: By the behaviour's name, the fields to change.

        Returns:
            All settings that then hold, by behaviour and field, in JSON's types.
        """
        return self._ask("POST", "/behaviour", AllSettings, AllSettings(settings)).root

    def traffic(self, script: TrafficScript | None) -> TrafficState:
        """Let a synthetic load run in place of the one that does; None ends it, and with it what AWS itself publishes.

        Args:
            script: The load; `TrafficScript()` is a healthy product.
        """
        from opslib.sandbox.behaviour.traffic.script import TrafficState

        return self._ask("DELETE" if script is None else "POST", "/traffic", TrafficState, script)

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
