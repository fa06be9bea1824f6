"""Who pages for whom: what fails together, and what never pages."""

from __future__ import annotations

from typing import Any

import pytest

from infra.config import StackConfig
from infra.kinds import KINDS
from infra.model import Monitoring, monitoring
from opslib.errors import BadRequest
from opslib.monitoring import AnyOf, Role
from opslib.monitoring.evaluate.settings import BAND_COMPARISONS
from opslib.monitoring.rule import children
from tests.infra.everything import EVERYTHING
from tests.infra.outages import PRODUCT, REGION
from tests.infra.product import config_of

pytestmark = pytest.mark.feature("M15")


def model(written: dict[str, Any]) -> Monitoring:
    return monitoring(StackConfig.parse(written, source="test"), region=REGION)


def alerting(**more: Any) -> dict[str, Any]:
    return {**PRODUCT, "alerting": {**PRODUCT["alerting"], **more}}


def test_a_load_balancer_fails_with_its_services_and_their_databases() -> None:
    found = model(PRODUCT)
    (outage,) = found.outages
    assert (outage.name, outage.tier, outage.workload) == ("shop-prod-outage-public", "critical", "stack")
    assert isinstance(outage.rule, AnyOf)
    paged = {c.name for watched in found.watched.values() for c in watched.composites if c.paged_by == outage.name}
    assert set(children(outage.rule)) == {name for name in paged if not name.endswith("slo-slow")}
    assert {name.split("-")[2] for name in paged} == {"api", "web", "public", "orders"}
    assert all(c.paged_by is None for c in found.watched["hooks"].composites)


def test_what_pages_through_an_outage_tells_the_tier_of_warnings() -> None:
    found = model(PRODUCT)
    composites = [c for watched in found.watched.values() for c in watched.composites]
    told = {c.name.removeprefix("shop-prod-"): (c.severity, c.tier) for c in composites}
    assert told["orders-unavailable"] == ("critical", "warning")
    assert told["hooks-failing"] == ("critical", "critical")
    assert told["public-slo-slow"] == ("warning", "warning")


def test_a_database_that_several_ask_fails_by_itself() -> None:
    second = {**PRODUCT["loadBalancers"]["public"], "slo": None}
    second = {key: value for key, value in second.items() if key != "slo"}
    second["arn"] = second["arn"].replace("app/shop/", "app/other/")
    services = {**PRODUCT["services"], "web": {**PRODUCT["services"]["web"], "loadBalancer": "other"}}
    databases = {"orders": {**PRODUCT["databases"]["orders"]}}
    databases["orders"]["secrets"] = dict.fromkeys(("api", "web"), next(iter(databases["orders"]["secrets"].values())))
    balancers = {**PRODUCT["loadBalancers"], "other": second}
    found = model({**PRODUCT, "services": services, "loadBalancers": balancers, "databases": databases})
    assert [outage.key for outage in found.outages] == ["outage-other", "outage-public"]
    assert all(composite.paged_by is None for composite in found.watched["orders"].composites)


def test_a_canary_fails_with_the_load_balancer_where_there_is_only_one() -> None:
    canaries = {"basket": {"urls": ["https://shop.example/web/basket"], "runtime": "syn-python-selenium-6.0"}}
    found = model({**PRODUCT, "canaries": canaries})
    assert "shop-prod-basket-unusable" in children(found.outages[0].rule)
    second = {**PRODUCT["loadBalancers"]["public"], "arn": f"{PRODUCT['loadBalancers']['public']['arn']}0"}
    balancers = {
        **PRODUCT["loadBalancers"],
        "other": {key: second[key] for key in ("arn", "targetGroups", "listeners")},
    }
    found = model({**PRODUCT, "loadBalancers": balancers, "canaries": canaries})
    assert [composite.paged_by for composite in found.watched["basket"].composites] == [None]


def test_a_person_says_what_fails_together() -> None:
    found = model(alerting(together={"shopping": ["public", "api", "hooks"]}))
    (outage,) = found.outages
    assert outage.name == "shop-prod-outage-shopping"
    assert {name.split("-")[2] for name in outage.children} == {"public", "api", "hooks"}
    assert model(alerting(together={})).outages == ()


@pytest.mark.parametrize(
    ("together", "says"),
    [
        ({"all": ["public", "apii"]}, "alerting.together.all: apii is no workload of this stack"),
        ({"one": ["api"], "two": ["api"]}, "alerting.together.two: api is in one already: it pages once"),
        ({"All": ["api"]}, "alerting.together.All"),
        ({"all": []}, "alerting.together.all"),
    ],
)
def test_what_cannot_fail_together_is_refused(together: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRequest) as refused:
        model(alerting(together=together))
    assert says in str(refused.value)


def test_what_is_watched_elsewhere_cannot_be_a_child() -> None:
    with pytest.raises(BadRequest, match=r"site is watched in us-east-1"):
        StackConfig.parse({**EVERYTHING, "alerting": {"together": {"all": ["site"]}}}, source="test")


def test_the_outage_of_many_workloads_has_parts_that_do_not_act() -> None:
    found = monitoring(config_of(120), region=REGION)
    assert found.problems() == ()
    *parts, whole = found.outages
    assert (whole.key, whole.tier) == ("outage-public", "critical")
    assert set(whole.children) == {part.name for part in parts}
    assert {part.tier for part in parts} == {None}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_what_is_unusual_informs_and_no_cause_pages(kind) -> None:
    for row in kind.alarms:
        if row.comparison in BAND_COMPARISONS:
            band = row.thresholds
            assert (band.warning, band.critical) == (None, None), f"{row.key}: what is unusual is neither good nor bad"
        if row.role is Role.CAUSE:
            assert row.pages is None, row.key
