"""What points at something else: endpoints at databases, and what a procedure borrows and has to give back."""

from __future__ import annotations

from collections.abc import Iterator

from opslib.sandbox.behaviour.databases.serving import SERVING
from opslib.sandbox.invariants.look import ScalingLook, endpoints, scaling
from opslib.sandbox.invariants.moment import Finding, Moment

__all__ = ["endpoint_available", "scaling_restored"]


def endpoint_available(moment: Moment) -> Iterator[Finding]:
    """No SSM parameter names the endpoint of a database that does not answer."""
    broken = set()
    for parameter, endpoint, status in endpoints(moment.account, moment.region):
        if status not in SERVING:
            broken.add((parameter, endpoint))
            if (parameter, endpoint) not in moment.memory.broken_endpoints:
                what = "which no database has" if status == "none" else f"whose database is {status}"
                yield Finding(parameter, f"names {endpoint}, {what}")
    moment.memory.broken_endpoints = broken


def scaling_restored(moment: Moment) -> Iterator[Finding]:
    """Scalable targets have the bounds in the end that they had at first, and scale as they did."""
    now = scaling(moment.account, moment.region)
    for name, first in moment.memory.scaling.items():
        last = now.get(name)
        if last != first:
            yield Finding(name, f"was {_words(first)}, is {'gone' if last is None else _words(last)}")


def _words(target: ScalingLook) -> str:
    suspended = f", suspended: {', '.join(target.suspended)}" if target.suspended else ""
    return f"{target.minimum} to {target.maximum}{suspended}"
