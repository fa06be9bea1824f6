"""What the monitoring itself costs a month, before it is deployed: by kind, tier and workload, and what would change.

Alarms, dashboards and mute rules are counted in the model; custom metrics, Container Insights, queries, logs and
canaries are estimated, each with its assumption. Money is `Decimal`, prices are dated data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from opslib.monitoring.alarm import Alarm, CompositeAlarm
from opslib.monitoring.bill.charges import Charge, ChargeKind
from opslib.monitoring.bill.deployed import described_charges, state_charges
from opslib.monitoring.bill.difference import BillDifference, Change
from opslib.monitoring.bill.model import Estimates, charges
from opslib.monitoring.bill.prices import FREE, PRICES, US_EAST_1, Free, Prices, prices_of
from opslib.monitoring.bill.statement import Bill, BillExceeded, Sum
from opslib.monitoring.dashboard import Dashboard

__all__ = [
    "FREE",
    "PRICES",
    "US_EAST_1",
    "Bill",
    "BillDifference",
    "BillExceeded",
    "Change",
    "Charge",
    "ChargeKind",
    "Estimates",
    "Free",
    "Prices",
    "Sum",
    "bill",
    "bill_of_described",
    "bill_of_state",
    "prices_of",
]

_NOTHING_ELSE = Estimates()


def bill(
    *,
    region: str,
    alarms: Iterable[Alarm] = (),
    composites: Iterable[CompositeAlarm] = (),
    dashboards: Iterable[Dashboard] = (),
    mute_rules: Iterable[str] = (),
    estimates: Estimates = _NOTHING_ELSE,
    with_free_tier: bool = True,
    limit_usd: Decimal | None = None,
) -> Bill:
    """The bill of a model.

    Args:
        region: Where the stack is.
        alarms: Its metric alarms.
        composites: Its composites.
        dashboards: Its dashboards.
        mute_rules: Names of its mute rules.
        estimates: What the model does not say.
        with_free_tier: Whether what an account has for nothing is taken off.
        limit_usd: What is allowed a month; None: no limit.
    """
    prices = prices_of(region)
    found = charges(
        prices, estimates, alarms=alarms, composites=composites, dashboards=dashboards, mute_rules=mute_rules
    )
    return Bill(tuple(found), prices, region, with_free_tier, limit_usd)


def bill_of_described(
    *,
    region: str,
    metric_alarms: Iterable[Mapping[str, Any]] = (),
    composite_alarms: Iterable[Mapping[str, Any]] = (),
    dashboards: Mapping[str, int] | None = None,
    workloads: Mapping[str, str] | None = None,
    estimates: Estimates = _NOTHING_ELSE,
    with_free_tier: bool = True,
) -> Bill:
    """The bill of what AWS says is there.

    Args:
        region: Where it is.
        metric_alarms: What DescribeAlarms gives as `MetricAlarms`.
        composite_alarms: What it gives as `CompositeAlarms`.
        dashboards: How many metrics each dashboard has, by its name.
        workloads: For which workload an alarm is, by its name, where it is known.
        estimates: How many metrics a query reads.
        with_free_tier: Whether what an account has for nothing is taken off.
    """
    prices = prices_of(region)
    found = described_charges(
        prices,
        estimates,
        metric_alarms=metric_alarms,
        composite_alarms=composite_alarms,
        dashboards=dashboards or {},
        workloads=workloads or {},
    )
    return Bill(tuple(found), prices, region, with_free_tier)


def bill_of_state(
    resources: Iterable[Mapping[str, Any]],
    *,
    region: str,
    estimates: Estimates = _NOTHING_ELSE,
    with_free_tier: bool = True,
) -> Bill:
    """The bill of what a Pulumi state holds.

    Args:
        resources: The list `deployment.resources` of `pulumi stack export`.
        region: Where it is.
        estimates: How many metrics a query reads.
        with_free_tier: Whether what an account has for nothing is taken off.
    """
    prices = prices_of(region)
    return Bill(tuple(state_charges(resources, prices, estimates)), prices, region, with_free_tier)
