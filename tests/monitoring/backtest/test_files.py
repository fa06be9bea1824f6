"""Histories and incidents in files: what is read, and what is said of what cannot be."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped] # it has no types
import pytest
from pyarrow import parquet

from opslib.errors import BadRequest
from opslib.monitoring import Metric
from opslib.monitoring.backtest import Column, History, MetricId, read_csv, read_incidents, read_parquet

pytestmark = pytest.mark.feature("P2")

ONE = Metric("N", "m", (), "Sum")
NEW_YEAR = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "history.csv"


def only(history: History) -> Column:
    assert len(history) == 1
    return history.columns[0]


def numbers(column: Column) -> list[float | None]:
    return [None if math.isnan(value) else value for value in column.values.tolist()]


@pytest.mark.parametrize(
    ("rows", "values"),
    [
        (["2026-01-01T00:00:00Z,1", "2026-01-01T00:01:00Z,2"], [1, 2]),
        (["2026-01-01 00:00:00,1", "2026-01-01 00:01:00,2"], [1, 2]),
        (["2026-01-01T01:00:00+01:00,1", "2025-12-31T19:01:00-05:00,2"], [1, 2]),
        ([f"{NEW_YEAR},1", f"{NEW_YEAR + 60},2"], [1, 2]),
        ([f"{NEW_YEAR}000,1", f"{NEW_YEAR + 60}000,2"], [1, 2]),
        ([f"{NEW_YEAR}000000,1", f"{NEW_YEAR + 60}000000,2"], [1, 2]),
        ([f"{NEW_YEAR}000000000,1", f"{NEW_YEAR + 60}000000000,2"], [1, 2]),
        (["2026-01-01 00:02:00,3", "2026-01-01 00:00:00,1", "2026-01-01 00:01:00,2"], [1, 2, 3]),
        (["2026-01-01 00:00:00,1", "2026-01-01 00:00:00,1", "2026-01-01 00:01:00,2"], [1, 2]),
        (["2026-01-01 00:00:00,1", "2026-01-01 00:01:00,", "2026-01-01 00:02:00,NaN", "2026-01-01 00:03:00,4"],
         [1, None, None, 4]),
        (["2026-01-01 00:00:00,", "2026-01-01 00:00:00,1", "2026-01-01 00:01:00,2"], [1, 2]),
        (["2026-01-01 00:00:00,1", "2026-01-01 00:01:00,2", "2026-01-01 00:04:00,5"], [1, 2, None, None, 5]),
        (["2026-01-01 00:00:04,1", "2026-01-01 00:01:01,2", "2026-01-01 00:02:08,3"], [1, 2, 3]),
        ([" 2026-01-01 00:00:00 , 1 ", "2026-01-01 00:01:00,2e0"], [1, 2]),
    ],
    ids=["utc", "naive", "offsets", "seconds", "milliseconds", "microseconds", "nanoseconds", "unsorted", "repeated",
         "nothing", "nothing and a value",
         "gap", "jitter", "spaces"],
)  # fmt: skip
def test_times_and_values(rows: list[str], values: list[float | None], file: Path) -> None:
    file.write_text("\n".join(["time,value", *rows, ""]))
    column = only(read_csv(file, metric=ONE))
    assert (column.start, column.step_seconds, column.statistic) == (NEW_YEAR, 60, "Sum")
    assert numbers(column) == values


def test_times_without_a_zone_are_of_the_zone_that_is_given(file: Path) -> None:
    file.write_text("timestamp,value\n2026-07-01 02:00:00,1\n2026-07-01 02:01:00,1\n")
    assert only(read_csv(file, metric=ONE, zone="Europe/Berlin")).start == datetime(2026, 7, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "Empty CSV"),
        ("time,value\n", "holds no rows"),
        ("a,b\n1,2\n", "line 1: there is no column time among a, b"),
        ("time,value\n2026-01-01 00:00:00,1\n2026-01-01 00:00:00,2\n", "line 3: N m Sum at .* than in line 2"),
        ("time,value\n2026-01-01 00:00:00,1\n\n2026-01-01 00:01:00,x\n", "line 4: the value 'x'"),
        ("time,value\n2026-01-01 00:00:00,inf\n", "line 2: the value is infinite"),
        ("time,value\n2026-01-01 00:00:00,1\nyesterday,2\n", "line 3: the time 'yesterday'"),
        ("time,value\n,2\n", "line 2: the time ''"),
        (
            "time,value\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00,2\n",
            "line 3: .*name a time zone in all, or in none",
        ),
        ("time,value\n2026-01-01 00:00:00,1,3\n", "line 2: 3 fields and not 2"),
        ("time,value\n1970-01-01 00:00:00,1\n2026-01-01 00:00:00,1\n", "spans 1970-01-01 to 2026-01-01"),
        ("time,value,more\n2026-01-01 00:00:00,1,1\n", "of one metric: its columns are"),
    ],
)
def test_what_cannot_be_true_is_refused_on_one_line(content: str, says: str, file: Path) -> None:
    file.write_text(content)
    with pytest.raises(BadRequest, match=says) as refused:
        read_csv(file, metric=ONE)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("AWS/ECS,CPU,A1,Average,2026-01-01T00:01Z,3,Percent,60", "line 3: the dimension 'A1'"),
        (",CPU,A=1,Average,2026-01-01T00:01Z,3,Percent,60", "line 3: namespace or metric is empty"),
        ("AWS/ECS,CPU,A=1;B=2,Average,2026-01-01T00:01Z,3,None,60", "line 3: .* is in None and in Percent"),
        ("AWS/ECS,CPU,A=1;B=2,Average,2026-01-01T00:01Z,3,Percent,soon", "line 3: the period 'soon'"),
        ("AWS/ECS,CPU,A=1;B=2,Average,2026-01-01T00:01Z,3,Percent,7", "a period of 7 s"),
    ],
)
def test_the_long_form_is_checked(row: str, says: str, file: Path) -> None:
    header = "namespace,metric,dimensions,statistic,time,value,unit,period"
    file.write_text(f"{header}\nAWS/ECS,CPU,A=1;B=2,Average,2026-01-01T00:00Z,3,Percent,60\n{row}\n")
    with pytest.raises(BadRequest, match=says):
        read_csv(file)


def test_the_long_form(file: Path) -> None:
    file.write_text(
        "namespace,metric,dimensions,statistic,time,value\n"
        "AWS/ECS,CPU,B=2;A=1,Average,2026-01-01T00:00:00Z,1\n"
        "AWS/ELB,Errors,,Sum,2026-01-01T00:05:00Z,7\n"
        "AWS/ECS,CPU,A=1;B=2,Average,2026-01-01T00:01:00Z,2\n"
        "AWS/ECS,CPU,A=1;B=2,Average,2026-01-01T00:02:00Z,3\n"
        "AWS/ECS,CPU,A=1;B=2,SampleCount,2026-01-01T00:02:00Z,30\n"
    )
    history = read_csv(file)
    cpu = MetricId("AWS/ECS", "CPU", (("A", "1"), ("B", "2")))
    assert numbers(history.of(cpu, "Average")[0]) == [1, 2, 3]
    assert numbers(history.of(cpu, "SampleCount")[0]) == [30]
    assert history.of(MetricId("AWS/ELB", "Errors"), "Sum")[0].step_seconds == 60


def test_the_wide_form(file: Path) -> None:
    file.write_text("time,AWS/ECS|CPU|Average|A=1,AWS/ECS|Memory|Maximum\n1767225600,1,2\n1767225660,,3\n")
    history = read_csv(file)
    assert numbers(history.of(MetricId("AWS/ECS", "CPU", (("A", "1"),)), "Average")[0]) == [1, None]
    assert numbers(history.of(MetricId("AWS/ECS", "Memory"), "Maximum")[0]) == [2, 3]
    file.write_text("time,cpu\n1767225600,1\n")
    with pytest.raises(BadRequest, match="the column 'cpu'"):
        read_csv(file)


def test_rows_that_share_a_period_are_put_together_by_the_statistic(file: Path) -> None:
    for statistic, together in (("Sum", 5.0), ("Maximum", 3.0), ("Minimum", 2.0), ("Average", 2.5)):
        file.write_text(
            "namespace,metric,statistic,time,value,period\n"
            f"N,m,{statistic},2026-01-01T00:00:00Z,2,60\nN,m,{statistic},2026-01-01T00:00:20Z,3,60\n"
        )
        history = read_csv(file)
        assert numbers(only(history)) == [together]
        assert "share a period" in history.notes[0]


def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    times = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=place) for place in range(50)]
    table = pa.table(
        {
            "namespace": ["N"] * 100,
            "metric": ["a"] * 50 + ["b"] * 50,
            "statistic": ["Sum"] * 100,
            "time": pa.array(times * 2, pa.timestamp("ms", "Europe/Berlin")),
            "value": pa.array([None if place % 7 == 0 else place for place in range(100)], pa.int64()),
        }
    )
    parquet.write_table(table, tmp_path / "h.parquet")
    rows = (f"N,{name},Sum,{time.isoformat()},{'' if value is None else value}" for name, time, value in zip(
        table["metric"].to_pylist(), times * 2, table["value"].to_pylist(), strict=True))  # fmt: skip
    (tmp_path / "h.csv").write_text("\n".join(["namespace,metric,statistic,time,value", *rows]))
    for one, other in zip(read_parquet(tmp_path / "h.parquet"), read_csv(tmp_path / "h.csv"), strict=True):
        assert (one.id, one.start, one.step_seconds) == (other.id, other.start, other.step_seconds)
        np.testing.assert_array_equal(one.values, other.values)


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "h.parquet").write_text("time,value\n")
    with pytest.raises(BadRequest, match="name a Parquet file"):
        read_parquet(tmp_path / "h.parquet")
    with pytest.raises(BadRequest, match="name a CSV file"):
        read_csv(tmp_path / "none.csv")


def test_incidents_are_read(tmp_path: Path) -> None:
    csv, listed, mapped = tmp_path / "i.csv", tmp_path / "i.json", tmp_path / "m.json"
    csv.write_text("start,end,workload,name\n2026-01-01T00:00Z,2026-01-01T01:00Z,api,T-1\n")
    listed.write_text('[{"start": "2026-01-01T00:00Z", "end": 1767229200, "workload": "api", "name": "T-1"}]')
    mapped.write_text('{"api": [["2026-01-01 00:00", "2026-01-01 01:00"]]}')
    assert read_incidents(csv) == read_incidents(listed)
    assert [(one.start, one.end, one.workload) for one in read_incidents(mapped)] == [
        (one.start, one.end, one.workload) for one in read_incidents(csv)
    ]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("i.csv", "begin,end\n", "line 1: the columns are begin, end"),
        ("i.csv", "start,end\n2026-01-01,soon\n", "line 2: the time 'soon'"),
        ("i.csv", "start,end\n2026-01-02,2026-01-01\n", "line 2: incident .* ends at"),
        ("i.json", "{", "line 1"),
        ("i.json", '[{"start": 1}]', "number 1: it needs start and end"),
        ("i.json", '{"api": [["2026-01-01"]]}', "api, number 1"),
        ("i.json", "3", "neither a list nor an object"),
    ],
)
def test_bad_incidents_are_refused(name: str, content: str, says: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(BadRequest, match=says):
        read_incidents(tmp_path / name)
