"""Secrets are read by their stages, before and after these are moved."""

from __future__ import annotations

import pytest


@pytest.fixture
def secrets(aws):
    client = aws("secretsmanager")
    client.create_secret(Name="db", SecretString="one")
    return client


def put(secrets, value, **options):
    return secrets.put_secret_value(SecretId="db", SecretString=value, **options)["VersionId"]


def read(secrets, **options):
    return secrets.get_secret_value(SecretId="db", **options)["SecretString"]


def stages(secrets):
    found = secrets.describe_secret(SecretId="db")["VersionIdsToStages"]
    return {version: sorted(names) for version, names in found.items()}


def test_the_current_one_is_what_is_read(secrets):
    put(secrets, "two")
    assert (read(secrets), read(secrets, VersionStage="AWSPREVIOUS")) == ("two", "one")


def test_a_pending_one_is_not_current(secrets, refused):
    version = put(secrets, "two", VersionStages=["AWSPENDING"])
    assert (read(secrets), read(secrets, VersionStage="AWSPENDING")) == ("one", "two")
    assert read(secrets, VersionId=version) == "two"
    code, message = refused(secrets.get_secret_value, SecretId="db", VersionStage="AWSPREVIOUS")
    assert (code, "staging label: AWSPREVIOUS" in message) == ("ResourceNotFoundException", True)


def test_what_is_current_follows_its_stage(secrets, refused):
    """A rotation: pending becomes current, current becomes previous, and back again."""
    old = next(iter(stages(secrets)))
    new = put(secrets, "two", VersionStages=["AWSPENDING"])
    move = {"SecretId": "db", "VersionStage": "AWSCURRENT"}
    assert refused(secrets.update_secret_version_stage, **move, MoveToVersionId=new)[0] == "InvalidParameterException"
    secrets.update_secret_version_stage(**move, MoveToVersionId=new, RemoveFromVersionId=old)
    assert (read(secrets), read(secrets, VersionStage="AWSPREVIOUS")) == ("two", "one")
    secrets.update_secret_version_stage(SecretId="db", VersionStage="AWSPENDING", RemoveFromVersionId=new)
    assert stages(secrets) == {old: ["AWSPREVIOUS"], new: ["AWSCURRENT"]}
    secrets.update_secret_version_stage(**move, MoveToVersionId=old, RemoveFromVersionId=new)
    assert (read(secrets), read(secrets, VersionStage="AWSPREVIOUS")) == ("one", "two")


def test_one_version_is_current_after_stages_were_moved(secrets):
    old = next(iter(stages(secrets)))
    new = put(secrets, "two", VersionStages=["AWSPENDING"])
    secrets.update_secret_version_stage(
        SecretId="db", VersionStage="AWSCURRENT", MoveToVersionId=new, RemoveFromVersionId=old
    )
    third = put(secrets, "three")
    assert read(secrets) == "three"
    assert [version for version, names in stages(secrets).items() if "AWSCURRENT" in names] == [third]
    assert read(secrets, VersionStage="AWSPREVIOUS") == "two"


def test_a_deleted_secret_is_not_read(secrets, refused):
    secrets.delete_secret(SecretId="db")
    assert refused(secrets.get_secret_value, SecretId="db")[0] == "InvalidRequestException"
