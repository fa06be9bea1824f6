"""What the sandbox knows of metrics and alarms beside moto: one record, which a reset empties."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from opslib.monitoring.evaluate import Model, MuteRule
from opslib.sandbox.behaviour.metrics.settings import MetricsSettings
from opslib.sandbox.behaviour.metrics.store import MetricId, MetricStore

if TYPE_CHECKING:
    from opslib.sandbox.account import Account
    from opslib.sandbox.behaviour.metrics.history import HistoryItem
    from opslib.sandbox.behaviour.metrics.watch import Watch

__all__ = ["NAME", "AlarmKey", "Mute", "World", "at_seconds", "publish", "world_of"]

NAME = "metrics"

AlarmKey = tuple[str, str, str]
"""Account, region and name of an alarm."""


@dataclass(frozen=True, slots=True)
class Mute:
    """An alarm mute rule.

    Attributes:
        arn: Its ARN.
        rule: It, understood.
        given: What it was put with.
        updated: When it was last put.
    """

    arn: str
    rule: MuteRule
    given: Mapping[str, Any]
    updated: datetime


@dataclass(slots=True)
class World:
    """Everything about metrics and alarms that moto does not keep.

    Attributes:
        account: The account that it is of.
        store: The metrics.
        watches: What is known of each alarm's evaluation.
        history: What DescribeAlarmHistory tells, the oldest first.
        mutes: Mute rules by account, region and name.
        swallowed: Alarms whose actions were muted, and the state whose actions they were.
        detectors: Anomaly detectors by account, region and id, as described.
        models: Trained anomaly models with the time of their training, by account, region and what they are of.
        ticking_seconds: How often alarms are evaluated at present; 0: there is nothing to see.
        fastest_seconds: How often the most frequent alarm has to be looked at.
        dropped: When old samples were last dropped, in seconds since 1970.
    """

    account: Account
    store: MetricStore = field(init=False)
    watches: dict[AlarmKey, Watch] = field(default_factory=dict)
    history: deque[HistoryItem] = field(default_factory=deque)
    mutes: dict[AlarmKey, Mute] = field(default_factory=dict)
    swallowed: dict[AlarmKey, str] = field(default_factory=dict)
    detectors: dict[AlarmKey, dict[str, Any]] = field(default_factory=dict)
    models: dict[Any, tuple[float, Model]] = field(default_factory=dict)
    ticking_seconds: int = 0
    fastest_seconds: int = 60
    dropped: float = 0.0

    def __post_init__(self) -> None:
        self.store = MetricStore(self.wake)

    @property
    def settings(self) -> MetricsSettings:
        """The times that hold now."""
        settings: MetricsSettings = self.account.behaviour[NAME]
        return settings

    def wake(self) -> None:
        """Something came that an alarm may look at: evaluate from the next minute (or ten seconds) on."""
        if not 0 < self.ticking_seconds <= self.fastest_seconds:
            from opslib.sandbox.behaviour.metrics.evaluation import schedule_next

            schedule_next(self, self.account.clock.now(), self.fastest_seconds)

    def drop_old(self, now: datetime) -> None:
        """Forget samples and history that AWS would not have any more."""
        settings, at = self.settings, now.timestamp()
        self.dropped = at
        self.store.drop_before(
            at - timedelta(days=settings.keep_days).total_seconds(),
            at - timedelta(hours=settings.keep_fine_hours).total_seconds(),
        )
        oldest = now - timedelta(days=settings.keep_history_days)
        while self.history and self.history[0].at < oldest:
            self.history.popleft()


def world_of(account: Account) -> World:
    """The account's metrics and alarms."""
    record = account.record(NAME)
    world: World | None = record.get("world")
    if world is None:
        world = record["world"] = World(account)
    return world


def publish(  # noqa: PLR0917  # what a sample is, in AWS's order
    account: Account,
    region: str,
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    value: float,
    unit: str = "None",
    at: datetime | None = None,
    *,
    count: float = 1.0,
) -> None:
    """Publish a sample, as an AWS service does of itself; cheap. To be called while holding `account.schedule.lock`.

    Args:
        account: The sandbox's account.
        region: The region.
        namespace: `AWS/ECS` and the like.
        name: The metric's name.
        dimensions: Names and values.
        value: The sample.
        unit: AWS's name of its unit.
        at: When; None: now.
        count: How often the value came.
    """
    metric = MetricId(account.account_id, region, namespace, name, tuple(sorted(dimensions.items())))
    moment = (at or account.clock.now()).timestamp()
    world_of(account).store.add(metric, {value: count}, unit, moment)


def at_seconds(moment: datetime) -> float:
    """A moment as AWS's parameters or moto have it, naive UTC or aware, in seconds since 1970."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
