"""The procedure engine: plans of observe-then-act steps that can be killed at any call and still end well.

A step observes the world and says what it needs; one gate makes every call; `advance` moves a plan as far as it can go
now; the journal holds what a resumed run, another machine or an auditor has to know.
"""

from opslib.procedure.advance import advance
from opslib.procedure.aws import AwsPort, AwsPorts
from opslib.procedure.clock import Clock, SystemClock
from opslib.procedure.driver import run
from opslib.procedure.dry_run import Foreseen, dry_run
from opslib.procedure.journal import Journal
from opslib.procedure.observation import (
    Call,
    Facts,
    Foreign,
    Impossible,
    KnownAfter,
    Needed,
    Observation,
    Satisfied,
    Waiting,
)
from opslib.procedure.outcome import Event, Outcome, Paused
from opslib.procedure.plan import Plan
from opslib.procedure.ports import Declined, NotNow, Port, Ports, Reader, Unknown
from opslib.procedure.progress import Ending, Progress, StepRecord
from opslib.procedure.step import Intent, MayCall, Part, Read, Step
from opslib.procedure.store import SqliteStore, Store

__all__ = [
    "AwsPort",
    "AwsPorts",
    "Call",
    "Clock",
    "Declined",
    "Ending",
    "Event",
    "Facts",
    "Foreign",
    "Foreseen",
    "Impossible",
    "Intent",
    "Journal",
    "KnownAfter",
    "MayCall",
    "Needed",
    "NotNow",
    "Observation",
    "Outcome",
    "Part",
    "Paused",
    "Plan",
    "Port",
    "Ports",
    "Progress",
    "Read",
    "Reader",
    "Satisfied",
    "SqliteStore",
    "Step",
    "StepRecord",
    "Store",
    "SystemClock",
    "Unknown",
    "Waiting",
    "advance",
    "dry_run",
    "run",
]
