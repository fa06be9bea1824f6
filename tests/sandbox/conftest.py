"""One running sandbox for all of these tests, and an empty account for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from opslib.sandbox import Sandbox

REGION = "eu-west-1"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox, shared; `account` empties it."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def account(sandbox: Sandbox) -> Sandbox:
    """The sandbox with nothing in it and no calls made."""
    sandbox.reset()
    return sandbox


@pytest.fixture
def aws(account: Sandbox) -> Callable[..., Any]:
    """Makes boto3 clients of the empty account, in eu-west-1 unless told otherwise."""
    return lambda service, region=REGION: account.client(service, region)


@pytest.fixture
def refused() -> Callable[..., tuple[str, str]]:
    """Makes a call that has to be refused, and gives AWS's error code and message."""

    def call(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            operation(**parameters)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return call
