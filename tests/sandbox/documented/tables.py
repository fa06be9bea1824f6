"""The tables of the sandbox's documents: each operation with AWS's rule, our behaviour, test and source; plain moto."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import opslib.sandbox
from tests.sandbox.documented.operations_used import Operation, operations_of

__all__ = ["DOCUMENTS", "PlainRow", "TableRow", "behaviour_rows", "plain_rows"]

HOME = Path(opslib.sandbox.__file__).parent
HEADER = "| operation | AWS's rule | here | test | source |"
PLAIN_HEADER = "| service | operations | what of it is relied on | test |"

# The documents with tables of operations, and of which services those are.
DOCUMENTS: Mapping[str, tuple[str, ...]] = {
    "behaviour/autoscaling.md": ("application-autoscaling",),
    "behaviour/backup.md": ("backup",),
    "behaviour/databases.md": ("rds",),
    "behaviour/ecs.md": ("ecs", "ecr"),
    "behaviour/events.md": ("events", "scheduler"),
    "behaviour/functions.md": ("lambda", "sns"),
    "behaviour/load_balancer.md": ("elbv2",),
    "behaviour/logs.md": ("logs",),
    "behaviour/metrics.md": ("cloudwatch",),
    "behaviour/state_machines.md": ("stepfunctions",),
    "behaviour/trail.md": ("cloudtrail",),
    "behaviour/stores.md": ("secretsmanager", "ssm", "dynamodb"),
    "operations.md": (
        "application-autoscaling",
        "backup",
        "budgets",
        "ce",
        "chatbot",
        "cloudfront",
        "cloudwatch",
        "elasticache",
        "iam",
        "kms",
        "logs",
        "resourcegroupstaggingapi",
        "route53",
        "s3",
        "sns",
        "sts",
        "synthetics",
        "wafv2",
    ),
}


@dataclass(frozen=True)
class TableRow:
    """A row of a table of behaviour.

    Attributes:
        document: Where it stands.
        operations: The operations that it names, or the last row above that names some.
        rule: AWS's rule.
        here: What we do.
        test: The tests that show it.
        source: Where the rule is from.
    """

    document: str
    operations: tuple[Operation, ...]
    rule: str
    here: str
    test: str
    source: str

    @property
    def tests(self) -> list[str]:
        """The names of tests, of test files, or (with an ellipsis) their beginnings."""
        return re.findall(r"`(?:tests/|[\w…]+/)*(test_\w+…?)(?:\.py)?`", self.test)


@dataclass(frozen=True)
class PlainRow:
    """Operations that moto answers, uncorrected."""

    service: str
    operations: tuple[str, ...]
    relied_on: str
    test: str


def behaviour_rows() -> Iterator[TableRow]:
    """Every row of every table of behaviour."""
    for document, services in DOCUMENTS.items():
        operations: tuple[Operation, ...] = ()
        for cells in _cells(document, HEADER):
            operations = tuple(_named(cells[0], services)) if cells[0] else operations
            yield TableRow(document, operations, *cells[1:])


def plain_rows() -> Iterator[PlainRow]:
    """Every row of the list of what is plain moto."""
    for service, operations, relied_on, test in _cells("operations.md", PLAIN_HEADER):
        yield PlainRow(service, tuple(operations.replace(" ", "").split(",")), relied_on, test)


def _cells(document: str, header: str) -> Iterator[list[str]]:
    inside = False
    for line in (HOME / document).read_text(encoding="utf-8").splitlines():
        if line == header:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("|---"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            assert len(cells) == header.count("|") - 1, (document, line)
            yield cells


def _named(text: str, services: tuple[str, ...]) -> Iterator[Operation]:
    for word in re.findall(r"[A-Z]\w+", text):
        for service in services:
            if word in operations_of(service).values():
                yield service, word
