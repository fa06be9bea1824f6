"""Holds: one at a time on a target, by whoever was first, with a history of who lifted what."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opslib.calendar import Hold, Holds
from opslib.clients import Clients
from opslib.errors import BadRequest, JournalUnreachable, Overtaken
from opslib.procedure import SqliteStore, Store
from opslib.procedure.dynamodb import DynamoDbStore
from opslib.sandbox import Sandbox

pytestmark = pytest.mark.feature("S2")

AT = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
API = "ecs:parcel-prod/api"


@pytest.fixture(params=["sqlite", "dynamodb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        yield SqliteStore(tmp_path / "journal.sqlite")
        return
    aws: Sandbox = request.getfixturevalue("aws")
    aws.client("dynamodb", "eu-west-1").create_table(
        TableName="journal",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    yield DynamoDbStore(Clients(), table="journal", region="eu-west-1")


def hold(actor: str = "ada", target: str = API, **more: Any) -> Hold:
    return Hold(target=target, reason="revision 42 failed", actor=actor, at=AT, **more)


def test_a_hold_is_set_listed_lifted_and_remembered(store: Store) -> None:
    holds = Holds(store)
    assert (holds.get(API), holds.all()) == (None, ())
    assert holds.set(hold()) == hold()
    other = hold(target="ecs:parcel-prod/web", scope="changes")
    holds.set(other)
    assert holds.get(API) == hold()
    assert holds.all() == (hold(), other)
    later = AT + timedelta(hours=1)
    lifted = holds.lift(API, actor="bob", reason="revision 43 is good", at=later)
    assert lifted is not None
    assert (lifted.hold, lifted.actor, lifted.reason, lifted.at) == (hold(), "bob", "revision 43 is good", later)
    assert (holds.get(API), holds.all()) == (None, (other,))
    assert holds.lifted(API) == (lifted,)
    assert holds.set(hold("eve")).actor == "eve", "it can be held again"
    assert holds.lifted(API) == (lifted,)
    assert [one.target for one in holds.all()] == [API, "ecs:parcel-prod/web"]


def test_who_comes_second_is_told_of_the_first(store: Store) -> None:
    holds = Holds(store)
    holds.set(hold("ada"))
    with pytest.raises(Overtaken, match="ada holds ecs:parcel-prod/api since 2026-01-01 03:00 UTC against deploys"):
        holds.set(hold("bob"))
    assert holds.get(API) == hold("ada")


def test_a_plan_sets_its_hold_once_however_often_it_says_so(store: Store) -> None:
    holds = Holds(store)
    first = holds.set(hold(plan="plan-one"))
    again = holds.set(hold(plan="plan-one").model_copy(update={"at": AT + timedelta(hours=1)}))
    assert again == first
    holds.lift(API, actor="bob", reason="it is good", at=AT)
    with pytest.raises(Overtaken, match="bob has lifted the hold of plan plan-one: it is good"):
        holds.set(hold(plan="plan-one"))
    assert holds.get(API) is None


def test_a_plan_lifts_only_what_it_has_set(store: Store) -> None:
    holds = Holds(store)
    assert holds.lift(API, actor="ada", reason="undone", at=AT, plan="plan-one") is None
    holds.set(hold(plan="plan-two"))
    assert holds.lift(API, actor="ada", reason="undone", at=AT, plan="plan-one") is None
    assert holds.get(API) == hold(plan="plan-two")
    assert holds.lift(API, actor="ada", reason="undone", at=AT, plan="plan-two") is not None
    assert holds.get(API) is None


def test_what_is_not_held_cannot_be_lifted(store: Store) -> None:
    with pytest.raises(BadRequest, match="ecs:parcel-prod/api is not held"):
        Holds(store).lift(API, actor="ada", reason="x", at=AT)


class Between:
    """A real store in which somebody else writes between our reading and our writing."""

    def __init__(self, store: Store, act: Any) -> None:
        self._store, self._act = store, act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, pk: str, sk: str, value: Any, *, expected: int | None) -> Any:
        act, self._act = self._act, None
        if act is not None and pk.startswith("hold#"):
            act()
        else:
            self._act = act
        return self._store.put(pk, sk, value, expected=expected)


def test_two_setters_at_once_one_holds_and_the_other_is_told_who(store: Store) -> None:
    quick = Holds(store)
    slow = Holds(Between(store, lambda: quick.set(hold("ada"))))
    with pytest.raises(Overtaken, match="ada holds"):
        slow.set(hold("bob"))
    assert quick.get(API) == hold("ada")


def test_setting_and_lifting_at_once_loses_neither(store: Store) -> None:
    quick = Holds(store)
    quick.set(hold("ada"))
    slow = Holds(Between(store, lambda: quick.lift(API, actor="bob", reason="done", at=AT)))
    with pytest.raises(Overtaken, match="somebody else has just lifted"):
        slow.lift(API, actor="eve", reason="me too", at=AT)
    assert [one.actor for one in quick.lifted(API)] == ["bob"]


def test_many_setters_in_threads_and_one_winner(tmp_path: Path) -> None:
    came: list[str] = []

    def try_it(name: str) -> None:
        try:
            came.append(f"won {Holds(SqliteStore(tmp_path / 'journal.sqlite')).set(hold(name)).actor}")
        except Overtaken as problem:
            came.append(str(problem))

    threads = [threading.Thread(target=try_it, args=(f"actor-{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [one for one in came if one.startswith("won ")]
    assert len(came) == 6
    assert len(won) == 1
    winner = won[0].removeprefix("won ")
    assert all(one.startswith(f"{winner} holds") for one in came if one not in won)


def test_no_hold_is_missing_from_the_list_when_its_setter_dies_in_between(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "journal.sqlite")

    def die() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Holds(Between(store, die)).set(hold())
    assert Holds(store).all() == (), "listed, and not held yet"
    Holds(store).set(hold())
    assert Holds(store).all() == (hold(),)


def test_the_history_of_a_target_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opslib.calendar.hold.KEPT", 3)
    holds = Holds(SqliteStore(tmp_path / "journal.sqlite"))
    for number in range(5):
        holds.set(hold(f"actor-{number}"))
        holds.lift(API, actor="bob", reason="next", at=AT)
    assert len(holds.lifted(API)) == 3
    assert holds.lifted(API)[-1].hold.actor == "actor-4"


def test_a_store_that_does_not_answer_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalUnreachable):
        Holds(SqliteStore(tmp_path / "file" / "journal.sqlite")).get(API)


@pytest.mark.parametrize(("scope", "deploys", "changes"), [("deploys", True, False), ("changes", True, True)])
def test_what_a_hold_stops(scope: Any, deploys: bool, changes: bool) -> None:
    held = hold(scope=scope)
    assert (held.stops("deploys"), held.stops("changes")) == (deploys, changes)
