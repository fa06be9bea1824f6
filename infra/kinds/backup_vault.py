"""A vault of AWS Backup: whether backups, copies and tests of restores succeed, and whether there are any.

AWS Backup publishes a count when there is something to count, within about five minutes. What somebody deletes is told
by the trail (`security.py`). Whether a test of a restore is due, and what is inside of what was restored, is no metric:
opslib asks.
"""

from __future__ import annotations

from infra.kinds.publishing import EventPattern
from infra.kinds.settings import Identifier, Switch
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Requirement

_VAULT = {"BackupVaultName": "vault"}
_NAMESPACE = "AWS/Backup"
_HOUR = 3600
_TWO_DAYS = 2 * 24 * 60
_SIX_HOURS = 6 * 60

KIND = Kind(
    name="backup_vault",
    section="backupVaults",
    title="Backup vault",
    undisturbed=True,
    settings=(
        Identifier(name="vault", means="its name", pattern=r"[A-Za-z0-9_-]{2,50}"),
        Switch(name="copies", means="whether its backups are copied to another vault every day"),
        Switch(name="count_restores", means="whether a rule counts restores that fail, those of tests among them"),
    ),
    metrics={
        "completed": MetricRow(_NAMESPACE, "NumberOfBackupJobsCompleted", _VAULT, "Sum", "Completed"),
        "failed": MetricRow(_NAMESPACE, "NumberOfBackupJobsFailed", _VAULT, "Sum", "Failed"),
        "aborted": MetricRow(_NAMESPACE, "NumberOfBackupJobsAborted", _VAULT, "Sum", "Aborted"),
        "expired": MetricRow(_NAMESPACE, "NumberOfBackupJobsExpired", _VAULT, "Sum", "Never begun"),
        "copied": MetricRow(_NAMESPACE, "NumberOfCopyJobsCompleted", _VAULT, "Sum", "Copied"),
        "copies_failed": MetricRow(_NAMESPACE, "NumberOfCopyJobsFailed", _VAULT, "Sum", "Not copied"),
        "restores_failed": MetricRow(
            "AWS/Events",
            "TriggeredRules",
            {"RuleName": "restore_rule"},
            "Sum",
            "Failed restores",
            Requirement.EVENT_RULE,
            published=EventPattern(
                "restore-failures",
                {
                    "source": ["aws.backup"],
                    "detail-type": ["Restore Job State Change"],
                    "detail": {"status": ["FAILED", "ABORTED"]},
                },
            ),
        ),
    },
    alarms=(
        AlarmRow(
            "failed",
            "A backup has failed",
            "failed",
            Band(warning=0),
            why="the next may succeed, and the one before is there; what fails twice will fail again",
            points=(1, 1),
            period_seconds=_HOUR,
        ),
        AlarmRow(
            "aborted",
            "A backup was stopped",
            "aborted",
            Band(warning=0),
            why="a job ends so when somebody stops it, or it takes longer than its window",
            points=(1, 1),
            period_seconds=_HOUR,
        ),
        AlarmRow(
            "expired",
            "A backup was never begun",
            "expired",
            Band(warning=0),
            why="no job could start within its window: the resource was busy, or in RDS's own backup window",
            points=(1, 1),
            period_seconds=_HOUR,
        ),
        AlarmRow(
            "copy-failed",
            "A backup was not copied",
            "copies_failed",
            Band(warning=0),
            why="until the next day's copy the second region is a day older",
            points=(1, 1),
            period_seconds=_HOUR,
            only_with="copies",
        ),
        AlarmRow(
            "restore-failed",
            "A restore has failed",
            "restores_failed",
            Band(critical=0),
            why="a test of a restore that fails is a backup that may not be one; nobody waits for it at night",
            points=(1, 1),
            period_seconds=_HOUR,
            only_with="count_restores",
        ),
        silence(
            "No backup has been completed for two days",
            "completed",
            why="there is one a day at least; two days leave a slow one its time, and are what may be lost",
            pages="unprotected",
            minutes=_TWO_DAYS,
            point_minutes=_SIX_HOURS,
        ),
        silence(
            "No backup has been copied for two days",
            "copied",
            why="there is one a day; without it the loss of a region is the loss of the data",
            pages="unprotected",
            minutes=_TWO_DAYS,
            point_minutes=_SIX_HOURS,
            key="copies-silent",
            only_with="copies",
        ),
    ),
    composites=(
        CompositeRow(
            "unprotected", "Nothing is backed up", "critical", why="what is lost from now on cannot be brought back"
        ),
    ),
    widgets=(
        WidgetRow("backups", ("completed", "failed", "aborted", "expired"), "jobs/h", summary=True),
        WidgetRow("copies", ("copied", "copies_failed"), "jobs/h", only_with="copies"),
        WidgetRow("failed restores", ("restores_failed",), "jobs/h", only_with="count_restores"),
    ),
)
"""What is watched on a vault."""
