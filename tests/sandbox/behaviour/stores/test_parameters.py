"""Parameters: versions, labels, and overwriting."""

from __future__ import annotations

import threading

import pytest

pytestmark = pytest.mark.feature("M26")


@pytest.fixture
def ssm(aws):
    client = aws("ssm")
    client.put_parameter(Name="/endpoint", Type="String", Value="one")
    client.put_parameter(Name="/endpoint", Type="String", Value="two", Overwrite=True)
    return client


def read(ssm, name="/endpoint"):
    found = ssm.get_parameter(Name=name)["Parameter"]
    return found["Value"], found["Version"]


def test_overwriting_has_to_be_asked_for(ssm, refused):
    assert refused(ssm.put_parameter, Name="/endpoint", Type="String", Value="x")[0] == "ParameterAlreadyExists"
    assert read(ssm) == ("two", 2)


def test_versions_stay(ssm, refused):
    assert read(ssm, "/endpoint:1") == ("one", 1)
    assert refused(ssm.get_parameter, Name="/endpoint:9")[0] == "ParameterVersionNotFound"


def test_a_label_is_of_one_version_and_moves(ssm):
    ssm.label_parameter_version(Name="/endpoint", ParameterVersion=1, Labels=["good"])
    assert read(ssm, "/endpoint:good") == ("one", 1)
    ssm.label_parameter_version(Name="/endpoint", ParameterVersion=2, Labels=["good"])
    assert read(ssm, "/endpoint:good") == ("two", 2)
    history = ssm.get_parameter_history(Name="/endpoint")["Parameters"]
    assert [each["Labels"] for each in history] == [[], ["good"]]
    wrong = ssm.label_parameter_version(Name="/endpoint", ParameterVersion=1, Labels=["1st", "aws-x"])
    assert wrong["InvalidLabels"] == ["1st", "aws-x"]


def test_all_are_described_while_others_are_put(ssm):
    """moto goes through its dictionary without a lock: with enough in it, that breaks within a few rounds."""
    for number in range(60):
        ssm.put_parameter(Name=f"/first/{number}", Type="String", Value="x")
    putting = threading.Thread(
        target=lambda: [ssm.put_parameter(Name=f"/more/{n}", Type="String", Value="x") for n in range(80)]
    )
    putting.start()
    while putting.is_alive():
        assert ssm.describe_parameters(MaxResults=50)["Parameters"]
    putting.join()
