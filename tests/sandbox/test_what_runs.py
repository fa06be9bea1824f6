"""What moto tells of what runs, as `opslib.discover` relies on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from opslib.sandbox import Sandbox, Workload

REGION, ACCOUNT = "eu-west-1", "123456789012"


@pytest.fixture
def seeded(account: Sandbox) -> Callable[[str], Any]:
    account.seed(Workload.sample())
    return lambda service: account.client(service, REGION)


def test_what_runs_is_told_in_pages(seeded):
    for name in ("one", "two", "three"):
        seeded("ecs").create_cluster(clusterName=name)
        seeded("sqs").create_queue(QueueName=name)
        seeded("sns").create_topic(Name=name)
    for service, operation, listed, asked, count in (
        ("ecs", "list_clusters", "clusterArns", {}, 4),
        ("sqs", "list_queues", "QueueUrls", {"PaginationConfig": {"PageSize": 2}}, 3),
        ("sns", "list_topics", "Topics", {}, 3),
        ("lambda", "list_functions", "Functions", {}, 1),
        ("lambda", "list_aliases", "Aliases", {"FunctionName": "shop-invoice-mailer"}, 1),
        ("lambda", "list_event_source_mappings", "EventSourceMappings", {}, 0),
    ):
        pages = list(seeded(service).get_paginator(operation).paginate(**asked))
        assert sum(len(page.get(listed, ())) for page in pages) == count, operation
        if "PaginationConfig" in asked:
            assert len(pages) > 1, operation


def test_members_of_a_cache_know_their_engine_and_node_type(seeded):
    members = seeded("elasticache").describe_cache_clusters()["CacheClusters"]
    assert {(one["CacheClusterId"], one["Engine"], one["CacheNodeType"]) for one in members} == {
        ("shop-sessions-001", "redis", "cache.t4g.small"),
        ("shop-sessions-002", "redis", "cache.t4g.small"),
    }


def test_a_queue_tells_where_its_dead_letters_go(seeded):
    sqs = seeded("sqs")
    dead = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"
    sqs.create_queue(QueueName="dead")
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 3})
    url = sqs.create_queue(QueueName="jobs", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn", "RedrivePolicy"])["Attributes"]
    assert told["QueueArn"] == f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
    assert json.loads(told["RedrivePolicy"])["deadLetterTargetArn"] == dead


def test_what_is_tagged_is_found_in_every_service(seeded):
    balancer = seeded("elbv2").describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    listed = [{"Key": "team", "Value": "shop"}]
    seeded("elbv2").add_tags(ResourceArns=[balancer], Tags=listed)
    service = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/shop/api"
    seeded("ecs").tag_resource(resourceArn=service, tags=[{"key": "team", "value": "shop"}])
    database = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:shop-main"
    seeded("rds").add_tags_to_resource(ResourceName=database, Tags=[*listed, {"Key": "stage", "Value": "prod"}])
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop-invoice-mailer"
    seeded("lambda").tag_resource(Resource=function, Tags={"team": "shop"})
    cache = f"arn:aws:elasticache:{REGION}:{ACCOUNT}:replicationgroup:shop-sessions"
    seeded("elasticache").add_tags_to_resource(ResourceName=cache, Tags=listed)
    seeded("sqs").create_queue(QueueName="jobs", tags={"team": "shop"})

    def found(**tags: str) -> set[str]:
        filters = [{"Key": key, "Values": [value]} for key, value in tags.items()]
        pages = seeded("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=filters)
        return {one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]}

    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
    assert found(team="shop") == {balancer, service, database, function, cache, queue}
    assert found(team="shop", stage="prod") == {database}
    assert found(team="other") == set()
