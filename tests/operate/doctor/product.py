"""The shipped staging stack in a sandbox, with everything in place: `pulumi up`, and what people do after it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from demo import stack_file
from demo.deployment import run_in_process
from demo.stack_file import StackFile
from demo.workload import workload_of
from opslib.contract import StackOutputs
from opslib.mirror import to_parameters
from opslib.monitoring import Requirement
from opslib.operate.doctor.blindness import SETTINGS
from opslib.sandbox import Workload
from opslib.sandbox.workload import Service
from opslib.stack import Stack
from tests.faults.inside import Inside
from tests.faults.stage import Stage

__all__ = ["CALLER", "Product", "back_up", "mirror", "open_product", "promised"]

CALLER = "ada"
ONCALL = "+4915112345678"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@dataclass
class Product:
    """A stack, the account it is in, and who looks at it.

    Attributes:
        sandbox: The account.
        stack: The stack, opened with the outputs that the program gave.
        stage: Who acts there.
    """

    sandbox: Inside
    stack: Stack
    stage: Stage
    _made: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def outputs(self) -> StackOutputs:
        """The contract."""
        return self.stack.outputs

    def aws(self, service: str, region: str | None = None) -> Any:
        """A client of somebody who breaks things."""
        key = (service, region or self.outputs.stack.region)
        if key not in self._made:
            self._made[key] = self.sandbox.client(*key)
        return self._made[key]


def promised(product: Product, outputs: StackOutputs) -> Product:
    """The same account, by other outputs."""
    stack = Stack(outputs, source="the program", clients=product.stack._clients)
    stack.__dict__["clients"] = product.stack.clients  # they are made already
    return Product(product.sandbox, stack, product.stage, product._made)


def open_product(directory: Path) -> Product:
    """Make everything, in this process, in which there must be no sandbox yet.

    Args:
        directory: For files of the journal, of which there are none: the stack has a table.
    """
    sandbox, file = Inside(), stack_file.read("staging")
    stage = Stage(sandbox, directory)
    with sandbox.listening():
        sandbox.seed(_workload(file))
        sandbox._url = sandbox.account.url  # the stand-in provider comes by the network
        run = run_in_process(file, sandbox)
        outputs = StackOutputs.parse(run.outputs, source="the program")
    sandbox.account.schedule.advance(60)
    clients = stage.actor(CALLER).clients
    product = Product(sandbox, Stack(outputs, source="the program", clients=clients), stage)
    _put_in_place(product)
    return product


def _workload(file: StackFile) -> Workload:
    """What runs there, with images in the account's own ECR."""
    workload = workload_of(file.config, region=file.region, account=file.account)
    registry = f"{file.account}.dkr.ecr.{file.region}.amazonaws.com"

    def in_ecr(service: Service) -> Service:
        name = service.image.partition(":")[0]
        images = (f"{registry}/{name}:{service.name}-1",)
        return service.model_copy(
            update={"image": f"{registry}/{name}:{service.name}-2", "earlier_images": images, "revisions": 2}
        )

    return workload.model_copy(update={"services": tuple(map(in_ecr, workload.services))})


def _put_in_place(product: Product) -> None:
    """What `pulumi up` cannot do: it is somebody's, or of a resource that is not the stack's."""
    aws, outputs = product.aws, product.outputs
    for function in aws("lambda").list_functions()["Functions"]:
        handled = {"function_name": function["FunctionName"], "handler": "tests.operate.doctor.handlers:nothing"}
        product.sandbox.control("/handlers", handled | {"path": str(stack_file.ROOT)})
    _listen(product)
    iam = aws("iam")
    iam.create_user(UserName=CALLER)
    iam.put_user_policy(UserName=CALLER, PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))
    ecs = aws("ecs")
    for service in outputs.services.values():
        ecs.update_cluster_settings(
            cluster=service.cluster, settings=[{"name": "containerInsights", "value": "enhanced"}]
        )
        ecs.update_service(
            cluster=service.cluster,
            service=service.name,
            deploymentConfiguration={
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                "maximumPercent": 200,
                "minimumHealthyPercent": 100,
            },
        )
        if service.log_group:
            _log(product, service.log_group)
    for function in outputs.functions.values():
        _log(product, f"/aws/lambda/{function.name}")
    for database in outputs.databases.values():
        aws("rds").modify_db_instance(
            DBInstanceIdentifier=database.instance,
            EnablePerformanceInsights=True,
            CloudwatchLogsExportConfiguration={"EnableLogTypes": ["postgresql"]},
            ApplyImmediately=True,
        )
    back_up(product)
    _secrets(product)
    _certificates(product)
    _published(product)
    product.sandbox.account.schedule.advance(timedelta(minutes=10).total_seconds())


def _listen(product: Product) -> None:
    for tier, regions in product.outputs.topics.items():
        for region, arn in regions.items():
            sns = product.aws("sns", region)
            if tier == "emergency":
                sns.subscribe(TopicArn=arn, Protocol="sms", Endpoint=ONCALL)
                sns.set_sms_attributes(attributes={"MonthlySpendLimit": "50"})
            for one in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]:
                if one["SubscriptionArn"] == "PendingConfirmation":
                    product.sandbox.confirm_subscription(one["Endpoint"])


def _log(product: Product, name: str) -> None:
    logs = product.aws("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]:
        logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName=name, retentionInDays=30)


def back_up(product: Product) -> None:
    """Take a backup of each database into each vault; both are locked, and take what is kept so long."""
    where = product.outputs.stack
    role = f"arn:aws:iam::{where.account}:role/backups"
    for vault in product.outputs.vaults.values():
        for database in product.outputs.databases.values():
            resource = f"arn:aws:rds:{vault.region}:{where.account}:db:{database.instance}"
            product.aws("backup", vault.region).start_backup_job(
                BackupVaultName=vault.name, ResourceArn=resource, IamRoleArn=role, Lifecycle={"DeleteAfterDays": 7}
            )
    product.sandbox.clock.advance(timedelta(minutes=10).total_seconds())


def _secrets(product: Product) -> None:
    """Secrets get a name's ending of their own: the stack's contract is told them, as a stack file would be."""
    secrets = product.aws("secretsmanager")
    databases = {}
    for key, database in product.outputs.databases.items():
        made = {}
        for consumer, arn in database.secrets.items():
            name = arn.rpartition(":")[2].rpartition("-")[0]
            made[consumer] = secrets.create_secret(Name=name, SecretString="{}")["ARN"]
        databases[key] = database.model_copy(update={"secrets": made})
    outputs = product.outputs.model_copy(update={"databases": databases})
    product.stack = promised(product, outputs).stack
    mirror(product, outputs)


def mirror(product: Product, outputs: StackOutputs) -> None:
    """Write what the program writes to SSM."""
    for name, value in to_parameters(outputs).items():
        product.aws("ssm").put_parameter(
            Name=name, Value=value, Type="String", Overwrite=True, Tier="Intelligent-Tiering"
        )


def _certificates(product: Product) -> None:
    acm, elbv2 = product.aws("acm"), product.aws("elbv2")
    for balancer in product.outputs.load_balancers.values():
        for listener in balancer.listeners:
            made = acm.request_certificate(DomainName="parcel.example", ValidationMethod="DNS")["CertificateArn"]
            elbv2.modify_listener(ListenerArn=listener.arn, Protocol="HTTPS", Certificates=[{"CertificateArn": made}])


def _published(product: Product) -> None:
    """A sample of each metric that only its being published shows: EBS credits, charges, what applications write."""
    samples = []
    for alarm in product.outputs.alarms:
        if alarm.requires is not None and Requirement(alarm.requires) not in SETTINGS:
            found = product.aws("cloudwatch", alarm.region).describe_alarms(AlarmNames=[alarm.name])["MetricAlarms"][0]
            of_math = [one["MetricStat"]["Metric"] for one in found.get("Metrics", ()) if "MetricStat" in one]
            samples += [
                {
                    "namespace": one["Namespace"],
                    "name": one["MetricName"],
                    "dimensions": {pair["Name"]: pair["Value"] for pair in one["Dimensions"]},
                    "value": 90,
                    "region": alarm.region,
                }
                for one in (*of_math, *([found] if "MetricName" in found else []))
            ]
    product.sandbox.control("/metrics", {"samples": samples})
