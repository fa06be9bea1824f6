"""What fails together, and therefore pages once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from infra.workloads import Canary, Database, LoadBalancer, Service, Workload

__all__ = ["not_together", "together"]


def together(
    written: Mapping[str, Sequence[str]] | None,
    services: Mapping[str, Service],
    balancers: Mapping[str, LoadBalancer],
    databases: Mapping[str, Database],
    canaries: Mapping[str, Canary],
) -> dict[str, str]:
    """The outage that pages for each workload that has one, by the workload's key.

    Unless a person says otherwise, a load balancer fails with the services behind it and with the databases that hold a
    secret for one of those; a database of several balancers' services stays by itself, for it could be of either. A
    canary does not say what is behind its addresses: it fails with the load balancer where there is only one.

    Args:
        written: What a person says, by the outage's key; None: nothing.
        services: The services.
        balancers: The load balancers.
        databases: The databases.
        canaries: The canaries.
    """
    if written is not None:
        return {key: outage for outage, keys in written.items() for key in keys}
    found = {key: key for key, balancer in balancers.items() if balancer.region is None}
    behind = {key: balancer for key, s in services.items() if (balancer := s.load_balancer) in found and balancer}
    asking = {
        key: {behind[consumer] for consumer in database.secrets if consumer in behind}
        for key, database in databases.items()
        if database.region is None
    }
    trying = [key for key, canary in canaries.items() if canary.region is None]
    seen = dict.fromkeys(trying, next(iter(found))) if len(found) == 1 else {}
    return found | behind | seen | {key: of.pop() for key, of in asking.items() if len(of) == 1}


def not_together(
    written: Mapping[str, Sequence[str]], workloads: Mapping[str, Workload], regions: Mapping[str, str | None]
) -> Iterator[str]:
    """What cannot fail together, one line each, with its path.

    Args:
        written: What a person says, by the outage's key.
        workloads: Every workload.
        regions: Where each is; None: where the stack is.
    """
    seen: dict[str, str] = {}
    for outage, keys in written.items():
        for key in keys:
            where = f"alerting.together.{outage}: {key}"
            if key not in workloads:
                yield f"{where} is no workload of this stack"
            elif key in seen:
                yield f"{where} is in {seen[key]} already: it pages once"
            elif regions[key] is not None:
                yield f"{where} is watched in {regions[key]}: a composite alarm has children of its own region alone"
            seen[key] = outage
