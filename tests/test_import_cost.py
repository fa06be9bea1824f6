"""Importing opslib does nothing and costs next to nothing."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

ROUNDS = 5
BEYOND_BOTO3_SECONDS = 0.15
COSTLY = {"boto3", "botocore", "moto", "pulumi", "pulumi_aws", "numpy", "rich", "typer"}


def processor_seconds(program: str) -> float:
    """What a program costs; a busy machine makes it wait longer, but not work much more."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_importing_opslib_costs_little_beyond_boto3() -> None:
    programs = {"boto3": "import boto3", "both": "import boto3, opslib; opslib.Stack"}
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(ROUNDS):  # alternating, so that a busy machine slows both; the first also writes the byte code
        for name, program in programs.items():
            taken[name].append(processor_seconds(program))
    beyond = min(taken["both"]) - min(taken["boto3"])  # whatever comes on top of the least is the machine's
    assert beyond < BEYOND_BOTO3_SECONDS, f"{beyond:.3f} s beyond boto3"


@pytest.mark.parametrize(
    "module", ["opslib", "opslib.contract", "opslib.clients", "opslib.mirror", "opslib.stack", "opslib.sandbox"]
)
def test_importing_it_loads_nothing_costly(module: str) -> None:
    program = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert COSTLY.isdisjoint(run.stdout.split())


def test_opening_a_stack_from_a_file_loads_no_boto3() -> None:
    program = (
        "import sys; from opslib import Stack;"
        "Stack.open(outputs={'schemaVersion': 1, 'stack': {'product': 'shop', 'environment': 'prod',"
        " 'account': '123456789012', 'region': 'eu-west-1'}});"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert COSTLY.isdisjoint(run.stdout.split())
