"""SSM: the sizes of parameters, which moto does not measure, and commands, which it has always ended already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.ssm.models import ssm_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.stores.commands import begin, managed_instances
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

# AWS, parameter tiers: the most bytes of a value.
STANDARD_BYTES = 4096
ADVANCED_BYTES = 8192


def put_parameter(call: GapCall) -> Mapping[str, Any]:
    """In the tier that is asked for or that it needs; an advanced one stays advanced."""
    parameters = dict(call.parameters)
    size = len(str(parameters.get("Value", "")).encode())
    existing = ssm_backends[call.account_id][call.region]._parameters.get(parameters["Name"])  # noqa: SLF001  # its only door
    was_advanced = bool(existing) and existing[-1].tier == "Advanced"
    tier = parameters.get("Tier", "Advanced" if was_advanced else "Standard")
    if tier == "Intelligent-Tiering":
        tier = "Advanced" if was_advanced or size > STANDARD_BYTES or "Policies" in parameters else "Standard"
    if tier == "Standard" and was_advanced and parameters.get("Overwrite"):
        raise AwsError(
            "ValidationException",
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
            "advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced "
            "parameter and recreate it as a standard parameter.",
        )
    if tier == "Standard" and size > STANDARD_BYTES:
        raise AwsError(
            "ValidationException",
            "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger "
            "parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see "
            "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
        )
    if size > ADVANCED_BYTES:
        message = "Advanced tier parameters support a maximum parameter value of 8192 characters."
        raise AwsError("ValidationException", message)
    return call.through({**parameters, "Tier": tier})


def send_command(call: GapCall) -> Mapping[str, Any]:
    """With a document that exists, on instances that are managed; it takes its time, and ends as it was told to."""
    parameters = call.parameters
    document, managed = parameters["DocumentName"], managed_instances(call.account, call.region)
    backend = ssm_backends[call.account_id][call.region]
    if not document.startswith(("AWS-", "arn:")) and document not in backend._documents:  # noqa: SLF001  # its only door
        raise AwsError("InvalidDocument", f"Document with name {document} does not exist.")
    wanted, targets = list(dict.fromkeys(parameters.get("InstanceIds") or [])), parameters.get("Targets") or []
    if bool(wanted) == bool(targets):
        raise AwsError("InvalidParameters", "Exactly one of InstanceIds and Targets must be specified")
    if missing := [instance for instance in wanted if instance not in managed]:
        raise AwsError("InvalidInstanceId", f"Instances {missing} not in a valid state for account {call.account_id}")
    with call.account.schedule.lock:
        answer = call.through(_with_filters(parameters, targets, managed))
        command = next(c for c in backend._commands if c.command_id == answer["Command"]["CommandId"])  # noqa: SLF001  # as above
        begin(call.account, command, wanted or [each for each in command.instance_ids if each in managed])
        described: dict[str, Any] = command.response_object()
    return {"Command": described | {"InstanceIds": wanted, "Targets": targets}}


def _with_filters(
    parameters: Mapping[str, Any], targets: list[dict[str, Any]], managed: Mapping[str, Any]
) -> dict[str, Any]:
    """Write targets for moto, which takes them for EC2's filters."""
    names = {"InstanceIds": "instance-id"}
    filters = [{**target, "Key": names.get(target["Key"], target["Key"])} for target in targets]
    return {**parameters, "Targets": filters} if targets else {**parameters, "InstanceIds": list(managed)}


def list_command_invocations(call: GapCall) -> Mapping[str, Any]:
    """Of every command, or of those that are asked for, instance by instance."""
    command, instance = call.parameters.get("CommandId"), call.parameters.get("InstanceId")
    commands = ssm_backends[call.account_id][call.region]._commands  # noqa: SLF001  # its only door
    keys = ("CommandId", "InstanceId", "Comment", "DocumentName", "Status", "StatusDetails")
    found = [
        {**{key: invocation[key] for key in keys}, "RequestedDateTime": each.requested_date_time}
        for each in commands
        for invocation in each.invocations
        if command in (None, each.command_id) and instance in (None, invocation["InstanceId"])
    ]
    return {"CommandInvocations": found}


def describe_instance_information(call: GapCall) -> Mapping[str, Any]:
    """Every EC2 instance that runs has an agent that answers."""
    filters = {f["Key"]: f["Values"] for f in call.parameters.get("Filters") or []}
    wanted = filters.get("InstanceIds")
    described = [
        {
            "InstanceId": name,
            "PingStatus": "Online",
            "LastPingDateTime": call.account.clock.now(),
            "PlatformType": "Linux",
            "ResourceType": "EC2Instance",
            "IPAddress": instance.private_ip,
        }
        for name, instance in managed_instances(call.account, call.region).items()
        if wanted is None or name in wanted
    ]
    return {"InstanceInformationList": described}


def describe_parameters(call: GapCall) -> Mapping[str, Any]:
    """Under the service's lock: moto goes through its dictionary, to which another call may be adding."""
    return call.through()


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("ssm", "DescribeInstanceInformation"): describe_instance_information,
    ("ssm", "DescribeParameters"): describe_parameters,
    ("ssm", "ListCommandInvocations"): list_command_invocations,
    ("ssm", "PutParameter"): put_parameter,
    ("ssm", "SendCommand"): send_command,
}
