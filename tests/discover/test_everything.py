"""Hosts, fleets, gateways and what stands at the edge are read as they are, and narrowed down by their tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from opslib.clients import Clients
from opslib.discover import (
    Api,
    Canary,
    Certificate,
    Distribution,
    Fleet,
    HealthCheck,
    Host,
    NatGateway,
    ServerlessCache,
    WebAcl,
    read_inventory,
)
from opslib.discover.asking import Asking
from opslib.discover.reading import READINGS
from opslib.discover.reading_edge import read_web_acls
from opslib.errors import Refused
from opslib.sandbox import Sandbox
from tests.discover.everything import EDGE, REGION, furnish, import_certificate, run_host, tags_of, web_acl

pytestmark = pytest.mark.feature("P5")

ACCOUNT = "123456789012"
TEAM = {"team": "shop"}


@pytest.fixture
def asks(aws: Sandbox) -> Asking:
    assert aws
    return Asking(Clients(), sleep=lambda _: None)


def test_one_of_everything_is_read_as_it_was_made(aws: Sandbox, asks: Asking) -> None:
    made = furnish(aws)
    aws.reset_calls()
    found = read_inventory(asks)
    of_ec2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
    assert found.hosts == (Host(f"{of_ec2}:instance/{made.host}", made.host, "shop-bastion", "running", is_spot=False),)
    assert made.grouped
    (fleet,) = found.fleets
    assert fleet == Fleet(fleet.arn, "shop-workers", 2, 2, (), ())
    assert found.nat_gateways == (NatGateway(f"{of_ec2}:natgateway/{made.nat}", made.nat, "shop-way-out", "available"),)
    regional, of_edge = found.web_acls
    assert regional == WebAcl(regional.arn, "shop-firewall", "REGIONAL", "shop_firewall", is_in_use=True)
    assert (regional.region, of_edge.region) == (REGION, EDGE)
    assert of_edge == WebAcl(of_edge.arn, "shop-edge", "CLOUDFRONT", "shop_edge", is_in_use=True)
    assert found.distributions == (
        Distribution(
            f"arn:aws:cloudfront::{ACCOUNT}:distribution/{made.distribution}",
            made.distribution,
            "shop.example",
            is_enabled=True,
            certificate_arn=made.certificate_of_edge,
            web_acl_arn=of_edge.arn,
        ),
    )
    assert found.certificates == tuple(
        Certificate(arn, "parcel.example", "ISSUED", is_in_use=True)
        for arn in (made.certificate, made.certificate_of_edge)
    )
    rest, http = found.apis
    assert rest == Api(f"arn:aws:apigateway:{REGION}::/restapis/{rest.id}", rest.id, "shop-orders", "live", "REST")
    assert http == Api(
        f"arn:aws:apigateway:{REGION}::/apis/{made.http_api}", made.http_api, "shop-web", "$default", "HTTP"
    )
    cache = f"arn:aws:elasticache:{REGION}:{ACCOUNT}:serverlesscache:shop-tokens"
    assert found.serverless_caches == (ServerlessCache(cache, "shop-tokens", "available", 5, 5_000),)
    assert found.health_checks == (
        HealthCheck(
            f"arn:aws:route53:::healthcheck/{made.health_check}",
            made.health_check,
            "www.shop.example",
            "HTTPS",
            is_disabled=False,
            measures_latency=True,
            made_by="",
        ),
    )
    arn = f"arn:aws:synthetics:{REGION}:{ACCOUNT}:canary:shop-checkout"
    assert found.canaries == (Canary(arn, "shop-checkout", "RUNNING", "rate(10 minutes)", 120),)
    assert found.count == 13
    assert [call for call in aws.calls() if call.mutating] == []


def test_tags_narrow_down_each_kind(aws: Sandbox, asks: Asking) -> None:
    furnish(aws, **TEAM)
    furnish(aws, product="other", team="other")
    every, ours = read_inventory(asks), read_inventory(asks, TEAM)
    kinds = [field for field in READINGS if getattr(every, field)]
    assert set(kinds) >= {"hosts", "fleets", "nat_gateways", "distributions", "certificates", "apis", "web_acls"}
    assert set(kinds) >= {"serverless_caches", "health_checks", "canaries"}
    for field in kinds:
        assert 2 * len(getattr(ours, field)) == len(getattr(every, field)), field
    assert {one.name for one in (*ours.fleets, *ours.web_acls)} == {"shop-workers", "shop-firewall", "shop-edge"}
    assert read_inventory(asks, {**TEAM, "stage": "prod"}).count == 0


def test_without_a_distribution_nothing_is_asked_in_another_region(aws: Sandbox, asks: Asking) -> None:
    import_certificate(aws, EDGE, [])
    run_host(aws, tags_of({"Name": "shop-bastion"}))
    aws.reset_calls()
    assert read_inventory(asks).certificates == ()
    asked = {(call.service, call.region) for call in aws.calls() if call.service not in {"cloudfront", "route53"}}
    assert {region for _, region in asked} == {REGION}


def test_outside_of_awss_own_partition_nothing_global_is_read(aws: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish(aws)
    clients = Clients()
    monkeypatch.setattr(clients, "_identity", replace(clients.identity(), partition="aws-us-gov"))
    aws.reset_calls()
    found = read_inventory(Asking(clients, sleep=lambda _: None))
    assert found.distributions == found.health_checks == ()
    assert [one.name for one in found.canaries] == ["shop-checkout"]
    assert not {call.service for call in aws.calls()} & {"cloudfront", "route53"}


def test_a_web_acl_of_nothing_is_in_nobodys_use(aws: Sandbox, asks: Asking) -> None:
    web_acl(aws, "shop-idle", REGION, [])
    (found,) = read_inventory(asks).web_acls
    assert not found.is_in_use


@pytest.mark.parametrize(("said", "is_passed_over"), [("WAFInvalidParameterException", True), ("AccessDenied", False)])
def test_a_type_that_a_region_lacks_is_passed_over_and_a_denial_is_not(
    aws: Sandbox, said: str, is_passed_over: bool
) -> None:
    web_acl(aws, "shop-idle", REGION, [])

    class Lacking(Asking):
        def ask(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
            if parameters.get("ResourceType") == "AMPLIFY":
                raise Refused(f"wafv2:{operation} answered {said}")
            return super().ask(service, operation, **parameters)

    if is_passed_over:
        assert [one.is_in_use for one in read_web_acls(Lacking(Clients()))] == [False]
    else:
        with pytest.raises(Refused):
            read_web_acls(Lacking(Clients()))


def test_where_the_stack_is_in_us_east_1_no_certificate_is_read_twice(aws: Sandbox) -> None:
    made = furnish(aws)
    found = read_inventory(Asking(Clients(EDGE), sleep=lambda _: None))
    assert [one.arn for one in found.certificates] == [made.certificate_of_edge]
    assert [one.name for one in found.web_acls] == ["shop-edge"]


def test_lists_that_boto3_cannot_page_are_read_to_the_end(aws: Sandbox, asks: Asking) -> None:
    furnish(aws)
    furnish(aws, product="other")
    aws.reset_calls()
    found = asks.each("wafv2", "ListWebACLs", "WebACLs", Scope="REGIONAL", Limit=1)
    assert sorted(one["Name"] for one in found) == ["other-firewall", "shop-firewall"]
    assert len([call for call in aws.calls() if call.operation == "ListWebACLs"]) > 1


def test_a_token_within_another_record_is_followed(aws: Sandbox) -> None:
    assert aws
    pages: dict[str | None, Any] = {
        None: {"DistributionList": {"Items": [1, 2], "NextMarker": "here"}},
        "here": {"DistributionList": {}},
    }

    class Paged(Asking):
        def ask(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
            assert (service, operation) == ("cloudfront", "ListDistributions")
            answer: Mapping[str, Any] = pages[parameters.get("Marker")]
            return answer

    assert list(Paged(Clients()).each("cloudfront", "ListDistributions", "DistributionList.Items")) == [1, 2]
