"""Asking AWS: one page after the other, as often as its throttling wants it, and nothing that changes anything."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from opslib.clients import Clients, aws_call, is_throttling

__all__ = ["Asking"]

THROTTLED_SECONDS: Final = (5, 15, 45)
"""How long to wait after each throttled call, once the client's own attempts are used up."""

_PAGED_BY: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("synthetics", "DescribeCanaries"): ("NextToken", "NextToken"),
    ("wafv2", "ListWebACLs"): ("NextMarker", "NextMarker"),
}
"""The tokens of lists of which boto3 does not know how they are paged: what is asked with, and what an answer has."""


class Asking:
    """Reads AWS by the names of its operations.

    Args:
        clients: In whose account and region.
        sleep: Waits for so many seconds.
    """

    def __init__(self, clients: Clients, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.clients = clients
        self._sleep = sleep

    def in_region(self, region: str) -> Asking:
        """The same in another region."""
        return Asking(self.clients.in_region(region), sleep=self._sleep)

    def ask(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """One answer.

        Raises:
            Refused: AWS denies it, or throttles it for more than a minute.
            NoCredentials: There are none, or AWS does not accept them.
            Unreachable: AWS does not answer.
        """
        client = self.clients.client(service)  # type: ignore[call-overload]  # any service
        methods = {name: method for method, name in client.meta.method_to_api_mapping.items()}
        waits = iter(THROTTLED_SECONDS)
        while True:
            with aws_call(f"{service}:{operation} in {self.clients.region}"):
                try:
                    answer: Mapping[str, Any] = getattr(client, methods[operation])(**parameters)
                except client.exceptions.ClientError as problem:
                    seconds = next(waits, None) if is_throttling(problem) else None
                    if seconds is None:
                        raise
                else:
                    return answer
            self._sleep(seconds)

    def each(self, service: str, operation: str, listed: str, /, **parameters: Any) -> Iterator[Any]:
        """What an operation lists, over all pages.

        Args:
            service: boto3's name of the service.
            operation: AWS's name of the operation; boto3, or the table above, knows how it is paged.
            listed: Under which name an answer has its list, with dots where that is within another.
            **parameters: What it is asked with.
        """
        tokens_in, tokens_out = self._tokens(service, operation)
        more: dict[str, Any] = {}
        while True:
            answer = self.ask(service, operation, **parameters, **more)
            yield from _within(answer, listed) or ()
            given = {name: _within(answer, token) for name, token in zip(tokens_in, tokens_out, strict=True)}
            following = {name: token for name, token in given.items() if token}
            if not following or following == more:
                return
            more = following

    def _tokens(self, service: str, operation: str) -> tuple[list[str], list[str]]:
        if (service, operation) in _PAGED_BY:
            asked, answered = _PAGED_BY[service, operation]
            return [asked], [answered]
        client = self.clients.client(service)  # type: ignore[call-overload]  # any service
        methods = {name: method for method, name in client.meta.method_to_api_mapping.items()}
        model = client.get_paginator(methods[operation])._pagination_cfg  # noqa: SLF001  boto3's own table of tokens
        return _names(model["input_token"]), _names(model["output_token"])

    def in_parts(
        self,
        service: str,
        operation: str,
        listed: str,
        /,
        *,
        many: Sequence[str],
        of: str,
        most: int,
        **parameters: Any,
    ) -> Iterator[Any]:
        """What an operation tells of named things, so many at once as it takes.

        Args:
            service: boto3's name of the service.
            operation: AWS's name of the operation.
            listed: Under which name an answer has its list.
            many: The names or ARNs.
            of: Under which name they are asked for.
            most: How many a call takes.
            **parameters: What else it is asked with.
        """
        for start in range(0, len(many), most):
            yield from self.ask(service, operation, **{of: list(many[start : start + most])}, **parameters)[listed]


def _names(token: str | list[str]) -> list[str]:
    return [token] if isinstance(token, str) else token


def _within(answer: Mapping[str, Any], path: str) -> Any:
    """What stands in an answer under a name, or under names within each other; None where there is nothing."""
    found: Any = answer
    for name in path.split("."):
        found = (found or {}).get(name)
    return found
