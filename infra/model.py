"""A stack's whole monitoring as the pure model, before anything is created: what previews and limits look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from infra.config import StackConfig
from infra.config.own_delivery import KIND, own_deliveries
from infra.kinds import KINDS
from infra.kinds.boards import dashboards
from infra.kinds.outages import emergencies, outages
from infra.kinds.stack import horizon_alarm
from infra.kinds.watch import Watched, watch
from infra.muting import Mute, concerns, horizon, mutes
from opslib.errors import BadRequest
from opslib.monitoring import Alarm, CompositeAlarm, Dashboard, Metric, Ref, problems
from opslib.monitoring.metric import Series

__all__ = ["Monitoring", "monitoring"]


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What a configuration comes to.

    Attributes:
        watched: What is watched on each workload, by its key.
        emergencies: The alarms that every service is unavailable; those that others name come before them.
        dashboards: The dashboards.
        identifiers: What is known to be bound, by workload.
        outages: The pages of what fails together; those that others name come before them.
        own: What is watched of the stack's own alerts, by region.
        stack_alarms: The metric alarms of the stack as a whole.
        mutes: Which alarms are muted when.
        muted_until: The start of the first window that none of them mutes any more; None: there is none.
        concerns: What a person should know of it, one line each, although nothing is wrong.
    """

    watched: dict[str, Watched]
    emergencies: tuple[CompositeAlarm, ...]
    dashboards: tuple[Dashboard, ...]
    identifiers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    outages: tuple[CompositeAlarm, ...] = ()
    own: tuple[Watched, ...] = ()
    stack_alarms: tuple[Alarm, ...] = ()
    mutes: tuple[Mute, ...] = ()
    muted_until: datetime | None = None
    concerns: tuple[str, ...] = ()

    @property
    def everything(self) -> tuple[Watched, ...]:
        """All that is watched: the workloads, and the stack's own alerts."""
        return (*self.watched.values(), *self.own)

    @property
    def of_stack(self) -> tuple[CompositeAlarm, ...]:
        """The composites of the stack as a whole; those that others name come before them."""
        return (*self.emergencies, *self.outages)

    def problems(self) -> tuple[str, ...]:
        """What AWS would refuse of it, and what cannot be bound, one line each."""
        boards = Counter(board.name for board in self.dashboards)
        rules = Counter(mute.key for mute in self.mutes)
        return (
            *self._unbound(),
            *(
                f"maintenance.windows: {count} mute rules are called {key}: rename a window"
                for key, count in rules.items()
                if count > 1
            ),
            *(
                f"dashboard {name}: {count} dashboards have this name: rename a group"
                for name, count in boards.items()
                if count > 1
            ),
            *problems(
                alarms=(*self.stack_alarms, *(alarm for workload in self.everything for alarm in workload.alarms)),
                composites=(
                    *self.of_stack,
                    *(composite for workload in self.everything for composite in workload.composites),
                ),
                dashboards=self.dashboards,
            ),
        )

    def _unbound(self) -> Iterator[str]:
        for key, workload in self.watched.items():
            known = self.identifiers.get(key, {})
            shown = (s for graph in workload.detail for s in (*graph.left, *graph.right))
            for name in dict.fromkeys(
                ref.field for series in (*(a.series for a in workload.alarms), *shown) for ref in _refs(series)
            ):
                if name not in known:
                    section = workload.kind.section
                    yield f"{section}.{key}: its alarms need {name.partition('.')[0]}: give it"

    def refuse_problems(self, source: str) -> None:
        """Raise the first thing that AWS would refuse, and say how many there are.

        Args:
            source: What the model was made of, for the message.

        Raises:
            BadRequest: AWS would refuse something.
        """
        found = self.problems()
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            raise BadRequest(f"{source}: {found[0]}{more}", "nothing was created")


def monitoring(config: StackConfig, *, region: str, now: datetime | None = None) -> Monitoring:
    """The model of a configuration.

    Args:
        config: A valid configuration.
        region: Where the workloads run; part of the dashboards' names.
        now: The time, aware, from which windows are muted; None: that of the machine.
    """
    now, config = now or datetime.now(UTC), config.at(region)
    workloads = config.workloads()
    watched = {key: watch(KINDS[workload.kind], config.subject(key)) for key, workload in workloads.items()}
    models = list(watched.values())
    own = tuple(own_deliveries(config.prefix, config.alerting, config.other_regions()))
    ways = tuple(watch(KINDS[KIND], one.subject(config.prefix, config.profile, config.runbooks)) for one in own)
    worst = emergencies(config.prefix, models, runbooks=config.runbooks)
    pages = outages(config.prefix, models, runbooks=config.runbooks)
    boards = dashboards(config.prefix, region, (*models, *ways), (*worst, *pages), parts=config.dashboard_parts)
    until = horizon(config.maintenance, now)
    alarm = until and horizon_alarm(config.prefix, models, until, runbooks=config.runbooks)
    return Monitoring(
        watched,
        worst,
        boards,
        {key: config.identifiers(key) for key in workloads} | {one.key: one.identifiers for one in own},
        outages=pages,
        own=ways,
        stack_alarms=(alarm,) if alarm else (),
        mutes=mutes(config.maintenance, models, config.prefix, now, outages=pages),
        muted_until=until,
        concerns=tuple(concerns(config.maintenance, models, config.backup_windows(), now)),
    )


def _refs(series: Series) -> Iterator[Ref]:
    metrics = (series,) if isinstance(series, Metric) else tuple(metric for _, metric in series.inputs)
    for metric in metrics:
        yield from (value for _, value in metric.dimensions if isinstance(value, Ref))
