"""What already runs in the account before anybody watches it: the workloads that the monitoring is for."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

__all__ = [
    "Cache",
    "Database",
    "Function",
    "Listener",
    "LoadBalancer",
    "Rule",
    "Service",
    "TargetGroup",
    "Workload",
]

AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Arn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d*:.+$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TargetGroup(_Part):
    """Where a load balancer sends requests: the tasks of one service."""

    arn: Arn
    name: Name
    port: int = Field(ge=1, le=65535)
    health_check_path: str = "/"


class Rule(_Part):
    """A listener's rule: which paths go to which target groups, by weight (0 to 999); a standby has weight 0."""

    arn: Arn
    priority: int = Field(ge=1, le=50000)
    path_pattern: str
    forwards: dict[Arn, Annotated[int, Field(ge=0, le=999)]] = Field(min_length=1, max_length=5)


class Listener(_Part):
    """A port of a load balancer; what no rule takes goes to its load balancer's first target group."""

    arn: Arn
    port: int = Field(ge=1, le=65535)
    protocol: str = "HTTP"
    rules: tuple[Rule, ...] = ()


class LoadBalancer(_Part):
    """An application load balancer with its listeners and target groups."""

    name: Name
    arn: Arn
    listeners: tuple[Listener, ...] = ()
    target_groups: tuple[TargetGroup, ...] = ()


class Service(_Part):
    """An ECS service on Fargate, in a steady state.

    Attributes:
        image: What it runs. Where that is in the account's own ECR, the repository is there with it.
        revisions: How many revisions of the task family are registered; the service runs the newest, and each earlier
            one was deployed before, a day apart, and went well.
        earlier_images: What the earlier revisions ran, the oldest first; where none is given, the same.
        target_group_arns: The target groups its tasks register with.
    """

    cluster: Name
    name: Name
    family: Name
    image: str
    container: Name
    container_port: int = Field(ge=1, le=65535)
    revisions: int = Field(default=1, ge=1, le=50)
    earlier_images: tuple[str, ...] = ()
    desired_count: int = Field(default=1, ge=0)
    target_group_arns: tuple[Arn, ...] = ()

    @model_validator(mode="after")
    def _has_a_revision_for_each_image(self) -> Self:
        if len(self.earlier_images) >= self.revisions:
            raise ValueError(f"{len(self.earlier_images)} earlier images need {len(self.earlier_images) + 1} revisions")
        return self

    @property
    def images(self) -> tuple[str, ...]:
        """The image of each revision, the oldest first."""
        earlier = self.earlier_images
        return (self.image,) * (self.revisions - 1 - len(earlier)) + (*earlier, self.image)


class Database(_Part):
    """An RDS instance."""

    identifier: Name
    engine: str = "postgres"
    engine_version: str = "16.4"
    instance_class: str = "db.t4g.medium"
    allocated_storage_gib: int = Field(default=100, ge=20)


class Cache(_Part):
    """An ElastiCache replication group, and the cache clusters that are its members."""

    replication_group_id: Name
    member_ids: tuple[Name, ...] = Field(min_length=1, max_length=6)
    node_type: str = "cache.t4g.small"
    engine: str = "redis"


class Function(_Part):
    """A Lambda function with one published version and an alias to it."""

    name: Name
    runtime: str = "python3.12"
    timeout_seconds: int = Field(default=30, ge=1, le=900)
    alias: str | None = "live"


LogGroupName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_./#-]{1,512}$")]


class Workload(_Part):
    """What runs in one region of one account."""

    region: str = "eu-west-1"
    account: AccountId = "123456789012"
    load_balancers: tuple[LoadBalancer, ...] = ()
    services: tuple[Service, ...] = ()
    databases: tuple[Database, ...] = ()
    caches: tuple[Cache, ...] = ()
    functions: tuple[Function, ...] = ()
    log_groups: tuple[LogGroupName, ...] = Field(default=(), description="Names of what CloudWatch Logs has already")

    @model_validator(mode="after")
    def _refers_to_its_own(self) -> Self:
        known = {group.arn for balancer in self.load_balancers for group in balancer.target_groups}
        used = {arn for service in self.services for arn in service.target_group_arns}
        for balancer in self.load_balancers:
            if balancer.listeners and not balancer.target_groups:
                raise ValueError(f"load balancer {balancer.name} has listeners but no target group to send to")
            used |= {arn for listener in balancer.listeners for rule in listener.rules for arn in rule.forwards}
        if missing := sorted(used - known):
            raise ValueError(f"target groups that no load balancer has: {', '.join(missing)}")
        identifiers = [self._own_arns(), [group.name for b in self.load_balancers for group in b.target_groups]]
        for names in identifiers:
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"given twice: {', '.join(twice)}")
        if foreign := sorted(arn for arn in self._own_arns() if f":{self.region}:{self.account}:" not in arn):
            raise ValueError(f"ARNs of another account or region than {self.account} {self.region}: {foreign[0]}")
        return self

    def _own_arns(self) -> list[str]:
        arns: list[str] = []
        for balancer in self.load_balancers:
            arns.append(balancer.arn)
            arns.extend(group.arn for group in balancer.target_groups)
            for listener in balancer.listeners:
                arns.append(listener.arn)
                arns.extend(rule.arn for rule in listener.rules)
        return arns

    @classmethod
    def sample(cls) -> Workload:
        """A small shop: a web front and an API behind one load balancer, a worker, a database, a cache, a function.

        The API has a standby target group at weight 0 beside the one that serves.
        """
        region, account = "eu-west-1", "123456789012"
        elb = f"arn:aws:elasticloadbalancing:{region}:{account}"
        balancer = "app/shop/50dc6c495c0c9188"
        listener = f"{balancer}/f2f7dc8efc522ab2"
        web = f"{elb}:targetgroup/shop-web/73e2d6bc24d8a067"
        api = f"{elb}:targetgroup/shop-api/6d0ecf831eec9f09"
        standby = f"{elb}:targetgroup/shop-api-standby/943f017f100becff"
        return cls(
            region=region,
            account=account,
            load_balancers=(
                LoadBalancer(
                    name="shop",
                    arn=f"{elb}:loadbalancer/{balancer}",
                    listeners=(
                        Listener(
                            arn=f"{elb}:listener/{listener}",
                            port=80,
                            rules=(
                                Rule(
                                    arn=f"{elb}:listener-rule/{listener}/9683b2d02a6cabee",
                                    priority=10,
                                    path_pattern="/api/*",
                                    forwards={api: 100, standby: 0},
                                ),
                            ),
                        ),
                    ),
                    target_groups=(
                        TargetGroup(arn=web, name="shop-web", port=8080, health_check_path="/healthz"),
                        TargetGroup(arn=api, name="shop-api", port=8000, health_check_path="/api/health"),
                        TargetGroup(arn=standby, name="shop-api-standby", port=8000, health_check_path="/api/health"),
                    ),
                ),
            ),
            services=(
                Service(
                    cluster="shop",
                    name="web",
                    family="shop-web",
                    image=f"{account}.dkr.ecr.{region}.amazonaws.com/shop-web:2.14.0",
                    container="web",
                    container_port=8080,
                    desired_count=2,
                    target_group_arns=(web,),
                ),
                Service(
                    cluster="shop",
                    name="api",
                    family="shop-api",
                    image=f"{account}.dkr.ecr.{region}.amazonaws.com/shop-api:2.14.0",
                    container="api",
                    container_port=8000,
                    revisions=3,
                    desired_count=3,
                    target_group_arns=(api,),
                ),
                Service(
                    cluster="shop",
                    name="worker",
                    family="shop-worker",
                    image=f"{account}.dkr.ecr.{region}.amazonaws.com/shop-worker:2.14.0",
                    container="worker",
                    container_port=9000,
                    revisions=2,
                    desired_count=2,
                ),
            ),
            databases=(Database(identifier="shop-main"),),
            caches=(
                Cache(replication_group_id="shop-sessions", member_ids=("shop-sessions-001", "shop-sessions-002")),
            ),
            functions=(Function(name="shop-invoice-mailer"),),
        )
