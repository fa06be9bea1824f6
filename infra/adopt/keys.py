"""Names of ours for what AWS calls otherwise: short, unique, and the same whenever they are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable

from infra.kinds.stack import ALARM, STACK
from opslib.errors import BadRequest

__all__ = ["LONGEST", "Keys", "key_of", "plain"]

LONGEST = 32
"""So many characters has a key."""
_RESERVED = frozenset({ALARM, STACK})


def key_of(name: str, prefixes: Iterable[str], otherwise: str) -> str:
    """A name as a key: without what every name starts with, in lower case, with hyphens.

    Args:
        name: What AWS calls it.
        prefixes: What names start with, such as `shop-prod` and `shop`; the first that fits is taken off.
        otherwise: The key of a name of which nothing is left.
    """
    key = plain(name)
    for prefix in prefixes:
        if key == prefix:
            return otherwise
        if key.startswith(f"{prefix}-"):
            key = key.removeprefix(f"{prefix}-")
            break
    if key and not key[0].isalpha():
        key = f"{otherwise}-{key}"
    return key[:LONGEST].strip("-") or otherwise


class Keys:
    """Gives out keys that are unique among workloads of all kinds."""

    def __init__(self) -> None:
        self._taken = set(_RESERVED)

    def unique(self, key: str, kind: str) -> str:
        """A key as it is where it is free, else with its kind, else with a number.

        Args:
            key: The key.
            kind: What it is, in one word.
        """
        numbered = (f"{kind}-{number}" for number in range(2, 10_000))
        for ending in ("", kind, *numbered):
            found = f"{key[: LONGEST - len(ending) - 1].strip('-')}-{ending}" if ending else key
            if found not in self._taken:
                self._taken.add(found)
                return found
        raise BadRequest(f"there are ten thousand workloads called {key}", "adopt them in parts, by --tag")


def plain(name: str) -> str:
    """A name in lower case, with hyphens for all that is neither letter nor digit.

    Args:
        name: What AWS calls it.
    """
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()).strip("-")
