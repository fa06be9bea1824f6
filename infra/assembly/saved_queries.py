"""Which log groups the saved queries look into."""

from __future__ import annotations

from infra.config import StackConfig
from infra.kinds.queries import Logs

__all__ = ["log_groups"]


def log_groups(config: StackConfig) -> dict[Logs, list[str]]:
    """The names of log groups, as AWS gives them to functions and databases, and as a service says."""
    return {
        "application": [service.log_group for service in config.services.values() if service.log_group],
        "function": [f"/aws/lambda/{function.function}" for function in config.functions.values()],
        "database": [f"/aws/rds/instance/{one.instance}/postgresql" for one in config.databases.values()],
    }
