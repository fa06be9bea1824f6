"""Which version of a function an invocation runs: by name, ARN, version or alias, and by an alias's weights."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.utils import get_backend

from opslib.sandbox.account import Account
from opslib.sandbox.answer import AwsError

__all__ = ["LATEST", "Named", "Target", "not_found", "parse_name", "resolve"]

LATEST = "$LATEST"

# A name, `name:qualifier`, `123456789012:function:name`, or the whole ARN.
_NAME = re.compile(
    r"(?:arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):)?(?:\d{12}:)?(?:function:)?"
    r"(?P<name>[a-zA-Z0-9-_]+)(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9-_]+))?"
)


@dataclass(frozen=True, slots=True)
class Named:
    """What names a function.

    Attributes:
        name: Its name.
        qualifier: A version or alias; None: `$LATEST`.
    """

    name: str
    qualifier: str | None


@dataclass(frozen=True, slots=True)
class Target:
    """What an invocation runs.

    Attributes:
        function: The version, as moto keeps it.
        version: `$LATEST` or its number.
        invoked_arn: By which ARN it was invoked.
        alias: The alias by which it was; None: by none.
    """

    function: Any
    version: str
    invoked_arn: str
    alias: str | None


def parse_name(given: str, qualifier: str | None = None) -> Named:
    """Read a function's name or ARN.

    Raises:
        AwsError: It is neither.
    """
    found = _NAME.fullmatch(given)
    if found is None:
        raise AwsError(
            "ValidationException", f"1 validation error detected: Value '{given}' at 'functionName' is no name"
        )
    return Named(found["name"], qualifier or found["qualifier"])


def not_found(arn: str) -> AwsError:
    """AWS's error for a function, version or alias that is not there."""
    return AwsError("ResourceNotFoundException", f"Function not found: {arn}", 404, Type="User")


def resolve(account: Account, region: str, named: Named) -> Target:
    """Find what an invocation runs; an alias with weights is decided by the account's random numbers.

    Raises:
        AwsError: There is no such function, version or alias.
    """
    storage = get_backend(account.account_id, region)._lambdas  # noqa: SLF001  # moto has no other door to versions
    arn = f"arn:aws:lambda:{region}:{account.account_id}:function:{named.name}"
    qualifier = named.qualifier
    invoked = arn if qualifier is None else f"{arn}:{qualifier}"
    version, alias = qualifier or LATEST, None
    try:
        if qualifier is not None and qualifier != LATEST and not qualifier.isdigit():
            aliases = {each.name: each for each in storage.list_aliases(named.name)}
            if qualifier not in aliases:
                raise not_found(invoked)
            version, alias = _weighed(account, aliases[qualifier]), qualifier
        function = storage.get_function_by_name_with_qualifier(named.name, version)
    except UnknownFunctionException:
        raise not_found(invoked) from None
    return Target(function, version, invoked, alias)


def _weighed(account: Account, alias: Any) -> str:
    """AWS: AdditionalVersionWeights gives a second version its share of invocations; the alias's own has the rest."""
    weights = (alias.routing_config or {}).get("AdditionalVersionWeights") or {}
    drawn = account.random.random() if weights else 1.0
    for version, weight in weights.items():
        if drawn < weight:
            return str(version)
        drawn -= weight
    return str(alias.function_version)
