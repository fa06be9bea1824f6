"""Classes of damage to recovery points: their times, keys, copies and versions."""

from __future__ import annotations

from tests.damage import base_backups, buckets, dumps, points
from tests.damage.base_backups import LONG, alone
from tests.damage.buckets import BUCKET
from tests.damage.dumps import COMPRESSED
from tests.damage.row import SOUND, Case, Row, Twin

__all__ = ["ROWS"]

POINTS = points.DIRECTORY
AWS_BACKUP = "recovery points of AWS Backup and snapshots of RDS: no sandbox has them with their contents"

ROWS = (
    Row(
        10,
        "older than RPO",
        (
            Case("the newest dump", COMPRESSED, dumps.of_another_time, "age", 2),
            Case("nothing new in a directory", POINTS, points.stop_taking, "age", 2),
            Case("nothing new for hours", POINTS, points.later, "age", 2),
            Case("old points copied just now", POINTS, points.touched, "age"),
            Case("nothing new in S3", BUCKET, buckets.later, "age"),
        ),
        (Twin("the newest within the RPO", POINTS), Twin("the same in S3", BUCKET)),
        not_done=AWS_BACKUP,
    ),
    Row(
        11,
        "gap in hourly points or WAL",
        (
            Case("a point that was never recorded gone", POINTS, points.lose_one, "gaps", 3),
            Case("the same in S3", BUCKET, buckets.lose_for_good, "gaps"),
            Case("a segment of the WAL gone", LONG, base_backups.lose_segment, "files|base backup"),
            Case("the same, taken by pg_basebackup alone", LONG, alone(base_backups.lose_segment), "base backup", 2),
        ),
        (
            Twin("points that come half an hour late", POINTS, points.jitter),
            Twin("a base backup with every segment", LONG),
        ),
        not_done="point-in-time recovery windows of RDS: no sandbox has their WAL",
    ),
    Row(
        12,
        "wrong or disabled key",
        (
            Case("the key disabled", BUCKET, buckets.disable_key, "key"),
            Case("the key about to be deleted", BUCKET, buckets.delete_key, "key"),
            Case("a point with another key", BUCKET, buckets.wrong_key, "encryption", 2),
        ),
        (Twin("the key named by its id, another one disabled", BUCKET, buckets.key_by_its_id), Twin(SOUND, BUCKET)),
        not_done=AWS_BACKUP,
    ),
    Row(
        18,
        "point deleted, expiring, retention too short",
        (
            Case("a point deleted", POINTS, points.lose_recorded, "retention", 3),
            Case("kept half as long", POINTS, points.lose_oldest, "retention"),
            Case("deleted in S3", BUCKET, buckets.lose_recorded, "retention"),
            Case("a rule that removes points too soon", BUCKET, buckets.expire, "expiry", 2),
        ),
        (
            Twin("what was past its time is gone", POINTS, points.past_their_time),
            Twin("rules for other things, and in time", BUCKET, buckets.expire_late),
        ),
        not_done=AWS_BACKUP,
    ),
    Row(
        19,
        "second-region copy missing",
        (
            Case("a copy deleted", BUCKET, buckets.lose_copy, "second copy", 2),
            Case("a copy with another byte", BUCKET, buckets.other_copy, "second copy", 2),
        ),
        (Twin("each copied, with the other region's key", BUCKET),),
        not_done=AWS_BACKUP,
    ),
    Row(
        20,
        "not encrypted",
        (
            Case("in S3, without the key", BUCKET, buckets.bare, "encryption", 2),
            Case("a file in the clear", POINTS, points.bare, "encryption", 2),
        ),
        (Twin("all with the key", BUCKET), Twin("all by age", POINTS)),
        not_done=AWS_BACKUP,
    ),
    Row(
        25,
        "object version or delete-marker loss",
        (
            Case("a delete marker over a point", BUCKET, buckets.hide, "versions", 2),
            Case("the current version gone, an older one shows", BUCKET, buckets.lose_current, "unchanged", 2),
            Case("written over", BUCKET, buckets.overwrite, "unchanged"),
            Case("the only version gone", BUCKET, buckets.lose_recorded, "retention"),
            Case("an older version gone", BUCKET, buckets.lose_older, "versions", 2),
            Case("versioning suspended", BUCKET, buckets.suspend, "versions"),
        ),
        (Twin("versions and no marker", BUCKET), Twin("an older version beside each", BUCKET, buckets.write_again)),
    ),
)
