"""A stack with a bucket of evidence in the sandbox, opened by whoever has taken on one of its roles."""

from __future__ import annotations

from typing import Any

import boto3

from infra.assembly.evidence import evidence
from infra.assembly.guard import scope
from infra.components.evidence import Evidence
from infra.components.journal import Journal
from infra.components.roles import Roles
from infra.config import StackConfig
from infra.where import Where
from opslib import Stack
from opslib.clients import Clients
from opslib.contract import StackOutputs
from opslib.permissions import statements
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.in_process import run_program
from opslib.sandbox.provider import StandInProvider
from tests.conftest import ACCOUNT, REGION
from tests.infra.test_evidence import written
from tests.permissions.enforced import Enforced, deployed_policies, key_aliases

__all__ = ["Shop"]

WHERE = Where(ACCOUNT, "aws", REGION)
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
NAMES = ("viewer", "operator", "break-glass", "ci")


class Shop:
    """The stack shop/prod, of which there is what evidence needs; it is locked for 90 days.

    Attributes:
        sandbox: The account.
        outputs: The stack's.
        held: What each role was held to.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        config = StackConfig.parse(written(), source="the test")
        provider = StandInProvider(endpoint_url=sandbox.url, region=REGION)
        run_program(
            lambda: _program(config), project="shop", stack="prod", config={"aws:region": REGION}, provider=provider
        )
        self.sandbox = sandbox
        self.outputs = _outputs(config)
        self.held: dict[str, Enforced] = {}

    def by(self, role: str) -> Stack:
        """The stack, as a role sees it: its own policies and the bucket's hold for every call."""
        arn = self.outputs.stack.roles[role]
        session = boto3.Session(
            aws_access_key_id=self.taken_on(role), aws_secret_access_key="sandbox", region_name=REGION
        )
        policies = deployed_policies(self.sandbox.client("iam"), arn.rpartition("/")[2])
        aliases = key_aliases(self.sandbox.client("kms", REGION))
        self.held[role] = Enforced(policies, ACCOUNT, REGION, aliases)
        self.held[role].watch(session)
        return Stack(self.outputs, source="the test", clients=Clients(session=session))

    def taken_on(self, role: str) -> str:
        """The access key of a session of a role."""
        arn = self.outputs.stack.roles[role]
        answer = self.sandbox.client("sts").assume_role(RoleArn=arn, RoleSessionName="ada")
        return str(answer["Credentials"]["AccessKeyId"])

    @property
    def s3(self) -> Any:
        """A client of break-glass, to whom the bucket's policy denies nothing."""
        return self.sandbox.client("s3", REGION, actor=self.taken_on("break-glass"))

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        assert self.outputs.evidence is not None
        return self.outputs.evidence.bucket


def _program(config: StackConfig) -> None:
    assert config.evidence is not None
    Evidence("evidence", evidence(config, config.evidence, WHERE, {}))
    Journal("journal", {"table_name": f"{config.prefix}-journal", "protect": False})
    made: Any = {
        name: {
            "role_name": f"{config.prefix}-{name}",
            "description": name,
            "trust": [TRUST],
            "statements": statements(name, scope(config, WHERE)),
            "session_seconds": 3600,
        }
        for name in NAMES
    }
    Roles("roles", {"roles": made, "topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:critical"})


def _outputs(config: StackConfig) -> StackOutputs:
    assert config.evidence is not None
    table = f"{config.prefix}-journal"
    roles = {name: f"arn:aws:iam::{ACCOUNT}:role/{config.prefix}-{name}" for name in NAMES}
    stack = {"product": config.product, "environment": config.environment, "account": ACCOUNT, "region": REGION}
    found = {
        "schemaVersion": 1,
        "stack": {**stack, "roles": roles},
        "journal": {"table": table, "arn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}", "region": REGION},
        "evidence": {
            "bucket": evidence(config, config.evidence, WHERE, {})["bucket"],
            "region": REGION,
            "lock": config.evidence.mode,
            "keepDays": config.evidence.keep_days,
        },
    }
    return StackOutputs.parse(found, source="the test")
