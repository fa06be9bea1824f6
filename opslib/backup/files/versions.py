"""What S3 keeps of objects that were overwritten or deleted, and whether some of that is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from opslib.backup.files.points import Observation, Versions
from opslib.backup.verdict import Finding

__all__ = ["lost_versions"]

CHECK = "versions"


def lost_versions(
    seen: Observation, earlier: Mapping[str, Mapping[str, Any]], *, keeps_from: datetime, now: datetime
) -> Iterator[Finding]:
    """Versions that an earlier inventory has seen, and that no lifecycle rule can have removed since.

    Args:
        seen: What is there now.
        earlier: What was recorded of points; `versions` has since when each may have been no longer the current one.
        keeps_from: Points from here on have to be there.
        now: The time of the observation.
    """
    allowed = [rule.days for rule in seen.expiries or () if rule.noncurrent]
    due = now - timedelta(days=min(allowed)) if allowed else None
    for name, told in sorted(earlier.items()):
        recorded = told.get("versions") or {}
        if datetime.fromisoformat(str(told["time"])) < keeps_from or not recorded:
            continue
        there = seen.versions.get(name, Versions()).every
        gone = [
            version
            for version, since in recorded.items()
            if version not in there and (due is None or datetime.fromisoformat(str(since)) > due)
        ]
        if gone:
            says = f"{name}: of {len(recorded)} versions that inventories have seen, {len(gone)} are gone"
            if seen.expiries is None:
                words = f"{says}; the lifecycle rules, which may have removed them, could not be read"
                yield Finding(CHECK, "not checked", words, on=name)
            else:
                yield Finding(CHECK, "disproven", f"{says}, and no lifecycle rule was to remove them yet", on=name)
