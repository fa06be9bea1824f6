"""Histories in files: CSV and Parquet, in long, wide or simple form (docs/backtest.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped] # it has no types
from pyarrow import csv, parquet

from opslib.errors import BadRequest
from opslib.monitoring.backtest.cells import Cells
from opslib.monitoring.backtest.history import History, MetricId
from opslib.monitoring.backtest.rows import Rows, column_of, usual_step
from opslib.monitoring.backtest.timeline import Moments
from opslib.monitoring.metric import Metric

__all__ = ["read_csv", "read_parquet"]

_ALIASES: Final[Mapping[str, str]] = {"timestamp": "time", "metricname": "metric", "metric_name": "metric"}
_LONG: Final = frozenset({"namespace", "metric", "time", "value"})
_MAY: Final = frozenset({"dimensions", "statistic", "unit", "period"})
_KEYS: Final = ("namespace", "metric", "dimensions", "statistic", "unit", "period")
_WIDE_PARTS: Final = 4
_STATISTICS: Final = {name.lower(): name for name in ("Average", "Sum", "Minimum", "Maximum", "SampleCount")}
_OTHER_STATISTIC: Final = re.compile(r"p\d{1,2}(\.\d{1,10})?|p100|IQM|(tm|wm|tc|ts|TM|WM|TC|TS|PR)[(\d].*")
"""AWS, "CloudWatch statistics definitions"."""
_Key = tuple[MetricId, str, int | None]
_FORMS: Final = "see docs/backtest.md for the three forms"


def read_csv(path: Path | str, *, metric: Metric | None = None, zone: str = "UTC") -> History:
    """Read a history from a CSV file.

    Args:
        path: The file.
        metric: What a file with nothing but times and values is about; its references stay as they are.
        zone: The IANA time zone of times that name none.

    Raises:
        BadRequest: The file cannot be read, or says something that cannot be true; the message names the line.
    """
    file = Path(path)
    bad: list[Any] = []

    def skipped(row: Any) -> str:
        bad.append(row)
        return "skip"

    try:
        header = _header(file)
        table = csv.read_csv(
            file,
            read_options=csv.ReadOptions(use_threads=False),  # only so are the rows of bad lines counted
            parse_options=csv.ParseOptions(invalid_row_handler=skipped),
            convert_options=csv.ConvertOptions(
                column_types={
                    name: pa.dictionary(pa.int32(), pa.string()) if _plain(name) in _KEYS else pa.string()
                    for name in header
                },
                strings_can_be_null=False,
            ),
        )
    except (OSError, pa.ArrowInvalid, UnicodeDecodeError) as problem:
        next_step = "save it as UTF-8" if isinstance(problem, UnicodeDecodeError) else "name a CSV file with a header"
        raise BadRequest(f"history {file}: {_first_line(problem)}", next_step) from None
    if bad:
        what = f"history {file}, line {bad[0].number}: {bad[0].actual_columns} fields and not {bad[0].expected_columns}"
        raise BadRequest(what, "correct the line; text with a comma stands in quotes")
    return _history(Cells(file, table, "line", zone), metric)


def read_parquet(path: Path | str, *, metric: Metric | None = None, zone: str = "UTC") -> History:
    """Read a history from a Parquet file; the arguments are those of `read_csv`.

    Raises:
        BadRequest: The file cannot be read, or says something that cannot be true; the message names the row.
    """
    file = Path(path)
    try:
        table = parquet.read_table(file)
    except (OSError, pa.ArrowInvalid) as problem:
        raise BadRequest(f"history {file}: {_first_line(problem)}", "name a Parquet file") from None
    return _history(Cells(file, table, "row", zone), metric)


def _header(file: Path) -> list[str]:
    with file.open(encoding="utf-8-sig") as lines:
        first = next((line for line in lines if line.strip()), "")
    return [name.strip().strip('"') for name in first.rstrip("\r\n").split(",")]


def _plain(name: str) -> str:
    lower = name.strip().lower()
    return _ALIASES.get(lower, lower)


def _first_line(problem: Exception) -> str:
    return (str(problem).splitlines() or [type(problem).__name__])[0]


def _history(cells: Cells, metric: Metric | None) -> History:
    names = {_plain(name): name for name in cells.names}
    if "time" not in names:
        what = f"history {cells.file}, {cells.place_name} 1: there is no column time"
        is_separated = len(names) == 1 and any(sign in next(iter(names)) for sign in ";\t|")
        next_step = f"separate the columns by commas, and {_FORMS}" if is_separated else _FORMS
        raise BadRequest(f"{what} among {', '.join(cells.names[:8])}", next_step)
    times = cells.times(names["time"])
    others = names.keys() - {"time"}
    if metric is not None:
        if others != {"value"}:
            raise BadRequest(f"history {cells.file} of one metric: its columns are {', '.join(names)}", _FORMS)
        place = np.arange(len(times), dtype=np.int64)
        found = [Rows(MetricId.of(metric), metric.statistic, times, cells.numbers(names["value"]), place)]
    elif others >= _LONG - {"time"}:
        if not others <= _LONG | _MAY:
            unknown = ", ".join(sorted(others - _LONG - _MAY))
            raise BadRequest(f"history {cells.file}: the columns {unknown} are not known", _FORMS)
        found = _long(cells, names, times)
    else:
        found = [_wide(cells, name, times) for name in cells.names if _plain(name) != "time"]
    if not len(times) or not found:
        raise BadRequest(f"history {cells.file}: it holds no rows", "give a file with some")
    usual = usual_step(found)
    made = [column_of(rows, usual, cells.source) for rows in found]
    return History(tuple(column for column, _ in made), tuple(note for _, note in made if note))


def _wide(cells: Cells, name: str, times: Moments) -> Rows:
    parts = [part.strip() for part in name.split("|")]
    if len(parts) not in (_WIDE_PARTS - 1, _WIDE_PARTS) or not all(parts[:3]):
        what = f"history {cells.file}, {cells.place_name} 1: the column {name!r}"
        raise BadRequest(what, f"write it as namespace|metric|statistic|Name=value;Name=value, or {_FORMS}")
    where = f"{cells.place_name} 1"
    dimensions = _dimensions(cells, parts[3] if len(parts) == _WIDE_PARTS else "", where)
    place = np.arange(len(times), dtype=np.int64)
    statistic = _statistic(cells, parts[2], where)
    return Rows(MetricId(parts[0], parts[1], dimensions), statistic, times, cells.numbers(name), place)


def _long(cells: Cells, names: Mapping[str, str], times: Moments) -> list[Rows]:
    values = cells.numbers(names["value"])
    keys = [key for key in _KEYS if key in names]
    encoded = [cells.encoded(names[key]) for key in keys]
    group = np.zeros(len(times), np.int64)
    for codes, texts in encoded:
        group = group * max(len(texts), 1) + codes
    each, firsts, of_row = np.unique(group, return_index=True, return_inverse=True)
    order = np.argsort(of_row, kind="stable")
    ends = np.cumsum(np.bincount(of_row, minlength=len(each)))
    series: dict[_Key, list[Any]] = {}
    units: dict[_Key, str] = {}
    for number, first in enumerate(firsts.tolist()):
        said = {key: texts[int(codes[first])] for key, (codes, texts) in zip(keys, encoded, strict=True)}
        where = f"{cells.place_name} {cells.place(first)}"
        if not said["namespace"] or not said["metric"]:
            raise BadRequest(f"history {cells.file}, {where}: namespace or metric is empty", "fill it in")
        period = said.get("period") or ""
        if period and not (period.isdecimal() and int(period)):
            raise BadRequest(f"history {cells.file}, {where}: the period {period!r}", "give seconds, such as 60")
        name = MetricId(said["namespace"], said["metric"], _dimensions(cells, said.get("dimensions") or "", where))
        statistic = _statistic(cells, said.get("statistic") or "Average", where)
        length = int(period) if period else None
        unit = units.setdefault((name, statistic, length), said.get("unit") or "")
        if unit != (said.get("unit") or ""):
            what = f"history {cells.file}, {where}: {name} {statistic} is in {said.get('unit') or 'no unit'} and in"
            raise BadRequest(f"{what} {unit or 'no unit'}", "convert one of them")
        series.setdefault((name, statistic, length), []).append(
            order[(ends[number - 1] if number else 0) : ends[number]]
        )
    return [
        Rows(name, statistic, times[rows], values[rows], rows, length)
        for (name, statistic, length), parts in series.items()
        for rows in (np.concatenate(parts),)
    ]


def _dimensions(cells: Cells, text: str, where: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise BadRequest(f"history {cells.file}, {where}: the dimension {part!r}", "write Name=value;Name=value")
        if name.strip() in dict(found):
            what = f"history {cells.file}, {where}: the dimension {name.strip()} is there twice"
            raise BadRequest(what, "a metric has one value of each")
        found.append((name.strip(), value.strip()))
    return tuple(sorted(found))


def _statistic(cells: Cells, text: str, where: str) -> str:
    """CloudWatch's own way to write a statistic."""
    plain = _STATISTICS.get(text.lower())
    if plain is not None:
        return plain
    if _OTHER_STATISTIC.fullmatch(text):
        return text
    what = f"history {cells.file}, {where}: the statistic {text!r}"
    raise BadRequest(what, f"write {', '.join(_STATISTICS.values())}, or a percentile such as p95")
