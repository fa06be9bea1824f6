"""Who serves users: capacity, and what listeners' rules send where."""

from __future__ import annotations

from collections.abc import Iterator

from opslib.sandbox.invariants.look import Look
from opslib.sandbox.invariants.moment import Finding, Moment

__all__ = ["capacity_never_zero", "rules_switched_together", "weight_only_to_healthy"]


def capacity_never_zero(moment: Moment) -> Iterator[Finding]:
    """What serves users goes on having a healthy target, and a service behind it a desired count above zero.

    As time goes by, only while a deployment is in progress: tasks that die by themselves are nobody's call.
    """
    before, after = moment.before, moment.after
    served = before.serving & after.serving
    emptied = {arn for arn in served if before.healthy.get(arn, 0) > 0 and after.healthy.get(arn, 0) == 0}
    for name, service in after.services.items():
        was = before.services.get(name)
        groups = served.intersection(service.groups)
        if was is None or not groups:
            continue
        if was.desired_count > 0 and service.desired_count == 0:
            yield Finding(name, f"its desired count fell from {was.desired_count} to 0 while it serves users")
            emptied -= groups
        elif moment.call is None and not service.is_changing:
            emptied -= groups
        elif service.desired_count == 0:
            emptied -= groups  # it was said when the count fell
    for arn in sorted(emptied):
        yield Finding(_group(arn), f"its healthy targets fell from {before.healthy[arn]} to 0 while it serves users")


def weight_only_to_healthy(moment: Moment) -> Iterator[Finding]:
    """No rule begins to send traffic to a target group without a healthy target."""
    before, after = moment.before, moment.after
    for rule, weights in after.weights.items():
        for arn, weight in weights.items():
            begins = weight > 0 and before.weights.get(rule, {}).get(arn, 0) == 0
            # In a group that no rule named before, no target was checked: none is healthy, whatever it says.
            if begins and (after.healthy.get(arn, 0) == 0 or arn not in before.healthy):
                was = "no healthy target" if arn in before.healthy else "never been checked: no rule named it"
                yield Finding(after.names[rule], f"sends weight {weight} to {_group(arn)}, which has {was}")


def rules_switched_together(moment: Moment) -> Iterator[Finding]:
    """Rules that carried the same target group at first all carry it in the end, or none does."""
    first, now = moment.memory.first, moment.after
    for arn in sorted(first.serving):
        carried = [rule for rule in first.weights if _carries(first, rule, arn) and rule in now.weights]
        still = [rule for rule in carried if _carries(now, rule, arn)]
        if still and len(still) < len(carried):
            left = ", ".join(now.names[rule] for rule in still)
            moved = ", ".join(now.names[rule] for rule in carried if rule not in still)
            yield Finding(_group(arn), f"{moved} no longer sends traffic there, but {left} still does")


def _carries(look: Look, rule: str, arn: str) -> bool:
    return look.weights[rule].get(arn, 0) > 0


def _group(arn: str) -> str:
    """A target group's name."""
    return arn.split("/")[-2]
