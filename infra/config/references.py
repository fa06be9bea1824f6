"""Values that another stack has exported: ``{fromStack: organization/project/stack, output: balancers.public.arn}``.

They may stand wherever a text may, so that a stack which creates a load balancer and this one which watches it agree by
themselves. They are resolved before anything is validated: what comes of them is held against the same rules as what a
person writes, and everything after sees plain values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from opslib.errors import BadRequest

__all__ = ["UNRESOLVED", "Lookup", "Reference", "references", "refuse", "resolved"]

UNRESOLVED = "(from another stack)"
"""What stands for a value while nobody asks the engine."""

_FROM, _OUTPUT = "fromStack", "output"


@dataclass(frozen=True, slots=True)
class Reference:
    """An output of another stack.

    Attributes:
        from_stack: The stack's full name.
        output: The output, and after dots what is inside it.
    """

    from_stack: str
    output: str


Lookup = Callable[[Reference], Any]
"""Gives the value of a reference."""


def references(value: Any, where: str = "") -> dict[str, Reference]:
    """Every reference in a configuration, by its path.

    Args:
        value: The configuration, structured.
        where: The path to it.

    Raises:
        BadRequest: something begins as a reference and is none.
    """
    return dict(_found(value, where))


def resolved(value: Any, lookup: Lookup, where: str = "") -> Any:
    """A configuration with every reference replaced by its value.

    Args:
        value: The configuration, structured.
        lookup: Gives the values.
        where: The path to it, for messages.

    Raises:
        BadRequest: something begins as a reference and is none, or the lookup refuses it.
    """
    if (reference := _reference(value, where)) is not None:
        try:
            return lookup(reference)
        except BadRequest as problem:
            raise BadRequest(f"{where}: {problem.what}", problem.next_step) from None
    if isinstance(value, Mapping):
        return {key: resolved(inner, lookup, _inside(where, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolved(inner, lookup, _inside(where, index)) for index, inner in enumerate(value)]
    return value


def _found(value: Any, where: str) -> Iterator[tuple[str, Reference]]:
    if (reference := _reference(value, where)) is not None:
        yield where, reference
    elif isinstance(value, Mapping | list):
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _found(inner, _inside(where, key))


def _reference(value: Any, where: str) -> Reference | None:
    if not isinstance(value, Mapping) or _FROM not in value:
        return None
    stack, output = value.get(_FROM), value.get(_OUTPUT)
    if set(value) != {_FROM, _OUTPUT} or not (isinstance(stack, str) and isinstance(output, str) and stack and output):
        what = f"{where}: a value of another stack is {{{_FROM}: organization/project/stack, {_OUTPUT}: name}}"
        raise BadRequest(what, "write both, and nothing else")
    return Reference(stack, output)


def _inside(where: str, key: object) -> str:
    return f"{where}.{key}".lstrip(".")


def refuse(reference: Reference) -> Any:
    """The lookup of who has no engine.

    Raises:
        BadRequest: always.
    """
    what = f"{reference.output} of {reference.from_stack} can be read by the engine alone"
    raise BadRequest(what, "run `pulumi preview`, or write the value itself")
