"""What is deployed, from the file of `pulumi stack export`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.preview.before.deployed_alarms import composite_part, metric_part
from infra.preview.before.version import Version
from infra.preview.document import AgainstPart, AlarmPart, BoardPart, MutePart, board_part
from opslib.errors import BadRequest
from opslib.monitoring.bill import bill_of_state

__all__ = ["read_state"]

_EXPORT = "give the file that `pulumi stack export --file FILE` writes"

Resources = list[Mapping[str, Any]]


def read_state(path: Path, *, region: str, stack: str, with_free_tier: bool = True) -> Version:
    """What a state holds of alarms and dashboards.

    Args:
        path: The file.
        region: Where the stack is.
        stack: The name of the stack that the report is about.
        with_free_tier: Whether what an account has for nothing is taken off the bill.

    Raises:
        BadRequest: The file cannot be read, or is no export of a stack.
    """
    resources = [one for one in _resources(path) if not one.get("delete")]
    alarms = dict(_alarms(resources, path, region))
    notes = [f"{path.name}: {name}: a dashboard whose body is not JSON" for name in _unreadable(resources)]
    theirs = _stack_of(resources)
    if theirs and theirs != stack:
        notes.append(f"{path.name} is a state of the stack {theirs}, and the report is about {stack}")
    whose = f" of the stack {theirs}" if theirs else ""
    return Version(
        against=AgainstPart(kind="state", name=str(path), says=f"what is deployed{whose}, from {path.name}"),
        alarms=_paged(alarms),
        dashboards=dict(_boards(resources)),
        bill=bill_of_state(resources, region=region, with_free_tier=with_free_tier),
        mutes=dict(_mutes(resources)),
        counted_only=True,
        notes=tuple(notes),
    )


def _resources(path: Path) -> Resources:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as problem:
        raise BadRequest(f"--against {path}: it cannot be read ({problem})", _EXPORT) from None
    except ValueError as problem:
        raise BadRequest(f"--against {path}: it is not JSON ({problem})", _EXPORT) from None
    deployment = document.get("deployment") if isinstance(document, Mapping) else None
    if not isinstance(deployment, Mapping):
        raise BadRequest(f"--against {path}: it has no `deployment`", _EXPORT)
    resources = deployment.get("resources") or []
    if not isinstance(resources, list) or not all(isinstance(one, Mapping) for one in resources):
        raise BadRequest(f"--against {path}: its `deployment.resources` are no list of resources", _EXPORT)
    return resources


def _alarms(resources: Resources, path: Path, region: str) -> Iterator[tuple[str, AlarmPart]]:
    makers = {"MetricAlarm": metric_part, "CompositeAlarm": composite_part}
    for resource in resources:
        if make := makers.get(_type(resource)):
            try:
                found = make(_given(resource), workload=_workload(resource), region=region)
            except (AttributeError, KeyError, TypeError, ValueError) as problem:
                what = f"--against {path}: {resource.get('urn')} is no alarm ({type(problem).__name__}: {problem})"
                raise BadRequest(what, _EXPORT) from None
            yield found.name, found


def _paged(alarms: Mapping[str, AlarmPart]) -> dict[str, AlarmPart]:
    """Alarms that act on nothing, with the composite through which they do."""
    above = {child: one.name for one in alarms.values() for child in one.children}
    return {
        name: one.model_copy(update={"paged_by": above[name]}) if not one.actions and name in above else one
        for name, one in alarms.items()
    }


def _boards(resources: Resources) -> Iterator[tuple[str, BoardPart]]:
    for resource in resources:
        if _type(resource) == "Dashboard" and (found := _board(_given(resource))):
            yield found.name, found


def _mutes(resources: Resources) -> Iterator[tuple[str, MutePart]]:
    for resource in resources:
        if _type(resource) == "AlarmMuteRule":
            given = _given(resource)
            when = (given.get("rule") or {}).get("schedule") or {}
            name = str(given.get("name"))
            yield (
                name,
                MutePart(
                    name=name,
                    expression=str(when.get("expression") or ""),
                    duration=str(when.get("duration") or ""),
                    zone=str(when.get("timezone") or "UTC"),
                    alarms=tuple(map(str, (given.get("muteTargets") or {}).get("alarmNames") or ())),
                    says=str(given.get("description") or ""),
                ),
            )


def _unreadable(resources: Resources) -> Iterator[str]:
    for resource in resources:
        if _type(resource) == "Dashboard" and _board(_given(resource)) is None:
            yield str(_given(resource).get("dashboardName"))


def _board(given: Mapping[str, Any]) -> BoardPart | None:
    try:
        return board_part(str(given["dashboardName"]), json.loads(given["dashboardBody"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _type(resource: Mapping[str, Any]) -> str:
    return str(resource.get("type", "")).rpartition(":")[2]


def _given(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**(resource.get("inputs") or {}), **(resource.get("outputs") or {})}


def _workload(resource: Mapping[str, Any]) -> str:
    """The component above an alarm is called as its workload; above others stands the stack."""
    above, _, name = str(resource.get("parent") or "").rpartition("::")
    return "stack" if not name or above.endswith("pulumi:pulumi:Stack") else name


def _stack_of(resources: Resources) -> str:
    """The stack in the URNs: `urn:pulumi:STACK::PROJECT::…`."""
    found = Counter(str(one.get("urn", "")).removeprefix("urn:pulumi:").partition("::")[0] for one in resources)
    return found.most_common(1)[0][0] if found else ""
