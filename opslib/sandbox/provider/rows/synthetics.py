"""CloudWatch Synthetics: canaries whose script is in S3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from opslib.sandbox.provider.codecs import Plain
from opslib.sandbox.provider.records import Field, Record
from opslib.sandbox.provider.row import Call, Change, Known, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import arns, matching
from opslib.sandbox.provider.values import CheckFailure

__all__ = ["ROWS"]

_OF = {"Name": "{id}"}


@dataclass(frozen=True, slots=True)
class _Location(Plain):
    """A place in S3, which AWS tells without the scheme."""

    def same(self, one: Any, other: Any) -> bool:
        """With or without."""
        return Plain().same(_bare(one), _bare(other))


def _bare(location: Any) -> Any:
    return location.removeprefix("s3://") if isinstance(location, str) else location


_SCHEDULE = Record((Field("expression", "Expression"), Field("durationInSeconds", "DurationInSeconds", computed=True)))
_RUN = Record(
    (
        Field("timeoutInSeconds", "TimeoutInSeconds", computed=True),
        Field("memoryInMb", "MemoryInMB", computed=True),
        Field("activeTracing", "ActiveTracing", computed=True),
        # AWS never tells them: what is set is what was set.
        Field("environmentVariables", "EnvironmentVariables", live="-"),
    )
)
_CHANGED = (
    Field("executionRoleArn", "ExecutionRoleArn"),
    Field("runtimeVersion", "RuntimeVersion"),
    Field("schedule", "Schedule", _SCHEDULE),
    Field("runConfig", "RunConfig", _RUN),
    Field("successRetentionPeriod", "SuccessRetentionPeriodInDays", default=31),
    Field("failureRetentionPeriod", "FailureRetentionPeriodInDays", default=31),
    Field("artifactS3Location", "ArtifactS3Location", _Location()),
    Field("handler", "Code.Handler"),
    Field("s3Bucket", "Code.S3Bucket", live="-"),
    Field("s3Key", "Code.S3Key", live="-"),
)


def _script(inputs: Known) -> Iterator[CheckFailure]:
    for name in ("s3Bucket", "s3Key"):
        if not inputs.sets(name):
            yield CheckFailure(name, "is required (the stand-in provider knows no zipFile)")
    handler = inputs.get("handler")
    if handler is not None and not handler.endswith(".handler"):
        yield CheckFailure("handler", f"is {handler!r}; it ends in .handler")


CANARY = ResourceType(
    token="aws:synthetics/canary:Canary",  # noqa: S106 - Pulumi's word for a type's name
    service="synthetics",
    fields=(
        Field("name", "Name"),
        *_CHANGED,
        Field("startCanary", "", live="-", default=False),
        Field("deleteLambda", "", live="-", default=False),
    ),
    create=Call("create_canary"),
    changes=(
        Change(call=Call("update_canary", _OF), fields=_CHANGED),
        Change(
            call=Call("start_canary", _OF),
            on=frozenset({"startCanary"}),
            when=("startCanary", True),
            otherwise=Call("stop_canary", _OF),
            at_create=("startCanary", True),
        ),
    ),
    delete=Call("delete_canary", {**_OF, "DeleteLambda": "{deleteLambda}"}),
    lookups=(Lookup(call=Call("get_canary", _OF), at="Canary"),),
    identity="{name}",
    outputs={"arn": "arn:{partition}:synthetics:{region}:{account_id}:canary:{name}", "status": "{live.Status.State}"},
    replace_on=frozenset({"name"}),  # ForceNew
    tags=Tagging(
        path="Tags",
        pair=(),
        tag=Call("tag_resource", {"ResourceArn": "{arn}", "Tags": "{tags}"}),
        untag=Call("untag_resource", {"ResourceArn": "{arn}", "TagKeys": "{keys}"}),
        listing=Call("list_tags_for_resource", {"ResourceArn": "{arn}"}),
    ),
    rules=(_script, arns("executionRoleArn"), matching("name", r"[a-z0-9_-]{1,255}", "small letters, digits, - and _")),
)

ROWS = (CANARY,)
