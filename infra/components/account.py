"""What exists once in an account: the trail, the preferences of text messages, the monitor of what services cost."""

from __future__ import annotations

from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import cloudwatch

from infra.components.cost_anomalies import CostAnomalies, CostAnomaliesArgs
from infra.components.text_messages import TextMessages, TextMessagesArgs
from infra.components.trail import Trail, TrailArgs

__all__ = ["Account", "AccountArgs"]


class AccountArgs(TypedDict):
    """What an account gets; what is not given is left as it is."""

    trail: NotRequired[TrailArgs | None]
    """The trail."""
    text_messages: NotRequired[TextMessagesArgs | None]
    """The preferences of text messages."""
    cost_anomalies: NotRequired[CostAnomaliesArgs | None]
    """The monitor of what services cost, and who is told."""


class Account(pulumi.ComponentResource):
    """The singletons of an account: a second stack with them fails, or takes them from the first.

    Attributes:
        log_groups: The log group of the trail, where there is one, under `trail`.
    """

    log_groups: dict[str, cloudwatch.LogGroup]

    def __init__(self, name: str, args: AccountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:Account", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        trail, texts, costs = args.get("trail"), args.get("text_messages"), args.get("cost_anomalies")
        self.log_groups = {} if trail is None else {"trail": Trail(f"{name}-trail", trail, child).log_group}
        if texts is not None:
            TextMessages(f"{name}-texts", texts, child)
        if costs is not None:
            CostAnomalies(f"{name}-costs", costs, child)
        self.register_outputs({})
