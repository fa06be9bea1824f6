"""Histories as they should not be: each is read rightly, or refused on one line that says where and what to do."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped] # it has no types
import pytest
from pyarrow import parquet

from opslib.errors import BadRequest
from opslib.monitoring import Metric
from opslib.monitoring.backtest import History, read_csv, read_incidents, read_parquet

pytestmark = pytest.mark.feature("P2")

ONE = Metric("N", "m", (), "Average")
NEW_YEAR = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
ROW = "2026-01-01T00:00:00Z,1\n"
NEXT = "2026-01-01T00:01:00Z,2\n"


def refused(content: bytes | str, says: str, file: Path, **how: Any) -> None:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BadRequest, match=says) as problem:
        read_csv(file, **{"metric": ONE} | how)
    assert "\n" not in str(problem.value)
    assert str(file) in str(problem.value)
    assert problem.value.next_step


FILES = {
    "nothing": ("", "Empty CSV"),
    "blank lines": ("\n\n", "Empty CSV"),
    "a picture": (bytes(range(256)), "can't decode .*: save it as UTF-8"),
    "utf-16": (f"time,value\n{ROW}".encode("utf-16"), "save it as UTF-8"),
    "no header": (ROW + NEXT, "line 1: there is no column time among"),
    "semicolons": ("time;value\n2026-01-01;1\n", "separate the columns by commas"),
    "tabs": ("time\tvalue\n1\t1\n", "separate the columns by commas"),
    "a name twice": (f"time,value,value\n{ROW.strip()},2\n", "line 1: the column 'value' is there twice"),
    "a quote that stays open": (f'time,value\n"{ROW}{NEXT}', "line 2: 1 fields and not 2"),
    "per cent": ("time,value\n2026-01-01,50%\n", "line 2: the value '50%'"),
    "a unit": (f"time,value\n{ROW}2026-01-01T00:01:00Z,50 MB\n", "line 3: the value '50 MB'"),
    "thousands": ('time,value\n2026-01-01,"1,000"\n', "line 2: the value '1,000'"),
    "too large": ("time,value\n2026-01-01,1e400\n", "line 2: the value is infinite"),
    "American dates": ("time,value\n01/02/2026 00:00,1\n", "line 2: the time '01/02/2026 00:00'"),
    "a zone's letters": ("time,value\n2026-01-01 00:00:00 CET,1\n", "line 2: the time '2026-01-01 00:00:00 CET'"),
    "no such day": ("time,value\n2026-02-30T00:00:00Z,1\n", "line 2: the time '2026-02-30T00:00:00Z'"),
    "before 1970, in words": ("time,value\n-5,1\n", "line 2: the time '-5'"),
    "two values": (f"time,value\n{ROW}{ROW.replace(',1', ',3')}", "line 3: N m .* than in line 2"),
    "seconds among milliseconds": (f"time,value\n{NEW_YEAR},1\n{NEW_YEAR + 60}000,1\n", "spans 1970-01-21 to 2026"),
}


@pytest.mark.parametrize(("content", "says"), FILES.values(), ids=FILES)
def test_a_bad_file_is_refused_on_one_line(content: bytes | str, says: str, tmp_path: Path) -> None:
    refused(content, says, tmp_path / "history.csv")


LONG = {
    "a statistic of other tools": ("N,m,A=1,Mean,2026-01-01T00:00Z,1", "line 2: the statistic 'Mean': write Average"),
    "a dimension twice": ("N,m,A=1;A=2,Sum,2026-01-01T00:00Z,1", "line 2: the dimension A is there twice"),
    "fewer than no samples": ("N,m,A=1,SampleCount,2026-01-01T00:00Z,-1", "line 2: .* a SampleCount below 0"),
}


@pytest.mark.parametrize(("row", "says"), LONG.values(), ids=LONG)
def test_a_bad_row_of_the_long_form_is_refused(row: str, says: str, tmp_path: Path) -> None:
    content = f"namespace,metric,dimensions,statistic,time,value\n{row}\n"
    refused(content, says, tmp_path / "history.csv", metric=None)


def test_statistics_are_written_as_cloudwatch_writes_them(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text("time,N|m|average,N|m|p99.9,N|m|tm90,N|m|TM(5%:95%)\n2026-01-01T00:00Z,1,1,1,1\n")
    assert [column.statistic for column in read_csv(file)] == ["Average", "p99.9", "tm90", "TM(5%:95%)"]
    refused("time,N|m|avg\n2026-01-01T00:00Z,1\n", "the statistic 'avg'", file, metric=None)


@pytest.mark.parametrize(
    ("time", "says"),
    [
        ("2026-03-29 02:30:00", "2026-03-29 02:30:00 is skipped when the clocks change"),
        ("2026-10-25 02:30:00", "2026-10-25 02:30:00 comes twice when the clocks change"),
    ],
)
def test_local_times_that_are_none_or_two_are_refused(time: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    refused(f"time,value\n{time},1\n", says, file, zone="Europe/Berlin")
    refused(f"time,value\n{time},1\n", "times in the zone Mars/Base", file, zone="Mars/Base")


@pytest.mark.parametrize(
    ("times", "says"),
    [
        ([None, float(NEW_YEAR)], "row 1: there is no time"),
        ([float(NEW_YEAR), math.nan], "row 2: the time nan"),
        ([math.inf, float(NEW_YEAR)], "row 1: the time inf"),
        ([[NEW_YEAR], [NEW_YEAR + 60]], "row 1: a time that is a list"),
    ],
    ids=["none", "NaN", "infinite", "lists"],
)
def test_times_of_parquet_that_are_none_are_refused(times: list[Any], says: str, tmp_path: Path) -> None:
    file = tmp_path / "history.parquet"
    parquet.write_table(pa.table({"time": times, "value": [1.0, 2.0]}), file)
    with pytest.raises(BadRequest, match=says) as problem:
        read_parquet(file, metric=ONE)
    assert "\n" not in str(problem.value)


def test_parquet_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "history.parquet"
    parquet.write_table(pa.table({"time": [NEW_YEAR], "value": [1.0]}), file)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(BadRequest, match="name a Parquet file"):
        read_parquet(file, metric=ONE)


@pytest.mark.parametrize(
    "times",
    [
        pa.array([NEW_YEAR * 10**9 + 1, (NEW_YEAR + 86_400) * 10**9 + 1], pa.timestamp("ns")),
        pa.array([NEW_YEAR * 10**9 + 1, (NEW_YEAR + 86_400) * 10**9 + 1], pa.timestamp("ns", "Asia/Tokyo")),
        pa.array([date(2026, 1, 1), date(2026, 1, 2)]),
        pa.array([NEW_YEAR * 10**6, (NEW_YEAR + 86_400) * 10**6]),
    ],
    ids=["nanoseconds", "nanoseconds with a zone", "days", "microseconds"],
)
def test_other_ways_to_say_a_time_are_read(times: Any, tmp_path: Path) -> None:
    file = tmp_path / "history.parquet"
    parquet.write_table(pa.table({"time": times, "value": [1.0, 2.0]}), file)
    (column,) = read_parquet(file, metric=ONE)
    assert (column.start, column.step_seconds, column.values.tolist()) == (NEW_YEAR, 86_400, [1.0, 2.0])


def simple(rows: list[str], file: Path) -> History:
    file.write_text("\n".join(["time,value", *rows, ""]))
    return read_csv(file, metric=ONE)


def test_where_most_is_missing_it_is_said(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    minutes = [f"{NEW_YEAR + 60 * place},1" for place in range(50)]
    assert simple(minutes, file).notes == ()
    later = [f"{NEW_YEAR + 3_000 + 300 * place},2" for place in range(50)]
    assert simple(minutes + later, file).notes == ("N m Average: 196 of 296 periods of 60 s have no data",)
    nothing = [f"{NEW_YEAR},NaN", f"{NEW_YEAR + 60},"]
    assert simple(nothing, file).notes == ("N m Average: 2 of 2 periods of 60 s have no data",)


def test_what_is_too_much_for_one_metric_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    header = "namespace,metric,time,value,period\n"
    nine_years = NEW_YEAR - 9 * 365 * 86_400
    content = f"{header}N,m,{nine_years},1,1\nN,m,{NEW_YEAR},1,1\n"
    refused(content, "spans 2017-01-03 to 2026-01-01 in periods of 1 s", file, metric=None)


def test_a_year_of_minutes_is_read(tmp_path: Path) -> None:
    length = 525_600
    file = tmp_path / "history.parquet"
    times = np.random.default_rng(1).permutation(length) * 60 + NEW_YEAR
    parquet.write_table(pa.table({"time": times, "value": times.astype(float)}), file)
    (column,) = read_parquet(file, metric=ONE)
    assert (column.start, column.step_seconds, len(column.values)) == (NEW_YEAR, 60, length)
    assert (np.diff(column.values) == 60).all()


def test_incidents_in_nanoseconds_are_read(tmp_path: Path) -> None:
    file = tmp_path / "incidents.csv"
    file.write_text(f"start,end\n{NEW_YEAR}000000000,{NEW_YEAR + 60}000000\n")
    (found,) = read_incidents(file)
    assert (found.start.timestamp(), found.end.timestamp()) == (NEW_YEAR, NEW_YEAR + 60)
