"""A process of its own that rolls back or goes on, to be killed: ``python -m tests.faults.victim URL STATE [PLAN]``."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from opslib import rollback
from opslib.sandbox import Sandbox
from tests.rollback.world import World

__all__ = ["main"]


def main(url: str, state: str, plan_id: str = "") -> int:
    """Roll back, or go on with a plan; the exit code is the outcome's."""
    logging.disable(logging.CRITICAL)
    world = World(Sandbox.attach(url), Path(state))
    stack = world.stack()
    if plan_id:
        return rollback.resume(stack, plan_id, **world.options).exit_code
    return rollback.service(stack, "api", reason="errors since 2.15.0", **world.options).exit_code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
