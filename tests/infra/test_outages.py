"""An outage pages once and is resolved once, whatever fails and in whatever order; and what else is told, counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from opslib.sandbox import Sandbox
from opslib.sandbox.behaviour.traffic.script import ServiceLoad
from tests.infra.outages import HEALTHY, PRODUCT, REGION, Shop

pytestmark = pytest.mark.feature("M12", "M13", "M15")

OUTAGE, EMERGENCY = "outage-public", "emergency"
AFTERWARDS = {("mail", "public-slo-slow"), ("mail", "public-unusual-traffic-info")}
"""What may be told when an outage is over, and to nobody's telephone: how much of the objective it has left, and that
so much traffic after none is unusual."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def quiet(sandbox: Sandbox) -> Shop:
    """A healthy product, an hour after its first deployment."""
    shop = Shop(sandbox)
    sandbox.traffic(HEALTHY)
    shop.passes(65)
    shop.becomes_quiet()
    shop.told()
    return shop


def test_an_outage_of_one_service(quiet: Shop) -> None:
    began = quiet.sandbox.clock.now()
    quiet.conduct("web", never_healthy=True)
    quiet.stop_tasks("web")
    quiet.passes(30)
    told = quiet.told()
    assert told.pages() == ({("pager", OUTAGE): 1}, {}), "one page, and not for each alarm that rings"
    assert told.first[OUTAGE] - began <= timedelta(minutes=3), "as soon as users feel it"
    assert "web-unavailable" in told.mail(), "what explains it is told, too"
    assert not {name for name in told.mail() if name.startswith("api-")}
    assert set(told.rang.values()) == {1}, "everything once"
    assert f"shop-prod-{EMERGENCY}" not in quiet.ringing(), "the other service serves"

    quiet.conduct("web")
    quiet.passes(45)
    told = quiet.told()
    assert told.pages() == ({}, {("pager", OUTAGE): 1}), "and one resolution"
    assert set(told.rang) <= AFTERWARDS
    assert told.stopped["mail", "web-unavailable"] == 1, "who reads both the warnings and the recoveries reads it once"


def test_an_outage_of_the_database(quiet: Shop) -> None:
    rds = quiet.sandbox.client("rds", REGION)
    rds.stop_db_instance(DBInstanceIdentifier="shop-orders")
    quiet.passes(30)
    told = quiet.told()
    assert told.pages() == ({("pager", OUTAGE): 1}, {})
    assert told.mail() >= {"orders-unavailable", "api-degraded", "public-slo-fast"}
    assert told.first[OUTAGE] < told.first["orders-unavailable"], (
        "users feel it before the database is known to be down"
    )
    assert set(told.rang.values()) == {1}

    rds.start_db_instance(DBInstanceIdentifier="shop-orders")
    quiet.passes(60)
    told = quiet.told()
    assert told.pages() == ({}, {("pager", OUTAGE): 1})
    assert told.stopped["mail", "orders-unavailable"] == 1
    assert set(told.rang) <= AFTERWARDS


def test_an_outage_that_a_canary_meets_too_pages_once(sandbox: Sandbox) -> None:
    basket = {"urls": ["https://shop.example/web/basket"], "runtime": "syn-python-selenium-6.0"}
    elsewhere = {"urls": ["https://other.example/"], "runtime": "syn-python-selenium-6.0"}
    shop = Shop(sandbox, {**PRODUCT, "canaries": {"basket": basket, "elsewhere": elsewhere}})
    sandbox.traffic(HEALTHY)
    shop.passes(65)
    told = shop.told()
    assert (told.rang, told.stopped, shop.ringing()) == ({}, {}, set())
    shop.conduct("web", never_healthy=True)
    shop.stop_tasks("web")
    shop.passes(30)
    told = shop.told()
    assert told.pages() == ({("pager", OUTAGE): 1}, {})
    assert "basket-unusable" in told.mail(), "what users cannot do is told, too"
    assert "elsewhere-unusable" not in told.mail()

    shop.conduct("web")
    shop.passes(45)
    assert shop.told().pages() == ({}, {("pager", OUTAGE): 1})


def test_an_outage_of_everything(quiet: Shop) -> None:
    quiet.sandbox.traffic(None)  # AWS publishes nothing any more
    quiet.passes(30)
    told = quiet.told()
    rang, stopped = told.pages()
    assert rang == {
        ("pager", OUTAGE): 1,
        ("pager", EMERGENCY): 1,  # a tier of its own, and a telephone
        ("phone", EMERGENCY): 1,
    }
    assert stopped == {}
    assert told.mail() >= {"api-unavailable", "web-unavailable", "orders-unavailable"}
    assert set(told.rang.values()) == {1}

    quiet.sandbox.traffic(HEALTHY)
    quiet.passes(90)
    told = quiet.told()
    assert told.pages() == ({}, rang), "each of them is resolved, once, where it was told"
    assert set(told.rang) <= AFTERWARDS


@pytest.mark.parametrize("bad", [{"errors_percent": 60}, {"latency_seconds": 10}], ids=["errors", "latency"])
def test_what_comes_and_goes_every_minute_is_one_page(quiet: Shop, bad: dict[str, float]) -> None:
    for _ in range(12):
        quiet.conduct("api", **bad)
        quiet.passes(1)
        quiet.conduct("api")
        quiet.passes(1)
    told = quiet.told()
    assert told.pages() == ({("pager", OUTAGE): 1}, {})
    assert set(told.rang.values()) == {1}
    quiet.passes(60)
    assert quiet.told().pages() == ({}, {("pager", OUTAGE): 1})


def test_nobody_is_woken_by_a_new_stack_nor_by_a_cause(sandbox: Sandbox) -> None:
    """The workload is deployed with its alarms: for most of an hour there is nothing, then there is traffic."""
    shop = Shop(sandbox)
    shop.passes(50)
    silent = shop.told()
    sandbox.traffic(HEALTHY)
    shop.passes(30)
    for found in (silent, shop.told()):
        assert (found.rang, found.stopped, found.other) == ({}, {}, []), "nobody is told anything in the first hour"

    sandbox.traffic(HEALTHY.model_copy(update={"services": {"*": ServiceLoad(memory_percent=98)}}))
    shop.passes(15)
    told = shop.told()
    assert told.mail() == {f"{key}-memory-{how}" for key in ("api", "web") for how in ("warning", "critical")}
    assert told.pages() == ({}, {}), "however critical it is, everybody is served"


def test_what_is_in_no_outage_pages_for_itself(sandbox: Sandbox) -> None:
    """The same product without an outage: each workload pages by itself, one after the other."""
    shop = Shop(sandbox, {**PRODUCT, "alerting": {**PRODUCT["alerting"], "together": {}}})
    sandbox.traffic(HEALTHY)
    shop.passes(65)
    shop.told()
    sandbox.client("rds", REGION).stop_db_instance(DBInstanceIdentifier="shop-orders")
    shop.passes(15)
    rang, _ = shop.told().pages()
    assert {("pager", "orders-unavailable"), ("pager", "api-degraded")} < set(rang), "which is why there are outages"
