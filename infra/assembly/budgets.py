"""Whom the budget tells."""

from __future__ import annotations

from collections.abc import Mapping

from infra.components.alerting import Alerting
from infra.components.budgets import MonthlyBudgetArgs
from infra.sections.budget import Budget

__all__ = ["monthly_budget"]


def monthly_budget(prefix: str, budget: Budget, alerting: Alerting, tags: Mapping[str, str]) -> MonthlyBudgetArgs:
    """What the account's monthly budget is made from."""
    return {
        "budget_name": f"{prefix}-monthly",
        "limit_usd": budget.limit_usd,
        "actual_percent": budget.actual_percent,
        "forecast_percent": budget.forecast_percent,
        "topic": alerting.topics["info"],
        "emails": budget.emails,
        "tags": tags,
    }
