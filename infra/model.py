"""A stack's whole monitoring as the pure model, before anything is created: what previews and limits look at."""

from __future__ import annotations

from dataclasses import dataclass

from infra.config import StackConfig
from infra.kinds import KINDS
from infra.kinds.stack import dashboards, emergencies
from infra.kinds.watch import Watched, watch
from opslib.errors import BadRequest
from opslib.monitoring import CompositeAlarm, Dashboard, problems

__all__ = ["Monitoring", "monitoring"]


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What a configuration comes to.

    Attributes:
        watched: What is watched on each workload, by its key.
        emergencies: The alarms of the stack as a whole.
        dashboards: The dashboards.
    """

    watched: dict[str, Watched]
    emergencies: tuple[CompositeAlarm, ...]
    dashboards: tuple[Dashboard, ...]

    def problems(self) -> tuple[str, ...]:
        """What AWS would refuse of it, one line each."""
        return problems(
            alarms=(alarm for workload in self.watched.values() for alarm in workload.alarms),
            composites=(
                *self.emergencies,
                *(composite for workload in self.watched.values() for composite in workload.composites),
            ),
            dashboards=self.dashboards,
        )

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
    watched = {key: watch(KINDS[workload.kind], config.subject(key)) for key, workload in config.workloads().items()}
    models = list(watched.values())
    stack = emergencies(config.prefix, models)
    return Monitoring(watched, stack, dashboards(config.prefix, region, models, stack))
