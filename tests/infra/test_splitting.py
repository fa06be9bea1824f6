"""Stacks that are too much for one dashboard or composite: they split by themselves, and a service moves no other."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from infra import program
from infra.config import StackConfig
from infra.kinds.parts import COUNTS, part_of, parted
from infra.model import Monitoring, monitoring
from opslib.monitoring import Graph
from opslib.sandbox.programs.in_process import Resource, run_program
from tests.infra.product import REGION, config_of, product, values_of

GONE = "service-7"


@cache
def model(count: int, *without: str) -> Monitoring:
    return monitoring(config_of(count, without=frozenset(without)), region=REGION)


@cache
def resources(count: int, *without: str) -> dict[str, Resource]:
    """Every resource of the program's run, by its URN."""
    values = values_of(count, without=frozenset(without))
    ran = run_program(program.main, project="opslib", stack="test", config=values, provider=None)
    return {resource.urn: resource for resource in ran.resources}


def shown(model: Monitoring) -> dict[str, set[str]]:
    """The workloads on each dashboard."""
    return {
        board.key: {w.title.partition(":")[0] for w in board.widgets if isinstance(w, Graph)} - {"all"}
        for board in model.dashboards
    }


@pytest.mark.feature("M27")
@pytest.mark.parametrize("count", [1, 30, 100, 300])
def test_any_number_of_services_fits(count: int) -> None:
    assert model(count).problems() == ()
    services = {f"service-{index}" for index in range(count)}
    for prefix in ("overview", "detailed", "cost"):
        boards = [found for key, found in shown(model(count)).items() if key.startswith(prefix)]
        assert set().union(*boards) >= services
        assert sum(len(found & services) for found in boards) == count, "each on one of them"


def test_a_small_stack_has_one_of_each() -> None:
    assert set(shown(model(3))) == {"overview", "detailed", "cost", "agents-and-business"}
    assert [emergency.key for emergency in model(3).emergencies] == ["emergency"]


@pytest.mark.feature("M15", "M27")
def test_the_emergency_of_many_services_is_that_all_its_parts_are_down() -> None:
    *parts, whole = model(300).emergencies
    assert (whole.key, whole.acts) == ("emergency", True)
    assert set(whole.children) == {part.name for part in parts}
    assert not any(part.acts for part in parts)
    assert sorted(child for part in parts for child in part.children) == sorted(
        f"many-test-service-{index}-unavailable" for index in range(300)
    )


@pytest.mark.feature("M27")
def test_removing_a_service_moves_no_other() -> None:
    before, after = shown(model(100)), shown(model(100, "service-42"))
    assert set(before) == set(after)
    for key, found in before.items():
        assert found - after[key] <= {"service-42"}
        assert after[key] <= found
    assert {key for key, found in before.items() if found != after[key]} == {
        f"{name}-part-{part_of('service-42', 16)}" for name in ("overview", "detailed")
    } | {"cost"}


@pytest.mark.feature("M27")
def test_removing_a_service_removes_only_its_resources() -> None:
    # Enough to be split; a hundred are done by the real engine (tests/engine/test_many_services.py).
    before, after = resources(36), resources(36, GONE)
    gone = {urn.rpartition("::")[2] for urn in before.keys() - after.keys()}
    assert gone
    assert all(name == GONE or name.startswith((f"{GONE}-", f"mirror-workloads-{GONE}")) for name in gone)
    assert not after.keys() - before.keys()
    changed = {urn.rpartition("::")[2] for urn in after if after[urn].inputs != before[urn].inputs}
    assert changed == {
        "mirror-stack",
        "mirror-workloads-public",
        "dashboards-overview",
        f"dashboards-detailed-part-{part_of(GONE, 16)}",
        "dashboards-cost",
        "stack-emergency",
        "stack-outage-public",
    }


def test_a_part_is_decided_by_the_key_alone() -> None:
    # Written down: with another hash every dashboard of every large stack would change.
    assert [part_of("service-42", count) for count in COUNTS] == ["", "f", "fb"]


def test_as_few_parts_as_fit_or_as_many_as_are_asked_for() -> None:
    items = [(f"k{n}", n) for n in range(40)]
    assert list(parted(items, lambda part: len(part) <= 40, None)) == [""]
    assert 1 < len(parted(items, lambda part: len(part) <= 39, None)) <= 16
    assert len(parted(items, lambda _: True, 16)) > 1
    assert sorted(n for part in parted(items, lambda _: False, None).values() for n in part) == list(range(40))


def test_a_group_is_shown_apart() -> None:
    written: dict[str, Any] = product(3)
    written["services"]["service-1"]["group"] = "checkout"
    found = shown(monitoring(StackConfig.parse(written, source="test"), region=REGION))
    assert found["detailed-checkout"] == {"service-1"}
    assert found["detailed"] == {"service-0", "service-2", "public", "opslib"}
    assert "service-1" in found["overview"]


def test_the_number_of_parts_can_be_fixed_before_it_is_needed() -> None:
    written = {**product(3), "dashboardParts": "16"}
    found = shown(monitoring(StackConfig.parse(written, source="test"), region=REGION))
    assert found["overview"] == set()
    assert {f"detailed-part-{part_of(f'service-{n}', 16)}" for n in range(3)} < set(found)
