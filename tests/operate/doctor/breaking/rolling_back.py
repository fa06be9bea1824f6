"""No way back: circuit breakers, points, images, autoscaling, standbys, the journal."""

from __future__ import annotations

from datetime import timedelta

from opslib.calendar import Hold, Holds
from opslib.procedure import Journal
from tests.operate.doctor.breaking.means import SCALED, Broken, breaker, scaling, store, weights
from tests.operate.doctor.product import Product
from tests.procedure.toy import plan, set_value

__all__ = ["BROKEN"]


def no_breaker(p: Product) -> None:
    breaker(p, enable=False, rollback=False)


def breaker_without_rollback(p: Product) -> None:
    breaker(p, enable=True, rollback=False)


def never_deployed_before(p: Product) -> None:
    """The standby is made anew: it has run one revision, ever."""
    old = p.outputs.services["api-standby"]
    ecs = p.aws("ecs")
    found = ecs.describe_services(cluster=old.cluster, services=[old.name])["services"][0]
    ecs.delete_service(cluster=old.cluster, service=old.name, force=True)
    p.sandbox.clock.advance(900)
    ecs.create_service(
        cluster=old.cluster,
        serviceName=old.name,
        taskDefinition=found["taskDefinition"],
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration=found["networkConfiguration"],
        loadBalancers=found["loadBalancers"],
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
    )
    p.sandbox.clock.advance(900)


def image_deleted(p: Product) -> None:
    found = p.aws("ecr").describe_images(repositoryName="parcel/web", imageIds=[{"imageTag": "web-1"}])
    digest = found["imageDetails"][0]["imageDigest"]
    p.aws("ecr").batch_delete_image(repositoryName="parcel/web", imageIds=[{"imageDigest": digest}])


def scaling_narrowed(p: Product) -> None:
    scaling(p, MaxCapacity=5)


def scaling_gone(p: Product) -> None:
    p.aws("application-autoscaling").deregister_scalable_target(**SCALED)


def scaling_suspended(p: Product) -> None:
    scaling(p, SuspendedState={"DynamicScalingOutSuspended": True})


def standby_out_of_rule(p: Product) -> None:
    weights(p, {"api": 100})


def standby_serves(p: Product) -> None:
    weights(p, {"api": 90, "api-standby": 10})


def standby_stopped(p: Product) -> None:
    standby = p.outputs.services["api-standby"]
    p.aws("ecs").update_service(cluster=standby.cluster, service=standby.name, desiredCount=0)
    p.sandbox.clock.advance(900)


def journal_deleted(p: Product) -> None:
    p.aws("dynamodb").delete_table(TableName="parcel-staging-journal")


def journal_not_recoverable(p: Product) -> None:
    p.aws("dynamodb").update_continuous_backups(
        TableName="parcel-staging-journal",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
    )


def journal_for_ever(p: Product) -> None:
    p.aws("dynamodb").update_time_to_live(
        TableName="parcel-staging-journal",
        TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": False},
    )


def hold_forgotten(p: Product) -> None:
    at = p.sandbox.clock.now() - timedelta(days=3)
    Holds(store(p)).set(Hold(target="ecs:parcel-staging/web", reason="a release", actor="ben", at=at))


def plan_left_behind(p: Product) -> None:
    begun = p.sandbox.clock.now() - timedelta(hours=5)
    times = {"created_at": begun, "expires_at": begun + timedelta(hours=1)}
    Journal(store(p)).claim(plan(set_value("a", 1), plan_id="left-behind").model_copy(update=times))


BROKEN = (
    Broken("there is no circuit breaker", "circuit-breaker", "web", no_breaker),
    Broken("the circuit breaker does not roll back", "circuit-breaker", "web", breaker_without_rollback),
    Broken("there is nothing to go back to", "rollback-point", "api-standby", never_deployed_before),
    Broken("the image to go back to was deleted", "rollback-image", "web", image_deleted),
    Broken("autoscaling has other limits", "scaling-limits", "web", scaling_narrowed),
    Broken("nothing scales a service", "scaling-limits", "web", scaling_gone),
    Broken("autoscaling is suspended", "scaling-runs", "web", scaling_suspended),
    Broken("the standby is in no rule", "standby-in-rule", "api-standby", standby_out_of_rule),
    Broken("the standby serves users", "standby-in-rule", "api-standby", standby_serves),
    Broken("the standby does not run", "standby-healthy", "api-standby", standby_stopped),
    Broken("the journal was deleted", "journal-there", "parcel-staging-journal", journal_deleted),
    Broken("the journal cannot be restored", "journal-recoverable", "parcel-staging-journal", journal_not_recoverable),
    Broken("the journal never expires", "journal-expires", "parcel-staging-journal", journal_for_ever),
    Broken("a hold was forgotten", "hold-fresh", "ecs:parcel-staging/web", hold_forgotten),
    Broken("a plan was left behind", "plan-ended", "left-behind", plan_left_behind),
)
