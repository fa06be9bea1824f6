"""The page that the demo leaves behind: what is watched, why, and who is told."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.components.alerting import RECOVERY
from infra.config import TIERS, StackConfig
from infra.model import Monitoring
from opslib.stack import StackReport

__all__ = ["render"]


def render(config: StackConfig, model: Monitoring, report: StackReport) -> str:
    """The page, complete in itself: no script, nothing loaded.

    Args:
        config: The stack's configuration.
        model: What is watched and why.
        report: How it is in AWS now.
    """
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("page.html.j2").render(
        config=config,
        watched=list(model.everything),
        emergencies=(*model.of_stack, *model.stack_alarms),
        dashboards=model.dashboards,
        report=report,
        states={live.alarm.name: live.state for live in report.alarms},
        tiers=[*reversed(TIERS), RECOVERY],
        routes=_routes(config),
    )


def _routes(config: StackConfig) -> dict[str, list[str]]:
    """Who listens to each tier, in words; an address that is a secret is not told."""
    routes: dict[str, list[str]] = {}
    for tier, route in config.alerting.routes():
        who = route.endpoint or f"{route.protocol} (secret {route.endpoint_secret})"
        routes.setdefault(tier, []).append(who)
    return routes
