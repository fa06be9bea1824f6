"""Where a stack lives, and which program made it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Where", "revision"]


@dataclass(frozen=True, slots=True)
class Where:
    """The account and region of a stack.

    Attributes:
        account: Twelve digits.
        partition: `aws`, `aws-cn` or `aws-us-gov`.
        region: Where the workloads run.
    """

    account: str
    partition: str
    region: str


def revision(directory: Path) -> tuple[str, str]:
    """The git revision of the program and the time of its commit; two empty strings outside a checkout.

    The time is the commit's and not the clock's, so that the outputs change when the program does and not on every run.
    """
    command = ["git", "-C", str(directory), "show", "--no-patch", "--format=%H %cI", "HEAD"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603  no user's text
    except (OSError, subprocess.SubprocessError):
        return "", ""
    commit, _, time = ran.stdout.strip().partition(" ")
    return commit, time
