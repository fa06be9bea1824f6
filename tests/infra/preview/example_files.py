"""What the examples' repositories hold, before the change and after it."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

import yaml

ACCOUNT, REGION = "210987654321", "eu-central-1"
BALANCING = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
BALANCER = f"{BALANCING}:loadbalancer/app/parcel-prod/8c52f7e01b9d4a36"

RESPONSES = ((2.0, 1.0), (3.0, 1.0))
"""The critical threshold of a response time and the warning one, in seconds: as they are, as they would be."""

SERVICES = (3, 103)
"""How many services there are, and would be."""

QUEUES = (10, 12)
"""Over how many queues one alarm is, and would be."""


def responses(critical: float, warning: float) -> Mapping[str, str]:
    """A shop of two services, whose response time has a threshold of its own."""
    written = {
        **_stack(("api", "web")),
        "opslib:thresholds": {"responseSeconds": {"warning": warning, "critical": critical}},
        "opslib:bill": {"limitUsd": 60},
    }
    return {"Pulumi.prod.yaml": _file(written)}


def services(count: int) -> Mapping[str, str]:
    """A product of many services."""
    keys = ("api", "web", "search", *(f"tenant-{number:03d}" for number in range(1, count - 2)))
    return {"Pulumi.prod.yaml": _file({**_stack(keys[:count]), "opslib:bill": {"limitUsd": 1500}})}


def queues(count: int) -> Mapping[str, str]:
    """A team's own program: one alarm on what waits in all queues, and a dashboard."""
    names = ("orders", "labels", "invoices", "returns", "pickups", "routes", "scans", "customs", "refunds", "mails")
    names = (*names, "pushes", "exports")[:count]
    listed = "\n".join(f'    "{name}",' for name in names)
    program = dedent('''\
        """What our queues are watched by: `python -m infra.preview --stack prod --program monitoring:model`."""

        from opslib.monitoring import Alarm, CompositeAlarm, Dashboard, Expression, Graph, InAlarm, Line, Metric, Role

        QUEUES = (
        @LISTED@
        )


        def waiting(queue: str) -> Metric:
            name = "ApproximateNumberOfMessagesVisible"
            return Metric("AWS/SQS", name, (("QueueName", f"parcel-{queue}"),), "Maximum", 300, label=queue)


        def oldest(queue: str) -> Metric:
            name = "ApproximateAgeOfOldestMessage"
            return Metric("AWS/SQS", name, (("QueueName", f"parcel-{queue}"),), "Maximum", 60, label=f"{queue}: oldest")


        def alarm(key: str, series, threshold: float, title: str, why: str, points: int) -> Alarm:
            return Alarm(
                name=f"parcel-{key}", key=key, workload="queues", title=title, series=series,
                comparison="GreaterThanThreshold", threshold=threshold, severity="warning", role=Role.SYMPTOM, why=why,
                datapoints_to_alarm=points, evaluation_periods=points, missing_data="notBreaching",
            )


        def model() -> dict:
            total = Expression(
                " + ".join(f"FILL(q{n}, 0)" for n, _ in enumerate(QUEUES)),
                tuple((f"q{n}", waiting(queue)) for n, queue in enumerate(QUEUES)),
                "waiting",
            )
            backlog = alarm("backlog", total, 50_000, "Too much waits", "an hour's work of all workers", 3)
            stuck = [
                alarm(f"{queue}-stuck", oldest(queue), 900, f"{queue} is stuck", "parcels wait for it", 5)
                for queue in QUEUES
            ]
            paged = CompositeAlarm(
                name="parcel-queues", key="queues", workload="queues", title="Work piles up",
                rule=InAlarm(backlog.name), severity="critical", why="nothing is shipped",
            )
            graphs = [
                Graph(
                    "all queues: waiting", (total,), width=24,
                    lines=(Line("waiting: warning 50000", 50_000, "#ff7f0e"),),
                ),
                *(
                    Graph(f"{queue}: oldest message", (oldest(queue),), unit="s",
                          lines=(Line(f"{queue}: oldest: warning 900", 900, "#ff7f0e"),))
                    for queue in QUEUES
                ),
            ]
            return {
                "alarms": [backlog, *stuck],
                "composites": [paged],
                "dashboards": [Dashboard("parcel-queues", "queues", tuple(graphs))],
                "topics": "parcel-prod",
            }
    ''').replace("@LISTED@", listed)
    return {
        "monitoring.py": program,
        "Pulumi.prod.yaml": _file({"aws:region": REGION, "opslib:bill": {"limitUsd": 5.75, "freeTier": False}}),
    }


def _stack(keys: tuple[str, ...]) -> dict[str, object]:
    return {
        "aws:region": REGION,
        "aws:allowedAccountIds": [ACCOUNT],
        "opslib:product": "parcel",
        "opslib:environment": "prod",
        "opslib:services": {
            key: {"cluster": "parcel-prod", "service": key, "loadBalancer": "public", "targetGroup": key}
            for key in keys
        },
        "opslib:loadBalancers": {
            "public": {
                "arn": BALANCER,
                "targetGroups": {
                    key: {"arn": f"{BALANCING}:targetgroup/parcel-prod-{key}/{place:016x}"}
                    for place, key in enumerate(keys, 1)
                },
            }
        },
        "opslib:alerting": {"critical": [{"protocol": "https", "endpointSecret": "pagerUrl"}]},
    }


def _file(config: Mapping[str, object]) -> str:
    return yaml.safe_dump({"config": dict(config)}, sort_keys=False, width=120)
