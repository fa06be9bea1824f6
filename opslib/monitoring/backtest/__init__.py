"""Alarms replayed over real metric history: what each would have done, before it is deployed.

The states are CloudWatch's as far as `opslib.monitoring.evaluate` knows them, for all evaluations of a history at once.
numpy and pyarrow come with the extra ``history``; docs/backtest.md has the formats of the files.
"""

from opslib.monitoring.backtest.acts import Acts, Suppressor
from opslib.monitoring.backtest.compare import Comparison, Difference, TierDifference, compare
from opslib.monitoring.backtest.files import read_csv, read_parquet
from opslib.monitoring.backtest.held_out import HeldOut, held_out
from opslib.monitoring.backtest.history import Column, History, MetricId
from opslib.monitoring.backtest.incidents import Incident, read_incidents
from opslib.monitoring.backtest.judgement import Judgement
from opslib.monitoring.backtest.reading import (
    Cost,
    Query,
    Reader,
    estimate_cost,
    finest_period,
    queries_of,
    read_history,
)
from opslib.monitoring.backtest.replaying import replay
from opslib.monitoring.backtest.report import AlarmReplay, Report, TierReplay
from opslib.monitoring.backtest.suggest import Suggestion, suggest
from opslib.monitoring.backtest.timeline import STATES, Timeline
from opslib.monitoring.backtest.weighing import Evidence

__all__ = [
    "STATES",
    "Acts",
    "AlarmReplay",
    "Column",
    "Comparison",
    "Cost",
    "Difference",
    "Evidence",
    "HeldOut",
    "History",
    "Incident",
    "Judgement",
    "MetricId",
    "Query",
    "Reader",
    "Report",
    "Suggestion",
    "Suppressor",
    "TierDifference",
    "TierReplay",
    "Timeline",
    "compare",
    "estimate_cost",
    "finest_period",
    "held_out",
    "queries_of",
    "read_csv",
    "read_history",
    "read_incidents",
    "read_parquet",
    "replay",
    "suggest",
]
