"""What a person writes about a workload whose kind is only a table: the kind's settings, as data.

`infra/workloads/tabled.py` makes the class that validates them. A kind with more to say than identifiers, numbers and
switches (a service that names its load balancer) has a class of its own instead, and no settings here.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Choice", "Identifier", "Instances", "Number", "Setting", "Switch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """What a dimension is set to: AWS's name of something that runs.

    Attributes:
        name: Its name in the kind's table; the stack's file has it in camelCase.
        means: For people.
        pattern: A regular expression that AWS's name fits as a whole.
        required: Whether a workload must have it; where it is not given, rows that ask for it do not apply.
    """

    name: str
    means: str
    pattern: str = r"[!-~]{1,255}"
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A setting that metric math needs.

    Attributes:
        name: Its name in the stack's file.
        means: For people.
        lowest: The smallest that makes sense.
        highest: The largest.
        default: Where the file says none; None: rows that ask for it do not apply then.
        required: Whether a workload must have it.
    """

    name: str
    means: str
    lowest: float
    highest: float
    default: float | None = None
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """Something that a workload has or has not: a trait that rows ask for."""

    name: str
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of several: the one that is chosen is a trait that rows ask for."""

    name: str
    means: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instances:
    """Parts of a workload, each of which is watched: AWS's name of each, by a name of ours that stays.

    Attributes:
        name: Their name in the kind's table, in the singular; the stack's file has it in the plural.
        plural: What the stack's file calls them.
        means: For people.
        pattern: A regular expression that AWS's name of each fits as a whole.
        least: The fewest of them.
    """

    name: str
    plural: str
    means: str
    pattern: str = r"[!-~]{1,255}"
    least: int = 0


Setting = Identifier | Number | Switch | Choice | Instances
