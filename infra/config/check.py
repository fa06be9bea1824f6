"""The check of a stack's file: no engine, no AWS, no secrets."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from infra.config.references import references
from infra.config.stack_config import StackConfig
from infra.config.stack_file import read_stack_file
from infra.kinds import KINDS
from infra.kinds.watch import watch
from infra.muting import concerns
from opslib.errors import BadRequest, OpslibError

__all__ = ["check", "main"]


def check(stack: str, directory: Path) -> tuple[str, Sequence[str]]:
    """Check a stack's file; say in a line what it watches, and in further lines what a person should know of it.

    Raises:
        BadRequest: it is wrong.
    """
    path = directory / f"Pulumi.{stack}.yaml"
    written = read_stack_file(path)
    try:
        others = references(written)
    except BadRequest as problem:
        raise BadRequest(f"{path.name}: {problem.what}", problem.next_step) from None
    if others:
        StackConfig.refuse_but_for(written, others, source=path.name)
        stacks = ", ".join(dict.fromkeys(reference.from_stack for reference in others.values()))
        says = f"{path.name} is valid, but for {len(others)} values that only the engine can read from {stacks}"
        return says, ()
    config = StackConfig.parse(written, source=path.name)
    provider = read_stack_file(path, namespace="aws")
    region, accounts = provider.get("region"), provider.get("allowedAccountIds")
    if region and isinstance(accounts, list) and len(accounts) == 1:
        config.refuse_elsewhere(path.name, account=str(accounts[0]), region=str(region))
    secrets = config.secret_names()
    needs = f"; secrets it needs: {', '.join(secrets)}" if secrets else ""
    sections = {kind.section: len(config.section(kind.section)) for kind in KINDS.values()}
    counted = ", ".join(f"{count} {section}" for section, count in sections.items() if count)
    watched = [watch(KINDS[workload.kind], config.subject(key)) for key, workload in config.workloads().items()]
    known = concerns(config.maintenance, watched, config.backup_windows(), datetime.now(UTC))
    return f"{path.name} is valid: {config.prefix} watches {counted or 'nothing'}{needs}", known


def main(arguments: list[str] | None = None) -> int:
    """``python -m infra.config --stack NAME``: exit 0 where the file is valid, 2 with one line where it is not."""
    parser = argparse.ArgumentParser(prog="python -m infra.config", description="Check a stack's configuration.")
    parser.add_argument("--stack", required=True, help="the NAME of Pulumi.NAME.yaml")
    parser.add_argument("--dir", type=Path, default=Path(), help="where the file is")
    given = parser.parse_args(arguments)
    try:
        says, known = check(given.stack, given.dir)
        print(says)  # noqa: T201  this is a command
        for concern in known:
            print(f"infra.config: to know: {concern}", file=sys.stderr)  # noqa: T201
    except OpslibError as problem:
        print(f"infra.config: {problem}", file=sys.stderr)  # noqa: T201
        return problem.exit_code
    return 0
