"""Whoever calls is held to their policies, which the sandbox itself does not do: before a call leaves the process.

Of every call it is known what it is on, as IAM sees it: a call that no row knows is refused, and so would be seen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from opslib.procedure.aws import action
from opslib.sandbox.gaps.policy_decision import PolicyText, decide

__all__ = ["ASKS_NOBODY", "Enforced", "deployed_policies", "key_aliases"]

ASKS_NOBODY = frozenset({"sts:GetCallerIdentity"})
"""AWS allows it to everybody."""

Parameters = Mapping[str, Any]


@dataclass
class Enforced:
    """What a principal may do, by its policies.

    Attributes:
        policies: Their JSON.
        account: The account's id.
        region: The region of the stack.
        aliases: The aliases of keys, by their ARNs.
        denied: What was refused.
        asked: What was called.
    """

    policies: tuple[str, ...]
    account: str
    region: str
    aliases: Mapping[str, Iterable[str]] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)

    def watch(self, session: Any) -> None:
        """See every call of a session's clients that are made from now on."""
        session.events.register("provide-client-params", self._before)

    def _before(self, params: Parameters, model: Any, **_: Any) -> None:
        service, operation = model.service_model.service_name, model.name
        name = action(service, operation)
        self.asked.add(name)
        if not self.allows(service, operation, params):
            self.denied.add(name)
            said = {"Code": "AccessDenied", "Message": f"User is not authorized to perform: {name}"}
            raise ClientError({"Error": said, "ResponseMetadata": {"HTTPStatusCode": 403}}, operation)

    def allows(self, service: str, operation: str, params: Parameters) -> bool:
        """Whether a call is allowed, on all that it is on."""
        name = action(service, operation)
        if name in ASKS_NOBODY:
            return True
        found = ON.get((service, operation)) or ON.get((service, "")) or (lambda _: ["arn:unknown"])
        resources = [one.format(account=self.account, region=self.region) for one in found(params)]
        return all(self._may(name, resource) for resource in resources)

    def _may(self, name: str, resource: str) -> bool:
        texts = [PolicyText("its own", json.dumps(self._without_conditions(text, resource))) for text in self.policies]
        return decide(texts, name, resource).verdict == "allowed"

    def _without_conditions(self, text: str, resource: str) -> dict[str, Any]:
        """The statements whose conditions are met; of conditions that a role's have, those on a key's aliases."""
        policy = json.loads(text)
        met = []
        for statement in policy["Statement"]:
            condition = statement.pop("Condition", None)
            if condition is None:
                met.append(statement)
            elif list(condition) == ["ForAnyValue:StringEquals"]:
                wanted = condition["ForAnyValue:StringEquals"]["kms:ResourceAliases"]
                if wanted in self.aliases.get(resource, ()):
                    met.append(statement)
        return {**policy, "Statement": met}


def deployed_policies(iam: Any, role: str) -> tuple[str, ...]:
    """The inline policies of a role, as they were deployed."""
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    assert not iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"], "what is attached counts as well"
    found = (iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names)
    return tuple(json.dumps(one) for one in found)


def key_aliases(kms: Any) -> dict[str, list[str]]:
    """The aliases of the account's keys in a region, by the keys' ARNs."""
    found: dict[str, list[str]] = {}
    for one in kms.list_aliases()["Aliases"]:
        if "TargetKeyId" in one:
            arn = one["AliasArn"].rpartition(":alias/")[0] + f":key/{one['TargetKeyId']}"
            found.setdefault(arn, []).append(one["AliasName"])
    return found


def arn(service: str, rest: str, *, region: str = "{region}") -> str:
    return f"arn:aws:{service}:{region}:{{account}}:{rest}"


def anything(_: Parameters) -> list[str]:
    """AWS knows no resource for it."""
    return ["*"]


def named(service: str, form: str, parameter: str) -> Callable[[Parameters], list[str]]:
    """Of one parameter, or each of a list of them: an ARN, or a name that becomes one."""

    def of(params: Parameters) -> list[str]:
        given = params.get(parameter, "arn:of:something:else")
        values = [given] if isinstance(given, str) else list(given)
        return [value if value.startswith("arn:") else arn(service, form.replace("NAME", value)) for value in values]

    return of


def services(params: Parameters) -> list[str]:
    return [arn("ecs", f"service/{params['cluster']}/{name}") for name in params["services"]]


def parameters_below(params: Parameters) -> list[str]:
    return [arn("ssm", f"parameter{params['Path'].rstrip('/')}")]


def of_service(params: Parameters) -> list[str]:
    name = params["service"].rpartition("/")[2]
    return [arn("ecs", f"service/{params['cluster'].rpartition('/')[2]}/{name}")]


def queue_of(params: Parameters) -> list[str]:
    return [arn("sqs", params["QueueUrl"].rpartition("/")[2])]


def s3_object(params: Parameters) -> list[str]:
    return [f"arn:aws:s3:::{params['Bucket']}/{params['Key']}"]


def s3_bucket(params: Parameters) -> list[str]:
    return [f"arn:aws:s3:::{params['Bucket']}"]


ON: Mapping[tuple[str, str], Callable[[Parameters], list[str]]] = {
    ("acm", ""): named("acm", "certificate/NAME", "CertificateArn"),
    ("application-autoscaling", ""): anything,
    ("autoscaling", ""): anything,
    ("backup", "ListRestoreJobs"): anything,
    ("backup", "ListRestoreTestingPlans"): anything,
    ("backup", ""): named("backup", "backup-vault:NAME", "BackupVaultName"),
    ("budgets", ""): lambda _: ["arn:aws:budgets::{account}:budget/any"],
    ("cloudwatch", ""): anything,
    ("dynamodb", ""): named("dynamodb", "table/NAME", "TableName"),
    ("ec2", ""): anything,
    ("ecr", ""): named("ecr", "repository/NAME", "repositoryName"),
    ("ecs", "DescribeClusters"): named("ecs", "cluster/NAME", "clusters"),
    ("ecs", "DescribeServiceRevisions"): named("ecs", "", "serviceRevisionArns"),
    ("ecs", "DescribeServices"): services,
    ("ecs", "DescribeTaskDefinition"): anything,
    ("ecs", "ListServiceDeployments"): of_service,
    ("elasticache", ""): named("elasticache", "replicationgroup:NAME", "ReplicationGroupId"),
    ("elbv2", ""): anything,
    ("events", "DescribeRule"): named("events", "rule/NAME", "Name"),
    ("events", "ListTargetsByRule"): named("events", "rule/NAME", "Rule"),
    ("iam", "GetRole"): lambda params: [f"arn:aws:iam::{{account}}:role/{params['RoleName']}"],
    ("iam", "SimulatePrincipalPolicy"): named("iam", "", "PolicySourceArn"),
    ("kms", ""): named("kms", "key/NAME", "KeyId"),
    ("lambda", ""): named("lambda", "function:NAME", "FunctionName"),
    ("logs", ""): lambda _: [arn("logs", "log-group::log-stream:")],
    ("rds", ""): named("rds", "db:NAME", "DBInstanceIdentifier"),
    ("s3", "GetObject"): s3_object,
    ("s3", "PutObject"): s3_object,
    ("s3", ""): s3_bucket,
    ("secretsmanager", ""): named("secretsmanager", "secret:NAME", "SecretId"),
    ("sns", "CheckIfPhoneNumberIsOptedOut"): anything,
    ("sns", "GetSMSAttributes"): anything,
    ("sns", "GetSMSSandboxAccountStatus"): anything,
    ("sns", ""): named("sns", "", "TopicArn"),
    ("sqs", "GetQueueUrl"): named("sqs", "NAME", "QueueName"),
    ("sqs", "ListQueues"): anything,
    ("sqs", ""): queue_of,
    ("ssm", ""): parameters_below,
    ("stepfunctions", ""): named("states", "", "stateMachineArn"),
}
"""What a call is on, as IAM sees it: of an operation, or of all others of a service."""
