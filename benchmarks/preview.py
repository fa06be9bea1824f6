"""What a preview costs: ``python -m benchmarks.preview`` prints a JSON list of measurements.

The command as a reviewer's pipeline starts it, from the start of Python to its end: a stack's file of a hundred
services read and checked, the model held against AWS's limits, priced, every dashboard drawn, and all three forms
written. The best of several runs, for what else runs on the machine only ever adds. There is no peer: none does this
before a deploy.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
RUNS = 5
SERVICES = 100
SECONDS = 2.0


def stack_file(directory: Path) -> Path:
    """The file of a stack of so many services behind one load balancer."""
    arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012"
    keys = [f"service-{index}" for index in range(SERVICES)]
    groups = {key: {"arn": f"{arn}:targetgroup/{key}/1"} for key in keys}
    config = {
        "aws:region": "eu-central-1",
        "aws:allowedAccountIds": ["123456789012"],
        "opslib:product": "many",
        "opslib:environment": "bench",
        "opslib:loadBalancers": {"public": {"arn": f"{arn}:loadbalancer/app/many/1", "targetGroups": groups}},
        "opslib:services": {
            key: {"cluster": "many", "service": key, "loadBalancer": "public", "targetGroup": key} for key in keys
        },
    }
    path = directory / "Pulumi.bench.yaml"
    path.write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    return path


def wall_seconds(command: list[str]) -> float:
    """Seconds of one run, the process's own start included."""
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def measured() -> list[dict[str, Any]]:
    """The measurement: ours against the target, in seconds."""
    with tempfile.TemporaryDirectory(prefix="opslib-bench-") as scratch:
        directory = Path(scratch)
        command = [sys.executable, "-m", "infra.preview", "--stack", "bench", "--config", str(stack_file(directory))]
        page = directory / "report.html"
        command += ["--json", "--html", str(page), "--markdown", str(directory / "report.md")]
        seconds = min(wall_seconds(command) for _ in range(RUNS))
        pictures = page.read_text(encoding="utf-8").count("<svg")
    name = (
        f"preview, {SERVICES} services: JSON, comment and page with {pictures} pictures, the process's start included"
    )
    row = {"name": name, "ours": round(seconds, 3), "peer": None, "ratio": None, "target": SECONDS}
    return [{**row, "holds": seconds < SECONDS}]


if __name__ == "__main__":
    print(json.dumps(measured(), indent=2))
