"""Names in AWS, and tags: the one place that says what things of a stack are called.

Every name starts with the stack's prefix, product and environment; the rest says what it is. Services take names of
different lengths, and a configuration that is valid has to stay so whatever it adds: a name that would be too long ends
in digits of its hash instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

__all__ = ["fitting", "prefix", "tags"]

_DIGITS = 8


def prefix(product: str, environment: str) -> str:
    """What every name of a stack in AWS starts with."""
    return f"{product}-{environment}"


def tags(product: str, environment: str, written: Mapping[str, str]) -> dict[str, str]:
    """The tags of everything that takes tags.

    Args:
        product: The product.
        environment: The environment.
        written: What a person wants on everything besides.
    """
    return {**written, "opslib:product": product, "opslib:environment": environment}


def fitting(name: str, most: int) -> str:
    """A name as it is, or cut to a length, with the first digits of its hash at its end.

    Args:
        name: The name.
        most: How many characters AWS takes; more than ten.
    """
    if len(name) <= most:
        return name
    return f"{name[: most - _DIGITS - 1].rstrip('-')}-{sha256(name.encode()).hexdigest()[:_DIGITS]}"
