"""The report, put together from the model and what it is held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from infra.preview.before import Version
from infra.preview.blind import blind
from infra.preview.changes import changes
from infra.preview.document import (
    AlarmReplayPart,
    BoardPart,
    ReplayPart,
    Report,
    alarm_parts,
    bill_part,
    board_part,
)
from infra.preview.document.alarms import identity
from infra.preview.given import Model
from infra.preview.limits import limits
from opslib.monitoring import Dashboard, Graph
from opslib.monitoring.bill import Bill, bill

__all__ = ["report_of"]


def report_of(
    model: Model,
    *,
    stack: str,
    before: Version | None = None,
    backtest: tuple[AlarmReplayPart, ...] = (),
    replay: ReplayPart | None = None,
) -> Report:
    """The report.

    Args:
        model: What it is about.
        stack: The stack's name.
        before: What it is held against; None: nothing is.
        backtest: What each alarm would have done.
        replay: The history that says so.
    """
    costs = bill(
        region=model.region,
        alarms=model.alarms,
        composites=model.composites,
        dashboards=model.dashboards,
        mute_rules=(one.name for one in model.mutes),
        estimates=model.terms.estimates,
        with_free_tier=model.terms.with_free_tier,
        limit_usd=model.terms.limit_usd,
    )
    alarms = tuple(
        alarm_parts(
            model.alarms, model.composites, bind=model.bind, topics=model.topics, units=_units(model.dashboards)
        )
    )
    if before is None:
        priced = bill_part(costs)
    else:
        priced = bill_part(costs, before.bill, counted_only=before.counted_only, tiers=_tiers(costs, before))
    boards = tuple(_board(board, model) for board in model.dashboards)
    names = (*(one.name for one in alarms), *(one.name for one in boards))
    exceeded = tuple(limits(model.problems, priced.exceeded, names=names))
    return Report(
        stack=stack,
        source=model.source,
        region=model.region,
        exit_code=1 if exceeded else 0,
        alarms=alarms,
        dashboards=boards,
        mutes=model.mutes,
        limits=exceeded,
        bill=priced,
        blind=tuple(blind(alarms)),
        placeholders=model.placeholders,
        changes=changes(alarms, boards, model.mutes, before) if before else None,
        backtest=backtest,
        replay=replay,
        notes=(*model.notes, *(before.notes if before else ())),
    )


def _tiers(costs: Bill, before: Version) -> dict[str, str]:
    """For which tier each alarm is, as the bills say; a state's bill does not, so there the alarm itself does."""
    own = {one.name: one.tier or one.severity or "" for one in before.alarms.values()}
    charged = {charge.name: charge.tier for bill in (before.bill, costs) for charge in bill.charges if charge.tier}
    return {**own, **charged}


def _board(board: Dashboard, model: Model) -> BoardPart:
    return board_part(board.name, board.body(region=model.region, bind=model.bind), key=board.key)


def _units(dashboards: Iterable[Dashboard]) -> Mapping[object, str]:
    """The unit of what is drawn against a left axis, by its identity."""
    graphs = {id(one): one for board in dashboards for one in board.widgets if isinstance(one, Graph) and one.unit}
    return {identity(series): graph.unit for graph in graphs.values() for series in graph.left}
