"""Creates a workload in the sandbox, by the same AWS calls that anybody would make, with exactly its identifiers.

It runs in the server's process, because moto makes up identifiers of its own and they are changed right behind it.
"""

from __future__ import annotations

import functools
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from opslib.errors import SandboxError, SandboxFailed
from opslib.sandbox import rekey
from opslib.sandbox.account import Account
from opslib.sandbox.behaviour.databases.statuses import make_available
from opslib.sandbox.behaviour.ecs.images import repository_of, seed_repository
from opslib.sandbox.behaviour.ecs.seeding import make_steady
from opslib.sandbox.contents import count_contents
from opslib.sandbox.workload import Cache, Database, Function, LoadBalancer, Service, Workload

__all__ = ["seed"]

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
_INSIGHTS = {"name": "containerInsights", "value": "enabled"}
AGE_OF_DATABASES = timedelta(days=30)  # older than any backup is kept: all of the retention period can be restored


def seed(workload: Workload, account: Account, url: str) -> None:
    """Create everything in the workload; none of it may exist.

    Args:
        workload: What to create.
        account: The account to create it in; it takes the workload's account id and region.
        url: Where the sandbox is reached.

    Raises:
        SandboxError: Something of it exists, or the account holds resources under another account id; nothing was made.
        SandboxFailed: The sandbox broke half-way.
    """
    if account.account_id != workload.account and count_contents(account.account_id):
        raise SandboxError(
            f"the sandbox holds resources of account {account.account_id} and the workload is of {workload.account}",
            "reset it first",
        )
    account.account_id, account.region = workload.account, workload.region
    seeder = _Seeder(workload, account, url)
    existing = list(seeder.existing())
    if existing:
        raise SandboxError(f"the sandbox already has {', '.join(existing)}", "reset it, or seed other names")
    try:
        seeder.create()
    except (ClientError, BotoCoreError) as error:
        raise SandboxFailed(f"seeding stopped half-way: {error}", "reset the sandbox") from error


class _Seeder:
    def __init__(self, workload: Workload, account: Account, url: str) -> None:
        self._workload = workload
        self._account = account
        self._where = (workload.account, workload.region)
        self._url = url
        self._clients: dict[tuple[str, str], Any] = {}

    def _client(self, service: str, region: str = "") -> Any:
        """A client whose calls are not counted: they are the sandbox's own."""
        region = region or self._workload.region
        if (service, region) not in self._clients:
            client = _session().client(
                service,
                region_name=region,
                endpoint_url=self._url,
                aws_access_key_id="sandbox",
                aws_secret_access_key="sandbox",  # noqa: S106  # not a secret
                config=Config(retries={"total_max_attempts": 1}, proxies={}),
            )
            client.meta.events.register("before-sign", _uncounted)
            self._clients[service, region] = client
        return self._clients[service, region]

    def existing(self) -> Iterator[str]:
        """What of the workload is there already."""
        workload = self._workload
        elbv2, ecs = self._client("elbv2"), self._client("ecs")
        balancers = {b["LoadBalancerName"] for b in elbv2.describe_load_balancers()["LoadBalancers"]}
        yield from (f"load balancer {b.name}" for b in workload.load_balancers if b.name in balancers)
        groups = {group["TargetGroupName"] for group in elbv2.describe_target_groups()["TargetGroups"]}
        wanted = (group for balancer in workload.load_balancers for group in balancer.target_groups)
        yield from (f"target group {group.name}" for group in wanted if group.name in groups)
        for service in workload.services:
            if service.cluster in _last_parts(ecs.list_clusters()["clusterArns"]):
                found = ecs.describe_services(cluster=service.cluster, services=[service.name])["services"]
                yield from (f"service {service.cluster}/{service.name}" for _ in found)
        for region, name in self._repositories():
            known = self._client("ecr", region).describe_repositories()["repositories"]
            yield from (f"repository {name}" for found in known if found["repositoryName"] == name)
        databases = {d["DBInstanceIdentifier"] for d in self._client("rds").describe_db_instances()["DBInstances"]}
        yield from (f"database {d.identifier}" for d in workload.databases if d.identifier in databases)
        groups = {
            group["ReplicationGroupId"]
            for group in self._client("elasticache").describe_replication_groups()["ReplicationGroups"]
        }
        yield from (f"cache {c.replication_group_id}" for c in workload.caches if c.replication_group_id in groups)
        functions = {function["FunctionName"] for function in self._client("lambda").list_functions()["Functions"]}
        yield from (f"function {f.name}" for f in workload.functions if f.name in functions)
        for name in workload.log_groups:
            found = self._client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
            yield from (f"log group {name}" for group in found if group["logGroupName"] == name)

    def create(self) -> None:
        """Create it all; what is referred to comes first."""
        workload = self._workload
        for balancer in workload.load_balancers:
            self._load_balancer(balancer)
        for cluster in dict.fromkeys(service.cluster for service in workload.services):
            self._client("ecs").create_cluster(clusterName=cluster, settings=[_INSIGHTS])
        for region, name in self._repositories():
            self._client("ecr", region).create_repository(repositoryName=name)
            with self._account.schedule.lock:
                seed_repository(self._account, region, name)
        for service in workload.services:
            self._service(service)
        for database in workload.databases:
            self._database(database)
        for cache in workload.caches:
            self._cache(cache)
        for function in workload.functions:
            self._function(function)
        for name in workload.log_groups:
            self._client("logs").create_log_group(logGroupName=name)

    def _repositories(self) -> list[tuple[str, str]]:
        """The region and name of each repository of the account that an image of the workload is in."""
        images = (image for service in self._workload.services for image in service.images)
        found = (repository_of(self._account, image) for image in images)
        return list(dict.fromkeys(where for where in found if where is not None))

    def _subnets(self) -> list[dict[str, Any]]:
        """Two subnets of the region's default VPC, in two zones."""
        found: list[dict[str, Any]] = self._client("ec2").describe_subnets()["Subnets"]
        return sorted(found, key=lambda subnet: str(subnet["AvailabilityZone"]))[:2]

    def _security_group(self, vpc: str) -> str:
        """The VPC's default security group."""
        filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
        return str(self._client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"])

    def _load_balancer(self, balancer: LoadBalancer) -> None:
        elbv2, subnets = self._client("elbv2"), self._subnets()
        for group in balancer.target_groups:
            made = elbv2.create_target_group(
                Name=group.name,
                Protocol="HTTP",
                Port=group.port,
                VpcId=subnets[0]["VpcId"],
                TargetType="ip",
                HealthCheckPath=group.health_check_path,
            )["TargetGroups"][0]["TargetGroupArn"]
            rekey.rekey_target_group(*self._where, made, group.arn)
        made = elbv2.create_load_balancer(
            Name=balancer.name, Subnets=[subnet["SubnetId"] for subnet in subnets], Scheme="internet-facing"
        )["LoadBalancers"][0]["LoadBalancerArn"]
        rekey.rekey_load_balancer(*self._where, made, balancer.arn)
        for listener in balancer.listeners:
            made = elbv2.create_listener(
                LoadBalancerArn=balancer.arn,
                Protocol=listener.protocol,
                Port=listener.port,
                DefaultActions=[{"Type": "forward", "TargetGroupArn": balancer.target_groups[0].arn}],
            )["Listeners"][0]["ListenerArn"]
            rekey.rekey_listener(*self._where, balancer.arn, made, listener.arn)
            for rule in listener.rules:
                weights = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in rule.forwards.items()]
                made = elbv2.create_rule(
                    ListenerArn=listener.arn,
                    Priority=rule.priority,
                    Conditions=[{"Field": "path-pattern", "Values": [rule.path_pattern]}],
                    Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}],
                )["Rules"][0]["RuleArn"]
                rekey.rekey_rule(*self._where, listener.arn, made, rule.arn)

    def _service(self, service: Service) -> None:
        ecs, subnets = self._client("ecs"), self._subnets()
        for image in service.images:
            container = {
                "name": service.container,
                "image": image,
                "essential": True,
                "portMappings": [{"containerPort": service.container_port, "protocol": "tcp"}],
            }
            registered = ecs.register_task_definition(
                family=service.family,
                requiresCompatibilities=["FARGATE"],
                networkMode="awsvpc",
                cpu="256",
                memory="512",
                containerDefinitions=[container],
            )
        ecs.create_service(
            cluster=service.cluster,
            serviceName=service.name,
            taskDefinition=registered["taskDefinition"]["taskDefinitionArn"],
            desiredCount=service.desired_count,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": [subnet["SubnetId"] for subnet in subnets],
                    "securityGroups": [self._security_group(subnets[0]["VpcId"])],
                }
            },
            loadBalancers=[
                {"targetGroupArn": arn, "containerName": service.container, "containerPort": service.container_port}
                for arn in service.target_group_arns
            ],
        )
        make_steady(self._account, self._workload.region, service.cluster, service.name)

    def _database(self, database: Database) -> None:
        self._client("rds").create_db_instance(
            DBInstanceIdentifier=database.identifier,
            Engine=database.engine,
            EngineVersion=database.engine_version,
            DBInstanceClass=database.instance_class,
            AllocatedStorage=database.allocated_storage_gib,
            MasterUsername="postgres",
            MasterUserPassword="not-a-secret",  # nothing is behind it
            BackupRetentionPeriod=7,
            StorageEncrypted=True,
        )
        since = self._account.clock.now() - AGE_OF_DATABASES
        make_available(self._account, self._workload.region, database.identifier, since)

    def _cache(self, cache: Cache) -> None:
        elasticache = self._client("elasticache")
        zones = [subnet["AvailabilityZone"] for subnet in self._subnets()]
        elasticache.create_replication_group(
            ReplicationGroupId=cache.replication_group_id,
            ReplicationGroupDescription=cache.replication_group_id,
            ReplicasPerNodeGroup=len(cache.member_ids) - 1,  # moto does not look at NumCacheClusters
            PreferredCacheClusterAZs=zones,
            CacheNodeType=cache.node_type,
            Engine=cache.engine,
            AutomaticFailoverEnabled=len(cache.member_ids) > 1,
        )
        rekey.rekey_cache_members(*self._where, cache.replication_group_id, cache.member_ids)
        for member in cache.member_ids:
            elasticache.create_cache_cluster(
                CacheClusterId=member,
                ReplicationGroupId=cache.replication_group_id,
                CacheNodeType=cache.node_type,
                Engine=cache.engine,
                NumCacheNodes=1,
            )

    def _function(self, function: Function) -> None:
        iam, awslambda = self._client("iam"), self._client("lambda")
        role = iam.create_role(RoleName=f"{function.name}-role"[:64], AssumeRolePolicyDocument=json.dumps(_TRUST))
        awslambda.create_function(
            FunctionName=function.name,
            Runtime=function.runtime,
            Role=role["Role"]["Arn"],
            Handler="handler.handle",
            Code={"ZipFile": _code()},
            Timeout=function.timeout_seconds,
        )
        version = awslambda.publish_version(FunctionName=function.name)["Version"]
        if function.alias is not None:
            awslambda.create_alias(FunctionName=function.name, Name=function.alias, FunctionVersion=version)


@functools.cache
def _session() -> Any:
    """One for all, because each reads AWS's models anew."""
    return boto3.session.Session()


def _uncounted(request: Any, **_: Any) -> None:
    request.headers["x-sandbox-uncounted"] = "1"


def _last_parts(arns: list[str]) -> set[str]:
    return {arn.rpartition("/")[2] for arn in arns}


def _code() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("handler.py", "def handle(event, context):\n    return event\n")
    return archive.getvalue()
