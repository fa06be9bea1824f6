"""The real Pulumi engine against a sandbox: what it does, what it tells, and that a checkout stays as it is."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from opslib.errors import BadRequest, DeploymentFailed
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.engine import Engine, ResourceStep, find_pulumi
from opslib.sandbox.programs.in_process import Secret, run_program
from opslib.sandbox.provider import StandInProvider, serve

CHECKOUT = Path(__file__).resolve().parents[2]

engine_test = [
    pytest.mark.engine,
    pytest.mark.xdist_group("engine"),
    pytest.mark.skipif(
        find_pulumi(CHECKOUT) is None, reason="no Pulumi CLI on PATH or in .tools/bin: run `make pulumi`"
    ),
]

PROGRAM = """
import json, os, sys
import pulumi
import pulumi_aws as aws


class Alerting(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("ops:index:Alerting", name, None, opts)
        below = pulumi.ResourceOptions(parent=self, protect=False)
        config = pulumi.Config()
        topic = aws.sns.Topic(f"{name}-topic", name=config.require("topic"), opts=below)
        for workload, settings in sorted(config.require_object("workloads").items()):
            aws.cloudwatch.MetricAlarm(
                f"{name}-{workload}",
                name=workload,
                comparison_operator="GreaterThanThreshold",
                evaluation_periods=3,
                metric_name="CPUUtilization",
                namespace="AWS/ECS",
                period=60,
                statistic="Average",
                threshold=settings["cpu"],
                alarm_actions=[topic.arn],
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.topic_arn = topic.arn
        self.register_outputs({"topicArn": topic.arn})


def program():
    alerting = Alerting("a")
    pulumi.export("topic", alerting.topic_arn)
    pulumi.export("token", pulumi.Config().get_secret("token"))
    pulumi.export("config", sorted(json.loads(os.environ["PULUMI_CONFIG"])))


if __name__ == "__main__":
    program()
"""

MOVES = """
import pulumi


class Part(pulumi.ComponentResource):
    def __init__(self, token, name, **options):
        super().__init__(f"ops:index:{token}", name, None, pulumi.ResourceOptions(**options))


def program():
    if pulumi.Config().require_bool("moved"):
        house = Part("House", "home", aliases=[pulumi.Alias(name="house")])
        Part("Room", "home-kitchen", parent=house)
        room = Part("Chamber", "hall", parent=house, aliases=[pulumi.Alias(name="corridor", type_="ops:index:Room")])
        Part("Lamp", "lamp", parent=room)
        Part("Tree", "tree", parent=house, aliases=[pulumi.Alias(parent=None)])
    else:
        house = Part("House", "house")
        Part("Room", "house-kitchen", parent=house)
        room = Part("Room", "corridor", parent=house)
        Part("Lamp", "lamp", parent=room)
        Part("Tree", "tree")


if __name__ == "__main__":
    program()
"""

PLAIN = """
import os, sys
import pulumi

config = pulumi.Config()
match config.get("mode"):
    case "raise":
        raise ValueError("workloads.api: port must be\\na number")
    case "run-error":
        raise pulumi.RunError("the stack's config: regionn is no setting")
    case "exit":
        print("config: no workloads", file=sys.stderr)
        sys.exit(2)
    case "apply":
        def refuse(_):
            raise ValueError("inside apply")
        pulumi.Output.from_input(1).apply(refuse)
pulumi.ComponentResource("ops:index:Thing", "thing")
pulumi.log.warn("nobody is on call")
pulumi.export("python", sys.executable)
pulumi.export("inherited", sorted(k for k in os.environ if k in ("AWS_PROFILE", "PULUMI_STACK", "AWS_REGION")))
pulumi.export("nested", config.get_object("nested"))
pulumi.export("secret", config.get_secret("secret"))
"""


def write_project(directory: Path, program: str, *, main: str = "", stack: dict[str, Any] | None = None) -> Path:
    (directory / main).mkdir(parents=True, exist_ok=True)
    runtime = {"name": "python", "options": {"virtualenv": "nowhere", "toolchain": "pip"}}
    settings = {"name": "shop", "runtime": runtime} | ({"main": main} if main else {})
    (directory / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
    (directory / main / "__main__.py").write_text(program)
    if stack is not None:
        (directory / "Pulumi.dev.yaml").write_text(yaml.safe_dump(stack))
    return directory


def digest(directory: Path) -> str:
    files = sorted(f for f in directory.rglob("*") if f.is_file() and "__pycache__" not in f.parts)
    return hashlib.sha256(b"".join(str(f).encode() + f.read_bytes() for f in files)).hexdigest()


@pytest.fixture
def provider_port(account: Sandbox) -> Iterator[int]:
    provider = StandInProvider(endpoint_url=account.environment()["AWS_ENDPOINT_URL"], region="eu-west-1")
    with serve(provider) as served:
        yield served.port


class TestWithTheEngine:
    pytestmark = engine_test

    def test_a_stack_lives_from_preview_to_destruction(self, tmp_path, account, provider_port):
        config = {"topic": "alerts", "workloads": {"api": {"cpu": 80}, "web": {"cpu": 70}}, "aws:region": "eu-west-1"}
        project = write_project(tmp_path / "shop", PROGRAM, main="program", stack={"config": config})
        before = digest(project)
        cloudwatch = account.client("cloudwatch", "eu-west-1")
        seen: list[ResourceStep] = []
        with Engine(
            project_dir=project,
            stack="dev",
            environment=account.environment(),
            provider_port=provider_port,
            secrets={"token": "t0ps3cret"},
            on_event=seen.append,
        ) as engine:
            previewed = engine.preview()
            assert previewed.counts == {"create": 5}
            assert cloudwatch.describe_alarms()["MetricAlarms"] == []

            created = engine.up()
            assert (created.counts, created.none) == ({"create": 5}, False)
            assert len(cloudwatch.describe_alarms()["MetricAlarms"]) == 2
            assert ("a-api", "create", "done") in [(s.name, s.operation, s.outcome) for s in seen]
            arn = "arn:aws:sns:eu-west-1:123456789012:alerts"
            assert engine.outputs()["topic"] == arn
            assert engine.outputs()["token"] == "[secret]"
            assert engine.outputs(show_secrets=True)["token"] == "t0ps3cret"
            checkpoint = engine.export()
            assert "t0ps3cret" not in json.dumps(checkpoint)

            unchanged = engine.up()
            assert (unchanged.counts, unchanged.none) == ({"same": 5}, True)

            engine.set_config("workloads", {"api": {"cpu": 90}, "web": {"cpu": 70}})
            updated = engine.up()
            assert updated.counts == {"same": 4, "update": 1}
            step = next(s for s in updated.steps.values() if s.operation == "update")
            assert (step.name, step.changed, step.outcome) == ("a-api", ("threshold",), "done")

            cloudwatch.delete_alarms(AlarmNames=["web"])
            assert engine.refresh().counts == {"same": 4, "delete": 1}
            assert engine.up().counts == {"same": 4, "create": 1}

            engine.set_config("topic", "pages")
            replaced = engine.preview()
            assert replaced.counts == {"same": 2, "update": 2, "replace": 1}
            step = next(s for s in replaced.steps.values() if s.operation == "replace")
            assert (step.token, step.changed) == ("aws:sns/topic:Topic", ("name",))

            assert engine.destroy().counts == {"delete": 5}
            assert cloudwatch.describe_alarms()["MetricAlarms"] == []
        assert digest(project) == before

    def test_the_run_without_the_engine_gives_the_same_resources_and_outputs(self, tmp_path, account, provider_port):
        config = {"topic": "alerts", "workloads": {"api": {"cpu": 80}}, "aws:region": "eu-west-1"}
        project = write_project(tmp_path, PROGRAM)
        with Engine(
            project_dir=project,
            stack="dev",
            environment=account.environment(),
            provider_port=provider_port,
            config=config,
            secrets={"token": "t0ps3cret"},
        ) as engine:
            engine.up()
            checkpoint = engine.export()["deployment"]["resources"]
            outputs = engine.outputs()
        account.reset()

        run = run_program(
            load(project / "__main__.py"),
            project="shop",
            stack="dev",
            config={**config, "token": "t0ps3cret"},
            secret_keys=["token"],
            provider=StandInProvider(endpoint_url=account.environment()["AWS_ENDPOINT_URL"], region="eu-west-1"),
        )

        real = {r["urn"]: r for r in checkpoint if not r["type"].startswith("pulumi:")}
        assert [r.urn for r in run.resources] == sorted(real)
        for resource in run.resources:
            there = real[resource.urn]
            assert resource.id == there.get("id", "")
            assert resource.parent_urn == there["parent"]
            assert resource.inputs == {k: v for k, v in there.get("inputs", {}).items() if k in resource.inputs}
            assert resource.dependencies == tuple(sorted(there.get("dependencies", [])))
        assert run.outputs.pop("token") == Secret("t0ps3cret")
        assert outputs.pop("token") == "[secret]"
        assert run.outputs == outputs

    def test_the_aliases_that_are_foretold_are_those_by_which_the_engine_finds_things_again(self, tmp_path):
        project = write_project(tmp_path, MOVES)
        with Engine(project_dir=project, stack="dev", environment={}, provider_port=1) as engine:
            engine.set_config("moved", value=False)
            engine.up()
            before = {r["urn"] for r in engine.export()["deployment"]["resources"]}
            engine.set_config("moved", value=True)
            moved = engine.up()
            after = {r["urn"] for r in engine.export()["deployment"]["resources"]}

        run = run_program(load(project / "__main__.py"), project="shop", stack="dev", config={"moved": True})

        assert moved.counts == {"same": 6}
        assert {r.urn for r in run.resources} == after - before
        for resource in run.resources:
            assert before & set(resource.aliases), f"{resource.urn} was nowhere in the state"

    def test_a_program_that_fails_says_so_itself_and_nothing_else_does(self, tmp_path):
        with Engine(project_dir=write_project(tmp_path, PLAIN), stack="dev", environment={}, provider_port=1) as engine:
            for mode, text in {
                "raise": "ValueError: workloads.api: port must be a number",
                "run-error": "the stack's config: regionn is no setting",
                "exit": "config: no workloads",
                "apply": "ValueError: inside apply",
            }.items():
                engine.set_config("mode", mode)
                with pytest.raises(DeploymentFailed) as caught:
                    engine.preview()
                assert str(caught.value) == f"pulumi preview of shop/dev failed: {text}"
                assert any(text.split()[-1] in said for said in caught.value.diagnostics)

    def test_what_the_provider_refuses_names_the_resource_and_the_rest_is_kept(self, tmp_path, account, provider_port):
        program = (
            "import pulumi, pulumi_aws as aws\n"
            "good = aws.sns.Topic('good', name='good')\n"
            "aws.sns.Topic('t', name='a topic!', opts=pulumi.ResourceOptions(depends_on=[good]))\n"
        )
        with Engine(
            project_dir=write_project(tmp_path, program),
            stack="dev",
            environment=account.environment(),
            provider_port=provider_port,
        ) as engine:
            with pytest.raises(DeploymentFailed, match=r"failed: aws:sns/topic:Topic 't': .*name"):
                engine.up()
            deployed = [r["id"] for r in engine.export()["deployment"]["resources"] if r["type"].startswith("aws:")]
            assert len(deployed) == 1
            assert engine.destroy().counts["delete"] == 2

    def test_the_program_sees_this_interpreter_its_config_and_nothing_of_the_callers_environment(
        self, tmp_path, monkeypatch
    ):
        monkeypatch.setenv("AWS_PROFILE", "production")
        monkeypatch.setenv("PULUMI_STACK", "production")
        monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://somewhere")
        stack = {
            "encryptionsalt": "v1:of:the-user",
            "config": {"shop:secret": {"secure": "AAA"}, "shop:nested": {"a": {"b": 1}}},
        }
        with Engine(
            project_dir=write_project(tmp_path, PLAIN, stack=stack),
            stack="dev",
            environment={"AWS_REGION": "eu-west-1"},
            provider_port=1,
            secrets={"secret": "first"},
            config={"other": True},
        ) as engine:
            engine.set_config("nested.a.c", 2, path=True)
            engine.set_config("secret", "second", secret=True)
            with pytest.raises(BadRequest, match="the value of nested is no single value"):
                engine.set_config("nested", {}, secret=True)
            done = engine.up()
            outputs = engine.outputs(show_secrets=True)

        assert outputs == {
            "python": sys.executable,
            "inherited": ["AWS_REGION"],
            "nested": {"a": {"b": 1, "c": 2}},
            "secret": "second",
        }
        assert [(d.severity, d.text) for d in done.diagnostics] == [("warning", "nobody is on call")]
        assert done.duration_seconds > 0

    def test_what_a_live_view_raises_is_raised(self, tmp_path):
        def broken(_: ResourceStep) -> None:
            raise RuntimeError("the view broke")

        with (
            Engine(
                project_dir=write_project(tmp_path, PLAIN),
                stack="dev",
                environment={},
                provider_port=1,
                on_event=broken,
            ) as engine,
            pytest.raises(RuntimeError, match="the view broke"),
        ):
            engine.preview()


def load(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location("shop_program", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.program
