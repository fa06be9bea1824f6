"""A product in a sandbox, with its stack over it and traffic through it: what is told to whom when it fails."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.request import Request, urlopen

from demo.workload import workload_of
from infra import program
from infra.config import StackConfig
from opslib.sandbox import Sandbox
from opslib.sandbox.behaviour.traffic.script import FunctionFlow, TrafficScript
from opslib.sandbox.programs.in_process import run_program
from opslib.sandbox.provider import StandInProvider

ACCOUNT, REGION = "123456789012", "eu-central-1"
_BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
_LISTENER = "listener/app/shop/8c52f7e01b9d4a36/e7a4063d5f1c2b98"
_MAIL = {"protocol": "email", "endpoint": "team@shop.example"}
_PAGER = {"protocol": "https", "endpointSecret": "pagerUrl"}

SECRETS = {"opslib:pagerUrl": "https://pager.example/c4nary", "opslib:oncallPhone": "+4915112345678"}

PRODUCT: dict[str, Any] = {
    "product": "shop",
    "environment": "prod",
    "services": {
        key: {
            "cluster": "shop",
            "service": key,
            "taskFamily": f"shop-{key}",
            "containers": {key: {"port": 8080, "repository": f"shop/{key}"}},
            "loadBalancer": "public",
            "targetGroup": key,
        }
        for key in ("api", "web")
    },
    "loadBalancers": {
        "public": {
            "arn": f"{_BALANCER}:loadbalancer/app/shop/8c52f7e01b9d4a36",
            "slo": {"objectivePercent": 99.9},
            "targetGroups": {
                key: {"arn": f"{_BALANCER}:targetgroup/shop-{key}/73e2d6bc24d8a06{number}"}
                for number, key in enumerate(("api", "web"))
            },
            "listeners": [
                {
                    "arn": f"{_BALANCER}:{_LISTENER}",
                    "port": 443,
                    "rules": [
                        f"{_BALANCER}:{_LISTENER.replace('listener', 'listener-rule', 1)}/1a2b3c4d5e6f708{number}"
                        for number in (1, 2)
                    ],
                }
            ],
        }
    },
    "databases": {
        "orders": {
            "instance": "shop-orders",
            "instanceClass": "db.r7g.xlarge",
            "allocatedStorageGib": 500,
            "secrets": {"api": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:shop/orders/api-Ab12Cd"},
        }
    },
    "functions": {"hooks": {"function": "shop-hooks", "alias": "live", "timeoutSeconds": 30, "invokedHourly": True}},
    "alerting": {
        "info": [_MAIL],
        "warning": [_MAIL],
        "critical": [_PAGER],
        "emergency": [_PAGER, {"protocol": "sms", "endpointSecret": "oncallPhone"}],
        "recovery": [_MAIL],
    },
}
HEALTHY = TrafficScript(region=REGION, functions={"*": FunctionFlow(errors_percent=0)})

WHO = {"https": "pager", "sms": "phone", "email": "mail"}


@dataclass
class Told:
    """What arrived: by whom it was read, whether it rang or had stopped, and of which alarm.

    Attributes:
        rang: Alarms that rang, by who was told and how often.
        stopped: The same of alarms that had stopped.
        first: When each alarm was first told to ring.
        other: Whatever says neither.
    """

    rang: Counter[tuple[str, str]] = field(default_factory=Counter)
    stopped: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[str, datetime] = field(default_factory=dict)
    other: list[str] = field(default_factory=list)

    def pages(self) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
        """What reached somebody who may be asleep, and what told them that it is over."""
        loud = [{key: n for key, n in told.items() if key[0] != "mail"} for told in (self.rang, self.stopped)]
        return loud[0], loud[1]

    def mail(self) -> set[str]:
        """What rang in the mail."""
        return {name for who, name in self.rang if who == "mail"}


class Shop:
    """The product, deployed and monitored.

    Args:
        sandbox: A sandbox, which is emptied.
        written: The stack's file, under our namespace.
        secrets: What it names, by full key.

    Attributes:
        ran: The run of the program.
    """

    def __init__(
        self, sandbox: Sandbox, written: Mapping[str, Any] = PRODUCT, secrets: Mapping[str, str] = SECRETS
    ) -> None:
        self.sandbox = sandbox
        sandbox.reset()
        sandbox.seed_random(7)
        config = StackConfig.parse(written, source="test")
        sandbox.seed(workload_of(config, region=REGION, account=ACCOUNT))
        values = {f"opslib:{key}": value for key, value in written.items()}
        self.ran = run_program(
            program.main,
            project="opslib",
            stack="prod",
            config={"aws:region": REGION, "aws:allowedAccountIds": [ACCOUNT], **values, **secrets},
            secret_keys=tuple(secrets),
            provider=StandInProvider(endpoint_url=sandbox.url, region=REGION),
        )
        listed = sandbox.client("sns", REGION).list_subscriptions()["Subscriptions"]
        for endpoint in {
            one["Endpoint"] for one in listed if one["Protocol"] == "email" or "pager." in one["Endpoint"]
        }:
            sandbox.confirm_subscription(endpoint)

    def passes(self, minutes: int) -> None:
        """Let so many minutes pass."""
        self.sandbox.clock.advance(60 * minutes)

    def told(self) -> Told:
        """What has arrived since the last time."""
        found = Told()
        for one in self._ask("GET", "inbox")["deliveries"]:
            who = WHO[one["protocol"]]
            try:
                said = json.loads(one["message"])
            except ValueError:
                found.other.append(one["message"])
                continue
            if "AlarmName" not in said:  # what opslib tells of its own work
                found.other.append(one["message"])
                continue
            name = said["AlarmName"].removeprefix("shop-prod-")
            if said["NewStateValue"] == "ALARM":
                found.rang[who, name] += 1
                found.first.setdefault(name, datetime.fromisoformat(one["at"]))
            elif said["OldStateValue"] == "ALARM":
                found.stopped[who, name] += 1
            else:
                found.other.append(f"{name}: {said['OldStateValue']} to {said['NewStateValue']}")
        self._ask("DELETE", "inbox")
        return found

    def conduct(self, key: str, **conduct: Any) -> None:
        """What tasks of a service's running revision do from now on; without anything: what they should."""
        ecs = self.sandbox.client("ecs", REGION)
        (service,) = ecs.describe_services(cluster="shop", services=[key])["services"]
        self._ask("POST", "conduct", {"of": service["taskDefinition"], "conduct": conduct})

    def stop_tasks(self, key: str) -> None:
        """Stop every task of a service; ECS starts others."""
        ecs = self.sandbox.client("ecs", REGION)
        for task in ecs.list_tasks(cluster="shop", serviceName=key)["taskArns"]:
            ecs.stop_task(cluster="shop", task=task)

    def becomes_quiet(self) -> None:
        """Wait until nothing rings.

        A task that started late costs objective, and the long window of the slow burn, which by itself tells nobody, is
        six hours.
        """
        for _ in range(7):
            if not self.ringing():
                return
            self.passes(60)
        raise AssertionError(self.ringing())

    def ringing(self) -> set[str]:
        """What rings now."""
        cloudwatch = self.sandbox.client("cloudwatch", REGION)
        found = cloudwatch.describe_alarms(
            StateValue="ALARM", AlarmTypes=["MetricAlarm", "CompositeAlarm"], MaxRecords=100
        )
        return {alarm["AlarmName"] for kind in ("MetricAlarms", "CompositeAlarms") for alarm in found[kind]}

    def publish(self, namespace: str, dimensions: dict[str, str], **values: float) -> None:
        """What AWS would publish of itself, now."""
        samples = [
            {"namespace": namespace, "name": name, "value": value, "region": REGION, "dimensions": dimensions}
            for name, value in values.items()
        ]
        self._ask("POST", "metrics", {"samples": samples})

    def _ask(self, method: str, route: str, document: Any = None) -> Any:
        body = None if document is None else json.dumps(document).encode()
        with urlopen(Request(f"{self.sandbox.url}/_sandbox/{route}", body, method=method), timeout=60) as answer:
            return json.loads(answer.read() or b"null")
