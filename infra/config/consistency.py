"""What cannot be said of one workload alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from infra.kinds.stack import ALARM, OWN, STACK
from infra.sections.evidence import Evidence
from infra.sections.roles import Roles
from infra.workloads import LoadBalancer, Service, Workload

__all__ = ["inconsistencies", "not_ours", "unguarded", "unread", "unshared"]


def inconsistencies(
    sections: Mapping[str, Mapping[str, Workload]],
    services: Mapping[str, Service],
    balancers: Mapping[str, LoadBalancer],
) -> Iterator[str]:
    """Everything that contradicts something else, one line each, with its path.

    Args:
        sections: Every section, with its workloads.
        services: The services, which name others.
        balancers: The load balancers, which are named.
    """
    seen = {STACK: "by the stack itself", ALARM: "by references to alarms", OWN: "by the stack's own alerts"}
    for section, workloads in sections.items():
        for key in workloads:
            if key in seen:
                yield f"{section}.{key}: the name is taken ({seen[key]}); workloads of all kinds share their names"
            seen[key] = f"by {section}.{key}"
    for key, service in services.items():
        yield from _balanced(key, service, balancers)
        yield from _others(key, service, services)
        if service.count_events and service.region is not None:
            yield f"services.{key}.countEvents: its events are in {service.region}: name rules that are there already"
    try:
        TopologicalSorter({key: service.depends_on for key, service in services.items()}).prepare()
    except CycleError as problem:
        circle = problem.args[1]
        yield f"services.{circle[0]}.dependsOn: the services wait for each other: {' → '.join(reversed(circle))}"


def not_ours(ours: Iterable[str], groups: Mapping[str, str], regions: Mapping[str, str | None]) -> Iterator[str]:
    """Log groups that cannot be the stack's own, one line each, with their path.

    Args:
        ours: The workloads whose log group a person says is.
        groups: The log group of each workload that has one.
        regions: Where each workload is; None: where the stack is.
    """
    for key in ours:
        if key not in groups:
            yield f"logs.ours: {key} is no workload of this stack that has a log group"
        elif regions.get(key) is not None:
            yield f"logs.ours: the log group of {key} is in {regions[key]}, and this stack's own are where it is"


def unguarded(mode: str, procedures: Iterable[str], *, mirror: bool, services: Iterable[str]) -> Iterator[str]:
    """What automatic rollback cannot do as it is written, one line each, with its path.

    Args:
        mode: Whether it is on.
        procedures: What a second person has to say yes to.
        mirror: Whether the outputs are where its function reads them.
        services: The services.
    """
    if mode == "off":
        return
    if not mirror:
        yield "autoRollback.mode: its function reads the outputs in SSM, and mirror is false"
    if not any(True for _ in services):
        yield "autoRollback.mode: the stack has no service that could go back"
    if mode == "act" and "rollback.service" in procedures:
        yield "autoRollback.mode: act asks nobody, and approval.procedures wants a second person: propose"


def _balanced(key: str, service: Service, balancers: Mapping[str, LoadBalancer]) -> Iterator[str]:
    if service.load_balancer is None:
        return
    balancer = balancers.get(service.load_balancer)
    if balancer is None:
        yield f"services.{key}.loadBalancer: there is no loadBalancers.{service.load_balancer}"
        return
    groups = {"targetGroup": service.target_group, "alternateTargetGroup": service.alternate_target_group}
    for field, group in groups.items():
        if group is not None and group not in balancer.target_groups:
            there = ", ".join(balancer.target_groups) or "none"
            yield f"services.{key}.{field}: {service.load_balancer} has no {group}, it has {there}"
    if balancer.region != service.region:
        yield f"services.{key}.region: {service.load_balancer} is in another region"


def _others(key: str, service: Service, services: Mapping[str, Service]) -> Iterator[str]:
    for field, names in (("standby", (service.standby,)), ("dependsOn", service.depends_on)):
        for name in names:
            if name is not None and (name not in services or name == key):
                yield f"services.{key}.{field}: there is no other service {name}"
    if service.standby is None or service.standby not in services:
        return
    standby = services[service.standby]
    if service.load_balancer and standby.load_balancer != service.load_balancer:
        yield (
            f"services.{key}.standby: {service.standby} has no target group at {service.load_balancer}; "
            "a standby that stands in no rule is never health-checked"
        )
    elif service.target_group and standby.target_group == service.target_group:
        yield f"services.{key}.standby: {service.standby} has the same target group: nothing to switch to"


def unread(*, summary: bool, mirror: bool) -> Iterator[str]:
    """What is asked for and could not be read by what does it, one line each."""
    if summary and not mirror:
        yield "alerting.summary: its function reads the stack's outputs in Parameter Store: leave the mirror on"


def unshared(evidence: Evidence | None, roles: Roles) -> Iterator[str]:
    """Evidence that nobody could read, or add to, one line each."""
    if evidence is None:
        return
    if not (evidence.readers or roles.viewer or roles.operator or roles.break_glass):
        yield "evidence: nobody may read it: name roles.operator, or evidence.readers"
    if not (evidence.writers or roles.operator or roles.break_glass or roles.ci):
        yield "evidence: nobody may add to it: name roles.operator or roles.ci, or evidence.writers"
