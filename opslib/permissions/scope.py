"""What of AWS a stack is about: all that the ARNs of its permissions are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from opslib.contract import StackOutputs

__all__ = ["Scope"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Names of a stack; all of them are known before anything of it is created.

    Attributes:
        partition: `aws`, `aws-cn` or `aws-us-gov`.
        account: The account's id.
        region: The stack's region.
        product: The product.
        environment: The environment.
        services: Cluster and name of each ECS service, sorted.
        task_roles: ARNs of the roles that its task definitions hand on; empty: any role of the account.
        evidence: The bucket of evidence; empty: there is none.
    """

    partition: str
    account: str
    region: str
    product: str
    environment: str
    services: tuple[tuple[str, str], ...] = ()
    task_roles: tuple[str, ...] = ()
    evidence: str = ""

    @property
    def prefix(self) -> str:
        """What the names of all that the stack creates start with."""
        return f"{self.product}-{self.environment}"

    @classmethod
    def of(cls, outputs: StackOutputs) -> Self:
        """The scope of a stack that is there."""
        stack = outputs.stack
        return cls(
            partition=stack.partition,
            account=stack.account,
            region=stack.region,
            product=stack.product,
            environment=stack.environment,
            services=tuple(sorted((service.cluster, service.name) for service in outputs.services.values())),
            task_roles=tuple(stack.task_roles or ()),
            evidence=outputs.evidence.bucket if outputs.evidence else "",
        )
