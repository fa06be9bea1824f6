"""What a person would write of what runs: a stack's configuration, and what it leaves out and why.

Only what AWS tells is written. Nothing is written that this program would then create in the place of something that
runs: a service's autoscaling is theirs, and stays so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.adopt.draft_rows import ROWS, drafted
from infra.adopt.draft_services import drafted_balancers, drafted_services
from infra.adopt.draft_stores import drafted_caches, drafted_clusters, drafted_databases, drafted_queues
from infra.adopt.drafting import Drafting, LeftOut
from infra.config import StackConfig
from opslib.discover import Inventory, Watching

__all__ = ["NOT_DRAFTED", "Draft", "LeftOut", "draft"]

_YOURS = "AWS does not tell what it is called in what the application writes"

NOT_DRAFTED: Mapping[str, str] = {
    "agent": _YOURS,
    "business": _YOURS,
    "billing": "what a month may cost is yours to say",
    "delivery": "which rule takes the same way at least hourly is yours to say",
    "automation": "it is what opslib does by itself, which the stack watches by itself",
    "security": "the trail belongs to the account, which has a stack of its own",
    "backup_vault": "AWS does not tell whether it is filled every day: of one that is not, the silence would ring",
}
"""The kinds that are never written, and why."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A configuration that is not written yet.

    Attributes:
        account: The account that it is for.
        region: The region.
        written: What stands under our namespace, without it.
        config: The same, validated.
        left_out: What runs and is not in it.
        left_alone: What of the workloads stays as it is although a stack could have it.
    """

    account: str
    region: str
    written: Mapping[str, Any]
    config: StackConfig
    left_out: tuple[LeftOut, ...] = ()
    left_alone: tuple[str, ...] = field(default=())

    @property
    def document(self) -> dict[str, Any]:
        """The file, as YAML has it."""
        own = {f"opslib:{name}": value for name, value in self.written.items()}
        return {"config": {"aws:region": self.region, "aws:allowedAccountIds": [self.account], **own}}


def draft(inventory: Inventory, watching: Watching, *, product: str, environment: str, source: str) -> Draft:
    """The configuration that covers what runs.

    Args:
        inventory: What runs.
        watching: Who watches it; those whom alarms tell by e-mail are told by this stack too.
        product: What the product is called.
        environment: What the environment is called.
        source: The file it is for, for messages.

    Raises:
        BadRequest: Nothing runs that can be watched, or a name cannot be one.
    """
    drafting = Drafting(product, environment)
    balancers = drafted_balancers(drafting, inventory)
    sections: dict[str, Any] = {
        "services": drafted_services(drafting, inventory, balancers),
        "loadBalancers": balancers.written,
        "databases": drafted_databases(drafting, inventory),
        "auroraClusters": drafted_clusters(drafting, inventory),
        "caches": drafted_caches(drafting, inventory),
        "functions": _functions(drafting, inventory),
        "queues": drafted_queues(drafting, inventory),
        **{row.section: drafted(drafting, inventory, row) for row in ROWS},
    }
    written: dict[str, Any] = {"product": product, "environment": environment}
    written |= {name: section for name, section in sections.items() if section}
    if alerting := _alerting(watching):
        written["alerting"] = alerting
    config = StackConfig.parse(written, source=source)
    if any(one.protocol not in ("email", "email-json") for one in watching.subscriptions):
        drafting.left_alone.append(
            "what their topics tell besides e-mail (pagers, functions, queues): nobody is paged twice while both watch"
        )
    return Draft(
        inventory.account, inventory.region, written, config, tuple(drafting.left_out), tuple(drafting.left_alone)
    )


def _functions(drafting: Drafting, inventory: Inventory) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in inventory.functions:
        key = drafting.key(one.name, "function")
        alias = one.aliases[0] if len(one.aliases) == 1 else None
        found[key] = {
            "function": one.name,
            **({"alias": alias} if alias else {}),
            **({"runtime": one.runtime} if one.runtime else {}),
            "timeoutSeconds": one.timeout_seconds,
            **({"stream": True} if one.reads_stream else {}),
        }
    return found


def _alerting(watching: Watching) -> dict[str, Any]:
    """Everybody whom an alarm tells by e-mail, on the tiers that ask for a person."""
    addresses = dict.fromkeys(
        one.endpoint for one in watching.subscriptions if one.protocol in ("email", "email-json") and one.endpoint
    )
    routes = [{"protocol": "email", "endpoint": address} for address in addresses]
    return dict.fromkeys(("warning", "critical", "emergency"), routes) if routes else {}
