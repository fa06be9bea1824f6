"""Whether suggestions pay, on real series: ``python -m benchmarks.suggestions [--data DIR] [--table]``.

Each series is cut in the middle. A suggestion is asked for with the first half alone, and judged by the second. Nobody
knows what the alarms on these series were, so two are supposed, neither of which looks at the incidents: what a person
sets who looks at the graph of the first half (three standard deviations above its mean, one point of five minutes, as
CloudWatch's console offers), and for percentages of CPU what the baseline profile says.

``--data`` takes any directory with CSV files of `timestamp` and `value`, and `incidents.json`. The table goes to
build/suggestions.md, what stands behind it to build/suggestions.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from infra.profiles import PROFILES
from opslib.monitoring import Alarm, Metric, Role
from opslib.monitoring.backtest import Evidence, HeldOut, held_out, read_csv, read_incidents

ROOT = Path(__file__).parent.parent
REAL = ROOT / "tests" / "monitoring" / "backtest" / "history"
BUILD = ROOT / "build"

PERIOD_SECONDS = 300
DEVIATIONS = 3
CATASTROPHE = 0.5
"""A series on which so much of the score is lost was made worse, whatever the others gained."""

COLUMNS = ("told", "precision", "delay", "false calls a week", "calls a week")


@dataclass(frozen=True)
class Case:
    """One alarm on one series.

    Attributes:
        start: Which alarm was supposed.
        series: The name of the series.
        result: What came of it.
    """

    start: str
    series: str
    result: HeldOut


def cases(data: Path) -> Iterator[Case]:
    """Every series with every alarm that is supposed on it."""
    incidents = read_incidents(data / "incidents.json")
    for file in sorted(data.glob("*.csv")):
        metric = Metric("Real", file.stem, (), "Average", PERIOD_SECONDS)
        history = read_csv(file, metric=metric)
        values = history.columns[0].values
        first = values[: len(values) // 2]
        graph = float(np.nanmean(first) + DEVIATIONS * np.nanstd(first))
        supposed = {"by the graph": graph}
        if "cpu" in file.stem:
            supposed["by the profile"] = PROFILES["baseline"]["cpuPercent"].warning or 0.0
        for start, threshold in supposed.items():
            found = held_out(_alarm(metric, file.name, threshold), history, incidents)
            if found is not None:
                yield Case(start, file.stem, found)


def _alarm(metric: Metric, workload: str, threshold: float) -> Alarm:
    return Alarm(
        name=metric.name,
        key="real",
        workload=workload,
        title="Too much",
        series=metric,
        comparison="GreaterThanThreshold",
        threshold=threshold,
        severity="warning",
        role=Role.CAUSE,
        why="supposed",
        datapoints_to_alarm=1,
        evaluation_periods=1,
        missing_data="missing",
    )


@dataclass(frozen=True)
class Total:
    """Evidence of several series, together."""

    parts: tuple[Evidence, ...]

    @property
    def incidents(self) -> int:
        """How many there were."""
        return sum(one.incidents for one in self.parts)

    @property
    def told(self) -> int:
        """How many of them were told."""
        return sum(len(one.judgement.detected) for one in self.parts)

    @property
    def precision(self) -> float | None:
        """The share of calls that belong to an incident."""
        true = sum(one.judgement.true_calls for one in self.parts)
        calls = true + sum(one.judgement.false_calls for one in self.parts)
        return true / calls if calls else None

    @property
    def delay_seconds(self) -> float | None:
        """The median of all delays."""
        delays = [delay for one in self.parts for delay in one.judgement.delays_seconds]
        return median(delays) if delays else None

    @property
    def false_calls_a_week(self) -> float:
        """For one series, in the mean."""
        return sum(one.judgement.false_calls for one in self.parts) / sum(one.weeks for one in self.parts)

    @property
    def calls_a_week(self) -> float:
        """For one series, in the mean."""
        return sum(one.calls_a_week * one.weeks for one in self.parts) / sum(one.weeks for one in self.parts)

    def cells(self) -> list[str]:
        """The columns of the table."""
        precision, delay = self.precision, self.delay_seconds
        return [
            f"{self.told} of {self.incidents}",
            "-" if precision is None else f"{precision:.2f}",
            "-" if delay is None else f"{delay / 60:.0f} min",
            f"{self.false_calls_a_week:.1f}",
            f"{self.calls_a_week:.1f}",
        ]


def totals(found: Iterable[Case]) -> tuple[Total, Total]:
    """All series together, before and after."""
    every = tuple(found)
    return Total(tuple(c.result.before for c in every)), Total(tuple(c.result.after for c in every))


def worst_loss(found: Iterable[Case]) -> float:
    """How much of its score the series lost that lost most; 0 where none did."""
    pairs = ((c.result.before.score, c.result.after.score) for c in found)
    return max((before - after for before, after in pairs if before is not None and after is not None), default=0.0)


def table(found: Sequence[Case]) -> str:
    """The result as Markdown."""
    heads = [f"{column}, {when}" for column in COLUMNS for when in ("before", "after")]
    lines = [f"| alarm | series | suggested | {' | '.join(heads)} |", f"|{'---|' * (3 + len(heads))}"]
    for start in dict.fromkeys(case.start for case in found):
        own = [case for case in found if case.start == start]
        for case in own:
            suggestion = case.result.suggestion
            said = f"`{suggestion.suggested.condition}`" if suggestion else "-"
            condition = f"{start}: `{case.result.alarm.condition}`"
            lines.append(_line([condition, case.series, said], [case]))
        suggested = sum(case.result.suggestion is not None for case in own)
        lines.append(_line([f"**{start}**", f"**all {len(own)}**", f"**{suggested}**"], own))
    return "\n".join(lines) + "\n"


def _line(names: list[str], found: Sequence[Case]) -> str:
    before, after = (total.cells() for total in totals(found))
    return f"| {' | '.join([*names, *(cell for pair in zip(before, after, strict=True) for cell in pair)])} |"


def measured(found: Sequence[Case]) -> list[dict[str, Any]]:
    """The measurements of `python -m benchmarks`."""
    before, after = totals(found)
    suggested = sum(case.result.suggestion is not None for case in found)
    what = f"suggestions by first halves, judged on second halves of {len(found)} alarms ({suggested} suggestions)"
    lost = worst_loss(found)
    return [
        {
            "name": f"{what}: false calls a week for an alarm",
            "ours": round(after.false_calls_a_week, 3),
            "peer": round(before.false_calls_a_week, 3),
            "ratio": round(after.false_calls_a_week / before.false_calls_a_week, 3) if before.calls_a_week else None,
            "target": round(before.false_calls_a_week, 3),
            "holds": after.false_calls_a_week <= before.false_calls_a_week,
        },
        {
            "name": f"{what}: incidents told of {before.incidents}",
            "ours": after.told,
            "peer": before.told,
            "ratio": round(after.told / before.told, 3) if before.told else None,
            "target": before.told,
            "holds": after.told >= before.told,
        },
        {
            "name": f"{what}: the most that a series lost of its score",
            "ours": round(lost, 3),
            "peer": None,
            "ratio": None,
            "target": CATASTROPHE,
            "holds": lost < CATASTROPHE,
        },
    ]


def main(arguments: list[str] | None = None) -> int:
    """Measure, write the files, and print the measurements or the table; exit 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.suggestions", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=REAL, help="a directory of series and incidents.json")
    parser.add_argument("--table", action="store_true", help="print the table and not the measurements")
    given = parser.parse_args(arguments)
    found = list(cases(given.data))
    rows, lines = measured(found), table(found)
    BUILD.mkdir(exist_ok=True)
    (BUILD / "suggestions.md").write_text(lines, encoding="utf-8")
    documents = [{"start": c.start, "series": c.series, **c.result.document()} for c in found]
    (BUILD / "suggestions.json").write_text(json.dumps(documents, indent=2) + "\n", encoding="utf-8")
    print(lines if given.table else json.dumps(rows, indent=2))
    return 0 if all(row["holds"] for row in rows) or not given.table else 1


if __name__ == "__main__":
    raise SystemExit(main())
