"""Lambda: handlers that run, revision ids that are checked, versions that are counted, code that has to be there."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from moto.awslambda.utils import get_backend
from moto.s3.exceptions import MissingBucket
from moto.s3.models import s3_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.functions.handlers import handler_of
from opslib.sandbox.behaviour.functions.invoking import Invocation, invoke, invoke_later, new_id, settings_of
from opslib.sandbox.behaviour.functions.kept import keep, kept
from opslib.sandbox.behaviour.functions.resolving import LATEST, parse_name, resolve
from opslib.sandbox.behaviour.functions.revisions import (
    check_revision,
    check_settled,
    is_updating,
    next_version,
    renew,
    revision_of,
    same_as_published,
)
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

_FUNCTION_READERS = "GetFunction/GetFunctionConfiguration"
_MISSING = "Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {}"


def _storage(call: GapCall) -> Any:
    return get_backend(call.account_id, call.region)._lambdas  # noqa: SLF001  # moto has no other door to versions


def _function(call: GapCall) -> Any:
    """The version of the function that the call names, or that its alias points to."""
    named = parse_name(call.parameters["FunctionName"], call.parameters.get("Qualifier"))
    return resolve(call.account, call.region, named).function


def _latest(call: GapCall) -> Any:
    named = parse_name(call.parameters["FunctionName"])
    return resolve(call.account, call.region, parse_name(named.name, LATEST)).function


def invoke_function(call: GapCall) -> Mapping[str, Any] | None:
    """Run the function's handler now, later, or not at all (DryRun); without a handler of ours moto answers."""
    parameters = call.parameters
    named = parse_name(parameters["FunctionName"], parameters.get("Qualifier"))
    context = parameters.get("ClientContext")
    asked = Invocation(
        call.region,
        named,
        _bytes(parameters.get("Payload")),
        client_context=None if context is None else json.loads(base64.b64decode(context)),
    )
    kind = parameters.get("InvocationType") or "RequestResponse"
    if kind == "DryRun":
        resolve(call.account, call.region, named)
        return {"StatusCode": 204}
    _check_payload(asked.payload)
    if kind == "Event":
        invoke_later(call.account, asked)
        return {"StatusCode": 202, "Payload": b""}
    if handler_of(call.account, resolve(call.account, call.region, named).function) is None and not asked.payload:
        return None
    done = invoke(call.account, asked, call.account.lock(call.request.service))
    answer = {"StatusCode": 200, "ExecutedVersion": done.version, "Payload": done.outcome.payload}
    return answer if done.outcome.error is None else answer | {"FunctionError": done.outcome.error}


def _bytes(payload: Any) -> bytes:
    if payload is None:
        return b""
    return payload.encode() if isinstance(payload, str) else bytes(payload)


def _check_payload(payload: bytes) -> None:
    if payload:
        try:
            json.loads(payload)
        except ValueError as error:
            message = f"Could not parse request body into json: {error}"
            raise AwsError("InvalidRequestContentException", message, Type="User") from error


def _with_revision(call: GapCall, configuration: dict[str, Any], function: Any) -> dict[str, Any]:
    configuration |= kept(function)
    configuration["RevisionId"] = revision_of(call.account, function)
    if is_updating(function, call.account.clock.now()):
        configuration["LastUpdateStatus"] = "InProgress"
    return configuration


def create_function(call: GapCall) -> Mapping[str, Any]:
    """Of code that is there."""
    _check_code(call, call.parameters["Code"])
    call.through()
    function = _latest(call)
    keep(function, call.parameters)
    return _with_revision(call, function.get_configuration(), function)


def get_function(call: GapCall) -> Mapping[str, Any]:
    """With its revision id, and whether an update is in progress."""
    answer = call.through()
    _with_revision(call, answer["Configuration"], _function(call))
    return answer


def get_function_configuration(call: GapCall) -> Mapping[str, Any]:
    """As GetFunction's."""
    return _with_revision(call, call.through(), _function(call))


def update_function_code(call: GapCall) -> Mapping[str, Any]:
    """By its revision id, of code that is there, when no update is in progress; a dry run changes nothing."""
    function = _latest(call)
    _check_change(call, function)
    _check_code(call, call.parameters)
    if call.parameters.get("DryRun"):
        return _with_revision(call, call.through(), function)
    publishes = call.parameters.get("Publish", False)
    answer = call.through({**call.parameters, "Publish": False}) if publishes else call.through()
    _changed(call, function)
    if publishes:
        version = _publish(call, function, None)
        answer = answer | {"Version": str(version.version), "FunctionArn": version.function_arn}
        return _with_revision(call, answer, version)
    return _with_revision(call, answer, function)


def update_function_configuration(call: GapCall) -> Mapping[str, Any]:
    """By its revision id, when no update is in progress."""
    function = _latest(call)
    _check_change(call, function)
    answer = call.through()
    keep(function, call.parameters)
    _changed(call, function)
    return _with_revision(call, answer, function)


def _check_change(call: GapCall, function: Any) -> None:
    check_revision(call.parameters.get("RevisionId"), revision_of(call.account, function), _FUNCTION_READERS)
    check_settled(function, call.account.clock.now())


def _changed(call: GapCall, function: Any) -> None:
    until = call.account.clock.now() + timedelta(seconds=settings_of(call.account).update_seconds)
    renew(call.account, function, updating_until=until)


def _check_code(call: GapCall, code: Mapping[str, Any]) -> None:
    """Refuse code in S3 that is not there; moto takes it for empty."""
    if "S3Bucket" not in code:
        return
    backend = s3_backends[call.account_id]["aws"]
    try:
        found = backend.get_object(code["S3Bucket"], code.get("S3Key"), version_id=code.get("S3ObjectVersion"))
    except MissingBucket:
        message = _MISSING.format("NoSuchBucket", "The specified bucket does not exist")
        raise AwsError("InvalidParameterValueException", message, Type="User") from None
    if found is None:
        missing = ("NoSuchVersion", "The specified version does not exist.")
        wants_version = "S3ObjectVersion" in code
        message = _MISSING.format(*(missing if wants_version else ("NoSuchKey", "The specified key does not exist.")))
        raise AwsError("InvalidParameterValueException", message, Type="User")


def put_function_event_invoke_config(call: GapCall) -> None:
    """In the place of what was put before; moto goes on telling that."""
    _latest(call).event_invoke_config.clear()


def publish_version(call: GapCall) -> Mapping[str, Any]:
    """Of what was read, and only if it differs from the last one; numbers are not used again."""
    function, wanted_code = _latest(call), call.parameters.get("CodeSha256")
    _check_change(call, function)
    if wanted_code and wanted_code != function.code_sha_256:
        message = (
            f"CodeSHA256 ({wanted_code}) is different from current CodeSHA256 in $LATEST ({function.code_sha_256}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )
        raise AwsError("InvalidParameterValueException", message, Type="User")
    version = _publish(call, function, call.parameters.get("Description"))
    configuration: dict[str, Any] = version.get_configuration()
    return _with_revision(call, configuration, version)


def _publish(call: GapCall, function: Any, description: str | None) -> Any:
    """Publish a version, or find the last one when nothing has changed."""
    storage = _storage(call)
    versions = storage._functions[function.function_name]["versions"]  # noqa: SLF001  # as `_storage`
    if versions and same_as_published(function, versions[-1]):
        return versions[-1]
    number = next_version(function, versions)
    function.code_or_config_updated = True
    version = storage.publish_version(function.function_name, description or "")
    version.set_version(number)
    storage._arns[version.function_arn] = version  # noqa: SLF001  # as `_storage`
    renew(call.account, version)
    return version


def create_alias(call: GapCall) -> Mapping[str, Any] | None:
    """With a second version only where AWS allows one."""
    _check_routing(call, call.parameters["FunctionVersion"])
    return None


def update_alias(call: GapCall) -> Mapping[str, Any]:
    """By its revision id, which every update renews."""
    alias = _alias(call)
    check_revision(call.parameters.get("RevisionId"), alias.revision_id, "GetAlias")
    _check_routing(call, call.parameters.get("FunctionVersion") or alias.function_version)
    answer = call.through()
    answer["RevisionId"] = alias.revision_id = new_id(call.account)
    return answer


def _alias(call: GapCall) -> Any:
    named, name = parse_name(call.parameters["FunctionName"]), call.parameters["Name"]
    resolve(call.account, call.region, parse_name(named.name))
    found = next((each for each in _storage(call).list_aliases(named.name) if each.name == name), None)
    if found is None:
        arn = f"arn:aws:lambda:{call.region}:{call.account_id}:function:{named.name}:{name}"
        raise AwsError("ResourceNotFoundException", f"Cannot find alias arn: {arn}", 404, Type="User")
    return found


def _check_routing(call: GapCall, version: str) -> None:
    """AWS: one more version, a published one as the first, with a weight from 0 to 1."""
    weights = (call.parameters.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    if not weights:
        return
    problem = ""
    if len(weights) > 1:
        problem = "Number of items in AdditionalVersionWeights cannot be greater than 1"
    elif version == LATEST or LATEST in weights:
        problem = f"{LATEST} is not supported for an alias pointing to more than 1 version"
    elif version in weights:
        problem = f"Invalid function version {version}: it is already included in the routing configuration"
    elif not all(0 <= weight <= 1 for weight in weights.values()):
        problem = "Value at 'routingConfig.additionalVersionWeights' must be between 0.0 and 1.0"
    if problem:
        raise AwsError("InvalidParameterValueException", problem, Type="User")
    name = parse_name(call.parameters["FunctionName"]).name
    resolve(call.account, call.region, parse_name(name, next(iter(weights))))


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("lambda", "CreateAlias"): create_alias,
    ("lambda", "CreateFunction"): create_function,
    ("lambda", "GetFunction"): get_function,
    ("lambda", "GetFunctionConfiguration"): get_function_configuration,
    ("lambda", "Invoke"): invoke_function,
    ("lambda", "PublishVersion"): publish_version,
    ("lambda", "PutFunctionEventInvokeConfig"): put_function_event_invoke_config,
    ("lambda", "UpdateAlias"): update_alias,
    ("lambda", "UpdateFunctionCode"): update_function_code,
    ("lambda", "UpdateFunctionConfiguration"): update_function_configuration,
}
