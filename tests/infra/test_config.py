"""The stack's file: what is right passes, and what it says reaches the model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.config import StackConfig, main, read_stack_file
from infra.workloads import Cache, Database, Function, LoadBalancer
from opslib.errors import BadRequest

ROOT = Path(__file__).parents[2]
SECRET = {"secure": "v1:bm90IGEgc2VjcmV0"}


def stack_file(directory: Path, written: dict[str, Any]) -> None:
    document = {"config": {"aws:region": "eu-central-1"} | {f"opslib:{key}": value for key, value in written.items()}}
    (directory / "Pulumi.x.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_the_shipped_stacks_are_valid(stack: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--stack", stack, "--dir", str(ROOT)]) == 0
    printed = capsys.readouterr()
    assert all(line.startswith("infra.config: to know: ") for line in printed.err.splitlines())
    assert printed.out.count("\n") == 1
    assert f"Pulumi.{stack}.yaml is valid: parcel-{stack} watches 3 services, 1 loadBalancers" in printed.out
    assert "pagerUrl" in printed.out


BALANCER_ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/parcel/1"
GROUP_ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/parcel/1"


def as_command(directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "infra.config", "--stack", "x", "--dir", str(directory)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)


def test_the_command_accepts(written: dict[str, Any], tmp_path: Path) -> None:
    stack_file(tmp_path, written)
    ran = as_command(tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("Pulumi.x.yaml is valid: parcel-staging watches ")


def test_the_check_needs_no_pulumi() -> None:
    code = "import sys, infra.config, infra.model; sys.exit(any(name.startswith('pulumi') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False).returncode == 0


def test_secrets_of_their_own_are_left_out(written: dict[str, Any], tmp_path: Path) -> None:
    stack_file(tmp_path, written | {"pagerUrl": SECRET})
    assert read_stack_file(tmp_path / "Pulumi.x.yaml") == written


def test_what_pulumi_hands_over_as_text_is_read_as_what_it_is(written: dict[str, Any]) -> None:
    """Pulumi gives top-level scalars as text, and structured values as JSON."""
    as_text = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in (written | {"mirror": True}).items()
    }
    assert as_text["protect"] == "false"
    assert as_text["services"].startswith("{")
    parsed = StackConfig.parse(as_text, source="Pulumi")
    assert parsed == StackConfig.parse(written, source="file")
    assert (parsed.protect, parsed.mirror) == (False, True)


def test_numbers_as_text_are_numbers(written: dict[str, Any]) -> None:
    written["budget"]["limitUsd"] = "5"
    budget = StackConfig.parse(written, source="Pulumi").budget
    assert budget is not None
    assert budget.limit_usd == 5.0


def test_text_that_only_starts_like_json_is_text(written: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match=r"^Pulumi: services: "):
        StackConfig.parse(written | {"services": "{api: "}, source="Pulumi")


def test_several_mistakes_are_told_at_once(written: dict[str, Any]) -> None:
    with pytest.raises(BadRequest) as refused:
        StackConfig.parse(written | {"one": 1, "two": 2, "three": 3, "four": 4}, source="Pulumi")
    assert all(f"{key}: " in str(refused.value) for key in ("one", "two", "three"))
    assert str(refused.value).endswith("(and 1 more)")


def test_secrets_are_named_once_in_order(written: dict[str, Any]) -> None:
    phone, pager = {"protocol": "sms", "endpointSecret": "phone"}, {"protocol": "https", "endpointSecret": "pagerUrl"}
    written["alerting"] |= {"critical": [pager], "emergency": [phone, pager]}
    config = StackConfig.parse(written, source="test")
    assert config.secret_names() == ("pagerUrl", "phone")


def test_an_arn_gives_its_suffix_as_the_dimension() -> None:
    """CloudWatch takes the ARN's suffix, never the ARN."""
    balancer = LoadBalancer.model_validate({"arn": BALANCER_ARN, "targetGroups": {"api": {"arn": GROUP_ARN}}})
    assert balancer.dimension == "app/parcel/1"
    assert balancer.identifiers() == {"load_balancer": "app/parcel/1"}
    assert (balancer.target_groups["api"].dimension, balancer.target_groups["api"].name) == (
        "targetgroup/parcel/1",
        "parcel",
    )


def test_a_services_target_group_stands_at_its_balancer(stack_config: StackConfig) -> None:
    found = stack_config.identifiers("web")
    assert found["target_group"].startswith("targetgroup/parcel-")
    assert found["load_balancer"].startswith("app/parcel-")
    assert "load_balancer" not in stack_config.identifiers("webhooks")


NUMBERS: dict[str, tuple[dict[str, Any], float]] = {
    "by memory": ({"memoryGib": 4}, 399),
    "by class": ({"instanceClass": "db.t4g.medium"}, 399),
    "by memory over the class": ({"instanceClass": "db.t4g.medium", "memoryGib": 64}, 5000),
    "at most": ({"memoryGib": 64}, 5000),
    "as its parameter group says": ({"memoryGib": 4, "maxConnections": 200}, 200),
}


@pytest.mark.feature("M4")
@pytest.mark.parametrize(("fields", "expected"), NUMBERS.values(), ids=NUMBERS)
def test_the_connections_of_a_database(fields: dict[str, Any], expected: float) -> None:
    written = {"instance": "orders", "allocatedStorageGib": 20, **fields}
    numbers = Database.model_validate(written).numbers()
    memory_gib = fields.get("memoryGib", 4)
    assert numbers == {
        "max_connections": expected,
        "allocated_bytes": 20 * 1024**3,
        "memory_bytes": memory_gib * 1024**3,
    }


@pytest.mark.feature("M4")
@pytest.mark.parametrize(("memory_gib", "said"), [(1, 81), (2, 198), (4, 413), (8, 856), (15.25, 1660)])
def test_the_estimated_connections_are_never_more_than_there_are(memory_gib: float, said: int) -> None:
    """What instances of that memory say: beyond it, a share of 95% would be out of reach."""
    written = {"instance": "orders", "allocatedStorageGib": 20, "memoryGib": memory_gib}
    estimated = Database.model_validate(written).numbers()["max_connections"]
    assert 0.9 * said <= estimated <= said


def test_a_caches_metrics_are_its_members() -> None:
    cache = Cache.model_validate({"replicationGroup": "sessions", "members": ["001", "0002-001"]})
    assert cache.identifiers() == {"member.001": "sessions-001", "member.0002-001": "sessions-0002-001"}


def test_a_functions_traits_are_what_it_says() -> None:
    written = {"function": "webhooks", "timeoutSeconds": 30, "stream": True}
    function = Function.model_validate(written)
    assert function.traits() == {"function", "log_group", "stream"}
    assert function.numbers() == {"timeout_milliseconds": 30_000}
