"""Commands on instances: pending, in progress, and over, each instance by the sandbox's clock and as it was told to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from moto.ec2.models import ec2_backends

from opslib.sandbox.behaviour.stores.settings import StoresSettings

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["begin", "managed_instances"]

NAME = "stores"
_ENDED = ("Success", "Failed", "TimedOut", "Cancelled")

# Of a command as a whole, in AWS's order of what says most (SSM's user guide, "Understanding command statuses").
_WHOLE = ("Failed", "TimedOut", "Cancelled")


def managed_instances(account: Account, region: str) -> dict[str, Any]:
    """The instances that SSM manages, by id: here, every EC2 instance that runs."""
    reservations = ec2_backends[account.account_id][region].all_reservations()
    instances = (instance for reservation in reservations for instance in reservation.instances)
    return {instance.id: instance for instance in instances if instance.state == "running"}


def begin(account: Account, command: Any, instances: list[str]) -> None:
    """Let a command begin, which moto has ended already.

    Args:
        account: The sandbox's account.
        command: It, as moto keeps it.
        instances: Those that it is for; moto adds all others where no targets were named.
    """
    settings: StoresSettings = account.behaviour[NAME]
    command.instance_ids = instances
    command.invocations = [each for each in command.invocations if each["InstanceId"] in instances]
    command.target_count, command.completed_count, command.error_count = len(instances), 0, 0
    command.status = command.status_details = "Pending"
    now = account.clock.now()
    for invocation in command.invocations:
        _set(invocation, "Pending")
        invocation.update(ResponseCode=-1, ExecutionStartDateTime="", ExecutionEndDateTime="", ExecutionElapsedTime="")
        outcome = (settings.command_outcomes or {}).get(invocation["InstanceId"], "Success")
        key = _key(command, invocation)
        if outcome == "TimedOut":
            due = now + timedelta(seconds=command.timeout_seconds)
            account.schedule.at(due, partial(_end, command, invocation, outcome), key=key)
            continue
        due = now + timedelta(seconds=settings.command_starts_seconds)
        run = partial(_run, account, command, invocation, outcome)
        account.schedule.at(due, run, key=key)


def _run(account: Account, command: Any, invocation: dict[str, Any], outcome: str, at: datetime) -> None:
    if invocation["Status"] in _ENDED:
        return
    _set(invocation, "InProgress")
    invocation["ExecutionStartDateTime"] = _stamp(at)
    command.status = command.status_details = "InProgress"
    seconds = account.behaviour[NAME].command_runs_seconds
    invocation["ExecutionElapsedTime"] = f"PT{seconds:g}S"
    end = partial(_end, command, invocation, outcome)
    account.schedule.at(at + timedelta(seconds=seconds), end, key=_key(command, invocation))


def _end(command: Any, invocation: dict[str, Any], outcome: str, at: datetime) -> None:
    if invocation["Status"] in _ENDED:
        return
    _set(invocation, outcome)
    invocation["ResponseCode"] = 0 if outcome == "Success" else 1 if outcome == "Failed" else -1
    invocation["ExecutionEndDateTime"] = _stamp(at)
    statuses = [each["Status"] for each in command.invocations]
    command.completed_count = sum(status in _ENDED for status in statuses)
    command.error_count = sum(status in ("Failed", "TimedOut") for status in statuses)
    if command.completed_count == len(statuses):
        command.status = command.status_details = next(_overall(statuses), "Success")


def _overall(statuses: list[str]) -> Iterator[str]:
    return (status for status in _WHOLE if status in statuses)


def _key(command: Any, invocation: dict[str, Any]) -> str:
    return f"{NAME}/command/{command.command_id}/{invocation['InstanceId']}"


def _set(invocation: dict[str, Any], status: str) -> None:
    invocation["Status"] = status
    invocation["StatusDetails"] = "DeliveryTimedOut" if status == "TimedOut" else status


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
