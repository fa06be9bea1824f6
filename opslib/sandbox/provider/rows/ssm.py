"""Systems Manager: parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from opslib.sandbox.provider.codecs import KeyId
from opslib.sandbox.provider.records import Field
from opslib.sandbox.provider.row import Call, Known, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import exactly_one, one_of
from opslib.sandbox.provider.values import CheckFailure

__all__ = ["ROWS"]

_STANDARD_BYTES, _ADVANCED_BYTES = 4096, 8192  # AWS Systems Manager endpoints and quotas
_TAGGED = {"ResourceType": "Parameter", "ResourceId": "{id}"}


def _value(inputs: Known) -> Iterator[CheckFailure]:
    tier = inputs.get("tier", "Standard")
    most = _STANDARD_BYTES if tier == "Standard" else _ADVANCED_BYTES
    for name in ("value", "insecureValue"):
        if name in inputs and len(inputs[name].encode()) > most:
            hint = f"; the tier Advanced takes {_ADVANCED_BYTES}" if most == _STANDARD_BYTES else ""
            yield CheckFailure(name, f"has {len(inputs[name].encode())} bytes; AWS takes {most}{hint}")
        if name in inputs and "allowedPattern" in inputs and not re.fullmatch(inputs["allowedPattern"], inputs[name]):
            yield CheckFailure(name, "does not match allowedPattern")
    if inputs.get("type") == "SecureString" and inputs.sets("insecureValue"):
        yield CheckFailure("insecureValue", "cannot be set together with the type SecureString")


def _name(inputs: Known) -> Iterator[CheckFailure]:
    name = inputs.get("name")
    if name is None:
        return
    if not re.fullmatch(r"[A-Za-z0-9_.\-/]+", name):
        yield CheckFailure("name", f"is {name!r}; AWS takes letters, digits, _ . - and /")
    elif "/" in name and not name.startswith("/"):
        yield CheckFailure("name", f"is {name!r}; a name with / in it starts with /")
    elif name.count("/") > 15:  # noqa: PLR2004 - levels in a hierarchy of parameters
        yield CheckFailure("name", f"has {name.count('/')} levels; AWS takes 15")
    if re.match(r"/?(aws|ssm)", name, re.IGNORECASE):
        yield CheckFailure("name", f"is {name!r}; AWS keeps names that start with aws or ssm to itself")


PARAMETER = ResourceType(
    token="aws:ssm/parameter:Parameter",  # noqa: S106 - Pulumi's word for a type's name
    service="ssm",
    fields=(
        Field("name", "Name"),
        Field("type", "Type"),
        Field("value", "Value", computed=True),
        Field("insecureValue", "Value", computed=True, quiet=True),
        Field("description", "Description", live="Details.Description"),
        Field("allowedPattern", "AllowedPattern", live="Details.AllowedPattern"),
        Field("dataType", "DataType", live="Details.DataType", computed=True),
        Field("keyId", "KeyId", KeyId(), live="Details.KeyId", computed=True),
        Field("tier", "Tier", live="Details.Tier", computed=True),
        Field("overwrite", ""),
    ),
    create=Call("put_parameter", {"Overwrite": "{overwrite?}"}),
    update={"Overwrite": True},
    delete=Call("delete_parameter", {"Name": "{id}"}),
    lookups=(
        Lookup(call=Call("get_parameter", {"Name": "{id}", "WithDecryption": True}), at="Parameter"),
        Lookup(
            call=Call(
                "describe_parameters",
                {"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": ["{id}"]}]},
            ),
            at="Parameters",
            into="Details",
        ),
    ),
    identity="{name}",
    may_overwrite="overwrite",
    outputs={"arn": "{live.ARN}", "version": "{live.Version}"},
    replace_on=frozenset({"name", "dataType"}),  # ForceNew
    replace_if=(("tier", "Advanced", "Standard"),),  # AWS: an advanced parameter cannot become a standard one
    secrets=frozenset({"value"}),  # Sensitive
    autoname="",
    tags=Tagging(
        path="Tags",
        tag=Call("add_tags_to_resource", {**_TAGGED, "Tags": "{tags}"}),
        untag=Call("remove_tags_from_resource", {**_TAGGED, "TagKeys": "{keys}"}),
        listing=Call("list_tags_for_resource", _TAGGED),
        at="TagList",
    ),
    rules=(
        exactly_one("value", "insecureValue", why="the stand-in provider knows no valueWo"),
        one_of("dataType", "text", "aws:ec2:image", "aws:ssm:integration"),
        _name,
        _value,
    ),
)

ROWS = (PARAMETER,)
