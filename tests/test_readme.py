"""What the README tells a user to type works."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
import yaml

from infra.config import StackConfig
from opslib.cli import app
from opslib.sandbox.programs.in_process import run_program

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def block(language: str, holding: str) -> str:
    """The README's example in a language that holds a text."""
    found = [text for text in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if holding in text]
    assert len(found) == 1, f"{len(found)} examples hold {holding!r}"
    lines = found[0].split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[indent:] for line in lines)


def test_the_example_of_a_sandbox_runs(no_aws: pytest.MonkeyPatch) -> None:
    assert no_aws
    exec(compile(block("python", "Workload.sample()"), "README.md", "exec"), {})


def test_the_example_of_a_component_makes_alarms_of_what_a_program_has_just_created() -> None:
    example = compile(block("python", "WorkloadAlarms("), "README.md", "exec")

    def program() -> None:
        import pulumi

        made = {name: SimpleNamespace(name=pulumi.Output.from_input(f"new-{name}")) for name in ("cluster", "service")}
        topic = SimpleNamespace(arn=pulumi.Output.from_input("arn:aws:sns:eu-central-1:123456789012:all"))
        exec(example, {**made, "topic": topic})

    resources = run_program(program, project="theirs", stack="prod", config={}).resources
    cpu = next(r for r in resources if r.inputs.get("name") == "parcel-prod-api-cpu-warning")
    assert cpu.inputs["dimensions"] == {"ClusterName": "new-cluster", "ServiceName": "new-service"}


def test_the_example_of_a_stack_file_is_valid() -> None:
    config = yaml.safe_load(block("yaml", "opslib:product"))["config"]
    written = {key.removeprefix("opslib:"): value for key, value in config.items() if key.startswith("opslib:")}
    assert StackConfig.parse(written, source="README.md").secret_names() == ("pagerUrl",)


@pytest.mark.parametrize("holding", ["stack.alarm_states()", "rollback.service("])
def test_the_examples_of_the_library_are_python(holding: str) -> None:
    compile(block("python", holding), "README.md", "exec")


def words_of_opslib() -> list[tuple[str, ...]]:
    """Every `opslib` command that the README shows, without its arguments."""
    shown = re.findall(r"^(?:\.venv/bin/)?opslib ([^#\n]+)", README, re.MULTILINE) + re.findall(
        r"`opslib ([^`]+)`", README
    )
    return sorted({tuple(re.match(r"[a-z -]*", line.split(" --")[0])[0].split()) for line in shown})


@pytest.mark.parametrize("words", words_of_opslib(), ids=" ".join)
def test_every_command_is_there(words: tuple[str, ...]) -> None:
    found: Any = typer.main.get_command(app)
    for word in words:
        commands = getattr(found, "commands", None)
        if commands is None:
            return  # what follows are arguments
        assert word in commands, words
        found = commands[word]


@pytest.mark.parametrize("target", re.findall(r"\]\(((?!http)[^)#]+)", README))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (Path(__file__).parent.parent / target).exists()


@pytest.mark.parametrize("goal", sorted(set(re.findall(r"`?make ([a-z]+)", README))))
def test_every_make_goal_is_there(goal: str) -> None:
    makefile = (Path(__file__).parent.parent / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{goal}:", makefile, re.MULTILINE)
