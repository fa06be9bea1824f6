"""A kind of object of a schema."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object.

    Attributes:
        name: Of one of them, as findings call it.
        query: Gives the name and the definition of each.
        printed: The parts of a definition that the server prints from a parsed tree, or that grew with its versions:
            two major versions may say the same thing in other words.
        since: The first major version that has the kind.
    """

    name: str
    query: str
    printed: tuple[str, ...] = ()
    since: int = 14
