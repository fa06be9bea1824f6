"""What is in the account: a row per kind of resource, counted in moto's backends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["count_contents"]

# Kind, moto's backend, and how many one of its regions holds.
_KINDS: Mapping[str, tuple[str, Callable[[Any], int]]] = {
    "metric alarms": ("cloudwatch", lambda b: sum(alarm.rule is None for alarm in list(b.alarms.values()))),
    "composite alarms": ("cloudwatch", lambda b: sum(alarm.rule is not None for alarm in list(b.alarms.values()))),
    "dashboards": ("cloudwatch", lambda b: len(b.dashboards)),
    "topics": ("sns", lambda b: len(b.topics)),
    "subscriptions": ("sns", lambda b: len(b.subscriptions)),
    "keys": ("kms", lambda b: len(b.keys)),
    "budgets": ("budgets", lambda b: sum(len(budgets) for budgets in list(b.budgets.values()))),
    "scalable targets": ("applicationautoscaling", lambda b: sum(len(ids) for ids in list(b.targets.values()))),
    "scaling policies": ("applicationautoscaling", lambda b: len(b.policies)),
    "tables": ("dynamodb", lambda b: len(b.tables)),
    "parameters": ("ssm", lambda b: len(list(b._parameters))),  # noqa: SLF001  # moto counts them nowhere else
    "repositories": ("ecr", lambda b: len(b.repositories)),
    "clusters": ("ecs", lambda b: len(b.clusters)),
    "services": ("ecs", lambda b: len(b.services)),
    "task definitions": ("ecs", lambda b: sum(len(revisions) for revisions in list(b.task_definitions.values()))),
    "load balancers": ("elbv2", lambda b: len(b.load_balancers)),
    "target groups": ("elbv2", lambda b: len(b.target_groups)),
    "databases": ("rds", lambda b: len(b.databases)),
    "caches": ("elasticache", lambda b: len(b.replication_groups)),
    "functions": ("awslambda_simple", lambda b: len(list(b._lambdas.latest()))),  # noqa: SLF001  # as above
}


def count_contents(account_id: str) -> dict[str, int]:
    """How many of each kind there are in all regions; kinds of which there are none are left out."""
    counts: dict[str, int] = {}
    for kind, (service, how_many) in _KINDS.items():
        if count := sum(how_many(backend) for backend in _regions(service, account_id)):
            counts[kind] = count
    return counts


def _regions(service: str, account_id: str) -> Iterator[Any]:
    """The backends that were used; one that was not even imported holds nothing, and importing it takes time."""
    models = sys.modules.get(f"moto.{service}.models")
    # A module whose import another thread has just begun has nothing yet, its backends least of all.
    backends = getattr(models, f"{service.removeprefix('aws')}_backends", None)
    if backends is not None:
        of_account = backends.get(account_id, {})
        yield from dict(of_account).values()
