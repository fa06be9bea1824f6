"""Whom cost anomalies tell."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from infra.components.cost_anomalies import CostAnomaliesArgs
from infra.sections.cost_anomalies import CostAnomalies

__all__ = ["cost_anomalies"]


def cost_anomalies(
    prefix: str, written: CostAnomalies, topic: pulumi.Input[str], *, protect: bool, tags: Mapping[str, str]
) -> CostAnomaliesArgs:
    """What the monitor of the account's costs and its subscriptions are made from.

    Args:
        prefix: What the names start with.
        written: What a person says.
        topic: The topic that is told at once.
        protect: Whether Pulumi refuses to delete the monitor.
        tags: Tags of all of it.
    """
    return {
        "name_prefix": prefix,
        "topic": topic,
        "impact_usd": written.impact_usd,
        "impact_percent": written.impact_percent,
        "emails": written.emails,
        "monitor_arn": written.monitor_arn,
        "protect": protect,
        "tags": tags,
    }
