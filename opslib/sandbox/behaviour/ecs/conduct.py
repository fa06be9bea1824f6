"""How a revision or an image conducts itself once it runs: well, unless somebody says otherwise.

It is said by the control route `POST /_sandbox/conduct`, of a task definition's ARN, its family, an image or an image's
digest; or in the task definition itself, by docker labels of a container: `{"sandbox.never_healthy": "true"}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["LABEL_PREFIX", "Conduct", "conduct_of"]

LABEL_PREFIX = "sandbox."


class Conduct(BaseModel):
    """What tasks of a revision or an image do.

    Attributes:
        never_healthy: They start, and fail every health check.
        crashes_after_seconds: Their essential container exits this long after RUNNING; None: never.
        exit_code: What it exits with: 1 for a service's task that crashes, 0 for a one-off task, when not said.
        runs_seconds: How long a one-off task runs; None: as the settings say.
        errors_percent: Of the requests that they answer, how many they answer with a 500.
        latency_seconds: How long they take to answer a request; None: as usual.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    never_healthy: bool = False
    crashes_after_seconds: float | None = Field(default=None, ge=0)
    exit_code: int | None = Field(default=None, ge=0, le=255)
    runs_seconds: float | None = Field(default=None, ge=0)
    errors_percent: float = Field(default=0, ge=0, le=100)
    latency_seconds: float | None = Field(default=None, ge=0)


GOOD = Conduct()


def conduct_of(said: Mapping[str, Conduct], names: list[str], containers: list[dict[str, Any]]) -> Conduct:
    """How a task conducts itself.

    Args:
        said: What was said by the control route, by name.
        names: What the task goes by, the most particular first: its task definition's ARN, digests, images, family.
        containers: Its task definition's containers.

    Raises:
        pydantic.ValidationError: A label makes no sense.
    """
    for name in names:
        if name in said:
            return said[name]
    labels = {
        label.removeprefix(LABEL_PREFIX): value
        for container in containers
        for label, value in (container.get("dockerLabels") or {}).items()
        if label.startswith(LABEL_PREFIX)
    }
    return Conduct.model_validate(labels) if labels else GOOD
