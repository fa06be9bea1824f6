"""Which alarms are muted when."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from infra.components.maintenance import MaintenanceArgs, MuteRuleArgs
from infra.model import Monitoring
from infra.muting import Mute

__all__ = ["maintenance"]


def maintenance(
    model: Monitoring, alarm_arns: Mapping[str, pulumi.Input[str]], tags: Mapping[str, str]
) -> MaintenanceArgs:
    """What the mute rules are made from.

    Args:
        model: The stack's monitoring.
        alarm_arns: The ARN of every alarm, by its name.
        tags: Tags of every rule.
    """
    return {"rules": {mute.key: _rule(mute) for mute in model.mutes}, "alarm_arns": alarm_arns, "tags": tags}


def _rule(mute: Mute) -> MuteRuleArgs:
    rule: MuteRuleArgs = {
        "name": mute.name,
        "expression": mute.expression,
        "duration": mute.duration,
        "timezone": mute.zone,
        "alarms": mute.alarms,
        "description": mute.says,
    }
    return rule if mute.region is None else {**rule, "region": mute.region}
