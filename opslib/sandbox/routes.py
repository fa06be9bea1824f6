"""The control routes: which function answers which method and path under `/_sandbox`.

A package that wants to be asked or told something adds a row here. The function takes the account and the request's
body; it reads that by a pydantic model of its own, and the model it returns is sent as JSON. What it may raise, and
what becomes of that, is in `opslib.sandbox.control`. Modules are imported when their route is first asked for.

Settings of a behaviour need no route of their own: they are a row in `opslib.sandbox.settings`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["PREFIX", "ROUTES", "Route", "route_of"]

PREFIX = "/_sandbox"

Route = Callable[["Account", bytes], BaseModel]
"""Answers a control request: from the account and the request's body."""

ROUTES: Mapping[tuple[str, str], str] = {
    ("GET", "/status"): "opslib.sandbox.control:status",
    ("GET", "/calls"): "opslib.sandbox.control:calls",
    ("DELETE", "/calls"): "opslib.sandbox.control:forget_calls",
    ("GET", "/clock"): "opslib.sandbox.control:clock",
    ("POST", "/clock"): "opslib.sandbox.control:advance",
    ("POST", "/reset"): "opslib.sandbox.control:reset",
    ("POST", "/seed"): "opslib.sandbox.control:seed",
    ("POST", "/confirm"): "opslib.sandbox.control:confirm",
    ("GET", "/behaviour"): "opslib.sandbox.settings:read",
    ("POST", "/behaviour"): "opslib.sandbox.settings:change",
    ("GET", "/inbox"): "opslib.sandbox.behaviour.metrics.inbox:read_inbox",
    ("DELETE", "/inbox"): "opslib.sandbox.behaviour.metrics.inbox:forget_inbox",
    ("POST", "/metrics"): "opslib.sandbox.behaviour.metrics.service_samples:publish_samples",
    ("POST", "/handlers"): "opslib.sandbox.behaviour.functions.handlers:register",
    ("GET", "/deliveries"): "opslib.sandbox.behaviour.events.control:read",
    ("POST", "/conduct"): "opslib.sandbox.behaviour.ecs.control:set_conduct",
    ("POST", "/trail"): "opslib.sandbox.behaviour.trail.control:record",
    ("GET", "/traffic"): "opslib.sandbox.behaviour.traffic.control:read",
    ("POST", "/traffic"): "opslib.sandbox.behaviour.traffic.control:begin",
    ("DELETE", "/traffic"): "opslib.sandbox.behaviour.traffic.control:end",
    ("GET", "/faults"): "opslib.sandbox.faults.control:read",
    ("POST", "/faults"): "opslib.sandbox.faults.control:arm",
    ("DELETE", "/faults"): "opslib.sandbox.faults.control:clear",
    ("POST", "/pid"): "opslib.sandbox.faults.control:register_pid",
    ("GET", "/invariants"): "opslib.sandbox.invariants.control:read",
    ("POST", "/invariants"): "opslib.sandbox.invariants.control:switch_on",
    ("POST", "/invariants/settled"): "opslib.sandbox.invariants.control:settled",
    ("GET", "/violations"): "opslib.sandbox.invariants.control:violations",
    ("POST", "/good"): "opslib.sandbox.invariants.control:good",
    ("POST", "/seed-random"): "opslib.sandbox.settings:seed_random",
}


def route_of(method: str, path: str) -> Route:
    """What answers a control request.

    Args:
        method: The HTTP method.
        path: The path, without `/_sandbox`.

    Raises:
        KeyError: There is no such route.
    """
    module, _, function = ROUTES[method, path].partition(":")
    route: Route = getattr(import_module(module), function)
    return route
