"""CloudWatch's evaluation of alarms, exactly as far as it is known, in plain Python.

Nothing here knows AWS's API, a clock or a disk: points and states go in, verdicts come out. The sandbox evaluates its
alarms with it, and so does a backtest. What is assumed is said where it is assumed, with the word *assumed*.
"""

from opslib.monitoring.evaluate.anomaly import Model, train
from opslib.monitoring.evaluate.composite import (
    CompositeVerdict,
    children,
    evaluate_composite,
    holds,
)
from opslib.monitoring.evaluate.composite_grammar import parse_rule, render_rule
from opslib.monitoring.evaluate.expression import ids, render
from opslib.monitoring.evaluate.math import check, compute, compute_all
from opslib.monitoring.evaluate.mute import (
    MuteRule,
    Window,
    acts_at_end,
    is_muted,
    muted_until,
    parse_duration,
    windows,
)
from opslib.monitoring.evaluate.parser import parse
from opslib.monitoring.evaluate.schedule import parse_schedule
from opslib.monitoring.evaluate.settings import Settings, State, WarmUp
from opslib.monitoring.evaluate.statistics import (
    Sample,
    StatisticSet,
    align,
    fewest_samples,
    points,
    sample_counts,
    statistic,
)
from opslib.monitoring.evaluate.suppression import Act, ActionsSuppressor, Suppression, advance
from opslib.monitoring.evaluate.threshold import Because, Deciding, Verdict, evaluate

__all__ = [
    "Act",
    "ActionsSuppressor",
    "Because",
    "CompositeVerdict",
    "Deciding",
    "Model",
    "MuteRule",
    "Sample",
    "Settings",
    "State",
    "StatisticSet",
    "Suppression",
    "Verdict",
    "WarmUp",
    "Window",
    "acts_at_end",
    "advance",
    "align",
    "check",
    "children",
    "compute",
    "compute_all",
    "evaluate",
    "evaluate_composite",
    "fewest_samples",
    "holds",
    "ids",
    "is_muted",
    "muted_until",
    "parse",
    "parse_duration",
    "parse_rule",
    "parse_schedule",
    "points",
    "render",
    "render_rule",
    "sample_counts",
    "statistic",
    "train",
    "windows",
]
