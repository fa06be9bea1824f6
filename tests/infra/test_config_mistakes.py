"""What is wrong in a stack's file is one line that names the key in the words of the file."""

from __future__ import annotations

import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.config import main

ROOT = Path(__file__).parents[2]
SECRET = {"secure": "v1:bm90IGEgc2VjcmV0"}
DATABASE = {"instance": "shop-orders", "allocatedStorageGib": 20, "memoryGib": 1}
SERVICE = {"cluster": "shop", "service": "x"}
DELETE = object()


def changed(written: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """A copy of a configuration with one place of it set, or deleted."""
    copy = deepcopy(written)
    place: Any = copy
    for part in path[:-1]:
        place = place[part]
    if value is DELETE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return copy


def stack_file(directory: Path, written: dict[str, Any]) -> None:
    document = {"config": {"aws:region": "eu-central-1"} | {f"opslib:{key}": value for key, value in written.items()}}
    (directory / "Pulumi.x.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")


BALANCER_ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/parcel/1"
GROUP_ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/parcel/1"

BAD: dict[str, tuple[tuple[str | int, ...], Any, str]] = {
    "an unknown key": (("servces",), {}, "servces: "),
    "an unknown key of a workload": (("services", "api", "clusterName"), "x", "services.api.clusterName: "),
    "an unknown key deep inside": (("services", "api", "autoscaling", "min"), 1, "services.api.autoscaling.min: "),
    "a key as Python spells it": (("services", "web", "minimum_requests"), 5, "services.web.minimum_requests: "),
    "a missing key": (("product",), DELETE, "product: is missing"),
    "a missing key of a workload": (("services", "api", "cluster"), DELETE, "services.api.cluster: is missing"),
    "text for a number": (("functions", "webhooks", "timeoutSeconds"), "long", "functions.webhooks.timeoutSeconds: "),
    "text for a switch": (("protect",), "perhaps", "protect: "),
    "text for a section": (("services",), "api", "services: "),
    "a list for a section": (("caches",), ["sessions"], "caches: "),
    "a number for a text": (("databases", "orders", "engineVersion"), 16.4, "databases.orders.engineVersion: "),
    "a number for a tag": (("tags", "cost-center"), 5, "tags.cost-center: "),
    "no number": (("budget", "limitUsd"), float("inf"), "budget.limitUsd: "),
    "a threshold out of range": (
        ("services", "api", "thresholds"),
        {"cpuPercent": {"warning": 700}},
        "services.api.thresholds: cpuPercent: warning 700 is out of range: 0 to 100 percent",
    ),
    "a warning above critical": (
        ("thresholds",),
        {"responseSeconds": {"warning": 5, "critical": 2}},
        "thresholds: responseSeconds: the thresholds must rise with severity, warning < critical; they are 5, 2",
    ),
    "a warning below critical where less is worse": (
        ("databases", "orders", "thresholds"),
        {"freeStoragePercent": {"warning": 5, "critical": 10}},
        "databases.orders.thresholds: freeStoragePercent: the thresholds must rise with severity, warning > critical",
    ),
    "a threshold that is no number": (
        ("thresholds",),
        {"cpuPercent": {"warning": "high"}},
        "thresholds.cpuPercent.warning: ",
    ),
    "an unknown severity": (
        ("thresholds",),
        {"cpuPercent": {"fatal": 99}},
        "thresholds.cpuPercent.fatal: ",
    ),
    "an empty threshold": (("thresholds",), {"cpuPercent": {}}, "thresholds: cpuPercent: gives no threshold"),
    "an unknown quantity": (
        ("services", "api", "thresholds"),
        {"cpu": {"warning": 70}},
        "services.api.thresholds: cpu is no quantity; there are cpuPercent, ",
    ),
    "an unknown profile": (
        ("profile",),
        "relaxed",
        "profile: there is no profile relaxed; there are baseline, steady, latency-sensitive",
    ),
    "an unknown profile of a workload": (("caches", "sessions", "profile"), "relaxed", "caches.sessions.profile: "),
    "a long product": (("product",), "p" * 33, "product: "),
    "a long environment": (("environment",), "e" * 17, "environment: "),
    "a long workload": (("services", "s" * 33), SERVICE, f"services.{'s' * 33}"),
    "a workload in capitals": (("services", "API"), SERVICE, "services.API"),
    "a workload with an underscore": (("services", "a_b"), SERVICE, "services.a_b"),
    "a product that ends in a hyphen": (("product",), "parcel-", "product: "),
    "an ARN of another service": (
        ("loadBalancers", "public", "arn"),
        "arn:aws:sns:eu-central-1:123456789012:alerts",
        "loadBalancers.public.arn: is not an Application Load Balancer's ARN",
    ),
    "a network load balancer": (
        ("loadBalancers", "public", "arn"),
        BALANCER_ARN.replace("/app/", "/net/"),
        "loadBalancers.public.arn: is not an Application Load Balancer's ARN",
    ),
    "a target group's ARN for a load balancer": (("loadBalancers", "public", "arn"), GROUP_ARN, "loadBalancers.public"),
    "a suffix for an ARN": (
        ("loadBalancers", "public", "arn"),
        "app/parcel/1",
        "loadBalancers.public.arn: is not an ARN",
    ),
    "a suffix for a target group's ARN": (
        ("loadBalancers", "public", "targetGroups", "api", "arn"),
        "targetgroup/parcel/1",
        "loadBalancers.public.targetGroups.api.arn: is not an ARN",
    ),
    "an ARN of an account of eleven digits": (
        ("loadBalancers", "public", "arn"),
        BALANCER_ARN.replace("123456789012", "12345678901"),
        "loadBalancers.public.arn: has no account id of 12 digits: 12345678901",
    ),
    "a target group of another account": (
        ("loadBalancers", "public", "targetGroups", "api", "arn"),
        GROUP_ARN.replace("123456789012", "210987654321"),
        "loadBalancers.public: targetGroups.api.arn is of another account or region than the load balancer",
    ),
    "a secret that is no ARN": (("databases", "orders", "secrets", "api"), "hunter2", "databases.orders.secrets.api: "),
    "a load balancer without a target group": (
        ("services", "api", "targetGroup"),
        DELETE,
        "services.api: loadBalancer and targetGroup go together",
    ),
    "a target group without a load balancer": (("services", "web", "loadBalancer"), DELETE, "services.web: "),
    "an unknown load balancer": (
        ("services", "web", "loadBalancer"),
        "private",
        "services.web.loadBalancer: there is no loadBalancers.private",
    ),
    "an unknown target group": (
        ("services", "web", "targetGroup"),
        "wbe",
        "services.web.targetGroup: public has no wbe, it has api, api-standby, web",
    ),
    "an unknown standby": (
        ("services", "api", "standby"),
        "spare",
        "services.api.standby: there is no other service spare",
    ),
    "a service that is its own standby": (("services", "api", "standby"), "api", "services.api.standby: "),
    "a standby in no rule": (
        ("services", "api-standby"),
        SERVICE,
        "services.api.standby: api-standby has no target group at public",
    ),
    "a standby behind the same target group": (
        ("services", "api-standby", "targetGroup"),
        "api",
        "services.api.standby: api-standby has the same target group",
    ),
    "a dependency that there is not": (
        ("services", "web", "dependsOn"),
        ["apy"],
        "services.web.dependsOn: there is no other service apy",
    ),
    "services that wait for each other": (
        ("services", "api", "dependsOn"),
        ["web"],
        "dependsOn: the services wait for each other: ",
    ),
    "a name in two sections": (
        ("databases", "api"),
        DATABASE,
        "databases.api: the name is taken (by services.api)",
    ),
    "the stack's own name": (("services", "stack"), SERVICE, "services.stack: the name is taken (by the stack itself)"),
    "a minimum above the maximum": (
        ("services", "api", "autoscaling"),
        {"minimum": 5, "maximum": 2},
        "services.api.autoscaling: minimum 5 is above maximum 2",
    ),
    "a share of nothing": (
        ("databases", "orders"),
        {"instance": "shop-orders", "allocatedStorageGib": 20, "instanceClass": "db.x9z.large"},
        "databases.orders: give memoryGib (of the instance class) or maxConnections: the class db.x9z.large is not",
    ),
    "a number without a class": (
        ("databases", "orders"),
        {"instance": "shop-orders", "allocatedStorageGib": 20},
        "databases.orders: give memoryGib (of the instance class) or maxConnections: no class is given",
    ),
    "a second target group that is the first": (
        ("services", "api", "alternateTargetGroup"),
        "api",
        "services.api: alternateTargetGroup is targetGroup",
    ),
    "a second target group that is not there": (
        ("services", "api", "alternateTargetGroup"),
        "green",
        "services.api.alternateTargetGroup: public has no green, it has api, ",
    ),
    "a kind that is only a table": (("queues",), {"mail": {"queue": "a b"}}, "queues.mail.queue: "),
    "an unknown key of such a kind": (("queues",), {"mail": {"queue": "a", "dlq": "b"}}, "queues.mail.dlq: is no key"),
    "a missing key of such a kind": (("hosts",), {"one": {}}, "hosts.one.host: is missing"),
    "a choice that is none": (
        ("apis",),
        {"one": {"api": "a", "stage": "s", "type": "soap"}},
        "apis.one.type: ",
    ),
    "a region that such a kind is never in": (
        ("distributions",),
        {"site": {"distribution": "E1ABCDEFGHIJKL", "region": "eu-west-1"}},
        "distributions.site.region: its metrics are in us-east-1 alone",
    ),
    "an objective of nothing": (
        ("loadBalancers", "public", "slo"),
        {"objectivePercent": 100},
        "loadBalancers.public.slo.",
    ),
    "a group in capitals": (("services", "api", "group"), "Checkout", "services.api.group: "),
    "a balancer in another region": (
        ("services", "api", "region"),
        "us-east-1",
        "services.api.region: public is in another region",
    ),
    "half a reference": (
        ("services", "api", "logGroup"),
        {"fromStack": "shop/network/prod"},
        "services.api.logGroup: a value of another stack is {fromStack: organization/project/stack, output: name}",
    ),
    "no member": (("caches", "sessions", "members"), [], "caches.sessions.members: "),
    "a member's whole id": (("caches", "sessions", "members"), ["parcel-001"], "caches.sessions.members.0: "),
    "a time-out beyond Lambda's": (
        ("functions", "webhooks", "timeoutSeconds"),
        901,
        "functions.webhooks.timeoutSeconds",
    ),
    "a pager's address in plain text": (
        ("alerting", "critical", 0),
        {"protocol": "https", "endpoint": "https://pager.example/key"},
        "alerting.critical.0: an https address is a secret",
    ),
    "an address and a secret": (
        ("alerting", "warning", 0),
        {"protocol": "email", "endpoint": "a@b.example", "endpointSecret": "mail"},
        "alerting.warning.0: give either endpoint or endpointSecret",
    ),
    "no address": (("alerting", "warning", 0), {"protocol": "email"}, "alerting.warning.0: give either endpoint or"),
    "an unknown protocol": (
        ("alerting", "warning", 0),
        {"protocol": "pigeon", "endpoint": "loft"},
        "alerting.warning.0.protocol: ",
    ),
    "an unknown tier": (("alerting", "urgent"), [], "alerting.urgent: "),
    "a route that is no address": (
        ("alerting", "warning", 0),
        {"protocol": "email", "endpoint": "platform"},
        "alerting.warning.0: platform is no address for email",
    ),
    "a telephone number without its country": (
        ("alerting", "emergency", 0),
        {"protocol": "sms", "endpoint": "0171 2345"},
        "alerting.emergency.0: 0171 2345 is no address for sms",
    ),
    "a bad e-mail address in the budget": (("budget", "emails"), ["platform"], "budget.emails.0: "),
    "more addresses than AWS takes": (
        ("budget", "emails"),
        [f"{index}@parcel.example" for index in range(11)],
        "budget.emails: ",
    ),
    "a secret inside a structured key": (
        ("alerting", "critical", 0, "endpoint"),
        SECRET,
        "alerting.critical.0.endpoint holds a secret, which would reach the state as plain text: set the secret as",
    ),
    "a secret in plain text": (
        ("pagerUrl",),
        "https://pager.example/key",
        "pagerUrl stands there in plain text: run `pulumi config set --secret pagerUrl`",
    ),
    "a secret for what is none": (("product",), SECRET, "product holds a secret"),
}


@pytest.mark.parametrize("mistake", BAD)
def test_bad_input_is_one_line_that_names_the_key(
    mistake: str, written: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, value, expected = BAD[mistake]
    stack_file(tmp_path, changed(written, path, value))
    assert main(["--stack", "x", "--dir", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("infra.config: Pulumi.x.yaml: ")
    assert expected in printed.err
    assert printed.err.count("\n") == 1


FILES: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, "there is no "),
    "no YAML": (b"config:\n  a: [1\n  b: }", "is not YAML: "),
    "no text": (b"\xff\xfe\x00config", "cannot be read: "),
    "empty": (b"", "has no `config`"),
    "a list": (b"- config\n", "has no `config`"),
    "no config": (b"encryptionsalt: v1:abc\n", "has no `config`"),
    "a config that is no map": (b"config: staging\n", "has no `config`"),
    "nothing of ours": (b"config:\n  aws:region: eu-central-1\n  7: x\n", "Pulumi.x.yaml: product: is missing"),
}


@pytest.mark.parametrize(("content", "expected"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_stacks_is_one_line(
    content: bytes | None, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "Pulumi.x.yaml").write_bytes(content)
    assert main(["--stack", "x", "--dir", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert expected in printed.err
    assert "Pulumi.x.yaml" in printed.err
    assert printed.err.count("\n") == 1


def test_a_directory_of_that_name_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Pulumi.x.yaml").mkdir()
    assert main(["--stack", "x", "--dir", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def as_command(directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "infra.config", "--stack", "x", "--dir", str(directory)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)


def test_the_command_refuses_without_a_traceback(written: dict[str, Any], tmp_path: Path) -> None:
    stack_file(tmp_path, changed(written, ("services", "api", "clusterName"), "x"))
    ran = as_command(tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert "services.api.clusterName" in ran.stderr
