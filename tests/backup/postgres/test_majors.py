"""Where two major versions of PostgreSQL can be had: each by itself, and the older restored by the newer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from opslib.backup.postgres import DumpManifest, read_manifest
from opslib.backup.postgres.binaries import Installation, installations
from opslib.backup.postgres.scratch import Scratch
from opslib.errors import Refused
from tests.backup.postgres.conftest import Source, make_server, take, verify

AWKWARD = Path(__file__).with_name("awkward.sql").read_text(encoding="utf-8")
pytestmark = pytest.mark.feature("B3")


@pytest.fixture(scope="module")
def oldest(newest: Installation) -> Installation:
    found = installations()[-1]
    if found.major == newest.major:
        pytest.skip(f"PostgreSQL {newest.major} is the only major version here")
    return found


@pytest.fixture(scope="module")
def older_server(oldest: Installation) -> Iterator[Scratch]:
    with ExitStack() as stack:
        yield make_server(stack, oldest)


@pytest.fixture
def older(older_server: Scratch) -> Iterator[Source]:
    """What both versions can do, as far as the older one is built for it."""
    Source(older_server, "postgres").run("create database older")
    source = Source(older_server, "older")
    without = ("vector", "halfvec", "sparsevec")
    available = {row[0] for row in source.run("select name from pg_available_extensions")}
    script = AWKWARD
    if "vector" not in available:
        script = script.replace("create extension vector;\n", "")
        script = script.replace("v vector(3), hv halfvec(2), sv sparsevec(4), ", "").replace(" v, hv, sv,", "")
        script = script.replace(" '[1,2,3]', '[1,2]', '{1:1.5,3:2}/4',", "")
    assert not any(f" {name}(" in script for name in without) or "vector" in available
    source.run(script)
    yield source
    Source(older_server, "postgres").run("drop database older with (force)")


def test_the_same_major_version_is_chosen_and_proves_it(older: Source, oldest: Installation, place: Path) -> None:
    report = verify(take(older, place / "one"))
    assert report.verdict == "proven", report
    assert f"restored by PostgreSQL {oldest.version}" in report.of("restore")


def test_what_only_the_older_build_has_is_seen(older: Source, place: Path) -> None:
    try:
        older.run(
            'create table built (x xml, n text collate pg_catalog."und-x-icu")',
            "create collation blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
            "create table blind (t text collate blind, ts text[] collate blind)",
            "insert into blind values ('a', '{a}')",
            "insert into built values ('<a/>', 'x')",
        )
    except psycopg.Error as error:
        pytest.skip(f"not built with ICU and libxml: {error}")
    path = take(older, place / "one")
    assert verify(path).verdict == "proven"
    older.run("update blind set t = 'A'")
    other = read_manifest(take(older, place / "two"))
    older.run("update blind set t = 'a', ts = '{A}'")
    third = read_manifest(take(older, place / "three"))
    first = read_manifest(path)
    assert isinstance(first, DumpManifest)
    assert isinstance(other, DumpManifest)
    assert isinstance(third, DumpManifest)
    assert first.tables["public.blind"] != other.tables["public.blind"]
    assert third.tables["public.blind"] not in (first.tables["public.blind"], other.tables["public.blind"])


def test_the_newer_restores_the_older_and_says_what_cannot_be_compared(
    older: Source, newest: Installation, place: Path
) -> None:
    report = verify(take(older, place / "one"), binaries=newest.directory)
    assert report.disproven == {}
    assert f"restored by PostgreSQL {newest.version}" in report.of("restore")
    assert report.of("content", "proven")
    for says in report.of("schema", "not checked"):
        assert "say it in other words" in says


def test_damage_is_found_by_the_newer_too(older: Source, newest: Installation, place: Path) -> None:
    path = take(older, place / "one")
    older.run("update secret set a = 99 where a = 2", "drop index parent_double_idx")
    other = take(older, place / "two")
    (other / "manifest.json").write_bytes((path / "manifest.json").read_bytes())
    disproven = verify(other, binaries=newest.directory, restore_changed_files=True).disproven
    assert disproven["content"] == ["public.secret holds as many rows as it did (2), with other values"]
    assert disproven["schema"] == ["index public.parent_double_idx is missing"]


def test_what_this_machine_lacks_says_nothing_about_the_backup(
    older: Source, oldest: Installation, newest: Installation, source: Source, place: Path
) -> None:
    """An extension that one build has and another has not, and the same lost from the dump."""
    source.run("create extension vector", "create table v (v vector(2))", "insert into v values ('[1,2]')")
    path = take(source, place / "one")
    assert verify(path).verdict == "proven"
    if newest.major > oldest.major:
        with pytest.raises(Refused, match=f"PostgreSQL {newest.major} or newer is needed"):
            verify(path, binaries=oldest.directory)
    older.run("create extension if not exists pgcrypto", "create table coded as select digest('x', 'sha256')")
    report = verify(take(older, place / "two"), binaries=newest.directory)
    here = {row[0] for row in source.run("select name from pg_available_extensions")}
    if "pgcrypto" in here:
        pytest.skip("both have pgcrypto")
    assert report.verdict == "not checked"
    assert report.disproven == {}
    assert "this machine's PostgreSQL does not have it: install it here" in report.of("extensions", "not checked")
