"""Importing opslib does nothing and costs next to nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import pytest

ROUNDS = 7
BEYOND_BOTO3_SECONDS = 0.15
COSTLY = {"boto3", "botocore", "moto", "pulumi", "pulumi_aws", "numpy", "rich", "typer"}


def seconds(program: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - started


def test_importing_opslib_costs_little_beyond_boto3() -> None:
    programs = {"boto3": "import boto3", "both": "import boto3, opslib; opslib.Stack"}
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for name, program in programs.items():  # the first round fills the disk's cache and writes the byte code
        seconds(program)
        assert taken[name] == []
    for _ in range(ROUNDS):  # alternating, so that a busy machine slows both
        for name, program in programs.items():
            taken[name].append(seconds(program))
    beyond = statistics.median(taken["both"]) - statistics.median(taken["boto3"])
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
