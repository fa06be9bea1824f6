"""What goes in and out of the stand-in provider: plain Python values under Pulumi's names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

__all__ = ["UNKNOWN", "CheckFailure", "Checked", "Created", "Difference", "Read", "Unknown"]


class Unknown:
    """The type of `UNKNOWN`, a value that is only known after an earlier resource exists (in a preview)."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __copy__(self) -> Unknown:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Unknown:
        return self

    def __reduce__(self) -> Literal["UNKNOWN"]:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """One reason to refuse a resource.

    Attributes:
        property: The property at fault, as a path in Pulumi's names: `metricQueries[0].metric.period`.
        reason: What is wrong with it, one clause.
    """

    property: str
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check.

    Attributes:
        inputs: The inputs with defaults, a generated name and the provider's default tags filled in.
        failures: Why the resource is refused; empty when it is not.
    """

    inputs: dict[str, Any]
    failures: tuple[CheckFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What an update would change.

    Attributes:
        changed: The top-level properties that differ.
        replaces: Those of them that AWS cannot change in place.
        delete_before_replace: Whether the old one must go first, because the new one has the same identity.
    """

    changed: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False


@dataclass(frozen=True, slots=True)
class Created:
    """A resource that was created.

    Attributes:
        id: Pulumi's identifier of it, of the form the real provider uses.
        outputs: Inputs and what AWS computed.
    """

    id: str
    outputs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """A resource as it is now.

    Attributes:
        id: Pulumi's identifier of it.
        inputs: The live value of each property that the program sets.
        outputs: Those, and what AWS computed.
    """

    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
