"""Every alarm has a page to go to, what stands there is true of the alarm, and its commands are ones that AWS knows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from infra.kinds import KINDS
from infra.kinds.watch import Subject, watch
from infra.profiles import PROFILES
from tests.docs import commands, runbooks

ROOT = Path(__file__).parent.parent
PAGES = sorted(runbooks.PAGES.glob("*.md"))
SHELL = (runbooks.PAGES / "shell.sh").read_text(encoding="utf-8")


def page(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_every_frame_is_as_its_table_says_and_somebody_wrote_what_to_do() -> None:
    assert list(runbooks.faults()) == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_alarms_link_leads_to_its_section(kind) -> None:
    wanted = {row.only_with for row in (*kind.alarms, *kind.widgets) if row.only_with}
    excluded = {row.unless for row in kind.alarms if row.unless}
    instances = {row.each: ("one",) for row in (*kind.alarms, *kind.widgets) if row.each}
    numbers = dict.fromkeys(re.findall(r"\{(\w+)\}", str(list(kind.metrics.values()))), 1.0)
    links = set()
    for traits in (frozenset(wanted), frozenset(wanted - excluded)):
        subject = Subject(
            "one", "shop-prod", PROFILES["baseline"], traits, instances, numbers, runbooks="docs/runbooks"
        )
        found = watch(kind, subject)
        links |= {alarm.runbook for alarm in (*found.alarms, *found.composites)}
    assert len(links) == len(kind.alarms) + len(kind.composites)
    for link in links:
        path, _, anchor = link.partition("#")
        assert f"\n## {anchor}\n" in page(ROOT / path), link


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page(path).replace("\n", " ")):
        if target.startswith("http"):
            continue
        file, _, anchor = target.partition("#")
        where = path.parent / file if file else path
        assert where.exists(), target
        if anchor:
            assert f"\n## {anchor}\n" in page(where), target


@pytest.mark.parametrize("path", [path for path in PAGES if path.stem != "README"], ids=lambda path: path.stem)
def test_every_section_says_what_it_means_where_to_look_and_what_to_do(path: Path) -> None:
    for key, written in runbooks.read(page(path)).sections.items():
        for word in ("**Means.**", "**Look", "**Do"):
            assert word in written or ("**Look** and **do**" in written), f"{key}: {word}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_aws_command_is_one_that_the_cli_takes(path: Path) -> None:
    found = [
        fault
        for block in commands.blocks(page(path))
        for one in commands.commands(block)
        for fault in commands.faults(one)
    ]
    assert found == []


def test_the_shared_commands_are_ones_that_the_cli_takes() -> None:
    found = list(commands.commands(re.sub(r"\$\{\w+\[0\]:\+([^}]*)\}", r"\1", SHELL)))
    assert len(found) >= 8
    assert [fault for one in found for fault in commands.faults(one)] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_block_is_a_shells(path: Path) -> None:
    for block in commands.blocks(page(path)):
        run = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
        assert run.stderr == "", block


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_variable_is_set_on_the_page_that_uses_it(path: Path) -> None:
    text = "\n".join(commands.blocks(page(path)))
    known = set(commands.ASSIGNED.findall(text))
    assert set(commands.VARIABLE.findall(text)) - known == set()


def test_the_shared_commands_ask_what_they_say(tmp_path: Path) -> None:
    """With a stand-in for `aws` that writes down what it is asked; what is asked is held against the CLI's rules."""
    asked = tmp_path / "asked"
    stand_in = tmp_path / "aws"
    stand_in.write_text(f'#!/bin/sh\nprintf "%s\\n" "aws" "$@" "" >> {asked}\necho Complete\n', encoding="utf-8")
    stand_in.chmod(0o755)
    script = f"""
PATH={tmp_path}:$PATH
. {runbooks.PAGES}/shell.sh
metric AWS/ECS CPUUtilization Average "ClusterName=a b" ServiceName=c
metric AWS/Usage Calls p99.9
insights /a/group 'fields @message | limit 1'
changes api
alarm shop-prod-api-cpu-warning
children shop-prod-api-unavailable
"""
    subprocess.run(["bash", "-c", script], capture_output=True, check=False, timeout=60)
    calls = asked.read_text(encoding="utf-8").strip("\n").split("\n\n")
    found = [commands.read(words.split("\n")[1:]) for words in calls]
    assert [fault for one in found for fault in commands.faults(one)] == []
    average, percentile, start, *_ = found
    assert average.options["dimensions"] == ["Name=ClusterName,Value=a b", "Name=ServiceName,Value=c"]
    assert average.options["statistics"] == ["Average"]
    assert "dimensions" not in percentile.options
    assert percentile.options["extended-statistics"] == ["p99.9"]
    assert percentile.options["query"] == ['sort_by(Datapoints,&Timestamp)[].[Timestamp,ExtendedStatistics."p99.9"]']
    assert start.options["query-string"] == ["fields @message | limit 1"]
    wanted = ["lookup-events", "describe-alarms", "describe-alarm-history", "describe-alarms", "describe-alarms"]
    assert [one.operation for one in found][-5:] == wanted


# Each rule, broken once.
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("aws ecs descrbe-services", "no such operation"),
        ("aws esc list-tasks", "no such service"),
        ("aws ecs list-tasks --clutser a", "no option --clutser"),
        ("aws ecs update-service --desired-count 1", "needs --service"),
        ("aws ecs list-tasks --desired-status DEAD", "--desired-status DEAD is none of RUNNING, PENDING, STOPPED"),
        ("aws ecs list-tasks --query 'a[?b==]'", "--query"),
        ("aws ecs list-tasks --cluster", "--cluster has no value"),
        ("aws ecs wait services-happy --services a", "no such waiter"),
        ("x=$(aws ecs descrbe-services) || aws ecs nothing", "no such operation"),
    ],
)
def test_a_wrong_command_is_found(command: str, said: str) -> None:
    found = [fault for one in commands.commands(command) for fault in commands.faults(one)]
    assert found
    assert all(said in fault for fault in found)


def test_what_people_wrote_outlives_its_frame(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(runbooks, "PAGES", tmp_path)
    monkeypatch.setattr(runbooks, "ROOT", tmp_path)
    runbooks.write()
    file = tmp_path / "cache.md"
    text = file.read_text(encoding="utf-8").replace("rings | warning above 80", "rings | warning above 7")
    file.write_text(text.replace("## evictions", "## evictions-of-old\n\nKeep this.\n\n## evictions"), encoding="utf-8")
    said = list(runbooks.faults())
    assert "cache.md: a frame is stale; make runbooks" in said
    assert "cache.md#evictions: nobody has written what to do" in said
    assert "cache.md#evictions-of-old: no alarm has this key; move what is written, or take it away" in said
    runbooks.write()
    assert "Keep this." in file.read_text(encoding="utf-8")
    assert "warning above 80" in file.read_text(encoding="utf-8")
    assert "cache.md: a frame is stale; make runbooks" not in list(runbooks.faults())
