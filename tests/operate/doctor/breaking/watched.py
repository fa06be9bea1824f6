"""What the contract names, and is not there."""

from __future__ import annotations

from opslib.contract import TargetGroup
from tests.operate.doctor.breaking.means import Broken, changed
from tests.operate.doctor.certificates import expiring_in
from tests.operate.doctor.product import Product, mirror

__all__ = ["BROKEN"]


def service_deleted(p: Product) -> None:
    web = p.outputs.services["web"]
    p.aws("ecs").delete_service(cluster=web.cluster, service=web.name, force=True)
    p.sandbox.clock.advance(900)


def balancer_deleted(p: Product) -> None:
    p.aws("elbv2").delete_load_balancer(LoadBalancerArn=p.outputs.load_balancers["public"].arn)


def target_group_gone(p: Product) -> Product:
    balancer = p.outputs.load_balancers["public"]
    web = balancer.target_groups["web"]
    gone = TargetGroup(name="old", arn=web.arn.replace("-web/", "-old/"), dimension="targetgroup/old/1")
    changed_balancer = balancer.model_copy(update={"target_groups": {**balancer.target_groups, "old": gone}})
    return changed(p, load_balancers={"public": changed_balancer})


def rule_deleted(p: Product) -> None:
    p.aws("elbv2").delete_rule(RuleArn=p.outputs.services["web"].listener_rules[1])


def database_deleted(p: Product) -> None:
    instance = p.outputs.databases["orders"].instance
    p.aws("rds").delete_db_instance(DBInstanceIdentifier=instance, SkipFinalSnapshot=True)
    p.sandbox.clock.advance(3600)


def cache_deleted(p: Product) -> None:
    p.aws("elasticache").delete_replication_group(ReplicationGroupId=p.outputs.caches["sessions"].replication_group)


def alias_deleted(p: Product) -> None:
    p.aws("lambda").delete_alias(FunctionName=p.outputs.functions["webhooks"].name, Name="live")


def function_deleted(p: Product) -> None:
    p.aws("lambda").delete_function(FunctionName=p.outputs.functions["webhooks"].name)


def dashboard_deleted(p: Product) -> None:
    p.aws("cloudwatch").delete_dashboards(DashboardNames=[p.outputs.dashboards["overview"].name])


def mirror_deleted(p: Product) -> None:
    found = p.aws("ssm").get_parameters_by_path(Path="/opslib/parcel/staging", Recursive=True)["Parameters"]
    for one in found:
        p.aws("ssm").delete_parameter(Name=one["Name"])


def mirror_half_written(p: Product) -> None:
    p.aws("ssm").delete_parameter(Name="/opslib/parcel/staging/workloads/orders")


def mirror_of_another(p: Product) -> None:
    mirror(p, p.outputs.model_copy(update={"dashboards": {}}))


def certificate_expiring(p: Product) -> None:
    certificate, private_key = expiring_in(p.sandbox.clock.now(), days=5)
    made = p.aws("acm").import_certificate(Certificate=certificate, PrivateKey=private_key)["CertificateArn"]
    listener = p.outputs.load_balancers["public"].listeners[0].arn
    p.aws("elbv2").modify_listener(ListenerArn=listener, Certificates=[{"CertificateArn": made}])


def log_for_ever(p: Product) -> None:
    p.aws("logs").delete_retention_policy(logGroupName=p.outputs.services["api"].log_group)


def log_gone(p: Product) -> None:
    p.aws("logs").delete_log_group(logGroupName=p.outputs.services["api"].log_group)


BROKEN = (
    Broken("a service was deleted", "service-there", "parcel-staging/web", service_deleted),
    Broken("the load balancer was deleted", "load-balancer-there", "public", balancer_deleted),
    Broken("a target group was deleted", "target-group-there", "old", target_group_gone),
    Broken("a rule was deleted", "rule-there", "1a2b3c4d5e6f7082", rule_deleted),
    Broken("the database was deleted", "database-there", "orders", database_deleted),
    Broken("the cache was deleted", "cache-there", "sessions", cache_deleted),
    Broken("an alias was deleted", "function-there", "webhooks", alias_deleted),
    Broken("a function was deleted", "function-there", "webhooks", function_deleted),
    Broken("a dashboard was deleted", "dashboard-there", "parcel-staging", dashboard_deleted),
    Broken("the mirror was deleted", "mirror-current", "/opslib/parcel/staging", mirror_deleted),
    Broken("the mirror is half written", "mirror-current", "/opslib/parcel/staging", mirror_half_written),
    Broken("the mirror says something else", "mirror-current", "/opslib/parcel/staging", mirror_of_another),
    Broken("a certificate is about to expire", "certificate-valid", "parcel.example", certificate_expiring),
    Broken("a log is kept for ever", "log-retention", "/ecs/parcel-staging/api", log_for_ever),
    Broken("a log group is gone", "log-retention", "/ecs/parcel-staging/api", log_gone),
)
