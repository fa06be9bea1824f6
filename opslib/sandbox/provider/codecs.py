"""How a property's value travels: into AWS's request, back from AWS's answer, and when two of them are the same.

`encode` and `decode` change shape; `same` says what the real provider calls no difference; `adopt` puts a live value
into the program's words, so that only a difference that matters is left; `complete` fills nested defaults.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from opslib.sandbox.provider.values import UNKNOWN

__all__ = [
    "PLAIN",
    "Address",
    "Amount",
    "Document",
    "KeyId",
    "Keyed",
    "Many",
    "Moment",
    "Pairs",
    "Plain",
    "Pluck",
    "Status",
    "Tail",
    "Text",
    "Trail",
    "has_unknown",
]


def has_unknown(value: Any) -> bool:
    """Whether a value is, or contains, `UNKNOWN`."""
    if isinstance(value, Mapping):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list | tuple):
        return any(map(has_unknown, value))
    return value is UNKNOWN


@dataclass(frozen=True, slots=True)
class Trail:
    """Where a value stands, in AWS's request and among the properties, so that a refusal can name the property."""

    aws: tuple[str | int, ...]
    name: str
    origins: dict[tuple[str | int, ...], str] = field(default_factory=dict)

    def into(self, aws: tuple[str | int, ...], name: str) -> Trail:
        """A step down."""
        step = Trail((*self.aws, *aws), f"{self.name}{name}", self.origins)
        self.origins[step.aws] = step.name
        return step


@dataclass(frozen=True, slots=True)
class Plain:
    """The same value on both sides."""

    def encode(self, value: Any, trail: Trail) -> Any:
        """To AWS's form."""
        if isinstance(value, Mapping):
            return {key: self.encode(item, trail.into((key,), f".{key}")) for key, item in value.items()}
        return value

    def decode(self, live: Any) -> Any:
        """From AWS's form."""
        return live

    def same(self, one: Any, other: Any) -> bool:
        """Whether it is no change; numbers by value, and what is unknown is a change."""
        if has_unknown(one) or has_unknown(other):
            return False
        if isinstance(one, bool) != isinstance(other, bool):
            return False
        return bool(one == other)

    def adopt(self, wanted: Any, live: Any) -> Any:
        """The live value, in the program's words where it means the same."""
        return wanted if self.same(wanted, live) else live

    def complete(self, value: Any) -> Any:
        """The value with its nested defaults."""
        return value


PLAIN: Final = Plain()


@dataclass(frozen=True, slots=True)
class Text(Plain):
    """A value that AWS keeps as text, as in the attributes of SNS."""

    kind: type = str

    def encode(self, value: Any, trail: Trail) -> Any:  # noqa: ARG002 - a scalar has no steps down
        """Booleans as `true` and `false`, numbers without a fraction."""
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(int(value)) if isinstance(value, int | float) else value

    def decode(self, live: Any) -> Any:
        """The text as a boolean, a number or text; empty text is no value."""
        if live is None or live == "":
            return None
        if self.kind is bool:
            return str(live).lower() == "true"
        return self.kind(live)


@dataclass(frozen=True, slots=True)
class Document(Plain):
    """A JSON text, compared by what it says; `policy`: by IAM's rules: lists have no order, and one may stand alone."""

    policy: bool = False

    def decode(self, live: Any) -> Any:
        """JSON text also where boto3 has parsed it."""
        return (live or None) if live is None or isinstance(live, str) else json.dumps(live)

    def same(self, one: Any, other: Any) -> bool:
        """By content; text that is no JSON by its letters."""
        if has_unknown(one) or has_unknown(other):
            return False
        try:
            left, right = json.loads(one), json.loads(other)
        except (TypeError, ValueError):
            return bool(one == other)
        return bool(_policy_form(left) == _policy_form(right)) if self.policy else bool(left == right)

    def complete(self, value: Any) -> Any:
        """Text, where a program gave the SDK's own policy document."""
        if isinstance(value, Mapping | list):
            return UNKNOWN if has_unknown(value) else json.dumps(value)
        return value


def _policy_form(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _policy_form(item) for key, item in value.items()}
    if isinstance(value, list):
        items = sorted((_policy_form(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
        return items[0] if len(items) == 1 else items
    return value


@dataclass(frozen=True, slots=True)
class Amount(Plain):
    """A decimal number in text: `2000` and `2000.00` are the same."""

    def same(self, one: Any, other: Any) -> bool:
        """By value."""
        try:
            return Decimal(one) == Decimal(other)
        except (InvalidOperation, TypeError, ValueError):
            return bool(one == other)


@dataclass(frozen=True, slots=True)
class KeyId(Plain):
    """A KMS key by its id or its ARN: the same key."""

    def same(self, one: Any, other: Any) -> bool:
        """By the id at the end of the ARN."""
        if not (isinstance(one, str) and isinstance(other, str)):
            return False
        return one == other or one.rpartition("/")[2] == other.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Status(Plain):
    """A switch that AWS takes as a boolean and tells as a status."""

    def decode(self, live: Any) -> Any:
        """`ENABLED`, or on its way there."""
        return live if live is None or isinstance(live, bool) else live in {"ENABLED", "ENABLING", "UPDATING"}


@dataclass(frozen=True, slots=True)
class Pluck(Plain):
    """One value out of an object that AWS tells."""

    name: str

    def decode(self, live: Any) -> Any:
        """The value."""
        return live[self.name]


@dataclass(frozen=True, slots=True)
class Tail(Plain):
    """A name that AWS tells as the end of an ARN."""

    def decode(self, live: Any) -> Any:
        """What stands after the last colon."""
        return live.rpartition(":")[2] if isinstance(live, str) else live


@dataclass(frozen=True, slots=True)
class Moment(Plain):
    """A time as text, in UTC."""

    form: str = "%Y-%m-%d_%H:%M"

    def encode(self, value: Any, trail: Trail) -> Any:  # noqa: ARG002 - a scalar has no steps down
        """As a time; text of another form stays text, which the check refuses."""
        try:
            return datetime.strptime(value, self.form).replace(tzinfo=UTC)
        except (TypeError, ValueError):
            return value

    def decode(self, live: Any) -> Any:
        """As text."""
        return live.astimezone(UTC).strftime(self.form) if isinstance(live, datetime) else live


@dataclass(frozen=True, slots=True)
class Pairs(Plain):
    """A map that AWS takes as a list of pairs."""

    name: str = "Name"
    value: str = "Value"

    def encode(self, value: Any, trail: Trail) -> Any:
        """As pairs, ordered by name."""
        if value is UNKNOWN:
            return value
        pairs = []
        for index, key in enumerate(sorted(value)):
            trail.into((index,), f".{key}")
            pairs.append({self.name: key, self.value: value[key]})
        return pairs

    def decode(self, live: Any) -> Any:
        """As a map."""
        return {pair[self.name]: pair[self.value] for pair in live or ()}


@dataclass(frozen=True, slots=True)
class Keyed(Plain):
    """A list of named lists that AWS takes as a map: the cost filters of a budget."""

    def encode(self, value: Any, trail: Trail) -> Any:
        """As a map from name to values."""
        if value is UNKNOWN:
            return value
        if has_unknown([item.get("name") for item in value]):
            return UNKNOWN
        for index, item in enumerate(value):
            trail.into((item["name"],), f"[{index}].values")
        return {item["name"]: item["values"] for item in value}

    def decode(self, live: Any) -> Any:
        """As a list, ordered by name."""
        return [{"name": name, "values": values} for name, values in sorted((live or {}).items())]

    def same(self, one: Any, other: Any) -> bool:
        """By name, whatever the order of names."""
        if has_unknown(one) or has_unknown(other):
            return False
        return bool(self.encode(one, Trail((), "")) == self.encode(other, Trail((), "")))


@dataclass(frozen=True, slots=True)
class Address(Plain):
    """A set of addresses of one kind, which AWS keeps in one list with the other kinds: a budget's subscribers."""

    kind: str = "EMAIL"

    def encode(self, value: Any, trail: Trail) -> Any:
        """As subscribers of the kind."""
        if value is UNKNOWN:
            return value
        for index in range(len(value)):
            trail.into((index,), f"[{index}]")
        return [{"SubscriptionType": self.kind, "Address": item} for item in value]

    def decode(self, live: Any) -> Any:
        """Those of the kind, in order."""
        return sorted(item["Address"] for item in live or () if item["SubscriptionType"] == self.kind)

    def same(self, one: Any, other: Any) -> bool:
        """As sets."""
        if has_unknown(one) or has_unknown(other):
            return False
        return sorted(one or ()) == sorted(other or ())


@dataclass(frozen=True, slots=True)
class Many(Plain):
    """A list. `unordered`: a set to AWS. `key`: the property that tells its elements apart."""

    item: Plain = PLAIN
    unordered: bool = False
    key: str = ""

    def encode(self, value: Any, trail: Trail) -> Any:
        """Each element."""
        if value is UNKNOWN:
            return value
        return [self.item.encode(one, trail.into((index,), f"[{index}]")) for index, one in enumerate(value)]

    def decode(self, live: Any) -> Any:
        """Each element."""
        return [self.item.decode(one) for one in live or ()]

    def same(self, one: Any, other: Any) -> bool:
        """Element by element, or as sets."""
        if not (isinstance(one, Sequence) and isinstance(other, Sequence)) or len(one) != len(other):
            return False
        if not self.unordered:
            return all(self.item.same(left, right) for left, right in zip(one, other, strict=True))
        left_over = list(other)
        for left in one:
            match = next((index for index, right in enumerate(left_over) if self.item.same(left, right)), None)
            if match is None:
                return False
            del left_over[match]
        return True

    def adopt(self, wanted: Any, live: Any) -> Any:
        """Element by element; those of a set in the program's order, then what else is there."""
        if not isinstance(wanted, Sequence):
            return live
        if not self.unordered:
            if len(wanted) != len(live):
                return live
            return [self.item.adopt(one, other) for one, other in zip(wanted, live, strict=True)]
        left_over, adopted = list(live), []
        for one in wanted:
            for index, other in enumerate(left_over):
                candidate = self.item.adopt(one, other)
                if self.item.same(one, candidate) or (self.key and one.get(self.key) == other.get(self.key)):
                    adopted.append(candidate)
                    del left_over[index]
                    break
        return [*adopted, *left_over]

    def complete(self, value: Any) -> Any:
        """Each element."""
        return [self.item.complete(one) for one in value] if isinstance(value, list) else value
