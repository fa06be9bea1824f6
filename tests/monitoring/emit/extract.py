"""What CloudWatch extracts from a log line, written after AWS's specification and knowing nothing of the emitter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator


@dataclass(frozen=True)
class Extracted:
    """One metric of one document under one dimension set."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    unit: str
    timestamp_milliseconds: int
    values: tuple[float, ...]


@cache
def schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads(Path(__file__).with_name("emf.schema.json").read_text(encoding="utf-8")))


def extract(lines: Iterable[str]) -> list[Extracted]:
    """Everything in some lines.

    Raises:
        AssertionError: A line is no valid document.
    """
    return [found for line in lines for found in _of_line(line)]


def _of_line(line: str) -> Iterator[Extracted]:
    document = json.loads(line, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    wrong = [f"{error.json_path}: {error.message[:200]}" for error in schema().iter_errors(document)]
    assert not wrong, wrong
    assert len(line.encode()) <= 262_118, "more than a log event holds"
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = tuple((name, document[name]) for name in sorted(names))
            assert all(isinstance(value, str) for _, value in dimensions), "a dimension's target is no string"
            for metric in directive["Metrics"]:
                target = document[metric["Name"]]
                values = tuple(target) if isinstance(target, list) else (target,)
                assert all(isinstance(value, int | float) for value in values), "a metric's target is no number"
                yield Extracted(
                    directive["Namespace"],
                    metric["Name"],
                    dimensions,
                    metric.get("Unit", "None"),
                    document["_aws"]["Timestamp"],
                    values,
                )


def _no_constant(text: str) -> None:
    raise AssertionError(f"{text} is no JSON")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    assert len(found) == len(pairs), "a member stands twice"
    return found
