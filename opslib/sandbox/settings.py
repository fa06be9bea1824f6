"""The settings of behaviours: how long a task takes to start, how often an alarm is evaluated, and the like.

A behaviour has one frozen dataclass (or pydantic model) of settings whose defaults are AWS's, and a row in `SETTINGS`.
It reads what holds now at `account.behaviour["its name"]`; tests change it by `POST /_sandbox/behaviour`:

    {"ecs": {"pull_seconds": 1}, "metrics": {"delay_seconds": 0}}

Fields that are not named keep their value. A reset brings the defaults back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter

from opslib.errors import BadRequest
from opslib.sandbox.messages import AllSettings, SeedRandom

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["SETTINGS", "BehaviourSettings", "change", "read", "seed_random"]

SETTINGS: Mapping[str, str] = {
    "ecs": "opslib.sandbox.behaviour.ecs.settings:EcsSettings",
    "load_balancer": "opslib.sandbox.behaviour.load_balancer.settings:LoadBalancerSettings",
    "metrics": "opslib.sandbox.behaviour.metrics.settings:MetricsSettings",
    "autoscaling": "opslib.sandbox.behaviour.autoscaling.settings:AutoscalingSettings",
    "events": "opslib.sandbox.behaviour.events.settings:EventsSettings",
    "functions": "opslib.sandbox.behaviour.functions.settings:FunctionsSettings",
    "state_machines": "opslib.sandbox.behaviour.state_machines.settings:StateMachinesSettings",
    "stores": "opslib.sandbox.behaviour.stores.settings:StoresSettings",
    "databases": "opslib.sandbox.behaviour.databases.settings:DatabasesSettings",
    "backup": "opslib.sandbox.behaviour.backup.settings:BackupSettings",
    "trail": "opslib.sandbox.behaviour.trail.settings:TrailSettings",
    "traffic": "opslib.sandbox.behaviour.traffic.settings:TrafficSettings",
}
"""Each behaviour's name, and the class of its settings as "module:class"."""


class BehaviourSettings:
    """The settings that hold now, by the behaviour's name.

    Args:
        homes: The class of each behaviour's settings, as "module:class".
    """

    def __init__(self, homes: Mapping[str, str] = SETTINGS) -> None:
        self._homes = homes
        self._current: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """A behaviour's settings: a record of the class in its row.

        Raises:
            KeyError: No behaviour has that name.
        """
        if name not in self._current:
            module, _, kind = self._homes[name].partition(":")
            self._current[name] = getattr(import_module(module), kind)()
        return self._current[name]

    def __iter__(self) -> Iterator[str]:
        """The names of all behaviours that have settings."""
        return iter(self._homes)

    def change(self, wanted: Mapping[str, Mapping[str, Any]]) -> None:
        """Set some fields of some behaviours; all of them or, if one does not fit, none.

        Args:
            wanted: By behaviour and field, the value in JSON's types.

        Raises:
            BadRequest: No behaviour or field of that name.
            pydantic.ValidationError: A value does not fit.
        """
        changed = {}
        for name, fields in wanted.items():
            if name not in self._homes:
                raise BadRequest(f"no behaviour called {name} has settings", f"there are: {', '.join(self) or 'none'}")
            now = as_fields(self[name])
            if unknown := [field for field in fields if field not in now]:
                raise BadRequest(f"the settings of {name} have no {unknown[0]}", f"they have: {', '.join(now)}")
            changed[name] = TypeAdapter(type(self[name])).validate_python(now | dict(fields))
        self._current |= changed

    def clear(self) -> None:
        """Bring the defaults back."""
        self._current.clear()


def as_fields(settings: Any) -> dict[str, Any]:
    """A record of settings as a dict of its fields."""
    if isinstance(settings, BaseModel):
        return {name: getattr(settings, name) for name in type(settings).model_fields}
    return {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}


def read(account: Account, _: bytes) -> AllSettings:
    """`GET /_sandbox/behaviour`: all settings that hold now."""
    return AllSettings({name: as_fields(account.behaviour[name]) for name in account.behaviour})


def change(account: Account, body: bytes) -> AllSettings:
    """`POST /_sandbox/behaviour`: change some; answers with all."""
    with account.schedule.lock:
        account.behaviour.change(AllSettings.model_validate_json(body).root)
    return read(account, b"")


def seed_random(account: Account, body: bytes) -> SeedRandom:
    """`POST /_sandbox/seed-random`: begin the random numbers anew."""
    wanted = SeedRandom.model_validate_json(body)
    account.seed_random(wanted.seed)
    return wanted
