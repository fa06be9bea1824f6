"""What opslib does by itself in a stack, as a workload: the recorder and automatic rollback, by their names in AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["AUTOMATION", "automation", "machines"]

AUTOMATION = "opslib"
"""The workload's key."""

_SOMEWHERE = "arn:aws:states:eu-west-1:000000000000"
"""Whose the state machine is and where, as long as nobody knows: no configuration does."""


def automation(prefix: str, *, records: bool, rollback: str) -> dict[str, Any]:
    """What a person would write of it in the section `automations`; nothing where the stack does nothing by itself.

    Args:
        prefix: What every name starts with.
        records: Whether there is the recorder.
        rollback: The mode of automatic rollback.
    """
    functions: dict[str, str] = {}
    rules: dict[str, str] = {}
    queues: dict[str, str] = {}
    found: dict[str, Any] = {"functions": functions, "rules": rules, "failedQueues": queues}
    if records:
        functions["recorder"] = found["hourlyFunction"] = f"{prefix}-recorder"
        rules |= {"deployed": f"{prefix}-deployed", "hourly": f"{prefix}-recorder-hourly"}
        queues["recorder"] = f"{prefix}-recorder-failed"
    if rollback != "off":
        name = f"{prefix}-auto-rollback"
        functions["auto-rollback"] = rules["auto-rollback"] = name
        queues["auto-rollback"] = f"{name}-failed"
        found |= {"stateMachines": machines(prefix), "acts": rollback == "act"}
        if rollback == "act":
            found["unheardQueue"] = f"{name}-unheard"
        else:
            queues["unheard"] = f"{name}-unheard"
    return found if functions else {}


def machines(prefix: str, here: str = _SOMEWHERE) -> Mapping[str, str]:
    """The ARN of its state machine.

    Args:
        prefix: What every name starts with.
        here: What the ARNs of Step Functions begin with in the stack's account and region.
    """
    return {"auto-rollback": f"{here}:stateMachine:{prefix}-auto-rollback"}
