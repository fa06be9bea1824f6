"""What changes, in the report."""

from __future__ import annotations

from typing import Any, Literal

from infra.preview.document.part import Part

__all__ = ["AgainstPart", "AlarmChange", "BoardChange", "ChangesPart", "FieldChange", "MuteChange", "What"]

What = Literal["added", "removed", "changed"]


class AgainstPart(Part):
    """What was compared with.

    Attributes:
        kind: A state file, or a git revision.
        name: As it was given.
        says: What that is, in words.
    """

    kind: Literal["state", "revision"]
    name: str
    says: str


class FieldChange(Part):
    """One field of an alarm that is another than before.

    Attributes:
        field: Its name in the record of the alarm.
        before: What it was.
        after: What it would be.
        says: Both in words, such as `critical threshold 2 s → 3 s`.
    """

    field: str
    before: Any
    after: Any
    says: str


class AlarmChange(Part):
    """An alarm that is new, gone, or another than before.

    Attributes:
        name: Its name in AWS.
        workload: Whose it is.
        title: One clause for people.
        what: Which of the three.
        fields: What is other; empty for one that is new or gone.
    """

    name: str
    workload: str
    title: str
    what: What
    fields: tuple[FieldChange, ...] = ()


class BoardChange(Part):
    """A dashboard that is new, gone, or another than before.

    Attributes:
        name: Its name in AWS.
        what: Which of the three.
        widgets: How many widgets it has, or had.
        says: What is other, a line each.
    """

    name: str
    what: What
    widgets: int
    says: tuple[str, ...] = ()


class MuteChange(Part):
    """A mute rule that is new, gone, or another than before.

    Attributes:
        name: Its name in AWS.
        what: Which of the three.
        says: What is other, a line each.
    """

    name: str
    what: What
    says: tuple[str, ...] = ()


class ChangesPart(Part):
    """Two versions held against one another.

    Attributes:
        against: With what.
        alarms_before: How many alarms and composites there were.
        dashboards_before: How many dashboards.
        alarms: The alarms that are not the same.
        dashboards: The dashboards that are not the same.
        mutes: The mute rules that are not the same.
    """

    against: AgainstPart
    alarms_before: int
    dashboards_before: int
    alarms: tuple[AlarmChange, ...] = ()
    dashboards: tuple[BoardChange, ...] = ()
    mutes: tuple[MuteChange, ...] = ()

    @property
    def are_none(self) -> bool:
        """Whether nothing is other than before."""
        return not (self.alarms or self.dashboards or self.mutes)

    def of(self, what: What) -> tuple[AlarmChange, ...]:
        """The alarms that are new, gone or changed."""
        return tuple(one for one in self.alarms if one.what == what)
