"""Limits that are exceeded: AWS's, and the bill's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from infra.preview.document import LimitPart

__all__ = ["BILL", "limits"]

BILL = "bill"

_END = ": "
_KINDS = ("alarm", "composite", "dashboard")


def limits(problems: Iterable[str], exceeded: str | None, *, names: Iterable[str] = ()) -> Iterator[LimitPart]:
    """Each as its place, what is wrong there, and the way out.

    Args:
        problems: The model's own lines: `place: what is there, what is taken: the way out`.
        exceeded: The bill's line; None where it is within its limit.
        names: What alarms and dashboards are called: a name may hold what otherwise ends the place.
    """
    odd = sorted((name for name in names if _END in name), key=len, reverse=True)
    for line in (*problems, *((exceeded,) if exceeded else ())):
        where, _, rest = line.partition(_END)
        for kind, name in ((kind, name) for name in odd for kind in _KINDS):
            if line.startswith(f"{kind} {name}{_END}"):
                where, rest = f"{kind} {name}", line.removeprefix(f"{kind} {name}{_END}")
                break
        what, colon, way_out = rest.rpartition(_END)
        yield LimitPart(where=where, what=what if colon else rest, way_out=way_out if colon else "", text=line)
