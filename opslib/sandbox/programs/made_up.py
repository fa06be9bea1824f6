"""Made-up identifiers and outputs, for a run of a Pulumi program that creates nothing anywhere.

Everything follows from the URN, so that two runs of one program give the same values.
"""

from __future__ import annotations

import hashlib
import json
import sys
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from opslib.errors import DeploymentFailed
from opslib.sandbox.programs.urns import name_of, qualified_type_of

__all__ = ["ACCOUNT_ID", "MadeUp", "Place", "make_up", "make_up_answer"]

ACCOUNT_ID = "123456789012"
"""The account of AWS's own examples."""

_EMPTY: dict[Any, Callable[[], Any]] = {
    bool: bool,
    int: int,
    float: float,
    list: list,
    Sequence: list,
    dict: dict,
    Mapping: dict,
}


@dataclass(frozen=True)
class Place:
    """Where a run that creates nothing says it is.

    Attributes:
        region: The region.
        account: The account's id.
    """

    region: str = "us-east-1"
    account: str = ACCOUNT_ID

    @classmethod
    def configured(cls, config: Mapping[str, str]) -> Place:
        """The provider's configured region, and the one account that it allows, if it allows just one.

        Args:
            config: The configuration by full key, as the engine hands it on: structured values as JSON text.
        """
        allowed = json.loads(config.get("aws:allowedAccountIds") or "[]")
        account = str(allowed[0]) if len(allowed) == 1 else ACCOUNT_ID
        return cls(region=config.get("aws:region", cls.region), account=account)


@dataclass(frozen=True)
class MadeUp:
    """What a resource became.

    Attributes:
        id: Its identifier.
        outputs: Its inputs, and what the resource's class says is always there, in Pulumi's camelCase names.
    """

    id: str
    outputs: dict[str, Any]


def make_up(urn: str, inputs: Mapping[str, Any], place: Place) -> MadeUp:
    """Make up the identifier and the outputs of the resource with this URN.

    An ARN looks like one, any other text is the resource's name with the property's, a number is 0, a list is empty.
    """
    token, name = qualified_type_of(urn).rpartition("$")[2], name_of(urn)
    physical = str(inputs.get("name") or f"{name}-{hashlib.sha256(urn.encode()).hexdigest()[:7]}")
    outputs: dict[str, Any] = dict(inputs)
    service = token.split(":")[1].split("/")[0]
    kind = token.rpartition(":")[2].lower()
    for key, kind_of_value in _always_there(token).items():
        if key in outputs:
            continue
        if kind_of_value is not str:
            outputs[key] = _EMPTY[kind_of_value]()
        elif key in ("name", "region"):
            outputs[key] = {"name": physical, "region": place.region}[key]
        elif key.lower().endswith("arn"):
            aspect = "" if key == "arn" else f"/{key}"
            outputs[key] = f"arn:aws:{service}:{place.region}:{place.account}:{kind}/{physical}{aspect}"
        else:
            outputs[key] = f"{physical}-{key}"
    if "tags" in outputs and "tagsAll" in outputs:
        outputs["tagsAll"] = outputs["tags"]
    return MadeUp(id=physical, outputs=outputs)


def make_up_answer(token: str, arguments: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Answer a function of the provider that asks nothing but where it is.

    Raises:
        DeploymentFailed: The function asks for what exists in an account, and there is none.
    """
    answer = _ANSWERS.get(token)
    if answer is None:
        raise DeploymentFailed(
            f"the program calls {token}, and a run without an account cannot know the answer",
            "give run_program a provider, or do not look things up in the program",
        )
    return answer(replace(place, region=str(arguments.get("region") or place.region)))


_ANSWERS: dict[str, Callable[[Place], dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": lambda place: {
        "accountId": place.account,
        "arn": f"arn:aws:iam::{place.account}:user/made-up",
        "id": place.account,
        "userId": "AIDAMADEUP",
    },
    "aws:index/getPartition:getPartition": lambda _: {
        "dnsSuffix": "amazonaws.com",
        "id": "aws",
        "partition": "aws",
        "reverseDnsPrefix": "com.amazonaws",
    },
    "aws:index/getRegion:getRegion": lambda place: {
        "description": place.region,
        "endpoint": f"ec2.{place.region}.amazonaws.com",
        "id": place.region,
        "name": place.region,
        "region": place.region,
    },
}


@lru_cache(maxsize=512)
def _always_there(token: str) -> dict[str, Any]:
    """Find the outputs that the resource's Python class declares without `Optional`: camelCase name to type.

    The program has imported the class, so it is looked up among the loaded modules; a resource of an unknown class gets
    an ARN and nothing else.
    """
    package, module, kind = token.split(":")
    where = f"pulumi_{package}.{module.split('/')[0]}".replace("-", "_")
    classes = (getattr(sys.modules.get(name), kind, None) for name in (where, f"{where}_", f"pulumi_{package}"))
    found = next((entry for entry in classes if isinstance(entry, type)), None)
    if found is None:
        return {"arn": str}
    properties = (entry for entry in vars(found).values() if isinstance(entry, property) and entry.fget is not None)
    declared = {getattr(e.fget, "_pulumi_name", e.fget.__name__): _declared(e.fget) for e in properties if e.fget}
    return {key: kind_of_value for key, kind_of_value in declared.items() if kind_of_value in (str, *_EMPTY)}


def _declared(getter: Callable[..., Any]) -> Any:
    """The T of a getter's `pulumi.Output[T]`, without T's own arguments; None for what is optional."""
    try:
        output = typing.get_type_hints(getter).get("return")
    except (NameError, TypeError):  # a type that its module only names
        return None
    held = typing.get_args(output)
    if not held:
        return None
    return typing.get_origin(held[0]) or held[0]
