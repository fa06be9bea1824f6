"""The inventory of points in a directory or in S3: observed, then judged by a pure decision."""

from __future__ import annotations

from opslib.backup.files.copies import compare_copies
from opslib.backup.files.deciding import decide
from opslib.backup.files.directory import observe_directory
from opslib.backup.files.points import Expiry, Observation, Part, Point
from opslib.backup.files.s3 import observe_s3

__all__ = [
    "Expiry",
    "Observation",
    "Part",
    "Point",
    "compare_copies",
    "decide",
    "observe_directory",
    "observe_s3",
]
