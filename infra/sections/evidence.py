"""Where evidence is kept that nobody changes: how long, how firmly, and whose it is besides the roles'."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from infra.written import Written

__all__ = ["Evidence"]

_ROLE = r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$"

RoleArn = Annotated[str, Field(pattern=_ROLE)]


class Evidence(Written):
    """The bucket of evidence. A stack that does not say this has none: what is locked cannot be got rid of.

    Attributes:
        keep_days: For how long everything in it is locked; nothing is removed by itself. Many rules ask for a year.
        mode: `governance`: break-glass can end the lock of an object; `compliance`: nobody can, AWS included.
        bucket: Its name, which is unique in the world; none: PREFIX-evidence-ACCOUNT-REGION.
        readers: ARNs of roles of the account that may read it besides viewer, operator and break-glass, such as an
            auditor's.
        writers: ARNs of roles of the account that may add to it besides operator, break-glass, CI and automatic
            rollback, such as the task's that verifies backups.
    """

    keep_days: int = Field(default=400, ge=1, le=36_500)
    mode: Literal["governance", "compliance"] = "governance"
    bucket: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")
    readers: tuple[RoleArn, ...] = ()
    writers: tuple[RoleArn, ...] = ()
