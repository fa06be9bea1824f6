"""Recovery points in S3 of the sandbox: two regions, KMS keys, versions and lifecycle rules."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from opslib.backup import inventory
from opslib.backup.config import parse_config
from opslib.clients import Clients
from tests.damage.ground import Ground
from tests.damage.points import moments
from tests.damage.row import Findings, Scene

__all__ = ["BUCKET", "BucketTrial"]

REGION, SECOND = "eu-west-1", "us-east-1"
EVERY = timedelta(hours=4)
COUNT = 8


@dataclass
class BucketTrial:
    """A bucket with a second copy.

    Attributes:
        place: The directory of the configuration.
        clients: opslib's, of the sandbox.
        client: A boto3 client of a service in a region.
        name: Of the bucket; the copy's ends in `-second`.
        keys: The KMS key of each region.
        names: Of the points, the oldest first.
        source: What else is expected of them.
        now: The time of the inventory that judges; None: now.
    """

    place: Path
    clients: Clients
    client: Callable[[str, str], Any]
    name: str
    keys: dict[str, str]
    names: list[str]
    source: dict[str, Any] = field(default_factory=dict)
    now: datetime | None = None

    @property
    def s3(self) -> Any:
        """Of the first region."""
        return self.client("s3", REGION)

    def put(self, name: str, content: bytes, *, key: str = "", region: str = REGION) -> None:
        """Write a point; without a key it is encrypted as S3 does by itself."""
        bucket = self.name if region == REGION else f"{self.name}-second"
        how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        self.client("s3", region).put_object(
            Bucket=bucket, Key=f"shop/{name}/database.dump", Body=content, ChecksumAlgorithm="SHA256", **how
        )

    def count(self) -> Findings:
        """An inventory."""
        place = {"bucket": self.name, "prefix": "shop/", "region": REGION}
        copy = {"bucket": f"{self.name}-second", "prefix": "shop/", "region": SECOND}
        source = {
            "kind": "files",
            "s3": place,
            "second_copy": {"s3": copy},
            "rpo_seconds": int(EVERY.total_seconds()),
            "retention": {"days": 1},
            "encryption": {"algorithm": "aws:kms", "key": self.keys[REGION]},
        } | self.source
        document = {"environment": "test", "sources": {"shop": source}}
        config = parse_config(document, place=self.place, source="the trial")
        return inventory(config, clients=self.clients, now=self.now)[0].report.found()

    def judge(self) -> Findings:
        """The inventory after the damage."""
        return self.count()

    def is_damaged(self) -> bool:
        """It is, wherever this is asked."""
        return True

    def where(self, name: str, region: str = REGION) -> dict[str, str]:
        """The object of a point."""
        bucket = self.name if region == REGION else f"{self.name}-second"
        return {"Bucket": bucket, "Key": f"shop/{name}/database.dump"}


def later(trial: BucketTrial, chance: Random) -> str:
    """Nothing new for hours."""
    trial.now = datetime.now(UTC) + timedelta(hours=chance.randrange(4, 20))
    return f"looked at {trial.now:%Y-%m-%d %H:%M} UTC"


def lose_for_good(trial: BucketTrial, chance: Random) -> str:
    """A point's only version, deleted by its id."""
    where = trial.where(chance.choice(trial.names[-6:-1]))
    version = trial.s3.head_object(**where)["VersionId"]
    trial.s3.delete_object(**where, VersionId=version)
    return f"{where['Key']}: its version deleted"


def lose_recorded(trial: BucketTrial, chance: Random) -> str:
    """The same after an inventory has seen it."""
    trial.count()
    return lose_for_good(trial, chance)


def hide(trial: BucketTrial, chance: Random) -> str:
    """A delete marker over a point."""
    where = trial.where(chance.choice(trial.names[-6:]))
    trial.s3.delete_object(**where)
    return f"{where['Key']}: deleted, a marker hides it"


def lose_current(trial: BucketTrial, chance: Random) -> str:
    """The current version of a point that has an older one: S3 shows that one instead, and nobody complains."""
    name = chance.choice(trial.names[-6:])
    trial.put(name, b"the point as it should be" * 9, key=trial.keys[REGION])
    trial.put(name, b"the point as it should be" * 9, key=trial.keys[SECOND], region=SECOND)
    trial.count()
    version = trial.s3.head_object(**trial.where(name))["VersionId"]
    trial.s3.delete_object(**trial.where(name), VersionId=version)
    return f"{name}: its current version deleted, an older one shows"


def overwrite(trial: BucketTrial, chance: Random) -> str:
    """A point written over, after an inventory has seen it."""
    trial.count()
    name = chance.choice(trial.names[-6:])
    trial.put(name, b"other content", key=trial.keys[REGION])
    return f"{name} written over"


def write_again(trial: BucketTrial) -> None:
    """Every point once more, with the same content."""
    trial.count()
    for name in trial.names:
        trial.put(name, name.encode() * 20, key=trial.keys[REGION])


def lose_older(trial: BucketTrial, chance: Random) -> str:
    """The version that a point had before, which an inventory has seen."""
    name = chance.choice(trial.names[-6:])
    version = trial.s3.head_object(**trial.where(name))["VersionId"]
    trial.put(name, name.encode() * 20, key=trial.keys[REGION])
    trial.count()
    trial.s3.delete_object(**trial.where(name), VersionId=version)
    return f"{name}: its older version deleted"


def suspend(trial: BucketTrial, _: Random) -> str:
    """Versioning that somebody has switched off."""
    trial.s3.put_bucket_versioning(Bucket=trial.name, VersioningConfiguration={"Status": "Suspended"})
    return "versioning suspended"


def expire(trial: BucketTrial, chance: Random) -> str:
    """A lifecycle rule that removes points before their time."""
    days = chance.randrange(1, 7)
    rule = {"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": "shop/"}, "Expiration": {"Days": days}}
    trial.s3.put_bucket_lifecycle_configuration(Bucket=trial.name, LifecycleConfiguration={"Rules": [rule]})
    trial.source["retention"] = {"days": 7}
    return f"a lifecycle rule removes points after {days} days, of 7"


def expire_late(trial: BucketTrial) -> None:
    """Rules that remove nothing before its time, or are for something else."""
    rules = [
        {"ID": "due", "Status": "Enabled", "Filter": {"Prefix": "shop/"}, "Expiration": {"Days": 1}},
        {"ID": "other", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 1}},
    ]
    trial.s3.put_bucket_lifecycle_configuration(Bucket=trial.name, LifecycleConfiguration={"Rules": rules})


def disable_key(trial: BucketTrial, _: Random) -> str:
    """The key of the points, disabled."""
    trial.client("kms", REGION).disable_key(KeyId=trial.keys[REGION].rpartition("/")[2])
    return "the key is disabled"


def delete_key(trial: BucketTrial, _: Random) -> str:
    """The key of the points, to be deleted."""
    trial.client("kms", REGION).schedule_key_deletion(KeyId=trial.keys[REGION].rpartition("/")[2])
    return "the key is to be deleted"


def wrong_key(trial: BucketTrial, chance: Random) -> str:
    """A point encrypted with another key."""
    other = trial.client("kms", REGION).create_key()["KeyMetadata"]["Arn"]
    name = chance.choice(trial.names[-6:])
    trial.put(name, name.encode() * 20, key=other)
    return f"{name} is encrypted with another key"


def key_by_its_id(trial: BucketTrial) -> None:
    """The same key by its id instead of its ARN; and another one that is disabled and encrypts nothing."""
    kms = trial.client("kms", REGION)
    kms.disable_key(KeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    trial.source["encryption"] = {"algorithm": "aws:kms", "key": trial.keys[REGION].rpartition("/")[2]}


def bare(trial: BucketTrial, chance: Random) -> str:
    """A point that no KMS key encrypts."""
    name = chance.choice(trial.names[-6:])
    trial.put(name, name.encode() * 20)
    return f"{name} is not encrypted with KMS"


def lose_copy(trial: BucketTrial, chance: Random) -> str:
    """A point's second copy."""
    where = trial.where(chance.choice(trial.names[-6:]), SECOND)
    trial.client("s3", SECOND).delete_object(**where)
    return f"{where['Key']} deleted in {SECOND}"


def other_copy(trial: BucketTrial, chance: Random) -> str:
    """A second copy of as many bytes, of which one is another."""
    name = chance.choice(trial.names[-6:])
    content = bytearray(name.encode() * 20)
    content[chance.randrange(len(content))] ^= 1
    trial.put(name, bytes(content), key=trial.keys[SECOND], region=SECOND)
    return f"a bit of {name} flipped in {SECOND}"


@contextmanager
def _opened(ground: Ground, place: Path, major: int) -> Iterator[BucketTrial]:
    del major
    name = f"shop-{secrets.token_hex(6)}"
    with ground.aws() as clients:

        def client(service: str, region: str) -> Any:
            return ground.sandbox.client(service, region)

        keys = {region: client("kms", region).create_key()["KeyMetadata"]["Arn"] for region in (REGION, SECOND)}
        names = [f"{time:%Y%m%dT%H%M%SZ}" for time in moments(COUNT, EVERY)]
        trial = BucketTrial(place, clients, client, name, keys, names)
        for region, bucket in ((REGION, name), (SECOND, f"{name}-second")):
            where = {} if region == SECOND else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            client("s3", region).create_bucket(Bucket=bucket, **where)
            client("s3", region).put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
            for each in names:
                trial.put(each, each.encode() * 20, key=keys[region], region=region)
        yield trial


BUCKET = Scene("points in S3 with a copy in a second region", _opened)
