"""Deployments that shift traffic: which stages a deployment by BLUE_GREEN, CANARY or LINEAR goes through. Pure.

AWS, "Amazon ECS blue/green service deployments workflow", CanaryConfiguration, LinearConfiguration. The revision that
runs is blue, the one that is deployed green; each has its own target group, and the listener's rules decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

__all__ = [
    "CLEAN_UP",
    "PRE_SCALE_UP",
    "SCALE_UP",
    "STRATEGIES",
    "Shift",
    "ShiftStep",
    "plan_back",
    "plan_shift",
    "weights",
]

STRATEGIES = ("BLUE_GREEN", "CANARY", "LINEAR")
PRE_SCALE_UP, SCALE_UP, CLEAN_UP = "PRE_SCALE_UP", "SCALE_UP", "CLEAN_UP"

ALL = 100.0
MINUTE = 60.0
CANARY_PERCENT, CANARY_BAKE_MINUTES = 5.0, 10  # AWS, CanaryConfiguration: the defaults
STEP_PERCENT, STEP_BAKE_MINUTES = 10.0, 6  # AWS, LinearConfiguration: the defaults
MOST_WEIGHT = 999  # AWS, TargetGroupTuple


@dataclass(frozen=True, slots=True)
class ShiftStep:
    """A stage, or a part of one.

    Attributes:
        stage: AWS's lifecycleStage.
        seconds: How long it lasts; SCALE_UP and CLEAN_UP last as long as their tasks need.
        production: What share of the production traffic, in percent, the deployment gets from then on; None: as before.
        test: Whether it gets the test traffic from then on; None: as before.
    """

    stage: str
    seconds: float = 0.0
    production: float | None = None
    test: bool | None = None


@dataclass(slots=True)
class Shift:
    """How far a deployment's shift of traffic is.

    Attributes:
        steps: What it goes through.
        at: Which of them it is in; their number when it is over.
        entered_at: Since when; None before the first.
    """

    steps: tuple[ShiftStep, ...]
    at: int = 0
    entered_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether it went through all."""
        return self.at >= len(self.steps)

    @property
    def step(self) -> ShiftStep:
        """The one it is in."""
        return self.steps[self.at]


def plan_shift(configuration: Mapping[str, Any], stage_seconds: float) -> tuple[ShiftStep, ...]:
    """The stages of a deployment.

    Args:
        configuration: The service's deploymentConfiguration.
        stage_seconds: How long a stage lasts that nothing else decides.
    """
    return (
        ShiftStep(PRE_SCALE_UP, stage_seconds, production=0.0),
        ShiftStep(SCALE_UP),
        ShiftStep("POST_SCALE_UP", stage_seconds),
        ShiftStep("TEST_TRAFFIC_SHIFT", stage_seconds, test=True),
        ShiftStep("POST_TEST_TRAFFIC_SHIFT", stage_seconds),
        *_production(configuration, stage_seconds),
        ShiftStep("POST_PRODUCTION_TRAFFIC_SHIFT", stage_seconds),
        ShiftStep("BAKE_TIME", MINUTE * (configuration.get("bakeTimeInMinutes") or 0)),
        ShiftStep(CLEAN_UP),
    )


def plan_back() -> tuple[ShiftStep, ...]:
    """The stages of going back to the revision that ran: all traffic at once, as soon as its tasks are there."""
    return (
        ShiftStep(SCALE_UP),
        ShiftStep("PRODUCTION_TRAFFIC_SHIFT", production=ALL, test=True),
        ShiftStep(CLEAN_UP),
    )


def _production(configuration: Mapping[str, Any], stage_seconds: float) -> Iterator[ShiftStep]:
    stage = "PRODUCTION_TRAFFIC_SHIFT"
    if configuration["strategy"] == "CANARY":
        canary = configuration.get("canaryConfiguration") or {}
        minutes = canary.get("canaryBakeTimeInMinutes", CANARY_BAKE_MINUTES)
        yield ShiftStep(stage, MINUTE * minutes, production=float(canary.get("canaryPercent", CANARY_PERCENT)))
    if configuration["strategy"] == "LINEAR":
        linear = configuration.get("linearConfiguration") or {}
        percent, minutes = (
            linear.get("stepPercent", STEP_PERCENT),
            linear.get("stepBakeTimeInMinutes", STEP_BAKE_MINUTES),
        )
        shifted = float(percent)
        while shifted < ALL:
            yield ShiftStep(stage, MINUTE * minutes, production=shifted)
            shifted += percent
    yield ShiftStep(stage, stage_seconds, production=ALL)


def weights(percent: float) -> tuple[int, int]:
    """The weights of the deployment's target group and of the other one, for a share of the traffic."""
    if percent == int(percent):
        return int(percent), int(ALL - percent)
    mine = round(percent * MOST_WEIGHT / ALL)
    return mine, MOST_WEIGHT - mine
