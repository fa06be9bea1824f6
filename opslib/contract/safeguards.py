"""What the program has made so that procedures can be trusted: the journal, and all that is no workload."""

from __future__ import annotations

from opslib.contract.fields import Arn, Name, Record, RegionName

__all__ = ["Journal"]


class Journal(Record):
    """The DynamoDB table that holds claims, leases and the journal of procedures."""

    table: Name
    arn: Arn
    region: RegionName
