"""Which objects a chain of reports becomes, and what is found missing or out of order among them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from opslib.backup import evidence
from opslib.backup.evidence.kept import disorder, pieces
from opslib.errors import BadRequest, Refused
from tests.backup.evidence.test_chain import draft

pytestmark = pytest.mark.feature("S4", "B6")


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    for _ in range(4):
        evidence.add(tmp_path, draft())
    return tmp_path


def kept(directory: Path) -> dict[str, bytes]:
    return {f"evidence/{piece.key}": piece.content for piece in pieces(directory)}


def test_a_report_is_kept_with_its_page_and_its_line_byte_by_byte(chain: Path) -> None:
    found = pieces(chain)
    assert [piece.name.rpartition("/")[2] for piece in found[:3]] == [
        "000001-verify-orders.json",
        "000001-verify-orders.html",
        "000001-verify-orders.entry",
    ]
    assert len(found) == 12
    first = evidence.read_entries(chain)[0]
    assert {piece.name.split("/")[1] for piece in found} == {first.sha256[:12]}, "called after its first report"
    assert found[0].sha256 == first.sha256 == hashlib.sha256((chain / f"{first.file}.json").read_bytes()).hexdigest()
    lines = b"".join(piece.content for piece in found if piece.name.endswith(".entry"))
    assert lines == (chain / "index.jsonl").read_bytes(), "the index can be made from them again"


def test_what_is_whole_is_in_order(chain: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("another-machine")
    evidence.add(other, draft(source="sessions"))
    assert list(disorder(kept(chain) | kept(other))) == []
    assert list(disorder({})) == []


def test_what_is_missing_or_foreign_is_found(chain: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    whole = kept(chain)

    def without(number: int) -> dict[str, bytes]:
        return {key: content for key, content in whole.items() if f"/00000{number}-" not in key}

    assert [says for _, says in disorder(without(1))] == ["the reports before number 2 are not there"]
    assert [says for _, says in disorder(without(3))] == ["number 3 is not there"]
    other = tmp_path_factory.mktemp("written-anew")
    for _ in range(4):
        evidence.add(other, draft(verdict="disproven"))
    anew = dict(zip(whole, kept(other).values(), strict=True))
    mixed = {key: anew[key] if "/000003-" in key else content for key, content in whole.items()}
    says = {key.rpartition("/")[2][:6]: said for key, said in disorder(mixed)}
    assert says == {
        "000003": "it does not follow the report 2 that is there",
        "000004": "it does not follow the report 3 that is there",
    }
    folder = next(iter(whole)).rpartition("/")[0]
    more = whole | {f"{folder}/000002-verify-other.x.json": anew[next(key for key in whole if "/000002-" in key)]}
    assert any("there is another report 2" in said for _, said in disorder(more))
    assert [said for _, said in disorder({f"{folder}/000001-x.json": b"{}"})] == ["it is no report"]


def test_what_was_changed_is_not_kept_as_if_it_were_the_truth(chain: Path, tmp_path: Path) -> None:
    report = next(chain.glob("000002-*.json"))
    report.write_bytes(report.read_bytes().replace(b"orders", b"others"))
    with pytest.raises(Refused, match=r"is damaged: 000002-verify-orders\.json was changed"):
        pieces(chain)
    with pytest.raises(BadRequest, match="there is no evidence"):
        pieces(tmp_path / "nowhere")
