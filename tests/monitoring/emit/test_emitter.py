"""What is recorded comes out as the metric's class says; nothing that is given raises."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opslib.monitoring import emitted
from opslib.monitoring.emit import Counter, Distribution, Duration, Gauge, Unit
from opslib.monitoring.emit import emitter as emitters
from tests.monitoring.emit.conftest import Recorded

pytestmark = pytest.mark.feature("M9")

CLAIMS = ("Claims", "shop-prod", "api")


def test_a_counter_is_summed(emitter) -> None:
    for _ in range(3):
        emitter.count(emitted.CLAIMS)
    emitter.count(emitted.CLAIMS, 4)
    assert emitter.values() == {CLAIMS: [7]}
    assert emitter.values() == {}


def test_a_gauge_says_the_lowest_the_highest_and_the_last(emitter) -> None:
    for level in (5, 9, 2, 4):
        emitter.gauge(emitted.SESSIONS, level)
    assert emitter.values() == {("ActiveSessions", "shop-prod", "api"): [2, 9, 4]}
    emitter.gauge(emitted.SESSIONS, 4)
    assert emitter.values() == {("ActiveSessions", "shop-prod", "api"): [4]}


def test_a_distribution_keeps_every_value_in_its_order(emitter) -> None:
    tokens = emitted.TOKENS.at({"Agent": "rag"})
    for amount in (300, 100, 300):
        emitter.record(tokens, amount)
    assert emitter.values() == {("Tokens", "rag", "shop-prod"): [300, 100, 300]}


@pytest.mark.parametrize(
    ("unit", "written"), [(Unit.SECONDS, 0.25), (Unit.MILLISECONDS, 250), (Unit.MICROSECONDS, 250_000)]
)
def test_a_duration_is_given_in_seconds_and_written_in_its_unit(emitter, unit: Unit, written: float) -> None:
    row: Duration[Any] = Duration("Shop", "Taken", unit, "p95", ((),), "Taken", "how long")
    emitter.duration(row, 0.25)
    (found,) = emitter.extracted()
    assert (found.unit, found.values, found.dimensions) == (unit, (written,), ())


def test_an_outcome_makes_the_average_the_rate_of_success(emitter) -> None:
    success = emitted.TRANSACTION_SUCCESS.at({"Transaction": "swap"})
    for succeeded in (True, True, False, True):
        emitter.outcome(success, succeeded=succeeded)
    values = emitter.values()
    total = values["TransactionSuccess", "shop-prod", "api"]
    assert total == values["TransactionSuccess", "shop-prod", "api", "swap"]
    assert sum(total) / len(total) == 75


def test_a_block_is_timed_and_its_error_passes(emitter) -> None:
    with pytest.raises(KeyError), emitter.timed(emitted.EXECUTION_DURATION.at({"Agent": "rag"})):
        raise KeyError
    ((taken,),) = emitter.values().values()
    assert 0 <= taken < 5


def test_every_set_whose_values_are_known_is_a_metric(emitter) -> None:
    emitter.count(emitted.REQUESTS.at({"Endpoint": "GET /a"}))
    emitter.count(emitted.REQUESTS.at({"Endpoint": "GET /b"}), 2)
    emitter.count(emitted.REQUESTS)
    values = emitter.values()
    assert sum(values["Requests", "shop-prod", "api"]) == 4
    assert values["Requests", "GET /a", "shop-prod", "api"] == [1]
    assert values["Requests", "GET /b", "shop-prod", "api"] == [2]


def test_a_value_without_what_every_set_needs_is_lost_and_counted(emitter) -> None:
    emitter.count(emitted.EXECUTIONS)
    assert emitter.values() == {}
    assert emitter.written.lost == {"Executions was given without Agent": 1}


def test_several_values_are_an_array_and_one_is_a_number(emitter) -> None:
    emitter.record(emitted.TOKENS.at({"Agent": "a"}), 1)
    emitter.record(emitted.TOKENS.at({"Agent": "b"}), 1)
    emitter.record(emitted.TOKENS.at({"Agent": "b"}), 2)
    emitter.flush()
    assert '"Tokens":1}' in emitter.out.getvalue()
    assert '"Tokens":[1,2]}' in emitter.out.getvalue()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (math.nan, "a value is out of CloudWatch's range"),
        (math.inf, "a value is out of CloudWatch's range"),
        (-math.inf, "a value is out of CloudWatch's range"),
        (2.0**361, "a value is out of CloudWatch's range"),
        (10**400, "a value is out of CloudWatch's range"),
        ("7", "a value is no number"),
        (None, "a value is no number"),
        (Decimal("sNaN"), "a value is no number"),
        (object(), "a value is no number"),
    ],
    ids=lambda given: type(given).__name__,
)
def test_what_is_no_number_for_cloudwatch_is_lost_and_counted(emitter, value: Any, reason: str) -> None:
    emitter.count(emitted.CLAIMS, value)
    emitter.gauge(emitted.SESSIONS, value)
    emitter.record(emitted.TOKENS.at({"Agent": "a"}), value)
    assert emitter.values() == {}
    assert emitter.written.lost == {reason: 3}
    emitter.duration(emitted.SUITE_DURATION.at({"Agent": "a"}), value)
    assert emitter.values() in ({}, {("SuiteDuration", "a", "shop-prod"): [2.0**361]})


def test_what_can_be_a_number_is_one(emitter) -> None:
    emitter.count(emitted.CLAIMS, Decimal("1.5"))
    emitter.count(emitted.CLAIMS, True)  # a number to Python
    assert emitter.values() == {CLAIMS: [2.5]}


def test_a_sum_that_leaves_the_range_loses_only_what_took_it_there(emitter) -> None:
    for value in (2.0**360, 2.0**360, -1.0):
        emitter.count(emitted.CLAIMS, value)
    assert emitter.values() == {CLAIMS: [2.0**360]}
    assert sum(emitter.written.lost.values()) == 1


class Awkward(Mapping[Any, Any]):
    """Dimensions that raise whatever is asked of them."""

    def __getitem__(self, name: Any) -> Any:
        raise RuntimeError(name)

    def __iter__(self) -> Any:
        raise RuntimeError

    def __len__(self) -> int:
        raise RuntimeError


class Speechless:
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    "dimensions",
    [None, 7, "Agent", [("Agent", "a")], {"Agent": []}, {"Agent": Speechless()}, Awkward()],
    ids=lambda given: type(given).__name__,
)
def test_dimensions_of_any_kind_raise_nothing(emitter, dimensions: Any) -> None:
    emitter.count(emitted.EXECUTIONS.at(dimensions))
    emitter.heartbeat(emitted.AGENT_HEARTBEAT.at(dimensions))
    assert emitter.values() == {}
    assert sum(emitter.written.lost.values()) == 2


@pytest.mark.parametrize("metric", [None, "Claims", 7])
def test_what_is_no_metric_raises_nothing(emitter, metric: Any) -> None:
    emitter.count(metric)
    emitter.duration(metric, 1)
    assert emitter.values() == {}
    assert sum(emitter.written.lost.values()) == 2


def test_each_reason_is_logged_once(emitter, caplog) -> None:
    with caplog.at_level(logging.WARNING, "opslib.emit"):
        for _ in range(100):
            emitter.count(emitted.CLAIMS, math.nan)
            emitter.count(emitted.CLAIMS, "x")
    assert len(caplog.records) == 2
    assert "out of CloudWatch's range" in caplog.text
    assert sum(emitter.written.lost.values()) == 200


def test_a_logger_that_raises_raises_nothing(emitter) -> None:
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError(record)

    handler = Broken()
    logging.getLogger("opslib.emit").addHandler(handler)
    try:
        emitter.count(emitted.CLAIMS, math.nan)
    finally:
        logging.getLogger("opslib.emit").removeHandler(handler)
    assert sum(emitter.written.lost.values()) == 1


@given(st.text(), st.floats() | st.integers() | st.text())
def test_any_text_and_any_value_come_out_valid_or_are_counted(text: str, value: Any) -> None:
    emitter = Recorded()
    emitter.record(emitted.TOKENS.at({"Agent": text}), value)
    found = emitter.extracted()
    assert (
        len(found)
        + emitter.written.lost.get("a value is no number", 0)
        + emitter.written.lost.get("a value is out of CloudWatch's range", 0)
        == 1
    )
    for one in found:
        assert one.values == (value,) or one.values == (float(value),)


ROWS: tuple[Any, ...] = (
    Counter("Shop", "Orders", Unit.COUNT, "Sum", ((), ("Shop",), ("Shop", "Till")), "Orders", "orders"),
    Distribution("Shop", "Spent", Unit.NONE, "Average", (("Shop",), ("Till",)), "Spent", "spent"),
    Gauge("Tills", "Orders", Unit.COUNT, "Maximum", (("Till",),), "Orders", "orders that wait"),
)
ITEMS = st.tuples(
    st.sampled_from(ROWS),
    st.dictionaries(st.sampled_from(["Shop", "Till"]), st.text("abé \n", max_size=2)),
    st.integers(-5, 5),
)


@given(st.lists(ITEMS, max_size=60))
def test_what_comes_out_is_what_went_in_under_every_set(items: list[tuple[Any, dict[Any, str], int]]) -> None:
    emitter = Recorded()
    wanted: dict[tuple[str, str, frozenset[str]], int] = {}
    for row, dimensions, value in items:
        emitter._put(row.at(dimensions), value)
        for names in row.dimension_sets:
            if set(names) <= set(dimensions) and not isinstance(row, Gauge):
                key = (row.namespace, row.name, frozenset(names))
                wanted[key] = wanted.get(key, 0) + value
    sums: dict[tuple[str, str, frozenset[str]], float] = {}
    for one in emitter.extracted():
        if one.namespace == "Shop":
            key = (one.namespace, one.name, frozenset(name for name, _ in one.dimensions))
            sums[key] = sums.get(key, 0) + sum(one.values)
    assert sums == wanted


def test_no_value_of_any_thread_is_lost_or_doubled() -> None:
    emitter = Recorded()
    threads, each = 8, 2_000
    ready = threading.Barrier(threads + 1)
    found: list[Any] = []

    def work(number: int) -> None:
        ready.wait()
        for _ in range(each):
            emitter.count(emitted.REQUESTS.at({"Endpoint": f"GET /{number % 3}"}))
            emitter.record(emitted.TOKENS.at({"Agent": "rag"}), 1)

    with ThreadPoolExecutor(threads + 1) as pool:
        work_done = [pool.submit(work, number) for number in range(threads)]
        ready.wait()
        while not all(future.done() for future in work_done):
            emitter.flush()
        for future in work_done:
            future.result()
    found = emitter.extracted()
    total = sum(sum(one.values) for one in found if one.name == "Requests" and len(one.dimensions) == 2)
    tokens = sum(sum(one.values) for one in found if one.name == "Tokens")
    assert (total, tokens) == (threads * each, threads * each)
    assert emitter.written.lost == {}


def test_tasks_share_an_emitter(emitter) -> None:
    async def work() -> None:
        with emitter.timed(emitted.EXECUTION_DURATION.at({"Agent": "rag"})):
            await asyncio.sleep(0)
        emitter.count(emitted.CLAIMS)

    async def main() -> None:
        await asyncio.gather(*(work() for _ in range(100)))

    asyncio.run(main())
    values = emitter.values()
    assert values[CLAIMS] == [100]
    assert len(values["ExecutionDuration", "rag", "shop-prod"]) == 100


def test_many_values_are_flushed_before_their_time(emitter) -> None:
    for _ in range(emitters.FLUSH_VALUES + 1):
        emitter.record(emitted.TOKENS.at({"Agent": "rag"}), 1)
    assert emitter.written.documents > 0
    assert len(emitter.values()["Tokens", "rag", "shop-prod"]) == emitters.FLUSH_VALUES + 1


def test_what_a_blocked_stream_holds_up_is_bounded(emitter, monkeypatch) -> None:
    monkeypatch.setattr(emitter, "_write", lambda: None)
    for _ in range(emitters.MOST_PENDING + 7):
        emitter.record(emitted.TOKENS.at({"Agent": "rag"}), 1)
    assert emitter.written.lost == {"too many values wait for a flush": 7}


Till = Literal["Till"]


def test_a_team_writes_its_own_metrics(emitter) -> None:
    orders: Counter[Till] = Counter(
        "Shop", "Orders", Unit.COUNT, "Sum", (("Environment",), ("Environment", "Till")), "Orders", "orders paid"
    )
    emitter.count(orders.at({"Till": "3"}), 2)
    assert emitter.values() == {("Orders", "shop-prod"): [2], ("Orders", "shop-prod", "3"): [2]}
