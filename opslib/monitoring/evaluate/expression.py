"""Metric math as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Array", "Binary", "Call", "Id", "Negative", "Node", "Number", "Text", "Word", "ids", "render"]

LEVELS: dict[str, int] = {
    **dict.fromkeys(("OR",), 1),
    **dict.fromkeys(("AND",), 2),
    **dict.fromkeys(("==", "!=", "<=", ">=", "<", ">"), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/"), 5),
    "^": 7,
}
"""How tightly each operator binds. AWS does not say; this is the order of every language (assumed)."""

NEGATIVE_LEVEL = 6
"""Between: ``-m1 ^ 2`` is ``-(m1 ^ 2)``, and ``-m1 * 2`` is ``(-m1) * 2``."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number, not negative; ``position`` is that of its first character, here and in the other nodes."""

    value: float
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Id:
    """The id of a metric or of another expression: starts with a lower-case letter."""

    name: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes, as in ``METRICS("errors")``."""

    value: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word in capitals, as in ``FILL(m1, REPEAT)``."""

    name: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negative:
    """Unary minus."""

    operand: Node
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two operands; `&&` and `||` are written AND and OR here."""

    operator: str
    left: Node
    right: Node
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Array:
    """An array of time series, ``[m1, m2]``."""

    items: tuple[Node, ...]
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    function: str
    arguments: tuple[Node, ...]
    position: int = field(default=0, compare=False)


Node = Number | Id | Text | Word | Negative | Binary | Array | Call


def ids(node: Node) -> frozenset[str]:
    """The ids that an expression names."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Id))


def walk(node: Node) -> Iterator[Node]:
    """A node and all that are within it."""
    yield node
    for inner in _within(node):
        yield from walk(inner)


def render(node: Node) -> str:  # noqa: PLR0911 - one for each kind of node
    """CloudWatch's syntax, with the brackets that are needed and no others; `parse` gives the same tree again."""
    match node:
        case Number():
            return repr(node.value).removesuffix(".0")
        case Id() | Word():
            return node.name
        case Text():
            return f'"{node.value}"'
        case Array():
            return f"[{', '.join(map(render, node.items))}]"
        case Call():
            return f"{node.function}({', '.join(map(render, node.arguments))})"
        case Negative():
            return f"-{_bracketed(node.operand, NEGATIVE_LEVEL)}"
        case Binary():
            level = LEVELS[node.operator]
            # All operators group from the left, only ^ from the right; and to its right a minus needs no brackets.
            right_first = node.operator == "^"
            left = _bracketed(node.left, level + right_first)
            right = _bracketed(node.right, NEGATIVE_LEVEL if right_first else level + 1)
            return f"{left} {node.operator} {right}"


def _bracketed(node: Node, at_least: int) -> str:
    text = render(node)
    level = LEVELS[node.operator] if isinstance(node, Binary) else NEGATIVE_LEVEL if isinstance(node, Negative) else 99
    return text if level >= at_least else f"({text})"


def _within(node: Node) -> tuple[Node, ...]:
    match node:
        case Negative():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case Array():
            return node.items
        case Call():
            return node.arguments
        case _:
            return ()
