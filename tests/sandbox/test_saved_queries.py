from __future__ import annotations

import uuid

import pytest

TEXT = "filter @message like /error/ | limit 20"


@pytest.fixture
def logs(aws):
    return aws("logs")


def put(logs, name="shop/errors", **more):
    return logs.put_query_definition(name=name, queryString=TEXT, **more)["queryDefinitionId"]


def described(logs, **asked):
    return {one["queryDefinitionId"]: one for one in logs.describe_query_definitions(**asked)["queryDefinitions"]}


@pytest.mark.feature("M10")
def test_a_saved_query_lives_as_in_aws(logs, aws, refused):
    made = put(logs, logGroupNames=["/ecs/shop/api"])
    assert uuid.UUID(made).version == 4
    found = described(logs)[made]
    assert (found["name"], found["queryString"], found["logGroupNames"]) == ("shop/errors", TEXT, ["/ecs/shop/api"])
    assert found["queryLanguage"] == "CWLI"

    assert put(logs, name="shop/renamed", queryDefinitionId=made) == made
    changed = described(logs)[made]
    assert changed["name"] == "shop/renamed"
    assert "logGroupNames" not in changed, "nothing of what was there is kept"
    assert described(aws("logs", "us-east-1")) == {}, "a region has its own"

    assert logs.delete_query_definition(queryDefinitionId=made)["success"] is True
    assert described(logs) == {}
    assert refused(logs.delete_query_definition, queryDefinitionId=made)[0] == "ResourceNotFoundException"
    assert refused(put, logs=logs, queryDefinitionId=made)[0] == "ResourceNotFoundException"
    assert described(logs) == {}


@pytest.mark.feature("M10")
def test_a_saved_query_is_put_once_for_each_token(logs):
    token = str(uuid.uuid4())
    first = put(logs, clientToken=token)
    assert put(logs, clientToken=token) == first
    assert put(logs) != first, "a name may be taken twice"
    assert len(described(logs)) == 2


@pytest.mark.feature("M10")
def test_saved_queries_are_told_by_prefix_and_in_pages(logs, refused):
    ours = [put(logs, name=f"shop/{number}") for number in range(5)]
    put(logs, name="other")
    assert list(described(logs, queryDefinitionNamePrefix="shop/")) == ours
    assert described(logs, queryLanguage="SQL") == {}
    told, more = [], {}
    while True:
        page = logs.describe_query_definitions(queryDefinitionNamePrefix="shop/", maxResults=2, **more)
        told.append([one["queryDefinitionId"] for one in page["queryDefinitions"]])
        if "nextToken" not in page:
            break
        more = {"nextToken": page["nextToken"]}
    assert told == [ours[:2], ours[2:4], ours[4:]]
    code, _ = refused(logs.describe_query_definitions, nextToken="nobody")
    assert code == "InvalidParameterException"


@pytest.mark.feature("M10")
def test_saved_queries_that_aws_refuses_are_refused_and_not_kept(logs, refused):
    code, message = refused(logs.put_query_definition, name="x" * 256, queryString=TEXT)
    assert (code, "less than or equal to 255" in message) == ("InvalidParameterException", True)
    code, message = refused(logs.put_query_definition, name="x", queryString="x" * 10_001)
    assert (code, "less than or equal to 10000" in message) == ("InvalidParameterException", True)
    assert described(logs) == {}


@pytest.mark.feature("M10")
def test_a_region_holds_a_thousand_saved_queries(logs, refused):
    for number in range(1000):
        put(logs, name=f"shop/{number}")
    assert refused(put, logs=logs)[0] == "LimitExceededException"
    assert len(described(logs)) == 1000
