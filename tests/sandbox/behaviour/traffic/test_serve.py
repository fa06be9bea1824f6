"""The core without a world around it: shares, silence, overload, and errors that come from behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from opslib.sandbox.behaviour.load_balancer.serving import GroupShare, RuleServing
from opslib.sandbox.behaviour.traffic.demand import arrivals
from opslib.sandbox.behaviour.traffic.instance_classes import GIB
from opslib.sandbox.behaviour.traffic.occasion import Occasion
from opslib.sandbox.behaviour.traffic.script import TrafficScript
from opslib.sandbox.behaviour.traffic.seen import SeenCache, SeenDatabase, SeenGroup, Targets, World
from opslib.sandbox.behaviour.traffic.serve import Answers, Minute, serve

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/50dc6c495c0c9188"
MINUTES = 50
MakeOccasion = Callable[..., Occasion]


def rule(name: str, weights: dict[str, int], *, priority: str = "10", path: str = "/x/*") -> RuleServing:
    total = sum(weights.values())
    groups = tuple(
        GroupShare(group, weight, weight / total if total else 0.0, (), ()) for group, weight in weights.items()
    )
    conditions = ({"Field": "path-pattern", "Values": [path]},)
    return RuleServing(BALANCER, "listener", name, priority, conditions, groups)


def group(name: str, *receiving: Targets) -> SeenGroup:
    count = sum(targets.count for targets in receiving)
    return SeenGroup(name, (BALANCER,), count, count, 0, receiving)


def targets(key: str = "good", count: int = 2, **more: Any) -> Targets:
    return Targets(key, count, vcpus=0.25, **more)


def database(**more: Any) -> SeenDatabase:
    seen = {"vcpus": 2.0, "memory_bytes": 4 * GIB, "storage_bytes": 100 * GIB, "storage_type": "gp3"}
    flags = {"bursts": False, "insights": False, "is_replica": False}
    return SeenDatabase("orders", "postgres", **{**seen, **flags, **more})


def world(*groups: SeenGroup, rules: tuple[RuleServing, ...] | None = None, **more: Any) -> World:
    rules = rules if rules is not None else (rule("r", {found.arn: 1 for found in groups}),)
    return World(balancers=(BALANCER,), rules=rules, groups=groups, **more)


def script(*flows: dict[str, Any]) -> TrafficScript:
    return TrafficScript.model_validate({"flows": [{"noise_percent": 0, **flow} for flow in flows or ({},)]})


def pass_minutes(seen: World, occasion: Occasion, minutes: int = MINUTES) -> tuple[Answers, dict[str, Answers], Minute]:
    """What became of the requests of many minutes: of the balancer, of each group, and the last minute."""
    total, groups = Answers(), {found.arn: Answers() for found in seen.groups}
    for _ in range(minutes):
        minute = serve(arrivals(seen, occasion), seen, occasion)
        total.add(minute.balancers[BALANCER])
        for (_, arn), answers in minute.groups.items():
            groups[arn].add(answers)
    return total, groups, minute


def share(part: float, whole: float) -> float:
    return 100 * part / whole


def test_requests_are_shared_by_the_weights_of_the_rule(occasion: MakeOccasion) -> None:
    seen = world(
        group("blue", targets()), group("green", targets("new")), rules=(rule("r", {"blue": 90, "green": 10}),)
    )
    total, groups, _ = pass_minutes(seen, occasion(script({"refused_percent": 0})))
    assert total.requests == groups["blue"].requests + groups["green"].requests == 600 * MINUTES
    assert share(groups["green"].requests, total.requests) == pytest.approx(10, abs=0.5)


def test_a_group_at_weight_0_gets_nothing_and_a_rule_with_only_such_groups_503(occasion: MakeOccasion) -> None:
    seen = world(group("blue", targets()), group("green", targets()), rules=(rule("r", {"blue": 1, "green": 0}),))
    assert pass_minutes(seen, occasion())[1]["green"].requests == 0
    total, _, _ = pass_minutes(world(group("blue", targets()), rules=(rule("r", {"blue": 0}),)), occasion())
    assert total.requests == 0
    assert total.elb_503 > 0


def test_a_group_without_targets_is_answered_503_which_is_no_request(occasion: MakeOccasion) -> None:
    total, _, _ = pass_minutes(world(group("blue")), occasion(script({"refused_percent": 0})))
    assert (total.requests, total.elb_503) == (0, 600 * MINUTES)
    assert not total.latencies


def test_a_healthy_product_answers_nearly_all_and_quickly(occasion: MakeOccasion) -> None:
    total, _, _ = pass_minutes(world(group("blue", targets(count=4)), databases=(database(),)), occasion())
    assert share(total.target_5xx, total.requests) < 0.2
    assert share(total.target_4xx, total.requests) == pytest.approx(2, abs=0.4)
    assert (total.elb_502, total.elb_503, total.elb_504) == (0, 0, 0)
    assert max(total.latencies) < 1


def test_only_the_targets_of_the_bad_revision_fail(occasion: MakeOccasion) -> None:
    seen = world(group("blue", targets(count=3), targets("bad", count=1, errors_percent=40)))
    total, _, _ = pass_minutes(seen, occasion(script({"errors_percent": 0})))
    assert share(total.target_5xx, total.requests) == pytest.approx(10, abs=1)


def test_a_slow_revision_is_slow_by_what_its_conduct_says(occasion: MakeOccasion) -> None:
    total, _, _ = pass_minutes(world(group("blue", targets(latency_seconds=3.0))), occasion())
    middle = sum(count for seconds, count in total.latencies.items() if seconds < 3.0)
    assert share(middle, total.requests) == pytest.approx(50, abs=5)


def test_targets_that_refuse_connections_are_a_502_and_those_that_answer_errors_a_target_5xx(
    occasion: MakeOccasion,
) -> None:
    refusing, _, _ = pass_minutes(world(group("blue", targets(answers=False, refuses=True))), occasion())
    assert refusing.elb_502 == refusing.connection_errors == refusing.requests > 0
    assert not refusing.latencies
    broken, _, _ = pass_minutes(world(group("blue", targets(answers=False))), occasion())
    assert broken.target_5xx == broken.requests > 0
    assert broken.elb_502 == 0


def test_load_above_capacity_is_first_slow_then_504_then_502(occasion: MakeOccasion) -> None:
    # Two targets of a quarter of a vCPU do 0.5 s of work in a second: 30 s in a minute.
    def with_load(of_capacity: float) -> Answers:
        flow = {"cpu_seconds_per_request": of_capacity * 30 / 600, "errors_percent": 0, "refused_percent": 0}
        return pass_minutes(world(group("blue", targets())), occasion(script(flow)))[0]

    def average(found: Answers) -> float:
        return sum(seconds * count for seconds, count in found.latencies.items()) / sum(found.latencies.values())

    easy, busy, over, far_over = (with_load(load) for load in (0.4, 0.9, 1.5, 4.0))
    assert average(busy) > 4 * average(easy)
    assert busy.elb_504 == busy.elb_502 == 0
    assert share(over.elb_504, over.requests) == pytest.approx(33, abs=2)
    assert over.elb_502 == 0
    assert far_over.elb_502 > 0
    assert share(far_over.elb_502 + far_over.elb_504, far_over.requests) == pytest.approx(75, abs=2)
    for found in (easy, busy, over, far_over):
        answered = found.target_2xx + found.target_4xx + found.target_5xx
        assert answered == sum(found.latencies.values())
        assert answered + found.elb_502 + found.elb_504 == found.requests


def test_without_its_database_every_request_that_needs_it_fails(occasion: MakeOccasion) -> None:
    down = world(group("blue", targets()), databases=(), databases_wanted=1)
    total, _, _ = pass_minutes(down, occasion(script({"database_percent": 60, "errors_percent": 0})))
    assert share(total.target_5xx, total.requests) == pytest.approx(60, abs=1.5)
    none_there = world(group("blue", targets()), databases=(), databases_wanted=0)
    total, _, _ = pass_minutes(none_there, occasion(script({"errors_percent": 0})))
    assert total.target_5xx == 0, "a product that has no database needs none"


def test_more_connections_than_the_database_takes_are_refused(occasion: MakeOccasion) -> None:
    # 1 GiB of memory is 112 connections by RDS's default.
    seen = world(group("blue", targets(count=4)), databases=(database(memory_bytes=GIB),), databases_wanted=1)
    flow = {"database_connections_per_task": 50, "database_percent": 100, "errors_percent": 0}
    total, _, minute = pass_minutes(seen, occasion(script(flow)))
    assert minute.stores.databases[0].connections == pytest.approx(112, abs=1)
    assert share(total.target_5xx, total.requests) == pytest.approx(100 * (1 - 112 / 203), abs=2)


def test_without_its_cache_the_database_works_harder(occasion: MakeOccasion) -> None:
    def busy(*caches: SeenCache) -> float:
        seen = world(group("blue", targets()), databases=(database(),), databases_wanted=1, caches=caches)
        return pass_minutes(seen, occasion(), 1)[2].stores.databases[0].busy

    assert busy() > 2 * busy(SeenCache("sessions-001", is_replica=False))


def test_the_flow_of_a_rule_takes_it_out_of_the_balancers(occasion: MakeOccasion) -> None:
    rules = (
        rule("one", {"blue": 1}, path="/api/*"),
        rule("two", {"green": 1}, priority="20", path="/web/*"),
        rule("rest", {"green": 1}, priority="default", path=""),
    )
    seen = world(group("blue", targets()), group("green", targets("web")), rules=rules)
    flows = {"of": "/api/*", "requests_per_minute": 50}, {"of": "shop", "requests_per_minute": 300}
    _, groups, _ = pass_minutes(seen, occasion(script(*({"refused_percent": 0, **flow} for flow in flows))))
    assert groups["blue"].requests == 50 * MINUTES
    assert groups["green"].requests == 300 * MINUTES, "the default rule gets nothing while there are others"


def test_the_same_seed_makes_the_same_minutes(occasion: MakeOccasion) -> None:
    seen = world(group("blue", targets(errors_percent=7)))
    runs = [pass_minutes(seen, occasion(seed=seed))[0] for seed in (4, 4, 5)]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
