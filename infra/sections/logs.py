"""Which log groups are this stack's own, and how long they are kept."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from infra.written import Key, Written

__all__ = ["Logs", "RetentionDays"]

RetentionDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 3653]
"""What CloudWatch Logs takes (PutRetentionPolicy)."""


class Logs(Written):
    """Log groups. One that is not named here is the team's: lines of it are counted, and nothing of it is changed.

    Attributes:
        retention_days: How long this stack's own are kept.
        ours: Workloads whose log group this stack creates, and keeps so long.
        adopt: Those of them whose log group is there already: the next `up` takes it over as it is. Take them out of
            here after it, and the `up` after that sets the retention.
    """

    retention_days: RetentionDays = 30
    ours: tuple[Key, ...] = ()
    adopt: tuple[Key, ...] = ()

    @model_validator(mode="after")
    def _of_ours(self) -> Self:
        for key in self.adopt:
            if key not in self.ours:
                raise ValueError(f"adopt: {key} is not among ours: write it there too")
        return self
