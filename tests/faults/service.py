"""`rollback.service` on the matrix: the world in which the API's bad release runs, in several shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from opslib import Stack, rollback
from opslib.calendar import Holds
from opslib.clients import Clients
from opslib.procedure import Journal, Outcome
from opslib.procedure.dynamodb import DynamoDbStore
from opslib.sandbox.inside import client_inside
from opslib.sandbox.invariants.look import look
from tests.faults.colleague import deploys, lifts_hold, scales
from tests.faults.inside import Inside
from tests.faults.procedure import Course, Procedure
from tests.faults.stage import Actor, WatchedStore
from tests.rollback.world import ACCOUNT, CLUSTER, FAMILY, REGION, REGISTRY, SERVICE, SYMPTOM, TARGET, World

__all__ = ["SERVICES", "ServiceWorld"]

KIM = "kim"
LAST = 4
"""The number of the bad release: revisions after it were made since."""
BAD = f"{REGISTRY}/shop-api:2.15.0"
TABLE = "shop-prod-journal"
HERE = {"cluster": CLUSTER, "service": SERVICE}


@dataclass(frozen=True)
class Variant:
    """The same rollback in another world.

    Attributes:
        name: Its name.
        arrange: What is done to the good world, the bad release included.
        image: What the API's container runs in the end.
        code: The exit code.
        copies: How many copies of revisions are made.
        options: What else the rollback is given.
        least_seconds: See `Procedure`.
        journal_every: See `Procedure`.
        meddled: See `Procedure`.
        table: Whether the journal is the stack's table in DynamoDB, and not a file.
    """

    name: str
    arrange: Callable[[ServiceWorld], None]
    image: str = f"{REGISTRY}/shop-api:2.14.0"
    code: int = 0
    copies: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    least_seconds: float = 4.0
    journal_every: int = 4
    meddled: frozenset[int] = frozenset()
    table: bool = False


class Auditor(Clients):
    """Looks into the table past whoever watches; no time goes by."""

    def __init__(self, sandbox: Inside) -> None:
        self._client = client_inside(sandbox._gateway._any, "dynamodb", REGION, "auditor")

    def client(self, service: str, **_: Any) -> Any:  # type: ignore[override]  # of one service, for every purpose
        assert service == "dynamodb"
        return self._client


class ServiceWorld(World):
    """The shop, inside this process."""

    variant: Variant

    def __init__(self, sandbox: Inside, state: Path, variant: Variant) -> None:
        super().__init__(sandbox, state)
        self.inside, self.variant = sandbox, variant
        self.kim_runs = ""
        self.kim = {name: sandbox.client(name, REGION, actor=KIM) for name in ("ecs", "application-autoscaling")}

    def post(self, path: str, message: Any) -> Any:
        return self.inside.control(path, message)

    def heal(self) -> None:
        """The alarm returns once users are served by something else than the bad release."""
        seen = look(self.inside.account, REGION).services[f"{CLUSTER}/{SERVICE}"]
        if self.rings and not seen.is_changing and seen.task_definition != f"{FAMILY}:{LAST}":
            self.rings = False
            self.alarm("OK", SYMPTOM)

    rings = True

    def journal(self) -> Journal:
        """The journal of this snapshot."""
        if self.variant.table:
            return Journal(DynamoDbStore(Auditor(self.inside), table=TABLE, region=REGION))
        return Journal(WatchedStore(Path("shop-prod.db")))

    def stack_of(self, actor: Actor) -> Stack:
        """The stack, opened by somebody."""
        journal = {"table": TABLE, "arn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}", "region": REGION}
        changes = {"journal": journal} if self.variant.table else {}
        return Stack.open(outputs=self.outputs(**changes), clients=actor.clients)

    def given(self, actor: Actor) -> dict[str, Any]:
        """What somebody gives to every function."""
        return {"clock": actor.clock, "environ": self.environ}

    def copies(self) -> list[str]:
        """The ACTIVE revisions that a plan has made."""
        active = [name for name in self.revisions() if int(name.rpartition(":")[2]) > LAST]
        return [name for name in active if name != self.kim_runs]


def begin(world: ServiceWorld, actor: Actor) -> Outcome:
    """Roll back to the last good one."""
    return rollback.service(
        world.stack_of(actor), "api", reason="errors since 2.15.0", **world.given(actor) | world.variant.options
    )


def resume(world: ServiceWorld, actor: Actor, plan_id: str) -> Outcome:
    """Go on."""
    return rollback.resume(world.stack_of(actor), plan_id, **world.given(actor))


# Worlds


def _plain(world: ServiceWorld) -> None:
    world.break_it()


def _tabled(world: ServiceWorld) -> None:
    keys = {"pk": "HASH", "sk": "RANGE"}
    world.inside.client("dynamodb", REGION).create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
    )
    world.break_it()


def _inactive(world: ServiceWorld) -> None:
    world.break_it()
    world.sandbox.invariants()
    for number in (1, 2, 3):
        world.ecs.deregister_task_definition(taskDefinition=f"{FAMILY}:{number}")
    _watched(world, 1, 2, 3)


def _moved(world: ServiceWorld) -> None:
    world.break_it()
    world.push("2.14.0", "moved")
    _watched(world, 1, 2, 3, 5, 6)  # the pinned copy will be one of these, as the colleague makes one first or not


def _failing(world: ServiceWorld) -> None:
    world.break_it()
    for name in (f"{FAMILY}:3", world.arn(3)):
        world.conduct(name, never_healthy=True)
    _watched(world, 1, 2, 3, 4)


def _shifting(world: ServiceWorld) -> None:
    rule = next(
        found["RuleArn"]
        for balancer in world.elbv2.describe_load_balancers()["LoadBalancers"]
        for listener in world.elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
        for found in world.elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        if found["Priority"] == "10"
    )
    [own] = world.service()["loadBalancers"]
    [alternate] = world.elbv2.describe_target_groups(Names=["shop-api-standby"])["TargetGroups"]
    shifts = {
        "alternateTargetGroupArn": alternate["TargetGroupArn"],
        "productionListenerRule": rule,
        "roleArn": "arn:aws:iam::123456789012:role/ecs-load-balancers",
    }
    world.ecs.update_service(**HERE, loadBalancers=[own | {"advancedConfiguration": shifts}])
    world.wait(1200)
    world.sandbox.behaviour(ecs={"shift_stage_seconds": 5})
    world.ecs.update_service(**HERE, deploymentConfiguration={"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1})
    world.wait(7200)
    world.release(wait=0)
    _watched(world, 1, 2, 3)


def _watched(world: ServiceWorld, *good: int) -> None:
    world.sandbox.reset_calls()
    world.sandbox.invariants("all")
    world.sandbox.good(CLUSTER, SERVICE, *(f"{FAMILY}:{number}" for number in good))


# The end


def well(course: Course) -> Iterator[str]:
    """The revision that was asked for serves, nothing was borrowed for good, nothing is left behind."""
    world: ServiceWorld = course.world
    variant = world.variant
    codes = {outcome.exit_code for outcome in course.outcomes.values()}
    yield from _serves(course, world, codes)
    yield from _scaling(course, world)
    copies = world.copies()
    most = max(variant.copies, 0) if 0 in codes or 6 in codes else 0
    most += course.left_late("RegisterTaskDefinition")
    if len(copies) > most:
        yield f"orphans: {', '.join(copies)}"
    hold = Holds(world.journal().store).get(TARGET)
    if codes == {0}:
        if "lifts hold" in course.changed and hold is not None:
            yield "the hold that was lifted was set again"
        if "lifts hold" not in course.changed and hold is None:
            yield "deployments are not held"
        if not world.records():
            yield "what serves was not written down"


def _serves(course: Course, world: ServiceWorld, codes: set[int]) -> Iterator[str]:
    world.wait(900)
    service = world.service()
    runs = str(service["taskDefinition"]).rpartition("/")[2]
    if world.kim_runs:
        yield from _not_overwritten(course, world, runs)
        return
    if course.told_of_late:
        return  # a late UpdateService took back what the others had ended with, and whoever sent it was told so
    if 5 in codes:
        return  # a person is needed, and was told so
    definition = world.ecs.describe_task_definition(taskDefinition=runs)["taskDefinition"]
    image = definition["containerDefinitions"][0]["image"]
    wanted = BAD if "deploys" in course.changed and codes == {4} else world.variant.image
    if image.partition("@")[0] != wanted and codes != {6}:
        yield f"{runs} serves {image}, and not {wanted}"
    if service["deployments"][0]["rolloutState"] != "COMPLETED" or service["runningCount"] != service["desiredCount"]:
        yield f"{runs} does not serve: {service['runningCount']} of {service['desiredCount']} tasks run"


def _not_overwritten(course: Course, world: ServiceWorld, runs: str) -> Iterator[str]:
    """Kim's revision runs; or a plan was made from it; or somebody was told that it was overwritten."""
    if runs == world.kim_runs:
        return
    knew = [o.plan for o in course.outcomes.values() if str(o.plan.context["from"]).endswith(f"/{world.kim_runs}")]
    told = [said for said in course.said if said.code == 6 and world.kim_runs in said.says]
    if not knew and not told and not course.is_open:
        yield f"kim's {world.kim_runs} was overwritten with {runs}, and nobody was told"


def _scaling(course: Course, world: ServiceWorld) -> Iterator[str]:
    [found] = world.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    bounds = (3, 12) if "scales" in course.changed else (2, 10)
    if (found["MinCapacity"], found["MaxCapacity"]) != bounds:
        yield f"scaling is {found['MinCapacity']} to {found['MaxCapacity']}, and not {bounds[0]} to {bounds[1]}"
    suspended = [name for name, on in found["SuspendedState"].items() if on]
    if suspended and not course.told_of_late:
        yield f"scaling was not restored: {', '.join(suspended)}"


VARIANTS = (
    Variant("plain", _plain, journal_every=1),
    Variant("journal in DynamoDB", _tabled, table=True, journal_every=3),
    Variant("inactive", _inactive, copies=1),
    Variant("moved tag", _moved, image=f"{REGISTRY}/shop-api", copies=1),
    Variant(
        "undoing",
        _failing,
        image=BAD,
        code=4,
        options={"rollout": timedelta(seconds=20)},
        journal_every=2,
        meddled=frozenset({5}),  # what had not served when the plan was made is no way back: docs/decisions/0008
    ),
    # A colleague stops what shifts the traffic: ECS itself goes back, and the bad release serves as before.
    Variant("blue-green", _shifting, least_seconds=90, meddled=frozenset({4})),
)


def _procedure(variant: Variant) -> Procedure:
    def arrange(sandbox: Inside, state: Path) -> ServiceWorld:
        world = ServiceWorld(sandbox, state, variant)
        world.arrange()
        variant.arrange(world)
        return world

    return Procedure(
        name=f"rollback.service:{variant.name.replace(' ', '-')}",
        arrange=arrange,
        begin=begin,
        resume=resume,
        journal=ServiceWorld.journal,
        target=TARGET,
        code=variant.code,
        well=well,
        time_went_by=ServiceWorld.heal,
        unconditional=frozenset({"UpdateService"}),
        meddled=variant.meddled,
        colleague={"deploys": deploys, "scales": scales, "lifts hold": lifts_hold},
        least_seconds=variant.least_seconds,
        journal_every=variant.journal_every,
    )


SERVICES = tuple(_procedure(variant) for variant in VARIANTS)
