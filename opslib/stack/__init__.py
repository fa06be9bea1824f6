"""A stack, opened: its outputs, wherever they are kept, and AWS clients in its region."""

from __future__ import annotations

from opslib.stack.alarm_states import AlarmState, State
from opslib.stack.report import StackReport, WorkloadState
from opslib.stack.stack import Stack

__all__ = ["AlarmState", "Stack", "StackReport", "State", "WorkloadState"]
