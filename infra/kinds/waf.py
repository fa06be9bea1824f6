"""A web ACL: what is let through and what is stopped, and requests by country where its rules label them.

Its metrics are named by its visibility configuration and not by its name. One for CloudFront has no dimension `Region`
and is in us-east-1 (say so by `region`); one for a load balancer or an API is where that is. Every count is published
only when it is not zero.
"""

from __future__ import annotations

from infra.kinds.settings import Choice, Identifier, Instances, Number
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Requirement

_NAMESPACE = "AWS/WAFV2"
_SCOPES = {
    "regional": {"WebACL": "web_acl", "Region": "protected_region", "Rule": "=ALL"},
    "cloudfront": {"WebACL": "web_acl", "Rule": "=ALL"},
}
_COUNTRY = "awswaf:clientip:geo:country"


def _blocked(scope: str) -> MathRow:
    allowed, blocked = f"allowed_{scope}", f"blocked_{scope}"
    total = f"(FILL({allowed}, 0) + FILL({blocked}, 0))"
    return MathRow(
        f"IF({total} >= {{minimum_requests}}, 100 * FILL({blocked}, 0) / {total}, 0)", (allowed, blocked), "Blocked"
    )


KIND = Kind(
    name="waf",
    section="webAcls",
    title="Web ACL",
    settings=(
        Identifier(
            name="web_acl", means="the metric name in its visibility configuration", pattern=r"[A-Za-z0-9_-]{1,128}"
        ),
        Identifier(
            name="protected_region",
            means="where what it protects is, for a regional one",
            pattern=r"[a-z]{2}(-[a-z]+)+-[0-9]",
            required=False,
        ),
        Choice(name="scope", means="what it protects", choices=("regional", "cloudfront")),
        Number(
            name="minimum_requests",
            means="requests in five minutes below which a share says nothing",
            lowest=1,
            highest=1e6,
            default=100,
        ),
        Instances(
            name="country",
            plural="countries",
            means="the countries whose requests are drawn",
            pattern=r"[A-Z]{2}",
        ),
    ),
    metrics={
        **{
            f"{name}_{scope}": MetricRow(_NAMESPACE, metric, dimensions, "Sum", label)
            for scope, dimensions in _SCOPES.items()
            for name, metric, label in (
                ("allowed", "AllowedRequests", "Allowed"),
                ("blocked", "BlockedRequests", "Blocked"),
                ("counted", "CountedRequests", "Counted"),
            )
        },
        **{
            f"from_country_{scope}": MetricRow(
                _NAMESPACE,
                "AllowedRequests",
                {
                    **{name: value for name, value in dimensions.items() if name != "Rule"},
                    "LabelNamespace": f"={_COUNTRY}",
                    "Label": "country",
                },
                "Sum",
                "From",
                Requirement.GEO_RULE,
            )
            for scope, dimensions in _SCOPES.items()
        },
        **{f"blocked_share_{scope}": _blocked(scope) for scope in _SCOPES},
    },
    alarms=tuple(
        row
        for scope in _SCOPES
        for row in (
            AlarmRow(
                f"blocked-{scope}",
                "Many requests are blocked",
                f"blocked_share_{scope}",
                "blockedPercent",
                why="an attack, or a rule that has begun to block users; both want somebody to look",
                points=(3, 3),
                period_seconds=300,
                only_with=scope,
            ),
            AlarmRow(
                f"unusual-blocks-{scope}",
                "Blocks are unusual",
                f"blocked_{scope}",
                Band(info=3),
                why="three deviations above what the hour leads to expect, for a quarter of an hour",
                points=(3, 3),
                comparison="GreaterThanUpperThreshold",
                period_seconds=300,
                only_with=scope,
            ),
            silence(
                "No request passes",
                f"allowed_{scope}",
                why="an hour in which nothing is let through: a rule blocks all, or the ACL protects nothing any more",
                pages="closed",
                minutes=60,
                key=f"silent-{scope}",
                only_with=scope,
            ),
        )
    ),
    composites=(
        CompositeRow("closed", "The web ACL lets nobody in", "critical", why="what it protects is not reached"),
    ),
    widgets=tuple(
        row
        for scope in _SCOPES
        for row in (
            WidgetRow(
                f"requests ({scope})",
                (f"allowed_{scope}", f"counted_{scope}"),
                "requests/min",
                only_with=scope,
                summary=True,
            ),
            WidgetRow(f"blocked ({scope})", (f"blocked_share_{scope}",), "%", only_with=scope, summary=True),
            WidgetRow(f"blocked requests ({scope})", (f"blocked_{scope}",), "requests/5 min", only_with=scope),
            WidgetRow(
                f"requests by country ({scope})",
                (f"from_country_{scope}",),
                "requests/min",
                only_with=scope,
                each="country",
                boards=("business",),
            ),
        )
    ),
)
"""What is watched on a web ACL."""
