"""Autoscaling acts: an alarm, a new bound or a schedule comes in, and the service's desired count is set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.cloudwatch.models import cloudwatch_backends

from opslib.sandbox.account import Account
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.autoscaling.activities import Occasion, TargetKey, note_activity, note_not_scaled
from opslib.sandbox.behaviour.autoscaling.measured import newest_value
from opslib.sandbox.behaviour.autoscaling.settings import AutoscalingSettings
from opslib.sandbox.behaviour.autoscaling.tracking import Bounds, Cooldown, Limits, scaled_in, scaled_out
from opslib.sandbox.behaviour.autoscaling.tracking_alarms import is_high
from opslib.sandbox.behaviour.ecs.model import Service
from opslib.sandbox.behaviour.ecs.world import world_of
from opslib.sandbox.behaviour.metrics.acting import Action, ActionFailed
from opslib.sandbox.behaviour.service_calls import ask

__all__ = ["NAME", "bounds_of", "bring_within_bounds", "carry_out", "key_of", "on_alarm", "settings_of", "target_of"]

NAME = "autoscaling"
ECS_DIMENSION = "ecs:service:DesiredCount"

_CREATED_BY = ":createdBy/"
_Rule = Callable[[int, float, float, Limits], int]
_RULES: dict[str, _Rule] = {"Out": scaled_out, "In": scaled_in}


def settings_of(account: Account) -> AutoscalingSettings:
    """The times that hold now."""
    settings: AutoscalingSettings = account.behaviour[NAME]
    return settings


def key_of(belonging: Any) -> TargetKey:
    """What names the target of a policy, scheduled action or target, as moto keeps them."""
    return TargetKey(belonging.service_namespace, belonging.resource_id, belonging.scalable_dimension)


def target_of(here: Occasion, key: TargetKey) -> Any | None:
    """A scalable target as moto keeps it; None when it is not registered."""
    return _backend(here).targets.get(key.dimension, {}).get(key.resource_id)


def bounds_of(target: Any) -> Bounds:
    """A target's minimum and maximum."""
    return Bounds(target.min_capacity, target.max_capacity)


def _backend(here: Occasion) -> Any:
    return applicationautoscaling_backends[here.account.account_id][here.region]


def _alarms(here: Occasion) -> dict[str, Any]:
    alarms: dict[str, Any] = cloudwatch_backends[here.account.account_id][here.region].alarms
    return alarms


def on_alarm(  # noqa: PLR0917  # what an alarm's action is told, in the order in which alarms tell it
    account: Account, region: str, policy_arn: str, alarm_name: str, state: str, at: datetime
) -> None:
    """An alarm that names a scaling policy as its action is in a state. While it is in ALARM, call this every minute.

    Args:
        account: The sandbox's account.
        region: The alarm's region.
        policy_arn: The action's ARN: that of the policy, with or without AWS's `:createdBy/…`.
        alarm_name: The alarm.
        state: `ALARM`, `OK` or `INSUFFICIENT_DATA`.
        at: When.
    """
    here = Occasion(account, region, at)
    alarm, policy = _alarms(here).get(alarm_name), _policy(here, policy_arn)
    if state != "ALARM" or alarm is None or policy is None:
        return
    if policy.policy_type == "TargetTrackingScaling" and policy.scalable_dimension == ECS_DIMENSION:
        _track(here, policy, alarm)


def carry_out(action: Action) -> None:
    """Carry out an alarm's action that is a scaling policy; right after what is happening now.

    Raises:
        ActionFailed: There is no such policy.
    """
    account, region, name = action.account, action.place.region, str(action.alarm["AlarmName"])
    if _policy(Occasion(account, region, action.at), action.arn) is None:
        raise ActionFailed(f"No scaling policy {action.arn}")

    def scale(at: datetime) -> None:
        on_alarm(account, region, action.arn, name, action.state, at)

    account.schedule.at(action.at, scale, key=f"{NAME}/{region}/{name}")


def _policy(here: Occasion, policy_arn: str) -> Any | None:
    arn = policy_arn.partition(_CREATED_BY)[0]
    return next((policy for policy in list(_backend(here).policies.values()) if policy.policy_arn == arn), None)


def _track(here: Occasion, policy: Any, alarm: Any) -> None:
    """Scale out or in by a target-tracking policy."""
    key, way = key_of(policy), "Out" if is_high(alarm) else "In"
    target, service = target_of(here, key), _service(here, key)
    if target is None or service is None or (target.suspended_state or {}).get(f"DynamicScaling{way}Suspended"):
        return
    if way == "In" and _rolls_out(service):
        return
    now, bounds = service.desired_count, bounds_of(target)
    if way == "Out":
        wanted = _wanted(here, way, policy, alarm, now, bounds)
    else:
        wanted = max((_wants_in(here, each, now, bounds) for each in _having_a_say(here, key)), default=now)
    cause = f"monitor alarm {alarm.name} in state ALARM triggered policy {policy.policy_name}"
    if wanted == now:
        _note_at_bound(here, key, now, bounds, way, cause)
    elif _set(here, key, wanted, cause):
        configuration = policy.target_tracking_scaling_policy_configuration
        seconds = configuration.get(f"Scale{way}Cooldown", settings_of(here.account).cooldown_seconds)
        cooldowns = here.record("cooldowns")
        last = Limits(bounds, here.at, cooldowns.get((key, way))).cooling
        # A larger scale-out within a cool-down is of the same basis: the metric has not answered to the first yet.
        cooldowns[key, way] = Cooldown.of(here.at, seconds, now if last is None else last.before, wanted)
        if way == "Out":  # AWS: scaling out ends the cool-down after scaling in
            cooldowns.pop((key, "In"), None)


def _having_a_say(here: Occasion, key: TargetKey) -> Iterator[Any]:
    """The policies that have to agree before a target is scaled in."""
    for policy in list(_backend(here).policies.values()):
        tracking = policy.target_tracking_scaling_policy_configuration
        if key_of(policy) == key and tracking and not tracking.get("DisableScaleIn"):
            yield policy


def _wants_in(here: Occasion, policy: Any, now: int, bounds: Bounds) -> int:
    """What a policy would scale in to; what there is, unless it is ready to. AWS: only if all are, and to the most."""
    alarms = _alarms(here)
    low = next((alarms[made.name] for made in policy.alarms if not is_high(made) and made.name in alarms), None)
    if low is None or low.state_value != "ALARM":
        return now
    return _wanted(here, "In", policy, low, now, bounds)


def _wanted(here: Occasion, way: str, policy: Any, alarm: Any, now: int, bounds: Bounds) -> int:  # noqa: PLR0917  # each is one fact
    measured = newest_value(here, alarm)
    if measured is None:
        return now
    limits = Limits(bounds, here.at, here.record("cooldowns").get((key_of(policy), way)))
    target = float(policy.target_tracking_scaling_policy_configuration["TargetValue"])
    return _RULES[way](now, measured, target, limits)


def _note_at_bound(here: Occasion, key: TargetKey, now: int, bounds: Bounds, way: str, cause: str) -> None:  # noqa: PLR0917  # as above
    bound, name = (bounds.most, "Max") if way == "Out" else (bounds.least, "Min")
    if now == bound:
        reason = {"Code": f"AlreadyAt{name}Capacity", f"{name}Capacity": bound, "CurrentCapacity": now}
        note_not_scaled(here, key, f"desired count to {now}", cause, reason)


def bring_within_bounds(account: Account, region: str, key: TargetKey, at: datetime) -> None:
    """Set a service to its target's minimum or maximum when it is beyond, as AWS does when those are set."""
    here = Occasion(account, region, at)
    target, service = target_of(here, key), _service(here, key)
    if target is None or service is None:
        return
    now = service.desired_count
    wanted = bounds_of(target).hold(now)
    if wanted != now:
        which = "minimum" if wanted > now else "maximum"
        _set(here, key, wanted, f"{which} capacity was set to {wanted}")


def _service(here: Occasion, key: TargetKey) -> Service | None:
    """The ECS service behind a target; None for other kinds of target and for a service that is gone."""
    if key.dimension != ECS_DIMENSION:
        return None
    _, cluster, name = key.resource_id.split("/")
    service = world_of(here.account, here.region).services.get((cluster, name))
    return service if service is not None and service.status == "ACTIVE" else None


def _rolls_out(service: Service) -> bool:
    """AWS "turns off scale-in processes while Amazon ECS deployments are in progress"; scaling out goes on."""
    return len(service.deployments) > 1


def _set(here: Occasion, key: TargetKey, count: int, cause: str) -> bool:
    _, cluster, name = key.resource_id.split("/")
    problem = ""
    try:
        wanted = {"cluster": cluster, "service": name, "desiredCount": count}
        ask(here.account, here.region, "ecs", "UpdateService", wanted)
    except AwsError as error:
        problem = f"{error.code}: {error.message}"
    note_activity(here, key, f"desired count to {count}", cause, problem)
    return not problem
