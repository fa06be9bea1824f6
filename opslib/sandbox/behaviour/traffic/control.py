"""The control routes of traffic: `POST`, `GET` and `DELETE /_sandbox/traffic`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opslib.errors import BadRequest
from opslib.sandbox.behaviour.traffic.demand import names_of_rule, unknown_flows
from opslib.sandbox.behaviour.traffic.look import look
from opslib.sandbox.behaviour.traffic.minute import NAME, current, start, stop
from opslib.sandbox.behaviour.traffic.script import TrafficScript, TrafficState

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["begin", "end", "read"]


def begin(account: Account, body: bytes) -> TrafficState:
    """`POST /_sandbox/traffic`: let a script run, in place of the one that does; `{}` is a healthy product.

    Raises:
        BadRequest: A flow names what is not there.
    """
    script = TrafficScript.model_validate_json(body)
    with account.schedule.lock:
        account.schedule.run_due()
        world = look(account, script.region or account.region, script, account.behaviour[NAME])
        if unknown := unknown_flows(script, world):
            known = sorted({*world.balancers, *(name for rule in world.rules for name in names_of_rule(rule))})
            raise BadRequest(
                f"no load balancer and no rule that forwards is called {unknown[0]}",
                f"there are: {', '.join(known) or 'none'}",
            )
        start(account, script)
        return _state(account)


def read(account: Account, _: bytes) -> TrafficState:
    """`GET /_sandbox/traffic`: what runs."""
    with account.schedule.lock:
        account.schedule.run_due()
        return _state(account)


def end(account: Account, _: bytes) -> TrafficState:
    """`DELETE /_sandbox/traffic`: nothing is published any more, as if CloudWatch heard of nothing."""
    with account.schedule.lock:
        account.schedule.run_due()
        stop(account)
        return _state(account)


def _state(account: Account) -> TrafficState:
    running = current(account)
    if running is None:
        return TrafficState(script=None)
    return TrafficState(
        script=running.script, started=running.started, minutes=running.minutes, requests=running.requests
    )
