"""A stack's whole monitoring as the pure model, before anything is created: what previews and limits look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from infra.config import StackConfig
from infra.kinds import KINDS
from infra.kinds.boards import dashboards
from infra.kinds.stack import emergencies
from infra.kinds.watch import Watched, watch
from opslib.errors import BadRequest
from opslib.monitoring import CompositeAlarm, Dashboard, Metric, Ref, problems
from opslib.monitoring.metric import Series

__all__ = ["Monitoring", "monitoring"]


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What a configuration comes to.

    Attributes:
        watched: What is watched on each workload, by its key.
        emergencies: The alarms of the stack as a whole; those that others name come before them.
        dashboards: The dashboards.
        identifiers: What is known to be bound, by workload.
    """

    watched: dict[str, Watched]
    emergencies: tuple[CompositeAlarm, ...]
    dashboards: tuple[Dashboard, ...]
    identifiers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def problems(self) -> tuple[str, ...]:
        """What AWS would refuse of it, and what cannot be bound, one line each."""
        boards = Counter(board.name for board in self.dashboards)
        return (
            *self._unbound(),
            *(
                f"dashboard {name}: {count} dashboards have this name: rename a group"
                for name, count in boards.items()
                if count > 1
            ),
            *problems(
                alarms=(alarm for workload in self.watched.values() for alarm in workload.alarms),
                composites=(
                    *self.emergencies,
                    *(composite for workload in self.watched.values() for composite in workload.composites),
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


def monitoring(config: StackConfig, *, region: str) -> Monitoring:
    """The model of a configuration.

    Args:
        config: A valid configuration.
        region: Where the workloads run; part of the dashboards' names.
    """
    workloads = config.workloads()
    watched = {key: watch(KINDS[workload.kind], config.subject(key)) for key, workload in workloads.items()}
    models = list(watched.values())
    stack = emergencies(config.prefix, models, runbooks=config.runbooks)
    boards = dashboards(config.prefix, region, models, stack, parts=config.dashboard_parts)
    return Monitoring(watched, stack, boards, {key: config.identifiers(key) for key in workloads})


def _refs(series: Series) -> Iterator[Ref]:
    metrics = (series,) if isinstance(series, Metric) else tuple(metric for _, metric in series.inputs)
    for metric in metrics:
        yield from (value for _, value in metric.dimensions if isinstance(value, Ref))
