"""The record of every AWS call that was made: what, where, whether it could change anything, and how it ended."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from threading import Lock

__all__ = ["Call", "CallLog", "is_mutating"]

# An operation that begins with one of these words changes nothing …
_READING_VERBS = (
    "BatchDescribe",
    "BatchGet",
    "Check",
    "Describe",
    "Detect",
    "Estimate",
    "Filter",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Preview",
    "Query",
    "Scan",
    "Search",
    "Select",
    "Simulate",
    "Test",
    "TransactGet",
    "Validate",
    "Verify",
)

# … except where the name misleads, either way. Services by botocore's name.
_EXCEPTIONS: Mapping[tuple[str, str], bool] = {
    ("application-autoscaling", "GetPredictiveScalingForecast"): False,
    ("cloudwatch", "GetMetricWidgetImage"): False,
    ("dynamodb", "ExecuteStatement"): True,
    ("ecr", "BatchCheckLayerAvailability"): False,
    ("iam", "GenerateCredentialReport"): True,
    ("kms", "Decrypt"): False,
    ("kms", "Encrypt"): False,
    ("logs", "StartQuery"): False,
    ("logs", "StopQuery"): False,
    ("logs", "TestTransformer"): False,
    ("rds", "DownloadDBLogFilePortion"): False,
    ("sns", "CheckIfPhoneNumberIsOptedOut"): False,
    ("sqs", "ReceiveMessage"): True,
    ("sts", "AssumeRole"): False,
    ("sts", "AssumeRoleWithSAML"): False,
    ("sts", "AssumeRoleWithWebIdentity"): False,
    ("sts", "DecodeAuthorizationMessage"): False,
}

_READING = re.compile(rf"(?:{'|'.join(_READING_VERBS)})(?=[A-Z0-9]|$)")


def is_mutating(service: str, operation: str) -> bool:
    """Whether a call of this operation can change anything in the account.

    Args:
        service: botocore's name of the service.
        operation: The operation's name; `METHOD /path` where it is unknown, which mutates unless GET or HEAD.
    """
    exception = _EXCEPTIONS.get((service, operation))
    if exception is not None:
        return exception
    method, _, path = operation.partition(" ")
    if path:
        return method not in ("GET", "HEAD", "OPTIONS")
    return _READING.match(operation) is None


@dataclass(frozen=True)
class Call:
    """One AWS call that the sandbox answered.

    Attributes:
        sequence: 1 for the first call since the start or the last reset, in order of arrival.
        at: When it arrived, by the sandbox's clock.
        service: botocore's name of the service.
        operation: The operation's name.
        region: The region it was signed for.
        mutating: Whether such a call can change anything.
        status: The HTTP status of the answer; 0 where there was none.
        error: The AWS error code of the answer, or None; the fault's kind where there was no answer.
        actor: Who made it: the application id in the user agent, else the access key.
    """

    sequence: int
    at: datetime
    service: str
    operation: str
    region: str
    mutating: bool
    status: int
    error: str | None = None
    actor: str = ""


class CallLog:
    """All calls since the start or the last reset. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.clear()

    def arrived(self) -> tuple[int, Callable[[Call], None]]:
        """A call has arrived.

        Returns:
            Its number, and what records it once it is answered; if the calls are forgotten meanwhile, so is it.
        """
        with self._lock:
            page = self._calls

            def record(call: Call) -> None:
                with self._lock:
                    page.append(call)

            return next(self._sequence), record

    def all(self) -> list[Call]:
        """The calls answered so far, in order of arrival."""
        with self._lock:
            return sorted(self._calls, key=lambda call: call.sequence)

    def clear(self) -> None:
        """Forget them, and count from 1 again."""
        with self._lock:
            self._calls: list[Call] = []
            self._sequence = count(1)
