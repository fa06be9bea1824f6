"""``python -m infra.adopt``: arguments in, a configuration and a report out."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from infra.adopt.covering import bound, clashes
from infra.adopt.draft import Draft, draft
from infra.adopt.naming import product_of
from infra.adopt.report import Report, report_of
from infra.adopt.theirs import theirs_of, with_subscriptions
from infra.adopt.words import markdown, summary
from infra.model import Monitoring, monitoring
from opslib.clients import Clients
from opslib.discover import Inventory, Watching, read_inventory, read_watching
from opslib.discover.asking import Asking
from opslib.errors import BadRequest, OpslibError, Refused
from opslib.monitoring import Alarm, CompositeAlarm
from opslib.monitoring.described import Described

if TYPE_CHECKING:
    from infra.adopt.replaying import Replayed

__all__ = ["Adopted", "Request", "adopt", "main"]

_OUT = re.compile(r"Pulumi\.(?P<stack>[A-Za-z0-9_.-]+)\.yaml")
_ENVIRONMENT = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_ENVIRONMENT_LONGEST = 16
_SHORT = 90
"""So many characters stand on one line."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Attributes:
        out: The file to write, `Pulumi.NAME.yaml`.
        tags: Only what has all of these.
        product: What the product is called; None: what most names begin with.
        environment: What the environment is called; None: as the stack.
        history: A directory of histories.
        days: How many days to read from CloudWatch; None: none.
        spend_usd: What reading them may cost.
        cache: Where readings are kept.
        incidents: What was really wrong.
    """

    out: Path
    tags: dict[str, str] = field(default_factory=dict)
    product: str | None = None
    environment: str | None = None
    history: Path | None = None
    days: int | None = None
    spend_usd: float = 0.0
    cache: Path | None = None
    incidents: Path | None = None


@dataclass(frozen=True, slots=True)
class Adopted:
    """What came of it: the text of the file, which is not written yet, and the report."""

    text: str
    report: Report


def adopt(request: Request, clients: Clients) -> Adopted:
    """Read what runs and who watches it, and draft the configuration.

    Raises:
        BadRequest: Something that was given is wrong, or nothing runs.
        Refused: AWS denies the reading, or names of ours are taken.
    """
    environment = _checked(request)
    asking = Asking(clients)
    inventory = read_inventory(asking, request.tags)
    if not inventory.count:
        tagged = f" with {', '.join(f'{key}={value}' for key, value in request.tags.items())}" if request.tags else ""
        what = f"nothing that can be watched runs in {inventory.account} {inventory.region}{tagged}"
        raise BadRequest(what, "name another --region, --profile or --tag")
    home = inventory.region
    watching = {home: read_watching(asking)}
    product = request.product or product_of(inventory)

    def drafted(known: Watching) -> tuple[Draft, Monitoring]:
        made = draft(inventory, known, product=product, environment=environment, source=request.out.name)
        model = monitoring(made.config, region=made.region)
        model.refuse_problems(request.out.name)
        return made, model

    made, model = drafted(watching[home])
    for region in made.config.at(home).other_regions():
        watching[region] = read_watching(asking.in_region(region), with_dashboards=False)
    theirs = theirs_of(model, watching, home=home, is_narrowed=bool(request.tags))
    if len(watching) > 1:
        made, model = drafted(with_subscriptions(watching, theirs, home=home))
    _refuse_clashes(model, made, watching)
    ours = bound(model)
    found, cost = _replayed(request, clients, model, theirs.alarms, ours)
    report = report_of(
        made,
        model,
        ours,
        theirs.alarms,
        inventory=inventory,
        watching=theirs.watching,
        replayed=found,
        cost=cost,
        elsewhere=theirs.elsewhere,
    )
    return Adopted(_text(made, request, inventory), report)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: exit 0 where the file is written, 2 or 3 with one line where it is not."""
    given = _parser().parse_args(arguments)
    try:
        request = Request(
            out=given.out,
            tags=dict(_tag(one) for one in given.tag),
            product=given.product,
            environment=given.environment,
            history=given.history,
            days=given.days,
            spend_usd=given.spend,
            cache=given.cache,
            incidents=given.incidents,
        )
        made = adopt(request, Clients(given.region, profile=given.profile))
        if given.markdown:
            _write(given.markdown, markdown(made.report, out=given.out.name))
        _write_new(given.out, made.text)
    except OpslibError as problem:
        print(f"infra.adopt: {problem}", file=sys.stderr)  # noqa: T201  this is a command
        return problem.exit_code
    if given.json:
        print(json.dumps(made.report.document(), indent=2))  # noqa: T201
    else:
        print(summary(made.report, out=given.out.name))  # noqa: T201
    return 0


def _checked(request: Request) -> str:
    """What can be refused before AWS is asked; the environment's name."""
    named = _OUT.fullmatch(request.out.name)
    if named is None:
        raise BadRequest(f"--out {request.out}: not the file of a stack", "call it Pulumi.NAME.yaml")
    if request.out.exists():
        raise BadRequest(f"--out {request.out} is there already", "nothing is overwritten: name another stack")
    if not request.out.parent.is_dir():
        raise BadRequest(f"--out {request.out}: there is no directory {request.out.parent}", "make it, or name another")
    if request.history and request.days:
        raise BadRequest("--history and --days are two histories", "give one of them")
    if request.incidents and not (request.history or request.days):
        raise BadRequest(f"--incidents {request.incidents} without a history", "give --history or --days")
    if request.days is not None and request.days < 1:
        raise BadRequest(f"--days {request.days}", "give a number of days, such as 14")
    environment = request.environment or named["stack"]
    if not _ENVIRONMENT.fullmatch(environment) or len(environment) > _ENVIRONMENT_LONGEST:
        raise BadRequest(f"{environment} cannot be the name of an environment", "give another with --environment")
    return environment


def _refuse_clashes(model: Monitoring, made: Draft, watching: Mapping[str, Watching]) -> None:
    found = clashes(model, made.config.prefix, watching, home=made.region)
    if found:
        more = f" and {len(found) - 1} more names are" if len(found) > 1 else " is"
        raise Refused(
            f"the {found[0].kind} {found[0].name}{more} there already, and would be overwritten",
            "give another --product or --environment; nothing was written",
        )


def _replayed(
    request: Request, clients: Clients, model: Monitoring, theirs: Described, ours: tuple[Alarm, ...]
) -> tuple[Replayed | None, str]:
    """What all alarms would have done, and what reading for it costs."""
    if request.history is None and request.days is None:
        return None, ""
    try:
        from infra.adopt import replaying  # numpy and pyarrow take longer than all the rest
    except ModuleNotFoundError as problem:
        raise Refused(
            f"{problem.name} is not installed", "`make install`, or pip install 'opslib-aws[history]'"
        ) from None

    cost, since = "", None
    if request.history is not None:
        history = replaying.from_files(request.history)
    else:
        now = datetime.now(UTC)
        since = now - timedelta(days=request.days or 0)
        alarms = [*ours, *theirs.alarms]
        what = replaying.wanted(alarms, days=request.days or 0, now=now, cache=request.cache)
        if what.cost.usd > request.spend_usd:
            return None, f"{request.days} days would be {what.cost}; with --spend {_cents(what.cost.usd)} they are read"
        print(f"infra.adopt: reading {what.cost}", file=sys.stderr)  # noqa: T201  before it is spent
        history, cost = replaying.from_cloudwatch(clients, what, now=now, cache=request.cache), f"read {what.cost}"
    composites: list[CompositeAlarm] = [
        *model.of_stack,
        *(one for watched in model.watched.values() for one in watched.composites),
    ]
    return replaying.replayed(theirs.alarms, ours, composites, history, request.incidents, since=since), cost


def _cents(usd: float) -> str:
    return f"{-(-usd * 100 // 1) / 100:.2f}"


def _text(made: Draft, request: Request, inventory: Inventory) -> str:
    tagged = " ".join(" ".join(f"{key}={value}" for key, value in request.tags.items()).split())
    narrowed = f", tagged {tagged}" if tagged else ""
    top = [
        f"# What ran in {inventory.account} {inventory.region}{narrowed}, as python -m infra.adopt found it.",
        "# Read it as if a colleague had written it. What AWS does not tell is yours to add: health URLs, migration",
        "# tasks, what waits for what, pagers.",
    ]
    top += [f"# Left out: {' '.join(str(one).split())}." for one in made.left_out]
    body = yaml.dump(
        made.document, Dumper=_Plain, sort_keys=False, default_flow_style=None, width=4096, allow_unicode=True
    )
    return "\n".join(top) + "\n" + body


class _Plain(yaml.SafeDumper):
    """Writes as people do: on one line what is short, and twice what stands twice, not a reference to the first."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        node = super().represent_mapping(tag, mapping, flow_style)
        node.flow_style = bool(node.flow_style) and len(str(mapping)) <= _SHORT
        return node

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        node = super().represent_sequence(tag, sequence, flow_style)
        node.flow_style = bool(node.flow_style) and len(str(sequence)) <= _SHORT
        return node


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise BadRequest(f"{path} cannot be written: {problem}", "name another file") from None


def _write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet; whoever makes it meanwhile keeps theirs."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as problem:
        raise BadRequest(f"{path} cannot be written: {problem}", "name another file") from None


def _tag(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise BadRequest(f"--tag {text}", "write it as KEY=VALUE")
    return key, value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.adopt",
        description="Write the stack file that covers what runs. Nothing in AWS is changed.",
    )
    parser.add_argument("--out", type=Path, required=True, help="the file to write, Pulumi.NAME.yaml")
    parser.add_argument("--region", help="where it runs; else what the profile or AWS_REGION says")
    parser.add_argument("--profile", help="a profile of the AWS configuration")
    parser.add_argument("--tag", action="append", default=[], metavar="KEY=VALUE", help="only what has it; repeatable")
    parser.add_argument("--product", help="what the product is called; else what most names begin with")
    parser.add_argument("--environment", help="what the environment is called; else as the stack")
    parser.add_argument("--history", type=Path, help="a directory of histories, as docs/backtest.md says")
    parser.add_argument("--days", type=int, help="so many days of history, from CloudWatch")
    parser.add_argument("--spend", type=float, default=0.0, metavar="USD", help="what reading them may cost; else said")
    parser.add_argument("--cache", type=Path, help="a directory in which what was read from CloudWatch is kept")
    parser.add_argument("--incidents", type=Path, help="what was really wrong, as docs/backtest.md says")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.add_argument("--markdown", type=Path, help="the report as Markdown, into a file")
    return parser
