"""AWS clients: one session, one configuration, and one place where botocore's errors become ours.

botocore is imported when the first client is asked for, not before. Its clients are boto3's: what boto3 adds on top are
its resources and S3's transfers, which nothing here uses, and which would take a tenth of a rollback's time to load.
`AWS_ENDPOINT_URL` is honoured by botocore itself, which is how everything here reaches the sandbox.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, overload
from urllib.parse import urlsplit

from opslib.errors import BadRequest, NoCredentials, OpslibError, Refused, Unreachable

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from botocore.session import Session
    from types_boto3_cloudwatch.client import CloudWatchClient
    from types_boto3_ssm.client import SSMClient
    from types_boto3_sts.client import STSClient

__all__ = ["Clients", "Identity", "aws_call", "is_throttling", "translate"]

Purpose = Literal["read", "mutate", "knock"]

_ATTEMPTS: dict[Purpose, dict[str, Any]] = {
    # Throttling and server errors are waited out; in all, at most about 10 s of back-off.
    "read": {"connect_timeout": 2, "read_timeout": 20, "retries": {"mode": "standard", "total_max_attempts": 5}},
    # Once: a lost answer must not act twice. Repetition goes through observing.
    "mutate": {"connect_timeout": 2, "read_timeout": 20, "retries": {"mode": "standard", "total_max_attempts": 1}},
    # The first contact: somebody waits to hear that nothing answers, at most twice 3 s and a back-off of 1 s.
    "knock": {"connect_timeout": 2, "read_timeout": 3, "retries": {"mode": "standard", "total_max_attempts": 2}},
}


@dataclass(frozen=True)
class Identity:
    """Who the credentials belong to, as STS GetCallerIdentity says."""

    account: str
    arn: str
    partition: str


class Clients:
    """Clients of AWS, made when they are used, one for each service, region and purpose.

    Nothing happens on construction: a missing profile or region is told by the first call.

    Args:
        region: The region of clients that name none; None: what the profile or `AWS_REGION` says.
        profile: A profile of the AWS configuration; None: what `AWS_PROFILE` or the default chain says.
        session: A session of boto3 or botocore to use instead of a new one; it has its own profile.
    """

    def __init__(
        self,
        region: str | None = None,
        *,
        profile: str | None = None,
        session: boto3.Session | Session | None = None,
    ) -> None:
        self._profile = profile
        given: Any = session
        self._session: Session | None = getattr(given, "_session", given)  # boto3's has one of botocore's within
        self._region = region or (self._session.get_config_variable("region") if self._session else None)
        self._made: dict[tuple[str, str | None, Purpose], Any] = {}
        self._identity: Identity | None = None
        self._lock = RLock()  # a session is not safe to make clients of in several threads

    def in_region(self, region: str) -> Clients:
        """The same session and credentials, with another default region."""
        other = Clients(region, session=self._opened())
        other._identity = self._identity
        return other

    @property
    def region(self) -> str:
        """The default region.

        Raises:
            Refused: there is none.
            BadRequest: there is no such profile.
        """
        # botocore itself knows AWS_DEFAULT_REGION only.
        region = self._region or os.environ.get("AWS_REGION") or self._opened().get_config_variable("region")
        if not region:
            raise Refused("no AWS region is set", "set AWS_REGION, or a region in the profile")
        return str(region)

    # One line for each service that opslib calls; the stubs give the types.
    @overload
    def client(
        self, service: Literal["cloudwatch"], *, region: str | None = None, purpose: Purpose = "read"
    ) -> CloudWatchClient: ...
    @overload
    def client(self, service: Literal["ssm"], *, region: str | None = None, purpose: Purpose = "read") -> SSMClient: ...
    @overload
    def client(self, service: Literal["sts"], *, region: str | None = None, purpose: Purpose = "read") -> STSClient: ...
    def client(self, service: str, *, region: str | None = None, purpose: Purpose = "read") -> Any:
        """The client of a service, made on first use.

        Args:
            service: boto3's name of it.
            region: Its region; None: the default one.
            purpose: `read` retries freely; `mutate` sends once; `knock` is impatient.

        Raises:
            BadRequest: no such profile, or an unusable configuration.
            Refused: no region is set.
            NoCredentials: the profile's credentials cannot be loaded.
        """
        where = region or self.region
        key = (service, where, purpose)
        with self._lock:
            if key not in self._made:
                session, config = self._opened(), self.config(purpose)
                with aws_call(f"preparing to call {service}"):
                    try:
                        self._made[key] = session.create_client(service, region_name=where, config=config)
                    except ValueError as problem:  # what botocore raises for an endpoint that is no URL
                        raise BadRequest(
                            f"{service} cannot be called in {where}: {_without_secrets(str(problem))}",
                            "correct AWS_ENDPOINT_URL or AWS_REGION",
                        ) from None
            return self._made[key]

    def config(self, purpose: Purpose = "read") -> Config:
        """The botocore configuration of a purpose; its user agent ends in `opslib/VERSION`."""
        from botocore.config import Config

        from opslib import __version__

        return Config(user_agent_extra=f"opslib/{__version__}", **_ATTEMPTS[purpose])

    def mutating(self) -> Config:
        """The configuration for calls that change something: one attempt."""
        return self.config("mutate")

    def identity(self) -> Identity:
        """Who we are to AWS; asked once. The impatient way, so that it makes a good first call.

        Raises:
            NoCredentials: there are none, or AWS refuses them.
            Unreachable: nothing answers, told within about 7 s.
        """
        if self._identity is None:
            sts = self.client("sts", purpose="knock")
            with aws_call("asking STS who we are"):
                answer = sts.get_caller_identity()
            arn = answer["Arn"]
            self._identity = Identity(account=answer["Account"], arn=arn, partition=arn.split(":")[1])
        return self._identity

    def _opened(self) -> Session:
        with self._lock:
            if self._session is None:
                from botocore.session import Session

                with aws_call("reading the AWS configuration"):
                    self._session = Session(profile=self._profile)
            return self._session


@contextmanager
def aws_call(doing: str) -> Iterator[None]:
    """Everything botocore raises inside leaves as an error of opslib's tree.

    Args:
        doing: What is being done and on what, for the message: "reading the alarms of shop/prod".
    """
    try:
        yield
    except Exception as problem:
        translated = translate(problem, doing=doing)
        if translated is None:
            raise
        raise translated from None


def translate(problem: Exception, *, doing: str) -> OpslibError | None:
    """The error of opslib's tree for what botocore raised; None for what is not botocore's, or is a bug of ours."""
    names = {ancestor.__name__ for ancestor in type(problem).__mro__}
    if "ClientError" in names:
        return _answered(problem, doing)
    if not names & {"BotoCoreError", "ResponseParserError"} or "ParamValidationError" in names:
        return None
    details = getattr(problem, "kwargs", {})
    address = _address(str(details.get("proxy_url") or details.get("endpoint_url") or "AWS"))
    for of, error, what, next_step in _FAILURES:
        if names & of:
            return error(what.format(doing=doing, address=address, said=_without_secrets(str(problem))), next_step)
    return Refused(f"{doing}: {type(problem).__name__}: {_without_secrets(str(problem))}")


_FAILURES: tuple[tuple[frozenset[str], type[OpslibError], str, str], ...] = (
    (
        frozenset({"NoCredentialsError", "NoAuthTokenError"}),
        NoCredentials,
        "{doing}: there are no AWS credentials",
        "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws sso login`",
    ),
    (
        frozenset({"PartialCredentialsError"}),
        NoCredentials,
        "{doing}: the AWS credentials are incomplete ({said})",
        "set the missing part",
    ),
    (
        # What a credential process or SSO said is not repeated: nobody knows what it holds.
        frozenset(
            {"CredentialRetrievalError", "TokenRetrievalError", "UnknownCredentialError", "SSOError", "LoginError"}
        ),
        NoCredentials,
        "{doing}: the AWS credentials could not be fetched or have expired",
        "log in again (`aws sso login`), or check the profile's credential source",
    ),
    (
        frozenset({"ProfileNotFound"}),
        BadRequest,
        "{said}",
        "`aws configure list-profiles` lists those there are; correct AWS_PROFILE",
    ),
    (frozenset({"NoRegionError"}), Refused, "no AWS region is set", "set AWS_REGION, or a region in the profile"),
    (
        frozenset(
            {
                "ConfigNotFound",
                "ConfigParseError",
                "EndpointProviderError",
                "InvalidConfigError",
                "InvalidRegionError",
                "InvalidRetryConfigurationError",
                "UnknownEndpointError",
                "UnknownRegionError",
            }
        ),
        BadRequest,
        "{doing}: the AWS configuration cannot be used ({said})",
        "correct ~/.aws/config or the AWS_ variables of the environment",
    ),
    (
        frozenset({"ConnectionError", "HTTPClientError", "IncompleteReadError"}),
        Unreachable,
        "{doing}: {address} does not answer",
        "check AWS_ENDPOINT_URL, the region and the network",
    ),
    (
        frozenset({"ResponseParserError"}),
        Unreachable,
        "{doing}: what answers does not speak AWS's protocol",
        "check AWS_ENDPOINT_URL and any proxy",
    ),
)
"""Names among botocore's classes (so that it need not be imported), our error, what it says, what to do."""

_REFUSED_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)
_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "UnauthorizedException",
        "UnauthorizedOperation",
    }
)
_THROTTLED = frozenset(
    {
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_SERVER_ERROR = 500


def is_throttling(problem: Exception) -> bool:
    """Whether AWS answered that there are too many calls: it took none of it."""
    response = getattr(problem, "response", None) or {}  # a lost connection's error has None
    return response.get("Error", {}).get("Code") in _THROTTLED


def _answered(problem: Exception, doing: str) -> OpslibError:
    """What AWS itself answered. A refused signature's message repeats the token, so only its code is told."""
    response = getattr(problem, "response", {})
    operation = getattr(problem, "operation_name", "")
    code = str(response.get("Error", {}).get("Code", ""))
    message = str(response.get("Error", {}).get("Message", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _REFUSED_CREDENTIALS:
        return NoCredentials(
            f"{doing}: AWS does not accept the credentials ({code})",
            "log in again; for an opt-in region, check that the account has it enabled",
        )
    if code in _DENIED:
        named = re.search(r"perform:? ([\w-]+:\w+)", message)
        return Refused(
            f"{doing}: AWS denies {named[1] if named else operation} ({code})",
            "allow the action to this role, or use another one",
        )
    if code in _THROTTLED:
        return Refused(f"{doing}: AWS throttles {operation} ({code})", "try again in a minute")
    if status >= _SERVER_ERROR:
        return Unreachable(f"{doing}: {operation} failed at the server with {status}", "try again")
    return Refused(f"{doing}: {operation} answered {code}: {_without_secrets(message)}")


def _address(url: str) -> str:
    """A URL without what may be secret in it: user, password, path, query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else url


def _without_secrets(text: str) -> str:
    """A message without the user and password of any URL in it."""
    return re.sub(r"//[^/@\s]+@", "//", text)
