"""Classes of damage to the files of a backup, and to the run that makes or restores one."""

from __future__ import annotations

from functools import partial

from tests.damage import base_backups, dumps, killed, points, redis_dumps, vectors
from tests.damage.base_backups import BASE, TAR, alone
from tests.damage.dumps import COMPRESSED, DIRECTORY, EMPTY, PLAIN, UNCOMPRESSED, changed, sealed_anew
from tests.damage.killed import KILLED
from tests.damage.redis_dumps import REDIS
from tests.damage.row import SOUND, Case, Row, Twin
from tests.damage.slow import in_time, too_slow
from tests.damage.twins import dumped_again, empty_on_purpose
from tests.damage.vectors import VECTORS

__all__ = ["ROWS"]

POINTS = points.DIRECTORY
CONTENT = "restore|content|rows|files"
ANY = "restore|complete|roles|extensions|schema|content|sequences|ids|foreign keys|amcheck|rows|files"

ROWS = (
    Row(
        1,
        "truncated custom dump",
        (
            Case("cut before its digest was taken", COMPRESSED, sealed_anew(dumps.cut), CONTENT, 8, chancy=True),
            Case("cut later", COMPRESSED, dumps.cut, "files", 4),
        ),
        (Twin(SOUND, COMPRESSED), Twin("dumped again, with the first manifest", COMPRESSED, dumped_again)),
    ),
    Row(
        2,
        "flipped bit in a compressed dump",
        (
            Case("before its digest was taken", COMPRESSED, sealed_anew(dumps.flip), ANY, 32, chancy=True),
            Case("in its table of contents", COMPRESSED, sealed_anew(dumps.flip_contents), ANY, 12, chancy=True),
            Case("later", COMPRESSED, dumps.flip, "files", 8),
            Case("in its manifest", COMPRESSED, dumps.flip_manifest, "manifest", 8),
        ),
        (Twin(SOUND, COMPRESSED), Twin("in the directory format", DIRECTORY)),
    ),
    Row(
        3,
        "flipped bit in an uncompressed dump",
        (
            Case("before its digest was taken", UNCOMPRESSED, sealed_anew(dumps.flip), ANY, 32, chancy=True),
            Case("in plain SQL", PLAIN, sealed_anew(dumps.flip), ANY, 16, chancy=True),
            Case("later", UNCOMPRESSED, dumps.flip, "files", 8),
        ),
        (Twin(SOUND, UNCOMPRESSED), Twin("plain SQL", PLAIN)),
    ),
    Row(
        4,
        "plain SQL cut inside COPY",
        (
            Case("before its digest was taken", PLAIN, dumps.cut_in_data, "content|complete", 4),
            Case("and no manifest", PLAIN, partial(dumps.cut_in_data, manifest=False), "complete", 4),
        ),
        (Twin(SOUND, PLAIN), Twin("dumped again, with the first manifest", PLAIN, dumped_again)),
    ),
    Row(
        5,
        "plain SQL cut after the data",
        (
            Case("its last line put back", PLAIN, partial(dumps.cut_after_data, ended=True), "schema", 6),
            Case("its end gone", PLAIN, partial(dumps.cut_after_data, ended=False), "schema|complete", 3),
        ),
        (Twin(SOUND, PLAIN),),
    ),
    Row(
        6,
        "empty file, empty database",
        (
            Case("an empty file", COMPRESSED, dumps.emptied, "files"),
            Case("an empty SQL file", PLAIN, dumps.emptied, "files"),
            Case("the dump of an emptied database", COMPRESSED, changed(*EMPTY), "content"),
            Case("an empty database backed up in good faith", COMPRESSED, dumps.retaken(*EMPTY), "rows"),
            Case("an empty point", POINTS, points.empty_point, "points"),
        ),
        (Twin("an empty database that may be empty", COMPRESSED, empty_on_purpose), Twin("full points", POINTS)),
    ),
    Row(
        7,
        "flipped physical file, missing WAL",
        (
            Case("a flipped bit, taken by pg_basebackup alone", BASE, alone(base_backups.flip_page), "base backup", 8),
            Case("a flipped bit in a record of the WAL", BASE, alone(base_backups.flip_wal), "base backup", 3),
            Case("the WAL gone", BASE, alone(base_backups.lose_wal), "base backup"),
            Case("a file gone", BASE, base_backups.lose_file, "base backup|files", 3),
            Case("a file cut", BASE, base_backups.cut_file, "base backup|files", 3),
            Case("a flipped bit in a tar", TAR, base_backups.flip_archive, "files", 3),
        ),
        (Twin(SOUND, BASE), Twin("in tar", TAR)),
    ),
    Row(
        21,
        "over RTO",
        (Case("an index that takes too long", COMPRESSED, too_slow, "rto"),),
        (Twin("the same index in time", COMPRESSED, in_time),),
    ),
    Row(
        22,
        "leftovers after a crash",
        (
            Case("a verification killed", KILLED, partial(killed.kill, action="verify"), "leftovers", 3),
            Case("a take killed", KILLED, partial(killed.kill, action="take"), "leftovers", 3),
        ),
        (Twin("a run that lives", KILLED, killed.live),),
    ),
    Row(
        23,
        "RDB flipped with a zero CRC",
        (
            Case(
                "its SHA-256 taken after it",
                REDIS,
                redis_dumps.digested_anew(redis_dumps.flip),
                "content|load|format|keys",
                40,
                chancy=True,
            ),
            Case("later", REDIS, redis_dumps.flip, "files", 16),
            Case("in its manifest", REDIS, redis_dumps.flip_manifest, "manifest", 16),
        ),
        (Twin(SOUND, REDIS),),
    ),
    Row(
        24,
        "vector state damaged",
        (
            Case("a flipped bit", VECTORS, vectors.flip, "files", 32),
            Case("a flipped bit in the manifest", VECTORS, vectors.flip_manifest, "manifest", 16),
            Case("rows in another order", VECTORS, vectors.digested_anew(vectors.reorder), "search", 4),
            Case("rows cut", VECTORS, vectors.digested_anew(vectors.cut_matrix), "opens|search", 4),
            Case("a page of SQLite zeroed", VECTORS, vectors.digested_anew(vectors.zero_page), "opens", 4),
            Case("a file gone", VECTORS, vectors.lose_file, "files", 2),
            Case("a file cut", VECTORS, vectors.cut, "files", 2),
            Case("a pgvector value", COMPRESSED, dumps.other_vector, "content"),
        ),
        (Twin(SOUND, VECTORS), Twin("pgvector, as it was taken", COMPRESSED)),
    ),
)
