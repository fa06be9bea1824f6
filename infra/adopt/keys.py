"""Names of ours for what AWS calls otherwise: short, unique, and the same whenever they are asked for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from infra.kinds.stack import ALARM, STACK
from opslib.discover import Inventory
from opslib.errors import BadRequest

__all__ = ["Keys", "key_of", "product_of"]

_LONGEST = 32
_RESERVED = frozenset({ALARM, STACK})


def key_of(name: str, prefixes: Iterable[str], otherwise: str) -> str:
    """A name as a key: without what every name starts with, in lower case, with hyphens.

    Args:
        name: What AWS calls it.
        prefixes: What names start with, such as `shop-prod` and `shop`; the first that fits is taken off.
        otherwise: The key of a name of which nothing is left.
    """
    plain = _plain(name)
    for prefix in prefixes:
        if plain == prefix:
            return otherwise
        if plain.startswith(f"{prefix}-"):
            plain = plain.removeprefix(f"{prefix}-")
            break
    if plain and not plain[0].isalpha():
        plain = f"{otherwise}-{plain}"
    return plain[:_LONGEST].strip("-") or otherwise


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
            found = f"{key[: _LONGEST - len(ending) - 1].strip('-')}-{ending}" if ending else key
            if found not in self._taken:
                self._taken.add(found)
                return found
        raise BadRequest(f"there are ten thousand workloads called {key}", "adopt them in parts, by --tag")


def product_of(inventory: Inventory) -> str:
    """What most names begin with.

    Raises:
        BadRequest: Nothing that half of them do.
    """
    names = [
        *{service.cluster for service in inventory.services},
        *(one.name for one in inventory.load_balancers),
        *(one.identifier for one in inventory.databases),
        *(one.replication_group for one in inventory.caches),
        *(one.name for one in inventory.functions),
        *(one.name for one in inventory.queues),
    ]
    counted = Counter(first for name in names if (first := _plain(name).partition("-")[0]) and first[0].isalpha())
    most, count = counted.most_common(1)[0] if counted else ("", 0)
    if not most or 2 * count < len(names):
        raise BadRequest("what runs has no name in common", "say what the product is called with --product")
    return most[:_LONGEST]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()).strip("-")
