"""What a canary runs: it asks each address in turn, as a user's browser would, and fails at the first that is not well.

It is read as text and runs in CloudWatch Synthetics' Python runtime: nothing but the standard library is there for it.
"""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any

__all__ = ["handler"]

_MOST_BYTES = 1_000_000


class NotWell(Exception):
    """An address does not answer as it should; the message is the reason of the failed run."""


def handler(event: object, context: object) -> None:
    """One run.

    Args:
        event: Not looked at.
        context: Not looked at.

    Raises:
        NotWell: an address does not answer as it should.
    """
    del event, context
    for check in json.loads(os.environ["CHECKS"]):
        _visit(**check)


def _visit(url: str, contains: str, seconds: float) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "canary"})  # noqa: S310  http and https alone are given
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310
            body: Any = answer.read(_MOST_BYTES)
    except OSError as problem:  # what urllib raises is one
        raise NotWell(f"{url}: {problem}") from problem
    if contains.encode() not in body:
        raise NotWell(f"{url}: {contains!r} is not in the answer")
