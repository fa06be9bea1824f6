"""How the comparisons are run: how many random cases, and from which seed."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, seed, settings

CI = bool(os.environ.get("CI"))
SEED = int(os.environ.get("REFERENCE_SEED") or random.SystemRandom().randrange(2**32))

settings.register_profile(
    "reference",
    max_examples=int(os.environ.get("REFERENCE_EXAMPLES") or 240),
    deadline=None,  # two cores that other tests use as well
    database=None,  # nothing is remembered from run to run
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.register_profile("reference-ci", settings.get_profile("reference"), derandomize=True)
PROFILE = settings.get_profile("reference-ci" if CI else "reference")


def how_again() -> str:
    """What a failing test shows, so that the same cases can be run again."""
    return "CI=1: always the same cases" if CI else f"the same cases again: REFERENCE_SEED={SEED}"


def compared(test: Callable[..., Any], examples: int = PROFILE.max_examples) -> Callable[..., Any]:
    """Run a comparison with other cases in every run, and always with the same ones where CI is set.

    `REFERENCE_EXAMPLES=20000 pytest tests/monitoring/reference` looks harder.
    """
    configured = settings(PROFILE, max_examples=examples)(test)
    return configured if CI else seed(SEED)(configured)


def compared_briefly(test: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a test that runs once for each of many functions."""
    return compared(test, max(1, PROFILE.max_examples // 6))
