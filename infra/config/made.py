"""Workloads that nobody writes: what this program itself makes and then watches like any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.config.own_automation import AUTOMATION, automation
from infra.names import fitting
from infra.sections.account import Account
from infra.sections.backups import Backups
from infra.sections.evidence import Evidence
from infra.workloads import TABLED, Workload

__all__ = ["evidence_bucket", "made", "not_an_account", "trail_log_group", "vault_name"]

OF_AN_ACCOUNT = ("billing", "security", "deliveryPaths", "backupVaults")
"""The sections that a stack of an account may have: what they name exists once in it."""

_VAULT_NAME = 50
_BUCKET_NAME = 63


def vault_name(prefix: str) -> str:
    """The name of the stack's vault, and of the one with its copies."""
    return fitting(f"{prefix}-backups", _VAULT_NAME)


def evidence_bucket(prefix: str, evidence: Evidence | None, *, account: str, region: str) -> str:
    """The name of the bucket of evidence, which is unique in the world; empty where there is none."""
    if evidence is None:
        return ""
    return evidence.bucket or fitting(f"{prefix}-evidence-{account}-{region}", _BUCKET_NAME)


def trail_log_group(prefix: str) -> str:
    """The name of the log group of the account's trail."""
    return f"/aws/cloudtrail/{prefix}"


def made(
    prefix: str, backups: Backups | None, account: Account | None, *, records: bool = False, rollback: str = "off"
) -> dict[str, Mapping[str, Workload]]:
    """The workloads that follow from other parts of the configuration: by section, then by key.

    Args:
        prefix: What every name starts with.
        backups: What is said of backups.
        account: What is said of the account.
        records: Whether there is the recorder.
        rollback: The mode of automatic rollback.
    """
    found: dict[str, Mapping[str, Workload]] = {}
    if backups is not None:
        vault = {
            "vault": vault_name(prefix),
            "copies": backups.second_region is not None,
            "countRestores": backups.restore_tests is not None,
        }
        found["backupVaults"] = {"backups": TABLED["backupVaults"].model_validate(vault)}
    if account is not None and account.trail is not None:
        trail = {"trailLogGroup": trail_log_group(prefix), "countCalls": True, "countRootEvents": True}
        found["security"] = {"trail": TABLED["security"].model_validate(trail)}
    if by_itself := automation(prefix, records=records, rollback=rollback):
        found["automations"] = {AUTOMATION: TABLED["automations"].model_validate(by_itself)}
    return found


def not_an_account(
    account: Account | None, made: Mapping[str, Mapping[str, Workload]], written: Mapping[str, Mapping[str, Workload]]
) -> Iterator[str]:
    """What a person wrote that cannot be beside what the program makes, one line each, with its path.

    Args:
        account: What is said of the account.
        made: The workloads that the program makes, by section.
        written: Those that a person wrote, by section.
    """
    for section, workloads in written.items():
        for key in workloads:
            if key in made.get(section, {}):
                yield f"{section}.{key}: the program makes this one itself: give yours another name"
            elif account is not None and section not in OF_AN_ACCOUNT:
                yield f"{section}.{key}: a stack with `account` is the account's: no product's workload stands there"
