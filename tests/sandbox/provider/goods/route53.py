"""Good and bad ones of Route 53: health checks."""

from __future__ import annotations

from tests.sandbox.provider.good import DROP, OTHER_TAGS, TAGS, Bad, Good

GOODS = (
    Good(
        token="aws:route53/healthCheck:HealthCheck",
        inputs={
            "type": "HTTPS_STR_MATCH",
            "fqdn": "shop.example",
            "port": 443.0,
            "resourcePath": "/health?deep=1",
            "searchString": "ok",
            "enableSni": True,
            "requestInterval": 30.0,
            "failureThreshold": 3.0,
            "measureLatency": True,
            "regions": ["eu-west-1", "us-east-1", "us-west-2"],
            "tags": TAGS,
        },
        change={
            "fqdn": "www.shop.example",
            "searchString": "fine",
            "failureThreshold": 5.0,
            "regions": ["eu-west-1", "us-east-1", "us-west-2", "sa-east-1"],
            "tags": OTHER_TAGS,
        },
        replacements={"type": "HTTP_STR_MATCH", "requestInterval": 10.0, "measureLatency": False},
        outside=("route53", "update_health_check", {"HealthCheckId": "{id}", "FailureThreshold": 1}),
        drift=("failureThreshold",),
        put_style=False,
        bads=(
            Bad({"type": DROP}, "type", "required"),
            Bad({"type": "TCP"}, "type", "stand-in"),
            Bad({"fqdn": DROP}, "fqdn", "required"),
            Bad({"requestInterval": 20.0}, "requestInterval", "10 or 30"),
            Bad({"requestInterval": DROP}, "requestInterval", "required"),
            Bad({"searchString": DROP}, "searchString", "required"),
            Bad({"type": "HTTPS"}, "searchString", "no other type"),
            Bad({"type": "HTTP_STR_MATCH"}, "enableSni", "for HTTPS"),
            Bad({"failureThreshold": 11.0}, "failureThreshold"),
            Bad({"regions": ["eu-west-1"]}, "regions", "3"),
            Bad({"region": "us-east-1"}, "region"),
            Bad({"childHealthchecks": ["x"]}, "childHealthchecks", "stand-in"),
        ),
    ),
)
