"""What a handler is given: one call of an operation that moto lacks, or is too kind about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from opslib.sandbox.account import Account
from opslib.sandbox.answer import Answer, parameters_of, result_of, rewritten
from opslib.sandbox.request import AwsRequest, Environ

__all__ = ["GapCall", "Handler"]


class GapCall:
    """A call to be answered, with the way through to moto.

    Args:
        request: The call.
        environ: Its WSGI environment.
        body: Its body.
        account: The sandbox's account.
        ask_moto: Answers a call as moto does.
    """

    def __init__(
        self,
        request: AwsRequest,
        environ: Environ,
        body: bytes,
        account: Account,
        ask_moto: Callable[[AwsRequest, Environ, bytes], Answer],
    ) -> None:
        self.request = request
        self._environ = environ
        self._body = body
        self._account = account
        self._ask_moto = ask_moto

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The operation's parameters, under AWS's names; timestamps are naive UTC, as moto keeps them."""
        return parameters_of(self.request, self._environ, self._body)

    @property
    def body(self) -> bytes:
        """The call's body as it was sent."""
        return self._body

    def header(self, name: str) -> str:
        """A header of the call, empty where there is none."""
        return str(self._environ.get(f"HTTP_{name.upper().replace('-', '_')}", ""))

    @property
    def account(self) -> Account:
        """The sandbox's account: its clock, its schedule, and what behaviours keep."""
        return self._account

    @property
    def account_id(self) -> str:
        """The account that is called."""
        return str(self._environ["HTTP_X_MOTO_ACCOUNT_ID"])

    @property
    def region(self) -> str:
        """The region that is called."""
        return self.request.region

    def record(self, kind: str) -> dict[str, Any]:
        """What gaps remember under this name in this region."""
        return self._account.record(kind, self.region)

    def record_of_account(self, kind: str) -> dict[str, Any]:
        """What gaps remember under this name whichever region is called, of services that have none."""
        return self._account.record(kind)

    def through(self, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Let moto answer.

        Args:
            parameters: Other parameters than the caller's.

        Returns:
            moto's result, under AWS's names.

        Raises:
            AwsError: moto's answer is an error.
        """
        environ, body = self._environ, self._body
        if parameters is not None:
            environ, body = rewritten(self.request, environ, parameters)
        return result_of(self.request, self._ask_moto(self.request, environ, body))


Handler = Callable[[GapCall], Mapping[str, Any] | None]
