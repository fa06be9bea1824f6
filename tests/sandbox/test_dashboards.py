from __future__ import annotations

import json
from typing import Any

import pytest


def body(*widgets: dict[str, Any]) -> str:
    return json.dumps({"widgets": list(widgets)})


def graph(metrics: int = 1, **changes: Any) -> dict[str, Any]:
    properties = {"region": "eu-west-1", "metrics": [["Shop", f"m{n}"] for n in range(metrics)]}
    return {"type": "metric", "width": 12, "height": 6, "properties": properties, **changes}


TEXT = {"type": "text", "properties": {"markdown": "x"}}

REFUSED = {
    "no JSON": ("{", "valid JSON"),
    "no object": ("[]", "Should have property widgets"),
    "no widgets": ("{}", "Should have property widgets"),
    "501 widgets": (body(*[TEXT] * 501), "more than 500 items"),
    "501 metrics in one widget": (body(graph(501)), "more than 500 items"),
    "2,501 metrics": (body(*[graph(500)] * 5, graph(1)), "more than 2500 metrics"),
    "unknown widget": (body({"type": "pie", "properties": {}}), "/widgets/0/type"),
    "no region": (body(TEXT, graph(properties={"metrics": [["a", "b"]]})), "/widgets/1/properties/region"),
    "no properties": (body({"type": "text"}), "/widgets/0/properties"),
    "too wide": (body(graph(width=25)), "/widgets/0/width"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bodies_that_aws_refuses_are_refused_and_not_kept(aws, refused, case):
    cloudwatch = aws("cloudwatch")
    text, says = REFUSED[case]
    code, message = refused(cloudwatch.put_dashboard, DashboardName="d", DashboardBody=text)
    assert code == "InvalidParameterInput"
    assert says in message
    assert cloudwatch.list_dashboards()["DashboardEntries"] == []


def test_a_dashboard_lives_as_in_aws_in_every_region_at_once(aws, refused):
    here, there = aws("cloudwatch"), aws("cloudwatch", "us-east-1")
    text = body(*[graph(5)] * 500)
    here.put_dashboard(DashboardName="shop", DashboardBody=text, Tags=[{"Key": "a", "Value": "1"}])
    found = there.get_dashboard(DashboardName="shop")
    assert (found["DashboardBody"], found["DashboardArn"]) == (
        text,
        "arn:aws:cloudwatch::123456789012:dashboard/shop",
    )
    entry = there.list_dashboards(DashboardNamePrefix="sh")["DashboardEntries"][0]
    assert (entry["DashboardName"], entry["Size"]) == ("shop", len(text))
    there.tag_resource(ResourceARN=found["DashboardArn"], Tags=[{"Key": "b", "Value": "2"}])
    assert len(here.list_tags_for_resource(ResourceARN=found["DashboardArn"])["Tags"]) == 2
    assert refused(there.delete_dashboards, DashboardNames=["shop", "none"])[0] == "ResourceNotFound"
    there.delete_dashboards(DashboardNames=["shop"])
    assert refused(here.get_dashboard, DashboardName="shop")[0] == "ResourceNotFound"


def test_names_are_of_letters_digits_dash_and_underscore(aws, refused):
    assert (
        refused(aws("cloudwatch").put_dashboard, DashboardName="a b", DashboardBody=body())[0]
        == "InvalidParameterInput"
    )
