"""The history in the report: what would have paged, what would change, and what would be missed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.preview import Request, preview
from infra.preview.markdown import markdown
from infra.preview.restored import bound, restored
from opslib.monitoring.backtest import read_csv, read_incidents, replay
from tests.infra.preview import example_files, example_history
from tests.infra.preview.conftest import Ended
from tests.infra.preview.test_changes import commit, git

Call = Callable[..., Ended]

API = "parcel-prod-api"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("history")
    example_history.history(directory / "responses.csv")
    (directory / "incidents.csv").write_text(example_history.INCIDENTS, encoding="utf-8")
    return directory


@pytest.fixture
def shop(here: Path) -> Path:
    """The repository of the example, with the change not committed."""
    git(here, "init", "--quiet", "--initial-branch=main")
    put(here, *example_files.RESPONSES[0])
    commit(here, "as it is")
    put(here, *example_files.RESPONSES[1])
    return here


def put(directory: Path, critical: float, warning: float) -> None:
    for name, text in example_files.responses(critical, warning).items():
        (directory / name).write_text(text, encoding="utf-8")


def of(found: dict[str, Any], name: str) -> dict[str, Any]:
    (one,) = (one for one in found["backtest"] if one["name"] == name)
    return dict(one)


@pytest.mark.feature("P2")
@pytest.mark.usefixtures("shop")
def test_what_the_report_says_is_what_the_backtest_says(call: Call, recorded: Path) -> None:
    found = call("--stack", "prod", "--history", recorded, "--json").json
    model = preview(Request("prod")).model
    alarms = [*(bound(one, model.bind) for one in model.alarms), *model.composites]
    report = replay(alarms, read_csv(recorded / "responses.csv"), read_incidents(recorded / "incidents.csv"))
    for one in report.alarms:
        said = of(found, one.name)
        figures = (said["pages"], said["episodes"], said["flaps"], said["alarm_seconds"], said["how"])
        assert figures == (one.pages, one.episodes, one.flaps, one.alarm_seconds, one.how)
    rung = of(found, f"{API}-response-warning")
    assert rung["judgement"]["recall"] == 1
    assert rung["episodes"] > len(example_history.REAL)
    assert found["replay"]["replayed"] < found["replay"]["alarms"], "most alarms have no history here"
    assert len(found["replay"]["incidents"]) == len(example_history.REAL)


@pytest.mark.feature("P2")
@pytest.mark.usefixtures("shop")
def test_what_would_change_between_two_versions_is_told_with_what_would_be_missed(call: Call, recorded: Path) -> None:
    ended = call("--stack", "prod", "--history", recorded, "--against", "main", "--json", "--markdown", "report.md")
    changed = of(ended.json, f"{API}-response-critical")
    assert changed["change"] == "changed"
    assert changed["episodes"] < changed["before"]["episodes"]
    assert changed["before"]["judgement"]["recall"] == 1 > changed["judgement"]["recall"]
    assert of(ended.json, f"{API}-response-warning")["change"] is None
    comment = Path("report.md").read_text(encoding="utf-8")
    assert "critical would no longer be told of Slow checkout after 2.14 (api), 2026-10-01 15:40 UTC" in comment
    assert "2 incidents would no longer be told" in comment.splitlines()[1]


@pytest.mark.feature("P2")
@pytest.mark.usefixtures("shop")
def test_an_own_record_of_a_model_is_that_model_again() -> None:
    made = preview(Request("prod"))
    alarms = {
        one.name: one for one in (*(bound(a, made.model.bind) for a in made.model.alarms), *made.model.composites)
    }
    again = {one.name: one for one in restored(made.report.alarms, alarms)}
    assert again == alarms


@pytest.mark.usefixtures("shop")
def test_without_a_history_nothing_is_said_of_pages(call: Call) -> None:
    found = call("--stack", "prod", "--json").json
    assert found["backtest"] == []
    assert found["replay"] is None


@pytest.mark.usefixtures("shop")
def test_a_history_in_several_files_is_one_and_incidents_may_be_anywhere(
    call: Call, recorded: Path, tmp_path: Path
) -> None:
    split = tmp_path / "split"
    split.mkdir()
    header, *rows = (recorded / "responses.csv").read_text(encoding="utf-8").splitlines()
    time, *metrics = header.split(",")
    for place, metric in enumerate(metrics, 1):
        lines = (line.split(",") for line in rows)
        text = "\n".join([f"{time},{metric}", *(f"{line[0]},{line[place]}" for line in lines)])
        (split / f"part-{place}.csv").write_text(text, encoding="utf-8")
    incidents = tmp_path / "what-happened.json"
    real = [
        {"start": line.split(",")[0], "end": line.split(",")[1]} for line in example_history.INCIDENTS.splitlines()[1:]
    ]
    incidents.write_text(json.dumps(real), encoding="utf-8")
    given = ("--stack", "prod", "--json", "--history")
    whole = call(*given, recorded).json
    parts = call(*given, split, "--incidents", incidents).json
    assert of(parts, f"{API}-response-warning")["episodes"] == of(whole, f"{API}-response-warning")["episodes"]
    assert len(parts["replay"]["incidents"]) == len(whole["replay"]["incidents"])


@pytest.mark.usefixtures("shop")
def test_real_values_are_drawn_where_there_are_some(call: Call, recorded: Path) -> None:
    call("--stack", "prod", "--html", "plain.html")
    call("--stack", "prod", "--history", recorded, "--html", "real.html")
    plain, real = (Path(name).read_text(encoding="utf-8").count("sample data") for name in ("plain.html", "real.html"))
    assert real < plain


@pytest.mark.usefixtures("shop")
def test_a_comment_of_a_replay_fits_and_is_whole(recorded: Path) -> None:
    from tests.infra.preview.test_markdown import is_whole

    is_whole(markdown(preview(Request("prod", history=recorded, against="main")).report))
