"""What a Task calls: a function, or an operation of AWS, through the sandbox itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from moto.core.utils import get_service_model

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.functions.invoking import Invocation, invoke
from opslib.sandbox.behaviour.functions.resolving import parse_name
from opslib.sandbox.behaviour.service_calls import ask
from opslib.sandbox.behaviour.state_machines.failures import StateFailed

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["Resource", "call_resource", "read_resource"]

WAITS = ".waitForTaskToken"

# AWS's names of services in `aws-sdk:` resources that are not botocore's.
_SERVICES: Mapping[str, str] = {
    "applicationautoscaling": "application-autoscaling",
    "cloudwatchlogs": "logs",
    "elasticloadbalancingv2": "elbv2",
    "eventbridge": "events",
    "sfn": "stepfunctions",
    "states": "stepfunctions",
}
# How AWS writes services in the names of errors, where it is not the resource's name with a capital.
_IN_ERRORS: Mapping[str, str] = {
    "applicationautoscaling": "ApplicationAutoScaling",
    "autoscaling": "AutoScaling",
    "cloudformation": "CloudFormation",
    "cloudwatch": "CloudWatch",
    "cloudwatchlogs": "CloudWatchLogs",
    "dynamodb": "DynamoDb",
    "elasticloadbalancingv2": "ElasticLoadBalancingV2",
    "eventbridge": "EventBridge",
    "secretsmanager": "SecretsManager",
}


class Resource:
    """A Task's Resource, read.

    Args:
        arn: As the definition has it.

    Attributes:
        arn: As the definition has it.
        service: As the resource names it (`ecs`, `lambda`).
        action: The operation (`updateService`); of a function's ARN `function`.
        waits: Whether the task goes on only when somebody sends its token.
    """

    def __init__(self, arn: str) -> None:
        self.arn = arn
        self.waits = arn.endswith(WAITS)
        parts = arn.removesuffix(WAITS).split(":")
        self.service, self.action = "", ""
        if parts[2:3] == ["lambda"]:
            self.service, self.action = "lambda", "function"
        elif parts[2:3] == ["states"] and len(parts) > 6:  # noqa: PLR2004  # arn:aws:states:::service:action
            self.service, self.action = parts[-2], parts[-1]

    @property
    def is_function(self) -> bool:
        """Whether it is a function itself, whose answer is the result."""
        return self.action == "function"

    @property
    def kind(self) -> str:
        """AWS's resourceType in a history."""
        return "aws-sdk:" + self.service if "aws-sdk:" in self.arn else self.service


@lru_cache(maxsize=256)
def read_resource(arn: str) -> Resource:
    """Read a Task's Resource."""
    return Resource(arn)


def call_resource(account: Account, region: str, resource: Resource, parameters: Any) -> Any:
    """Call what a Task calls.

    Args:
        account: The sandbox's account.
        region: Where the state machine is.
        resource: What is called.
        parameters: The task's input, under AWS's names with a capital.

    Returns:
        The result, under such names.

    Raises:
        StateFailed: It failed; the error's name is AWS's.
    """
    try:
        if resource.is_function:
            return _invoke(account, region, resource.arn.removesuffix(WAITS), json.dumps(parameters))["Payload"]
        if resource.service == "lambda" and resource.action == "invoke":
            return _invoke_operation(account, region, parameters)
        return _call(account, region, resource, parameters)
    except AwsError as error:
        name = _IN_ERRORS.get(resource.service, resource.service.capitalize())
        suffix = "" if error.code.endswith("Exception") else "Exception"
        raise StateFailed(f"{name}.{error.code.rpartition('.')[2]}{suffix}", error.message) from error


def _invoke_operation(account: Account, region: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    name = str(parameters["FunctionName"])
    if qualifier := parameters.get("Qualifier"):
        name = f"{name}:{qualifier}"
    payload = parameters.get("Payload")
    return _invoke(account, region, name, payload if isinstance(payload, str) else json.dumps(payload))


def _invoke(account: Account, region: str, name: str, payload: str) -> dict[str, Any]:
    where = name.split(":")[3] if name.startswith("arn:") else region
    done = invoke(account, Invocation(where, parse_name(name), payload.encode()))
    answer = json.loads(done.outcome.payload or b"null")
    if done.outcome.error is not None:
        error = answer.get("errorType", "Lambda.Unknown") if isinstance(answer, dict) else "Lambda.Unknown"
        raise StateFailed(error, json.dumps(answer))
    return {"ExecutedVersion": done.version, "Payload": answer, "StatusCode": 200}


def _call(account: Account, region: str, resource: Resource, parameters: Any) -> Any:
    service = _SERVICES.get(resource.service, resource.service)
    operation = _operation(service, resource.action)
    shape = get_service_model(service).operation_model(operation)
    given = _given(shape.input_shape, parameters if isinstance(parameters, dict) else {})
    return _told(shape.output_shape, ask(account, region, service, operation, given))


def _operation(service: str, action: str) -> str:
    try:
        names = get_service_model(service).operation_names
    except Exception as error:
        raise StateFailed("States.Runtime", f"The sandbox knows no service {service}") from error
    for name in names:
        if name.lower() == action.lower() or xform_name(name) == xform_name(action):
            return str(name)
    raise StateFailed("States.Runtime", f"{service} has no operation {action}")


def _given(shape: Any, value: Any) -> Any:
    """Parameters under the model's own names; a structure where AWS takes a text is written as JSON."""
    if shape is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        members = {name.lower(): name for name in shape.members}
        known = {members.get(name.lower(), name): each for name, each in value.items()}
        return {n: _given(shape.members[n], each) if n in shape.members else each for n, each in known.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [_given(shape.member, each) for each in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {name: _given(shape.value, each) for name, each in value.items()}
    return json.dumps(value) if shape.type_name == "string" and isinstance(value, dict | list) else value


def _told(shape: Any, value: Any) -> Any:
    """A result as JSON can hold it, its names with a capital."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if shape is not None and shape.type_name == "structure" and isinstance(value, dict):
        return {n[0].upper() + n[1:]: _told(shape.members.get(n), each) for n, each in value.items()}
    if isinstance(value, dict):
        inner = shape.value if shape is not None and shape.type_name == "map" else None
        return {str(name): _told(inner, each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        inner = shape.member if shape is not None and shape.type_name == "list" else None
        return [_told(inner, each) for each in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
