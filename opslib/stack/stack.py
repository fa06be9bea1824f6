"""`Stack`: what the library's every operation starts from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from opslib.clients import Clients
from opslib.contract import StackOutputs
from opslib.errors import WrongAccount
from opslib.stack.alarm_states import AlarmState, read_alarm_states
from opslib.stack.report import StackReport
from opslib.stack.sources import find_outputs

__all__ = ["Stack"]


class Stack:
    """A stack's outputs, where they were found, and clients in its region.

    Attributes:
        outputs: The contract.
        source: Where it was found, in words.
    """

    def __init__(self, outputs: StackOutputs, *, source: str, clients: Clients) -> None:
        self.outputs = outputs
        self.source = source
        self._clients = clients

    @classmethod
    def open(
        cls,
        name: str | None = None,
        *,
        outputs: StackOutputs | Mapping[str, Any] | Path | str | None = None,
        clients: Clients | None = None,
        project_dir: Path | None = None,
    ) -> Self:
        """Find a stack's outputs: in what is given, else in SSM, else by the Pulumi CLI.

        Args:
            name: `prod`, or `shop/prod` where several products have a `prod`. With `outputs`, they must be of it.
            outputs: The contract, its parsed JSON, or the file that holds it; None: the file that `OPSLIB_OUTPUTS`
                names, if it is set.
            clients: AWS clients to use; their region is where SSM is asked.
            project_dir: Directory of the Pulumi project; None: the current one, or `infra` in it.

        Raises:
            BadRequest: neither a name nor outputs; several stacks of that name; outputs that are of another stack.
            BadOutputs: what was found is not the contract.
            ContractVersion: it follows a version that is not read here.
            StackNotFound: it is nowhere; the message says why, place by place.
        """
        clients = clients or Clients()
        found = find_outputs(name, outputs=outputs, clients=clients, project_dir=project_dir)
        return cls(found.outputs, source=found.source, clients=clients)

    @property
    def name(self) -> str:
        """`product/environment`."""
        return f"{self.outputs.stack.product}/{self.outputs.stack.environment}"

    @cached_property
    def clients(self) -> Clients:
        """AWS clients whose default region is the stack's."""
        return self._clients.in_region(self.outputs.stack.region)

    def check_account(self) -> None:
        """Make sure that the credentials are for the stack's account.

        Raises:
            WrongAccount: they are for another one.
            NoCredentials: there are none, or AWS refuses them.
            Unreachable: AWS does not answer.
        """
        expected, actual = self.outputs.stack.account, self.clients.identity()
        if actual.account != expected:
            raise WrongAccount(
                f"{self.name} is in AWS account {expected}, and the credentials are for {actual.account}"
                f" ({actual.arn})",
                "use that account's credentials (AWS_PROFILE)",
            )

    def alarm_states(self) -> tuple[AlarmState, ...]:
        """Every alarm of the contract with its state in AWS now; `missing` where AWS does not have it.

        Raises:
            Refused: AWS denies or throttles the reading.
        """
        return read_alarm_states(self.outputs, self.clients)

    def report(self) -> StackReport:
        """What the stack watches and how it is now; checks the account first.

        Raises:
            Refused: another account, no credentials, or AWS does not answer.
        """
        self.check_account()
        return StackReport(outputs=self.outputs, source=self.source, alarms=self.alarm_states())
