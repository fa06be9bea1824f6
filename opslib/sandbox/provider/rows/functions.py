"""Lambda: functions, who may invoke them, and what becomes of events that they fail on."""

from __future__ import annotations

from collections.abc import Iterator

from opslib.sandbox.provider.archives import Zipped
from opslib.sandbox.provider.codecs import Many
from opslib.sandbox.provider.records import Field, Record
from opslib.sandbox.provider.row import Call, Change, Known, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import arns, matching, within
from opslib.sandbox.provider.values import CheckFailure

__all__ = ["ROWS"]

_FUNCTION = {"FunctionName": "{id}"}
_INVOKED = "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions"
_SETTLED = "function_updated_v2"

_CONFIGURATION = (
    Field("role", "Role"),
    Field("handler", "Handler"),
    Field("runtime", "Runtime"),
    Field("description", "Description"),
    Field("timeout", "Timeout", default=3),
    Field("memorySize", "MemorySize", default=128),
    Field("environment", "Environment", Record((Field("variables", "Variables"),))),
    Field("deadLetterConfig", "DeadLetterConfig", Record((Field("targetArn", "TargetArn"),))),
    Field(
        "loggingConfig",
        "LoggingConfig",
        Record(
            (
                Field("logFormat", "LogFormat"),
                Field("logGroup", "LogGroup", computed=True),
                Field("applicationLogLevel", "ApplicationLogLevel", computed=True),
                Field("systemLogLevel", "SystemLogLevel", computed=True),
            )
        ),
        computed=True,
    ),
)
_CODE = Field("code", "Code.ZipFile", Zipped(), live="-")
_ARCHITECTURES = Field("architectures", "Architectures", Many(), computed=True)

_PUBLISHED = frozenset({one.name for one in _CONFIGURATION} | {"code", "architectures", "publish"})


def _code(inputs: Known) -> Iterator[CheckFailure]:
    if not inputs.sets("code"):
        yield CheckFailure("code", "is required: the stand-in provider knows neither images nor code in S3")


FUNCTION = ResourceType(
    token="aws:lambda/function:Function",  # noqa: S106 - Pulumi's word for a type's name
    service="lambda",
    fields=(
        Field("name", "FunctionName"),
        *_CONFIGURATION,
        _CODE,
        _ARCHITECTURES,
        Field("packageType", "PackageType", default="Zip"),
        Field("publish", "Publish", live="-", default=False),
        Field("reservedConcurrentExecutions", "", live="Concurrency.ReservedConcurrentExecutions"),
        Field("skipDestroy", "", default=False),
    ),
    create=Call("create_function"),
    changes=(
        Change(
            call=Call("put_function_concurrency", _FUNCTION),
            fields=(Field("reservedConcurrentExecutions", "ReservedConcurrentExecutions"),),
            otherwise=Call("delete_function_concurrency", _FUNCTION),
            at_create=True,
        ),
        Change(call=Call("update_function_configuration", _FUNCTION), fields=_CONFIGURATION, wait=_SETTLED),
        Change(
            call=Call("update_function_code", _FUNCTION),
            fields=(Field("code", "ZipFile", Zipped()), _ARCHITECTURES),
            wait=_SETTLED,
        ),
        Change(call=Call("publish_version", _FUNCTION), on=_PUBLISHED, when=("publish", True), wait=_SETTLED),
    ),
    delete=Call("delete_function", _FUNCTION),
    lookups=(
        Lookup(call=Call("get_function", _FUNCTION), at="Configuration"),
        Lookup(call=Call("get_function_concurrency", _FUNCTION), into="Concurrency"),
        Lookup(call=Call("list_versions_by_function", _FUNCTION), at="Versions", last=True, into="Newest"),
    ),
    identity="{name}",
    outputs={
        "arn": "{live.FunctionArn}",
        "version": "{live.Newest.Version}",
        "qualifiedArn": "{live.FunctionArn}:{live.Newest.Version}",
        "invokeArn": f"{_INVOKED}/{{live.FunctionArn}}/invocations",
        "lastModified": "{live.LastModified}",
        "codeSha256": "{live.CodeSha256}",
        "sourceCodeSize": "{live.CodeSize}",
    },
    replace_on=frozenset({"name", "packageType"}),  # ForceNew; no operation changes them
    autoname="",
    tags=Tagging(
        path="Tags",
        pair=(),
        tag=Call("tag_resource", {"Resource": "{arn}", "Tags": "{tags}"}),
        untag=Call("untag_resource", {"Resource": "{arn}", "TagKeys": "{keys}"}),
        listing=Call("list_tags", {"Resource": "{arn}"}),
    ),
    rules=(
        _code,
        arns("role"),
        matching("name", r"[a-zA-Z0-9-_]{1,64}", "letters, digits, - and _, 64 at most"),
        within("memorySize", 128, 10_240),
        within("timeout", 1, 900),
        within("reservedConcurrentExecutions", 0, 1000),
    ),
)

PERMISSION = ResourceType(
    token="aws:lambda/permission:Permission",  # noqa: S106 - a type's name
    service="lambda",
    fields=(
        Field("statementId", "StatementId", live="Sid"),
        Field("function", "FunctionName", live="-"),
        Field("action", "Action"),
        Field("principal", "Principal", live="Principal.Service"),
        Field("sourceArn", "SourceArn", live="Condition.ArnLike.AWS:SourceArn"),
        Field("sourceAccount", "SourceAccount", live="Condition.StringEquals.AWS:SourceAccount"),
        Field("qualifier", "Qualifier", live="-"),
    ),
    create=Call("add_permission"),
    delete=Call("remove_permission", {"FunctionName": "{function}", "StatementId": "{id}"}),
    lookups=(
        Lookup(
            call=Call("get_policy", {"FunctionName": "{function}"}),
            at="Policy",
            inside="Statement",
            where={"Sid": "{id}"},
        ),
    ),
    identity="{statementId}",
    # ForceNew, all of them: there is no operation that changes a permission.
    replace_on=frozenset({"action", "function", "principal", "qualifier", "sourceAccount", "sourceArn", "statementId"}),
    rules=(
        matching("principal", r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com|\d{12}", "a service or an account"),
        arns("sourceArn"),
    ),
)

EVENT_INVOKE_CONFIG = ResourceType(
    token="aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",  # noqa: S106 - a type's name
    service="lambda",
    fields=(
        Field("functionName", "FunctionName", live="-"),
        Field("maximumRetryAttempts", "MaximumRetryAttempts", default=2),
        Field("maximumEventAgeInSeconds", "MaximumEventAgeInSeconds"),
    ),
    create=Call("put_function_event_invoke_config"),
    update={},
    delete=Call("delete_function_event_invoke_config", {"FunctionName": "{id}"}),
    lookups=(Lookup(call=Call("get_function_event_invoke_config", {"FunctionName": "{id}"})),),
    identity="{functionName}",
    outputs={"functionName": "{id}"},
    replace_on=frozenset({"functionName"}),  # ForceNew
    rules=(within("maximumRetryAttempts", 0, 2), within("maximumEventAgeInSeconds", 60, 21_600)),
)

ROWS = (FUNCTION, PERMISSION, EVENT_INVOKE_CONFIG)
