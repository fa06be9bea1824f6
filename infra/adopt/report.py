"""What a team has, what it would get, and what each costs and would have done: one record, for people and for JSON."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from infra.adopt.covering import Covering, covering
from infra.adopt.draft import Draft
from infra.model import Monitoring
from opslib.discover import Inventory, Watching
from opslib.monitoring import Alarm, CompositeAlarm
from opslib.monitoring.bill import Bill, bill, bill_of_described
from opslib.monitoring.described import Described
from opslib.monitoring.metric import Requirement

if TYPE_CHECKING:
    from infra.adopt.replaying import Replayed

__all__ = ["SCHEMA_VERSION", "Report", "report_of"]

SCHEMA_VERSION = 1

_NEED_INSIGHTS: Mapping[str, tuple[Requirement, ...]] = {
    "enabled": (Requirement.CONTAINER_INSIGHTS_ENHANCED,),
    "disabled": (Requirement.CONTAINER_INSIGHTS_ENHANCED, Requirement.CONTAINER_INSIGHTS),
}
"""What is not published under a cluster's setting."""
_GROUP_METRICS = frozenset({"GroupInServiceInstances", "GroupDesiredCapacity"})
"""What alarms on a fleet look at, of what a group publishes when it is told to."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found and what would come.

    Attributes:
        draft: The configuration.
        inventory: What runs.
        covering: Their alarms and ours.
        unknown: Their alarms that the model has no words for, and why.
        bill_now: What their monitoring costs a month.
        bill_added: What ours would cost besides.
        blind: Ours that need a setting that is off, one line for each cluster or fleet.
        replayed: What all of them would have done; None without a history.
        cost: What reading a history from CloudWatch would cost, in words; empty where it was not asked for.
        elsewhere: How many alarms of the region are about something else, and left out of all this.
    """

    draft: Draft
    inventory: Inventory
    covering: Covering
    unknown: tuple[tuple[str, str], ...]
    bill_now: Bill
    bill_added: Bill
    blind: tuple[str, ...] = ()
    replayed: Replayed | None = None
    cost: str = ""
    elsewhere: int = 0

    @property
    def both_usd(self) -> Decimal:
        """What both cost together: the free tier is the account's, once."""
        charges = (*self.bill_now.charges, *self.bill_added.charges)
        return Bill(charges, self.bill_now.prices, self.bill_now.region).monthly_usd

    def document(self) -> dict[str, Any]:
        """The report in JSON types. Its shape is stable; fields may be added.

        ::

            schemaVersion   of this document
            account, region
            workloads       {section: [key]}
            alarms.theirs   [{name, kind, workload, condition, tells, besideOurs}]
            alarms.added    [{name, workload, condition, severity}]
            alarms.covered  [{name, workload, condition, theirs: [name], differs: [text]}]
            alarms.composites, alarms.managed   [name]
            alarms.elsewhere    how many are about something else (with --tag)
            alarms.unknown  [{name, why}]
            bill            {nowUsd, addedUsd, bothUsd}
            leftOut         [{what, why}]
            leftAlone, blind [text]
            backtest        null, or {since, until, theirs, ours, suggestions, notes} (docs/backtest.md has the parts)
        """
        sides = self.covering
        beside: dict[str, list[str]] = {}
        for pair in sides.covered:
            for one in pair.theirs:
                beside.setdefault(one.name, []).append(pair.ours.name)
        theirs = sorted(
            {one.name: one for one in (*sides.alone, *(one for pair in sides.covered for one in pair.theirs))}.items()
        )
        return {
            "schemaVersion": SCHEMA_VERSION,
            "account": self.draft.account,
            "region": self.draft.region,
            "workloads": {
                name: list(section)
                for name, section in self.draft.written.items()
                if isinstance(section, dict) and name != "alerting"
            },
            "alarms": {
                "theirs": [_theirs(one, beside.get(name, [])) for name, one in theirs],
                "added": [
                    {"name": o.name, "workload": o.workload, "condition": o.condition, "severity": o.severity}
                    for o in sides.added
                ],
                "covered": [
                    {
                        "name": pair.ours.name,
                        "workload": pair.ours.workload,
                        "condition": pair.ours.condition,
                        "theirs": [one.name for one in pair.theirs],
                        "differs": list(pair.differs),
                    }
                    for pair in sides.covered
                ],
                "composites": [one.name for one in sides.composites],
                "managed": [one.name for one in sides.managed],
                "elsewhere": self.elsewhere,
                "unknown": [{"name": name, "why": why} for name, why in self.unknown],
            },
            "bill": {
                "nowUsd": _dollars(self.bill_now.monthly_usd),
                "addedUsd": _dollars(self.both_usd - self.bill_now.monthly_usd),
                "bothUsd": _dollars(self.both_usd),
            },
            "leftOut": [{"what": one.what, "why": one.why} for one in self.draft.left_out],
            "leftAlone": list(self.draft.left_alone),
            "blind": list(self.blind),
            "backtest": self.replayed.document() if self.replayed else None,
        }


def report_of(
    made: Draft,
    monitoring: Monitoring,
    ours: Sequence[Alarm],
    theirs: Described,
    *,
    inventory: Inventory,
    watching: Watching,
    replayed: Replayed | None = None,
    cost: str = "",
    elsewhere: int = 0,
) -> Report:
    """Put the report together.

    Args:
        made: The configuration.
        monitoring: Its model.
        ours: Its metric alarms, bound.
        theirs: The team's alarms.
        inventory: What runs.
        watching: Who watches it.
        replayed: What all of them would have done.
        cost: What reading a history would cost.
        elsewhere: How many alarms are about something else.
    """
    composites = (
        *monitoring.of_stack,
        *(one for watched in monitoring.watched.values() for one in watched.composites),
    )
    region = made.region
    sides = covering(ours, composites, theirs, home=region)
    known = {one.name: one.workload for one in theirs.alarms if isinstance(one, Alarm) and one.workload}
    return Report(
        draft=made,
        inventory=inventory,
        covering=sides,
        unknown=tuple(theirs.unknown.items()),
        bill_now=bill_of_described(
            region=region,
            metric_alarms=watching.metric_alarms,
            composite_alarms=watching.composite_alarms,
            dashboards=dict(watching.dashboards),
            workloads=known,
        ),
        bill_added=bill(
            region=region, alarms=ours, composites=composites, dashboards=monitoring.dashboards
        ).without_estimates(),
        blind=_blind(made, ours, inventory),
        replayed=replayed,
        cost=cost,
        elsewhere=elsewhere,
    )


def _blind(made: Draft, ours: Sequence[Alarm], inventory: Inventory) -> tuple[str, ...]:
    """The clusters and fleets with a setting that is off, and how many alarms would see nothing for it."""

    def count(keys: Collection[str], wanted: Collection[Requirement]) -> int:
        return sum(one.workload in keys and one.requires in wanted for one in ours)

    settings = {service.cluster: service.container_insights for service in inventory.services}
    found = []
    for cluster, setting in sorted(settings.items()):
        keys = {key for key, service in made.config.services.items() if service.cluster == cluster}
        if number := count(keys, _NEED_INSIGHTS.get(setting, ())):
            found.append(f"cluster {cluster}: containerInsights is {setting}, so {number} alarms would see nothing")
    keys_of = {workload.identifiers()["fleet"]: key for key, workload in made.config.section("fleets").items()}
    for fleet in inventory.fleets:
        if set(fleet.metrics) >= _GROUP_METRICS or fleet.name not in keys_of:
            continue
        if number := count({keys_of[fleet.name]}, {Requirement.GROUP_METRICS}):
            found.append(f"fleet {fleet.name}: group metrics are not collected, so {number} alarms would see nothing")
    return tuple(found)


def _theirs(one: Alarm | CompositeAlarm, beside: list[str]) -> dict[str, Any]:
    is_metric = isinstance(one, Alarm)
    return {
        "name": one.name,
        "kind": "metric" if is_metric else "composite",
        "workload": one.workload,
        "condition": one.condition if isinstance(one, Alarm) else one.expression,
        "tells": one.tier is not None if isinstance(one, Alarm) else one.acts,
        "besideOurs": beside,
    }


def _dollars(amount: Decimal) -> float:
    return round(float(amount), 2)
