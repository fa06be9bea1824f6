"""What the product is called, by what most of its parts are."""

from __future__ import annotations

from collections import Counter

from infra.adopt.draft_rows import names
from infra.adopt.keys import LONGEST, plain
from opslib.discover import Inventory
from opslib.errors import BadRequest

__all__ = ["product_of"]


def product_of(inventory: Inventory) -> str:
    """What most names begin with.

    Raises:
        BadRequest: Nothing that half of them do.
    """
    found = [
        *{service.cluster for service in inventory.services},
        *(one.name for one in inventory.load_balancers),
        *(one.identifier for one in inventory.databases),
        *(one.replication_group for one in inventory.caches),
        *(one.name for one in inventory.functions),
        *(one.name for one in inventory.queues),
        *names(inventory),
    ]
    counted = Counter(first for name in found if (first := plain(name).partition("-")[0]) and first[0].isalpha())
    most, count = counted.most_common(1)[0] if counted else ("", 0)
    if not most or 2 * count < len(found):
        raise BadRequest("what runs has no name in common", "say what the product is called with --product")
    return most[:LONGEST]
