"""What AWS refuses, in its words."""

from __future__ import annotations

import pytest

INACTIVE = ("ClientException", "TaskDefinition is inactive")
UNKNOWN = ("ClientException", "TaskDefinition not found.")


def test_an_inactive_revision_cannot_be_deployed(shop, refused):
    shop.ecs.deregister_task_definition(taskDefinition="shop-api:2")
    assert refused(shop.update, taskDefinition="shop-api:2") == INACTIVE
    service = {"cluster": "shop", "serviceName": "other", "desiredCount": 1}
    assert refused(shop.ecs.create_service, taskDefinition="shop-api:2", **service) == INACTIVE
    code, message = refused(shop.ecs.run_task, cluster="shop", taskDefinition="shop-api:2")
    assert (code, message) == ("InvalidParameterException", "TaskDefinition is inactive")
    assert shop.deployments() == [("PRIMARY", "COMPLETED", "3", 3)]


def test_an_unknown_revision_cannot_be_deployed(shop, refused):
    for name in ("shop-api:9", "nothing", "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-api:99"):
        assert refused(shop.update, taskDefinition=name) == UNKNOWN
        assert refused(shop.ecs.run_task, cluster="shop", taskDefinition=name) == UNKNOWN


def test_a_service_whose_revision_became_inactive_goes_on_and_scales(shop, refused):
    shop.ecs.deregister_task_definition(taskDefinition="shop-api:3")
    shop.update(desiredCount=4)
    shop.wait(60)
    assert shop.service()["runningCount"] == 4
    assert refused(shop.update, forceNewDeployment=True) == INACTIVE


def test_a_deleted_revision_goes_on_in_the_services_that_run_it(shop, refused):
    for name in ("shop-api:1", "shop-api:3"):
        shop.ecs.deregister_task_definition(taskDefinition=name)
    answer = shop.ecs.delete_task_definitions(taskDefinitions=["shop-api:1", "shop-api:3"])
    assert [found["status"] for found in answer["taskDefinitions"]] == ["DELETE_IN_PROGRESS"] * 2
    shop.update(desiredCount=4)
    shop.wait(60)
    assert shop.service()["runningCount"] == 4
    found = shop.ecs.describe_task_definition(taskDefinition="shop-api:3")["taskDefinition"]
    assert found["status"] == "DELETE_IN_PROGRESS"
    assert refused(shop.update, forceNewDeployment=True) == INACTIVE
    assert refused(shop.ecs.describe_task_definition, taskDefinition="shop-api:1")[0] == "ClientException"


CODE_DEPLOY = (
    "Unable to update {} on services with a CODE_DEPLOY deployment controller. "
    "Use AWS CodeDeploy to trigger a new deployment."
)


def other(shop, controller, **parameters):
    shop.ecs.create_service(
        cluster="shop",
        serviceName="other",
        desiredCount=1,
        deploymentController={"type": controller},
        launchType="FARGATE",
        networkConfiguration=shop.network(),
        **parameters,
    )


def test_services_that_codedeploy_deploys_are_not_updated_past_it(shop, refused):
    other(shop, "CODE_DEPLOY", taskDefinition="shop-api:3")

    def update(**parameters):
        return shop.ecs.update_service(cluster="shop", service="other", **parameters)

    definition = ("InvalidParameterException", CODE_DEPLOY.format("task definition"))
    assert refused(update, taskDefinition="shop-api:2") == definition
    assert refused(update, forceNewDeployment=True) == definition
    network = ("InvalidParameterException", CODE_DEPLOY.format("network parameters"))
    assert refused(update, networkConfiguration=shop.network()) == network
    assert update(desiredCount=2)["service"]["desiredCount"] == 2


def test_services_that_somebody_else_deploys_take_no_task_definition(shop, refused):
    blank = ("InvalidParameterException", "TaskDefinition must be blank")
    with_one = {"taskDefinition": "shop-api:3", "deploymentController": {"type": "EXTERNAL"}}
    assert refused(shop.ecs.create_service, cluster="shop", serviceName="other", **with_one) == blank
    other(shop, "EXTERNAL")
    assert refused(shop.ecs.update_service, cluster="shop", service="other", taskDefinition="shop-api:2") == blank
    shop.wait(120)
    assert shop.service("other")["runningCount"] == 0


def creation(shop, **changes):
    return {
        "cluster": "shop",
        "serviceName": "other",
        "taskDefinition": "shop-api:3",
        "desiredCount": 1,
        "launchType": "FARGATE",
        "networkConfiguration": shop.network(),
    } | changes


def test_a_service_needs_its_target_group_in_a_listener(shop, refused):
    vpc = shop.elbv2.describe_target_groups()["TargetGroups"][0]["VpcId"]
    group = shop.elbv2.create_target_group(Name="alone", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    balancer = {"targetGroupArn": arn, "containerName": "api", "containerPort": 8000}
    code, message = refused(shop.ecs.create_service, **creation(shop, loadBalancers=[balancer]))
    assert (code, message) == (
        "InvalidParameterException",
        f"The target group with targetGroupArn {arn} does not have an associated load balancer.",
    )


@pytest.mark.parametrize(
    ("balancer", "says"),
    [
        ({"containerName": "web", "containerPort": 8000}, "The container web does not exist in the task definition."),
        ({"containerName": "api", "containerPort": 1}, "The container api did not have a container port 1 defined."),
    ],
)
def test_a_load_balancer_names_a_container_and_its_port(shop, refused, balancer, says):
    balancer["targetGroupArn"] = shop.service()["loadBalancers"][0]["targetGroupArn"]
    assert refused(shop.ecs.create_service, **creation(shop, loadBalancers=[balancer])) == (
        "InvalidParameterException",
        says,
    )


def test_names_that_are_not_there(shop, refused):
    assert refused(shop.ecs.describe_services, cluster="none", services=["api"])[0] == "ClusterNotFoundException"
    code = refused(shop.ecs.update_service, cluster="shop", service="none", desiredCount=1)[0]
    assert code == "ServiceNotFoundException"
    answer = shop.ecs.describe_services(cluster="shop", services=["none", "api"])
    assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]
    assert [service["serviceName"] for service in answer["services"]] == ["api"]
    assert refused(shop.ecs.stop_task, cluster="shop", task="none") == (
        "InvalidParameterException",
        "The referenced task was not found.",
    )
    assert shop.ecs.describe_tasks(cluster="shop", tasks=["none"])["failures"][0]["reason"] == "MISSING"


def test_a_name_is_used_once(shop, refused):
    code, message = refused(shop.ecs.create_service, **creation(shop, serviceName="api"))
    assert (code, message) == ("InvalidParameterException", "Creation of service was not idempotent.")


def test_fargate_needs_a_network(shop, refused):
    parameters = creation(shop)
    del parameters["networkConfiguration"]
    assert "Network Configuration must be provided" in refused(shop.ecs.create_service, **parameters)[1]


def test_without_security_groups_tasks_get_the_default_one(shop):
    subnets = shop.network()["awsvpcConfiguration"]["subnets"]
    service = shop.ecs.create_service(
        **creation(shop, networkConfiguration={"awsvpcConfiguration": {"subnets": subnets}})
    )["service"]
    assert service["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"][0].startswith("sg-")


def test_what_is_not_modelled_says_so(shop, refused):
    assert refused(shop.ecs.create_service, **creation(shop, schedulingStrategy="DAEMON"))[0] == "SandboxNotModelled"


def test_task_sets_are_not_modelled_and_say_so(shop, refused):
    other(shop, "EXTERNAL")
    named = {"cluster": "shop", "service": "other"}
    one = {**named, "taskSet": "ecs-svc/1"}
    for call, parameters in (
        (shop.ecs.create_task_set, {**named, "taskDefinition": "shop-api:3"}),
        (shop.ecs.describe_task_sets, named),
        (shop.ecs.update_task_set, {**one, "scale": {"value": 50, "unit": "PERCENT"}}),
        (shop.ecs.update_service_primary_task_set, {**named, "primaryTaskSet": "ecs-svc/1"}),
        (shop.ecs.delete_task_set, one),
    ):
        code, message = refused(call, **parameters)
        assert (code, "does not model task sets" in message) == ("SandboxNotModelled", True)


def test_services_that_somebody_else_deploys_are_not_deployed_anew(shop, refused):
    other(shop, "EXTERNAL")
    for change in ({"forceNewDeployment": True}, {"networkConfiguration": shop.network()}):
        code, _ = refused(shop.ecs.update_service, cluster="shop", service="other", **change)
        assert code == "InvalidParameterException"
    configuration = {"strategy": "CANARY"}
    code, _ = refused(shop.ecs.update_service, cluster="shop", service="other", deploymentConfiguration=configuration)
    assert code == "InvalidParameterException"


def test_a_label_of_the_sandbox_that_makes_no_sense_is_refused_at_once(shop, refused):
    code, message = refused(shop.register, dockerLabels={"sandbox.never_helthy": "true", "other": "fine"})
    assert (code, "sandbox.never_helthy: Extra inputs are not permitted" in message) == ("ClientException", True)
