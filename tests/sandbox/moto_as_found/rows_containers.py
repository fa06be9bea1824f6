"""ECS, ECR and load balancers."""

from __future__ import annotations

import json

from tests.sandbox.moto_as_found.found import Moto, Rows

ROWS = Rows()

SERVICES, TASKS = "gaps/ecs_services.py", "gaps/ecs_tasks.py"
ELBV2 = "gaps/elbv2.py"


@ROWS.add("ecs:UpdateService", file=SERVICES, aws="a new revision begins a new deployment", found=("api:2", ["api:1"]))
def _(moto: Moto) -> object:
    moto.service()
    moto.ecs.update_service(cluster="shop", service="api", taskDefinition="api:2")
    found = moto.described()
    short = [deployment["taskDefinition"].rpartition("/")[2] for deployment in found["deployments"]]
    return found["taskDefinition"].rpartition("/")[2], short


@ROWS.add("ecs:UpdateService", file=SERVICES, aws="an INACTIVE revision is refused", found="taken")
def _(moto: Moto) -> object:
    moto.service()
    moto.ecs.deregister_task_definition(taskDefinition="api:2")
    return moto.refused(moto.ecs.update_service, cluster="shop", service="api", taskDefinition="api:2")


@ROWS.add("ecs:CreateService", "ecs:DescribeServices", file=SERVICES, aws="tasks come to run", found=(2, 0, 2))
def _(moto: Moto) -> object:
    moto.service()
    found = moto.described()
    return found["desiredCount"], found["runningCount"], found["pendingCount"]


@ROWS.add("ecs:CreateService", file=SERVICES, aws="a service's deploymentConfiguration is kept", found=None)
def _(moto: Moto) -> object:
    moto.service(deploymentConfiguration={"maximumPercent": 150, "minimumHealthyPercent": 50})
    return moto.described().get("deploymentConfiguration")


@ROWS.add("ecs:DescribeServices", file=SERVICES, aws="a name that is not there is a failure, MISSING", found=("api", 1))
def _(moto: Moto) -> object:
    moto.service()
    answer = moto.ecs.describe_services(cluster="shop", services=["api", "none"])
    return answer["services"][0]["serviceName"], len(answer["failures"])


@ROWS.add("ecs:ListServices", file=SERVICES, aws="pages of ten", found=11)
def _(moto: Moto) -> object:
    moto.service()
    for number in range(10):
        moto.ecs.create_service(cluster="shop", serviceName=f"s{number}", taskDefinition="api:1", desiredCount=0)
    return len(moto.ecs.list_services(cluster="shop")["serviceArns"])


@ROWS.add("ecs:DeleteService", file=SERVICES, aws="it is DRAINING at first", found="INACTIVE")
def _(moto: Moto) -> object:
    moto.service()
    return moto.ecs.delete_service(cluster="shop", service="api", force=True)["service"]["status"]


@ROWS.add(
    "ecs:CreateTaskSet",
    "ecs:DeleteTaskSet",
    "ecs:DescribeTaskSets",
    "ecs:UpdateServicePrimaryTaskSet",
    "ecs:UpdateTaskSet",
    file=SERVICES,
    aws="a task set starts tasks",
    found=(1, []),
)
def _(moto: Moto) -> object:
    moto.ecs.create_cluster(clusterName="shop")
    moto.ecs.register_task_definition(family="api", containerDefinitions=[{"name": "api", "image": "i", "memory": 128}])
    moto.ecs.create_service(
        cluster="shop", serviceName="api", desiredCount=1, deploymentController={"type": "EXTERNAL"}
    )
    moto.ecs.create_task_set(cluster="shop", service="api", taskDefinition="api:1")
    sets = moto.ecs.describe_task_sets(cluster="shop", service="api")["taskSets"]
    return len(sets), moto.ecs.list_tasks(cluster="shop")["taskArns"]


@ROWS.add("ecs:ListTasks", file=TASKS, aws="a service's tasks are listed", found=[])
def _(moto: Moto) -> object:
    moto.service()
    return moto.ecs.list_tasks(cluster="shop", serviceName="api")["taskArns"]


@ROWS.add(
    "ecs:DescribeTasks",
    "ecs:RunTask",
    "ecs:StopTask",
    file=TASKS,
    aws="a task is PROVISIONING at first",
    found="breaks",
)
def _(moto: Moto) -> object:
    moto.service()
    try:
        task = moto.ecs.run_task(cluster="shop", taskDefinition="api:1")["tasks"][0]
    except Exception:  # noqa: BLE001  # without container instances it does not run any
        return "breaks"
    return task["lastStatus"]


@ROWS.add("ecs:ListTaskDefinitions", file="gaps/ecs_task_definitions.py", aws="sort and maxResults count", found=[1, 2])
def _(moto: Moto) -> object:
    moto.service()
    arns = moto.ecs.list_task_definitions(familyPrefix="api", sort="DESC", maxResults=1)["taskDefinitionArns"]
    return [int(arn.rpartition(":")[2]) for arn in arns]


@ROWS.add(
    "ecs:DescribeTaskDefinition", file="gaps/ecs_task_definitions.py", aws="of a family the newest ACTIVE one", found=2
)
def _(moto: Moto) -> object:
    moto.service()
    moto.ecs.deregister_task_definition(taskDefinition="api:2")
    return moto.ecs.describe_task_definition(taskDefinition="api")["taskDefinition"]["revision"]


@ROWS.add(
    "ecs:DeleteTaskDefinitions",
    file="gaps/ecs_task_definitions.py",
    aws="what a service runs stays, in DELETE_IN_PROGRESS",
    found="ClientException",
)
def _(moto: Moto) -> object:
    moto.service()
    moto.ecs.deregister_task_definition(taskDefinition="api:1")
    moto.ecs.delete_task_definitions(taskDefinitions=["api:1"])
    return moto.refused(moto.ecs.describe_task_definition, taskDefinition="api:1")


@ROWS.add(
    "ecs:RegisterTaskDefinition",
    file="gaps/ecs_task_definitions.py",
    aws="has no labels of the sandbox's, and so refuses none",
    found="taken",
)
def _(moto: Moto) -> object:
    container = {"name": "api", "image": "i", "memory": 128, "dockerLabels": {"sandbox.nonsense": "1"}}
    return moto.refused(moto.ecs.register_task_definition, family="api", containerDefinitions=[container])


@ROWS.add(
    "ecs:DescribeClusters",
    file="gaps/ecs_clusters.py",
    aws="tasks and services that are there are counted",
    found=(2, 0),
)
def _(moto: Moto) -> object:
    moto.service()
    found = moto.ecs.describe_clusters(clusters=["shop"])["clusters"][0]
    return found["runningTasksCount"] + found["pendingTasksCount"], found["activeServicesCount"]


@ROWS.add("ecs:DeleteCluster", file="gaps/ecs_clusters.py", aws="not while services are active", found="taken")
def _(moto: Moto) -> object:
    moto.service()
    return moto.refused(moto.ecs.delete_cluster, cluster="shop")


def _manifest(content: str) -> str:
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    return json.dumps({"schemaVersion": 2, "mediaType": kind, "config": {"digest": content}})


@ROWS.add("ecr:PutImage", file="gaps/ecr.py", aws="the image whose tag moves stays, untagged", found=1)
def _(moto: Moto) -> object:
    moto.ecr.create_repository(repositoryName="images")
    for content in ("one", "two"):
        moto.ecr.put_image(repositoryName="images", imageManifest=_manifest(content), imageTag="latest")
    return len(moto.ecr.describe_images(repositoryName="images")["imageDetails"])


@ROWS.add(
    "ecr:BatchGetImage", file="gaps/ecr.py", aws="a digest that is not there is named", found={"imageTag": "null"}
)
def _(moto: Moto) -> object:
    moto.ecr.create_repository(repositoryName="images")
    digest = f"sha256:{'0' * 64}"
    answer = moto.ecr.batch_get_image(repositoryName="images", imageIds=[{"imageDigest": digest}])
    return answer["failures"][0]["imageId"]


@ROWS.add(
    "elbv2:DescribeTargetHealth",
    "elbv2:RegisterTargets",
    "elbv2:DeleteListener",
    "elbv2:DeleteLoadBalancer",
    "elbv2:DeleteTargetGroup",
    file=ELBV2,
    aws="a target is initial until its first check has passed",
    found=["healthy"],
)
def _(moto: Moto) -> object:
    _, _, group = moto.balancer()
    moto.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.0.0.1"}])
    found = moto.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [target["TargetHealth"]["State"] for target in found]


@ROWS.add("elbv2:DeregisterTargets", file=ELBV2, aws="it drains for the delay", found=[])
def _(moto: Moto) -> object:
    _, _, group = moto.balancer()
    moto.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.0.0.1"}])
    moto.elbv2.deregister_targets(TargetGroupArn=group, Targets=[{"Id": "10.0.0.1"}])
    return moto.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]


@ROWS.add(
    "elbv2:CreateListener",
    "elbv2:ModifyListener",
    "elbv2:ModifyRule",
    file=ELBV2,
    aws="weights from 0 to 999",
    found="taken",
)
def _(moto: Moto) -> object:
    _, rule, group = moto.balancer()
    weights = [{"TargetGroupArn": group, "Weight": 1000}]
    forward = [{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}]
    return moto.refused(moto.elbv2.modify_rule, RuleArn=rule, Actions=forward)


@ROWS.add("elbv2:CreateRule", file=ELBV2, aws="priorities from 1 to 50000", found="taken")
def _(moto: Moto) -> object:
    listener, _, group = moto.balancer()
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    paths = [{"Field": "path-pattern", "Values": ["/x"]}]
    return moto.refused(moto.elbv2.create_rule, ListenerArn=listener, Priority=50001, Conditions=paths, Actions=forward)


@ROWS.add("elbv2:DeleteRule", file=ELBV2, aws="RuleNotFound for one that is not there", found="taken")
def _(moto: Moto) -> object:
    _, rule, _ = moto.balancer()
    moto.elbv2.delete_rule(RuleArn=rule)
    return moto.refused(moto.elbv2.delete_rule, RuleArn=rule)


@ROWS.add("elbv2:SetRulePriorities", file=ELBV2, aws="two rules may change places", found="PriorityInUse")
def _(moto: Moto) -> object:
    listener, first, group = moto.balancer()
    paths = [{"Field": "path-pattern", "Values": ["/x"]}]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    made = moto.elbv2.create_rule(ListenerArn=listener, Priority=20, Conditions=paths, Actions=forward)
    second = made["Rules"][0]["RuleArn"]
    swapped = [{"RuleArn": first, "Priority": 20}, {"RuleArn": second, "Priority": 10}]
    return moto.refused(moto.elbv2.set_rule_priorities, RulePriorities=swapped)


@ROWS.add("elbv2:ModifyTargetGroupAttributes", file=ELBV2, aws="a delay of 3600 s is taken", found="ValidationError")
def _(moto: Moto) -> object:
    _, _, group = moto.balancer()
    hour = [{"Key": "deregistration_delay.timeout_seconds", "Value": "3600"}]
    return moto.refused(moto.elbv2.modify_target_group_attributes, TargetGroupArn=group, Attributes=hour)
