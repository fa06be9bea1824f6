"""CloudWatch's limits: on a row, on a dimension's value, on combinations of them, on a document."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opslib.errors import BadRequest
from opslib.monitoring import emitted
from opslib.monitoring.emit import Counter, Distribution, Duration, Gauge, Share, Unit
from opslib.monitoring.emit.document import MOST_CHARACTERS, documents
from opslib.monitoring.emit.places import EMPTY, OTHER, clean
from opslib.monitoring.emit.series import Gathered, Place
from tests.monitoring.emit.conftest import Recorded
from tests.monitoring.emit.extract import extract

pytestmark = pytest.mark.feature("M9")


def row(kind: type[Any] = Counter, **more: Any) -> Any:
    given = {
        "namespace": "Shop",
        "name": "Orders",
        "unit": Unit.COUNT,
        "statistic": "Sum",
        "dimension_sets": ((),),
        "label": "Orders",
        "meaning": "orders",
    }
    return kind(**(given | more))


THIRTY = tuple(f"D{number}" for number in range(30))


@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        (Counter, {"namespace": ""}, "its namespace '' is not 1 to 255 printable ASCII characters"),
        (Counter, {"namespace": "AWS/ECS"}, "starts with AWS/, which AWS keeps for itself"),
        (Counter, {"name": "Bestellungen\n"}, "is not 1 to 255 printable ASCII characters"),
        (Counter, {"name": "é"}, "is not 1 to 255 printable ASCII characters"),
        (Counter, {"name": "n" * 256}, "is not 1 to 255 printable ASCII characters"),
        (Counter, {"name": "_aws"}, "or one is called _aws"),
        (Counter, {"dimension_sets": (("Orders",),)}, "a dimension and the metric share a name"),
        (Counter, {"dimension_sets": ((":x",),)}, "starts with :, which AWS keeps for itself"),
        (Counter, {"dimension_sets": (("d" * 251,),)}, "is not 1 to 250 printable ASCII characters"),
        (Counter, {"dimension_sets": ()}, "it has no dimension set; write ((),)"),
        (Counter, {"dimension_sets": (("A", "A"),)}, "a set names a dimension twice"),
        (Counter, {"dimension_sets": ((*THIRTY, "D30"),)}, "it has 31 dimensions, CloudWatch takes 30"),
        (Counter, {"statistic": "p95"}, "counters are read by Sum, not by p95"),
        (Gauge, {"statistic": "Average"}, "gauges are read by Maximum or Minimum, not by Average"),
        (Duration, {"unit": Unit.BYTES}, "a duration in Bytes"),
        (Share, {"unit": Unit.COUNT}, "a share in Count"),
        (Counter, {"most_combinations": 0}, "most_combinations is below 1"),
    ],
)
def test_a_row_that_cloudwatch_would_not_take_says_so_where_it_is_defined(
    kind: type[Any], more: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadRequest, match=r"^metric ") as wrong:
        row(kind, **more)
    assert said in str(wrong.value)


def test_a_row_at_the_limits_is_taken() -> None:
    row(namespace="n" * 255, name="N" * 255, dimension_sets=(THIRTY,))
    row(dimension_sets=(("d" * 250,),))


@pytest.mark.parametrize(
    ("given_value", "written"),
    [
        ("GET /claims/{id}", "GET /claims/{id}"),
        ("Zürich", "Z?rich"),
        ("a\nb\tc\x00", "a?b?c?"),
        ("", EMPTY),
        ("   ", EMPTY),
        ("x" * 1025, "x" * 1024),
        (7, "7"),
        ("\ud800", "?"),
    ],
    ids=ascii,
)
def test_a_dimensions_value_becomes_what_cloudwatch_takes(given_value: object, written: str) -> None:
    assert clean(given_value) == written


@given(st.text())
def test_a_cleaned_value_is_clean(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_a_changed_value_is_counted(emitter) -> None:
    emitter.count(emitted.EXECUTIONS.at({"Agent": "Zürich"}))
    assert emitter.values() == {("Executions", "Z?rich", "shop-prod"): [1]}
    assert emitter.written.lost == {"a dimension's value was changed to what CloudWatch takes": 1}


def test_combinations_beyond_the_most_are_written_as_one(emitter) -> None:
    few: Counter[Any] = row(dimension_sets=((), ("Till",), ("Till", "Shop")), most_combinations=3)
    for number in range(1_000):
        emitter.count(few.at({"Till": str(number), "Shop": "x"}))
    values = emitter.values()
    assert sum(values["Orders",]) == 1_000
    by_both = {key: sum(found) for key, found in values.items() if len(key) == 3}
    assert by_both == {
        ("Orders", "x", "0"): 1,
        ("Orders", "x", "1"): 1,
        ("Orders", "x", "2"): 1,
        ("Orders", OTHER, OTHER): 997,
    }
    assert list(emitter.written.lost) == [f"Orders has too many combinations, the rest are {OTHER}"]


def test_what_was_known_before_the_most_stays_known(emitter) -> None:
    few: Counter[Any] = row(dimension_sets=(("Till",),), most_combinations=1)
    for till in ("1", "2", "1"):
        emitter.count(few.at({"Till": till}))
    assert emitter.values() == {("Orders", "1"): [2], ("Orders", OTHER): [1]}
    emitter.count(few.at({"Till": "1"}))
    assert emitter.values() == {("Orders", "1"): [1]}


def test_memory_is_bounded_whatever_the_values(emitter) -> None:
    for number in range(20_000):
        emitter.count(emitted.REQUESTS.at({"Endpoint": f"GET /{number}"}))
    assert len(emitter._places._series) == emitted.REQUESTS.most_combinations + 1
    assert len(emitter._places._given) < 1_000


def test_an_unknown_dimension_is_left_out_and_counted_without_end(emitter) -> None:
    for number in range(50):
        emitter.count(emitted.CLAIMS.at({f"D{number}": "x"}))  # type: ignore[misc]
    assert emitter.values() == {("Claims", "shop-prod", "api"): [50]}
    assert emitter.written.lost == {"Claims was given a dimension that it has not": 50}


def gathered(metric: Any, values: list[float], **dimensions: str) -> Gathered:
    return Gathered(Place(metric, metric.dimension_sets, tuple(sorted(dimensions.items()))), values)


def test_a_document_has_at_most_a_hundred_metrics_and_an_array_a_hundred_numbers() -> None:
    rows = [row(name=f"N{number}") for number in range(250)]
    lines = list(documents([gathered(one, [1.0]) for one in rows], timestamp_milliseconds=1))
    assert {one.name for one in extract(lines)} == {one.name for one in rows}
    assert len(lines) >= 3
    many = row(Distribution, statistic="Average")
    lines = list(documents([gathered(many, [float(number) for number in range(250)])], timestamp_milliseconds=1))
    assert [len(one.values) for one in extract(lines)] == [100, 100, 50]


def test_documents_stay_below_what_log_drivers_cut() -> None:
    rows = [row(Distribution, name=f"N{number}", statistic="Average") for number in range(30)]
    values = [number / 7 for number in range(100)]
    lines = list(documents([gathered(one, values) for one in rows], timestamp_milliseconds=1))
    assert len(extract(lines)) == 30
    assert max(len(line) for line in lines) <= MOST_CHARACTERS


def test_the_largest_document_fits_a_datagram() -> None:
    names = tuple(f"{number:02}".ljust(250, "d") for number in range(30))
    large = row(Distribution, name="N" * 255, namespace="S" * 255, statistic="Average", dimension_sets=(names,))
    values = dict.fromkeys(names, "v" * 1024)
    numbers = [-1.2345678901234567e-300] * 100
    lines = list(
        documents([gathered(large, numbers, **values)] * 2, timestamp_milliseconds=10**13, log_group="g" * 512)
    )
    assert len(extract(lines)) == 2
    assert max(len(line.encode()) for line in lines) <= 65_507


def test_metrics_of_one_name_in_two_namespaces_do_not_share_a_document() -> None:
    lines = list(
        documents(
            [gathered(row(), [1.0]), gathered(row(namespace="Tills"), [2.0])],
            timestamp_milliseconds=1,
        )
    )
    assert [(one.namespace, one.values) for one in extract(lines)] == [("Shop", (1,)), ("Tills", (2,))]


def test_a_metric_called_as_anothers_dimension_does_not_share_its_document() -> None:
    recorded = Recorded()
    till: Counter[Any] = row(name="Till", dimension_sets=((), ("Shop",)))
    orders: Counter[Any] = row(dimension_sets=((), ("Till",), ("Shop",)))
    recorded.count(till.at({"Shop": "x"}))
    recorded.count(orders.at({"Till": "3"}))
    recorded.count(orders.at({"Shop": "x"}))
    assert recorded.values() == {
        ("Till",): [1],
        ("Till", "x"): [1],
        ("Orders",): [1, 1],
        ("Orders", "3"): [1],
        ("Orders", "x"): [1],
    }


def test_what_shares_dimensions_shares_a_document() -> None:
    recorded = Recorded()
    recorded.count(emitted.REQUESTS.at({"Endpoint": "GET /"}))
    recorded.duration(emitted.REQUEST_DURATION.at({"Endpoint": "GET /"}), 0.1)
    recorded.flush()
    (line,) = recorded.out.getvalue().splitlines()
    (directive,) = json.loads(line)["_aws"]["CloudWatchMetrics"]
    assert [metric["Name"] for metric in directive["Metrics"]] == ["Requests", "RequestDuration"]


def test_an_integer_beyond_a_doubles_is_written_as_one() -> None:
    (found,) = extract(documents([gathered(row(), [10**40])], timestamp_milliseconds=1))
    assert found.values == (1e40,)


@pytest.mark.parametrize("metric", emitted.EMITTED, ids=lambda metric: f"{metric.namespace}/{metric.name}")
def test_every_row_of_the_table_is_written_under_all_of_its_sets(emitter, metric: Any) -> None:
    emitter._put(metric.at(dict.fromkeys(metric.dimensions, "x")), 1)
    assert {tuple(name for name, _ in one.dimensions) for one in emitter.extracted()} == {
        tuple(sorted(names)) for names in metric.dimension_sets
    }
