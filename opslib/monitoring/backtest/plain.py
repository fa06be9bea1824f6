"""An alarm evaluated one time after the other by the plain evaluator: slow, and right by definition."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from opslib.monitoring.backtest.grid import Grid
from opslib.monitoring.backtest.history import Floats
from opslib.monitoring.backtest.timeline import STATES, Codes
from opslib.monitoring.evaluate import Settings, State, compute, evaluate
from opslib.monitoring.evaluate.expression import Node

__all__ = ["listed", "plain_states", "whole"]


def plain_states(
    inputs: Mapping[str, Floats],
    node: Node | None,
    settings: Settings,
    grid: Grid,
    *,
    since: int,
    sample_count: Floats | None = None,
    band: tuple[Floats, Floats] | None = None,
) -> Codes:
    """The state after each evaluation of a grid.

    Args:
        inputs: The points of each metric on the grid.
        node: Metric math over them; None: there is one metric, and it is watched itself.
        settings: The alarm's.
        grid: When it is evaluated.
        since: When the alarm was created, in seconds since 1970.
        sample_count: How many samples the newest N periods of each evaluation have together; None: enough.
        band: The lower and upper edge at each point.
    """
    series = {key: listed(points) for key, points in inputs.items()}
    edges = None if band is None else [*zip(band[0].tolist(), band[1].tolist(), strict=True)]
    samples = None if sample_count is None else sample_count.tolist()
    start = grid.first - grid.considered * grid.period_seconds
    state: State = "INSUFFICIENT_DATA"
    found = np.zeros(grid.count, np.int8)
    for place in range(grid.count):
        seen = slice(place, place + grid.lead + 1, grid.stride)
        windows = {key: points[seen] for key, points in series.items()}
        points = next(iter(windows.values()))
        if node is not None:
            begins = start + place * grid.tick_seconds
            points = list(compute(node, windows, start=begins, period_seconds=grid.period_seconds))
        verdict = evaluate(
            points,
            settings,
            state,
            band=None if edges is None else [None if math.isnan(edge[0]) else edge for edge in edges[seen]],
            sample_count=None if samples is None else samples[place],
            age_seconds=grid.first + place * grid.tick_seconds - since,
        )
        state = verdict.state
        found[place] = STATES.index(state)
    return found


def whole(inputs: Mapping[str, Floats], node: Node, grid: Grid) -> Floats:
    """Metric math over a whole series at once: right where each point depends on its own period alone.

    The periods of neighbouring points may overlap, so each residue of the stride is worked out by itself.
    """
    found = np.full(grid.length, np.nan)
    for residue in range(min(grid.stride, grid.length)):
        part = {key: listed(points[residue :: grid.stride]) for key, points in inputs.items()}
        begins = grid.start + residue * grid.tick_seconds
        points = compute(node, part, start=begins, period_seconds=grid.period_seconds)
        found[residue :: grid.stride] = [math.nan if point is None else point for point in points]
    return found


def listed(points: Floats) -> list[float | None]:
    """As the plain evaluator takes them."""
    return [None if point != point else point for point in points.tolist()]  # noqa: PLR0124 - only NaN differs
