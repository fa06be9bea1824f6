"""`POST /_sandbox/trail`: what no call of the sandbox is, as if it had happened; for sign-ins and the root user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from opslib.errors import SandboxError

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["Happened", "Recorded", "record"]


class Happened(BaseModel):
    """What happened: records as CloudTrail writes them.

    Attributes:
        records: Each with `eventSource`, `eventName`, `userIdentity` and what else is said of it; times, ids and the
            like are filled in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    records: tuple[dict[str, Any], ...] = Field(min_length=1)


class Recorded(BaseModel):
    """The records, whole."""

    model_config = ConfigDict(frozen=True)

    records: tuple[dict[str, Any], ...]


def record(account: Account, body: bytes) -> Recorded:
    """`POST /_sandbox/trail`.

    Raises:
        SandboxError: No trail logs, or a record does not say what it is.
    """
    from opslib.sandbox.behaviour.trail.recording import record_these

    wanted = Happened.model_validate_json(body)
    for one in wanted.records:
        if missing := {"eventSource", "eventName", "userIdentity"} - one.keys():
            raise SandboxError(f"a record without {min(missing)}", "say eventSource, eventName and userIdentity")
    with account.schedule.lock:
        account.schedule.run_due()
        if not account.trails:
            raise SandboxError("no trail logs in this account", "CreateTrail, then StartLogging")
        return Recorded(records=tuple(record_these(account, wanted.records, account.clock.now())))
