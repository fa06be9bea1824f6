"""Cost anomalies: AWS's model of what each service costs, and who is told of what deviates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import costexplorer

__all__ = ["CostAnomalies", "CostAnomaliesArgs"]


class CostAnomaliesArgs(TypedDict):
    """From which deviation on who is told. Once in an account: AWS allows one monitor of all services."""

    name_prefix: str
    """What the names of monitor and subscriptions start with."""
    topic: pulumi.Input[str]
    """The topic that is told at once; its policy lets `costalerts.amazonaws.com` publish, its key lets it encrypt."""
    impact_usd: float
    """Tell of what costs so many US dollars more than expected."""
    impact_percent: NotRequired[float | None]
    """And so much more in per cent."""
    emails: NotRequired[Sequence[str]]
    """Who is written once a day besides: AWS sends no e-mail at once."""
    monitor_arn: NotRequired[pulumi.Input[str] | None]
    """The monitor of all services that the account has already; one is made where none is given."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the monitor: a new one knows nothing for ten days."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of monitor and subscriptions."""


class CostAnomalies(pulumi.ComponentResource):
    """A monitor of every service's costs, with a subscription for a topic and one for e-mails.

    Attributes:
        monitor_arn: The monitor.
    """

    monitor_arn: pulumi.Output[str]

    def __init__(self, name: str, args: CostAnomaliesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:CostAnomalies", name, None, opts)
        tags = args.get("tags", {})
        given = args.get("monitor_arn")
        self.monitor_arn = (
            pulumi.Output.from_input(given)
            if given is not None
            else costexplorer.AnomalyMonitor(
                name,
                name=f"{args['name_prefix']}-services",
                monitor_type="DIMENSIONAL",
                monitor_dimension="SERVICE",
                tags=tags,
                opts=pulumi.ResourceOptions(parent=self, protect=args.get("protect") or None),
            ).arn
        )
        told: dict[str, tuple[str, list[costexplorer.AnomalySubscriptionSubscriberArgsDict]]] = {
            "at-once": ("IMMEDIATE", [{"type": "SNS", "address": args["topic"]}])
        }
        if args.get("emails"):
            told["daily"] = ("DAILY", [{"type": "EMAIL", "address": who} for who in args.get("emails", ())])
        for key, (frequency, subscribers) in told.items():
            costexplorer.AnomalySubscription(
                f"{name}-{key}",
                name=f"{args['name_prefix']}-anomalies-{key}",
                frequency=frequency,
                monitor_arn_lists=[self.monitor_arn],
                subscribers=subscribers,
                threshold_expression=_threshold(args["impact_usd"], args.get("impact_percent")),
                tags=tags,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"monitor_arn": self.monitor_arn})


def _threshold(usd: float, percent: float | None) -> costexplorer.AnomalySubscriptionThresholdExpressionArgsDict:
    absolute = _at_least("ABSOLUTE", usd)
    if percent is None:
        return {"dimension": absolute}
    return {"ands": [{"dimension": absolute}, {"dimension": _at_least("PERCENTAGE", percent)}]}


def _at_least(of: str, value: float) -> costexplorer.AnomalySubscriptionThresholdExpressionDimensionArgsDict:
    return {
        "key": f"ANOMALY_TOTAL_IMPACT_{of}",
        "match_options": ["GREATER_THAN_OR_EQUAL"],
        "values": [f"{value:.15g}"],  # AWS takes no exponent
    }
