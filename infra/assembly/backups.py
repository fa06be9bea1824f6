"""What the stack's backups are made from."""

from __future__ import annotations

from collections.abc import Mapping

from infra.components.backup_plan import BackupRuleArgs
from infra.components.backup_vault import BackupVaultArgs, VaultLockArgs
from infra.components.backups import BackupsArgs, TestedArgs
from infra.config import StackConfig
from infra.names import fitting
from infra.sections.backups import WEEKDAYS, Backups, Lock, RestoreTests
from infra.where import Where

__all__ = ["backups"]

_PLAN_NAME = 50
_ROLE_NAME = 64
_WINDOW_DAYS = 365
"""How far back a recovery point may be that is restored as a test (RestoreTestingRecoveryPointSelection)."""


def backups(config: StackConfig, written: Backups, where: Where, tags: Mapping[str, str]) -> BackupsArgs:
    """What the backups are made from.

    Args:
        config: The configuration.
        written: What it says of backups.
        where: The account and region.
        tags: The tags of everything.
    """
    vault: BackupVaultArgs = {
        "vault_name": config.vault_name(),
        "account": where.account,
        "partition": where.partition,
        "lock": None if written.lock is None else _lock(written.lock),
        "deleters": written.deleters,
        "protect": config.protect,
        "tags": tags,
    }
    second, tests = written.second_region, written.restore_tests
    copies: BackupVaultArgs | None = None if second is None else {**vault, "region": second.region}
    return {
        "vault": vault,
        "copies": copies,
        "partition": where.partition,
        "plan_name": fitting(f"{config.prefix}-backups", _PLAN_NAME),
        "role_name": fitting(f"{config.prefix}-backups", _ROLE_NAME),
        "rules": _rules(written),
        "copied": {} if second is None else {"daily": second.keep_days},
        "select_tags": written.select_tags,
        "tests": None if tests is None else _tests(config.prefix, tests, written.daily.keep_days),
        "tags": tags,
    }


def _lock(lock: Lock) -> VaultLockArgs:
    return {"minimum_days": lock.minimum_days, "maximum_days": lock.maximum_days, "grace_days": lock.grace_days}


def _rules(written: Backups) -> dict[str, BackupRuleArgs]:
    hour, minute = written.daily.at.split(":")
    rules: dict[str, BackupRuleArgs] = {
        "daily": {
            "schedule": f"cron({int(minute)} {int(hour)} * * ? *)",
            "keep_days": written.daily.keep_days,
            "cold_after_days": written.daily.cold_after_days,
        }
    }
    if written.hourly is not None:
        rules["hourly"] = {"schedule": "cron(0 * * * ? *)", "keep_days": written.hourly.keep_days}
    if written.continuous is not None:
        rules["continuous"] = {
            # When AWS Backup sees to it that the log is kept; what is kept does not depend on it.
            "schedule": "cron(0 * * * ? *)",
            "keep_days": written.continuous.keep_days,
            "continuous": True,
        }
    return rules


def _tests(prefix: str, tests: RestoreTests, kept_days: int) -> TestedArgs:
    """Every week the latest backup, every month any of those that are kept."""
    hour, minute = tests.at.split(":")
    weekday = (WEEKDAYS.index(tests.weekday) + 1) % 7 + 1  # cron's week begins with Sunday, which is 1
    names = {key: fitting(f"{prefix}-{key}", _PLAN_NAME).replace("-", "_") for key in ("weekly", "monthly")}
    return {
        "plans": {
            "weekly": {
                "plan_name": names["weekly"],
                "schedule": f"cron({int(minute)} {int(hour)} ? * {weekday} *)",
                "algorithm": "LATEST_WITHIN_WINDOW",
                "window_days": 7,
            },
            "monthly": {
                "plan_name": names["monthly"],
                "schedule": f"cron({int(minute)} {int(hour)} {tests.day} * ? *)",
                "algorithm": "RANDOM_WITHIN_WINDOW",
                "window_days": min(kept_days, _WINDOW_DAYS),
            },
        },
        "resource_types": tests.resource_types,
        "metadata": tests.metadata,
        "validation_hours": tests.validation_hours,
    }
