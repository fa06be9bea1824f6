"""Reads distributions, certificates and web ACLs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from opslib.discover.asking import Asking
from opslib.discover.inventory_edge import Certificate, Distribution, WebAcl
from opslib.errors import Refused

__all__ = ["EDGE_REGION", "read_certificates", "read_distributions", "read_web_acls"]

EDGE_REGION: Final = "us-east-1"
"""Where AWS keeps the certificates and web ACLs of distributions, and publishes what is global."""

_KEY_TYPES: Final = (
    *("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096"),
    *("EC_prime256v1", "EC_secp384r1", "EC_secp521r1"),
)
"""ACM lists RSA of up to 2,048 bits alone unless it is told otherwise (ListCertificates, Includes)."""

_PROTECTED: Final = (
    *("APPLICATION_LOAD_BALANCER", "API_GATEWAY", "APPSYNC", "COGNITO_USER_POOL"),
    *("APP_RUNNER_SERVICE", "VERIFIED_ACCESS_INSTANCE", "AMPLIFY"),
)
"""What a regional web ACL can protect (WAF, ListResourcesForWebACL)."""
_NO_SUCH_TYPE: Final = "WAFInvalidParameterException"
"""How WAF answers for a type that is not in the region."""


def read_distributions(asking: Asking) -> tuple[Distribution, ...]:
    """Every distribution of the account, by name and id.

    Args:
        asking: Reads AWS.
    """
    found = (_distribution(one) for one in asking.each("cloudfront", "ListDistributions", "DistributionList.Items"))
    return tuple(sorted(found, key=lambda one: (one.name, one.id)))


def _distribution(one: Mapping[str, Any]) -> Distribution:
    aliases = sorted((one.get("Aliases") or {}).get("Items") or ())
    acl = str(one.get("WebACLId") or "")
    return Distribution(
        arn=one["ARN"],
        id=one["Id"],
        name=str(aliases[0] if aliases else one.get("Comment") or ""),
        is_enabled=bool(one["Enabled"]),
        certificate_arn=str((one.get("ViewerCertificate") or {}).get("ACMCertificateArn") or ""),
        web_acl_arn=acl if acl.startswith("arn:") else "",
    )


def read_certificates(asking: Asking, only: Collection[str] | None = None) -> tuple[Certificate, ...]:
    """The certificates of the clients' region, by domain and ARN.

    Args:
        asking: Reads AWS.
        only: ARNs of those that are wanted; None: all.
    """
    found = (
        Certificate(
            arn=one["CertificateArn"],
            domain=str(one.get("DomainName", "")),
            status=str(one.get("Status", "")),
            is_in_use=bool(one.get("InUse")),
        )
        for one in asking.each(
            "acm", "ListCertificates", "CertificateSummaryList", Includes={"keyTypes": list(_KEY_TYPES)}
        )
        if only is None or one["CertificateArn"] in only
    )
    return tuple(sorted(found, key=lambda one: (one.domain, one.arn)))


def read_web_acls(asking: Asking, scope: str = "REGIONAL", only: Collection[str] | None = None) -> tuple[WebAcl, ...]:
    """The web ACLs of the clients' region, by name and ARN.

    Args:
        asking: Reads AWS; in us-east-1 for those of distributions.
        scope: `REGIONAL` or `CLOUDFRONT`.
        only: ARNs of those that are wanted, those that distributions use; None: all.
    """
    found = []
    for one in asking.each("wafv2", "ListWebACLs", "WebACLs", Scope=scope):
        if only is not None and one["ARN"] not in only:
            continue
        acl = asking.ask("wafv2", "GetWebACL", Name=one["Name"], Scope=scope, Id=one["Id"])["WebACL"]
        shown = acl.get("VisibilityConfig") or {}
        metric = str(shown.get("MetricName", "")) if shown.get("CloudWatchMetricsEnabled") else ""
        is_in_use = scope == "CLOUDFRONT" or _protects(asking, one["ARN"])
        found.append(WebAcl(arn=one["ARN"], name=one["Name"], scope=scope, metric=metric, is_in_use=is_in_use))
    return tuple(sorted(found, key=lambda one: (one.name, one.arn)))


def _protects(asking: Asking, arn: str) -> bool:
    """Whether a regional web ACL protects something: it is asked for one type of resource at a time."""
    for kind in _PROTECTED:
        try:
            if asking.ask("wafv2", "ListResourcesForWebACL", WebACLArn=arn, ResourceType=kind).get("ResourceArns"):
                return True
        except Refused as problem:
            if _NO_SUCH_TYPE not in str(problem):
                raise
    return False
