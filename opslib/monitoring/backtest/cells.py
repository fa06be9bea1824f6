"""The cells of a table that was read from a file: as times, as numbers, as names; the first bad one with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped] # it has no types
import pyarrow.compute as pc  # type: ignore[import-untyped] # it has no types

from opslib.errors import BadRequest
from opslib.monitoring.backtest.history import Floats
from opslib.monitoring.backtest.moments import per_second, read_moment
from opslib.monitoring.backtest.timeline import Moments

__all__ = ["Cells"]

_TIME: Final = "write it as 2026-11-21T10:30:00Z, or in seconds since 1970"
_NO_DATA: Final = ("", "null", "NULL", "None", "NaN", "nan", "-")


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A table.

    Attributes:
        file: Where it is from.
        table: The pyarrow table.
        place_name: What the file's rows are called in messages.
        zone: The time zone of times that name none.
    """

    file: Path
    table: Any
    place_name: str
    zone: str

    @property
    def names(self) -> list[str]:
        """The names of the columns.

        Raises:
            BadRequest: Two have the same.
        """
        found = list(self.table.column_names)
        twice = [name for place, name in enumerate(found) if name in found[:place]]
        if twice:
            what = f"history {self.file}, {self.place_name} 1: the column {twice[0]!r} is there twice"
            raise BadRequest(what, "leave one of them out, or tell them apart")
        return found

    def source(self, row: int) -> str:
        """Where a row is, by its number from 0."""
        return f"history {self.file}, {self.place_name} {self.place(row)}"

    def place(self, row: int) -> int:
        """The number of a row as the file's editor shows it: lines count the header, and empty ones too."""
        if self.place_name != "line":
            return row + 1
        with self.file.open(encoding="utf-8-sig", errors="replace") as lines:
            full = (number for number, line in enumerate(lines, 1) if line.strip())
            return next(islice(full, row + 1, None), row + 2)

    def times(self, name: str) -> Moments:
        """A column as moments, in whole seconds since 1970.

        Raises:
            BadRequest: One of them is none, or some name a time zone and some do not.
        """
        column = self.table.column(name)
        if column.null_count:
            row = int(np.flatnonzero(column.is_null().to_numpy())[0])
            raise self._bad(row, "there is no time", "fill it in")
        try:
            found = self._in_utc(column)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
            raise self._bad_time(column, str(problem)) from None
        moments: Moments = pc.floor_temporal(found, unit="second").cast(pa.int64()).to_numpy() // 1_000_000
        return moments

    def numbers(self, name: str) -> Floats:
        """A column as numbers; NaN for no data.

        Raises:
            BadRequest: One of them is none, or infinite.
        """
        column = self.table.column(name)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = pc.utf8_trim_whitespace(column)
            column = pc.if_else(pc.is_in(column, pa.array(_NO_DATA)), pa.scalar(None, column.type), column)
        try:
            found = column.cast(pa.float64()).to_numpy()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            row, text = next(
                (row, text) for row, text in enumerate(column.to_pylist()) if text is not None and not _is_number(text)
            )
            raise self._bad(row, f"the value {text!r}", "give a number, or nothing for no data") from None
        infinite = np.flatnonzero(np.isinf(found))
        if len(infinite):
            raise self._bad(int(infinite[0]), "the value is infinite", "give a number, or nothing for no data")
        return np.array(found, dtype=np.float64)

    def encoded(self, name: str) -> tuple[Moments, list[str]]:
        """A column as codes, and the text that each stands for."""
        column = self.table.column(name)
        if not pa.types.is_dictionary(column.type):
            column = column.cast(pa.string()).dictionary_encode()
        column = column.unify_dictionaries().combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = column.chunk(0) if column.num_chunks else pa.array([], pa.string()).dictionary_encode()
        texts = [(text or "").strip() for text in column.dictionary.to_pylist()]
        codes = column.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False).astype(np.int64)
        return codes, [*texts, ""]

    def _in_utc(self, column: Any) -> Any:
        micro, utc = pa.timestamp("us"), pa.timestamp("us", "UTC")
        if pa.types.is_temporal(column.type):  # nanoseconds are cut off
            is_placed = pa.types.is_timestamp(column.type) and column.type.tz is not None
            return column.cast(utc, safe=False) if is_placed else self._placed(column.cast(micro, safe=False))
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            return self._counted(column.cast(pa.float64()))
        column = pc.utf8_trim_whitespace(column)
        if pc.all(pc.match_substring_regex(column, r"^\d+(\.\d+)?$")).as_py():
            return self._counted(column.cast(pa.float64()))
        try:
            return self._placed(column.cast(micro))
        except pa.ArrowInvalid:
            return column.cast(utc)

    def _counted(self, numbers: Any) -> Any:
        plain = numbers.to_numpy()
        bad = np.flatnonzero(~np.isfinite(plain))
        if len(bad):
            raise self._bad(int(bad[0]), f"the time {plain[bad[0]]}", _TIME)
        if len(plain):
            plain = plain / per_second(float(plain.max()))  # all of one column count the same
        return pa.chunked_array([pa.array((plain * 1_000_000).astype(np.int64), pa.timestamp("us", "UTC"))])

    def _placed(self, naive: Any) -> Any:
        try:
            return pc.assume_timezone(naive, self.zone).cast(pa.timestamp("us", "UTC"))
        except pa.ArrowInvalid as problem:
            said = str(problem).splitlines()[0]
            when = re.search(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d).* is (in a gap|ambiguous)", said)
            if when is not None:
                how = "is skipped" if when[2] == "in a gap" else "comes twice"
                said = f"{when[1]} {how} when the clocks change"
            what = f"history {self.file}: times in the zone {self.zone}: {said}"
            raise BadRequest(what, "write the times in UTC, or with an offset") from None

    def _bad_time(self, column: Any, problem: str) -> BadRequest:
        naive = None
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            return self._bad(0, f"a time that is a {column.type}", _TIME)
        for row, cell in enumerate(column.to_pylist()):
            text = str(cell).strip()
            try:
                read_moment(text)
            except BadRequest as bad:
                return self._bad(row, bad.what, bad.next_step)
            is_naive = not (text.endswith(("Z", "z")) or "+" in text[10:] or "-" in text[10:])
            if naive is not None and naive is not is_naive:
                return self._bad(row, f"the time {text!r} and those before it", "name a time zone in all, or in none")
            naive = is_naive
        return BadRequest(f"history {self.file}: its times cannot be read ({problem})", "write 2026-11-21T10:30:00Z")

    def _bad(self, row: int, what: str, next_step: str) -> BadRequest:
        return BadRequest(f"{self.source(row)}: {what}", next_step)


def _is_number(text: Any) -> bool:
    try:
        float(text)
    except (TypeError, ValueError):
        return False
    return True
