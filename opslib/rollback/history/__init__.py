"""What a service's past says of what it could go back to: deployments, alarms, and what opslib wrote down."""

from opslib.rollback.history.point import (
    HistoryObservation,
    Image,
    Record,
    RollbackPoint,
    points_of,
)
from opslib.rollback.history.recorded import PointRecorded, PointsPort, Records, clean_up

__all__ = [
    "HistoryObservation",
    "Image",
    "PointRecorded",
    "PointsPort",
    "Record",
    "Records",
    "RollbackPoint",
    "clean_up",
    "points_of",
]
