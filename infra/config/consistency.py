"""What cannot be said of one workload alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from infra.kinds.stack import ALARM, STACK
from infra.workloads import LoadBalancer, Service, Workload

__all__ = ["inconsistencies"]


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
    seen = {STACK: "by the stack itself", ALARM: "by references to alarms"}
    for section, workloads in sections.items():
        for key in workloads:
            if key in seen:
                yield f"{section}.{key}: the name is taken ({seen[key]}); workloads of all kinds share their names"
            seen[key] = f"by {section}.{key}"
    for key, service in services.items():
        yield from _balanced(key, service, balancers)
        yield from _others(key, service, services)
    try:
        TopologicalSorter({key: service.depends_on for key, service in services.items()}).prepare()
    except CycleError as problem:
        circle = problem.args[1]
        yield f"services.{circle[0]}.dependsOn: the services wait for each other: {' → '.join(reversed(circle))}"


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
