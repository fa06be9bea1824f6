"""AWS as ports: one a service. A call goes out once; what its failure says of the world is decided by a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from opslib.clients import Clients, is_throttling, translate
from opslib.errors import NoCredentials, OpslibError, Refused, Unreachable
from opslib.procedure.observation import Call
from opslib.procedure.ports import Declined, NotNow, Port, Unknown

__all__ = ["AwsPort", "AwsPorts", "action", "regional"]

_SERVER_ERROR = 500

_NEVER_SENT = frozenset({"ConnectTimeoutError", "EndpointConnectionError", "ProxyConnectionError"})
"""botocore's errors of a connection that was never made: the request did not leave."""


class AwsPort:
    """A service of AWS in a region.

    Args:
        clients: AWS clients.
        service: boto3's name of the service, such as ``ecs``.
        region: The region; None: that of the clients.
    """

    def __init__(self, clients: Clients, service: str, *, region: str | None = None) -> None:
        self._clients = clients
        self._service = service
        self._region = region

    def read(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask; botocore repeats it as often as it likes.

        Raises:
            Declined: AWS refuses to say; `code` is AWS's.
            NotNow: throttled or unreachable, and that after all repetitions.
        """
        try:
            return self._call(operation, parameters, "read")
        except Exception as problem:
            error = self._read_failure(operation, problem)
            if error is None:
                raise
            raise error from None

    def send(self, call: Call) -> Mapping[str, Any]:
        """Send a call, once: botocore's own repetition after a lost answer would act twice.

        Raises:
            Declined: AWS refused it; nothing was changed.
            NotNow: throttled, or never sent; nothing was changed.
            Unknown: the answer was lost, or AWS failed in the middle.
        """
        try:
            return self._call(call.operation, call.parameters, "mutate")
        except Exception as problem:
            error = self._send_failure(call.operation, problem)
            if error is None:
                raise
            raise error from None

    def _call(self, operation: str, parameters: Mapping[str, Any], purpose: Any) -> Mapping[str, Any]:
        client = self._clients.client(self._service, region=self._region, purpose=purpose)  # type: ignore[call-overload]  # any service
        # boto3's methods by AWS's names of the operations: DescribeServices is describe_services.
        methods = {name: method for method, name in client.meta.method_to_api_mapping.items()}
        answer: Mapping[str, Any] = getattr(client, methods[operation])(**parameters)
        return answer

    def _read_failure(self, operation: str, problem: Exception) -> OpslibError | None:
        translated = self._translated(operation, problem)
        if translated is None:
            return None
        if is_throttling(problem) or _status(problem) >= _SERVER_ERROR or isinstance(translated, Unreachable):
            return NotNow(translated.what, translated.next_step)
        return Declined(translated.what, translated.next_step, code=_code(problem))

    def _send_failure(self, operation: str, problem: Exception) -> OpslibError | None:
        translated = self._translated(operation, problem)
        if translated is None:
            return None
        if is_throttling(problem) or type(problem).__name__ in _NEVER_SENT:
            return NotNow(translated.what, translated.next_step)
        answered = bool(_code(problem)) and _status(problem) < _SERVER_ERROR
        if answered or isinstance(translated, NoCredentials) or _is_malformed(problem):
            return Declined(translated.what, translated.next_step, code=_code(problem))
        return Unknown(translated.what, translated.next_step)

    def _translated(self, operation: str, problem: Exception) -> OpslibError | None:
        doing = f"{self._service}:{operation}"
        if isinstance(problem, OpslibError):
            return problem
        if _is_malformed(problem):
            return Refused(f"{doing}: {problem}", "this is a bug in opslib")
        return translate(problem, doing=doing)


class AwsPorts(Mapping[str, Port]):
    """Every service of AWS as a port, made when it is first named; and the ports that are not AWS.

    Args:
        clients: AWS clients.
        others: The other ports by their names.

    A service in another region than the clients' is ``SERVICE@REGION`` (`regional`).
    """

    def __init__(self, clients: Clients, others: Mapping[str, Port]) -> None:
        self._clients = clients
        self._ports = dict(others)

    def __getitem__(self, name: str) -> Port:
        if name not in self._ports:
            service, _, region = name.partition("@")
            self._ports[name] = AwsPort(self._clients, service, region=region or None)
        return self._ports[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ports)

    def __len__(self) -> int:
        return len(self._ports)


def regional(service: str, region: str, home: str) -> str:
    """The name of a service's port in a region.

    Args:
        service: boto3's name of the service.
        region: The region that is meant.
        home: The region of the stack, whose ports have plain names.
    """
    return service if region == home else f"{service}@{region}"


_PREFIXES = {"elbv2": "elasticloadbalancing", "stepfunctions": "states"}
"""IAM's names of services where they are not boto3's."""

_ACTIONS = {
    "budgets:DescribeBudgets": "budgets:ViewBudget",
    "budgets:DescribeNotificationsForBudget": "budgets:ViewBudget",
    "budgets:DescribeSubscribersForNotification": "budgets:ViewBudget",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjectsV2": "s3:ListBucket",
}
"""IAM's names of operations where they are not the API's."""


def action(port: str, operation: str) -> str:
    """IAM's name of an operation: ``ecs:UpdateService``."""
    service = port.partition("@")[0]
    name = f"{_PREFIXES.get(service, service)}:{operation}"
    return _ACTIONS.get(name, name)


def _is_malformed(problem: Exception) -> bool:
    """Whether botocore itself refused the parameters: nothing left this machine."""
    return "ParamValidationError" in {ancestor.__name__ for ancestor in type(problem).__mro__}


def _answer(problem: Exception) -> Mapping[str, Any]:
    return getattr(problem, "response", None) or {}  # a lost connection's error has None


def _code(problem: Exception) -> str:
    return str(_answer(problem).get("Error", {}).get("Code", ""))


def _status(problem: Exception) -> int:
    return int(_answer(problem).get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
