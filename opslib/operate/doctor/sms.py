"""Text messages: out of SNS's sandbox, with money left to send them, to numbers that have not opted out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from opslib.contract import StackOutputs
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.look import Look
from opslib.operate.doctor.topics import see_heard, topics_of
from opslib.procedure.aws import regional

__all__ = ["CHECKS", "ENOUGH_USD"]

ENOUGH_USD: Final = 2.0
"""What should be left of a month's money for messages: about twenty of them to Europe (SNS's price list). The account's
default limit, 1 USD, is below it: AWS raises it on request."""

_SPENT_PERIOD: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Whether SNS sends text messages of a region to verified numbers alone."""

    region: str
    is_in_it: bool


@dataclass(frozen=True, slots=True)
class Spending:
    """What text messages may cost in a month, and what they have cost."""

    region: str
    limit_usd: float
    spent_usd: float


@dataclass(frozen=True, slots=True)
class OptedOut:
    """The numbers of a region's subscriptions that have opted out, as they may be shown."""

    region: str
    numbers: tuple[str, ...]


def _regions(outputs: StackOutputs) -> list[str]:
    return sorted({topic.region for topic in topics_of(outputs)})


def _numbers(look: Look, region: str) -> dict[str, str]:
    """The numbers that text messages of a region go to, and how each may be shown."""
    topics = (topic for topic in topics_of(look.outputs) if topic.region == region)
    return {
        one.number: one.endpoint
        for topic in topics
        if (heard := see_heard(look, topic)) is not None
        for one in heard.subscriptions
        if one.protocol == "sms"
    }


def _see_sandbox(look: Look, region: str) -> Sandbox | None:
    if not _numbers(look, region):
        return None
    status = look.read(regional("sns", region, look.home), "GetSMSSandboxAccountStatus")
    return Sandbox(region, bool(status["IsInSandbox"]))


def _see_spending(look: Look, region: str) -> Spending | None:
    if not _numbers(look, region):
        return None
    found = look.read(regional("sns", region, look.home), "GetSMSAttributes", attributes=["MonthlySpendLimit"])
    limit = float(found.get("attributes", {}).get("MonthlySpendLimit") or 1)  # SNS: 1 USD unless it was raised
    statistics = look.read(
        regional("cloudwatch", region, look.home),
        "GetMetricStatistics",
        Namespace="AWS/SNS",
        MetricName="SMSMonthToDateSpentUSD",
        StartTime=look.now - _SPENT_PERIOD,
        EndTime=look.now,
        Period=int(_SPENT_PERIOD.total_seconds()),
        Statistics=["Maximum"],
    )
    return Spending(region, limit, max((point["Maximum"] for point in statistics["Datapoints"]), default=0.0))


def _see_opted_out(look: Look, region: str) -> OptedOut | None:
    numbers = _numbers(look, region)
    port = regional("sns", region, look.home)
    gone = (
        shown
        for number, shown in numbers.items()
        if look.read(port, "CheckIfPhoneNumberIsOptedOut", phoneNumber=number)["isOptedOut"]
    )
    return OptedOut(region, tuple(gone)) if numbers else None


def _in_it(seen: Sandbox, _: datetime) -> Iterator[Fault]:
    if seen.is_in_it:
        yield Fault(f"SMS in {seen.region}", "the account is in the SMS sandbox: only verified numbers get messages")


def _spent(seen: Spending, _: datetime) -> Iterator[Fault]:
    if seen.limit_usd - seen.spent_usd < ENOUGH_USD:
        what = f"{seen.spent_usd:.2f} of {seen.limit_usd:.2f} USD are spent this month; SNS sends nothing beyond"
        yield Fault(f"SMS in {seen.region}", what)


def _refused(seen: OptedOut, _: datetime) -> Iterator[Fault]:
    for number in seen.numbers:
        yield Fault(f"SMS in {seen.region}", f"the number {number} has opted out: SNS sends it nothing")


def _on(region: str) -> str:
    return f"SMS in {region}"


CHECKS: Final[tuple[Check[Any, Any], ...]] = (
    Check(
        id="sms-released",
        group="Telling people",
        level="critical",
        looks_at="text messages are out of SNS's sandbox, where somebody gets any",
        why="whoever is on call gets no text message",
        next_step="ask AWS to move the account out of it: SNS console, Text messaging, Exit SMS sandbox",
        subjects=_regions,
        read=_see_sandbox,
        judge=_in_it,
        on=_on,
    ),
    Check(
        id="sms-affordable",
        group="Telling people",
        level="critical",
        looks_at=f"{ENOUGH_USD:g} USD of the month's limit for text messages are left",
        why="in the middle of an incident the text messages stop",
        next_step="have AWS raise the quota, then `aws sns set-sms-attributes --attributes MonthlySpendLimit=50`",
        subjects=_regions,
        read=_see_spending,
        judge=_spent,
        on=_on,
    ),
    Check(
        id="sms-wanted",
        group="Telling people",
        level="critical",
        looks_at="no number of whoever is on call has opted out",
        why="they answered STOP once, and hear nothing since",
        next_step="aws sns opt-in-phone-number --phone-number …, with their consent; AWS takes it once in 30 days",
        subjects=_regions,
        read=_see_opted_out,
        judge=_refused,
        on=_on,
    ),
)
"""What is checked of text messages."""
