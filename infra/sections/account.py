"""What exists once in an account, whatever runs there: the trail, and what text messages may cost."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from infra.sections.cost_anomalies import CostAnomalies
from infra.sections.logs import RetentionDays
from infra.written import Written
from opslib.contract import RegionName

__all__ = ["Account", "TextMessages", "Trail"]


class Trail(Written):
    """The trail of the account: every call in every region, into a bucket and a log group.

    Attributes:
        bucket: Name of the bucket; names of buckets are unique in the world.
        keep_days: How long the bucket keeps what was recorded; many rules ask for a year.
        retention_days: How long the log group keeps it, in which it is counted and can be searched.
    """

    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")
    keep_days: int = Field(default=400, ge=90, le=3653)
    retention_days: RetentionDays = 90


class TextMessages(Written):
    """What SNS's text messages may cost, and where it is told what became of them.

    Attributes:
        monthly_limit_usd: US dollars a month; AWS has to raise its own limit first, which is 1 in a new account.
        sender_id: Who they come from, in countries that know it.
        kind: `Transactional`: delivered reliably; `Promotional`: cheaply.
        success_percent: Of how many of a hundred delivered messages it is logged too; of those that fail, always.
        regions: In which regions besides the stack's: the preferences are a region's, as topics are.
    """

    monthly_limit_usd: int = Field(default=20, ge=1, le=100_000)
    sender_id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]{1,11}$")
    kind: Literal["Transactional", "Promotional"] = "Transactional"
    success_percent: int = Field(default=0, ge=0, le=100)
    regions: tuple[RegionName, ...] = ()


class Account(Written):
    """What exists once in an account. A stack that says this is the account's, and has no product's workloads.

    Attributes:
        trail: The trail; none: there is one already, of an organization or of a landing zone.
        text_messages: The preferences of text messages; none: they stay as they are.
        cost_anomalies: What of costs that are not as they were is worth a message; none: nothing is set up.
    """

    trail: Trail | None = None
    text_messages: TextMessages | None = None
    cost_anomalies: CostAnomalies | None = None
