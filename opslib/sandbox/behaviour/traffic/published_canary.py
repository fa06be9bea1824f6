"""What canaries publish of their runs: `CloudWatchSynthetics`, at the end of each run.

A canary of this program asks the addresses in its variable `CHECKS`, one after the other, as its script does; its run
fails where one of them is not answered. Of a canary with another script nothing is known, and it gets through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from moto.synthetics.models import synthetics_backends

from opslib.sandbox.account import Account
from opslib.sandbox.behaviour.traffic.chance import chosen
from opslib.sandbox.behaviour.traffic.outside import answered
from opslib.sandbox.behaviour.traffic.sample import Sample, dimensions
from opslib.sandbox.behaviour.traffic.seen import World
from opslib.sandbox.behaviour.traffic.serve import Minute

__all__ = ["canary_samples"]

NAMESPACE = "CloudWatchSynthetics"

START_MS, ADDRESS_MS = 400.0, 120.0
"""How long a run takes to start, and one address to answer. Ours: a request within a region, and a cold start."""

_RATE = re.compile(r"rate\((\d+) minutes?\)")


def canary_samples(account: Account, region: str, world: World, minute: Minute, now: datetime) -> Iterator[Sample]:
    """All samples of a minute: of those canaries that run in it.

    Args:
        account: The account.
        region: Where the canaries are.
        world: What there is to be reached.
        minute: What users have met in it.
        now: When the minute begins.
    """
    since = int(now.timestamp()) // 60
    for canary in list(synthetics_backends[account.account_id][region].canaries.values()):
        rate = _RATE.fullmatch(str(canary.schedule.get("Expression")))
        if canary.state != "RUNNING" or rate is None or since % int(rate[1]):
            continue
        urls = [urlsplit(check["url"]) for check in _checks(canary)]
        shares = (answered(world, url.hostname or "", url.path or "/", minute) for url in urls)
        tried, well = 0, True
        for share in shares:  # the script stops at the first that is not well
            tried += 1
            well = bool(chosen(1, share, account.random))
            if not well:
                break
        where = dimensions(CanaryName=canary.name)
        yield Sample(NAMESPACE, "SuccessPercent", where, {100.0 if well else 0.0: 1.0}, "Percent")
        yield Sample(NAMESPACE, "Failed", where, {0.0 if well else 1.0: 1.0}, "Count")
        yield Sample(NAMESPACE, "Duration", where, {START_MS + ADDRESS_MS * tried: 1.0}, "Milliseconds")


def _checks(canary: Any) -> list[dict[str, Any]]:
    variables = (canary.run_config or {}).get("EnvironmentVariables") or {}
    found: list[dict[str, Any]] = json.loads(variables.get("CHECKS", "[]"))
    return found
