"""Queries that are asked in every incident."""

from __future__ import annotations

import re

import pytest

from infra import program
from infra.components.saved_queries import SavedQueries
from infra.kinds.queries import LOG_QUERIES
from infra.model import monitoring
from opslib.monitoring import Graph, Insights
from opslib.sandbox.programs.in_process import run_program
from tests.infra.everything import EVERYTHING, REGION, config
from tests.infra.shop import of_type, run

QUERY = "aws:cloudwatch/queryDefinition:QueryDefinition"
COMMANDS = {"fields", "filter", "stats", "sort", "limit", "parse"}


@pytest.mark.feature("M10")
def test_a_query_is_saved_over_the_logs_it_asks() -> None:
    groups = {"application": ["/shop/api"], "function": ["/aws/lambda/hooks"]}
    ran = run(lambda: SavedQueries("queries", {"folder": "shop-prod", "log_groups": groups}))
    saved = of_type(ran, QUERY)
    assert set(saved) == {f"queries-{query.key}" for query in LOG_QUERIES if query.of in groups}
    one = saved["queries-response-percentiles"].inputs
    assert (one["name"], one["logGroupNames"]) == ("shop-prod/response-percentiles", ["/shop/api"])
    assert "pct(RequestDuration, 99)" in one["queryString"]


@pytest.mark.feature("M10")
def test_a_stack_that_asks_for_them_has_them() -> None:
    values = {"aws:region": REGION, **{f"opslib:{key}": value for key, value in EVERYTHING.items()}}
    for account in ("opslib:certificates", "opslib:deliveryPaths", "opslib:loadBalancers", "opslib:services"):
        values.pop(account)  # the in-process run makes an account up
    names = {
        r.inputs["name"]
        for r in run_program(program.main, project="opslib", stack="x", config=values).resources
        if r.token == QUERY
    }
    assert names == {f"shop-prod/{query.key}" for query in LOG_QUERIES if query.of in ("function", "database")}


@pytest.mark.parametrize("query", LOG_QUERIES, ids=lambda query: query.key)
def test_a_query_is_made_of_commands_that_logs_insights_has(query: object) -> None:
    text = getattr(query, "text")  # noqa: B009
    commands = [part.split()[0] for part in re.split(r"(?:^|\n)\s*\|?\s*", text) if part.strip()]
    assert set(commands) <= COMMANDS
    assert len(text) <= 10_000, "Logs Insights takes no longer one"
    assert len({query.key for query in LOG_QUERIES}) == len(LOG_QUERIES)


@pytest.mark.feature("M10")
def test_the_worst_of_a_kind_is_on_the_overview() -> None:
    (overview,) = (board for board in monitoring(config(), region=REGION).dashboards if board.key == "overview")
    asked = [s for w in overview.widgets if isinstance(w, Graph) for s in w.left if isinstance(s, Insights)]
    assert len(asked) == 3
    for query in asked:
        assert re.match(r"SELECT (AVG|SUM)\(\w+\) FROM SCHEMA\(", query.sql)
        assert not re.search(r"\bp\d", query.sql), "SQL over metrics has no percentile"
