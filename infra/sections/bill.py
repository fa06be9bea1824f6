"""What the monitoring of a stack may cost a month, and what its bill cannot be counted from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from infra.written import Written

__all__ = ["Bill"]


class Bill(Written):
    """The bill of the stack's own monitoring, which `python -m infra.preview` works out.

    Attributes:
        limit_usd: US dollars a month; the preview fails above it. None: no limit.
        free_tier: Whether what an account has for nothing is taken off; not where other stacks use it up.
        log_gb: Gigabytes of logs a month that a workload's application writes, by workload.
        custom_metrics: Custom metrics beyond those that alarms and dashboards read, by workload.
    """

    limit_usd: float | None = Field(default=None, gt=0)
    free_tier: bool = True
    log_gb: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    custom_metrics: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
