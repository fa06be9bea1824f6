from __future__ import annotations

import pytest
from pydantic import ValidationError

from opslib.errors import SandboxError
from opslib.sandbox import Workload
from opslib.sandbox.workload import Database, LoadBalancer, Rule, Service, TargetGroup

ELB = "arn:aws:elasticloadbalancing:eu-west-1:123456789012"


@pytest.fixture
def sample(account):
    workload = Workload.sample()
    account.seed(workload)
    return workload


def test_load_balancers_have_exactly_the_arns_given(aws, sample):
    elbv2, balancer = aws("elbv2"), sample.load_balancers[0]
    found = elbv2.describe_load_balancers(LoadBalancerArns=[balancer.arn])["LoadBalancers"]
    assert [b["LoadBalancerName"] for b in found] == ["shop"]
    groups = {
        g["TargetGroupArn"]: g for g in elbv2.describe_target_groups(LoadBalancerArn=balancer.arn)["TargetGroups"]
    }
    assert set(groups) == {group.arn for group in balancer.target_groups}
    for group in balancer.target_groups:
        found = groups[group.arn]
        assert (found["TargetGroupName"], found["Port"]) == (group.name, group.port)
        assert found["HealthCheckPath"] == group.health_check_path
    listener = balancer.listeners[0]
    found = elbv2.describe_listeners(LoadBalancerArn=balancer.arn)["Listeners"]
    assert [(at["ListenerArn"], at["Port"]) for at in found] == [(listener.arn, 80)]


def test_rules_have_their_arns_and_the_standby_its_weight_of_zero(aws, sample):
    elbv2, listener = aws("elbv2"), sample.load_balancers[0].listeners[0]
    rule = listener.rules[0]
    for query in ({"ListenerArn": listener.arn}, {"RuleArns": [rule.arn]}):
        found = elbv2.describe_rules(**query)["Rules"][0]
        assert (found["RuleArn"], found["Priority"]) == (rule.arn, "10")
        assert found["Conditions"][0]["Values"] == ["/api/*"]
        weights = found["Actions"][0]["ForwardConfig"]["TargetGroups"]
        assert {at["TargetGroupArn"]: at["Weight"] for at in weights} == rule.forwards
    assert 0 in rule.forwards.values()


def test_what_was_rekeyed_can_be_changed_and_deleted_by_its_new_arn(aws, sample):
    elbv2, balancer = aws("elbv2"), sample.load_balancers[0]
    rule = balancer.listeners[0].rules[0]
    serving, standby = rule.forwards
    swapped = [{"TargetGroupArn": serving, "Weight": 0}, {"TargetGroupArn": standby, "Weight": 100}]
    elbv2.modify_rule(RuleArn=rule.arn, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": swapped}}])
    actions = elbv2.describe_rules(RuleArns=[rule.arn])["Rules"][0]["Actions"]
    assert [at["Weight"] for at in actions[0]["ForwardConfig"]["TargetGroups"]] == [0, 100]
    for arn in (balancer.arn, balancer.listeners[0].arn, rule.arn, balancer.target_groups[0].arn):
        elbv2.add_tags(ResourceArns=[arn], Tags=[{"Key": "a", "Value": "1"}])
        assert elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"] == [{"Key": "a", "Value": "1"}]
    elbv2.delete_rule(RuleArn=rule.arn)
    elbv2.delete_target_group(TargetGroupArn=standby)
    elbv2.delete_listener(ListenerArn=balancer.listeners[0].arn)
    elbv2.delete_load_balancer(LoadBalancerArn=balancer.arn)
    assert elbv2.describe_load_balancers()["LoadBalancers"] == []


def test_services_run_all_their_tasks_on_their_newest_revision(aws, sample):
    ecs = aws("ecs")
    for service in sample.services:
        found = ecs.describe_services(cluster=service.cluster, services=[service.name])["services"][0]
        assert (found["desiredCount"], found["runningCount"]) == (service.desired_count, service.desired_count)
        assert found["taskDefinition"].endswith(f":task-definition/{service.family}:{service.revisions}")
        assert tuple(at["targetGroupArn"] for at in found["loadBalancers"]) == service.target_group_arns
        assert found["deployments"][0]["rolloutState"] == "COMPLETED"
        revisions = ecs.list_task_definitions(familyPrefix=service.family)["taskDefinitionArns"]
        assert len(revisions) == service.revisions
        image = ecs.describe_task_definition(taskDefinition=service.family)["taskDefinition"]["containerDefinitions"][0]
        assert (image["name"], image["image"]) == (service.container, service.image)
    healthy = aws("elbv2").describe_target_health(TargetGroupArn=sample.services[1].target_group_arns[0])
    assert len(healthy["TargetHealthDescriptions"]) == 3


def test_earlier_revisions_may_have_run_other_images(account):
    sample = Workload.sample()
    api = sample.services[1].model_copy(update={"earlier_images": ("shop-api:1", "shop-api:2")})
    account.seed(sample.model_copy(update={"services": (api,)}))
    ecs = account.client("ecs")
    ran = ecs.list_service_deployments(cluster="shop", service="api", status=["SUCCESSFUL"])["serviceDeployments"]
    arns = [deployment["targetServiceRevisionArn"] for deployment in ran]
    found = ecs.describe_service_revisions(serviceRevisionArns=arns)["serviceRevisions"]
    images = [revision["containerImages"][0] for revision in found]
    assert [image["image"] for image in images] == [api.image, "shop-api:2", "shop-api:1"]
    assert len({image["imageDigest"] for image in images}) == 3


def test_there_are_more_revisions_than_earlier_images():
    with pytest.raises(ValidationError, match="2 earlier images need 3 revisions"):
        Service(
            cluster="c",
            name="n",
            family="f",
            image="i",
            container="c",
            container_port=1,
            revisions=2,
            earlier_images=("a", "b"),
        )


def test_a_repository_that_is_there_is_not_seeded_again(account):
    account.client("ecr", "eu-west-1").create_repository(repositoryName="shop-api")
    with pytest.raises(SandboxError, match="already has repository shop-api"):
        account.seed(Workload.sample())


def test_databases_caches_and_functions_answer_by_their_names(aws, sample):
    database = sample.databases[0]
    found = aws("rds").describe_db_instances(DBInstanceIdentifier=database.identifier)["DBInstances"][0]
    assert (found["Engine"], found["EngineVersion"], found["DBInstanceClass"], found["AllocatedStorage"]) == (
        database.engine,
        database.engine_version,
        database.instance_class,
        database.allocated_storage_gib,
    )
    cache, elasticache = sample.caches[0], aws("elasticache")
    group = elasticache.describe_replication_groups(ReplicationGroupId=cache.replication_group_id)["ReplicationGroups"][
        0
    ]
    assert tuple(group["MemberClusters"]) == cache.member_ids
    members = group["NodeGroups"][0]["NodeGroupMembers"]
    assert tuple(member["CacheClusterId"] for member in members) == cache.member_ids
    clusters = elasticache.describe_cache_clusters()["CacheClusters"]
    assert tuple(cluster["CacheClusterId"] for cluster in clusters) == cache.member_ids
    function, awslambda = sample.functions[0], aws("lambda")
    configuration = awslambda.get_function(FunctionName=function.name)["Configuration"]
    assert (configuration["Runtime"], configuration["Timeout"]) == (function.runtime, function.timeout_seconds)
    assert awslambda.get_alias(FunctionName=function.name, Name="live")["FunctionVersion"] == "1"


def test_the_sandbox_takes_the_workloads_account_and_region_and_counts_no_call(account):
    arn = "arn:aws:elasticloadbalancing:ap-southeast-2:999988887777:targetgroup/t/0123456789abcdef"
    balancer = LoadBalancer(
        name="b",
        arn="arn:aws:elasticloadbalancing:ap-southeast-2:999988887777:loadbalancer/app/b/0123456789abcdef",
        target_groups=(TargetGroup(arn=arn, name="t", port=80),),
    )
    status = account.seed(Workload(region="ap-southeast-2", account="999988887777", load_balancers=(balancer,)))
    assert (status.account, status.region) == ("999988887777", "ap-southeast-2")
    assert status.contents == {"load balancers": 1, "target groups": 1}
    assert account.calls() == []
    assert account.client("sts").get_caller_identity()["Account"] == "999988887777"
    topic = account.client("sns").create_topic(Name="x")["TopicArn"]
    assert topic == "arn:aws:sns:ap-southeast-2:999988887777:x"


def test_the_status_counts_what_was_seeded(account):
    assert account.seed(Workload.sample()).contents == {
        "repositories": 3,
        "clusters": 1,
        "services": 3,
        "task definitions": 6,
        "load balancers": 1,
        "target groups": 3,
        "databases": 1,
        "caches": 1,
        "functions": 1,
    }


def test_members_may_have_any_names(account, aws):
    sample = Workload.sample()
    cache = sample.caches[0].model_copy(update={"member_ids": ("primary", "second", "third")})
    account.seed(Workload(caches=(cache,)))
    group = aws("elasticache").describe_replication_groups()["ReplicationGroups"][0]
    assert group["MemberClusters"] == ["primary", "second", "third"]


def test_seeding_what_exists_is_refused_and_changes_nothing(account, sample):
    before = account.status().contents
    with pytest.raises(SandboxError, match=r"already has load balancer shop, .*database shop-main, .*reset it"):
        account.seed(sample)
    with pytest.raises(SandboxError, match="already has database shop-main: reset"):
        account.seed(Workload(databases=(Database(identifier="other"), Database(identifier="shop-main"))))
    assert account.status().contents == before


@pytest.mark.usefixtures("sample")
def test_another_workload_can_be_added_but_not_of_another_account(account):
    account.seed(Workload(databases=(Database(identifier="second"),)))
    assert account.status().contents["databases"] == 2
    with pytest.raises(SandboxError, match="holds resources of account 123456789012"):
        account.seed(Workload(account="999988887777", databases=(Database(identifier="third"),)))


GROUP = TargetGroup(arn=f"{ELB}:targetgroup/t/1", name="t", port=80)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"account": "12"}, "account"),
        ({"regions": []}, "regions"),
        ({"load_balancers": [{"name": "b", "arn": "shop"}]}, "arn"),
        (
            {
                "load_balancers": [
                    LoadBalancer(name="b", arn=f"{ELB}:loadbalancer/app/b/1", target_groups=(GROUP, GROUP))
                ]
            },
            "given twice",
        ),
        (
            {"region": "us-east-1", "load_balancers": [LoadBalancer(name="b", arn=f"{ELB}:loadbalancer/app/b/1")]},
            "another account or region",
        ),
        (
            {
                "services": [
                    Service(
                        cluster="c",
                        name="s",
                        family="f",
                        image="i",
                        container="c",
                        container_port=80,
                        target_group_arns=(GROUP.arn,),
                    )
                ]
            },
            "that no load balancer has",
        ),
    ],
)
def test_workloads_that_do_not_hang_together_are_refused(content, says):
    with pytest.raises(ValidationError, match=says):
        Workload(**content)


def test_weights_are_those_of_aws():
    with pytest.raises(ValidationError, match="less than or equal to 999"):
        Rule(arn=f"{ELB}:listener-rule/x", priority=1, path_pattern="/*", forwards={GROUP.arn: 1000})


def test_the_sample_survives_json():
    assert Workload.model_validate_json(Workload.sample().model_dump_json()) == Workload.sample()
