"""Which resources a selection means."""

from __future__ import annotations

from typing import Any

import pytest

from opslib.sandbox.behaviour.backup.selecting import selects

pytestmark = pytest.mark.feature("M22")

VOLUME = "arn:aws:ec2:eu-west-1:123456789012:volume/vol-1"


def where(**conditions: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "Conditions": {
            operator: [{"ConditionKey": f"aws:ResourceTag/{key}", "ConditionValue": value} for key, value in pairs]
            for operator, pairs in conditions.items()
        }
    }


def tagged(*pairs: tuple[str, str]) -> dict[str, Any]:
    one = [{"ConditionType": "STRINGEQUALS", "ConditionKey": key, "ConditionValue": value} for key, value in pairs]
    return {"ListOfTags": one}


ALL = {"Resources": ["*"]}
VOLUMES = {"Resources": ["arn:aws:ec2:*:*:volume/*"]}
BUCKETS = {"Resources": ["arn:aws:s3:::*"]}

CASES: list[tuple[dict[str, Any], dict[str, str], bool]] = [
    (ALL, {}, True),
    (VOLUMES, {}, True),
    (BUCKETS, {}, False),
    (BUCKETS | tagged(("backup", "yes")), {"backup": "yes"}, True),  # one of both is enough
    (tagged(("backup", "yes"), ("team", "shop")), {"team": "shop"}, True),
    (tagged(("backup", "yes")), {"backup": "no"}, False),
    (ALL | where(StringEquals=[("backup", "yes"), ("team", "shop")]), {"backup": "yes", "team": "shop"}, True),
    (ALL | where(StringEquals=[("backup", "yes"), ("team", "shop")]), {"backup": "yes"}, False),  # all have to hold
    (BUCKETS | where(StringEquals=[("backup", "yes")]), {"backup": "yes"}, False),
    (where(StringEquals=[("backup", "yes")]), {"backup": "yes"}, True),  # nothing named: everything
    (ALL | where(StringLike=[("name", "shop-*")]), {"name": "shop-main"}, True),
    (ALL | where(StringLike=[("name", "shop-*")]), {}, False),
    (ALL | where(StringLike=[("name", "shop-?")]), {"name": "shop-1"}, False),  # only the asterisk is a wildcard
    (ALL | where(StringNotEquals=[("stage", "test")]), {"stage": "prod"}, True),
    (ALL | where(StringNotEquals=[("stage", "test")]), {"stage": "test"}, False),
    (ALL | where(StringNotLike=[("name", "tmp*")]), {"name": "tmp-1"}, False),
    (ALL | where(StringNotLike=[("name", "tmp*")]), {}, True),
    (ALL | {"NotResources": [VOLUME]}, {}, False),
    (ALL | {"NotResources": ["arn:aws:s3:::*"]}, {}, True),
]


@pytest.mark.parametrize(("selection", "tags", "means"), CASES)
def test_a_selection_means_what_aws_says(selection: dict[str, Any], tags: dict[str, str], means: bool) -> None:
    assert selects(selection, VOLUME, tags) is means
