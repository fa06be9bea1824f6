"""The stand-in provider as the real Pulumi engine calls it: a gRPC server for `PULUMI_DEBUG_PROVIDERS=aws:PORT`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from types import TracebackType
from typing import Any, NoReturn, Self

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from opslib.errors import OpslibError, StandInFailed, StandInRefusal
from opslib.sandbox.provider.stand_in import StandInProvider
from opslib.sandbox.provider.wire import Unwrapped, unwrap, wrap

__all__ = ["ServedProvider", "serve"]

_VERSION = "7.51.1"  # of the SDK whose types are checked; the engine shows it
_WORKERS = 32  # twice the engine's default parallelism: each call mostly waits for AWS
_LARGEST_MESSAGE_BYTES = 400 * 1024 * 1024  # the engine's own limit
_ADDRESS = "127.0.0.1"
_TELLING = ("region", "defaultTags", "allowedAccountIds", "forbiddenAccountIds")  # the keys that have an effect here

Method = Callable[["_Servicer", Any, grpc.ServicerContext], Any]


def _abort(context: grpc.ServicerContext, error: OpslibError, *secrets: Unwrapped) -> NoReturn:
    message = str(error)
    for properties in secrets:
        message = properties.hide(message)
    code = grpc.StatusCode.FAILED_PRECONDITION if isinstance(error, StandInRefusal) else grpc.StatusCode.UNKNOWN
    if isinstance(error, StandInFailed) and error.created:
        # The engine keeps the resource in its state, and tries to mend it at the next update.
        known = secrets[0].secret if secrets else frozenset()
        detail = provider_pb2.ErrorResourceInitFailed(
            id=error.created,
            properties=wrap(error.outputs, known),
            inputs=wrap(error.outputs, known),
            reasons=[message],
        )
        status = status_pb2.Status(code=code.value[0], message=message)
        status.details.add().Pack(detail)
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, message)
    raise AssertionError("abort raises")  # pragma: no cover


def _told(method: Method) -> Method:
    """Errors on purpose become a status with one line; others too, so that the engine shows them."""

    @wraps(method)
    def wrapped(self: _Servicer, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except OpslibError as error:
            _abort(context, error, *_secrets_of(request))

    return wrapped


def _secrets_of(request: Any) -> list[Unwrapped]:
    names = ("properties", "news", "inputs", "olds", "old_inputs", "args")
    return [unwrap(getattr(request, name)) for name in names if name in request.DESCRIPTOR.fields_by_name]


class _Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """The engine's calls, passed on. Unknown and secret values are unwrapped here and wrapped again."""

    def __init__(self, provider: StandInProvider) -> None:
        self._provider = provider
        self._configurations: dict[str, tuple[str, dict[str, Any]]] = {}  # by stack

    def Handshake(self, _request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802 - the protocol's name
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, _request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802 - as above
        return empty_pb2.Empty()

    def Cancel(self, _request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802 - as above
        return empty_pb2.Empty()

    def GetPluginInfo(self, _request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802 - as above
        return plugin_pb2.PluginInfo(version=_VERSION)

    @_told
    def CheckConfig(self, request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802 - as above
        failures = self._provider.config_failures(unwrap(request.news).values)
        return provider_pb2.CheckResponse(
            inputs=request.news,
            failures=[provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in failures],
        )

    def DiffConfig(self, request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802 - as above
        olds, news = unwrap(request.olds).values, unwrap(request.news).values
        changed = sorted(name for name in {*olds, *news} if olds.get(name) != news.get(name))
        return _diff_response(changed, [], delete_before_replace=False)

    @_told
    def Configure(self, request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802 - as above
        variables = {name.rpartition(":")[2]: value for name, value in request.variables.items()}
        config = unwrap(request.args).values or variables
        self._refuse_a_second_configuration(request.urn, config)
        self._provider.configure(config)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def _refuse_a_second_configuration(self, urn: str, config: dict[str, Any]) -> None:
        """All of a stack's providers are attached to this one server, and no later call says which of them is meant."""
        stack = urn.rpartition("::pulumi:providers:")[0]
        first, configuration = self._configurations.setdefault(stack, (urn, config))
        if stack and first != urn and any(config.get(name) != configuration.get(name) for name in _TELLING):
            raise StandInRefusal(
                f"the stack has two AWS providers with different configurations, {first} and {urn}",
                "the stand-in provider takes one: give the resources their `region` input instead of a provider",
            )
        self._configurations[stack] = (first, config) if first == urn else (first, configuration)

    @_told
    def Check(self, request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802 - as above
        news, olds = unwrap(request.news), unwrap(request.olds)
        name = request.name or request.urn.rpartition("::")[2]
        checked = self._provider.check(
            _token(request), news.values, olds.values, logical_name=name, seed=request.randomSeed
        )
        return provider_pb2.CheckResponse(
            inputs=wrap(checked.inputs, news.secret),
            failures=[
                provider_pb2.CheckFailure(property=one.property, reason=news.hide(one.reason))
                for one in checked.failures
            ],
        )

    @_told
    def Diff(self, request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802 - as above
        found = self._provider.diff(
            _token(request),
            request.id,
            unwrap(request.old_inputs).values,
            unwrap(request.olds).values,
            unwrap(request.news).values,
        )
        return _diff_response(found.changed, found.replaces, delete_before_replace=found.delete_before_replace)

    @_told
    def Create(self, request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802 - as above
        token, inputs = _token(request), unwrap(request.properties)
        if request.preview:
            planned = self._provider.planned(token, inputs.values)
            return provider_pb2.CreateResponse(properties=self._wrapped(token, planned, inputs))
        created = self._provider.create(token, inputs.values)
        return provider_pb2.CreateResponse(id=created.id, properties=self._wrapped(token, created.outputs, inputs))

    @_told
    def Read(self, request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802 - as above
        token, inputs, outputs = _token(request), unwrap(request.inputs), unwrap(request.properties)
        found = self._provider.read(token, request.id, inputs.values, outputs.values)
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=found.id,
            inputs=self._wrapped(token, found.inputs, inputs, outputs),
            properties=self._wrapped(token, found.outputs, inputs, outputs),
        )

    @_told
    def Update(self, request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802 - as above
        token, news = _token(request), unwrap(request.news)
        olds, outputs = unwrap(request.old_inputs), unwrap(request.olds)
        if request.preview:
            updated = self._provider.planned(token, news.values, outputs.values)
        else:
            updated = self._provider.update(token, request.id, olds.values, outputs.values, news.values)
        return provider_pb2.UpdateResponse(properties=self._wrapped(token, updated, news))

    @_told
    def Delete(self, request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802 - as above
        self._provider.delete(_token(request), request.id, unwrap(request.properties).values)
        return empty_pb2.Empty()

    @_told
    def Invoke(self, request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802 - as above
        answer = self._provider.invoke(request.tok, unwrap(request.args).values)
        return provider_pb2.InvokeResponse(**{"return": wrap(answer)})

    def _wrapped(self, token: str, values: Mapping[str, Any], *sources: Unwrapped) -> Any:
        secret = self._provider.secret_outputs(token).union(*(source.secret for source in sources))
        # What AWS knows of a resource's tags is its tags: as secret as those.
        return wrap(values, secret | ({"tagsAll"} if "tags" in secret else set()))


def _token(request: Any) -> str:
    return str(request.type or request.urn.split("::")[2].rpartition("$")[2])


def _diff_response(changed: Any, replaces: Any, *, delete_before_replace: bool) -> Any:
    some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some, diffs=list(changed), replaces=list(replaces), deleteBeforeReplace=delete_before_replace
    )


class ServedProvider:
    """A stand-in provider that answers on a port of this machine until it is stopped. Also a context manager.

    Attributes:
        port: The port.
    """

    def __init__(self, server: grpc.Server, port: int) -> None:
        self._server = server
        self.port = port

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which the Pulumi CLI uses it."""
        return {"PULUMI_DEBUG_PROVIDERS": f"aws:{self.port}"}

    def stop(self) -> None:
        """Stop, and wait for the calls that are under way."""
        self._server.stop(grace=1).wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.stop()


def serve(provider: StandInProvider, port: int = 0) -> ServedProvider:
    """Serve a stand-in provider over gRPC, in threads of its own.

    Args:
        provider: The provider.
        port: The port; 0 for a free one.

    Raises:
        StandInRefusal: The port is taken.
    """
    server = grpc.server(
        ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="stand-in"),
        options=[
            ("grpc.max_receive_message_length", _LARGEST_MESSAGE_BYTES),
            ("grpc.max_send_message_length", _LARGEST_MESSAGE_BYTES),
            ("grpc.so_reuseport", 0),  # two providers on one port would share its calls
        ],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_Servicer(provider), server)
    try:
        bound = server.add_insecure_port(f"{_ADDRESS}:{port}")
    except RuntimeError as error:
        raise StandInRefusal(f"the stand-in provider cannot listen on {_ADDRESS}:{port}", "use another port") from error
    server.start()
    return ServedProvider(server, bound)
