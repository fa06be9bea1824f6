"""A call that has arrived and is to be answered, as the layers around the answer see it: faults and invariants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from opslib.sandbox.answer import parameters_of
from opslib.sandbox.request import AwsRequest, Environ

__all__ = ["Arrival"]


@dataclass(frozen=True)
class Arrival:
    """A call on its way to its answer.

    Attributes:
        sequence: Its number, as in the record of calls.
        at: When it arrived, by the sandbox's clock.
        request: Which operation.
        environ: Its WSGI environment.
        body: Its body.
        mutating: Whether such a call can change anything.
        actor: Who makes it.
    """

    sequence: int
    at: datetime
    request: AwsRequest
    environ: Environ
    body: bytes
    mutating: bool
    actor: str

    @property
    def service(self) -> str:
        """The name botocore has for the service."""
        return self.request.service

    @property
    def operation(self) -> str:
        """The operation's name."""
        return self.request.operation

    @property
    def region(self) -> str:
        """The region that is called."""
        return self.request.region

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The operation's parameters, under AWS's names; none of an operation that botocore does not know."""
        return parameters_of(self.request, self.environ, self.body) if self.request.known else {}
