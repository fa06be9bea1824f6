"""The stack's outputs in SSM Parameter Store, for readers without Pulumi."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, NotRequired, TypedDict, cast

import pulumi
from pulumi_aws import ssm

from infra.components.settled import settled
from opslib import mirror
from opslib.contract import StackOutputs

__all__ = ["Mirror", "MirrorArgs", "values_of"]

STANDARD_BYTES = 4096
"""A standard parameter holds 4 KB and costs nothing; an advanced one holds 8 KB."""


class MirrorArgs(TypedDict):
    """The parameters to write."""

    parameters: Mapping[str, pulumi.Input[str]]
    """Value by full parameter name."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of every parameter."""


class Mirror(pulumi.ComponentResource):
    """One parameter for each workload and one for the stack, for a parameter is small."""

    def __init__(self, name: str, args: MirrorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:Mirror", name, None, opts)
        for parameter, value in args["parameters"].items():
            text = pulumi.Output.from_input(value)
            ssm.Parameter(
                # The name within the stack's path, so that a renamed product does not change what a resource is.
                f"{name}-{'-'.join(parameter.split('/')[4:])}",
                name=parameter,
                type="String",
                value=text,
                tier=text.apply(lambda t: "Standard" if len(t.encode()) <= STANDARD_BYTES else "Advanced"),
                tags=args.get("tags", {}),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def values_of(outputs: Mapping[str, Any], workloads: Iterable[str]) -> dict[str, pulumi.Output[str]]:
    """The parameters that mirror a stack's outputs: value by full name.

    The names are known before anything is created; the values when everything is. That the program waits for everything
    is order enough: to record that each of N parameters depends on each of M resources would make the state, and the
    time of every run, grow with their product (100 services: 600,000 dependencies beside 8,000 others).

    Args:
        outputs: The stack's outputs, of which values may be Pulumi outputs.
        workloads: The keys of all workloads.
    """
    names = mirror.parameter_names(outputs["stack"]["product"], outputs["stack"]["environment"], workloads)
    written = settled(outputs).apply(_parameters)
    value = cast("Awaitable[dict[str, str]]", written.future(with_unknowns=True))  # None only where it is not known
    values = pulumi.Output(set[pulumi.Resource](), value, written.is_known(), written.is_secret())
    return {name: values[name] for name in names.values()}


def _parameters(outputs: Mapping[str, Any]) -> dict[str, str]:
    return mirror.to_parameters(StackOutputs.parse(outputs, source="the program"))
