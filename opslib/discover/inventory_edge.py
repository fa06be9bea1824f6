"""What users meet first: distributions, certificates, APIs, web ACLs, and what tries them from outside."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Api", "Canary", "Certificate", "Distribution", "HealthCheck", "WebAcl"]


@dataclass(frozen=True, slots=True)
class Distribution:
    """A CloudFront distribution.

    Attributes:
        arn: Its ARN.
        id: Its id.
        name: Its first alias in the alphabet, else its comment; empty where it has neither.
        is_enabled: Whether it answers.
        certificate_arn: Its certificate in ACM, in us-east-1; empty where it has CloudFront's own, or one of IAM.
        web_acl_arn: Its web ACL; empty where it has none, or one of WAF Classic.
    """

    arn: str
    id: str
    name: str
    is_enabled: bool
    certificate_arn: str
    web_acl_arn: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate in ACM.

    Attributes:
        arn: Its ARN, which names its region.
        domain: Its first domain.
        status: ACM's word: `ISSUED`, `PENDING_VALIDATION` …
        is_in_use: Whether something of AWS's uses it; ACM renews no other.
    """

    arn: str
    domain: str
    status: str
    is_in_use: bool

    @property
    def region(self) -> str:
        """Where it is."""
        return self.arn.split(":")[3]


@dataclass(frozen=True, slots=True)
class Api:
    """A stage of an API in API Gateway; an API without one has an empty stage.

    Attributes:
        arn: The API's ARN.
        id: The API's id.
        name: The API's name.
        stage: The stage's name.
        protocol: `REST`, `HTTP` or `WEBSOCKET`.
    """

    arn: str
    id: str
    name: str
    stage: str
    protocol: str


@dataclass(frozen=True, slots=True)
class WebAcl:
    """A web ACL of WAF.

    Attributes:
        arn: Its ARN, which names its region.
        name: Its name.
        scope: `REGIONAL` or `CLOUDFRONT`.
        metric: Under which name its metrics are published; empty where they are switched off.
        is_in_use: Whether it protects something.
    """

    arn: str
    name: str
    scope: str
    metric: str
    is_in_use: bool

    @property
    def region(self) -> str:
        """Where it is, and its metrics."""
        return self.arn.split(":")[3]


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A health check of Route 53.

    Attributes:
        arn: Its ARN.
        id: Its id.
        name: Its tag `Name`, else the name or address that it asks; empty where it asks none.
        kind: Route 53's word for its type: `HTTPS`, `TCP`, `CALCULATED` …
        is_disabled: Whether it asks no more.
        measures_latency: Whether times are measured.
        made_by: The AWS service that made it for itself; empty where a person did.
    """

    arn: str
    id: str
    name: str
    kind: str
    is_disabled: bool
    measures_latency: bool
    made_by: str


@dataclass(frozen=True, slots=True)
class Canary:
    """A canary of CloudWatch Synthetics.

    Attributes:
        arn: Its ARN.
        name: Its name.
        state: Synthetics' word: `RUNNING`, `STOPPED` …
        schedule: Its schedule's expression.
        time_out_seconds: After how long a run is given up.
    """

    arn: str
    name: str
    state: str
    schedule: str
    time_out_seconds: int
