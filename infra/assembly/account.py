"""What the account's singletons are made from."""

from __future__ import annotations

from collections.abc import Mapping

from infra.assembly.cost_anomalies import cost_anomalies
from infra.components.account import AccountArgs
from infra.components.alerting import Alerting
from infra.components.text_messages import TextMessagesArgs
from infra.components.trail import TrailArgs
from infra.config import StackConfig
from infra.config.made import trail_log_group
from infra.names import fitting
from infra.sections.account import Account, TextMessages, Trail
from infra.where import Where

__all__ = ["account"]

_ROLE_NAME = 64


def account(
    config: StackConfig, written: Account, where: Where, alerting: Alerting, tags: Mapping[str, str]
) -> AccountArgs:
    """What the account's singletons are made from.

    Args:
        config: The configuration.
        written: What it says of the account.
        where: The account and region.
        alerting: Who is told.
        tags: The tags of everything.
    """
    args: AccountArgs = {}
    if written.trail is not None:
        args["trail"] = _trail(config, written.trail, where, tags)
    if written.text_messages is not None:
        args["text_messages"] = _text_messages(config, written.text_messages, where, tags)
    if (costs := written.cost_anomalies) is not None:
        told = alerting.topics["info"]
        args["cost_anomalies"] = cost_anomalies(config.prefix, costs, told, protect=config.protect, tags=tags)
    return args


def _trail(config: StackConfig, written: Trail, where: Where, tags: Mapping[str, str]) -> TrailArgs:
    return {
        "trail_name": fitting(f"{config.prefix}-trail", _ROLE_NAME),
        "bucket": written.bucket,
        "log_group": trail_log_group(config.prefix),
        "account": where.account,
        "partition": where.partition,
        "region": where.region,
        "keep_days": written.keep_days,
        "retention_days": written.retention_days,
        "protect": config.protect,
        "tags": tags,
    }


def _text_messages(
    config: StackConfig, written: TextMessages, where: Where, tags: Mapping[str, str]
) -> TextMessagesArgs:
    return {
        "role_name": fitting(f"{config.prefix}-texts", _ROLE_NAME),
        "account": where.account,
        "partition": where.partition,
        "monthly_limit_usd": written.monthly_limit_usd,
        "kind": written.kind,
        "success_percent": written.success_percent,
        "regions": [region for region in written.regions if region != where.region],
        "sender_id": written.sender_id,
        "tags": tags,
    }
