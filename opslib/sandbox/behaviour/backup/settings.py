"""How long AWS Backup's jobs take, and which of them go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

__all__ = ["BackupSettings", "outcome_of"]

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, kw_only=True)
class BackupSettings:
    """Times of jobs by the sandbox's clock, and how jobs end.

    AWS gives no times of jobs, they grow with what is stored: where nothing else is said they are ours, of small
    databases. How jobs end is said by the ARN of the resource, else by its type (`RDS`), else by `*`; what is not said
    ends well.

    Attributes:
        starting_seconds: From the time of a rule, or of a call, until its job begins.
        retry_seconds: How long after a job could not begin it is tried again. AWS, BackupRule: "at least every 10
            minutes until the backup successfully begins" or the start window is over.
        backing_up_seconds: How long a backup takes.
        copying_seconds: How long a copy into another vault takes.
        restoring_seconds: How long a restore takes.
        deleting_seconds: How long it takes to delete what was restored as a test.
        backups: How backup jobs end: `FAILED`, `ABORTED` as by somebody who stops them, or `EXPIRED`, which is to say
            that they can never begin.
        copies: How copy jobs end.
        restores: How restore jobs end.
        deletions: How it ends when what was restored as a test is deleted.
    """

    starting_seconds: Seconds = 60
    retry_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 600
    backing_up_seconds: Seconds = 300
    copying_seconds: Seconds = 300
    restoring_seconds: Seconds = 900
    deleting_seconds: Seconds = 300
    backups: Mapping[str, Literal["FAILED", "ABORTED", "EXPIRED"]] = field(default_factory=dict)
    copies: Mapping[str, Literal["FAILED"]] = field(default_factory=dict)
    restores: Mapping[str, Literal["FAILED", "ABORTED"]] = field(default_factory=dict)
    deletions: Mapping[str, Literal["FAILED"]] = field(default_factory=dict)


def outcome_of(said: Mapping[str, str], arn: str, kind: str) -> str | None:
    """How a job ends that was said to go wrong; None: well.

    Args:
        said: One of the settings that say it.
        arn: The resource's ARN.
        kind: Its type, as AWS Backup calls it.
    """
    return next((said[name] for name in (arn, kind, "*") if name in said), None)
