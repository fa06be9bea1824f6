"""Every kind that a stack's file can have is written where AWS lists it, or there is a reason why it never is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.adopt import Draft, draft, main
from infra.adopt.draft import NOT_DRAFTED
from infra.config import main as check
from infra.kinds import KINDS
from infra.preview import main as preview
from opslib.discover import (
    Api,
    Canary,
    Certificate,
    Distribution,
    Fleet,
    HealthCheck,
    Host,
    Inventory,
    NatGateway,
    Queue,
    ServerlessCache,
    Watching,
    WebAcl,
)
from opslib.sandbox import Sandbox, Workload
from tests.discover.everything import Furnished, furnish
from tests.infra.adopt.conftest import ACCOUNT, REGION

pytestmark = pytest.mark.feature("P5")

EMPTY = Inventory(ACCOUNT, "aws", REGION)
ID = "0123456789abcdef0"
CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/01234567-89ab-cdef-0123-456789abcdef"
ACL = f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/webacl/shop/1"
CHECK = "01234567-89ab-cdef-0123-456789abcdef"

HOST = Host("", f"i-{ID}", "shop-bastion", "running", is_spot=False)
FLEET = Fleet("", "shop-workers", 2, 2, (), ())
NAT = NatGateway("", f"nat-{ID}", "shop-way-out", "available")
DISTRIBUTION = Distribution("", "E0123456789ABC", "shop.example", is_enabled=True, certificate_arn="", web_acl_arn="")
USED = Certificate(CERTIFICATE, "shop.example", "ISSUED", is_in_use=True)
REST = Api("", "a1b2c3", "shop-orders", "live", "REST")
FIREWALL = WebAcl(ACL, "shop-firewall", "REGIONAL", "shop_firewall", is_in_use=True)
CACHE = ServerlessCache("", "shop-tokens", "available", 5, 5_000)
PROBE = HealthCheck("", CHECK, "www.shop.example", "HTTPS", is_disabled=False, measures_latency=True, made_by="")
CANARY = Canary("", "shop-checkout", "RUNNING", "rate(5 minutes)", 60)


def drafted(inventory: Inventory) -> Draft:
    return draft(inventory, Watching(), product="shop", environment="prod", source="Pulumi.prod.yaml")


@pytest.fixture
def whole(shop: Sandbox) -> Furnished:
    """The sample workload, and one of everything."""
    return furnish(shop)


def expected(made: Furnished) -> dict[str, Any]:
    """What a person would write of what `furnish` makes."""
    return {
        "apis": {
            "orders-live": {"api": "shop-orders", "stage": "live", "type": "rest"},
            "web-api": {"api": made.http_api, "stage": "$default", "type": "http"},
        },
        "distributions": {"shop-example": {"distribution": made.distribution}},
        "webAcls": {
            "firewall": {"webAcl": "shop_firewall", "scope": "regional", "protectedRegion": REGION},
            "edge": {"webAcl": "shop_edge", "scope": "cloudfront", "region": "us-east-1"},
        },
        "serverlessCaches": {"tokens": {"cache": "shop-tokens", "mostGib": 5, "mostEcpuPerSecond": 5_000}},
        "hosts": {"bastion": {"host": made.host}},
        "fleets": {"workers": {"fleet": "shop-workers", "minimum": 2}},
        "natGateways": {"way-out": {"gateway": made.nat}},
        "certificates": {
            "parcel-example": {"certificate": made.certificate},
            "parcel-example-certificate": {"certificate": made.certificate_of_edge, "region": "us-east-1"},
        },
        "healthChecks": {"www-shop-example": {"healthCheck": made.health_check, "latency": True}},
        "canaries": {"checkout": {"canary": "shop-checkout", "everyMinutes": 10, "timeOutSeconds": 120}},
    }


def test_it_is_what_a_person_would_write_and_a_second_look_writes_the_same(
    shop: Sandbox, whole: Furnished, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.reset_calls()
    assert main(["--out", str(out)]) == 0
    written = yaml.safe_load(out.read_text())["config"]
    for section, workloads in expected(whole).items():
        assert written[f"opslib:{section}"] == workloads, section
    assert [call for call in shop.calls() if call.mutating] == []
    said = capsys.readouterr().out
    assert "blind: fleet shop-workers: group metrics are not collected, so 2 alarms would see nothing" in said
    assert "Left out" not in out.read_text()

    again = tmp_path / "again" / out.name
    again.parent.mkdir()
    assert main(["--out", str(again)]) == 0
    assert again.read_text() == out.read_text()
    assert check(["--stack", "prod", "--dir", str(out.parent)]) == 0
    assert preview(["--stack", "prod", "--config", str(out)]) == 0


def test_with_a_tag_only_what_has_it(shop: Sandbox, out: Path) -> None:
    furnish(shop, team="shop")
    furnish(shop, product="other", team="other")
    assert main(["--out", str(out), "--tag", "team=shop", "--product", "shop"]) == 0
    written = yaml.safe_load(out.read_text())["config"]
    assert "other" not in out.read_text()
    sections = {name.removeprefix("opslib:"): found for name, found in written.items() if isinstance(found, dict)}
    assert {name: len(found) for name, found in sections.items()} == {
        **dict.fromkeys(("distributions", "serverlessCaches", "hosts", "fleets", "natGateways"), 1),
        **dict.fromkeys(("apis", "webAcls", "certificates"), 2),
        **dict.fromkeys(("healthChecks", "canaries"), 1),
    }


def test_every_kind_is_written_or_there_is_a_reason_why_it_is_not(aws: Sandbox, out: Path) -> None:
    aws.seed(Workload.sample())
    furnish(aws)
    aws.client("sqs", REGION).create_queue(QueueName="shop-jobs")
    rds = aws.client("rds", REGION)
    owner = {"MasterUsername": "admin1", "MasterUserPassword": "not-a-secret"}
    rds.create_db_cluster(DBClusterIdentifier="shop-ledger", Engine="aurora-postgresql", **owner)
    aws.clock.advance(3_600)
    rds.create_db_instance(
        DBInstanceIdentifier="shop-ledger-1",
        DBClusterIdentifier="shop-ledger",
        Engine="aurora-postgresql",
        DBInstanceClass="db.r6g.large",
    )
    assert main(["--out", str(out)]) == 0
    written = yaml.safe_load(out.read_text())["config"]
    kinds = {name for name, kind in KINDS.items() if f"opslib:{kind.section}" in written}
    assert kinds | set(NOT_DRAFTED) == set(KINDS)
    assert not kinds & set(NOT_DRAFTED)


def test_the_page_names_every_kind(docs: str) -> None:
    finds = docs.partition("## What it finds")[2].partition("\n## ")[0]
    missing = [kind.section for kind in KINDS.values() if f"`{kind.section}`" not in finds]
    assert missing == []


@pytest.fixture
def docs() -> str:
    return (Path(__file__).parents[3] / "docs" / "adopt.md").read_text()


REFUSED: dict[str, tuple[Inventory, str]] = {
    "a stopped host": (
        replace(EMPTY, hosts=(replace(HOST, state="stopped"),)),
        "host shop-bastion: it is stopped, so its silence would ring for ever",
    ),
    "a spot instance": (
        replace(EMPTY, hosts=(replace(HOST, is_spot=True),)),
        "host shop-bastion: it is a spot instance, which EC2 takes back",
    ),
    "an empty fleet": (
        replace(EMPTY, fleets=(replace(FLEET, desired=0, minimum=0),)),
        "fleet shop-workers: no instance is desired of it, so its silence would ring for ever",
    ),
    "a fleet that may be empty": (
        replace(EMPTY, fleets=(replace(FLEET, minimum=0),)),
        "fleet shop-workers: its minimum is 0, so that an empty one may be as it should: write it by hand",
    ),
    "a name with a space": (
        replace(EMPTY, fleets=(replace(FLEET, name="shop workers"),)),
        "fleet shop workers: the file takes no fleet such as shop workers",
    ),
    "a gateway that failed": (
        replace(EMPTY, nat_gateways=(replace(NAT, state="failed"),)),
        "NAT gateway shop-way-out: it is failed, so its silence would ring for ever",
    ),
    "a disabled distribution": (
        replace(EMPTY, distributions=(replace(DISTRIBUTION, is_enabled=False),)),
        "distribution shop.example: it is disabled, so its silence would ring for ever",
    ),
    "a certificate that waits": (
        replace(EMPTY, certificates=(replace(USED, status="PENDING_VALIDATION"),)),
        "certificate shop.example: it is PENDING_VALIDATION, so its silence would ring for ever",
    ),
    "a certificate of nothing": (
        replace(EMPTY, certificates=(replace(USED, is_in_use=False),)),
        "certificate shop.example: nothing uses it, and ACM renews only what is used",
    ),
    "a WebSocket API": (
        replace(EMPTY, apis=(replace(REST, protocol="WEBSOCKET"),)),
        "API shop-orders-live: it is a WEBSOCKET API; there are tables for REST and HTTP APIs",
    ),
    "an API without a stage": (
        replace(EMPTY, apis=(replace(REST, stage=""),)),
        "API shop-orders: it has no stage, so nobody can call it",
    ),
    "two APIs of one name": (
        replace(EMPTY, apis=(REST, replace(REST, id="d4e5f6"))),
        "API shop-orders-live: CloudWatch counts it together with another of this name, which is written",
    ),
    "a web ACL without metrics": (
        replace(EMPTY, web_acls=(replace(FIREWALL, metric=""),)),
        "web ACL shop-firewall: its metrics are switched off",
    ),
    "a web ACL of nothing": (
        replace(EMPTY, web_acls=(replace(FIREWALL, is_in_use=False),)),
        "web ACL shop-firewall: it protects nothing, so its silence would ring for ever",
    ),
    "a cache that is made": (
        replace(EMPTY, serverless_caches=(replace(CACHE, status="creating"),)),
        "serverless cache shop-tokens: it is creating, so its silence would ring for ever",
    ),
    "a calculated check": (
        replace(EMPTY, health_checks=(replace(PROBE, kind="CALCULATED"),)),
        "health check www.shop.example: its type is CALCULATED: it asks no address",
    ),
    "a disabled check": (
        replace(EMPTY, health_checks=(replace(PROBE, is_disabled=True),)),
        "health check www.shop.example: it is disabled, so its silence would ring for ever",
    ),
    "a check of Cloud Map": (
        replace(EMPTY, health_checks=(replace(PROBE, made_by="servicediscovery.amazonaws.com"),)),
        "health check www.shop.example: servicediscovery.amazonaws.com made it for itself",
    ),
    "a canary that stands still": (
        replace(EMPTY, canaries=(replace(CANARY, state="STOPPED"),)),
        "canary shop-checkout: it is STOPPED, so its silence would ring for ever",
    ),
    "a canary of once a day": (
        replace(EMPTY, canaries=(replace(CANARY, schedule="rate(24 hours)"),)),
        "canary shop-checkout: its schedule is rate(24 hours): two hours without a run would ring",
    ),
    "a canary of one run": (
        replace(EMPTY, canaries=(replace(CANARY, schedule="rate(0 hour)"),)),
        "canary shop-checkout: its schedule is rate(0 hour): two hours without a run would ring",
    ),
}


@pytest.mark.parametrize(("inventory", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_left_out_is_said_with_its_reason(inventory: Inventory, said: str) -> None:
    # Something else runs, so that there is a file.
    made = drafted(replace(inventory, queues=(Queue("", "shop-jobs", None),)))
    assert [str(one) for one in made.left_out] == [said]


ALL = replace(
    EMPTY,
    hosts=(HOST,),
    fleets=(FLEET,),
    nat_gateways=(NAT,),
    distributions=(DISTRIBUTION,),
    certificates=(USED,),
    apis=(REST,),
    web_acls=(FIREWALL,),
    serverless_caches=(CACHE,),
    health_checks=(PROBE,),
    canaries=(CANARY,),
)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)


@settings(max_examples=30, deadline=None)
@given(names=st.lists(NAMES, min_size=10, max_size=10))
def test_whatever_things_are_called_each_is_written_or_said(names: list[str]) -> None:
    named = iter(names)
    fields = {
        field: tuple(
            replace(one, **({"domain": next(named)} if isinstance(one, Certificate) else {"name": next(named)}))
            for one in getattr(ALL, field)
        )
        for field in (
            *("hosts", "fleets", "nat_gateways", "distributions", "certificates"),
            *("apis", "web_acls", "serverless_caches", "health_checks", "canaries"),
        )
    }
    made = drafted(replace(ALL, **fields, queues=(Queue("", "shop-jobs", None),)))
    written = sum(len(section) for section in made.written.values() if isinstance(section, dict))
    assert written - 1 + len(made.left_out) == 10


LONG = {
    "a cron schedule": ("cron(0/5 * * * ? *)", 600, {"everyMinutes": 10, "timeOutSeconds": 600}),
    "an hour": ("rate(1 hour)", 60, {"everyMinutes": 60}),
    "as usual": ("rate(5 minutes)", 60, {}),
}


@pytest.mark.parametrize(("schedule", "time_out", "more"), LONG.values(), ids=LONG)
def test_a_canary_is_written_with_its_time_out(schedule: str, time_out: int, more: dict[str, int]) -> None:
    one = replace(CANARY, schedule=schedule, time_out_seconds=time_out)
    assert drafted(replace(EMPTY, canaries=(one,))).written["canaries"] == {
        "checkout": {"canary": "shop-checkout", **more}
    }
