"""AWS clients: what they are configured to do, and what botocore's errors become."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from botocore import exceptions as botocore_errors
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from opslib import __version__
from opslib.clients import Clients, aws_call, translate
from opslib.errors import BadRequest, NoCredentials, OpslibError, Refused, Unreachable
from opslib.sandbox import Sandbox


def answered(code: str, message: str = "", status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[arg-type,typeddict-item]
        "DescribeAlarms",
    )


SECRET = "wJalrXUtnFEMI"

TRANSLATIONS = [
    (botocore_errors.NoCredentialsError(), NoCredentials, "no AWS credentials"),
    (botocore_errors.PartialCredentialsError(provider="env", cred_var="x"), NoCredentials, "incomplete"),
    (botocore_errors.CredentialRetrievalError(provider="p", error_msg=SECRET), NoCredentials, "could not be fetched"),
    (botocore_errors.UnauthorizedSSOTokenError(), NoCredentials, "have expired"),
    (botocore_errors.TokenRetrievalError(provider="sso", error_msg=SECRET), NoCredentials, "have expired"),
    (botocore_errors.ProfileNotFound(profile="nix"), BadRequest, "nix"),
    (botocore_errors.NoRegionError(), Refused, "set AWS_REGION"),
    (botocore_errors.InvalidRegionError(region_name="a b"), BadRequest, "cannot be used"),
    (
        botocore_errors.EndpointConnectionError(endpoint_url=f"http://me:{SECRET}@host:1/path"),
        Unreachable,
        "http://host:1 does not answer",
    ),
    (botocore_errors.ConnectTimeoutError(endpoint_url="http://host:1"), Unreachable, "http://host:1"),
    (botocore_errors.ReadTimeoutError(endpoint_url="http://host:1"), Unreachable, "http://host:1"),
    (botocore_errors.ConnectionClosedError(endpoint_url="http://host:1"), Unreachable, "http://host:1"),
    (botocore_errors.ProxyConnectionError(proxy_url=f"http://me:{SECRET}@proxy:1"), Unreachable, "http://proxy:1"),
    (ResponseParserError("<html>"), Unreachable, "does not speak AWS's protocol"),
    (answered("ExpiredToken"), NoCredentials, "ExpiredToken"),
    (answered("InvalidClientTokenId"), NoCredentials, "InvalidClientTokenId"),
    (answered("SignatureDoesNotMatch", f"should have been x-amz-security-token:{SECRET}"), NoCredentials, "Signature"),
    (answered("AccessDenied", "User: arn is not authorized to perform: sns:Publish on"), Refused, "sns:Publish"),
    (answered("AccessDeniedException", "no"), Refused, "DescribeAlarms"),
    (answered("Throttling"), Refused, "throttles DescribeAlarms"),
    (answered("InternalFailure", status=503), Unreachable, "503"),
    (answered("ValidationError", "too many\nnames"), Refused, "answered ValidationError: too many names"),
    (botocore_errors.UnknownServiceError(service_name="x", known_service_names="y"), Refused, "UnknownServiceError"),
]


@pytest.mark.parametrize(
    ("problem", "kind", "said"), TRANSLATIONS, ids=[f"{type(row[0]).__name__}-{row[2][:12]}" for row in TRANSLATIONS]
)
def test_what_botocore_raises_becomes_ours_on_one_line(problem: Exception, kind: type[OpslibError], said: str) -> None:
    with pytest.raises(OpslibError) as caught, aws_call("reading alarms"):
        raise problem
    assert type(caught.value) is kind
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)


def test_bugs_and_our_own_errors_pass_untouched() -> None:
    assert translate(botocore_errors.ParamValidationError(report="x"), doing="x") is None
    assert translate(ValueError("x"), doing="x") is None
    own = BadRequest("what")
    with pytest.raises(BadRequest) as caught, aws_call("reading alarms"):
        raise own
    assert caught.value is own


@pytest.mark.usefixtures("aws")
def test_reads_retry_and_changes_are_sent_once() -> None:
    clients = Clients()
    reading = clients.client("ssm").meta.config
    changing = clients.client("ssm", purpose="mutate").meta.config
    assert reading.retries["mode"] == changing.retries["mode"] == "standard"
    assert reading.retries["total_max_attempts"] > 1
    assert changing.retries["total_max_attempts"] == 1
    assert clients.mutating().retries == changing.retries
    for config in (reading, changing):
        assert config.user_agent_extra == f"opslib/{__version__}"


@pytest.mark.usefixtures("aws")
def test_a_client_is_made_once_for_each_service_region_and_purpose() -> None:
    clients = Clients()
    assert clients.client("ssm") is clients.client("ssm", region="eu-west-1")
    assert clients.client("ssm") is not clients.client("ssm", region="us-east-1")
    assert clients.client("ssm") is not clients.client("ssm", purpose="mutate")
    assert clients.in_region("us-east-1").client("ssm").meta.region_name == "us-east-1"


def test_identity_is_asked_once(aws: Sandbox) -> None:
    clients = Clients()
    aws.reset_calls()
    assert clients.identity().account == "123456789012"
    assert clients.identity().partition == "aws"
    assert clients.in_region("us-east-1").identity() == clients.identity()
    assert [call.operation for call in aws.calls()] == ["GetCallerIdentity"]


def test_the_region_comes_from_the_argument_then_the_environment(no_aws: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="set AWS_REGION"):
        _ = Clients().region
    no_aws.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    assert Clients().region == "eu-west-3"
    no_aws.setenv("AWS_REGION", "eu-west-2")
    assert Clients().region == "eu-west-2"
    assert Clients("eu-west-1").region == "eu-west-1"


@pytest.mark.usefixtures("no_aws")
def test_an_unknown_profile_is_a_bad_request() -> None:
    with pytest.raises(BadRequest, match="nix"):
        Clients("eu-west-1", profile="nix").identity()


@pytest.mark.usefixtures("no_aws")
def test_no_credentials_are_told() -> None:
    with pytest.raises(NoCredentials, match="AWS_PROFILE"):
        Clients("eu-west-1").identity()


@pytest.mark.parametrize("endpoint", ["nonsense", "http://"])
def test_an_endpoint_that_is_no_url_is_a_bad_request(no_aws: pytest.MonkeyPatch, endpoint: str) -> None:
    with_credentials(no_aws)
    no_aws.setenv("AWS_ENDPOINT_URL", endpoint)
    with pytest.raises(BadRequest, match="correct AWS_ENDPOINT_URL"):
        Clients("eu-west-1").identity()


def with_credentials(patch: pytest.MonkeyPatch) -> None:
    patch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


@pytest.fixture
def silent() -> Iterator[str]:
    """A port that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_an_endpoint_that_hangs_is_told_in_seconds(no_aws: pytest.MonkeyPatch, silent: str) -> None:
    with_credentials(no_aws)
    no_aws.setenv("AWS_ENDPOINT_URL", silent)
    started = time.monotonic()
    with pytest.raises(Unreachable, match=silent):
        Clients("eu-west-1").identity()
    assert time.monotonic() - started < 15  # 7 s, and a busy machine
