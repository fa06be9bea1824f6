"""The invariants: what must be true, why, which calls can make it untrue, and what checks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from opslib.sandbox.invariants.moment import Finding, Moment
from opslib.sandbox.invariants.pointers import endpoint_available, scaling_restored
from opslib.sandbox.invariants.revisions import (
    no_orphan_revision,
    no_overwriting,
    only_good_revisions,
    rollback_target_kept,
)
from opslib.sandbox.invariants.traffic import capacity_never_zero, rules_switched_together, weight_only_to_healthy

__all__ = ["INVARIANTS", "Invariant"]


@dataclass(frozen=True)
class Invariant:
    """One invariant.

    Attributes:
        meaning: What must be true.
        rule: Why: what AWS does.
        check: Yields what is not true.
        services: It is checked after every mutating call of these services; without any, only when all is settled.
        as_time_goes_by: Whether it is checked after everything that happens by itself, too.
    """

    meaning: str
    rule: str
    check: Callable[[Moment], Iterable[Finding]]
    services: frozenset[str] = frozenset()
    as_time_goes_by: bool = False


_ECS = frozenset({"ecs"})

INVARIANTS: Mapping[str, Invariant] = {
    "capacity_never_zero": Invariant(
        "A target group that serves users keeps a healthy target, a service behind it a desired count above zero.",
        "The old service goes down only after traffic has left it and the deregistration delay is over; ECS stops the "
        "old tasks first where the minimum healthy percent allows it.",
        capacity_never_zero,
        frozenset({"ecs", "elbv2", "application-autoscaling"}),
        as_time_goes_by=True,
    ),
    "weight_only_to_healthy": Invariant(
        "No listener rule begins to send weight to a target group without a healthy target.",
        "Targets of a group in no rule are `unused` and never checked; a group without healthy targets fails open or "
        "answers 503.",
        weight_only_to_healthy,
        frozenset({"elbv2"}),
    ),
    "rules_switched_together": Invariant(
        "Rules and default actions that carried the same target group at first agree about it in the end.",
        "Requests follow the first rule that matches: a switch of the default action alone misses the rules, and the "
        "other listeners.",
        rules_switched_together,
    ),
    "rollback_target_kept": Invariant(
        "What a service runs and what it would go back to is never deregistered.",
        "UpdateService refuses an INACTIVE task definition; infrastructure tools deregister the old one by default.",
        rollback_target_kept,
        _ECS,
    ),
    "no_orphan_revision": Invariant(
        "No revision is registered that is the same as an ACTIVE one of its family.",
        "RegisterTaskDefinition has no client token: a repeated call makes another revision. An ACTIVE one is reused.",
        no_orphan_revision,
        _ECS,
    ),
    "only_good_revisions": Invariant(
        "A service is only told to run a revision that was good (as the test told), or an identical copy of one.",
        "The second-newest revision may never have run, or have been rolled back itself.",
        only_good_revisions,
        _ECS,
    ),
    "no_overwriting": Invariant(
        "Nobody sets the task definition of a service that somebody else changed since they last read it.",
        "UpdateService has no condition: the last call wins, whatever its caller knew.",
        no_overwriting,
        _ECS,
    ),
    "scaling_restored": Invariant(
        "Scalable targets have the bounds in the end that they had at first, and what was suspended then.",
        "Autoscaling fights a change of the desired count, so procedures suspend it; a procedure that was killed has "
        "to restore it all the same.",
        scaling_restored,
    ),
    "endpoint_available": Invariant(
        "No SSM parameter names the endpoint of a database that does not answer.",
        "A restored database is a new identifier that is `creating` for minutes; consumers read the parameter at once. "
        "It answers while it is available, backing-up or modifying.",
        endpoint_available,
        frozenset({"ssm", "rds"}),
        as_time_goes_by=True,
    ),
}
