"""The sandbox in this very process: its calls cost no network, and a fork is a snapshot of it.

Everything else is as in the server: the same gateway applies a call, checks the invariants and then answers, throttles
or withholds the answer, so that what a caller was not told of *was* applied. Its clock stands still until somebody
turns it, and every call takes a hundredth of a second: a case that is run again takes the same course to the digit.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

import time_machine
from pydantic import BaseModel

from opslib.errors import SandboxError
from opslib.sandbox.account import Account
from opslib.sandbox.answer import Answer
from opslib.sandbox.gateway import Gateway
from opslib.sandbox.inside import client_inside
from opslib.sandbox.request import Environ
from opslib.sandbox.sandbox import Sandbox
from opslib.sandbox.server import _listen, _silence

__all__ = ["ADDRESS", "Inside", "environment"]

ADDRESS = "http://sandbox.inside"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CALL_SECONDS = 0.01


class Inside(Sandbox):
    """The sandbox, in this process. There is one a process: moto keeps its world in its modules."""

    def __init__(self) -> None:
        super().__init__()
        _silence()
        self.account = Account()
        self._gateway = Gateway(self.account)
        self._url = ADDRESS
        self.account.clock._traveller = time_machine.travel(START, tick=False).start()

    def answer(self, environ: Environ, body: bytes) -> Answer:
        """Answer an HTTP request as the server would; a connection that is cut raises `ConnectionCut`."""
        if not environ.get("PATH_INFO", "").startswith("/_sandbox"):
            self.account.schedule.advance(CALL_SECONDS)
        return self._gateway._any(environ, body)

    def client(self, service: str, region: str | None = None, *, actor: str = "sandbox") -> Any:
        """See `Sandbox.client`."""
        return client_inside(self.answer, service, region or self.account.region, actor)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Let it be reached over the network, too: seeding does that. Its threads are gone afterwards."""
        server = _listen(0, self._gateway)
        os.environ["MOTO_PORT"] = str(server.server_port)
        self._gateway.listens_at(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def control(self, path: str, message: Any) -> Any:
        """Use a control route that has no method."""
        answer = self._gateway._any(_control("POST", path), json.dumps(message).encode())
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def _ask(self, method: str, path: str, answer: type[Any], message: BaseModel | None = None) -> Any:
        body = b"" if message is None else message.model_dump_json().encode()
        answered = self._gateway._any(_control(method, path), body)
        if answered.status != 200:
            raise SandboxError(f"the sandbox refused {method} {path}", answered.body.decode())
        return answer.model_validate_json(answered.body)


def environment(region: str) -> dict[str, str]:
    """The variables with which this process's AWS clients can only mean the sandbox."""
    return {
        "AWS_ENDPOINT_URL": ADDRESS,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _control(method: str, path: str) -> Environ:
    return cast("Environ", {"REQUEST_METHOD": method, "PATH_INFO": f"/_sandbox{path}"})
