"""The contract in SSM Parameter Store, for readers that have no Pulumi.

    /opslib/{product}/{environment}/stack             everything but the workloads, and the stack's own alarms
    /opslib/{product}/{environment}/workloads/{key}   one workload: its section, its record, its alarms

Each value is compact JSON. SSM takes 4 KB, or 8 KB in the advanced tier (so write with `Intelligent-Tiering`), which is
why a workload has a parameter of its own. A value that would still be longer is gzipped: `gzip:` and base64.

Parameters are written one by one. So `stack` lists the keys of all workloads and has a digest over their values, and a
reader can tell a mirror that is being written, or was left half written, from a whole one.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from opslib.contract import WORKLOAD_SECTIONS, StackOutputs
from opslib.errors import BadOutputs, BadRequest

__all__ = [
    "LARGEST_VALUE_BYTES",
    "STACK",
    "from_parameters",
    "parameter_names",
    "parameter_path",
    "to_parameters",
]

LARGEST_VALUE_BYTES = 8192
"""What an advanced parameter holds (AWS Systems Manager quotas)."""

STACK = "stack"
"""The name of the stack's own parameter, and the `workload` of alarms that are the stack's own."""

_PACKED = "gzip:"
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
"""What SSM allows in one part of a parameter's name."""


def parameter_path(product: str, environment: str) -> str:
    """The path above all parameters of a stack, without a slash at its end.

    Raises:
        BadRequest: SSM allows no such name.
    """
    for part, meaning in ((product, "product"), (environment, "environment")):
        _check_name(part, meaning)
    return f"/opslib/{product}/{environment}"


def parameter_names(product: str, environment: str, workloads: Iterable[str]) -> dict[str, str]:
    """The full name of each parameter, by workload key, and of the stack's own under `stack`.

    It takes only what is known before anything is created: the keys of `StackOutputs.workloads()`.

    Raises:
        BadRequest: a key is one that SSM does not allow in a name, is given twice, or is `stack`.
    """
    path = parameter_path(product, environment)
    names = {STACK: f"{path}/{STACK}"}
    for key in workloads:
        _check_name(key, "workload")
        if key in names:
            raise BadRequest(f"two workloads of {product}/{environment} are called '{key}'", "rename one of them")
        names[key] = f"{path}/workloads/{key}"
    return names


def to_parameters(outputs: StackOutputs) -> dict[str, str]:
    """The parameters to write: full name to value.

    Raises:
        BadRequest: a name that SSM does not allow, or a value that is too long even when packed.
    """
    document = outputs.document()
    sections: dict[str, dict[str, Any]] = {section: document.pop(section, {}) for section in WORKLOAD_SECTIONS}
    alarms: list[dict[str, Any]] = document.pop("alarms", [])
    keys = [key for records in sections.values() for key in records]
    names = parameter_names(outputs.stack.product, outputs.stack.environment, keys)

    values = {
        key: _text(
            {
                "section": section,
                "key": key,
                "record": record,
                "alarms": [alarm for alarm in alarms if alarm["workload"] == key],
            }
        )
        for section, records in sections.items()
        for key, record in records.items()
    }
    values[STACK] = _text(
        document
        | {
            "alarms": [alarm for alarm in alarms if alarm["workload"] not in values],
            "workloads": sorted(values),
            "workloadsDigest": _digest(values),
        }
    )
    return {names[key]: _fitted(names[key], value) for key, value in values.items()}


def from_parameters(parameters: Mapping[str, str], *, source: str) -> StackOutputs:
    """The contract, put together from the parameters under one stack's path.

    Args:
        parameters: Full name to value, as GetParametersByPath gives them, of one stack.
        source: Where they came from, for messages.

    Raises:
        BadOutputs: there is no `stack` parameter, a workload's is missing or of another update, or the whole does not
            fit the contract.
        ContractVersion: it follows a schema that is not read here.
    """
    stacks = [name for name in parameters if name.endswith(f"/{STACK}") and name.count("/") == _DEPTH_OF_STACK]
    if len(stacks) != 1:
        raise BadOutputs(f"the mirror in {source} has {len(stacks)} parameters called '{STACK}', not 1", _WRITE_AGAIN)
    path = stacks[0].removesuffix(f"/{STACK}")
    document = _parsed(parameters[stacks[0]], stacks[0])
    keys, digest = document.pop("workloads", None), document.pop("workloadsDigest", None)
    alarms = document.get("alarms", [])
    if not isinstance(keys, list) or not isinstance(alarms, list):
        raise BadOutputs(f"the parameter {stacks[0]} has no list of workloads or alarms", _WRITE_AGAIN)

    names = {str(key): f"{path}/workloads/{key}" for key in keys}
    missing = [name for name in names.values() if name not in parameters]
    if missing:
        raise BadOutputs(f"the mirror in {source} is half written: {missing[0]} is missing", _WRITE_AGAIN)
    values = {key: _unpacked(parameters[name], name) for key, name in names.items()}
    if _digest(values) != digest:
        raise BadOutputs(f"the mirror in {source} is half written: its parameters are of two updates", _WRITE_AGAIN)
    for key, value in values.items():
        workload = _parsed(value, names[key])
        try:
            document.setdefault(workload["section"], {})[key] = workload["record"]
            alarms = [*alarms, *workload["alarms"]]
        except (KeyError, TypeError):
            raise BadOutputs(f"the parameter {names[key]} lacks its section, record or alarms", _WRITE_AGAIN) from None
    return StackOutputs.parse(document | {"alarms": alarms}, source=source)


_DEPTH_OF_STACK = 4  # slashes in /opslib/product/environment/stack
_WRITE_AGAIN = "wait for a running `pulumi up` to end, or run it again"


def _check_name(part: str, meaning: str) -> None:
    if not _NAME.fullmatch(part):
        raise BadRequest(f"the {meaning} '{part}' cannot be mirrored to SSM", "use letters, digits and _.- in it")


def _text(document: object) -> str:
    """Compact ASCII. `{{`, which only a string can hold, is escaped: SSM takes it for a reference to a parameter."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).replace("{{", "{\\u007b")


def _digest(values: Mapping[str, str]) -> str:
    """Tells one update's workloads from another's; nobody attacks it."""
    whole = "\n".join(values[key] for key in sorted(values))
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def _fitted(name: str, value: str) -> str:
    if len(value.encode()) <= LARGEST_VALUE_BYTES:
        return value
    packed = _PACKED + base64.b64encode(gzip.compress(value.encode(), mtime=0)).decode()
    if len(packed) > LARGEST_VALUE_BYTES:
        raise BadRequest(
            f"the parameter {name} would take {len(packed)} bytes, and SSM takes {LARGEST_VALUE_BYTES}",
            "split the stack, or switch the mirror off",
        )
    return packed


def _unpacked(value: str, name: str) -> str:
    if not value.startswith(_PACKED):
        return value
    try:
        return gzip.decompress(base64.b64decode(value.removeprefix(_PACKED), validate=True)).decode()
    except (ValueError, EOFError, OSError, zlib.error):
        raise BadOutputs(f"the parameter {name} cannot be unpacked", _WRITE_AGAIN) from None


def _parsed(value: str, name: str) -> dict[str, Any]:
    try:
        document = json.loads(_unpacked(value, name))
    except ValueError as problem:
        raise BadOutputs(f"the parameter {name} is not JSON ({problem})", _WRITE_AGAIN) from None
    if not isinstance(document, dict):
        raise BadOutputs(f"the parameter {name} is not a JSON object", _WRITE_AGAIN)
    return document
