"""The contract against what is live: everything that it names is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from opslib.contract import Cache, Database, Function, StackOutputs
from opslib.errors import BadOutputs, ContractVersion, StackNotFound
from opslib.operate.doctor.check import Check, Fault, Level
from opslib.operate.doctor.look import Look
from opslib.operate.doctor.services import ServiceOf, record_of, services_of
from opslib.stack.ssm import read_mirror

__all__ = ["CHECKS"]


@dataclass(frozen=True, slots=True)
class Named:
    """Something that the contract names.

    Attributes:
        key: Its key in the contract, or its name.
        promised: What the contract says of it.
    """

    key: str
    promised: Any

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class There:
    """Whether something that the contract names is there; what is not, in words.

    Attributes:
        on: What.
        lacks: What of it is not there; empty: nothing.
    """

    on: str
    lacks: tuple[str, ...]


def _by_key(field: str) -> Callable[[StackOutputs], Iterable[Named]]:
    def named(outputs: StackOutputs) -> Iterator[Named]:
        return (Named(key, promised) for key, promised in getattr(outputs, field).items())

    return named


def _target_groups(outputs: StackOutputs) -> Iterator[Named]:
    for balancer in outputs.load_balancers.values():
        yield from (Named(group.name, group.arn) for group in balancer.target_groups.values())


@dataclass(frozen=True, slots=True)
class RuleOf:
    """A listener rule of the contract, and the load balancer that it is on."""

    arn: str
    balancer: str | None

    @property
    def name(self) -> str:
        """The last part of its ARN."""
        return self.arn.rpartition("/")[2]

    def __str__(self) -> str:
        return self.name


def _rules(outputs: StackOutputs) -> Iterator[RuleOf]:
    balancers = {
        arn: balancer.arn
        for balancer in outputs.load_balancers.values()
        for listener in balancer.listeners
        for arn in listener.rules
    }
    of_services = [arn for service in outputs.services.values() for arn in service.listener_rules]
    return (RuleOf(arn, balancers.get(arn)) for arn in dict.fromkeys((*balancers, *of_services)))


def _gone(look: Look, codes: frozenset[str], ask: Callable[[], Mapping[str, Any]], of: str) -> bool:
    found = look.unless_gone(codes, ask)
    return not (found or {}).get(of)


def _see_service(look: Look, service: ServiceOf) -> There:
    return There(service.name, () if record_of(look, service.promised) else ("there is no such ECS service",))


def _no_balancer(look: Look, arn: str) -> bool:
    return _gone(
        look,
        frozenset({"LoadBalancerNotFound"}),
        partial(look.read, "elbv2", "DescribeLoadBalancers", LoadBalancerArns=[arn]),
        "LoadBalancers",
    )


def _see_balancer(look: Look, named: Named) -> There:
    gone = _no_balancer(look, named.promised.arn)
    return There(named.key, ("there is no such load balancer",) if gone else ())


def _see_target_group(look: Look, named: Named) -> There:
    gone = _gone(
        look,
        frozenset({"TargetGroupNotFound"}),
        partial(look.read, "elbv2", "DescribeTargetGroups", TargetGroupArns=[named.promised]),
        "TargetGroups",
    )
    return There(named.key, ("there is no such target group",) if gone else ())


def _see_rule(look: Look, rule: RuleOf) -> There | None:
    if rule.balancer is not None and _no_balancer(look, rule.balancer):
        return None  # it went with it
    gone = _gone(
        look, frozenset({"RuleNotFound"}), partial(look.read, "elbv2", "DescribeRules", RuleArns=[rule.arn]), "Rules"
    )
    return There(rule.name, ("there is no such listener rule",) if gone else ())


_DELETING: Final = "deleting"
"""What RDS and ElastiCache say of what is on its way out: it serves nobody any more."""

_NO_INSTANCE: Final = frozenset({"DBInstanceNotFound", "DBInstanceNotFoundFault"})


def _see_database(look: Look, named: Named) -> There:
    database: Database = named.promised
    wanted = (database.instance, *database.replicas)
    return There(
        named.key, tuple(f"there is no DB instance {one}" for one in wanted if not _instances_called(look, one))
    )


def _instances_called(look: Look, name: str) -> list[Mapping[str, Any]]:
    found = look.unless_gone(_NO_INSTANCE, lambda: look.read("rds", "DescribeDBInstances", DBInstanceIdentifier=name))
    return [one for one in (found or {}).get("DBInstances", ()) if one["DBInstanceStatus"] != _DELETING]


def _see_cache(look: Look, named: Named) -> There:
    cache: Cache = named.promised
    found = look.unless_gone(
        frozenset({"ReplicationGroupNotFoundFault"}),
        lambda: look.read("elasticache", "DescribeReplicationGroups", ReplicationGroupId=cache.replication_group),
    )
    groups = [one for one in (found or {}).get("ReplicationGroups", ()) if one.get("Status") != _DELETING]
    if not groups:
        return There(named.key, (f"there is no replication group {cache.replication_group}",))
    members = groups[0].get("MemberClusters", ())
    return There(named.key, tuple(f"it has no member {one}" for one in cache.members if one not in members))


_NO_FUNCTION: Final = frozenset({"ResourceNotFoundException"})


def _see_function(look: Look, named: Named) -> There:
    function: Function = named.promised
    if _gone(
        look,
        _NO_FUNCTION,
        partial(look.read, "lambda", "GetFunctionConfiguration", FunctionName=function.name),
        "FunctionName",
    ):
        return There(function.name, ("there is no such function",))
    if function.alias and _gone(
        look,
        _NO_FUNCTION,
        partial(look.read, "lambda", "GetAlias", FunctionName=function.name, Name=function.alias),
        "Name",
    ):
        return There(function.name, (f"it has no alias {function.alias}",))
    return There(function.name, ())


def _see_dashboard(look: Look, named: Named) -> There:
    prefix = f"{look.outputs.stack.product}-{look.outputs.stack.environment}"
    entries = look.pages("cloudwatch", "ListDashboards", "DashboardEntries", DashboardNamePrefix=prefix)
    there = {entry["DashboardName"] for entry in entries}
    name = named.promised.name
    return There(name, () if name in there else ("there is no such dashboard",))


@dataclass(frozen=True, slots=True)
class Mirrored:
    """The mirror of the contract in SSM.

    Attributes:
        path: Where it is.
        problem: What is the matter with it; empty: nothing.
    """

    path: str
    problem: str


def _see_mirror(look: Look, outputs: StackOutputs) -> Mirrored:
    where = outputs.stack
    path = f"/opslib/{where.product}/{where.environment}"
    try:
        mirrored = read_mirror(where.product, where.environment, look.stack.clients)
    except (StackNotFound, BadOutputs, ContractVersion) as problem:
        return Mirrored(path, problem.what)
    same = _unordered(mirrored) == _unordered(outputs)
    return Mirrored(path, "" if same else f"the mirror says something else than {look.stack.source}")


def _unordered(outputs: StackOutputs) -> StackOutputs:
    return outputs.model_copy(update={"alarms": tuple(sorted(outputs.alarms, key=lambda one: (one.region, one.name)))})


def _not_there(seen: There, _: datetime) -> Iterator[Fault]:
    return (Fault(seen.on, lacks) for lacks in seen.lacks)


def _other(seen: Mirrored, _: datetime) -> Iterator[Fault]:
    if seen.problem:
        yield Fault(seen.path, seen.problem)


@dataclass(frozen=True, slots=True)
class _Row:
    """One kind of thing that the contract names: what should be so, what it means if not, what there is, and how."""

    id: str
    looks_at: str
    why: str
    subjects: Callable[[StackOutputs], Iterable[Any]]
    read: Callable[[Look, Any], There | None]
    level: Level = "critical"


_ROWS: Final = (
    _Row(
        "service-there",
        "every ECS service of the contract is there",
        "nothing watches the one that took its place, and a rollback of it is refused",
        services_of,
        _see_service,
    ),
    _Row(
        "load-balancer-there",
        "every load balancer of the contract is there",
        "its alarms watch nothing, whatever users see",
        _by_key("load_balancers"),
        _see_balancer,
    ),
    _Row(
        "target-group-there",
        "every target group of the contract is there",
        "its alarms watch nothing, whatever users see",
        _target_groups,
        _see_target_group,
    ),
    _Row(
        "rule-there",
        "every listener rule of the contract is there",
        "traffic cannot be switched where nobody knows it goes",
        _rules,
        _see_rule,
    ),
    _Row(
        "database-there",
        "every database of the contract and its replicas are there",
        "its alarms watch nothing, and nobody knows which one to restore",
        _by_key("databases"),
        _see_database,
    ),
    _Row(
        "cache-there",
        "every cache of the contract is there, with its members",
        "alarms on a member that was replaced watch nothing",
        _by_key("caches"),
        _see_cache,
    ),
    _Row(
        "function-there",
        "every function of the contract is there, with its alias",
        "its alarms watch nothing, and there is no alias to point back",
        _by_key("functions"),
        _see_function,
    ),
    _Row(
        "dashboard-there",
        "every dashboard of the contract is there",
        "the first link that you open is dead",
        _by_key("dashboards"),
        _see_dashboard,
        "warning",
    ),
)

CHECKS: Final[tuple[Check[Any, Any], ...]] = (
    *(
        Check(
            id=row.id,
            group="What is watched",
            level=row.level,
            looks_at=row.looks_at,
            why=row.why,
            next_step="correct the stack's file, then `pulumi up`; or bring back what was deleted",
            subjects=row.subjects,
            read=row.read,
            judge=_not_there,
        )
        for row in _ROWS
    ),
    Check(
        id="mirror-current",
        group="What is watched",
        level="warning",
        looks_at="the outputs' mirror in SSM says what the outputs say",
        why="whoever has no Pulumi at hand acts on an old contract, or on none",
        next_step="set opslib:mirror where it is off, then `pulumi up`",
        subjects=lambda outputs: (outputs,),
        read=_see_mirror,
        judge=_other,
        on=lambda _: "mirror",
    ),
)
"""What is checked of the contract against what is live."""
