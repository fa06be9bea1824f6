"""What is watched of the stack's own alerts: their topics, and the functions that carry them further."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from infra.kinds.stack import OWN
from infra.kinds.watch import Subject
from infra.profiles import bands
from infra.sections.alerting import Alerting

__all__ = ["KIND", "OwnDelivery", "own_deliveries"]

KIND = "delivery"
"""The kind whose rows watch it."""


@dataclass(frozen=True, slots=True)
class OwnDelivery:
    """The stack's own alerts in one region, as a workload.

    Attributes:
        key: Its key.
        region: Where; None: where the stack is.
        identifiers: What the dimensions of its metrics are set to.
        instances: Its topics, functions and queues.
    """

    key: str
    region: str | None
    identifiers: Mapping[str, str]
    instances: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def subject(self, prefix: str, profile: str, runbooks: str) -> Subject:
        """It as its kind's table sees it."""
        return Subject(
            key=self.key,
            prefix=prefix,
            bands=bands(profile, {}),
            traits=frozenset({*self.identifiers, *(kind for kind, names in self.instances.items() if names)}),
            instances=self.instances,
            region=self.region,
            runbooks=runbooks,
        )


def own_deliveries(prefix: str, alerting: Alerting, regions: tuple[str, ...]) -> Iterator[OwnDelivery]:
    """The stack's own alerts in each region that has topics.

    Where nobody listens to the fallback only the functions are watched, which fail without what tells of it failing.

    Args:
        prefix: What every name starts with.
        alerting: The routes.
        regions: The regions besides the stack's own.
    """
    topics = {tier: f"{prefix}-{tier}" for tier in alerting.tiers()} if alerting.fallback else {}
    # Functions are where the stack is; each keeps what it failed on in a queue.
    functions = {key: f"{prefix}-slack-{key}" for key in alerting.slack_secrets()}
    daily = {}
    if alerting.summary:
        functions["summary"] = daily["daily_function"] = f"{prefix}-summary"
        daily |= {"daily_topic": topics["info"]} if topics else {}
    for region in (None, *regions):
        here = functions if region is None else {}
        if topics or here:
            yield OwnDelivery(
                key=f"{OWN}-{region}" if region else OWN,
                region=region,
                identifiers={
                    **{f"topic.{tier}": name for tier, name in topics.items()},
                    **{f"function.{key}": name for key, name in here.items()},
                    **{f"failed_queue.{key}": f"{name}-failed" for key, name in here.items()},
                    **(daily if region is None else {}),
                },
                instances={
                    "topic": tuple(sorted(topics)),
                    "function": tuple(sorted(here)),
                    "failed_queue": tuple(sorted(here)),
                },
            )
