"""A monthly budget: of the whole account, or of some services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import budgets

__all__ = ["MonthlyBudget", "MonthlyBudgetArgs"]


class MonthlyBudgetArgs(TypedDict):
    """How much may be spent, and who is told."""

    budget_name: str
    """Name of the budget in AWS."""
    limit_usd: float
    """US dollars a month."""
    services: NotRequired[Sequence[str]]
    """The AWS services that count, as billing spells them; the whole account where none is given."""
    actual_percent: float
    """Tell when so much is spent."""
    topic: pulumi.Input[str]
    """The topic to tell."""
    forecast_percent: NotRequired[float | None]
    """Tell when so much will be spent."""
    emails: NotRequired[Sequence[str]]
    """The addresses to tell besides."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of the budget."""


class MonthlyBudget(pulumi.ComponentResource):
    """A budget with an alert on what is spent and one on what is forecast."""

    def __init__(self, name: str, args: MonthlyBudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:MonthlyBudget", name, None, opts)
        services = args.get("services", ())
        alerts = {"ACTUAL": args["actual_percent"], "FORECASTED": args.get("forecast_percent")}
        budgets.Budget(
            name,
            name=args["budget_name"],
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=f"{args['limit_usd']:.15g}",  # AWS takes no exponent
            limit_unit="USD",
            cost_filters=[{"name": "Service", "values": sorted(services)}] if services else None,
            notifications=[_notification(kind, percent, args) for kind, percent in alerts.items() if percent],
            tags=args.get("tags", {}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def _notification(kind: str, percent: float, args: MonthlyBudgetArgs) -> budgets.BudgetNotificationArgsDict:
    return {
        "comparison_operator": "GREATER_THAN",
        "threshold": float(percent),
        "threshold_type": "PERCENTAGE",
        "notification_type": kind,
        "subscriber_sns_topic_arns": [args["topic"]],
        "subscriber_email_addresses": list(args.get("emails", ())),
    }
