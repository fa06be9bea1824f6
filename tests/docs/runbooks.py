"""The runbooks' frames: ``python -m tests.docs.runbooks`` writes them anew, ``--check`` says what is stale or missing.

A page for each kind, a section for each alarm and composite, under the key that the alarm's link ends with. What the
kind's table knows (what rings, when, why, what it needs) stands between two markers and is overwritten. What people
write under it is kept, and so is what they wrote about an alarm that is no more, until they take it away.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.kinds import KINDS
from infra.kinds.publishing import OF_THE_WORKLOAD
from infra.kinds.stack import HORIZON_KEY, STACK
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow
from infra.profiles import PROFILES, QUANTITIES
from opslib.monitoring import Band, Role

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "runbooks"

START = "<!-- From the kind's table; `make runbooks` overwrites it. -->"
END = "<!-- Written by people from here on. -->"

SEVERITIES = ("info", "warning", "critical")
SIDES = {
    "GreaterThanThreshold": "above",
    "GreaterThanOrEqualToThreshold": "from",
    "LessThanThreshold": "below",
    "LessThanOrEqualToThreshold": "up to",
}
BANDS = {
    "LessThanLowerOrGreaterThanUpperThreshold": "outside what is expected by",
    "LessThanLowerThreshold": "below what is expected by",
    "GreaterThanUpperThreshold": "above what is expected by",
}
MISSING = {
    "breaching": "missing points count as bad",
    "notBreaching": "missing points count as good",
    "ignore": "missing points change nothing",
    "missing": "with all points missing it does not know",
}


@dataclass
class Page:
    """A page as it stands: what is written before the first section, and in each."""

    preamble: str = ""
    sections: dict[str, str] = field(default_factory=dict)


def read(text: str) -> Page:
    """The written parts of a page."""
    body = re.sub(re.escape(START) + r".*?" + re.escape(END), "", text, flags=re.DOTALL)
    head, *parts = re.split(r"^## (\S+)\s*$", body, flags=re.MULTILINE)
    preamble = re.sub(r"\A\s*# .*", "", head).strip()
    return Page(preamble, {key: part.strip() for key, part in zip(parts[::2], parts[1::2], strict=True)})


def frames(kind: Kind) -> Iterator[tuple[str, str]]:
    """Key and frame of each section: what pages first."""
    for composite in kind.composites:
        yield composite.key, _of_composite(kind, composite)
    for row in kind.alarms:
        yield row.key, _of_alarm(kind, row)


def render(title: str, sections: Mapping[str, str], page: Page, lead: str) -> str:
    """A whole page: frames as they should be, and what people wrote."""
    parts = [f"# {title}", _framed(lead)]
    parts += [page.preamble] if page.preamble else []
    for key, frame in sections.items():
        parts += [f"## {key}", _framed(frame)]
        parts += [page.sections[key]] if page.sections.get(key) else []
    for key, written in page.sections.items():
        if key not in sections:
            parts += [f"## {key}", written]
    return "\n\n".join(parts) + "\n"


def _framed(text: str) -> str:
    return f"{START}\n{text}\n{END}"


def variables(kind: Kind) -> tuple[str, ...]:
    """What the commands of a page have to be told."""
    metrics = [row for row in kind.metrics.values() if isinstance(row, MetricRow)]
    names = [_variable(identifier) for row in metrics for identifier in row.dimensions.values()]
    return tuple(dict.fromkeys(name for name in names if name))


def pages() -> Iterator[tuple[Path, str, dict[str, str], str]]:
    """Path, title, frames and lead of every page."""
    for kind in KINDS.values():
        yield PAGES / f"{kind.name}.md", kind.title, dict(frames(kind)), _lead(kind)
    yield PAGES / f"{STACK}.md", "The stack as a whole", OF_STACK, "What speaks for all workloads."


EMERGENCY = """**Every service is unavailable.** No single service's failure takes down all.

| | |
|---|---|
| rings | emergency, while `unavailable` rings for every ECS service of the stack |
| acts | emergency: everybody's telephone |"""


OUTAGE = """**An outage of what fails together.** What fails together is one outage; the reason of its state names \
what failed first.

| | |
|---|---|
| rings | critical, while any critical composite of its workloads rings |
| acts | critical: pages, once; its workloads' composites tell the tier of warnings |"""


HORIZON = """**No window on a weekday of the month will be muted any more.** First Mondays and last Fridays are muted \
month by month, and only `pulumi up` moves that on.

| | |
|---|---|
| rings | warning, a month before the first window that no mute rule mutes |
| watches | `EPOCH(alive)`: the clock, by the points of a metric that a workload always publishes |
| acts | warning: answered within half an hour, wakes nobody |"""


OF_STACK = {"emergency": EMERGENCY, "outage": OUTAGE, HORIZON_KEY: HORIZON}


def _lead(kind: Kind) -> str:
    rows = (row for row in kind.metrics.values() if isinstance(row, MetricRow))
    counted = ["COUNTED=PREFIX/WORKLOAD"] if any(row.namespace == OF_THE_WORKLOAD for row in rows) else []
    assign = " ".join((*(f"{name}=…" for name in variables(kind)), *counted))
    region = f"export AWS_REGION={kind.region}   # the only region with its metrics" if kind.region else ""
    lines = ["`opslib stack show` names them; [shell.sh](shell.sh) explains `metric`, `insights` and `changes`.", ""]
    lines += ["```sh", ". docs/runbooks/shell.sh", *([region] if region else []), *([assign] if assign else []), "```"]
    return "\n".join(lines)


def _of_composite(kind: Kind, row: CompositeRow) -> str:
    through = [alarm for alarm in kind.alarms if alarm.pages == row.key]
    names = ", ".join(f"[{alarm.key}](#{alarm.key})" for alarm in through)
    joint = "all of" if row.joint == "all" else "any of"
    besides = " nor ".join(f"[{key}](#{key})" for key in row.unless)
    rings = (
        f"{row.severity}, while {joint} {names} rings" if len(through) > 1 else f"{row.severity}, while {names} rings"
    )
    rings += f", and neither {besides} does" if besides else ""
    return _table(f"**{_sentence(row.title)}** {_sentence(row.why)}", {"rings": rings, "acts": _pages(row.severity)})


def _pages(severity: str) -> str:
    pages = severity in ("critical", "emergency")
    return f"{severity}: pages, by its outage where it has one" if pages else f"{severity}: wakes nobody"


def _of_alarm(kind: Kind, row: AlarmRow) -> str:
    metric = kind.metrics[row.series]
    minutes = row.period_seconds / 60
    period = f"{minutes:g} min" if minutes < 60 else f"{minutes / 60:g} h"
    facts = {
        "rings": _thresholds(row),
        "after": f"{row.points[0]} of {row.points[1]} points of {period}; {MISSING[row.missing]}",
        "watches": _watches(metric, row),
        "needs": ", ".join(dict.fromkeys(_needs(kind, metric))),
        "acts": _acts(row),
        "only": _only(row),
    }
    commands = list(_commands(kind, metric, row))
    block = "\n".join(("", "", "```sh", *commands, "```")) if commands else ""
    return _table(f"**{_sentence(row.title)}** {_sentence(row.why)}", facts) + block


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _table(first: str, facts: Mapping[str, str]) -> str:
    rows = [f"| {name} | {text.replace('|', chr(92) + '|')} |" for name, text in facts.items() if text]
    return "\n".join((first, "", "| | |", "|---|---|", *rows))


def _thresholds(row: AlarmRow) -> str:
    if row.role is Role.SILENCE:
        severity = "critical" if isinstance(row.thresholds, Band) and row.thresholds.critical else "warning"
        return f"{severity}, when there is no sample at all"
    if row.comparison in BANDS:
        side, unit = BANDS[row.comparison], "deviations"
    else:
        side, unit = SIDES[row.comparison], ""
    if isinstance(row.thresholds, Band):
        return _levels(row.thresholds, side, unit)
    quantity = QUANTITIES[row.thresholds]
    baseline = PROFILES["baseline"][row.thresholds]
    others = [
        f"{name}: {', '.join(f'{value:g}' for value in _values(profile[row.thresholds]))}"
        for name, profile in PROFILES.items()
        if profile[row.thresholds] != baseline
    ]
    return f"{_levels(baseline, side, quantity.unit)} ({'; '.join((f'`{row.thresholds}`', *others))})"


def _values(band: Band) -> list[float]:
    return [value for severity in SEVERITIES if (value := getattr(band, severity)) is not None]


def _levels(band: Band, side: str, unit: str) -> str:
    given = {severity: getattr(band, severity) for severity in SEVERITIES}
    levels = [f"{severity} {side} {value:,.15g}" for severity, value in given.items() if value is not None]
    return f"{', '.join(levels)} {unit}".strip()


def _watches(metric: MetricRow | MathRow, row: AlarmRow) -> str:
    if isinstance(metric, MathRow):
        return f"`{metric.expression}`"
    namespace = metric.namespace.format(prefix="PREFIX", key="WORKLOAD")
    return f"`{namespace}` `{metric.name}`, {row.statistic or metric.statistic}"


def _inputs(kind: Kind, metric: MetricRow | MathRow) -> Iterator[MetricRow]:
    if isinstance(metric, MetricRow):
        yield metric
        return
    for name in metric.inputs:
        found = kind.metrics[name]
        if isinstance(found, MetricRow):
            yield found


def _needs(kind: Kind, metric: MetricRow | MathRow) -> Iterator[str]:
    for found in _inputs(kind, metric):
        if found.requires:
            yield f"`{found.requires.value}`"


def _acts(row: AlarmRow) -> str:
    band = PROFILES["baseline"][row.thresholds] if isinstance(row.thresholds, str) else row.thresholds
    acts = []
    if row.pages and band.critical is not None:
        acts.append(f"critical: through [{row.pages}](#{row.pages})")
    if band.warning is not None or (band.critical is not None and not row.pages):
        acts.append("warning: answered within half an hour, wakes nobody")
    if band.info is not None:
        acts.append("info: read in the day's summary")
    return "; ".join(acts)


def _only(row: AlarmRow) -> str:
    said = [f"with `{row.only_with}`"] if row.only_with else []
    said += [f"without `{row.unless}`"] if row.unless else []
    said += [f"one for each `{row.each}`"] if row.each else []
    return ", ".join(said)


def _variable(identifier: str) -> str | None:
    return None if identifier.startswith("=") else identifier.upper()


def _commands(kind: Kind, metric: MetricRow | MathRow, row: AlarmRow) -> Iterator[str]:
    for found in _inputs(kind, metric):
        statistic = row.statistic or found.statistic
        dimensions = [
            f'"{name}=${_variable(identifier)}"' if _variable(identifier) else f'"{name}={identifier[1:]}"'
            for name, identifier in found.dimensions.items()
        ]
        name = found.name if re.fullmatch(r"[\w-]+", found.name) else f"'{found.name}'"
        namespace = '"$COUNTED"' if found.namespace == OF_THE_WORKLOAD else found.namespace
        yield " ".join(("metric", namespace, name, statistic, *dimensions))


def _index(text: str) -> str:
    """The README with its list of pages as it should be."""
    rows = [f"| [{title}]({path.name}) | {len(sections)} |" for path, title, sections, _ in pages()]
    table = "\n".join(("| page | sections |", "|---|---|", *rows))
    block = re.escape(START) + r".*?" + re.escape(END)
    return re.sub(block, lambda _: _framed(table), text, count=1, flags=re.DOTALL)


def faults() -> Iterator[str]:
    """Everything that is stale, missing or left over, a line each."""
    yield from _pages_faults()
    readme = PAGES / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    if text != _index(text):
        yield f"{readme.relative_to(ROOT)}: its list of pages is stale; make runbooks"


def _pages_faults() -> Iterator[str]:
    for path, title, sections, lead in pages():
        name = path.relative_to(ROOT)
        if not path.exists():
            yield f"{name}: is missing; make runbooks writes its frames"
            continue
        text = path.read_text(encoding="utf-8")
        page = read(text)
        if render(title, sections, page, lead) != text:
            yield f"{name}: a frame is stale; make runbooks"
        for key in sections:
            if not page.sections.get(key):
                yield f"{name}#{key}: nobody has written what to do"
        for key in page.sections.keys() - sections.keys():
            yield f"{name}#{key}: no alarm has this key; move what is written, or take it away"
    known = {path for path, *_ in pages()} | {PAGES / "README.md"}
    for path in sorted(set(PAGES.glob("*.md")) - known):
        yield f"{path.relative_to(ROOT)}: no kind has this name"


def write() -> None:
    """Write every frame anew."""
    for path, title, sections, lead in pages():
        page = read(path.read_text(encoding="utf-8")) if path.exists() else Page()
        path.write_text(render(title, sections, page, lead), encoding="utf-8")
    readme = PAGES / "README.md"
    if readme.exists():
        readme.write_text(_index(readme.read_text(encoding="utf-8")), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write, and say what is still to be written."""
    if "--check" not in arguments:
        write()
    found = list(faults())
    for line in found:
        print(line)  # noqa: T201  # a command
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
