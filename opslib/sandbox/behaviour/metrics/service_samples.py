"""`POST /_sandbox/metrics`: samples of AWS's own namespaces, which PutMetricData refuses, for tests to tell a story."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from opslib.sandbox.behaviour.metrics.world import publish

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["Published", "ServiceSample", "ServiceSamples", "publish_samples"]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServiceSample(_Message):
    """A value, as an AWS service publishes it.

    Attributes:
        namespace: `AWS/ECS` and the like.
        name: The metric's name.
        dimensions: Names and values.
        value: The value.
        count: How often it came.
        unit: AWS's name of its unit.
        at: When; None: now.
        region: Where; None: the default region.
    """

    namespace: str = Field(min_length=1)
    name: str = Field(min_length=1)
    dimensions: dict[str, str] = {}
    value: float = Field(allow_inf_nan=False)
    count: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    unit: str = "None"
    at: AwareDatetime | None = None
    region: str | None = None


class ServiceSamples(_Message):
    """Values to be published."""

    samples: tuple[ServiceSample, ...]


class Published(_Message):
    """How many values were published."""

    samples: int
    at: datetime


def publish_samples(account: Account, body: bytes) -> Published:
    """`POST /_sandbox/metrics`."""
    wanted = ServiceSamples.model_validate_json(body)
    with account.schedule.lock:
        account.schedule.run_due()
        now = account.clock.now()
        for sample in wanted.samples:
            publish(
                account,
                sample.region or account.region,
                sample.namespace,
                sample.name,
                sample.dimensions,
                sample.value,
                sample.unit,
                sample.at or now,
                count=sample.count,
            )
    return Published(samples=len(wanted.samples), at=now)
