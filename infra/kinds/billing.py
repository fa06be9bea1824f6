"""What the account has cost this month, in us-east-1, where AWS publishes it a few times a day.

The charges grow until the month ends and start again, so that an alarm that has rung is OK again in the next month.
"""

from __future__ import annotations

from infra.kinds.settings import Identifier, Instances, Number
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Requirement

_NAMESPACE = "AWS/Billing"
_ALERTS = Requirement.BILLING_ALERTS
_SIX_HOURS = 21_600

KIND = Kind(
    name="billing",
    section="billing",
    title="Charges",
    undisturbed=True,
    region="us-east-1",
    boards=("cost",),
    settings=(
        Number(name="monthly_limit_usd", means="what a month may cost", lowest=1, highest=1e8, required=True),
        Instances(
            name="aws_service",
            plural="awsServices",
            means="the AWS services whose charges are drawn, as billing calls them (AmazonEC2)",
            pattern=r"[A-Za-z0-9]{2,100}",
        ),
        Identifier(name="linked_account", means="one account of an organisation", pattern=r"[0-9]{12}", required=False),
    ),
    metrics={
        "charges": MetricRow(_NAMESPACE, "EstimatedCharges", {"Currency": "=USD"}, "Maximum", "Charges", _ALERTS),
        "by_service": MetricRow(
            _NAMESPACE,
            "EstimatedCharges",
            {"Currency": "=USD", "ServiceName": "aws_service"},
            "Maximum",
            "Charges of",
            _ALERTS,
        ),
        "by_account": MetricRow(
            _NAMESPACE,
            "EstimatedCharges",
            {"Currency": "=USD", "LinkedAccount": "linked_account"},
            "Maximum",
            "Charges of the account",
            _ALERTS,
        ),
        "charged_share": MathRow("100 * charges / {monthly_limit_usd}", ("charges",), "Of the month's limit"),
    },
    alarms=(
        AlarmRow(
            "charges",
            "The month's limit is near",
            "charged_share",
            "chargesPercent",
            why="month to date; the first threshold leaves days to act, the second is money spent",
            points=(1, 1),
            period_seconds=_SIX_HOURS,
        ),
        silence(
            "No charges are published",
            "charges",
            why="AWS publishes them several times a day; two days without are billing alerts that were switched off",
            pages="unknown",
            minutes=2 * 24 * 60,
        ),
    ),
    composites=(
        CompositeRow("unknown", "What the account costs is not known", "warning", why="no budget is held unseen"),
    ),
    widgets=(
        WidgetRow("charges this month", ("charges",), "USD", summary=True),
        WidgetRow("of the month's limit", ("charged_share",), "%", summary=True),
        WidgetRow("charges by service", ("by_service",), "USD", only_with="aws_service", each="aws_service"),
        WidgetRow("charges of the account", ("by_account",), "USD", only_with="linked_account"),
    ),
)
"""What is watched on charges."""
