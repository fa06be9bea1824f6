"""What may be spent, on the whole and by service, and whom it tells."""

from __future__ import annotations

from collections.abc import Mapping

from infra.components.alerting import Alerting
from infra.components.budgets import MonthlyBudgetArgs
from infra.sections.budget import Budget, ServiceBudget

__all__ = ["monthly_budgets"]


def monthly_budgets(
    prefix: str, budget: Budget, alerting: Alerting, tags: Mapping[str, str]
) -> dict[str, MonthlyBudgetArgs]:
    """What the account's monthly budgets are made from, by logical name: the whole, and those of services."""

    def made(name: str, of: Budget | ServiceBudget, services: tuple[str, ...]) -> MonthlyBudgetArgs:
        return {
            "budget_name": f"{prefix}-{name}",
            "limit_usd": of.limit_usd,
            "actual_percent": of.actual_percent,
            "forecast_percent": of.forecast_percent,
            "services": services,
            "topic": alerting.topics["info"],
            "emails": budget.emails,
            "tags": tags,
        }

    of_services = {f"monthly-{key}": one for key, one in budget.services.items()}
    return {
        "monthly": made("monthly", budget, ()),
        **{name: made(name, one, one.names) for name, one in of_services.items()},
    }
