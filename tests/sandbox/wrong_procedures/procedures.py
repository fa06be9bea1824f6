"""Ways back from the bad revision: right ones, and the ones that break something on the way."""

from __future__ import annotations

from typing import Any

from tests.sandbox.wrong_procedures.shop import BAD, CLUSTER, GOOD, NEVER_RAN, SCALABLE, SERVICE, Shop


def go_back_to_the_good_revision(shop: Shop) -> None:
    """Right."""
    shop.read()
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=GOOD)
    shop.wait()
    assert shop.read()["deployments"][0]["rolloutState"] == "COMPLETED"


def switch_to_the_standby(shop: Shop) -> None:
    """Right: start it, wait until it is healthy, switch everything that carries the traffic, drain, then stop."""
    shop.start_standby()
    shop.wait()
    shop.elbv2.modify_rule(RuleArn=shop.rule, Actions=shop.forward(0, 100))
    shop.elbv2.modify_listener(ListenerArn=shop.listener, DefaultActions=shop.forward(0, 100))
    shop.wait()
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=0)
    shop.wait()


def suspend_scaling_and_restore_it(shop: Shop) -> None:
    """Right: what it borrows it gives back."""
    suspended = {"DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": True}
    shop.scaling.register_scalable_target(**SCALABLE, MinCapacity=3, SuspendedState=suspended)
    go_back_to_the_good_revision(shop)
    resumed = dict.fromkeys(suspended, False)
    shop.scaling.register_scalable_target(**SCALABLE, MinCapacity=2, SuspendedState=resumed)


def scale_to_zero_first(shop: Shop) -> None:
    """Stop the bad tasks at once, then start the good ones."""
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=0)
    shop.wait()
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=GOOD, desiredCount=3)
    shop.wait()


def stop_the_old_tasks_before_the_new_ones(shop: Shop) -> None:
    """A rollout that may go down to nothing: quick, and without anybody to serve meanwhile."""
    shop.ecs.update_service(
        cluster=CLUSTER,
        service=SERVICE,
        taskDefinition=GOOD,
        deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100},
    )
    shop.wait()


def switch_before_the_targets_are_healthy(shop: Shop) -> None:
    """Start the standby and switch in one breath."""
    shop.start_standby()
    shop.elbv2.modify_rule(RuleArn=shop.rule, Actions=shop.forward(0, 100))
    shop.elbv2.modify_listener(ListenerArn=shop.listener, DefaultActions=shop.forward(0, 100))
    shop.wait()


def go_back_to_the_second_newest_revision(shop: Shop) -> None:
    """The one before the one that runs is no good one: it never ran."""
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=NEVER_RAN)
    shop.wait()


def switch_only_the_default_action(shop: Shop) -> None:
    """The rule of the other listener goes on sending traffic to the bad revision."""
    shop.start_standby()
    shop.wait()
    shop.elbv2.modify_listener(ListenerArn=shop.listener, DefaultActions=shop.forward(0, 100))
    shop.wait()


def overwrite_a_colleague(shop: Shop) -> None:
    """Kim acts between our look and our deed."""
    shop.sandbox.good(CLUSTER, SERVICE, GOOD, "shop-api:1")
    shop.read()
    shop.kims_ecs.describe_services(cluster=CLUSTER, services=[SERVICE])
    shop.kims_ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition="shop-api:1")
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=GOOD)
    shop.wait()


def register_again_instead_of_reusing(shop: Shop) -> None:
    """A copy of the good revision, although that is ACTIVE."""
    copy = shop.register("2.15.0")
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=copy)
    shop.wait()


def deregister_what_one_would_go_back_to(shop: Shop) -> None:
    """As infrastructure tools do on every deploy."""
    shop.ecs.deregister_task_definition(taskDefinition=GOOD)


def deregister_what_runs(shop: Shop) -> None:
    """No task of it can be started again."""
    shop.ecs.deregister_task_definition(taskDefinition=BAD)


def forget_to_restore_scaling(shop: Shop) -> None:
    """As after a kill in the middle."""
    shop.scaling.register_scalable_target(**SCALABLE, MinCapacity=3, MaxCapacity=3)
    go_back_to_the_good_revision(shop)


def point_at_a_database_that_is_not_there(shop: Shop) -> None:
    """Consumers read the parameter the moment it is written."""
    live = shop.rds.describe_db_instances()["DBInstances"][0]["Endpoint"]["Address"]
    shop.ssm.put_parameter(Name="/shop/database", Value=f"postgres://{live}:5432/shop", Type="String")
    restored = live.replace("shop-main", "shop-main-restored")
    shop.ssm.put_parameter(
        Name="/shop/database", Value=f"postgres://{restored}:5432/shop", Type="String", Overwrite=True
    )


def point_at_a_database_that_is_being_created(shop: Shop) -> None:
    """It has a name as soon as it is asked for, and answers minutes later."""
    live = shop.rds.describe_db_instances()["DBInstances"][0]["Endpoint"]["Address"]
    shop.ssm.put_parameter(Name="/shop/database", Value=live, Type="String")
    shop.rds.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier="shop-main",
        TargetDBInstanceIdentifier="shop-main-restored",
        UseLatestRestorableTime=True,
    )
    shop.wait(60)
    restored = live.replace("shop-main", "shop-main-restored")
    shop.ssm.put_parameter(Name="/shop/database", Value=restored, Type="String", Overwrite=True)


def point_at_a_restored_database(shop: Shop) -> None:
    """Once it is available."""
    live = shop.rds.describe_db_instances()["DBInstances"][0]["Endpoint"]["Address"]
    shop.ssm.put_parameter(Name="/shop/database", Value=live, Type="String")
    shop.rds.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier="shop-main",
        TargetDBInstanceIdentifier="shop-main-restored",
        UseLatestRestorableTime=True,
    )
    while (found := _restored(shop))["DBInstanceStatus"] != "available":
        shop.wait(30)
    shop.ssm.put_parameter(Name="/shop/database", Value=found["Endpoint"]["Address"], Type="String", Overwrite=True)


def _restored(shop: Shop) -> dict[str, Any]:
    [found] = shop.rds.describe_db_instances(DBInstanceIdentifier="shop-main-restored")["DBInstances"]
    return dict(found)


def stop_a_database_that_is_pointed_at(shop: Shop) -> None:
    """The old one, before everybody has moved."""
    live = shop.rds.describe_db_instances()["DBInstances"][0]["Endpoint"]["Address"]
    shop.ssm.put_parameter(Name="/shop/database", Value=live, Type="String")
    shop.rds.stop_db_instance(DBInstanceIdentifier="shop-main")
