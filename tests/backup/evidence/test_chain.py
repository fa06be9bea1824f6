"""The chain of reports: what was changed, removed, reordered, cut off or added is found; a kill leaves no gap."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from opslib.backup import evidence
from opslib.backup.evidence.chain import HEAD, INDEX
from opslib.backup.verdict import Finding, Phase, verdict_of
from opslib.errors import BadRequest

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def draft(source: str = "orders", verdict: str = "proven") -> evidence.Draft:
    return evidence.Draft.of(
        (Finding("load", verdict, "it loads", facts={"n": float("inf"), "path": "\udcff"}),),  # type: ignore[arg-type]
        (Phase("load", 1.5),),
        action="verify",
        source=source,
        kind="redis",
        environment="prod",
        began_at=NOW,
        ended_at=NOW,
        by="a test",
        rto_seconds=60,
    )


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    for _ in range(5):
        evidence.add(tmp_path, draft())
    return tmp_path


def wrong(directory: Path, **more: str) -> set[tuple[str, str]]:
    return {(each.check, each.on) for each in evidence.verify_chain(directory, **more) if each.verdict == "disproven"}  # type: ignore[arg-type]


@pytest.mark.feature("B6")
def test_a_chain_is_proven_and_each_report_fits_its_schema(chain: Path) -> None:
    assert verdict_of(evidence.verify_chain(chain)) == "proven"
    reports = sorted(chain.glob("0*.json"))
    assert [path.name for path in reports] == [f"00000{number}-verify-orders.json" for number in range(1, 6)]
    for path in reports:
        jsonschema.validate(json.loads(path.read_bytes()), evidence.json_schema())


@pytest.mark.feature("B6")
def test_the_hash_of_a_report_is_what_sha256sum_prints(chain: Path) -> None:
    entry = evidence.read_entries(chain)[2]
    told = subprocess.run(["sha256sum", f"{entry.file}.json"], cwd=chain, capture_output=True, text=True, check=True)
    assert told.stdout.split()[0] == entry.sha256


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def do(chain: Path) -> None:
        path = chain / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    return do


def lines(change: Callable[[list[str]], list[str]]) -> Callable[[Path], None]:
    def do(chain: Path) -> None:
        path = chain / INDEX
        path.write_text("".join(change(path.read_text().splitlines(keepends=True))))

    return do


def swapped(chain: Path) -> None:
    a, b = chain / "000002-verify-orders.json", chain / "000003-verify-orders.json"
    content = a.read_bytes()
    a.write_bytes(b.read_bytes())
    b.write_bytes(content)


def forged(chain: Path) -> None:
    """A report changed, and its line of the index with it."""
    import hashlib

    edit("000003-verify-orders.json", '"it loads"', '"it LOADS"')(chain)
    digest = hashlib.sha256((chain / "000003-verify-orders.json").read_bytes()).hexdigest()
    edit(INDEX, evidence.read_entries(chain)[2].sha256, digest)(chain)


def cut_off(chain: Path) -> None:
    lines(lambda rows: rows[:-1])(chain)
    for path in chain.glob("000005*"):
        path.unlink()


def emptied(chain: Path) -> None:
    for path in chain.iterdir():
        if path.name != HEAD:
            path.unlink()


def added_at_the_end(chain: Path) -> None:
    path = chain / "000005-verify-orders.json"
    (chain / "000006-verify-orders.json").write_bytes(path.read_bytes())


TAMPERING: dict[str, tuple[Callable[[Path], None], str]] = {
    "a verdict changed": (edit("000003-verify-orders.json", '"proven"', '"disproven"'), "reports"),
    "a page changed": (edit("000003-verify-orders.html", "proven", "better"), "pages"),
    "a report removed": (lambda chain: (chain / "000002-verify-orders.json").unlink(), "reports"),
    "a page removed": (lambda chain: (chain / "000002-verify-orders.html").unlink(), "pages"),
    "two reports exchanged": (swapped, "reports"),
    "a report changed with its line": (forged, "order"),
    "two lines exchanged": (lines(lambda rows: [rows[0], rows[2], rows[1], *rows[3:]]), "order"),
    "a line removed": (lines(lambda rows: [*rows[:2], *rows[3:]]), "order"),
    "the first line removed": (lines(lambda rows: rows[1:]), "order"),
    "a line twice": (lines(lambda rows: [*rows[:3], rows[2], *rows[3:]]), "order"),
    "a line damaged": (lines(lambda rows: [rows[0], rows[1][:40] + "\n", *rows[2:]]), "order"),
    "the end cut off": (cut_off, "head"),
    "the end cut off, and the head removed": (lambda chain: (cut_off(chain), (chain / HEAD).unlink())[0], "head"),
    "a report put in": (added_at_the_end, "added"),
    "everything removed but the head": (emptied, "order"),
}


@pytest.mark.feature("B6")
@pytest.mark.parametrize("case", TAMPERING)
def test_tampering_is_found(chain: Path, case: str) -> None:
    do, check = TAMPERING[case]
    do(chain)
    assert check in {found for found, _ in wrong(chain)}


@pytest.mark.parametrize("case", ["the end cut off", "a line damaged", "a report removed", "a line removed"])
def test_evidence_goes_on_and_what_was_tampered_with_stays_to_be_seen(chain: Path, case: str) -> None:
    TAMPERING[case][0](chain)
    report, _ = evidence.add(chain, draft())
    assert report.sequence == 6
    assert wrong(chain)


@pytest.mark.feature("B6")
def test_a_chain_written_anew_is_found_by_a_hash_noted_elsewhere(
    chain: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    noted = evidence.read_entries(chain)[3].sha256
    assert not wrong(chain, head=noted)
    anew = tmp_path_factory.mktemp("anew")
    for _ in range(5):
        evidence.add(anew, draft("orders", "not checked"))
    assert wrong(anew) == set()
    assert wrong(anew, head=noted) == {("head", "")}


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {place!r})
from test_chain import draft
from opslib.backup import evidence
for number in range({count}):
    evidence.add(Path(sys.argv[1]), draft(f"source-{{sys.argv[2]}}"))
    print("one more", flush=True)
"""


def writer(directory: Path, name: str, count: int) -> subprocess.Popen[str]:
    program = WRITER.format(place=str(Path(__file__).parent), count=count)
    return subprocess.Popen(
        [sys.executable, "-c", program, str(directory), name], stdout=subprocess.PIPE, text=True, env=os.environ
    )


def until_it_wrote(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "one more\n"


@pytest.mark.feature("B6")
def test_several_writers_at_once_make_one_chain(tmp_path: Path) -> None:
    writers = [writer(tmp_path, str(number), 40) for number in range(3)]
    assert [process.communicate() and process.returncode for process in writers] == [0, 0, 0]
    assert len(evidence.read_entries(tmp_path)) == 120
    assert verdict_of(evidence.verify_chain(tmp_path)) == "proven"


@pytest.mark.feature("B6")
def test_killed_writers_never_break_the_chain(tmp_path: Path) -> None:
    chance = random.Random(3)
    for number in range(6):
        process = writer(tmp_path, str(number), 10_000)
        until_it_wrote(process)
        time.sleep(chance.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if (tmp_path / INDEX).exists():
            assert wrong(tmp_path) == set()
    evidence.add(tmp_path, draft())
    assert verdict_of(evidence.verify_chain(tmp_path)) == "proven"
    assert not list(tmp_path.glob(".partial-*"))
    assert len(evidence.read_entries(tmp_path)) > 6


def interrupted(directory: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that dies at a step of writing its report."""
    from opslib.backup.evidence import chain

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    targets = {
        "before the line": (chain, "flush"),
        "after the line": (chain, "_finish"),
        "before the head": (chain, "write_whole"),
    }
    with monkeypatch.context() as patch:
        patch.setattr(*targets[step], die)
        with pytest.raises(Killed):
            evidence.add(directory, draft())


@pytest.mark.parametrize(("step", "number"), [("before the line", 6), ("after the line", 7), ("before the head", 7)])
def test_a_writer_that_dies_at_any_step_is_settled_by_the_next(
    chain: Path, step: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(chain, step, monkeypatch)
    assert wrong(chain) == set()
    report, _ = evidence.add(chain, draft())
    assert report.sequence == number
    assert verdict_of(evidence.verify_chain(chain)) == "proven"


def test_a_line_cut_off_by_a_full_disk_is_no_line(chain: Path) -> None:
    with (chain / INDEX).open("ab") as index:
        index.write(b'{"sequence": 6, "fi')
    assert wrong(chain) == set()
    evidence.add(chain, draft())
    assert verdict_of(evidence.verify_chain(chain)) == "proven"


def test_a_report_is_found_by_number_name_and_hash(chain: Path) -> None:
    entry = evidence.read_entries(chain)[1]
    for which in ("2", "000002-verify-orders", "000002-verify-orders.html", entry.sha256[:12]):
        assert evidence.find_report(chain, which)[0].sequence == 2
    assert evidence.find_report(chain)[0].sequence == 5
    for which in ("9", "nope", entry.sha256[:3]):
        with pytest.raises(BadRequest, match="there is no report"):
            evidence.find_report(chain, which)


def test_no_evidence_is_a_bad_request(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="there is no evidence"):
        evidence.verify_chain(tmp_path / "none")
