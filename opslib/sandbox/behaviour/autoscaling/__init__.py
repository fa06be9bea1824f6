"""Application Auto Scaling that scales: its alarms and schedules change an ECS service's desired count.

It sets the count by UpdateService, as AWS's does, and so it fights whoever sets it otherwise. `autoscaling.md`, one
directory up, says operation by operation what AWS's rule is and where this follows it.
"""

from __future__ import annotations

from opslib.sandbox.behaviour.autoscaling.acting import carry_out, on_alarm

__all__ = ["carry_out", "on_alarm"]
