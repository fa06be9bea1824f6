"""CloudWatch's dashboards: checked as AWS checks them, and the same in every region, as AWS's are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["DASHBOARD_OPERATIONS", "HOME", "dashboard_arns"]

MAXIMUM_WIDGETS = 500
MAXIMUM_METRICS = 2500
MAXIMUM_WIDGET_METRICS = 500
PAGE = 1000

HOME = "us-east-1"  # dashboards belong to the account, not to a region; moto keeps them here
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_WIDGET_TYPES = ("alarm", "custom", "explorer", "log", "metric", "text")
_GRID: Mapping[str, tuple[int, float]] = {
    "x": (0, 23),
    "y": (0, float("inf")),
    "width": (1, 24),
    "height": (1, 1000),
}
_INVALID = "InvalidParameterInput"  # AWS's code of DashboardInvalidInputError


def _dashboards(call: GapCall) -> dict[str, Any]:
    dashboards: dict[str, Any] = cloudwatch_backends[call.account_id][HOME].dashboards
    return dashboards


def dashboard_arns(call: GapCall) -> set[str]:
    """The ARNs of all dashboards."""
    return {dashboard.arn for dashboard in _dashboards(call).values()}


def put_dashboard(call: GapCall) -> Mapping[str, Any]:
    """Create or replace a dashboard whose body is one."""
    name = call.parameters.get("DashboardName", "")
    if not _NAME.fullmatch(name):
        raise AwsError(
            _INVALID, f"The value {name} for parameter DashboardName is invalid: 1 to 255 of A-Z a-z 0-9 - _"
        )
    messages = [
        {"DataPath": path, "Message": says} for path, says in _problems(call.parameters.get("DashboardBody", ""))
    ]
    if messages:
        first = messages[0]
        raise AwsError(
            _INVALID,
            f"The dashboard body is invalid, there are {len(messages)} validation errors: "
            f"{first['DataPath']} {first['Message']}",
            dashboardValidationMessages=messages,
        )
    is_new = name not in _dashboards(call)
    backend = cloudwatch_backends[call.account_id][HOME]
    dashboard = backend.put_dashboard(name, call.parameters["DashboardBody"])
    if is_new:
        backend.tagger.tag_resource(dashboard.arn, call.parameters.get("Tags", []))
    return {"DashboardValidationMessages": []}


def _problems(body: str) -> list[tuple[str, str]]:
    """What is wrong with a body: where, and what."""
    try:
        dashboard = json.loads(body)
    except ValueError as error:
        return [("/", f"The field DashboardBody must be a valid JSON object ({error})")]
    if not isinstance(dashboard, dict) or not isinstance(dashboard.get("widgets"), list):
        return [("/", "Should have property widgets, an array")]
    widgets = dashboard["widgets"]
    problems = [problem for number, widget in enumerate(widgets) for problem in _widget_problems(number, widget)]
    if len(widgets) > MAXIMUM_WIDGETS:
        problems.append(("/widgets", f"Should NOT have more than {MAXIMUM_WIDGETS} items"))
    if sum(map(_metric_count, widgets)) > MAXIMUM_METRICS:
        problems.append(("/widgets", f"Should NOT have more than {MAXIMUM_METRICS} metrics in all"))
    return problems


def _widget_problems(number: int, widget: Any) -> list[tuple[str, str]]:
    at = f"/widgets/{number}"
    if not isinstance(widget, dict):
        return [(at, "Should be an object")]
    kind, properties = widget.get("type"), widget.get("properties")
    problems = []
    if kind not in _WIDGET_TYPES:
        problems.append((f"{at}/type", f"Should be equal to one of the allowed values {', '.join(_WIDGET_TYPES)}"))
    if not isinstance(properties, dict):
        return [*problems, (f"{at}/properties", "Should be an object")]
    if kind == "metric":
        if not properties.get("region"):
            problems.append((f"{at}/properties/region", "Should have property region"))
        if "metrics" not in properties and "annotations" not in properties:
            problems.append((f"{at}/properties/metrics", "Should have property metrics or annotations"))
    if _metric_count(widget) > MAXIMUM_WIDGET_METRICS:
        problems.append((f"{at}/properties/metrics", f"Should NOT have more than {MAXIMUM_WIDGET_METRICS} items"))
    for name, (least, most) in _GRID.items():
        if name in widget and not least <= widget[name] <= most:
            problems.append((f"{at}/{name}", f"Should be >= {least} and <= {most}"))
    return problems


def _metric_count(widget: Any) -> int:
    """A widget's metrics and expressions: a row each."""
    properties = widget.get("properties") if isinstance(widget, dict) else None
    metrics = properties.get("metrics") if isinstance(properties, dict) else None
    return len(metrics) if isinstance(metrics, list) else 0


def get_dashboard(call: GapCall) -> Mapping[str, Any]:
    """A dashboard, from whichever region one asks."""
    name = call.parameters.get("DashboardName", "")
    dashboard = _dashboards(call).get(name)
    if dashboard is None:
        raise AwsError("ResourceNotFound", f"Dashboard {name} does not exist", 404)
    return {"DashboardArn": dashboard.arn, "DashboardBody": dashboard.body, "DashboardName": dashboard.name}


def list_dashboards(call: GapCall) -> Mapping[str, Any]:
    """All dashboards, 1,000 to a page."""
    prefix, after = call.parameters.get("DashboardNamePrefix", ""), call.parameters.get("NextToken", "")
    names = sorted(name for name in _dashboards(call) if name.startswith(prefix) and name > after)
    entries = [
        {
            "DashboardName": name,
            "DashboardArn": _dashboards(call)[name].arn,
            "LastModified": _dashboards(call)[name].last_modified,
            "Size": _dashboards(call)[name].size,
        }
        for name in names[:PAGE]
    ]
    return {"DashboardEntries": entries, **({"NextToken": names[PAGE - 1]} if len(names) > PAGE else {})}


def delete_dashboards(call: GapCall) -> Mapping[str, Any]:
    """All of them, or none when one does not exist."""
    names = call.parameters.get("DashboardNames", [])
    if not names:
        raise AwsError("InvalidParameterValue", "At least one dashboard name must be specified")
    missing = [name for name in names if name not in _dashboards(call)]
    if missing:
        raise AwsError("ResourceNotFound", f"Dashboard {', '.join(missing)} does not exist", 404)
    tagger = cloudwatch_backends[call.account_id][HOME].tagger
    for name in set(names):
        tagger.delete_all_tags_for_resource(_dashboards(call).pop(name).arn)
    return {}


DASHBOARD_OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("cloudwatch", "DeleteDashboards"): delete_dashboards,
    ("cloudwatch", "GetDashboard"): get_dashboard,
    ("cloudwatch", "ListDashboards"): list_dashboards,
    ("cloudwatch", "PutDashboard"): put_dashboard,
}
