"""What can be backed up: a row for each type of resource that the sandbox has, with where moto keeps it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from opslib.sandbox.account import Account

__all__ = ["KINDS", "Kind", "Resource", "kind_of", "resource_with", "resources_in", "too_close_to_maintenance"]

_WINDOW = re.compile(
    r"(?P<day>[a-z]{3}):(?P<hour>\d\d):(?P<minute>\d\d)-(?P<to_day>[a-z]{3}):(?P<to_hour>\d\d):(?P<to>\d\d)"
)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_BEFORE_MAINTENANCE = timedelta(hours=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that can be backed up.

    Attributes:
        arn: Its ARN.
        kind: Its type, as AWS Backup calls it.
        tags: Its tags.
        kept: It, as moto keeps it.
    """

    arn: str
    kind: str
    tags: Mapping[str, str]
    kept: Any


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of resource.

    Attributes:
        name: What AWS Backup calls it.
        within: What moto keeps of it in a region: each with its ARN and tags. None: AWS Backup knows the type, the
            sandbox has none that a plan could select.
        of_arn: What its ARNs look like.
        continuous: Whether it can be backed up continuously (AWS, "Feature availability by resource").
        point: What ARNs of its recovery points end in, after the account; None: `recovery-point:` and the id.
    """

    name: str
    within: Callable[[Account, str], Iterator[tuple[str, Mapping[str, str], Any]]] | None
    of_arn: str
    continuous: bool = False
    point: str | None = None


def _pairs(tags: Any) -> dict[str, str]:
    return {one["Key"]: one["Value"] for one in tags or ()}


def _instances(account: Account, region: str) -> Iterator[tuple[str, Mapping[str, str], Any]]:
    """Those that are in no cluster."""
    from moto.rds.models import rds_backends

    for database in list(rds_backends[account.account_id][region].databases.values()):
        if not database.db_cluster_identifier:
            yield database.db_instance_arn, _pairs(database.tags), database


def _clusters(account: Account, region: str) -> Iterator[tuple[str, Mapping[str, str], Any]]:
    from moto.rds.models import rds_backends

    for cluster in list(rds_backends[account.account_id][region].clusters.values()):
        yield cluster.db_cluster_arn, _pairs(cluster.tags), cluster


def _tables(account: Account, region: str) -> Iterator[tuple[str, Mapping[str, str], Any]]:
    from moto.dynamodb.models import dynamodb_backends

    for table in list(dynamodb_backends[account.account_id][region].tables.values()):
        yield table.table_arn, _pairs(table.tags), table


def _buckets(account: Account, region: str) -> Iterator[tuple[str, Mapping[str, str], Any]]:
    from moto.s3.models import s3_backends

    for partition in ("aws", "aws-cn", "aws-us-gov"):
        backend = s3_backends[account.account_id].get(partition)
        for bucket in [] if backend is None else list(backend.buckets.values()):
            if bucket.region_name == region:
                yield bucket.arn, backend.tagger.get_tag_dict_for_resource(bucket.arn), bucket


KINDS: tuple[Kind, ...] = (
    Kind("RDS", _instances, r"arn:[^:]+:rds:[^:]+:\d+:db:.+", continuous=True, point="rds:snapshot:awsbackup:"),
    Kind(
        "Aurora",
        _clusters,
        r"arn:[^:]+:rds:[^:]+:\d+:cluster:.+",
        continuous=True,
        point="rds:cluster-snapshot:awsbackup:",
    ),
    Kind("DynamoDB", _tables, r"arn:[^:]+:dynamodb:[^:]+:\d+:table/.+"),
    Kind("S3", _buckets, r"arn:[^:]+:s3:::.+", continuous=True),
    Kind("EC2", None, r"arn:[^:]+:ec2:[^:]+:\d+:instance/.+"),
    Kind("EBS", None, r"arn:[^:]+:ec2:[^:]+:\d+:volume/.+"),
    Kind("EFS", None, r"arn:[^:]+:elasticfilesystem:[^:]+:\d+:file-system/.+"),
)
"""Every type that a backup can be asked of."""


def kind_of(arn: str) -> Kind | None:
    """The type of a resource by its ARN; None: AWS Backup has none such."""
    return next((kind for kind in KINDS if re.fullmatch(kind.of_arn, arn)), None)


def resources_in(account: Account, region: str) -> Iterator[Resource]:
    """Everything in a region that a plan can select."""
    for kind in KINDS:
        if kind.within is not None:
            for arn, tags, kept in kind.within(account, region):
                yield Resource(arn, kind.name, tags, kept)


def resource_with(account: Account, region: str, arn: str) -> Resource | None:
    """A resource by its ARN; None: it is not there."""
    return next((one for one in resources_in(account, region) if one.arn == arn), None)


def too_close_to_maintenance(resource: Resource, now: datetime) -> bool:
    """Whether it takes no backup now: an RDS instance in its maintenance window, or in the hour before it.

    AWS Backup developer guide, "Backup plan options and configuration": database services other than Aurora cannot
    start a backup then.
    """
    if resource.kind != "RDS":
        return False
    found = _WINDOW.fullmatch(str(resource.kept.preferred_maintenance_window))
    if found is None:
        return False

    def last(day: str, hour: str, minute: str) -> datetime:
        """When it was last so late in the week."""
        at = now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        at += timedelta(days=(_DAYS.index(day) - now.weekday()) % 7)
        return at if at <= now else at - _WEEK

    begins, ends = last(*found.group("day", "hour", "minute")), last(*found.group("to_day", "to_hour", "to"))
    return begins > ends or begins + _WEEK - now <= _BEFORE_MAINTENANCE
