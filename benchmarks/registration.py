"""What saying a hundred services' monitoring costs: ``python -m benchmarks.registration`` prints a JSON list.

Three ways to 804 alarms and a dashboard, eight alarms a service and four on their load balancer, each in processes of
its own, by turns in one run, from when everything is imported until all is said:

- resources of Pulumi registered under mocks, as opslib's program registers them: in process, without an engine;
- cdk-monitoring-constructs on the AWS CDK, until `app.synth()` has written its template;
- the same with CloudFormation's validation, which the CDK does by default, switched off.

And what both have in common, the model without any of it: alarms and dashboards of a hundred services decided and held
against AWS's limits, which neither imports pulumi nor writes a template. It has more alarms a service than the peer's
program; it is compared as what one alarm costs.

The peer is installed from its lock file into `build/peers/cdk` by npm, here and only here; without npm its rows say so.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEER = HERE / "peers" / "cdk"
INSTALLED = HERE.parent / "build" / "peers" / "cdk"
PEER_NAME = "cdk-monitoring-constructs 10.2.0"
RUNS = 3
REGION = "eu-central-1"
SERVICES = 100
ALARMS = 8 * SERVICES + 4
TARGET_SECONDS = 1.6
TARGET_RATIO = 1.0
UNVALIDATED_RATIO = 1.5
"""It was 0.9 to 1.0 on two machines; unlike the others this row compares two of about the same speed."""

MODEL_RATIO = 0.1
NOT_HERE = " (no npm here)"

Found = dict[str, float]
"""What a process said: its seconds, its megabytes, how many alarms."""


def register() -> Found:
    """Seconds and megabytes of a process that registers the alarms."""
    import pulumi_aws as aws

    from opslib.sandbox.programs.in_process import run_program

    def program() -> None:
        topic = aws.sns.Topic("critical")
        for number in range(ALARMS):
            aws.cloudwatch.MetricAlarm(
                f"alarm-{number}",
                name=f"many-service-{number // 8}-{number % 8}",
                namespace="AWS/ECS",
                metric_name="CPUUtilization",
                dimensions={"ClusterName": "many", "ServiceName": f"service-{number // 8}"},
                statistic="Average",
                period=60,
                evaluation_periods=3,
                threshold=90.0,
                comparison_operator="GreaterThanThreshold",
                alarm_actions=[topic.arn],
                ok_actions=[topic.arn],
            )
        graph = {"type": "metric", "properties": {"metrics": [["AWS/ECS", "CPUUtilization"]], "region": REGION}}
        body = json.dumps({"widgets": [graph] * SERVICES})
        aws.cloudwatch.Dashboard("many", dashboard_name="many", dashboard_body=body)

    # What is imported at the first touch of a module of pulumi_aws is imported before, as the peer's modules are.
    run_program(lambda: _touch(aws), project="many", stack="bench")
    started = time.perf_counter()
    run = run_program(program, project="many", stack="bench")
    seconds = time.perf_counter() - started
    if len(run.resources) != ALARMS + 2:
        raise RuntimeError(f"{len(run.resources)} resources were registered")
    return {"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _touch(aws: Any) -> None:
    aws.cloudwatch.Dashboard("none", dashboard_name="none", dashboard_body="{}")
    aws.sns.Topic("none")


def installed() -> bool:
    """Whether the peer can be run; it is installed where it is not."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return False
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "monitored.js"):
        shutil.copyfile(PEER / name, INSTALLED / name)
    if not (INSTALLED / "node_modules" / "cdk-monitoring-constructs").is_dir():
        print(f"installing {PEER_NAME} into {INSTALLED} (200 MB, once)", file=sys.stderr)
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        return subprocess.run(["npm", "ci", *quiet], cwd=INSTALLED, stdout=sys.stderr, check=False).returncode == 0
    return True


def ours(what: str) -> Found:
    """What `python -m benchmarks.WHAT once` says of itself."""
    command = [sys.executable, "-m", f"benchmarks.{what}", "once"]
    run = subprocess.run(command, cwd=HERE.parent, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(run.stdout))


def peers(how: str) -> Found:
    """The peer's program, in a process of its own."""
    with tempfile.TemporaryDirectory() as out:
        command = ["node", "monitored.js", str(SERVICES), how, out]
        run = subprocess.run(command, cwd=INSTALLED, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    found = dict(json.loads(run.stdout))
    if found["alarms"] != ALARMS:
        raise RuntimeError(f"the peer's program has {found['alarms']} alarms")
    return found


def measured() -> list[dict[str, Any]]:
    """Every measurement: the shortest of some runs by turns, and the memory of those."""
    there = installed()
    runs: dict[str, list[Found]] = {}
    for _ in range(RUNS):
        for name in ("registration", "model"):
            runs.setdefault(name, []).append(ours(name))
        for name in ("default", "unvalidated") if there else ():
            runs.setdefault(name, []).append(peers(name))
    best = {name: min(found, key=lambda run: run["seconds"]) for name, found in runs.items()}
    registered, decided = best["registration"], best["model"]
    default, unvalidated = best.get("default"), best.get("unvalidated")
    what = f"{ALARMS} alarms and a dashboard"
    said = f"{what}, registered in process"
    unvalidated_peer = f"{PEER_NAME} without validation"
    return [
        row(said, registered["seconds"], None, TARGET_SECONDS),
        against(PEER_NAME, said, registered, default, target=TARGET_RATIO),
        against(unvalidated_peer, said, registered, unvalidated, target=UNVALIDATED_RATIO),
        against(PEER_NAME, f"{what}, megabytes", registered, default, target=TARGET_RATIO, unit="megabytes"),
        against(
            PEER_NAME, f"model + limits of {SERVICES} services, an alarm of {decided['alarms']:g}",
            _an_alarm(decided), default and _an_alarm(default), target=MODEL_RATIO,
        ),
    ]  # fmt: skip


def _an_alarm(found: Found) -> Found:
    return {"seconds": found["seconds"] / found["alarms"]}


def against(
    peer: str,
    what: str,
    mine: Found,
    theirs: Found | None,
    *,
    target: float,
    unit: str = "seconds",
) -> dict[str, Any]:
    """One measurement against the peer, or without a ratio where there is no npm."""
    name = f"{what}, against {peer}" + ("" if theirs else NOT_HERE)
    return row(name, mine[unit], None if theirs is None else theirs[unit], target)


def row(name: str, mine: float, theirs: float | None, target: float) -> dict[str, Any]:
    """One row of `build/bench.json`; with a peer the target is a ratio."""
    ratio = None if theirs is None else mine / theirs
    return {
        "name": name,
        "ours": round(mine, 6),
        "peer": None if theirs is None else round(theirs, 6),
        "ratio": None if ratio is None else round(ratio, 4),
        "target": target,
        "holds": name.endswith(NOT_HERE) or (mine if ratio is None else ratio) <= target,
    }


if __name__ == "__main__":
    print(json.dumps(register() if sys.argv[1:] == ["once"] else measured(), indent=2))
