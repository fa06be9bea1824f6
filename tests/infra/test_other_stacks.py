"""Identifiers that another stack has exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from infra import program
from infra.config import Reference, StackConfig, main
from infra.config.references import references, resolved
from opslib.contract import StackOutputs
from opslib.errors import BadRequest
from opslib.sandbox.programs.in_process import run_program
from tests.infra.everything import ACCOUNT, REGION

NETWORK = "shop/network/prod"
BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"


def of(output: str) -> dict[str, str]:
    return {"fromStack": NETWORK, "output": output}


WRITTEN: dict[str, Any] = {
    "product": "shop",
    "environment": "prod",
    "loadBalancers": {"edge": {"arn": of("balancer.arn"), "targetGroups": {"api": {"arn": of("group")}}}},
    "services": {
        "api": {
            "cluster": of("cluster"),
            "service": "api",
            "loadBalancer": "edge",
            "targetGroup": "api",
            "subnets": of("subnets"),
        }
    },
}
OUTPUTS: dict[str, Any] = {
    "balancer": {"arn": f"{BALANCER}:loadbalancer/app/shop/1"},
    "group": f"{BALANCER}:targetgroup/api/2",
    "cluster": "shop",
    "subnets": ["subnet-1", "subnet-2"],
}


def run(outputs: dict[str, Any]) -> StackOutputs:
    values = {"aws:region": REGION, **{f"opslib:{key}": value for key, value in WRITTEN.items()}}
    ran = run_program(
        program.main, project="opslib", stack="prod", config=values, provider=None, stack_outputs={NETWORK: outputs}
    )
    return StackOutputs.parse(ran.outputs, source="run")


@pytest.mark.feature("M26")
def test_outputs_of_another_stack_are_as_if_they_were_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StackConfig, "elsewhere", lambda *_, **__: None)  # the in-process run makes an account up
    outputs = run(OUTPUTS)
    assert outputs.services["api"].cluster == "shop"
    assert outputs.services["api"].subnets == ("subnet-1", "subnet-2")
    assert outputs.load_balancers["edge"].dimension == "app/shop/1"


@pytest.mark.parametrize(
    ("outputs", "line"),
    [
        (
            {"balancer": {}},
            "loadBalancers.edge.arn: shop/network/prod has no output balancer.arn: run `pulumi up` there",
        ),
        ({**OUTPUTS, "cluster": {"a": "b"}}, "services.api.cluster: input should be a valid string"),
        ({**OUTPUTS, "group": "targetgroup/api/2"}, "loadBalancers.edge.targetGroups.api.arn: is not an ARN"),
    ],
    ids=["missing", "of another type", "not an ARN"],
)
def test_what_another_stack_gives_is_held_against_the_same_rules(outputs: dict[str, Any], line: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run(outputs)
    assert str(refused.value).startswith("Pulumi.prod.yaml: ")
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def check(directory: Path, written: dict[str, Any]) -> int:
    config = {"aws:region": REGION, **{f"opslib:{key}": value for key, value in written.items()}}
    (directory / "Pulumi.x.yaml").write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    return main(["--stack", "x", "--dir", str(directory)])


def test_the_check_says_what_only_the_engine_can_tell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path, WRITTEN) == 0
    assert capsys.readouterr().out == (
        f"Pulumi.x.yaml is valid, but for 4 values that only the engine can read from {NETWORK}\n"
    )
    assert check(tmp_path, {**WRITTEN, "queues": {"mail": {"queue": "a b"}}}) == 2
    assert "queues.mail.queue: " in capsys.readouterr().err


def test_references_are_found_and_replaced_wherever_they_stand() -> None:
    assert references(WRITTEN) == {
        "loadBalancers.edge.arn": Reference(NETWORK, "balancer.arn"),
        "loadBalancers.edge.targetGroups.api.arn": Reference(NETWORK, "group"),
        "services.api.cluster": Reference(NETWORK, "cluster"),
        "services.api.subnets": Reference(NETWORK, "subnets"),
    }
    assert resolved([1, {"a": of("b")}], lambda reference: reference.output) == [1, {"a": "b"}]


def test_without_the_engine_a_reference_is_refused_by_its_path() -> None:
    with pytest.raises(
        BadRequest, match=r"^here: loadBalancers\.edge\.arn: balancer\.arn of shop/network/prod can be read"
    ):
        StackConfig.parse(WRITTEN, source="here")


DUPLICATES = {
    "at the top": (
        "config:\n  aws:region: eu-west-1\n  opslib:product: a\n  opslib:product: b\n",
        "opslib:product",
        3,
        4,
    ),
    "deep inside": (
        "config:\n  opslib:services:\n    api:\n      cluster: a\n      service: b\n      cluster: c\n",
        "cluster",
        4,
        6,
    ),
}


@pytest.mark.parametrize("duplicate", DUPLICATES)
def test_a_key_that_stands_twice_is_refused(duplicate: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, key, first, second = DUPLICATES[duplicate]
    (tmp_path / "Pulumi.x.yaml").write_text(text, encoding="utf-8")
    assert main(["--stack", "x", "--dir", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"infra.config: Pulumi.x.yaml: {key} stands there twice, in lines {first} and {second}: leave one of them out\n"
    )
