"""Both stores keep the same promises; DynamoDB's is the sandbox's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from opslib.clients import Clients
from opslib.errors import JournalUnreachable
from opslib.procedure import Journal, SqliteStore, Store, run
from opslib.procedure.dynamodb import DynamoDbStore
from opslib.procedure.store import Conflict
from opslib.sandbox import Sandbox
from tests.procedure.toy import ToyClock, World, plan, set_value

REGION = "eu-west-1"


def make_table(aws: Sandbox) -> None:
    """The table as infra/components/journal.py makes it."""
    aws.client("dynamodb", REGION).create_table(
        TableName="journal",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
    )


@pytest.fixture(params=["sqlite", "dynamodb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "sqlite":
        return SqliteStore(tmp_path / "deep" / "journal.sqlite")
    make_table(request.getfixturevalue("aws"))
    return DynamoDbStore(Clients(region=REGION), table="journal", region=REGION)


def test_what_is_put_is_there_with_its_version(store: Store) -> None:
    assert store.get("a", "b") is None
    store.put("a", "b", {"n": 1, "deep": {"list": [1, "zwei", None]}}, expected=None)
    found = store.get("a", "b")
    assert found is not None
    assert (found.version, found.value) == (1, {"n": 1, "deep": {"list": [1, "zwei", None]}})
    assert store.put("a", "b", {"n": 2}, expected=1).version == 2


@pytest.mark.parametrize("expected", [None, 1, 3])
def test_only_who_knows_the_version_may_write(store: Store, expected: int | None) -> None:
    store.put("a", "b", {"n": 1}, expected=None)
    store.put("a", "b", {"n": 2}, expected=1)
    with pytest.raises(Conflict):
        store.put("a", "b", {"n": 3}, expected=expected)
    found = store.get("a", "b")
    assert found is not None
    assert found.value == {"n": 2}


def test_only_who_knows_the_version_may_delete(store: Store) -> None:
    store.put("a", "b", {}, expected=None)
    with pytest.raises(Conflict):
        store.delete("a", "b", expected=2)
    store.delete("a", "b", expected=1)
    assert store.get("a", "b") is None
    with pytest.raises(Conflict):
        store.delete("a", "b", expected=1)


def test_a_query_is_in_order_and_of_one_key_only(store: Store) -> None:
    for sk in ("c", "a", "b"):
        store.put("one", sk, {"sk": sk}, expected=None)
    store.put("two", "a", {}, expected=None)
    assert [item.value["sk"] for item in store.query("one")] == ["a", "b", "c"]


def test_of_many_at_once_one_wins(store: Store) -> None:
    def claim(number: int) -> bool:
        try:
            store.put("target", "claim", {"by": number}, expected=None)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(16))) == 1


def test_a_plan_runs_on_either(store: Store) -> None:
    clock = ToyClock()
    world = World(clock)
    the_plan = plan(set_value("writers", 0), set_value("endpoint", "new"))
    assert run(the_plan, {"toy": world}, Journal(store), clock=clock).exit_code == 0
    assert [entry.plan_id for entry in Journal(store).history()] == ["plan-one"]


def test_a_journal_that_does_not_answer_is_one_clear_refusal(tmp_path: Path, aws: Sandbox) -> None:
    (tmp_path / "a-file").write_text("no directory")
    assert aws
    missing = DynamoDbStore(Clients(region=REGION), table="not-there", region=REGION)
    broken: tuple[Callable[[], object], ...] = (
        lambda: SqliteStore(tmp_path / "a-file" / "journal.sqlite").get("a", "b"),
        lambda: missing.get("a", "b"),
        lambda: missing.put("a", "b", {}, expected=None),
    )
    for use in broken:
        with pytest.raises(JournalUnreachable) as refused:
            use()
        assert refused.value.exit_code == 3
        assert "\n" not in str(refused.value)


def test_a_file_that_is_kept_open_is_opened_anew_where_it_was_replaced(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "journal.sqlite")
    store.put("a", "b", {"n": 1}, expected=None)
    for file in tmp_path.iterdir():
        file.unlink()
    assert store.get("a", "b") is None
    store.put("a", "b", {"n": 2}, expected=None)
    found = SqliteStore(tmp_path / "journal.sqlite").get("a", "b")
    assert found is not None
    assert found.value == {"n": 2}


def test_what_was_put_outlives_a_process_that_never_closes(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    program = (
        "import os, sys; from pathlib import Path; from opslib.procedure import SqliteStore\n"
        "store = SqliteStore(Path(sys.argv[1])); store.put('a', 'b', {'n': 1}, expected=None); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    found = SqliteStore(path).get("a", "b")
    assert found is not None
    assert found.value == {"n": 1}


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_uses_a_connection_of_its_own(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "journal.sqlite")
    store.put("a", "b", {"n": 1}, expected=None)
    child = os.fork()
    if child == 0:
        try:
            store.put("a", "b", {"n": 2}, expected=1)
            store.close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert store.put("a", "b", {"n": 3}, expected=2).version == 3
