"""The stack's outputs in SSM Parameter Store, for readers without Pulumi."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import ssm

__all__ = ["Mirror", "MirrorArgs"]

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
